"""Your agreements: what you may agree to, what you have agreed to, what it is worth to both sides, and one button to end it.

All of these pages are for their customer only, after a one-time code. Ending takes as many steps as beginning: one page that says
what it means, and one button on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.agreements.coming import Charge, Coming
from aboveboard.agreements.ledger import Purse, Purses
from aboveboard.agreements.model import Agreement, AgreementError, View
from aboveboard.agreements.preview import as_if
from aboveboard.agreements.renewals import Renewals
from aboveboard.agreements.service import Agreements
from aboveboard.book.model import Book, Service, Terms, Tier
from aboveboard.pricing import PriceError
from aboveboard.quotes.model import Quote, QuoteError, QuoteRequest
from aboveboard.quotes.service import Quotes
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Visitor, form, page, see_other
from aboveboard.web.problems import Problem, problem

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Offered:
    """Something a customer may agree to."""

    service: Service
    tier: Tier
    terms: Terms

    @property
    def what(self) -> str:
        """The value of its button."""
        return f"{self.service.id}/{self.tier.id}/{self.terms.id}"


@get("/agreement", include_in_schema=False)
async def mine(
    request: AnyRequest, store: Store, agreements: Agreements, purses: Purses, visitor: Visitor
) -> Response[Any]:
    """Show what somebody has agreed to, what they hold, and what there is to agree to."""
    subject = visitor.subject
    if subject is None:
        return see_other("/code?to=/agreement")

    def read(conn: Connection) -> tuple[list[View], Purse, Book | None]:
        edition = agreements.editions.current(conn)
        on = agreements.today(conn, clock.now())
        found = [agreements.view(conn, each, on) for each in agreements.of(conn, subject)]
        return found, purses.held(conn, subject, on), edition.book if edition else None

    views, purse, book = await store.aread(read)
    return page(
        request,
        "agreements/mine.html",
        views=views,
        purse=purse,
        book=book,
        offered=offered(book) if book else [],
    )


@post("/agreement", include_in_schema=False)
async def ask(request: AnyRequest, store: Store, quotes: Quotes, visitor: Visitor) -> Response[Any]:
    """Make a price with terms, and show what agreeing to it would mean."""
    subject = visitor.subject
    if subject is None:
        return see_other("/code?to=/agreement")
    said = await form(request)
    service, _, rest = said.said("what").partition("/")
    tier, _, terms = rest.partition("/")
    # It is asked for the first month: offers for the first months of an agreement count.
    asked = QuoteRequest(service, tier or None, terms=terms or None, month=1)
    made: Quote = await _tried(store, lambda tx: quotes.quote(tx, asked, subject))
    return see_other(f"/agreement/from/{made.id}")


@get("/agreement/from/{quote_id:str}", include_in_schema=False)
async def before(
    request: AnyRequest, quote_id: str, store: Store, agreements: Agreements, visitor: Visitor
) -> Response[Any]:
    """Show what agreeing to a price would mean, to both sides, before anybody agrees."""
    if not _ID.fullmatch(quote_id):
        raise problem(404, "not_found")
    if visitor.subject is None:
        return see_other("/code?to=/agreement")

    def read(conn: Connection) -> tuple[Quote, View] | None:
        quote = agreements.quotes.get(conn, quote_id)
        if quote is None or not _theirs(conn, agreements, visitor, quote.subject):
            return None
        return quote, as_if(agreements, conn, quote)

    try:
        found = await store.aread(read)
    except AgreementError as error:
        raise Problem(422, error.code, error.text) from None
    if found is None:
        raise problem(404, "not_found")
    return page(request, "agreements/before.html", quote=found[0], view=found[1])


@post("/agreement/from/{quote_id:str}", include_in_schema=False)
async def start(
    request: AnyRequest, quote_id: str, store: Store, agreements: Agreements, visitor: Visitor
) -> Response[Any]:
    """Agree: the price is taken and the agreement begins."""
    await form(request)

    def work(tx: Tx) -> Agreement | None:
        quote = agreements.quotes.get(tx.conn, quote_id)
        if quote is None or not _theirs(tx.conn, agreements, visitor, quote.subject):
            return None
        return agreements.start(tx, quote_id, "web")

    made: Agreement | None = await _tried(store, work)
    if made is None:
        raise problem(404, "not_found")
    return see_other(f"/agreement/{made.id}")


@get("/agreement/{agreement_id:str}", include_in_schema=False)
async def show(
    request: AnyRequest, agreement_id: str, store: Store, renewals: Renewals, visitor: Visitor
) -> Response[Any]:
    """Show one agreement: its terms, its months, its worth to both, what comes next and how to end it."""
    if not _ID.fullmatch(agreement_id):
        raise problem(404, "not_found")
    if visitor.subject is None:
        return see_other(f"/code?to=/agreement/{agreement_id}")
    agreements = renewals.agreements

    def read(conn: Connection) -> tuple[View, list[Coming], list[Charge]] | None:
        found = agreements.get(conn, agreement_id)
        if found is None or not _theirs(conn, agreements, visitor, found.subject):
            return None
        on = agreements.today(conn, clock.now())
        return (
            agreements.view(conn, found, on),
            renewals.coming(conn, found, on),
            renewals.charges(conn, found, on),
        )

    seen = await store.aread(read)
    if seen is None:
        raise problem(404, "not_found")
    view, coming, charges = seen
    # The next charge is said among what comes; the list is for those that a law wants announced.
    told = [each for each in charges if each.rules]
    next_ones = [each for each in coming if each.notice.what != "charge"]
    return page(request, "agreements/agreement.html", view=view, coming=next_ones, charges=told)


@post("/agreement/{agreement_id:str}/end", include_in_schema=False)
async def end(
    request: AnyRequest, agreement_id: str, store: Store, agreements: Agreements, visitor: Visitor
) -> Response[Any]:
    """End it. Nothing stands in the way: no reason, no offer to stay."""
    await form(request)
    return await _change(
        store, agreements, visitor, agreement_id, lambda tx: agreements.end(tx, agreement_id)
    )


@post("/agreement/{agreement_id:str}/renewal", include_in_schema=False)
async def renewal(
    request: AnyRequest, agreement_id: str, store: Store, agreements: Agreements, visitor: Visitor
) -> Response[Any]:
    """Say what happens at the end of the term."""
    said = (await form(request)).said("renewal")
    if said not in ("auto", "no"):
        raise problem(422, "not_found")
    return await _change(
        store, agreements, visitor, agreement_id,
        lambda tx: agreements.answer(tx, agreement_id, "auto" if said == "auto" else "no"),
    )  # fmt: skip


async def _change(
    store: Store, agreements: Agreements, visitor: Visitor, agreement_id: str, deed: Callable[[Tx], object]
) -> Response[Any]:
    def work(tx: Tx) -> bool:
        found = agreements.get(tx.conn, agreement_id)
        if found is None or not _theirs(tx.conn, agreements, visitor, found.subject):
            return False
        deed(tx)
        return True

    if not await _tried(store, work):
        raise problem(404, "not_found")
    return see_other(f"/agreement/{agreement_id}")


async def _tried(store: Store, work: Callable[[Tx], T]) -> T:
    """Do it, and answer with the sentence of what cannot be done."""
    try:
        done: T = await store.awrite(work)
    except (QuoteError, PriceError) as error:
        status = 404 if error.code in ("no_quote", "no_agreement") else 422
        raise Problem(status, error.code, error.text) from None
    return done


def _theirs(conn: Connection, agreements: Agreements, visitor: Visitor, subject: int | None) -> bool:
    present = agreements.people.present
    return (
        visitor.subject is not None
        and subject is not None
        and present(conn, visitor.subject) == present(conn, subject)
    )


def offered(book: Book) -> list[Offered]:
    """Return everything that customers may agree to."""
    return [
        Offered(service, tier, terms)
        for terms in (book.agreements.terms if book.agreements else ())
        for service in book.services
        if service.id in terms.services
        for tier in service.tiers
        if not terms.tiers or tier.id in terms.tiers
    ]


handlers = [mine, ask, before, start, show, end, renewal]
