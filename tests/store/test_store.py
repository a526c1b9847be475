"""The store commits what it says it commits, together or not at all."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import pkgutil
import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

import aboveboard
from aboveboard.store import Instant, Store, Tx, metadata, now

_notes = sa.Table(
    "test_notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", Instant)
)


@pytest.fixture(scope="module", autouse=True)
def _every_table() -> None:
    """Let all rooms declare their tables, as a running house does bit by bit."""
    for room in pkgutil.iter_modules(aboveboard.__path__):
        if room.ispkg and importlib.util.find_spec(f"aboveboard.{room.name}.tables"):
            importlib.import_module(f"aboveboard.{room.name}.tables")


@pytest.fixture
def notes(store: Store) -> sa.Table:
    with store.write() as tx:
        _notes.create(tx.conn)
    return _notes


def _add(tx: Tx, number: int) -> int:
    tx.conn.execute(sa.insert(_notes), {"id": number, "at": tx.now})
    return 1


def _count(store: Store) -> int:
    with store.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(_notes)).scalar_one())


def test_instants_come_back_to_the_microsecond(store: Store, notes: sa.Table) -> None:
    at = datetime(2026, 11, 23, 16, 3, 0, 123456, tzinfo=UTC)
    with store.write() as tx:
        tx.conn.execute(sa.insert(notes), {"id": 1, "at": at})
    with store.read() as conn:
        assert conn.execute(sa.select(notes.c.at)).scalar_one() == at


def test_a_time_without_a_zone_is_refused(store: Store, notes: sa.Table) -> None:
    with pytest.raises(Exception, match="time zone"), store.write() as tx:
        tx.conn.execute(sa.insert(notes), {"id": 1, "at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_an_error_leaves_nothing_behind_and_runs_no_after_hook(store: Store, notes: sa.Table) -> None:
    ran: list[str] = []
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        tx.conn.execute(sa.insert(notes), {"id": 1, "at": now()})
        tx.after_commit(lambda: ran.append("after"))
        1 / 0  # noqa: B018
    assert _count(store) == 0
    assert ran == []


def test_jobs_share_commits_and_fail_alone(store: Store, notes: sa.Table) -> None:
    ran: list[int] = []

    def job(number: int):
        def work(tx: Tx) -> int:
            tx.conn.execute(sa.insert(notes), {"id": number, "at": tx.now})
            tx.pending("kept").append(number)
            tx.after_commit(lambda: ran.append(number))
            if number % 7 == 3:
                raise ValueError(number)
            return number

        return work

    futures = [
        store.submit(job(number), lambda tx, result: (result, len(tx.pending("kept"))))
        for number in range(200)
    ]
    outcomes = [future.exception() or future.result() for future in futures]
    failed = {number for number in range(200) if number % 7 == 3}
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, ValueError) == (number in failed)
    assert _count(store) == 200 - len(failed)
    assert sorted(ran) == sorted(set(range(200)) - failed)
    assert not any(len(str(o)) == 0 for o in outcomes)


def test_if_sealing_fails_nobody_is_told_it_worked(store: Store, notes: sa.Table) -> None:
    def work(tx: Tx) -> str:
        tx.conn.execute(sa.insert(notes), {"id": 1, "at": tx.now})
        tx.before_commit("broken", lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
        return "done"

    assert isinstance(store.submit(work).exception(), ZeroDivisionError)
    assert _count(store) == 0
    assert store.submit(lambda tx: _add(tx, 2)).result() == 1


def test_handlers_wait_without_holding_the_loop(store: Store, notes: sa.Table) -> None:
    async def many() -> list[int]:
        def work(number: int):
            return lambda tx: _add(tx, number)

        return await asyncio.gather(*(store.awrite(work(number)) for number in range(50)))

    assert asyncio.run(many()) == [1] * 50
    assert _count(store) == 50


def test_a_request_that_is_given_up_takes_nobody_else_with_it(store: Store, notes: sa.Table) -> None:
    """A browser that closes its page cancels its request, before its job or in the middle of it; the writer must live on."""
    started, go_on = threading.Event(), threading.Event()

    def slowly(tx: Tx) -> int:
        started.set()
        go_on.wait(10)
        return _add(tx, 0)

    async def give_up() -> None:
        under_way = asyncio.create_task(store.awrite(slowly))
        await asyncio.to_thread(started.wait, 10)
        not_begun = asyncio.create_task(store.awrite(lambda tx: _add(tx, 1)))
        await asyncio.sleep(0)
        for task in (under_way, not_begun):
            task.cancel()
        await asyncio.gather(under_way, not_begun, return_exceptions=True)

    asyncio.run(give_up())
    go_on.set()
    assert store.submit(lambda tx: _add(tx, 2)).result(10) == 1
    assert _count(store) == 2  # the one under way was written, the one that had not begun was not


def test_closing_finishes_what_was_taken(store: Store, notes: sa.Table) -> None:
    futures = [store.submit(lambda tx, n=number: _add(tx, n)) for number in range(50)]
    store.close()
    assert all(future.result(0) == 1 for future in futures)
    with pytest.raises(RuntimeError, match="closed"):
        store.submit(lambda _: None)


def test_migrating_twice_changes_nothing(store: Store) -> None:
    store.migrate()
    with store.read() as conn:
        assert set(metadata.tables) <= set(sa.inspect(conn).get_table_names())


def test_the_migrated_schema_is_what_the_rooms_declare(store: Store) -> None:
    """A table or column that no migration makes would work in nobody's house but a new one's."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.read() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), metadata)
    assert differences == []


def test_append_only_tables_have_their_triggers(store: Store) -> None:
    declared = {table.name for table in metadata.sorted_tables if table.info.get("append_only")}
    query = (
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if store.dialect == "sqlite"
        else "SELECT event_object_table FROM information_schema.triggers"
    )
    with store.read() as conn:
        guarded = {row[0] for row in conn.exec_driver_sql(query)}
    assert declared <= guarded
    assert declared >= {"record_entries", "record_nodes", "record_checkpoints"}
