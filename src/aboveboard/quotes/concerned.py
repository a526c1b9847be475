"""Prices that customers hold and may still take: what a draft of the book would make of the same request.

A price that was given is kept to its last day, whatever is published meanwhile. So a draft changes none of them; it decides what
the same person would pay after that day. Each is priced once more under the draft, with the facts and the background it
was made with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.editions.concern import Concern
from aboveboard.pricing import PriceError, price
from aboveboard.quotes import tables
from aboveboard.quotes.model import VALID_DAYS, Quote
from aboveboard.quotes.service import Quotes
from aboveboard.words.catalogue import Catalogue

_c = tables.quotes.c


def held(conn: Connection, quotes: Quotes, today: date) -> Iterator[Quote]:
    """Yield the prices that customers may still take on a day, the newest first."""
    since = clock.now() - timedelta(days=VALID_DAYS + 1)
    taken = sa.select(tables.accepted.c.quote)
    query = (
        sa.select(tables.quotes)
        .where(_c.created_at >= since, _c.id.not_in(taken))
        .order_by(_c.created_at.desc(), _c.id)
    )
    for row in conn.execute(query):
        found = quotes.read(conn, row)
        if found is not None and found.body.valid_until is not None and found.body.valid_until >= today:
            yield found


def by_book(quotes: Quotes, conn: Connection, new: Book, today: date) -> Concern | None:
    """Return what a draft means for them, or None if nobody holds a price."""
    found = list(held(conn, quotes, today))
    if not found:
        return None
    after: Counter[str] = Counter(_after(new, each) for each in found)
    last = max(each.body.valid_until for each in found if each.body.valid_until is not None)
    ways = {way: after[way] for way in ("dearer", "cheaper", "same", "gone")}
    texts = Catalogue.load("aboveboard.quotes")
    says = [texts.text("concern.held").filled(count=f"{len(found):,}", last=last)]
    says += [texts.text(f"concern.{way}").filled(count=f"{many:,}") for way, many in ways.items() if many]
    return Concern("open_prices", {"count": len(found), "until": last.isoformat(), **ways}, tuple(says))


def _after(new: Book, quote: Quote) -> str:
    made = quote.price
    try:
        again = price(new, made.request, quote.body.facts, made.background)
    except PriceError:
        return "gone"
    if again.currency != made.currency:
        return "gone"
    return "dearer" if again.total > made.total else "cheaper" if again.total < made.total else "same"
