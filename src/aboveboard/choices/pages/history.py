"""Your history: everything on record about one person, for that person, after a one-time code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.choices.gate import Gate
from aboveboard.choices.model import ALL, Decision
from aboveboard.choices.pages import who
from aboveboard.choices.pages.both import Both, both, refusals
from aboveboard.choices.service import Choices
from aboveboard.choices.signals.refusals import in_order, of_facts
from aboveboard.editions.service import Editions
from aboveboard.people.places import place_name
from aboveboard.people.service import SOURCES, People
from aboveboard.record.model import Entry
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web.layout import Visitor, page, see_other
from aboveboard.web.problems import problem
from aboveboard.words import Text

AnyRequest = Request[Any, Any, Any]

_PLACE = re.compile(r"[0-9]{1,18}", re.ASCII)

KINDS = (
    "choice.made",
    "signal.seen",
    "signal.counts",
    "people.placed",
    "people.linked",
    "partner.told",
    "partner.confirmed",
    "price.quoted",
    "price.accepted",
    "agreement.started",
    "agreement.changed",
    "agreement.notified",
    "agreement.held",
    "agreement.renewed",
    "agreement.ended",
    "credit.moved",
)
#: Lines of a page.
PAGE = 50

#: Kinds whose line is one sentence with nothing to fill in; what was agreed or priced stands on a page of its own.
_PLAIN = {
    "people.linked": "linked",
    "price.quoted": "priced",
    "price.accepted": "taken",
    "agreement.started": "agreed",
    "agreement.changed": "agreement_changed",
    "agreement.notified": "agreement_notified",
    "agreement.held": "agreement_held",
    "agreement.renewed": "agreement_renewed",
    "agreement.ended": "agreement_ended",
}


@dataclass(frozen=True, slots=True)
class Saying:
    """One sentence of a line: its key, under `history.` or whole, and its places."""

    key: str
    purpose: Text | None = None
    partner: Text | None = None
    refused: tuple[Text, ...] = ()
    purposes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """One entry as a line of the history; `rid` finds its receipt."""

    entry: Entry
    rid: str
    sayings: tuple[Saying, ...]
    unproven: bool


@get("/history", include_in_schema=False)
async def history(
    request: AnyRequest,
    store: Store,
    record: Record,
    people: People,
    editions: Editions,
    choices: Choices,
    gate: Gate,
    visitor: Visitor,
) -> Response[Any]:
    """Show the history of whoever is signed in; anyone else is asked for a code first."""
    subject = visitor.subject
    if subject is None:
        return see_other("/code?to=/history")
    await who.hear(store, choices, visitor)

    before = place_in(request.query_params.get("before", ""))

    def read(conn: Connection) -> tuple[Pasts, list[Both]]:
        edition = editions.current(conn)
        if edition is None:
            raise problem(503, "no_book")
        gate.follow(conn)
        found = both(edition.book, choices.conflicts(conn, gate, edition.book, subject))
        return past_of(conn, record, people, edition.book, subject, before), found

    pasts, contrary = await store.aread(read)
    return page(
        request,
        "choices/history.html",
        lines=pasts.lines,
        older=pasts.older,
        is_first=before is None,
        both=contrary if before is None else [],
    )


@dataclass(frozen=True, slots=True)
class Pasts:
    """A page of somebody's history; `older` is the place in the record before which the next page begins, None at the end."""

    lines: tuple[Past, ...]
    older: int | None


def place_in(written: str) -> int | None:
    """Return the place in the record that an address names, or None; what is no place begins at the newest."""
    return int(written) if _PLACE.fullmatch(written) else None


def past_of(
    conn: Connection, record: Record, people: People, book: Book, subject: int, before: int | None = None
) -> Pasts:
    """Return a page of what is on record about a person under all of their numbers, newest first."""
    numbers = people.numbers(conn, people.present(conn, subject))
    entries = record.about(conn, numbers, KINDS, PAGE + 1, before)
    lines = tuple(_line(book, entry, record.receipt_id(entry.id)) for entry in entries[:PAGE])
    return Pasts(lines, entries[PAGE - 1].index if len(entries) > PAGE else None)


def _line(book: Book, entry: Entry, rid: str) -> Past:
    facts = entry.facts
    match entry.kind:
        case "choice.made":
            said = [Decision.from_facts(one) for one in facts["decisions"]]
            unproven = not facts["proven"] and any(one.decision == "allow" for one in said)
            return Past(entry, rid, tuple(_said(book, one) for one in said), unproven)
        case "partner.told" | "partner.confirmed":
            key = "told_partner" if entry.kind == "partner.told" else "confirmed_partner"
            return Past(entry, rid, (Saying(key, partner=_partner(book, facts["partner"])),), False)
        case "signal.seen" | "signal.counts":
            return Past(entry, rid, signal_sayings(book, facts), False)
        case "credit.moved":
            return Past(entry, rid, (Saying(f"credit_{facts['way']}"),), False)
        case "people.placed":
            return Past(
                entry, rid, (Saying(f"placed_{_source(facts)}", purpose=place_name(facts["place"])),), False
            )
        case _:
            return Past(entry, rid, (Saying(_PLAIN[entry.kind]),), False)


def signal_sayings(book: Book, facts: Mapping[str, Any]) -> tuple[Saying, ...]:
    """Return what a signal said, and what it stops here; of one that came to count for more, what it stops since."""
    if "seen" in facts:
        return (Saying("signal.stops_more", purposes=_stopped(book, facts)),)
    said = Saying(f"signal.{facts['signal']}", refused=refusals(in_order(of_facts(facts))))
    if "denies" not in facts:
        return said, Saying("signal.kept")
    names = _stopped(book, facts)
    return said, Saying("signal.stops", purposes=names) if names else Saying("signal.idle")


def _stopped(book: Book, facts: Mapping[str, Any]) -> tuple[Text, ...]:
    return tuple(
        _purpose(book, purpose) for purpose in dict.fromkeys(one["purpose"] for one in facts["denies"])
    )


def _purpose(book: Book, purpose: str) -> Text:
    declared = book.purpose(purpose)
    return declared.name.words if declared else Text(purpose, purpose)


def _source(facts: Mapping[str, Any]) -> str:
    return facts["source"] if facts["source"] in SOURCES else "desk"


def _said(book: Book, decision: Decision) -> Saying:
    verb = "said_no" if decision.decision == "deny" else "said_yes"
    purpose = book.purpose(decision.purpose)
    name = purpose.name.words if purpose else None
    if decision.recipient is not None:
        return Saying(f"{verb}_for", name, _partner(book, decision.recipient))
    if decision.purpose == ALL:
        return Saying(f"{verb}_all")
    return Saying(verb, name or Text(decision.purpose, decision.purpose))


def _partner(book: Book, partner: str) -> Text:
    declared = book.partner(partner)
    return declared.name.words if declared else Text(partner, partner)


handlers = [history]
