"""Making an old price again: by its own edition of the book, from its own facts, and held against what was kept.

Two things are tried of each price. What is kept must be what the record says was told, to the byte (its SHA-256 stands in the
entry, with the edition). And the same book, request, facts and past must give the same cents in every step, of the price and
of the one without personal facts; words may have been written better since.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.engine import Connection

from aboveboard.editions.service import EditionError
from aboveboard.pricing import Price, PriceError, Step
from aboveboard.quotes import tables
from aboveboard.quotes.model import Quote
from aboveboard.quotes.service import Quotes
from aboveboard.words import Text

#: `altered`: what is kept is not what the record says, or cannot be read, or its edition is gone. `erased`: the person's key is
#: gone, and nobody can read the price.
State = Literal["same", "differs", "altered", "erased", "unknown"]
#: Read at once; each price is a few kilobytes.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """One price made again: `then` and `again` are totals in minor units, `step` the first that differs, by its name."""

    quote: str
    state: State
    edition: int | None = None
    currency: str = ""
    then: int | None = None
    again: int | None = None
    step: Text | None = None

    @property
    def good(self) -> bool:
        """Whether nothing speaks against it; of what was erased nothing can."""
        return self.state in ("same", "erased")

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {"step": None if self.step is None else {"en": self.step.en, "zh": self.step.zh}}


def replay(conn: Connection, quotes: Quotes, ids: Iterable[str]) -> Iterator[Replayed]:
    """Make these prices again, in this order; an id that no price has is told as `unknown`."""
    for each in ids:
        row = conn.execute(sa.select(tables.quotes).where(tables.quotes.c.id == each)).first()
        yield Replayed(each, "unknown") if row is None else _replayed(conn, quotes, row)


def replay_all(conn: Connection, quotes: Quotes) -> Iterator[Replayed]:
    """Make every price again, in the order of their ids, in bounded memory."""
    last, c = "", tables.quotes.c
    while rows := conn.execute(
        sa.select(tables.quotes).where(c.id > last).order_by(c.id).limit(_AT_ONCE)
    ).all():
        for row in rows:
            yield _replayed(conn, quotes, row)
        last = rows[-1].id


def _replayed(conn: Connection, quotes: Quotes, row: Any) -> Replayed:
    altered = Replayed(row.id, "altered", row.edition)
    try:
        plain = quotes.plain(conn, row)
    except (zlib.error, InvalidTag, ValueError):
        return altered
    if plain is None:
        return Replayed(row.id, "erased", row.edition)
    if (hashlib.sha256(plain).hexdigest(), row.edition) != _told(conn, quotes, row.id):
        return altered
    quote = quotes.read(conn, row)
    assert quote is not None  # noqa: S101 - for the type checker: it has just been read
    try:
        return _compared(conn, quotes, quote)
    except EditionError:
        return altered


def _compared(conn: Connection, quotes: Quotes, quote: Quote) -> Replayed:
    then = quote.price
    try:
        again, common = quotes.again(conn, quote)
    except PriceError:
        return Replayed(quote.id, "differs", quote.edition, then.currency, then.total)
    step = _first_other(then, again)
    if step is None and quote.body.without is not None and common is not None:
        step = _first_other(quote.body.without, common)
    state: State = "same" if step is None else "differs"
    return Replayed(quote.id, state, quote.edition, then.currency, then.total, again.total, step)


def _first_other(then: Price, again: Price) -> Text | None:
    """Return the name of the first step that is another one, or has other cents."""
    for one, other in zip_longest(then.steps, again.steps):
        if one is None or other is None or _sums(one) != _sums(other):
            return (one or other).label
    return None


def _sums(step: Step) -> tuple[object, ...]:
    return step.kind, step.id, step.amount, step.subtotal, step.applied


def _told(conn: Connection, quotes: Quotes, entry_id: str) -> tuple[str | None, int | None]:
    """Return the hash and the edition that the record's entry holds of this price."""
    entry = quotes.record.get(conn, entry_id)
    told = None
    if entry is not None:
        told = entry.facts if entry.subject is None else quotes.record.open(conn, entry)
    return (None, None) if told is None else (told.get("sha256"), told.get("edition"))
