"""Who has read how far, and who may work just now: the bookmarks of followers, and leases.

A bookmark moves in the transaction that holds the work, so a follower that is killed repeats at most what it had not finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from aboveboard.record import tables
from aboveboard.store import Tx

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


def upsert(conn: Connection, table: sa.Table, row: dict[str, Any], *, key: str, where: Any = None) -> bool:
    """Insert `row`, or change the one with its `key` (only where `where` holds); return whether either was done."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    changes = {name: value for name, value in row.items() if name != key}
    statement = (
        insert(table).values(row).on_conflict_do_update(index_elements=[key], set_=changes, where=where)
    )
    return conn.execute(statement.returning(table.c[key])).first() is not None


def insert_once(conn: Connection, table: sa.Table, row: dict[str, Any], *, key: Sequence[str]) -> None:
    """Insert `row` unless there is one with its `key`, which is kept.

    SQLite's append-only tables refuse a second one even where the statement would do nothing, so it is looked for first; there
    whoever writes is alone. On PostgreSQL two may look at once, and then the statement does nothing.
    """
    there = sa.select(sa.literal(1)).where(*(table.c[name] == row[name] for name in key))
    if conn.execute(sa.select(sa.exists(there))).scalar():
        return
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    conn.execute(insert(table).values(row).on_conflict_do_nothing(index_elements=list(key)))
