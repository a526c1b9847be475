"""Witnesses: the newest signed head, kept where the business cannot reach it.

A witness is a file (on another machine's disk, on a medium that is written once), a mail address, or an address that takes a
POST; one that has a key of its own checks each head against the one before and signs it too (`cosigning`). To each goes the
newest head when the record has grown; how far each of them has got is a bookmark, like that of any follower. A witness that
fails is told of and tried again the next time: it holds up nothing, and the next head that reaches it says all that the missed
ones would have said.

One answer is no failure but an alarm: a witness that *refuses* a head has seen another history of this record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.engine import Connection

from aboveboard.proof.cosignature import Cosigner
from aboveboard.record import cosigning, files, sealing, witness_state
from aboveboard.record.cosigning import Said
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web import outgoing
from aboveboard.words import Text

Way = Literal["file", "mail", "post"]

#: Nobody gets two heads within this time by themselves, however many workers there are: once a minute, and some play.
AT_MOST = timedelta(seconds=50)

_HEADERS = {"content-type": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Witness:
    """Where heads go: a file, a mail address or an `http(s)` address.

    `title` is its name in the book. With a `cosigner`, the address is that of a C2SP witness. `every` is the shortest time
    between two heads, `within` how long it may go without the newest one before somebody is told.
    """

    where: str
    title: Text | None = None
    way: Way = "file"
    cosigner: Cosigner | None = field(default=None, repr=False)
    every: timedelta = timedelta(0)
    within: timedelta = timedelta(hours=24)

    @property
    def name(self) -> str:
        """What it is called in messages: never with what an address may hold of passwords."""
        if self.title is not None:
            return self.title.en
        if self.way != "post":
            return self.where
        try:
            found = urlsplit(self.where)
            return f"{found.scheme}://{found.hostname}{f':{found.port}' if found.port else ''}{found.path}"
        except ValueError:
            return "an address that cannot be read"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return self.title or Text(self.name, self.name)

    @property
    def follower(self) -> str:
        """The name of its bookmark."""
        return f"record.witness.{sha256(self.where.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went with one witness: `size` entries are under the newest head; `said` is what came of sending it.

    `said` is None where nothing was sent: it had that head, or (`early`) its time has not come.
    """

    witness: Witness
    size: int
    said: Said | None = None
    early: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None

    @property
    def fault(self) -> str | None:
        """Why the witness does not have the newest head, in a sentence; None if nothing is wrong."""
        return None if self.said is None else self.said.fault

    @property
    def new(self) -> bool:
        """Whether the head was sent just now."""
        return self.said is not None

    @property
    def text(self) -> str:
        """The outcome as a sentence."""
        name = self.witness.name
        if self.said is not None and self.said.refused:
            return f"{name} REFUSES the newest head, for {self.size} entries: {self.said.fault}"
        if self.said is not None and self.said.fault is not None:
            return f"{name} did not get the newest head, for {self.size} entries: {self.said.fault}"
        if self.early:
            return f"{name} gets the newest head, for {self.size} entries, when its time has come."
        signed = " and has signed it" if self.said is not None and self.said.cosignature else ""
        return f"{name} {'has' if self.new else 'had'} the newest head, for {self.size} entries{signed}."


#: Sends a head by mail: takes the witness, the signed note and its size; returns what went wrong, if it did.
Mail = Callable[[Witness, str, int], str | None]


def witnesses(setting: str) -> list[Witness]:
    """Return the witnesses that `ABOVEBOARD_WITNESSES` names: files and `http(s)` addresses."""
    parts = [part.strip() for part in dict.fromkeys(setting.split(",")) if part.strip()]
    return [Witness(one, way="post" if one.startswith(("http://", "https://")) else "file") for one in parts]


def publish(
    store: Store, record: Record, asked: Sequence[Witness], mail: Mail | None = None, *, early: bool = True
) -> list[Outcome]:
    """Give the newest signed head to each witness that does not have it; raises nothing that a witness could cause.

    Without `early`, only to those whose time has come. Nothing is held open meanwhile. Two processes that do this at once give
    some witness the same head twice, which harms nobody.
    """
    with store.read() as conn:
        note = record.checkpoint(conn)
        size = sealing.size_of(note)
        reached = {one: record.bookmark(conn, one.follower) for one in asked}
        missing = [one for one in asked if reached[one] != size - 1]
        due = [
            one
            for one in missing
            if early or witness_state.is_time(conn, one.follower, max(one.every, AT_MOST))
        ]
        found = {one: cosigning.Request.of(conn, note, reached[one] + 1) for one in due if one.cosigner}
    said = {one: _hand_over(one, note, size, mail) for one in due if one.way != "post"}
    posted = [one for one in due if one.way == "post"]
    if posted:
        said |= dict(zip(posted, asyncio.run(_post(store, posted, note, found)), strict=True))
    with store.write() as tx:
        for one in asked:
            witness_state.write_down(tx, one.follower, said.get(one))
            came = said.get(one)
            if came is None or came.fault is not None:
                continue
            record.move_bookmark(tx, one.follower, size - 1)
            if one.cosigner is not None and came.cosignature is not None:
                cosigning.keep(tx, size, one.cosigner, came.cosignature)
    return [Outcome(one, size, said.get(one), one in missing and one not in due) for one in asked]


@dataclass(frozen=True, slots=True)
class Late:
    """A witness for which somebody must do something: since `since` it has not got the newest head, or it refused one."""

    witness: Witness
    since: datetime
    fault: str | None
    refused: bool


def late(conn: Connection, record: Record, asked: Sequence[Witness], now: datetime) -> list[Late]:
    """Return the witnesses that refused a head, and those that have waited for one longer than they may."""
    found = []
    for one in asked:
        state = witness_state.of(conn, one.follower)
        if state is None:
            continue
        if state.refused:
            found.append(Late(one, state.tried_at or state.since, state.fault, refused=True))
            continue
        waits = witness_state.waiting_since(conn, state, record.bookmark(conn, one.follower))
        if waits is not None and waits + one.every + one.within <= now:
            found.append(Late(one, waits, state.fault, refused=False))
    return found


def _hand_over(one: Witness, note: str, size: int, mail: Mail | None) -> Said:
    if one.way == "file":
        return Said(_append(Path(one.where), note))
    return Said("there is no mail server (ABOVEBOARD_SMTP_URL)." if mail is None else mail(one, note, size))


def _append(file: Path, note: str) -> str | None:
    """Write a note and an empty line at the end of a file; return what went wrong, if it did."""
    try:
        files.append(file, note.encode() + b"\n", ended_by=b"\n\n", mode=0o644)
    except OSError as error:
        return f"{error.strerror or error}."
    return None


async def _post(
    store: Store, asked: list[Witness], note: str, requests: dict[Witness, cosigning.Request]
) -> list[Said]:
    async def one_post(http: cosigning.Http, one: Witness) -> Said:
        if one.cosigner is not None:
            return await cosigning.ask(store, http, one.where, one.cosigner, requests[one])
        answer = await outgoing.post(http, one.where, note.encode(), _HEADERS)
        if answer.status == 409:
            return Said("it says that this head does not go with those it has seen.", refused=True)
        return Said(cosigning.fault_of(answer))

    async with outgoing.client() as http:
        return await asyncio.gather(*(one_post(http, one) for one in asked))
