"""At the desk: what is on record about a customer, and a receipt by the first signs of its number.

Whom it is about never stands in an address, so every page of a long history comes as the answer to a form. Who may not see people
finds receipts only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard.choices.pages import who
from aboveboard.choices.pages.find import beginning, number_of
from aboveboard.choices.pages.history import Pasts, past_of, place_in
from aboveboard.editions.service import Editions
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.model import KINDS, Entry
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web.layout import Fields, about, desk_page, form
from aboveboard.web.limits import Window
from aboveboard.web.problems import Problem, problem
from aboveboard.web.signin import allowed
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

#: A clerk asks now and then; a program that tries numbers asks all the time.
_asked = Window(most=60, seconds=600)


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt that begins as was typed: what it is of, and where it opens."""

    entry: Entry
    what: Text
    rid: str


@get("/desk/history", include_in_schema=False, guards=[allowed("look")])
async def history_page(request: AnyRequest) -> Response[str]:
    """Ask for a customer, or for the number of a receipt."""
    return await _page(request, Fields([]))


@post("/desk/history", include_in_schema=False, guards=[allowed("see_people")], status_code=200)
async def history_of(
    request: AnyRequest, store: Store, record: Record, people: People, editions: Editions
) -> Response[str]:
    """Show what is on record about one customer, page by page."""
    said = await form(request)
    try:
        identity = who.read(said, about(request).country)
    except Problem as trouble:
        return await _page(request, said, trouble=trouble)
    before = place_in(said.said("before"))

    def read(conn: Connection) -> Pasts | None:
        edition, subject = editions.current(conn), people.find(conn, identity)
        if edition is None:
            raise problem(503, "no_book")
        return None if subject is None else past_of(conn, record, people, edition.book, subject, before)

    return await _page(
        request, said, identity=identity, pasts=await store.aread(read), is_first=before is None
    )


@post("/desk/receipts", include_in_schema=False, guards=[allowed("look")], status_code=200)
async def receipts(request: AnyRequest, store: Store, record: Record) -> Response[str]:
    """Find receipts by the first twelve signs of their number, or by all of it."""
    said = await form(request)
    member = request.scope["state"]["visitor"].member
    if not _asked.admit(str(member.id)):
        raise problem(429, "too_often")
    number = number_of(said.said("number"))

    def read(conn: Connection) -> list[Entry]:
        whole = record.entry_of(number)
        one = record.get(conn, whole) if whole is not None else None
        return [one] if one is not None else beginning(conn, record, number)

    found = [
        FoundReceipt(each, KINDS[each.kind], record.receipt_id(each.id)) for each in await store.aread(read)
    ]
    if not found:
        text = Catalogue.load("aboveboard.choices").text("find.nothing_desk")
        trouble = Problem(422, "receipt_unknown", text, field="number")
        return await _page(request, said, trouble=trouble)
    return await _page(request, said, found=found)


async def _page(
    request: AnyRequest,
    said: Fields,
    *,
    identity: Identity | None = None,
    pasts: Pasts | None = None,
    is_first: bool = True,
    found: list[FoundReceipt] | None = None,
    trouble: Problem | None = None,
) -> Response[str]:
    return await desk_page(
        request,
        "choices/desk_history.html",
        status=trouble.status if trouble else 200,
        problem=trouble,
        said=said,
        shown_as=identity.masked if identity else "",
        asked=identity is not None,
        pasts=pasts,
        is_first=is_first,
        found=found or [],
    )


handlers = [history_page, history_of, receipts]
