"""Witnesses: the newest signed head, kept where the business cannot reach it.

A witness is a file (on another machine's disk, on a medium that is written once) or an address that takes a POST. To each goes
the newest head whenever the record has grown; how far each of them has got is a bookmark, like that of any follower. A witness
that fails is told of and tried again the next time: it holds up nothing, and the next head that reaches it says all that the
missed ones would have said.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from aboveboard.record import files
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web import outgoing

_HEADERS = {"content-type": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Witness:
    """A file, or an `http(s)` address. `name` shows it without what an address may hold of passwords."""

    where: str

    @property
    def is_address(self) -> bool:
        """Whether it is posted to, rather than appended to."""
        return self.where.startswith(("http://", "https://"))

    @property
    def name(self) -> str:
        """What it is called in messages."""
        if not self.is_address:
            return self.where
        try:
            found = urlsplit(self.where)
            return f"{found.scheme}://{found.hostname}{f':{found.port}' if found.port else ''}{found.path}"
        except ValueError:
            return "an address that cannot be read"

    @property
    def follower(self) -> str:
        """The name of its bookmark."""
        return f"record.witness.{sha256(self.where.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went with one witness: `size` entries are under the head that it has now; `fault` says why it has no newer one."""

    witness: Witness
    size: int
    fault: str | None = None
    new: bool = True

    @property
    def ok(self) -> bool:
        """Whether the witness has the newest head."""
        return self.fault is None

    @property
    def text(self) -> str:
        """The outcome as a sentence."""
        if self.fault is not None:
            return f"{self.witness.name} did not get the newest head, for {self.size} entries: {self.fault}"
        return f"{self.witness.name} {'has' if self.new else 'had'} the newest head, for {self.size} entries."


def witnesses(setting: str) -> list[Witness]:
    """Return the witnesses that `ABOVEBOARD_WITNESSES` names."""
    return [Witness(part.strip()) for part in dict.fromkeys(setting.split(",")) if part.strip()]


def publish(store: Store, record: Record, asked: list[Witness]) -> list[Outcome]:
    """Give the newest signed head to each witness that does not have it; raises nothing that a witness could cause.

    Nothing is held open meanwhile. Two processes that do this at once give some witness the same head twice, which harms nobody.
    """
    with store.read() as conn:
        note = record.checkpoint(conn)
        reached = {one: record.bookmark(conn, one.follower) for one in asked}
    size = int(note.split("\n", 2)[1])
    due = [one for one in asked if reached[one] != size - 1]
    faults = {one: _append(Path(one.where), note) for one in due if not one.is_address}
    addresses = [one for one in due if one.is_address]
    if addresses:
        faults |= dict(zip(addresses, asyncio.run(_post(addresses, note)), strict=True))
    done = [one for one, fault in faults.items() if fault is None]
    if done:
        with store.write() as tx:
            for one in done:
                record.move_bookmark(tx, one.follower, size - 1)
    return [Outcome(one, size, faults.get(one), one in faults) for one in asked]


def _append(file: Path, note: str) -> str | None:
    """Write a note and an empty line at the end of a file; return what went wrong, if it did."""
    try:
        files.append(file, note.encode() + b"\n", ended_by=b"\n\n", mode=0o644)
    except OSError as error:
        return f"{error.strerror or error}."
    return None


async def _post(asked: list[Witness], note: str) -> list[str | None]:
    async with outgoing.client() as http:
        answers = await asyncio.gather(
            *(outgoing.post(http, one.where, note.encode(), _HEADERS) for one in asked)
        )
    return [_fault(answer) for answer in answers]


def _fault(answer: outgoing.Answer) -> str | None:
    if answer.fault == "answer_too_long" or (answer.status is not None and 200 <= answer.status < 300):
        return None
    if answer.status is not None:
        return f"it answered {answer.status}."
    said = {
        "timeout": "it did not answer in time.",
        "connect": "it could not be reached.",
        "tls": "its certificate could not be checked.",
        "bad_url": "its address cannot be used.",
    }
    return said.get(answer.fault or "", "the connection was cut.")
