"""The store: one database, SQLite or PostgreSQL, the same code on both.

Reads take a connection, writes take a `Tx`. There are two ways to write, with the same guarantees:

- `write()` opens a transaction of its own, for commands and workers;
- `submit(job)` hands a job to the one writer thread of this process. Jobs that arrive while a commit is under way share the
  next one (*group commit*): the disk is asked once for all of them, and each job keeps a savepoint of its own, so a job that
  fails takes nothing else with it. A future resolves only when its commit is on disk.

What the database itself cannot do (it is away, full, read-only) is a `StorageError`, which says whether anything can have been
saved. The store works on as soon as the database does.

`Tx.before_commit` is how the record seals the entries of a transaction at its very end, under a lock that is held for as
short as possible. Tables that must never change are declared with `append_only`: triggers refuse UPDATE and DELETE.
"""

from __future__ import annotations

import asyncio
import errno
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Dialect

from aboveboard.store.engine import engine_for
from aboveboard.store.errors import StorageError, told
from aboveboard.store.inserting import insert_each_once, insert_once, upsert

__all__ = [
    "GROUP",
    "Instant",
    "StorageError",
    "Store",
    "Tx",
    "append_only",
    "append_only_ddl",
    "insert_each_once",
    "insert_once",
    "metadata",
    "now",
    "upsert",
]

T = TypeVar("T")
R = TypeVar("R")

metadata = sa.MetaData()

_log = structlog.get_logger("aboveboard.store")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)

#: At most this many jobs share one commit: the last of them waits for all the others.
GROUP = 128


def now() -> datetime:
    """Return this instant in UTC."""
    return datetime.now(UTC)


class Instant(sa.TypeDecorator[datetime]):
    """An instant, kept as whole microseconds since 1970 in UTC; naive times are refused, not guessed."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn an aware time into microseconds; raises `ValueError` for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone; times are kept in UTC")
        return (value - _EPOCH) // _MICRO

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn microseconds back into an aware UTC time."""
        return None if value is None else _EPOCH + timedelta(microseconds=int(value))


def append_only_ddl(table: str, dialect: str, keys: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return the statements that make `table` refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE.

    SQLite's REPLACE deletes without asking the DELETE trigger, so there a row is refused too whose place is taken: by one of
    `keys` (the columns of the primary key and of each unique constraint), or by SQLite's own row number.
    """
    if dialect == "sqlite":
        places = [" AND ".join(f'"{name}" = NEW."{name}"' for name in key) for key in (*keys, ("rowid",))]
        taken = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {place})" for place in places)  # noqa: S608 - our own names
        moments = {"update": "UPDATE", "delete": "DELETE", "replace": "INSERT"}
        return [
            f"CREATE TRIGGER {table}_no_{deed} BEFORE {verb} ON {table} "
            + (f"WHEN {taken} " if deed == "replace" else "")
            + f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for deed, verb in moments.items()
        ]
    return [
        "CREATE OR REPLACE FUNCTION aboveboard_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION aboveboard_refuse()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION aboveboard_refuse()",
    ]


def append_only(table: sa.Table) -> sa.Table:
    """Declare `table` append-only; the migration that creates it installs the triggers (a test compares both)."""
    table.info["append_only"] = True
    return table


@dataclass
class _Shared:
    """What all jobs of one database transaction share."""

    pending: dict[str, list[Any]] = field(default_factory=dict)
    before: dict[str, Callable[[Tx], None]] = field(default_factory=dict)
    after: list[Callable[[], None]] = field(default_factory=list)

    def mark(self) -> dict[str, int]:
        return {key: len(items) for key, items in self.pending.items()} | {"": len(self.after)}

    def back_to(self, mark: dict[str, int]) -> None:
        for key, items in self.pending.items():
            del items[mark.get(key, 0) :]
        del self.after[mark[""] :]


@dataclass
class Tx:
    """A write transaction: its connection, its instant, and what must happen around its commit."""

    conn: Connection
    now: datetime
    shared: _Shared = field(default_factory=_Shared)

    def pending(self, key: str) -> list[Any]:
        """Return the list under `key` that lives as long as the transaction; a failed job's additions are taken back."""
        return self.shared.pending.setdefault(key, [])

    def before_commit(self, key: str, hook: Callable[[Tx], None]) -> None:
        """Run `hook` once, at the end of the transaction, before it is committed; the first one for a key is kept."""
        self.shared.before.setdefault(key, hook)

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Run `hook` when the commit is on disk (never if it is rolled back)."""
        self.shared.after.append(hook)

    def seal(self) -> None:
        """Run the hooks that end the transaction; called by the store. Raises `StorageError` for a file that one cannot write."""
        try:
            for hook in list(self.shared.before.values()):
                hook(self)
        except OSError as error:
            raise StorageError(errno.errorcode.get(error.errno or 0, "EIO"), file=error.filename) from error


@dataclass
class _Job:
    work: Callable[[Tx], Any]
    then: Callable[[Tx, Any], Any] | None
    future: Future[Any]
    result: Any = None


class Store:
    """One database. `url` is a SQLAlchemy address; `dialect` is `sqlite` or `postgresql`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = engine_for(url)
        self.dialect = self.engine.dialect.name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def migrate(self) -> None:
        """Bring the database to this version's schema; a filled database keeps everything it holds. Raises `StorageError`."""
        from aboveboard.migrations import upgrade

        try:
            upgrade(self.engine)
        except sa.exc.SQLAlchemyError as error:
            raise told(error) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent state and changes nothing; raises `StorageError`."""
        try:
            with self.engine.connect() as conn:
                if self.dialect == "postgresql":  # where each statement would otherwise see a newer state
                    conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield conn
        except sa.exc.SQLAlchemyError as error:
            raise told(error) from error

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Give a transaction of its own; it is sealed and committed at the end, rolled back on any error.

        Raises `StorageError` when the database cannot do it.
        """
        committing = False
        try:
            with self.engine.connect() as conn:
                conn = conn.execution_options(aboveboard_write=True)
                with conn.begin():
                    tx = Tx(conn, now())
                    yield tx
                    tx.seal()
                    committing = True
        except sa.exc.SQLAlchemyError as error:
            raise told(error, committing=committing) from error
        for hook in tx.shared.after:
            _run_after(hook)

    def submit(self, work: Callable[[Tx], T], then: Callable[[Tx, T], R] | None = None) -> Future[Any]:
        """Run `work` in the writer thread's next commit and return a future of its result.

        `then` runs in the same transaction after sealing (when entries have their place in the tree), and its result
        replaces that of `work`. Errors of `work` reach only its own future; when the commit fails, each future gets the
        `StorageError`.
        """
        if self._closed:
            raise RuntimeError("the store is closed; nothing can be written any more")
        job = _Job(work, cast("Callable[[Tx, Any], Any] | None", then), Future())
        self._start_writer()
        self._jobs.put(job)
        return job.future

    async def awrite(self, work: Callable[[Tx], T], then: Callable[[Tx, T], R] | None = None) -> Any:
        """Do what `submit` does and wait for the commit without holding the event loop."""
        return await asyncio.wrap_future(self.submit(work, then))

    async def aread(self, ask: Callable[[Connection], T]) -> T:
        """Run `ask` with a reading connection in a thread."""
        return await asyncio.to_thread(self._ask, ask)

    def close(self) -> None:
        """Finish the jobs that were taken, stop the writer and give back the connections."""
        self._closed = True
        if self._writer is not None:
            self._jobs.put(None)
            self._writer.join()
        self.engine.dispose()

    def _ask(self, ask: Callable[[Connection], T]) -> T:
        with self.read() as conn:
            return ask(conn)

    def _start_writer(self) -> None:
        if self._writer is not None:
            return
        with self._starting:
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write_forever, name="aboveboard-writer", daemon=True
                )
                self._writer.start()

    def _write_forever(self) -> None:
        while True:
            group = self._next_group()
            # A request that was given up while it waited is left out; from here on, giving up no longer reaches the job.
            jobs = [job for job in group if job is not None and job.future.set_running_or_notify_cancel()]
            if jobs:
                self._commit_group(jobs)
            if None in group:
                return

    def _next_group(self) -> list[_Job | None]:
        group: list[_Job | None] = [self._jobs.get()]
        while len(group) < GROUP and group[-1] is not None:
            try:
                group.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return group

    def _commit_group(self, jobs: list[_Job]) -> None:
        failed: dict[int, BaseException] = {}
        try:
            with self.write() as tx:
                for place, job in enumerate(jobs):
                    error = _run_in_savepoint(tx, job)
                    if error is not None:
                        failed[place] = error
                tx.seal()
                tx.shared.before.clear()
                for place, job in enumerate(jobs):
                    if job.then is not None and place not in failed:
                        job.result = job.then(tx, job.result)
        except BaseException as error:  # noqa: BLE001 - the commit failed: nobody may believe that it happened
            failed = {place: failed.get(place, error) for place in range(len(jobs))}
        for place, job in enumerate(jobs):
            if place in failed:
                job.future.set_exception(failed[place])
            else:
                job.future.set_result(job.result)


def _run_in_savepoint(tx: Tx, job: _Job) -> Exception | None:
    mark = tx.shared.mark()
    tx.conn.exec_driver_sql("SAVEPOINT job")
    try:
        job.result = job.work(Tx(tx.conn, now(), tx.shared))
    except Exception as error:  # noqa: BLE001 - it is handed to the future that waits for it
        _undo(tx.conn, error)
        tx.shared.back_to(mark)
        return told(error) if isinstance(error, sa.exc.SQLAlchemyError) else error
    tx.conn.exec_driver_sql("RELEASE SAVEPOINT job")
    return None


def _undo(conn: Connection, error: Exception) -> None:
    """Go back to the savepoint; raises `error` when there is no way back, because the whole transaction is gone."""
    try:
        conn.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
        conn.exec_driver_sql("RELEASE SAVEPOINT job")
    except sa.exc.SQLAlchemyError:
        raise error from None


def _run_after(hook: Callable[[], None]) -> None:
    """Run what follows a commit; whatever goes wrong there, the commit happened and must not be taken for failed."""
    try:
        hook()
    except Exception as error:  # noqa: BLE001
        with suppress(OSError):  # nor must a log that cannot be written
            _log.error("after a commit", error=type(error).__name__)
