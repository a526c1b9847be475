"""No statement puts another row in the place of one that the record holds, on either database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from aboveboard.record import tables
from aboveboard.store import Store, insert_once, metadata, now

Fill = Callable[[int], list[str]]

TABLES = ["record_entries", "record_nodes", "record_checkpoints"]

REPLACING = [
    "REPLACE INTO {table} SELECT * FROM {table}",
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "UPDATE OR REPLACE {table} SET {key} = {key}",
    # A row with a new key, on the row number of an old one.
    "INSERT OR REPLACE INTO {table} (rowid, {names}) SELECT rowid, {fresh} FROM {table}",
]


def _refused(store: Store, table: str, deed: str) -> None:
    columns = [column.name for column in metadata.tables[table].columns]
    names = [f'"{name}"' for name in columns]
    fresh = ["hex(randomblob(16))" if name == '"id"' else name for name in names]
    fresh[0] += " + 1000"
    said = deed.format(table=table, key=names[0], names=", ".join(names), fresh=", ".join(fresh))
    with pytest.raises(DatabaseError, match="append-only"), store.write() as tx:
        tx.conn.exec_driver_sql(said)


def _rows(store: Store) -> list[tuple[object, ...]]:
    with store.read() as conn:
        found = conn.execute(sa.select(tables.entries).order_by(tables.entries.c.index))
        return [tuple(row) for row in found]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("deed", REPLACING)
def test_sqlite_refuses_to_replace(store: Store, fill: Fill, table: str, deed: str) -> None:
    fill(2)
    before = _rows(store)
    _refused(store, table, deed)
    assert _rows(store) == before and len(before) == 2


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_sqlite_refuses_an_entry_that_takes_the_id_of_another(store: Store, fill: Fill) -> None:
    fill(2)
    others = "SELECT 7, id, at, kind, subject, leaf FROM record_entries LIMIT 1"
    _refused(store, "record_entries", f"INSERT OR REPLACE INTO {{table}} {others}")


@pytest.mark.parametrize("table", TABLES)
def test_an_upsert_is_refused(store: Store, fill: Fill, table: str) -> None:
    fill(2)
    before = _rows(store)
    again = "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({key}) DO UPDATE SET {key} = excluded.{key}"
    _refused(store, table, again)
    assert _rows(store) == before


@pytest.mark.parametrize(
    ("table", "by", "what"),
    [(tables.cosignatures, "key", "line"), (tables.stamps, "authority", "token")],
    ids=["cosignatures", "stamps"],
)
def test_what_others_said_of_a_head_is_kept_once(store: Store, table: sa.Table, by: str, what: str) -> None:
    """Two processes may ask the same witness about the same head at once; the second answer is no error and changes nothing."""
    at = now()
    said = ("one", "two") if what == "line" else (b"one", b"two")
    for each in said:
        with store.write() as tx:
            insert_once(tx.conn, table, {"size": 3, by: "w", "at": at, what: each}, key=("size", by))
            insert_once(tx.conn, table, {"size": 4, by: "w", "at": at, what: each}, key=("size", by))
    with store.read() as conn:
        found = conn.execute(sa.select(table.c.size, table.c[what]).order_by(table.c.size)).all()
    assert [tuple(row) for row in found] == [(3, said[0]), (4, said[0])]
