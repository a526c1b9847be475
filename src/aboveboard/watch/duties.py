"""What is due about the market: prices of others that are to be looked at again.

One duty for a service, however many of its prices are old: who looks one up looks them all up. It opens on the day that the book
sets, is due two weeks later, and ends by itself once an edition has newer prices.
"""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from aboveboard import market
from aboveboard.book.model import Book
from aboveboard.duties.service import Duties
from aboveboard.editions.service import Editions
from aboveboard.market.says import day
from aboveboard.store import Tx
from aboveboard.watch.model import SAYS

DUTY = "market.review"
#: So long there is time to look.
WITHIN = datetime.timedelta(days=14)


def watch(tx: Tx, editions: Editions, duties: Duties) -> None:
    """Open a duty for each service whose prices of others are old; end those whose prices were looked up again."""
    edition = editions.current(tx.conn)
    if edition is None:
        return
    book = edition.book
    zone = ZoneInfo(book.business.timezone)
    today = tx.now.astimezone(zone).date()
    still = set()
    for service, (due, seen) in _old(book, today).items():
        known = book.service(service)
        key = f"{service}:{seen.isoformat()}"
        still.add(key)
        values = {"service": service if known is None else known.name.words, "day": day(seen)}
        midnight = datetime.datetime.combine(due, datetime.time(), zone).astimezone(datetime.UTC)
        duties.open(
            tx,
            kind=DUTY,
            key=key,
            due_at=midnight + WITHIN,
            what=SAYS.text("duty.what").filled(**values),
            why=SAYS.text("duty.why").filled(days=book.market.review_days),
            again=True,
        )
    duties.settle(tx, DUTY, still)


def _old(book: Book, today: datetime.date) -> dict[str, tuple[datetime.date, datetime.date]]:
    """Return the services with old prices: for each, when the oldest was to be looked at again, and when it was seen."""
    found: dict[str, tuple[datetime.date, datetime.date]] = {}
    for each in book.market.observations:
        if market.old(book.market, each, today) and market.newer(book, each) is None:
            when = (market.due(book.market, each), each.seen)
            for compared in each.compared_with:
                found[compared.service] = min(found.get(compared.service, when), when)
    return found
