"""REST: make a price, and find it again."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.status_codes import HTTP_201_CREATED
from msgspec import Meta, Struct
from sqlalchemy.engine import Connection

from aboveboard.editions.service import Editions
from aboveboard.people.asked import AskedIdentity
from aboveboard.people.service import People
from aboveboard.pricing import PriceError
from aboveboard.quotes.model import Quote, QuoteError, QuoteRequest
from aboveboard.quotes.service import Quotes
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
}


class QuoteAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What to price. With an `identity`, the price is for that person, and needs a token of scope `quotes`."""

    service: Annotated[str, Meta(max_length=80, description="a service's id")]
    tier: Annotated[str | None, Meta(description="a tier's id; left out: the service's default tier")] = None
    quantity: Annotated[int, Meta(description="how many, from 1 to 1,000")] = 1
    at: Annotated[str | None, Meta(description="an ISO date or instant; left out: today")] = None
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


class GateGiven(Struct, frozen=True):
    """What the gate answered about personal prices for this person."""

    allowed: bool
    reason: str
    rule: str
    entry: str | None
    as_of: int
    explanation: Said


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
    floor: int
    explanation: Said
    explanation_without: Said
    valid_until: str | None
    edition: int
    created_at: str
    gate: GateGiven
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
    asked = QuoteRequest(data.service, data.tier, data.quantity, data.at)
    signal = gpc.signalled(request)

    def work(tx: Tx) -> Quote:
        subject = None
        if data.identity is not None:
            subject = people.find(tx.conn, data.identity.normalised(editions.country(tx.conn)))
        return quotes.quote(tx, asked, subject, "api", signal=signal)

    try:
        made: Quote = await store.awrite(work)
    except (PriceError, QuoteError) as error:
        status = 409 if error.code in ("no_book", "book_broken") else 422
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


def given(quote: Quote) -> QuoteGiven:
    """Return a quote in the form that the API promises."""
    return msgspec.convert(quote.to_json(), QuoteGiven)


handlers = [make_quote, get_quote]
