"""Insert a row unless its key is taken: the one place that knows how either database says that.

Two processes may do it at the same moment. Whoever comes second waits for the first, and then keeps what is there
(`insert_once`) or changes it (`upsert`); neither ends with an error or a second row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

Key = str | Sequence[str]
Row = Mapping[str, Any]


def upsert(
    conn: Connection,
    table: sa.Table,
    row: Row,
    *,
    key: Key,
    changes: Row | None = None,
    where: sa.ColumnElement[bool] | None = None,
) -> bool:
    """Insert `row`, or change the one with its `key` (a column or several); return whether either was done.

    `changes` says what is written into the row that is there, if not all of `row`; `where` may forbid to change it.
    """
    names = _names(key)
    anew = {name: value for name, value in (row if changes is None else changes).items() if name not in names}
    statement = _insert(conn.dialect.name)(table).values(dict(row))
    statement = statement.on_conflict_do_update(index_elements=list(names), set_=anew, where=where)
    return conn.execute(statement.returning(table.c[names[0]])).first() is not None


def insert_once(conn: Connection, table: sa.Table, row: Row, *, key: Key) -> bool:
    """Insert `row` unless there is one with its `key`, which is kept; return whether it is new.

    SQLite's append-only tables refuse a second one even where the statement would do nothing, so there it is looked for
    first; on SQLite whoever writes is alone.
    """
    names = _names(key)
    if conn.dialect.name == "sqlite" and table.info.get("append_only"):
        there = sa.select(sa.literal(1)).where(*(table.c[name] == row[name] for name in names))
        if conn.execute(sa.select(sa.exists(there))).scalar():
            return False
    statement = _unless_there(conn.dialect.name, table, names).returning(table.c[names[0]])
    return conn.execute(statement, dict(row)).first() is not None


def insert_each_once(conn: Connection, table: sa.Table, rows: Sequence[Row], *, key: Key) -> None:
    """Insert many rows, each unless there is one with its `key`; not for append-only tables."""
    if rows:
        conn.execute(_unless_there(conn.dialect.name, table, _names(key)), [dict(row) for row in rows])


def _names(key: Key) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(key)


def _insert(dialect: str) -> Any:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


@cache
def _unless_there(dialect: str, table: sa.Table, names: tuple[str, ...]) -> Any:
    return _insert(dialect)(table).on_conflict_do_nothing(index_elements=list(names))
