"""Whom a new edition concerns beside those who chose something: people who hold a price, or agreed to one for longer.

This room publishes books and knows nobody who buys. The rooms above it do: `quotes` holds prices that may still be taken,
`agreements` holds what runs for months. Each hands the editions one function, a `Concerning`, and the house puts them
together; so a plan can say from when, for how many, and by when they must hear of it, and no import goes up the house.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Concern:
    """One kind of people whom a draft concerns: `says` for readers, `counts` for JSON, never a name.

    `notices` say by when law or the agreement itself wants them told.
    """

    kind: str
    counts: Mapping[str, Any]
    says: tuple[Text, ...]
    notices: tuple[Text, ...] = ()


#: Asked with the draft and the business's day; None: nobody of this kind is there.
Concerning = Callable[[Connection, Book, date], Concern | None]
