"""A row whose key is taken: kept or changed, told which, also by two at once; and written in one place only."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import aboveboard
from aboveboard.record import tables
from aboveboard.store import Store, insert_each_once, insert_once, now, upsert

BOOKMARKS = tables.bookmarks


def _row(follower: str, index: int) -> dict[str, Any]:
    return {"follower": follower, "index": index, "moved_at": now()}


def _indexes(store: Store) -> dict[str, int]:
    with store.read() as conn:
        return {row.follower: row.index for row in conn.execute(sa.select(BOOKMARKS))}


@pytest.mark.parametrize(
    ("options", "second", "index"),
    [
        ({}, True, 2),
        ({"changes": {"index": 7}}, True, 7),
        ({"changes": {"index": BOOKMARKS.c.index + 10}}, True, 11),
        ({"where": BOOKMARKS.c.index < 1}, False, 1),
        ({"where": BOOKMARKS.c.index >= 1}, True, 2),
        ({"changes": {"index": 7}, "where": BOOKMARKS.c.index > 5}, False, 1),
    ],
)
def test_a_row_that_is_there_is_changed_as_told(
    store: Store, options: dict[str, Any], second: bool, index: int
) -> None:
    with store.write() as tx:
        assert upsert(tx.conn, BOOKMARKS, _row("a", 1), key="follower", **options)
        assert upsert(tx.conn, BOOKMARKS, _row("a", 2), key=["follower"], **options) is second
        assert upsert(tx.conn, BOOKMARKS, _row("b", 5), key="follower", **options)
    assert _indexes(store) == {"a": index, "b": 5}


def test_a_row_that_is_there_is_kept(store: Store) -> None:
    with store.write() as tx:
        assert insert_once(tx.conn, BOOKMARKS, _row("a", 1), key="follower")
        assert not insert_once(tx.conn, BOOKMARKS, _row("a", 2), key="follower")
        insert_each_once(
            tx.conn, BOOKMARKS, [_row(name, 3) for name in "abcb"], key="follower"
        )  # `b` twice in one go
        insert_each_once(tx.conn, BOOKMARKS, [], key="follower")
    assert _indexes(store) == {"a": 1, "b": 3, "c": 3}


def test_an_append_only_row_is_kept_and_told_too(store: Store) -> None:
    for note, new in ((b"first", True), (b"second", False)):
        with store.write() as tx:
            row = {"size": 3, "authority": "w", "at": now(), "token": note}
            assert insert_once(tx.conn, tables.stamps, row, key=("size", "authority")) is new
    with store.read() as conn:
        assert conn.execute(sa.select(tables.stamps.c.token)).scalars().all() == [b"first"]


@pytest.mark.parametrize("way", [insert_once, upsert])
def test_two_at_once_make_one_row_and_no_error(store: Store, way: Any) -> None:
    ready, told = threading.Barrier(4, timeout=20), []

    def work(index: int) -> None:
        with store.write() as tx:
            if store.dialect == "postgresql":  # on SQLite only one can be in a transaction
                ready.wait()
            told.append(way(tx.conn, BOOKMARKS, _row("a", index), key="follower"))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ([False, False, False, True] if way is insert_once else [True] * 4)
    assert list(_indexes(store)) == ["a"]


def test_nobody_else_writes_it_by_hand() -> None:
    source = Path(aboveboard.__file__).parent
    by_hand = [
        str(file.relative_to(source))
        for file in source.rglob("*.py")
        if "on_conflict_do" in file.read_text("utf-8") and "migrations" not in file.parts
    ]
    assert by_hand == ["store/inserting.py"]
