"""The list of prices that were given: the newest first, page by page, by day, service and state.

What a price says is packed, and sealed where it was made for a person, so the database can choose by time and by whether it was
taken, and the rest is read row by row. So that a rare wish does not read a million prices for one page, a page looks
through a bounded number, says how far it came, and goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from aboveboard.quotes import tables
from aboveboard.quotes.model import EARLIEST, VALID_DAYS, Quote
from aboveboard.quotes.service import Quotes

State = Literal["open", "taken", "expired"]
STATES: tuple[State, ...] = ("open", "taken", "expired")

#: Rows of a page, and prices that one page looks through.
PAGE = 50
MOST_LOOKED = 2_000
_BATCH = 200
#: Days beyond are asked by mistake; the calendar of a time zone ends somewhere.
LATEST = date(2200, 1, 1)

_c = tables.quotes.c
_taken = tables.accepted.c
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: days of giving (the business's, both included), a service, a state; None is any.

    Without `personal`, prices that were made for a person are told apart by time and state alone; none is found by its service.
    """

    first: date | None = None
    last: date | None = None
    service: str | None = None
    state: State | None = None
    personal: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """One price of the list with its state, and when it was taken."""

    quote: Quote
    state: State
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list. `before` is where the next one begins, None at the end; `reached` how far back it looked."""

    rows: tuple[Listed, ...]
    before: str | None
    reached: datetime | None


def state_of(quote: Quote, taken_at: datetime | None, today: date) -> State:
    """Return how a price stands on a day of the business."""
    if taken_at is not None:
        return "taken"
    last = quote.body.valid_until
    return "open" if last is not None and last >= today else "expired"


def known(conn: Connection, quotes: Quotes, quote: Quote, today: date) -> Listed:
    """Return one price with its state."""
    taken = quotes.acceptance(conn, quote.id)
    at = taken[1] if taken else None
    return Listed(quote, state_of(quote, at, today), at)


def listed(
    conn: Connection,
    quotes: Quotes,
    wanted: Wanted,
    now: datetime,
    zone: ZoneInfo,
    before: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Return a page of the prices that are wanted, from `before` (a page's own) on; the prices of erased people are gone."""
    today = now.astimezone(zone).date()
    found: list[Listed] = []
    looked, last = 0, None
    for row in _rows(conn, wanted, now, zone, before):
        if looked == MOST_LOOKED or len(found) == limit:
            return Page(tuple(found), _cursor(last), last.created_at if last is not None else None)
        looked, last = looked + 1, row
        quote = quotes.read(conn, row)
        if quote is not None and _fits(
            one := Listed(quote, state_of(quote, row.taken_at, today), row.taken_at), wanted
        ):
            found.append(one)
    return Page(tuple(found), None, None)


def is_cursor(written: str) -> bool:
    """Return whether a text may be where a page begins."""
    return _CURSOR.fullmatch(written) is not None


def _fits(one: Listed, wanted: Wanted) -> bool:
    if wanted.state is not None and one.state != wanted.state:
        return False
    if wanted.service is None:
        return True
    return one.quote.price.request.service == wanted.service and (
        wanted.personal or one.quote.subject is None
    )


def _rows(
    conn: Connection, wanted: Wanted, now: datetime, zone: ZoneInfo, before: str | None
) -> Iterator[Row[tuple[object, ...]]]:
    """Yield rows that may be wanted, newest first, in batches, with `taken_at` beside them."""
    start = before
    while True:
        batch = conn.execute(_query(wanted, now, zone, start).limit(_BATCH)).all()
        yield from batch
        if len(batch) < _BATCH:
            return
        start = _cursor(batch[-1])


def _query(
    wanted: Wanted, now: datetime, zone: ZoneInfo, before: str | None
) -> sa.Select[tuple[object, ...]]:
    query = (
        sa.select(tables.quotes, _taken.at.label("taken_at"))
        .outerjoin(tables.accepted, _taken.quote == _c.id)
        .order_by(_c.created_at.desc(), _c.id.desc())
    )
    if wanted.state == "taken":
        query = query.where(_taken.quote.is_not(None))
    elif wanted.state is not None:
        query = query.where(_taken.quote.is_(None))
    if wanted.state == "open":
        # No price is kept longer, so older ones need not be read.
        query = query.where(_c.created_at >= now - timedelta(days=VALID_DAYS + 2))
    if wanted.first is not None:
        query = query.where(_c.created_at >= _midnight(wanted.first, zone))
    if wanted.last is not None and wanted.last < LATEST:
        query = query.where(_c.created_at < _midnight(wanted.last + timedelta(days=1), zone))
    match = _CURSOR.fullmatch(before) if before else None
    if match is not None:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(match[1]))
        query = query.where(sa.or_(_c.created_at < at, sa.and_(_c.created_at == at, _c.id < match[2])))
    return query


def _cursor(row: Row[tuple[object, ...]] | None) -> str | None:
    if row is None:
        return None
    micros = (row.created_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{micros}-{row.id}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), tzinfo=zone).astimezone(UTC)
