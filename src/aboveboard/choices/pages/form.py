"""Your choices: no to everything in one step, or a yes or no to each use and each partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard.choices.gate import Gate
from aboveboard.choices.model import ALL, Decision
from aboveboard.choices.pages import who
from aboveboard.choices.pages.both import Both, both
from aboveboard.choices.pages.cards import Card, decisions
from aboveboard.choices.pages.front import read_cards
from aboveboard.choices.service import Choices
from aboveboard.editions.service import Editions
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.model import Stamp
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.web import once
from aboveboard.web.layout import Fields, Visitor, about, form, page, see_other
from aboveboard.web.problems import Problem
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows: the cards, who is signed in, and by purpose where a signal and a yes of theirs contradict."""

    cards: list[Card]
    me: Identity | None
    both: dict[str, list[Both]]


@get("/choices", include_in_schema=False)
async def choose(
    request: AnyRequest,
    store: Store,
    editions: Editions,
    gate: Gate,
    people: People,
    choices: Choices,
    visitor: Visitor,
) -> Response[str]:
    """Show everything there is to decide; for someone who is signed in, with what holds now."""
    signal = await who.hear(store, choices, visitor)
    shown = await store.aread(lambda conn: _read(conn, editions, gate, people, choices, visitor, signal))
    return page(request, "choices/form.html", cards=shown.cards, both=shown.both, said={}, ask_kind=False)


@post("/choices", include_in_schema=False)
async def save(
    request: AnyRequest,
    store: Store,
    editions: Editions,
    gate: Gate,
    people: People,
    choices: Choices,
    record: Record,
    visitor: Visitor,
) -> Response[Any]:
    """Save the choices of one form and show the receipt; `everything` is the one step that says no to all."""
    said = await form(request)
    signal = await who.hear(store, choices, visitor)
    shown = await store.aread(lambda conn: _read(conn, editions, gate, people, choices, visitor, signal))
    try:
        made = _decided(said, shown)
        identity = shown.me or who.read(said, about(request).country)
    except Problem as trouble:
        return page(
            request,
            "choices/form.html",
            status=trouble.status,
            problem=trouble,
            cards=shown.cards,
            both=shown.both,
            said=said,
            ask_kind=trouble.field == "who",
        )
    entry_id = once.entry_id(said.get(once.FIELD), ((k, v) for k, v in said.items_said if k != once.FIELD))

    def work(tx: Tx) -> Stamp:
        return who.save(
            tx,
            choices,
            subject=people.locate(tx, identity),
            identity=identity,
            decisions=made,
            channel="web",
            is_proven=shown.me is not None,
            visitor=visitor,
            entry_id=entry_id,
        )

    stamp: Stamp = await store.awrite(work)
    return see_other(f"/receipts/{record.receipt_id(stamp.id)}")


def _read(
    conn: Connection,
    editions: Editions,
    gate: Gate,
    people: People,
    choices: Choices,
    visitor: Visitor,
    signal: bool,
) -> _Shown:
    me = who.proven(conn, people, visitor)
    subject = visitor.subject if me is not None else None
    cards = read_cards(conn, editions, gate, subject, signal=signal)
    found: dict[str, list[Both]] = {}
    edition = editions.current(conn)
    if subject is not None and edition is not None:
        for one in both(edition.book, choices.conflicts(conn, gate, edition.book, subject)):
            found.setdefault(one.purpose_id, []).append(one)
    return _Shown(cards, me, found)


def _decided(said: Fields, shown: _Shown) -> Sequence[Decision]:
    """Return what the form decides; raises a `Problem` about nothing in particular when it decides nothing."""
    if said.said("everything") == "deny":
        return [Decision("deny", ALL)]
    made = decisions(shown.cards, said, known=shown.me is not None)
    if not made:
        key = "nothing_new" if shown.me is not None else "nothing_chosen"
        raise Problem(
            422,
            "decision_missing",
            Catalogue.load("aboveboard.choices").text(f"choose.{key}"),
            field="choices",
        )
    return made


handlers = [choose, save]
