"""From entries to deliveries: the follower that reads the record and writes down who must hear of what.

The deliveries of a batch and the bookmark move in one transaction. Killed before it, the worker finds nothing done and does it
again; killed after it, everything is done. A new edition of the book is an entry like any other, so the follower also notices at
the right place when a partner is gone or is told in another way from now on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from aboveboard.book.model import Book
from aboveboard.choices.followers import follow_signals
from aboveboard.partners import tables
from aboveboard.partners.service import BY_HAND, FAN_OUT, KINDS, Partners
from aboveboard.store import Store, Tx

#: Entries in one transaction: many enough to share a commit, few enough not to hold up who else writes.
BATCH = 200
#: A bookmark that only passed by entries of no interest is moved once it lags this far behind.
LAG = 1000

_d = tables.deliveries
_a = tables.answering


def follow(store: Store, partners: Partners, holder: str, lease: float) -> bool:
    """Take one batch of all that partners must hear of: first what signals came to count for, then the deliveries."""
    entered = follow_signals(store, partners.choices, holder, lease)
    return fan_out(store, partners, holder, lease) or entered


def fan_out(store: Store, partners: Partners, holder: str, lease: float) -> bool:
    """Take one batch of entries; return whether there was anything to take.

    Does nothing while another worker (another `holder`) has the lease of `lease` seconds.
    """
    with store.read() as conn:
        at = partners.record.bookmark(conn, FAN_OUT)
        behind = partners.record.size(conn) - 1 - at
        waiting = behind > 0 and bool(partners.record.entries(conn, at, 1, KINDS))
    if not waiting and behind < LAG:
        return False
    with store.write() as tx:
        return partners.record.lease(tx, FAN_OUT, holder, lease) and _take(tx, partners)


def _take(tx: Tx, partners: Partners) -> bool:
    record = partners.record
    at = record.bookmark(tx.conn, FAN_OUT)
    newest = record.size(tx.conn) - 1
    entries = record.entries(tx.conn, at, BATCH, KINDS)
    edition = partners.editions.current(tx.conn)
    for entry in entries:
        if edition is None:
            break  # choices need a book, so nothing can concern anyone yet
        if entry.kind == "edition.applied":
            follow_book(tx, partners, edition.book)
        else:
            partners.enter(tx, edition.book, entry)
    last = [entry.index for entry in entries]
    record.move_bookmark(tx, FAN_OUT, last[-1] if len(entries) == BATCH else max([newest, *last]))
    return bool(entries)


def follow_book(tx: Tx, partners: Partners, book: Book) -> None:
    """Bring deliveries that are not settled in line with a new book, and try partners that were paused at once.

    The new edition may mend an address, turn a partner that is told by message into one that is told by hand (or back), or drop
    it; what cannot reach anyone any more is `failed`, and stays visible as such.
    """
    tx.conn.execute(sa.update(_a).values(failures=0, failing_since=None, paused_until=None))
    tx.conn.execute(sa.update(_d).where(_d.c.state == "waiting").values(next_try_at=tx.now))
    unsettled = sa.select(_d.c.partner).where(_d.c.state.in_(("waiting", "by_hand"))).distinct()
    for name in list(tx.conn.execute(unsettled).scalars()):
        partner = book.partner(name)
        if partner is None:
            _move(
                tx, name, ("waiting", "by_hand"), state="failed", next_try_at=None, last_error="partner_gone"
            )
        elif partner.feed.webhook is not None:
            _move(tx, name, ("by_hand",), state="waiting", next_try_at=tx.now)
        else:
            for row in _move(tx, name, ("waiting",), state="by_hand", next_try_at=None):
                entry = partners.record.get(tx.conn, row.entry_id)
                assert entry is not None  # noqa: S101 - deliveries are made of entries only; for the type checker
                partners.open_by_hand(tx, partner, entry, row.subject)
    still = set(tx.conn.execute(sa.select(_d.c.message).where(_d.c.state == "by_hand")).scalars())
    partners.duties.settle(tx, BY_HAND, still)


def _move(tx: Tx, partner: str, states: tuple[str, ...], **values: Any) -> list[Any]:
    mine = sa.and_(_d.c.partner == partner, _d.c.state.in_(states))
    return list(tx.conn.execute(sa.update(_d).where(mine).values(values).returning(_d)).all())
