"""A backup: the whole database as it stands at one moment, copied while it is in use.

It is two files. FILE is a SQLite database with every table that is worth keeping, whichever database it comes from; it is an
installation's database like any other, so `record verify` proves it, any tool can read it, and `restore` puts it into SQLite or
PostgreSQL. Nobody's key is in it. FILE.keys holds the people's keys, wrapped as they are in the database. They are apart because
a backup that is kept for years must not keep what an erasure destroys: of FILE.keys only the newest need be kept, and an older
FILE restored with it comes up without those who were erased since.

Left out is what lives for minutes: sessions, codes, messages on their way, leases. A table `backup_manifest` in FILE says what it
is, of which key ring, and the number and SHA-256 of every table's rows, so that a damaged file is known before anything is done
with it.
"""

from __future__ import annotations

import base64
import importlib
import importlib.util
import json
import pkgutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from io import BufferedWriter
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard import __version__
from aboveboard.record import files, sealing
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import RecordError
from aboveboard.store import Instant, Store, metadata, now

FORMAT = "aboveboard-backup/1"
KEYS_FORMAT = "aboveboard-backup-keys/1"
#: What lives for minutes only, and would be wrong to bring back: who was signed in, codes, messages, who holds what.
LEFT_OUT = frozenset({"web_sessions", "web_pauses", "people_codes", "people_messages", "record_leases"})
#: In FILE, where a living person's key would be: something, so that they can be told from those who were erased.
ELSEWHERE = b""

_BATCH = 2_000
_MANIFEST = "CREATE TABLE backup_manifest (name TEXT PRIMARY KEY, value TEXT NOT NULL)"

Progress = Callable[[int, int], None]


class BackupError(RecordError):
    """A backup that cannot be made or used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds: its two files, its entries, how many living people have a key in the second."""

    file: Path
    keys_file: Path
    entries: int
    people: int


@cache
def every_table() -> list[sa.Table]:
    """Return every table that any room declares and that a backup keeps, in an order in which they can be filled."""
    import aboveboard

    for room in (found.name for found in pkgutil.iter_modules(aboveboard.__path__) if found.ispkg):
        if importlib.util.find_spec(f"aboveboard.{room}.tables") is not None:
            importlib.import_module(f"aboveboard.{room}.tables")
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def ring_marks(keys: KeyRing) -> dict[str, str]:
    """Return what tells one key ring from another and gives none of it away: its public key, and a mark of each other secret."""
    return {
        "origin": keys.origin,
        "signing": keys.signer.verifier_key,  # of the key that signs now; a later ring knows it still
        "index": keys.index("backup", "mark").hex()[:16],
        "mac": keys.mac("backup", b"mark").hex()[:16],
    }


def keys_of(file: Path) -> Path:
    """Return where the keys of a backup lie unless told otherwise."""
    return file.with_name(f"{file.name}.keys")


def backup(store: Store, keys: KeyRing, file: Path, progress: Progress | None = None) -> Made:
    """Write a backup to `file` and `file`.keys; raises `BackupError`, and then neither of them is there."""
    for one in (file, keys_of(file)):
        if one.exists() and not (one != file and not file.exists()):
            raise BackupError(
                f"{one} is there already. Name a file that is not: a backup never writes over another."
            )
    try:
        with files.draft_of(file) as draft, files.draft_of(keys_of(file)) as keys_draft:
            made = _write(store, keys, draft, keys_draft, progress)
            files.sync(draft)
            keys_draft.replace(keys_of(file))
            draft.replace(file)
            files.sync_folder(file.parent)
            return Made(file, keys_of(file), *made)
    except (OSError, sqlite3.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else str(error)) or str(error)
        raise BackupError(
            f"The backup {file} could not be written: {why}. What was begun was removed."
        ) from None


def _write(
    store: Store, keys: KeyRing, draft: Path, keys_draft: Path, progress: Progress | None
) -> tuple[int, int]:
    _empty_database(draft)
    out = sqlite3.connect(draft, isolation_level=None)
    try:
        out.execute("PRAGMA journal_mode=OFF")
        out.execute("PRAGMA synchronous=OFF")
        out.execute("BEGIN")
        out.execute(_MANIFEST)
        with store.read() as conn, _KeysOut(keys_draft, keys) as keys_out:
            told = _Told(progress, _rows(conn))
            tables = {table.name: _copy(conn, table, out, keys_out, told) for table in every_table()}
            entries = sealing.size(conn)
        manifest = {
            "format": FORMAT,
            "made_at": now().isoformat(timespec="seconds"),
            "by": f"aboveboard {__version__}",
            "entries": entries,
            "ring": ring_marks(keys),
            "tables": tables,
        }
        rows = [(name, json.dumps(value)) for name, value in manifest.items()]
        out.executemany("INSERT INTO backup_manifest VALUES (?, ?)", rows)
        out.execute("COMMIT")
        # As an installation opens it; so that looking at a backup does not change a byte of it.
        out.execute("PRAGMA journal_mode=WAL")
    finally:
        out.close()
        for side in ("-wal", "-shm", "-journal"):
            draft.with_name(draft.name + side).unlink(missing_ok=True)
    return entries, keys_out.people


def _empty_database(file: Path) -> None:
    """Make a database of this version's schema, readable by its owner only."""
    from aboveboard.migrations import upgrade

    file.touch(mode=0o600)
    engine = sa.create_engine(f"sqlite:///{file}")
    try:
        upgrade(engine)
    except sa.exc.OperationalError as error:
        raise sqlite3.OperationalError(str(error.orig)) from None
    finally:
        engine.dispose()


def _rows(conn: Connection) -> int:
    counts = (sa.select(sa.func.count()).select_from(table) for table in every_table())
    return sum(int(conn.execute(count).scalar_one()) for count in counts)


class _Told:
    """Tells how many rows are done."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def more(self, rows: int) -> None:
        self._done += rows
        if self._progress is not None:
            self._progress(self._done, self._total)


def _copy(
    conn: Connection, table: sa.Table, out: sqlite3.Connection, keys_out: _KeysOut, told: _Told
) -> dict[str, Any]:
    """Copy a table's rows and return their number and digest."""
    columns = list(table.columns)
    # Instants stay the whole numbers that they are in the database.
    wanted = [sa.type_coerce(c, sa.BigInteger) if isinstance(c.type, Instant) else c for c in columns]
    query = sa.select(*wanted).order_by(*table.primary_key.columns)
    names = ", ".join(f'"{column.name}"' for column in columns)
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608 - our own names
    take_key = keys_out.take if table.name == "record_subjects" else None
    count, digest = 0, sha256()
    for batch in conn.execution_options(stream_results=True, yield_per=_BATCH).execute(query).partitions():
        rows = [tuple(map(_plain, row)) for row in batch]
        if take_key is not None:
            rows = [take_key(row, columns) for row in rows]
        for row in rows:
            digest.update(msgspec.msgpack.encode(row))
        out.executemany(statement, rows)
        count += len(rows)
        told.more(len(rows))
    return {"rows": count, "sha256": digest.hexdigest()}


def _plain(value: Any) -> Any:
    """Return a value as SQLite keeps it."""
    if value is None or isinstance(value, str | bytes | int | float):
        return int(value) if isinstance(value, bool) else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return json.dumps(value)


# -- the keys of people ----------------------------------------------------------------------------------------------


class _KeysOut:
    """Writes FILE.keys: a line of JSON that says what it is, a line for each person, and the SHA-256 of all that."""

    def __init__(self, file: Path, keys: KeyRing) -> None:
        self.people = 0
        self._file, self._keys = file, keys
        self._digest = sha256()
        self._out: BufferedWriter

    def __enter__(self) -> _KeysOut:
        self._file.touch(mode=0o600)
        self._out = self._file.open("wb")
        head = {
            "format": KEYS_FORMAT,
            "made_at": now().isoformat(timespec="seconds"),
            "origin": self._keys.origin,
        }
        self._line(json.dumps(head).encode())
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._out.write(b"sha256 " + self._digest.hexdigest().encode() + b"\n")
        self._out.close()
        if kind is None:
            files.sync(self._file)

    def take(self, row: tuple[Any, ...], columns: list[sa.Column[Any]]) -> tuple[Any, ...]:
        """Write down the key in a row of `record_subjects`, and return the row without it."""
        found = {column.name: value for column, value in zip(columns, row, strict=True)}
        wrapped = found["wrapped"]
        self._line(
            f"{found['subject']} {found['key']} {base64.b64encode(wrapped).decode() if wrapped else '-'}".encode()
        )
        if wrapped:
            self.people += 1
            found["wrapped"] = ELSEWHERE
        return tuple(found.values())

    def _line(self, line: bytes) -> None:
        self._digest.update(line + b"\n")
        self._out.write(line + b"\n")
