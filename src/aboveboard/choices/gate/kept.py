"""The memory of a gate on disk, so that a process that starts need not read the whole record again.

The file is a convenience and never the truth. It says up to which entry it knows, and is taken only if all of this holds: it
was written by this very code with this key ring (a code over the whole file, which nobody can make without the ring), the
record still has the signed head that it had then (so it is neither an older copy nor another history), the book in force asks
the same questions, and the clock has not been set back since. Whatever is wrong with it, the record is read instead, as if
there were no file. What came into the record since is read on top of it; a link that was taken back since asks for the whole.

It holds what stands in the record in clear: numbers of people, what they said, their places. Nobody's name, address or key is
in it. It is in no backup, for any process can make it anew.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
import structlog
from sqlalchemy.engine import Connection

from aboveboard import __version__
from aboveboard import store as clock
from aboveboard.choices.gate.heeding import Key
from aboveboard.choices.gate.slots import Memory
from aboveboard.choices.signals.refusals import Refusals
from aboveboard.record.service import Record

NAME = "gate.cache"
_MAGIC = b"aboveboard gate\n"
_MAC = 32
_LENGTH = 8
#: The file is written when so many entries came, or a tenth of the record, whichever is more: seldom enough to cost nothing.
_ENTRIES = 25_000
_SHARE = 10
_SLEW = timedelta(minutes=1)
#: Seconds after which nobody is still writing.
_ABANDONED = 3600

_log = structlog.get_logger("aboveboard.gate")


class _Head(msgspec.Struct, frozen=True):
    """What stands before the rows of bits: of what it is a memory, and all that is not bits."""

    code: str
    size: int
    note: bytes
    saved_at: datetime
    questions: list[tuple[str, str | None, list[str]]]
    row: int
    rest: msgspec.Raw


class KeptMemory:
    """The file of one installation. `entries` and `share` say how often it is written."""

    def __init__(self, file: Path, record: Record, *, entries: int = _ENTRIES, share: int = _SHARE) -> None:
        self.file = file
        self._record = record
        self._entries, self._share = entries, share
        self._at = -1

    # -- taking ------------------------------------------------------------------------------------------------------

    def take(self, conn: Connection, touched: Mapping[Key, Refusals]) -> tuple[Memory, int] | None:
        """Return the memory and the index of the newest entry in it, or None if there is none that can be trusted."""
        try:
            whole = self.file.read_bytes()
        except OSError:
            return None
        try:
            found = self._take(conn, memoryview(whole), touched)
        except (msgspec.DecodeError, ValueError, KeyError, IndexError, TypeError, OverflowError):
            # Only a file of another make that this ring signed could come so far.
            return None
        if found is not None:
            self._at = found[1]
        return found

    def _take(
        self, conn: Connection, whole: memoryview, touched: Mapping[Key, Refusals]
    ) -> tuple[Memory, int] | None:
        begin = len(_MAGIC) + _MAC
        if whole[: len(_MAGIC)] != _MAGIC or len(whole) < begin + _LENGTH:
            return None
        if not hmac.compare_digest(whole[len(_MAGIC) : begin], self._code([whole[begin:]])):
            return None
        end = begin + _LENGTH + int.from_bytes(whole[begin : begin + _LENGTH], "big")
        head = msgspec.msgpack.decode(whole[begin + _LENGTH : end], type=_Head)
        if (
            head.code != _made_by()
            or head.questions != _listed(touched)
            or head.saved_at > clock.now() + _SLEW
            or head.note != self._note(conn, head.size)
        ):
            return None
        rows = [bytearray(whole[start : start + head.row]) for start in range(end, len(whole), head.row)]
        return Memory.of_parts(touched, bytes(head.rest), rows), head.size - 1

    # -- keeping -----------------------------------------------------------------------------------------------------

    def keep(self, conn: Connection, newest: int, memory: Memory, touched: Mapping[Key, Refusals]) -> None:
        """Write the memory of everything up to entry `newest`, if enough has come since it was last written.

        It must not change meanwhile. A disk that is full or cannot be written costs the next start some seconds, and no more.
        """
        self._at = -1 if self._at > newest else self._at
        if newest - self._at < max(self._entries, newest // self._share):
            return
        self._at = newest
        note = self._note(conn, newest + 1)
        if note is None:
            return
        rest, rows = memory.as_parts()
        head = _Head(
            code=_made_by(),
            size=newest + 1,
            note=note,
            saved_at=clock.now(),
            questions=_listed(touched),
            row=len(rows[0]) if rows else 1,
            rest=msgspec.Raw(rest),
        )
        encoded = msgspec.msgpack.encode(head)
        parts: list[bytes | bytearray] = [len(encoded).to_bytes(_LENGTH, "big"), encoded, *rows]
        try:
            self._write([_MAGIC, self._code(parts), *parts])
        except OSError as error:
            with suppress(OSError):
                _log.warning("the gate's memory was not kept", error=error.strerror)

    def _write(self, parts: list[bytes | bytearray]) -> None:
        """Put the file in its place whole or not at all: whoever reads it meanwhile has the old one."""
        self._sweep()
        number, name = tempfile.mkstemp(prefix=f"{self.file.name}-", dir=self.file.parent)
        try:
            with open(number, "wb") as out:  # noqa: PTH123 - a descriptor
                out.writelines(parts)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(self.file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _sweep(self) -> None:
        """Remove what processes left behind that died while they wrote."""
        for left in self.file.parent.glob(f"{self.file.name}-*"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _ABANDONED:
                    left.unlink()

    # -- trusting ----------------------------------------------------------------------------------------------------

    def _code(self, parts: Iterable[bytes | bytearray | memoryview]) -> bytes:
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part)
        return self._record.keys.mac("gate", digest.digest())

    def _note(self, conn: Connection, size: int) -> bytes | None:
        """Return the digest of the signed head over `size` entries, or None if the record has none."""
        note = self._record.head_over(conn, size)
        return hashlib.sha256(note.encode()).digest() if note is not None else None


def _listed(touched: Mapping[Key, Refusals]) -> list[tuple[str, str | None, list[str]]]:
    return [(purpose, recipient, sorted(refusals)) for (purpose, recipient), refusals in touched.items()]


@cache
def _made_by() -> str:
    """Return a name for the code that makes the bits: a version that reads an entry otherwise must not trust this one's bits."""
    digest = hashlib.sha256(__version__.encode())
    choices = Path(__file__).parents[1]
    for file in sorted([*choices.glob("gate/*.py"), *choices.glob("signals/*.py"), choices / "model.py"]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
