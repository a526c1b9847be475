"""Finding a receipt again by the first signs of its number, as a clerk reads them out and paper shows them.

The whole number opens a receipt: its second half is a code that nobody can guess. The first half alone is the id of an entry,
which partners and auditors know, too; so here it opens nothing without the person: who asks must also say whom the receipt is
about, or have proven who they are. Whatever does not fit gets the same answer after the same work: a number that does not
exist, one of somebody else, one that is nobody's. Wrong tries make the next one wait.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.choices.pages import who
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.model import Entry
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web import limits
from aboveboard.web.layout import Fields, Visitor, about, form, page, see_other
from aboveboard.web.limits import Window
from aboveboard.web.problems import Problem, problem
from aboveboard.web.proxies import caller
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

_WHOLE = re.compile(r"([0-9a-f]{32})-?([0-9a-f]{20})")
#: Twelve signs are 48 bits: of a million receipts, two begin alike with a chance of one in 560; then neither is found so.
_START = re.compile(r"[0-9a-f]{12,32}")
_asked = Window(most=10, seconds=600)


@get("/receipts", include_in_schema=False, sync_to_thread=False)
def find_form(request: AnyRequest) -> Response[str]:
    """Ask for the number, and whom the receipt is about."""
    return page(request, "choices/find.html", said=Fields([]))


@post("/receipts", include_in_schema=False)
async def find(
    request: AnyRequest, store: Store, record: Record, people: People, visitor: Visitor
) -> Response[Any]:
    """Lead to the receipt, or say that there is none; the sentence is the same for everything that does not fit."""
    said = await form(request)
    address = caller(request)
    if not _asked.admit(address):
        raise problem(429, "too_often")
    waiting = f"receipt:{address}"
    if await store.aread(lambda conn: limits.seconds_left(conn, waiting, clock.now())):
        raise problem(429, "too_often")
    identity = _identity(said, about(request).country)
    entry_id = await store.aread(lambda conn: _found(conn, record, people, visitor, said, identity))
    if entry_id is None:
        await store.awrite(lambda tx: limits.failed(tx, waiting))
        text = Catalogue.load("aboveboard.choices").text("find.nothing")
        trouble = Problem(422, "receipt_unknown", text, field="number")
        return page(request, "choices/find.html", status=422, problem=trouble, said=said)
    await store.awrite(lambda tx: limits.cleared(tx, waiting))
    return see_other(f"/receipts/{record.receipt_id(entry_id)}")


def number_of(written: str) -> str:
    """Return a number as people type it without gaps and capitals; a whole one with its hyphen."""
    plain = re.sub(r"[\s\u2010-\u2015_.]+", "", written).lower()
    whole = _WHOLE.fullmatch(plain)
    return f"{whole[1]}-{whole[2]}" if whole else plain.replace("-", "")


def beginning(conn: Connection, record: Record, number: str) -> list[Entry]:
    """Return the entries whose number begins so; what has fewer than twelve signs finds none."""
    return record.beginning(conn, number) if _START.fullmatch(number) else []


def _found(
    conn: Connection,
    record: Record,
    people: People,
    visitor: Visitor,
    said: Fields,
    identity: Identity | None,
) -> str | None:
    """Return the entry's id, or None; every question is asked whatever the others answer."""
    number = number_of(said.said("number"))
    whole = record.entry_of(number)  # compares in constant time
    known = whole is not None and record.get(conn, whole) is not None
    starts = beginning(conn, record, number)
    subject = None if identity is None else people.find(conn, identity)
    mine = {people.present(conn, one) for one in (subject, visitor.subject) if one is not None}
    theirs = [
        each.id for each in starts if each.subject is not None and people.present(conn, each.subject) in mine
    ]
    if known:
        return whole
    return theirs[0] if len(theirs) == 1 else None


def _identity(said: Fields, country: str) -> Identity | None:
    """Return whom a form names; what is no identity names nobody, and is not told apart."""
    try:
        return who.read(said, country) if said.said("who") else None
    except Problem:
        return None


handlers = [find_form, find]
