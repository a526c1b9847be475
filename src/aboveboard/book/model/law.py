"""What the owner tells for the law: facts that rules ask for and nobody else knows, and rules of the owner's own."""

from __future__ import annotations

import datetime
from typing import Annotated

from msgspec import Meta

from aboveboard.book.model.base import Chapter, Id, Text


class LawFact(Chapter, frozen=True, kw_only=True):
    """One answer: the fact's name (`store.square_feet`), its value, from which day on it is so, and how the owner knows.

    Of several answers the newest that has begun holds; one that names services or promotions goes before one that names none.
    """

    fact: Annotated[str, Meta(min_length=1)]
    value: str | list[str]
    since: datetime.date
    source: Text
    services: list[Id] = []
    promotions: list[Id] = []


class Law(Chapter, frozen=True, kw_only=True):
    """The owner's word to the law. `packs` name files of rules beside the book."""

    facts: list[LawFact] = []
    packs: list[str] = []
