"""Pages about partners: who was told of a choice, who gets what under which contract, and how each stands (for the desk).

"Who was told" is open to whoever has the receipt's number. While something is still open the page renews itself: htmx
fetches it again every few seconds, and a plain link does the same without a script.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.duties.model import DutyError
from aboveboard.duties.service import Duties
from aboveboard.editions.service import Editions
from aboveboard.partners.model import OPEN, PartnerError, PartnerState, Told, purposes_of
from aboveboard.partners.service import Partners, local_day
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Visitor, about, desk_page, page, see_other
from aboveboard.web.problems import Problem, problem
from aboveboard.web.signin import allowed

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One partner on the page: how it stands, and by which day a colleague tells it (None: our system does)."""

    told: Told
    hand_until: date | None

    @property
    def open(self) -> bool:
        """Whether a look in a few seconds may show something new."""
        return self.hand_until is None and self.told.state in OPEN


@get("/told/{rid:str}", include_in_schema=False)
async def told(
    request: AnyRequest, rid: str, store: Store, record: Record, editions: Editions, partners: Partners
) -> Response[str]:
    """Show how a choice stands with each partner that it concerns."""
    entry_id = record.entry_of(rid)
    if entry_id is None:
        raise problem(404, "receipt_unknown")

    def read(conn: Connection) -> dict[str, Any]:
        book, entry = _book(conn, editions), record.get(conn, entry_id)
        if entry is None:
            raise problem(404, "receipt_unknown")
        lines = [_line(book, one, entry.at) for one in partners.told(conn, entry_id)]
        waits = entry.kind == "choice.made" and not entry.facts["proven"]
        return {"lines": lines, "at": entry.at, "waits": waits, "open": any(line.open for line in lines)}

    return page(request, "partners/told.html", rid=rid, **await store.aread(read))


def _line(book: Book, one: Told, at: datetime) -> Line:
    partner = book.partner(one.partner)
    by_hand = partner is not None and partner.feed.webhook is None
    until = (
        local_day(book, at) + timedelta(days=partner.feed.within_days)
        if partner is not None and by_hand
        else None
    )
    return Line(one, until)


@dataclass(frozen=True, slots=True)
class Entry:
    """One partner of the list: what it is, what it may use data for, and whether its contract is in force."""

    partner: Partner
    purposes: tuple[Purpose, ...]
    bound: bool


@get("/partners", include_in_schema=False)
async def partner_list(request: AnyRequest, store: Store, editions: Editions) -> Response[str]:
    """Show every partner of the book, with its contract."""
    today = clock.now().astimezone(about(request).zone).date()

    def read(conn: Connection) -> list[Entry]:
        book = _book(conn, editions)
        return [
            Entry(partner, tuple(purposes_of(book, partner)), partner.bound(today))
            for partner in book.partners
        ]

    return page(request, "partners/list.html", entries=await store.aread(read))


@get("/desk/partners", include_in_schema=False, guards=[allowed("look")])
async def states(request: AnyRequest, store: Store, partners: Partners) -> Response[str]:
    """Show the desk how it stands with each partner."""

    def read(conn: Connection) -> list[PartnerState]:
        return partners.state(conn, clock.now())

    found = await store.aread(read)
    return await desk_page(request, "partners/desk.html", states=found, open_states=OPEN)


@post("/desk/due/{duty:int}/done", include_in_schema=False, guards=[allowed("do_duties")])
async def finish(
    duty: int, store: Store, duties: Duties, partners: Partners, visitor: Visitor
) -> Response[Any]:
    """Note that a duty was done: telling a partner by hand also moves the delivery on."""
    name = visitor.member.name if visitor.member else ""

    def work(tx: Tx) -> None:
        found = duties.get(tx.conn, duty)
        if found is None:
            raise problem(404, "not_found")
        partners.finish(tx, found, name)

    try:
        await store.awrite(work)
    except (DutyError, PartnerError) as error:
        raise Problem(409, error.code, error.text) from None
    return see_other("/desk")


def _book(conn: Connection, editions: Editions) -> Book:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [told, partner_list, states, finish]
