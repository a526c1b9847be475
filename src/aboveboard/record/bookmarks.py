"""Who has read how far, and who may work just now: the bookmarks of followers, and leases.

A bookmark moves in the transaction that holds the work, so a follower that is killed repeats at most what it had not finished.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.record import tables
from aboveboard.store import Tx, upsert

#: Nobody asks for a longer lease; clocks of two machines differ by less.
_LONGEST_LEASE = timedelta(hours=1)
_bookmark = sa.select(tables.bookmarks.c.index).where(tables.bookmarks.c.follower == sa.bindparam("name"))


class Bookmarks:
    """The part of the record that followers use."""

    def bookmark(self, conn: Connection, follower: str) -> int:
        """Return the index of the last entry that `follower` has finished with; -1 when it has not begun."""
        found = conn.execute(_bookmark, {"name": follower}).scalar()
        return -1 if found is None else int(found)

    def move_bookmark(self, tx: Tx, follower: str, index: int) -> None:
        """Say that `follower` has finished with everything up to `index`, in the transaction that holds its work."""
        row = {"follower": follower, "index": index, "moved_at": tx.now}
        upsert(tx.conn, tables.bookmarks, row, key="follower")

    def lease(self, tx: Tx, name: str, holder: str, seconds: float) -> bool:
        """Take or renew the lease `name` for `holder`; False while another holder's has not lapsed.

        One that would last longer than any was taken under a clock that has been set back since: it has lapsed too.
        """
        until = tables.leases.c.until
        free = sa.or_(tables.leases.c.holder == holder, until <= tx.now, until > tx.now + _LONGEST_LEASE)
        row = {"name": name, "holder": holder, "until": tx.now + timedelta(seconds=seconds)}
        return upsert(tx.conn, tables.leases, row, key="name", where=free)
