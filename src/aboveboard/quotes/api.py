"""REST: make a price, find it again, take it; list the offers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.pricing import PriceError
from aboveboard.pricing.offer_list import best, offer_list
from aboveboard.pricing.rule_list import rule_list
from aboveboard.quotes.api_forms import (
    AcceptedGiven,
    OfferGiven,
    OffersGiven,
    PublishedGiven,
    QuoteAsked,
    QuoteGiven,
    Said,
    asked_of,
    given,
)
from aboveboard.quotes.model import Quote, QuoteError
from aboveboard.quotes.service import Accepted, Quotes
from aboveboard.store import Store, Tx
from aboveboard.web import gpc
from aboveboard.web.problems import Problem, problem
from aboveboard.web.tokens import require_scope

AnyRequest = Request[Any, Any, Any]

_FIELDS = {
    "unknown_service": "service",
    "unknown_tier": "tier",
    "bad_quantity": "quantity",
    "bad_date": "at",
    "date_out_of_range": "at",
    "unknown_code": "codes",
    "code_used": "codes",
    "own_code": "codes",
    "too_many_codes": "codes",
    "unknown_group": "groups",
    "bad_usage": "usage",
    "unknown_meter": "usage",
    "unknown_add_on": "add_ons",
    "add_on_tier": "add_ons",
    "add_on_needs": "add_ons",
    "add_on_excludes": "add_ons",
    "add_on_often": "add_ons",
    "no_seats": "seats",
    "bad_seats": "seats",
    "pays_too_little": "pays",
    "time_missing": "starts",
    "time_without_zone": "starts",
    "time_backwards": "ends",
    "bad_time": "starts",
}


@post("/api/v1/quotes", status_code=HTTP_201_CREATED, summary="Make a price", tags=["quotes"])
async def make_quote(
    request: AnyRequest,
    data: QuoteAsked,
    store: Store,
    people: People,
    editions: Editions,
    quotes: Quotes,
) -> QuoteGiven:
    """Return a price that explains itself, and write it into the record.

    Without an identity it is the price that everyone pays. With one, and a token of scope `quotes`, it uses the facts that
    this person allows; someone we have never heard of is priced like everyone, in an answer of the same form.
    """
    if data.identity is not None:
        await require_scope(request, "quotes")
    asked = asked_of(data)
    signal = gpc.signalled(request)

    def work(tx: Tx) -> Quote:
        subject = None
        if data.identity is not None:
            subject = people.find(tx.conn, data.identity.normalised(editions.country(tx.conn)))
        return quotes.quote(tx, asked, subject, "api", signal=signal)

    try:
        made: Quote = await store.awrite(work)
    except (PriceError, QuoteError) as error:
        status = 409 if error.code == "book_broken" else 422
        raise Problem(status, error.code, error.text, field=_FIELDS.get(error.code)) from None
    return given(made)


@get("/api/v1/quotes/{quote_id:str}", summary="Get a price again", tags=["quotes"])
async def get_quote(request: AnyRequest, quote_id: str, store: Store, quotes: Quotes) -> QuoteGiven:
    """Return a price that was given. One that was made for a person needs a token of scope `quotes`."""

    def find(conn: Connection) -> Quote | None:
        return quotes.get(conn, quote_id)

    found = await store.aread(find)
    if found is None:
        raise problem(404, "not_found")
    if found.subject is not None:
        await require_scope(request, "quotes")
    return given(found)


@post(
    "/api/v1/quotes/{quote_id:str}/accept", status_code=HTTP_200_OK, summary="Take a price", tags=["quotes"]
)
async def accept_quote(request: AnyRequest, quote_id: str, store: Store, quotes: Quotes) -> AcceptedGiven:
    """Take a price that was given: the offers in it are used up now. Taking it again gives the same answer.

    Needs a token of scope `quotes`. If an offer has been used up since, the answer is 409 and nothing is taken.
    """
    await require_scope(request, "quotes")

    def work(tx: Tx) -> Accepted:
        return quotes.accept(tx, quote_id)

    try:
        taken: Accepted = await store.awrite(work)
    except QuoteError as error:
        raise Problem(404 if error.code == "no_quote" else 409, error.code, error.text) from None
    made = taken.quote.price
    return AcceptedGiven(
        quote=taken.quote.id,
        total=made.total,
        currency=made.currency,
        accepted_at=taken.at.isoformat(),
        entry=taken.entry,
        receipt=quotes.record.receipt_id(taken.entry),
    )


@get("/api/v1/offers", summary="List the offers", tags=["quotes"])
async def list_offers(
    store: Store,
    editions: Editions,
    quotes: Quotes,
    service: Annotated[str | None, Parameter(max_length=80, description="only what one service has")] = None,
) -> OffersGiven:
    """Return every offer in the order in which it applies, and every other rule that makes a price differ."""

    def read(conn: Connection) -> tuple[Book, frozenset[str]]:
        edition = editions.current(conn)
        if edition is None:
            raise problem(503, "no_book")
        return edition.book, quotes.offers.used_up(conn, edition.book, [])

    book, used_up = await store.aread(read)
    try:
        listed = offer_list(book, service, used_up)
    except PriceError as error:
        raise Problem(422, error.code, error.text, field="service") from None
    return OffersGiven(
        offers=[msgspec.convert(asdict(each), OfferGiven) for each in listed],
        best=msgspec.convert(asdict(best()), Said),
        rules=[msgspec.convert(asdict(each), PublishedGiven) for each in rule_list(book, service)],
    )


handlers = [make_quote, get_quote, accept_quote, list_offers]
