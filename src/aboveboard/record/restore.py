"""Putting a backup back: into an empty installation, whole or not at all.

In this order, and all writing in one transaction: the file is read through and held against its manifest; the key ring must be
the one it was made under; every person's key is tried; the rows are copied; the record must prove itself; an entry says that it
was restored; whoever was erased since the backup is erased again. Only then can anybody see anything.

Who was erased since is known from two places: the list beside the key ring, and the file of keys, if it is a newer one than
the backup.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.record import erasure, sealing, tables
from aboveboard.record.backup import BackupError, Progress, every_table, keys_of
from aboveboard.record.backup_file import (
    BackupFile,
    Joined,
    check_keys,
    check_ring,
    of_this_version,
    opened,
    with_keys,
)
from aboveboard.record.erasure import Erasure
from aboveboard.record.service import Record
from aboveboard.record.verify import verify
from aboveboard.store import Instant, Store, Tx, now

_BATCH = 2_000

#: Erases again (People.erase_again): takes the transaction and the erasures, returns the numbers that were erased.
Again = Callable[[Tx, list[Erasure]], list[int]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: entries, the instant of the newest one, numbers that were erased again, people without a key."""

    entries: int
    newest: Any
    erased_again: list[int]
    without_key: int


def restore(
    store: Store,
    record: Record,
    file: Path,
    again: Again,
    *,
    keys_file: Path | None = None,
    accept_loss: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Put the backup `file` into the empty database of `store`; raises `BackupError`, and then nothing was changed.

    `keys_file` may be of a later backup, which brings its erasures with it. With `accept_loss`, people whose key is in no file
    come back unreadable; without it that is an error.
    """
    try:
        with opened(file) as found:
            check_ring(found, record)
            keys = (
                None
                if accept_loss and keys_file is None and not keys_of(file).exists()
                else keys_file or keys_of(file)
            )
            if keys is not None:
                check_keys(keys, record)
            known = erasure.read(record.keys.folder)
            with of_this_version(found) as raw, store.write() as tx:
                _hold(tx)
                _check_empty(tx.conn)
                return _fill(tx, record, found, raw, keys, known, again, accept_loss, progress)
    except (OSError, sqlite3.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else str(error)) or str(error)
        raise BackupError(f"{file} could not be restored: {why}. Nothing was changed.") from None
    except sa.exc.DBAPIError as error:
        raise BackupError(f"{file} could not be restored: {error.orig}. Nothing was changed.") from None


def _fill(
    tx: Tx,
    record: Record,
    found: BackupFile,
    raw: sqlite3.Connection,
    keys: Path | None,
    known: list[Erasure],
    again: Again,
    accept_loss: bool,
    progress: Progress | None,
) -> Restored:
    joined = Joined()
    done, total = 0, sum(table["rows"] for table in found.manifest["tables"].values())
    for table in every_table():
        rows = _rows_of(raw, table)
        if table is tables.subjects:
            rows = with_keys(rows, keys, record, joined)
        for batch in _batches(rows):
            tx.conn.execute(_plain_table(table).insert(), batch)
            done += len(batch)
            if progress is not None:
                progress(done, total)
    if joined.missing and not accept_loss:
        raise BackupError(
            f"{len(joined.missing)} people have no key in {keys}: it is older than the backup. Name a newer one with --keys, or "
            "go on with --accept-loss; what is sealed for them could then never be read again. Nothing was changed."
        )
    _set_counters(tx.conn)
    verdict = verify(tx.conn, record.keys)
    if not verdict.ok:
        raise BackupError(
            f"The record in {found.file} does not hold: {verdict.problems[0]} Take another backup. Nothing was changed."
        )
    newest = tx.conn.execute(sa.select(sa.func.max(tables.entries.c.at))).scalar()
    listed = {(number, key) for one in known for number, key in one.keys.items()}
    unlisted = [
        Erasure(now(), reason, "", {number: key}, ())
        for reason, people in (("asked", joined.gone), (erasure.KEYS_LOST, joined.missing))
        for number, key in people
        if (number, key) not in listed
    ]
    record.append(tx, "record.restored", facts={"sha256": found.sha256, "size": verdict.size})
    erased = again(tx, [*known, *unlisted])
    return Restored(verdict.size, newest, erased, len(joined.missing))


# -- the database ----------------------------------------------------------------------------------------------------


def _hold(tx: Tx) -> None:
    if tx.conn.dialect.name == "postgresql":
        tx.conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({sealing.LOCK})")


def _check_empty(conn: Connection) -> None:
    for table in every_table():
        if conn.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise BackupError(
                f"This installation is not empty ({table.name} has rows), and a restore writes over nothing. Set ABOVEBOARD_HOME "
                "or ABOVEBOARD_DATABASE_URL to a new place. Nothing was changed."
            )


def _plain_table(table: sa.Table) -> sa.Table:
    """Return the table with instants as the whole numbers that they are."""
    columns = [
        sa.Column(c.name, sa.BigInteger if isinstance(c.type, Instant) else c.type) for c in table.columns
    ]
    return sa.Table(table.name, sa.MetaData(), *columns)


def _rows_of(raw: sqlite3.Connection, table: sa.Table) -> Iterator[dict[str, Any]]:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    readers = {column.name: _reader(column.type) for column in table.columns}
    for row in raw.execute(f'SELECT {names} FROM "{table.name}" ORDER BY rowid'):  # noqa: S608 - our own names
        yield {name: read(value) for (name, read), value in zip(readers.items(), row, strict=True)}


def _reader(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, sa.JSON):
        return lambda value: None if value is None else json.loads(value)
    if isinstance(kind, sa.Date):
        return lambda value: None if value is None else date.fromisoformat(value)
    if isinstance(kind, sa.Boolean):
        return lambda value: None if value is None else bool(value)
    return lambda value: value


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _set_counters(conn: Connection) -> None:
    """On PostgreSQL, let numbers that the database hands out go on after those that were put back."""
    if conn.dialect.name != "postgresql":
        return
    for table in every_table():
        column = table.autoincrement_column
        if column is not None and column.autoincrement is True:
            highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            conn.execute(sa.select(sa.func.setval(sequence, highest, False)))
