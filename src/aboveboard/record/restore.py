"""Putting a backup back: into an empty installation, whole or not at all.

In this order, and all writing in one transaction: the file is read through and held against its manifest; the key ring must be
the one it was made under; every person's key is tried; the rows are copied; the record must prove itself; an entry says that it
was restored; whoever was erased since the backup is erased again. Only then can anybody see anything.

Who was erased since is known from two places: the list beside the key ring, and the file of keys, if it is a newer one than
the backup.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.engine import Connection

from aboveboard.record import erasure, sealing, tables
from aboveboard.record.backup import (
    ELSEWHERE,
    FORMAT,
    KEYS_FORMAT,
    BackupError,
    Progress,
    every_table,
    keys_of,
    ring_marks,
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


@dataclass
class _Backup:
    """An opened backup file whose rows agree with its manifest."""

    file: Path
    raw: sqlite3.Connection
    manifest: dict[str, Any]
    sha256: str


@dataclass
class _Joined:
    """What joining the people of FILE with the keys of FILE.keys found."""

    gone: list[tuple[int, str]] = field(default_factory=list)  # erased after FILE was made
    missing: list[tuple[int, str]] = field(default_factory=list)  # in no file of keys


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
        with _opened(file) as found:
            _check_ring(found, record)
            keys = (
                None
                if accept_loss and keys_file is None and not keys_of(file).exists()
                else keys_file or keys_of(file)
            )
            if keys is not None:
                _check_keys(keys, record)
            known = erasure.read(record.keys.folder)
            with _of_this_version(found) as raw, store.write() as tx:
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
    found: _Backup,
    raw: sqlite3.Connection,
    keys: Path | None,
    known: list[Erasure],
    again: Again,
    accept_loss: bool,
    progress: Progress | None,
) -> Restored:
    joined = _Joined()
    done, total = 0, sum(table["rows"] for table in found.manifest["tables"].values())
    for table in every_table():
        rows = _rows_of(raw, table)
        if table is tables.subjects:
            rows = _with_keys(rows, keys, record, joined)
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


# -- the file --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[_Backup]:
    """Open a backup and read all of it once, so that nothing damaged is ever begun with."""
    if not file.is_file():
        raise BackupError(f"There is no backup {file}.")
    raw = _connect(file)
    try:
        manifest = _manifest(raw, file)
        for name, told in manifest["tables"].items():
            _check_table(raw, name, told, file)
        with file.open("rb") as content:
            digest = _digest_of(content)
        yield _Backup(file, raw, manifest, digest)
    finally:
        raw.close()


def _connect(file: Path) -> sqlite3.Connection:
    # Never written to: not even the side files that SQLite makes, unless somebody left one that belongs to it.
    mode = "mode=ro" if file.with_name(f"{file.name}-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(file))}?{mode}", uri=True)


def _manifest(raw: sqlite3.Connection, file: Path) -> dict[str, Any]:
    try:
        manifest = {
            name: json.loads(value) for name, value in raw.execute("SELECT name, value FROM backup_manifest")
        }
        whole = manifest["format"] == FORMAT and bool(manifest["ring"]) and bool(manifest["tables"])
    except (sqlite3.Error, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise BackupError(
            f"{file} is not a backup that `aboveboard backup` made, or it was damaged. Take another one. Nothing was changed."
        )
    return manifest


def _check_table(raw: sqlite3.Connection, name: str, told: dict[str, Any], file: Path) -> None:
    digest, count = sha256(), 0
    try:
        # In the order of writing: databases do not agree on the order of words.
        for row in raw.execute(f"SELECT * FROM {_quoted(name)} ORDER BY rowid"):  # noqa: S608 - quoted
            digest.update(msgspec.msgpack.encode(row))
            count += 1
    except (sqlite3.Error, UnicodeDecodeError):
        count = -1
    if (count, digest.hexdigest()) != (told["rows"], told["sha256"]):
        raise BackupError(
            f"{file} was damaged: its table {name} is not what was written. Take another one. Nothing was changed."
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _digest_of(content: Any) -> str:
    digest = sha256()
    while block := content.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _check_ring(found: _Backup, record: Record) -> None:
    theirs, ours = found.manifest["ring"], ring_marks(record.keys)
    if theirs != ours:
        other = [name for name in ours if theirs.get(name) != ours[name]]
        # A signing key that was replaced since is as good: what it signed then still holds.
        if other == ["signing"] and theirs["signing"] in [
            key.verifier_key for key in record.keys.signers.keys
        ]:
            return
        raise BackupError(
            f"{found.file} was made under another key ring, that of {theirs.get('origin')} (it differs in: {', '.join(other)}). "
            f"Put the keys.json that belongs to it into {record.keys.folder}, in place of the one there, and run this again. "
            "Nothing was changed."
        )


@contextlib.contextmanager
def _of_this_version(found: _Backup) -> Iterator[sqlite3.Connection]:
    """Give the backup with this version's schema: itself, or a copy of an older one that was brought up to date."""
    import tempfile

    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    from aboveboard import migrations

    [revision] = found.raw.execute("SELECT version_num FROM alembic_version").fetchone() or [None]
    if revision == ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head():
        yield found.raw
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(found.file, folder))
        engine = sa.create_engine(f"sqlite:///{copy}")
        try:
            migrations.upgrade(engine)
        except CommandError:
            raise BackupError(
                f"{found.file} was made by {found.manifest.get('by')}, which is newer than this program. Install that version. "
                "Nothing was changed."
            ) from None
        finally:
            engine.dispose()
        raw = sqlite3.connect(copy)
        try:
            yield raw
        finally:
            raw.close()


# -- the keys --------------------------------------------------------------------------------------------------------


def _check_keys(file: Path, record: Record) -> None:
    """Refuse a file of keys that is not one, was cut off or changed, or is of another record."""
    if not file.is_file():
        raise BackupError(
            f"The people's keys are missing: there is no {file}. Name them with --keys. Without them nothing personal could "
            "ever be read again; if they are lost, --accept-loss goes on. Nothing was changed."
        )
    digest, last, head = sha256(), b"", b""
    with file.open("rb") as lines:
        for line in lines:
            head = head or line
            digest.update(last)
            last = line
    if last != b"sha256 " + digest.hexdigest().encode() + b"\n":
        raise BackupError(f"{file} was damaged or cut off. Take another copy of it. Nothing was changed.")
    told = json.loads(head)
    if told.get("format") != KEYS_FORMAT or told.get("origin") != record.keys.origin:
        raise BackupError(
            f"{file} holds the keys of {told.get('origin')}, not of {record.keys.origin}. Nothing was changed."
        )


def _keys_in(file: Path) -> Iterator[tuple[int, str, bytes | None]]:
    """Yield (number, key id, wrapped key or None) from a file that `_check_keys` has passed, lowest number first."""
    with file.open("rb") as lines:
        next(lines)
        for line in lines:
            number, key, wrapped = line.split()[:3] if line.count(b" ") == 2 else (b"", b"", b"")
            if number:
                yield int(number), key.decode(), None if wrapped == b"-" else base64.b64decode(wrapped)


def _with_keys(
    rows: Iterator[dict[str, Any]], file: Path | None, record: Record, joined: _Joined
) -> Iterator[dict[str, Any]]:
    """Put each person's key back into their row, both in the order of numbers; every key is tried on the way."""
    keys = _keys_in(file) if file is not None else iter(())
    at = next(keys, None)
    for row in rows:
        while at is not None and at[0] < row["subject"]:
            at = next(keys, None)
        if row["wrapped"] == ELSEWHERE and row["wrapped"] is not None:
            same = at is not None and at[0] == row["subject"] and at[1] == row["key"]
            wrapped = at[2] if same and at is not None else None
            if wrapped is not None:
                _try(record, wrapped, row)
                row["wrapped"] = wrapped
            else:
                # They keep the mark until the rest of them is taken away as well.
                (joined.gone if same else joined.missing).append((row["subject"], row["key"]))
        yield row


def _try(record: Record, wrapped: bytes, row: dict[str, Any]) -> None:
    try:
        record.keys.unwrap_key(wrapped, row["key"])
    except InvalidTag:
        raise BackupError(
            f"The key of person {row['subject']} cannot be opened with this key ring: its wrapping key was replaced after these "
            "keys were saved, or is set in ABOVEBOARD_WRAP_KEY. Put the key ring of that time there. Nothing was changed."
        ) from None


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
