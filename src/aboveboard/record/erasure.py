"""The list of erasures: who must never come back, kept outside the database, beside the key ring.

Erasing a person destroys their key in the database. A backup that was made before still has it. So each erasure is also written
into the file `erasures` in the key ring's folder, a line each, only ever at its end; whoever restores a backup reads the list
and erases again before anything is served. A line holds person numbers, the ids of the keys that were destroyed (so that a
number which was handed out a second time after a restore is not mistaken for the first), and the keyed digests of the
identities: nothing that tells who it was.

The line is on disk before the commit. Killed in between, the list names somebody who is still there: someone whose erasure was
begun, and whom only a restore would then erase without being asked again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from aboveboard.record import files
from aboveboard.record.model import RecordError
from aboveboard.store import Store, Tx

FILE = "erasures"
#: The one reason that nobody chose: the key was lost with a backup. It is never on the list, for the key may be found again.
KEYS_LOST = "keys_lost"
_PENDING = "record.erasures"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: when and why, its entry, the numbers with the ids of their destroyed keys, the digests of the identities."""

    at: datetime
    reason: str
    entry: str
    keys: Mapping[int, str]
    digests: tuple[bytes, ...]

    def line(self) -> bytes:
        """Return the line of the list, with its newline."""
        return (
            json.dumps(
                {
                    "at": self.at.isoformat(),
                    "reason": self.reason,
                    "entry": self.entry,
                    "keys": {str(number): key for number, key in self.keys.items()},
                    "digests": [digest.hex() for digest in self.digests],
                },
                separators=(",", ":"),
            ).encode()
            + b"\n"
        )

    @classmethod
    def parse(cls, line: bytes) -> Erasure:
        """Return the erasure in a line; raises `ValueError`, `KeyError`, `TypeError` or `AttributeError` for anything else."""
        content = json.loads(line)
        keys = {int(number): str(key) for number, key in content["keys"].items()}
        digests = tuple(bytes.fromhex(digest) for digest in content["digests"])
        at = datetime.fromisoformat(content["at"])
        return cls(at, str(content["reason"]), str(content["entry"]), keys, digests)


def remember(tx: Tx, folder: Path, erasure: Erasure) -> None:
    """Add an erasure to the list of `folder` as the last thing before the transaction commits."""
    tx.pending(_PENDING).append(erasure)
    tx.before_commit(_PENDING, lambda tx: _add(folder, tx.pending(_PENDING)))


def _add(folder: Path, erasures: list[Erasure]) -> None:
    if not erasures:
        return
    try:
        files.append(folder / FILE, b"".join(erasure.line() for erasure in erasures))
    except OSError as error:
        why = error.strerror or str(error)
        raise RecordError(
            f"The list of erasures {folder / FILE} cannot be written: {why}. Nobody was erased."
        ) from None


def read(folder: Path) -> list[Erasure]:
    """Return the erasures on the list of `folder`, oldest first; lines that were cut off by a crash are passed over.

    Raises `RecordError` for a list that cannot be read, because restoring without it could bring somebody back.
    """
    file = folder / FILE
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordError(f"The list of erasures {file} cannot be read: {error.strerror}.") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            if line:
                found.append(Erasure.parse(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            if not _cut_off(line):
                raise RecordError(
                    f"Line {number} of the list of erasures {file} cannot be read. Restore the file from its safe copy."
                ) from None
    return found


def _cut_off(line: bytes) -> bool:
    """Return whether a line begins as one of ours and lacks its end, which only a crash in the middle of writing leaves."""
    return line.startswith(b'{"at":"'[: len(line)]) and not line.endswith(b"}")


def scrub(store: Store, tables: list[str]) -> bool:
    """Remove what deleted rows leave in the database's own files; False if somebody was reading and it must be done again.

    SQLite overwrites deleted rows with zeroes (`secure_delete`), and its journal is written back and cut to nothing. PostgreSQL
    removes the dead rows of these tables; what its own journal and copies still hold goes when they are recycled.
    """
    if store.dialect == "sqlite":
        raw = store.engine.raw_connection()
        try:
            busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            raw.close()
        return not busy
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text(f"VACUUM {', '.join(tables)}"))
    return True
