"""The receipt: the confirmation that comes at once, what holds from now, and the proof to keep.

Whoever has the number of a receipt may open it: that is how someone without an account comes back to it. The page shows
what was decided, and nothing else about the person. How those questions stand now, it shows only of a choice that was
proven, or to the person signed in: anyone may say something in another's name, and must not learn from the answer what
that person chose before, or later. The file, too, holds what a price was made from only for the person it was made for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.choices.gate import Answer, Gate
from aboveboard.choices.keeping import pages as keeping
from aboveboard.choices.keeping import qr
from aboveboard.choices.model import ALL, Decision, told_at
from aboveboard.choices.pages import who
from aboveboard.choices.pages.both import Both, both
from aboveboard.choices.pages.history import Saying, signal_sayings
from aboveboard.choices.pages.says import Sentence, sentence
from aboveboard.choices.service import Choices
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.record.model import KINDS, Entry, Stamp, closed, is_closed
from aboveboard.record.service import Record
from aboveboard.settings import Settings
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Visitor, page, see_other
from aboveboard.web.problems import Problem, problem
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one question stands now: the purpose, the partner (None: the use as a whole), the gate's answer."""

    purpose: Text
    partner: Text | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class Shown:
    """What a receipt page tells: what holds from now, and what waits for a code; `mine` says that the person is signed in."""

    rid: str
    kind: str
    what: Text
    at: datetime
    sentences: tuple[Sentence, ...]
    waiting: tuple[Sentence, ...]
    standing: tuple[Standing, ...]
    confirmed_since: bool
    mine: bool
    entry_id: str
    signal: tuple[Saying, ...] = ()
    both: tuple[Both, ...] = ()
    told: datetime | None = None


@get("/receipts/{rid:str}", include_in_schema=False)
async def receipt(
    request: AnyRequest,
    rid: str,
    store: Store,
    record: Record,
    editions: Editions,
    gate: Gate,
    people: People,
    choices: Choices,
    visitor: Visitor,
    settings: Settings,
) -> Response[Any]:
    """Show a receipt; with `.json` at the end of the address, hand it over as a file."""
    number = rid.removesuffix(".json")
    entry_id = _known(record, number)
    if rid.endswith(".json"):
        file = await store.aread(lambda conn: _whole(conn, record, people, visitor, entry_id))
        return _as_file(number, file)
    shown, keep = await store.aread(
        lambda conn: (
            _read(conn, number, entry_id, record, editions, gate, people, choices, visitor),
            keeping.ways(conn, record, settings, number),
        )
    )
    mailed = "mailed" in request.query_params
    return page(request, "choices/receipt.html", shown=shown, keep=keep, qr=qr.svg, mailed=mailed)


@post("/receipts/{rid:str}/confirm", include_in_schema=False)
async def confirm(
    rid: str, store: Store, record: Record, people: People, choices: Choices, visitor: Visitor
) -> Response[Any]:
    """Let a yes count: the person, signed in by code, says the same again, proven this time."""
    entry_id = _known(record, rid)
    if visitor.person is None:
        return see_other(f"/code?to=/receipts/{rid}")

    def work(tx: Tx) -> Stamp:
        entry = record.get(tx.conn, entry_id)
        me = who.proven(tx.conn, people, visitor)
        if (
            entry is None
            or me is None
            or entry.kind != "choice.made"
            or not _is_mine(tx.conn, people, visitor, entry)
        ):
            raise problem(403, "not_allowed")
        said = [Decision.from_facts(facts) for facts in entry.facts["decisions"]]
        return who.save(
            tx,
            choices,
            subject=people.locate(tx, me),
            identity=me,
            decisions=said,
            channel="web",
            is_proven=True,
            visitor=visitor,
        )

    stamp: Stamp = await store.awrite(work)
    return see_other(f"/receipts/{record.receipt_id(stamp.id)}")


def _known(record: Record, rid: str) -> str:
    entry_id = record.entry_of(rid)
    if entry_id is None:
        raise Problem(404, "receipt_unknown", Catalogue.load("aboveboard.choices").text("receipt.unknown"))
    return entry_id


def _whole(
    conn: Connection, record: Record, people: People, visitor: Visitor, entry_id: str
) -> dict[str, Any]:
    """Return the receipt; of a price that was made for someone else, without what it says about them."""
    whole = record.receipt(conn, entry_id)
    if not is_closed(whole):
        return whole
    entry = record.get(conn, entry_id)
    return whole if entry is not None and _is_mine(conn, people, visitor, entry) else closed(whole)


def _as_file(number: str, whole: dict[str, Any]) -> Response[bytes]:
    body = json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"
    name = f'attachment; filename="receipt-{number[:8]}.json"'
    return Response(body, media_type="application/json", headers={"Content-Disposition": name})


def _read(
    conn: Connection,
    rid: str,
    entry_id: str,
    record: Record,
    editions: Editions,
    gate: Gate,
    people: People,
    choices: Choices,
    visitor: Visitor,
) -> Shown:
    entry = record.get(conn, entry_id)
    edition = editions.current(conn)
    if entry is None or edition is None:
        raise problem(404, "not_found")
    gate.follow(conn)
    said = (
        [Decision.from_facts(facts) for facts in entry.facts.get("decisions", ())]
        if entry.kind == "choice.made"
        else []
    )
    is_proven, mine = bool(entry.facts.get("proven")), _is_mine(conn, people, visitor, entry)
    standing = _standing(edition.book, gate, _present(conn, people, entry), said) if is_proven or mine else ()
    waits = bool(said) and not is_proven and any(one.decision == "allow" for one in said)

    def holds(one: Decision) -> bool:
        return is_proven or one.decision == "deny"

    return Shown(
        rid=rid,
        kind=entry.kind,
        what=KINDS[entry.kind],
        at=entry.at,
        sentences=tuple(sentence(edition.book, one, proven=is_proven) for one in said if holds(one)),
        waiting=tuple(sentence(edition.book, one, proven=False) for one in said if not holds(one)),
        standing=tuple(standing),
        confirmed_since=waits and mine and _confirmed_since(conn, choices, people, entry, said),
        mine=mine,
        entry_id=entry_id,
        signal=signal_sayings(edition.book, entry.facts)
        if entry.kind in ("signal.seen", "signal.counts")
        else (),
        both=tuple(_contrary(conn, edition.book, gate, people, choices, entry, said, is_proven or mine)),
        told=told_at(entry.facts),
    )


def _contrary(
    conn: Connection,
    book: Book,
    gate: Gate,
    people: People,
    choices: Choices,
    entry: Entry,
    said: list[Decision],
    open_: bool,
) -> list[Both]:
    """Return where a signal and a yes contradict each other in what this receipt is about, to who may see how it stands."""
    subject = _present(conn, people, entry)
    if subject is None or not open_:
        return []
    return both(
        book,
        [
            one
            for one in choices.conflicts(conn, gate, book, subject)
            if one.signal.id == entry.id or any(each.covers(one.purpose, one.recipient) for each in said)
        ],
    )


def _present(conn: Connection, people: People, entry: Entry) -> int | None:
    return None if entry.subject is None else people.present(conn, entry.subject)


def _is_mine(conn: Connection, people: People, visitor: Visitor, entry: Entry) -> bool:
    if visitor.subject is None or entry.subject is None:
        return False
    return people.present(conn, visitor.subject) == people.present(conn, entry.subject)


def _confirmed_since(
    conn: Connection, choices: Choices, people: People, entry: Entry, said: list[Decision]
) -> bool:
    """Return whether each yes of an unproven entry was said again, proven, afterwards."""
    subject = _present(conn, people, entry)
    later = choices.history(conn, subject) if subject is not None else []
    proven = {one for past in later if past.proven and past.at > entry.at for one in past.decisions}
    return all(one in proven for one in said if one.decision == "allow")


def _standing(book: Book, gate: Gate, subject: int | None, said: list[Decision]) -> list[Standing]:
    """Return how the questions that were decided stand now, in the order of the book."""
    found = []
    for purpose in book.purposes:
        touched = [one for one in said if one.purpose in (ALL, purpose.id)]
        for recipient in [None] if touched and not purpose.recipients else purpose.recipients:
            if any(one.covers(purpose.id, recipient) for one in touched):
                partner = book.partner(recipient) if recipient else None
                answer = gate.allows(subject, purpose.id, recipient)
                found.append(Standing(purpose.name.words, partner.name.words if partner else None, answer))
    return found


handlers = [receipt, confirm, *keeping.handlers]
