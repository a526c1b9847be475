"""What customers hold, at the desk: look one up, give credit, give it back as money, and what is owed to all.

Whom it is about never stands in an address: the pages come as answers to forms. A form that is sent twice moves once, for the
same reason counts once for each customer.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import money
from aboveboard import store as clock
from aboveboard.agreements.credit import MOST_WHY, CreditError, Way, move, why_of
from aboveboard.agreements.ledger import Booked, Liability, Purse, Purses
from aboveboard.agreements.model import AgreementError
from aboveboard.book.model import Book
from aboveboard.choices.pages import who
from aboveboard.money import MoneyError
from aboveboard.people.model import Identity
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Fields, Visitor, about, desk_page, form
from aboveboard.web.problems import Problem, problem
from aboveboard.web.signin import allowed

AnyRequest = Request[Any, Any, Any]

#: A comma only between thousands: where it is a decimal point, 12,50 must not become 1,250.
_AMOUNT = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(,[0-9]{3}){1,2})(\.[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer at the desk: what they hold, and how their credit came about, the newest first."""

    purse: Purse
    entries: tuple[tuple[Booked, str], ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a form did: whether it is new, and what is left (minor units)."""

    new: bool
    left: int


@get("/desk/points", include_in_schema=False, guards=[allowed("look")])
async def points_page(request: AnyRequest, store: Store, purses: Purses) -> Response[str]:
    """Show what is owed to all customers, and where to look one up."""
    return await _page(request, store, purses, Fields([]))


@post("/desk/points", include_in_schema=False, guards=[allowed("see_people")], status_code=200)
async def look_up(request: AnyRequest, store: Store, purses: Purses) -> Response[str]:
    """Show what one customer holds."""
    said = await form(request)
    try:
        identity = who.read(said, about(request).country)
    except Problem as trouble:
        return await _page(request, store, purses, said, trouble=trouble)
    return await _page(request, store, purses, said, identity)


@post("/desk/points/move", include_in_schema=False, guards=[allowed("give_credit")], status_code=200)
async def move_credit(request: AnyRequest, store: Store, purses: Purses, visitor: Visitor) -> Response[str]:
    """Give credit, or give it back as money, and show what the customer then holds."""
    said = await form(request)
    try:
        identity = who.read(said, about(request).country)
    except Problem as trouble:
        return await _page(request, store, purses, said, trouble=trouble)
    way: Way = "back" if said.said("way") == "back" else "given"
    by = visitor.member.name if visitor.member else ""

    def work(tx: Tx) -> Moved:
        on, book = _day(request), _book(tx.conn, purses)
        subject = purses.people.find(tx.conn, identity)
        if subject is None:
            raise CreditError("nobody")
        new = move(tx, purses, subject, _amount(said, book), said.said("why"), on, way=way, by=by)
        return Moved(new, purses.held(tx.conn, subject, on).credit)

    try:
        moved: Moved = await store.awrite(work)
    except (CreditError, AgreementError) as error:
        field = {"credit_why": f"why-{way}", "credit_nobody": "who"}.get(error.code, f"amount-{way}")
        refused = Problem(422, error.code, error.text, field=field)
        return await _page(request, store, purses, said, identity, trouble=refused)
    return await _page(request, store, purses, Fields([("who", said.said("who"))]), identity, moved=moved)


async def _page(
    request: AnyRequest,
    store: Store,
    purses: Purses,
    said: Fields,
    identity: Identity | None = None,
    *,
    moved: Moved | None = None,
    trouble: Problem | None = None,
) -> Response[str]:
    on = _day(request)

    def read(conn: Connection) -> tuple[Book, Liability, Holder | None]:
        return _book(conn, purses), purses.liability(conn, on), _holder(conn, purses, identity, on)

    book, owed, holder = await store.aread(read)
    currency = book.business.currency
    return await desk_page(
        request,
        "agreements/points.html",
        status=trouble.status if trouble else 200,
        problem=trouble,
        said=said,
        shown_as=identity.masked if identity else "",
        asked=identity is not None,
        holder=holder,
        moved=moved,
        owed=owed.says,
        currency=currency,
        unit=money.plain(1250, currency),
        most=MOST_WHY,
        ways=("given", "back"),
    )


def _holder(conn: Connection, purses: Purses, identity: Identity | None, on: datetime.date) -> Holder | None:
    subject = None if identity is None else purses.people.find(conn, identity)
    if subject is None or purses.people.living(conn, subject) is None:
        return None
    entries = [(each, why_of(each)) for each in purses.entries(conn, subject, "credit")]
    return Holder(purses.held(conn, subject, on), tuple(reversed(entries)))


def _amount(said: Fields, book: Book) -> int:
    written = said.said("amount")
    try:
        return money.minor(
            written.replace(",", "") if _AMOUNT.fullmatch(written) else "", book.business.currency
        )
    except MoneyError:
        raise CreditError("amount") from None


def _day(request: AnyRequest) -> datetime.date:
    return clock.now().astimezone(about(request).zone).date()


def _book(conn: Connection, purses: Purses) -> Book:
    edition = purses.editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [points_page, look_up, move_credit]
