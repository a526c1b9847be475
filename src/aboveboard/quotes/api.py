"""REST: make a price, and find it again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.editions.service import Editions
from aboveboard.people.asked import AskedIdentity
from aboveboard.people.service import People
from aboveboard.pricing import PriceError
from aboveboard.pricing.offer_list import best, offer_list
from aboveboard.pricing.rule_list import rule_list
from aboveboard.quotes.model import Quote, QuoteError, QuoteRequest
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


class QuoteAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What to price. With an `identity`, the price is for that person, and needs a token of scope `quotes`."""

    service: Annotated[str, Meta(max_length=80, description="a service's id")]
    tier: Annotated[str | None, Meta(description="a tier's id; left out: the service's default tier")] = None
    quantity: Annotated[int, Meta(description="how many, from 1 to 1,000")] = 1
    at: Annotated[str | None, Meta(description="an ISO date or instant; left out: today")] = None
    codes: Annotated[list[str], Meta(max_length=10, description="offer codes as they were typed")] = []
    groups: Annotated[
        list[str], Meta(max_length=20, description="groups the customer has shown to belong to")
    ] = []
    basket: Annotated[list[str], Meta(max_length=50, description="other services in the same order")] = []
    place: Annotated[str, Meta(max_length=6, description="where it is sold, ISO 3166")] | None = None
    segment: Annotated[str, Meta(max_length=40, description="a segment of the book")] | None = None
    month: Annotated[int, Meta(ge=1, le=1200, description="the month of an agreement, from 1")] | None = None
    terms: Annotated[str, Meta(max_length=40, description="terms of an agreement, by id")] | None = None
    points: Annotated[int, Meta(ge=0, le=10**9, description="how many of their points to use")] = 0
    add_ons: Annotated[list[str], Meta(max_length=50, description="add-ons by id; twice for two")] = []
    seats: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    usage: Annotated[
        dict[str, str], Meta(max_length=50, description="how much of each meter, as decimal text")
    ] = {}
    pays: (
        Annotated[int, Meta(ge=0, description="what a customer gives who may choose, minor units")] | None
    ) = None
    starts: (
        Annotated[str, Meta(max_length=40, description="when paid time begins, an ISO instant")] | None
    ) = None
    ends: Annotated[str, Meta(max_length=40, description="when paid time ends, an ISO instant")] | None = None
    identity: AskedIdentity | None = None


class Said(Struct, frozen=True):
    """A text in both languages."""

    en: str
    zh: str


class Named(Struct, frozen=True):
    """Something of the book, by id and name."""

    id: str
    name: Said


class CostLineGiven(Struct, frozen=True):
    """One cost item behind the cost, for one unit; `amount` is exact minor units."""

    item: str
    name: Said
    kind: str
    direct: bool
    quantity: str
    unit: str
    amount: str
    how: Said
    source: Said | None


class ChargeGiven(Struct, frozen=True):
    """One line that a list price is the sum of; `amount` is whole minor units, `exact` before rounding."""

    id: str
    name: Said
    kind: str
    counted: str | None
    amount: int
    exact: str | None
    how: Said


class ObservationGiven(Struct, frozen=True):
    """What somebody else asks: `amount` is what that is for one of ours in minor units, tax and every fee inside."""

    id: str
    who: Said
    amount: int
    quantity: str
    unit: str
    how: Said
    place: str
    seen: str
    learnt: Said
    source: str | None
    differences: list[Said]


class AlternativeGiven(Struct, frozen=True):
    """A change that would make it cheaper: `total` is the price then (of one, for another quantity), `saves` how much less."""

    way: str
    total: int
    saves: int
    words: Said


class StepGiven(Struct, frozen=True):
    """One step of a price: what it did, by how much, where that leads, why, and from which facts."""

    kind: str
    id: str | None
    label: Said
    amount: int
    subtotal: int
    exact: str | None
    basis: Said
    facts: list[str]
    applied: bool
    why_not: Said | None
    reason: str
    line: int | None
    detail: list[CostLineGiven]
    charges: list[ChargeGiven]
    observations: list[ObservationGiven]


class GateGiven(Struct, frozen=True):
    """What the gate answered about personal prices for this person."""

    allowed: bool
    reason: str
    rule: str
    entry: str | None
    as_of: int
    explanation: Said


class AnswerGiven(Struct, frozen=True):
    """A fact that the owner told in the book: its value as rules read it, from which day on, and how the owner knows."""

    fact: str
    value: Any
    since: str
    source: Said


class RuleGiven(Struct, frozen=True):
    """What one rule of law said of the price: pass, fail or undecided; `facts` are those it read, amounts in minor units.

    `answers` are those of the facts that the owner told.
    """

    rule: str
    outcome: str
    title: Said
    explanation: Said
    citation: str
    verified: str
    pack: str
    version: str
    sha256: str
    facts: dict[str, Any]
    answers: list[AnswerGiven]
    missing: list[str]
    warnings: list[str]


class QuoteGiven(Struct, frozen=True):
    """A price with its steps. Money is in whole minor units of `currency` (8400 is 84.00 dollars)."""

    id: str
    total: int
    currency: str
    service: Named
    tier: Named
    quantity: int
    unit: str
    on: str
    steps: list[StepGiven]
    facts_used: list[str]
    without_personal: int
    without_personal_steps: list[StepGiven]
    alternatives: list[AlternativeGiven]
    floor: int | None
    explanation: Said
    explanation_without: Said
    valid_until: str | None
    edition: int
    created_at: str
    gate: GateGiven
    near: list[Said]
    rules: list[RuleGiven]
    receipt: str


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
    asked = _asked(data)
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


class AcceptedGiven(Struct, frozen=True):
    """A quote that was taken: `entry` and `receipt` prove it."""

    quote: str
    total: int
    currency: str
    accepted_at: str
    entry: str
    receipt: str


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


class OfferGiven(Struct, frozen=True):
    """One offer: its `place` in the order, what it gives, what it asks, what it does not go together with."""

    place: int
    id: str
    name: Said
    gives: Said
    why: Said
    asks: list[Said]
    excludes: list[Said]
    services: list[Said]
    used_up: bool


class PublishedGiven(Struct, frozen=True):
    """One published rule that is no offer: what it does, where it holds, why, and the services it is for (none: all)."""

    kind: str
    id: str
    name: Said
    does: list[Said]
    holds: list[Said]
    why: Said
    services: list[Said]


class OffersGiven(Struct, frozen=True):
    """The one list of offers in their order, what "best for the customer" means, and every other rule that moves a price."""

    offers: list[OfferGiven]
    best: Said
    rules: list[PublishedGiven]


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


def _asked(data: QuoteAsked) -> QuoteRequest:
    return QuoteRequest(
        service=data.service,
        tier=data.tier,
        quantity=data.quantity,
        at=data.at,
        codes=tuple(data.codes),
        groups=tuple(data.groups),
        basket=tuple(data.basket),
        place=data.place,
        segment=data.segment,
        month=data.month,
        terms=data.terms,
        points=data.points,
        add_ons=tuple(data.add_ons),
        seats=data.seats,
        usage=data.usage,
        pays=data.pays,
        starts=data.starts,
        ends=data.ends,
    )


def given(quote: Quote) -> QuoteGiven:
    """Return a quote in the form that the API promises."""
    return msgspec.convert(quote.to_json(), QuoteGiven)


handlers = [make_quote, get_quote, accept_quote, list_offers]
