"""Reading a backup: FILE and FILE.keys, held against what they say of themselves before anything is done with them.

FILE must be what its manifest says, table by table; both must be of this record and its key ring. People and their keys are
joined here again, in the order of numbers, and every key is tried on the way.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from aboveboard.record.backup import ELSEWHERE, FORMAT, KEYS_FORMAT, BackupError, ring_marks
from aboveboard.record.service import Record


@dataclass
class BackupFile:
    """An opened backup file whose rows agree with its manifest."""

    file: Path
    raw: sqlite3.Connection
    manifest: dict[str, Any]
    sha256: str


@dataclass
class Joined:
    """What joining the people of FILE with the keys of FILE.keys found."""

    gone: list[tuple[int, str]] = field(default_factory=list)  # erased after FILE was made
    missing: list[tuple[int, str]] = field(default_factory=list)  # in no file of keys


# -- the file --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def opened(file: Path) -> Iterator[BackupFile]:
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
        yield BackupFile(file, raw, manifest, digest)
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


def check_ring(found: BackupFile, record: Record) -> None:
    """Refuse a backup that was made under another key ring; raises `BackupError`."""
    theirs, ours = found.manifest["ring"], ring_marks(record.keys)
    if theirs != ours:
        other = [name for name in ours if theirs.get(name) != ours[name]]
        # A signing key that was replaced since is as good: what it signed then still holds.
        if other == ["signing"] and theirs.get("signing") in [
            key.verifier_key for key in record.keys.signers.keys
        ]:
            return
        raise BackupError(
            f"{found.file} was made under another key ring, that of {theirs.get('origin')} (it differs in: {', '.join(other)}). "
            f"Put the keys.json that belongs to it into {record.keys.folder}, in place of the one there, and run this again. "
            "Nothing was changed."
        )


@contextlib.contextmanager
def of_this_version(found: BackupFile) -> Iterator[sqlite3.Connection]:
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


def check_keys(file: Path, record: Record) -> None:
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


def with_keys(
    rows: Iterator[dict[str, Any]], file: Path | None, record: Record, joined: Joined
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
