"""REST: begin an agreement from a price, look at it, end it. All of it needs a token of scope `quotes`."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from litestar import Request, get, post
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.agreements.model import Agreement, View
from aboveboard.agreements.renewals import Renewals
from aboveboard.quotes.model import QuoteError
from aboveboard.store import Store, Tx
from aboveboard.web.problems import Problem, problem
from aboveboard.web.tokens import require_scope
from aboveboard.words import Text

AnyRequest = Request[Any, Any, Any]


class AgreementAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """The price to agree to; it was made with `terms`, for somebody.

    `express` says that the customer's yes to these terms was a clear one (left out: nobody kept how it was given), `channel`
    whether it was agreed on your own site or on somebody else's platform.
    """

    quote: Annotated[str, Meta(max_length=32, description="the id of a price that was made with terms")]
    express: bool | None = None
    channel: Literal["api", "platform"] = "api"


class RenewalAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What happens at the end of the term."""

    renewal: Literal["auto", "ask", "no"]


class Words(Struct, frozen=True):
    """A text in both languages."""

    en: str
    zh: str


class SideGiven(Struct, frozen=True):
    """What one side has of it, in minor units: added up, and as it counts on the first day."""

    plain: int
    discounted: int
    words: Words


class LeavingGiven(Struct, frozen=True):
    """What leaving today costs (minor units, before tax), with its last day and its sum in words."""

    last: str
    amount: int
    words: Words


class ChargeGiven(Struct, frozen=True):
    """One month's money: the day it was planned for, and from which day on it may be taken (null: not, nobody announced it)."""

    day: str
    may_be_taken: str | None
    amount: int
    told: bool
    rules: list[str]


class AgreementGiven(Struct, frozen=True):
    """An agreement. Money is in whole minor units of `currency`, for one month."""

    id: str
    quote: str
    terms: str
    service: str
    tier: str
    quantity: int
    currency: str
    listed: int
    paid: list[int]
    starts: str
    renews: str
    ended: str | None
    renewal: str
    term: int
    edition: int
    leaving: LeavingGiven
    customer: SideGiven
    business: SideGiven
    receipt: str
    #: Introductory months: what each of them costs before fees and tax.
    introductory: list[int]
    #: Money that is taken by itself in this term.
    charges: list[ChargeGiven]


@post(
    "/api/v1/agreements",
    status_code=HTTP_201_CREATED,
    summary="Agree to a price with terms",
    tags=["agreements"],
)
async def start_agreement(
    request: AnyRequest, data: AgreementAsked, store: Store, renewals: Renewals
) -> AgreementGiven:
    """Take a price that was made with terms, and begin the agreement. The same price again gives the same agreement.

    Needs a token of scope `quotes`.
    """
    await require_scope(request, "quotes")

    def work(tx: Tx) -> AgreementGiven:
        made = renewals.agreements.start(tx, data.quote, data.channel, data.express)
        return given(renewals, tx.conn, made, made.starts)

    return await _tried(store, work)


@get("/api/v1/agreements/{agreement_id:str}", summary="Get an agreement", tags=["agreements"])
async def get_agreement(
    request: AnyRequest, agreement_id: str, store: Store, renewals: Renewals
) -> AgreementGiven:
    """Return an agreement as it stands today. Needs a token of scope `quotes`."""
    await require_scope(request, "quotes")

    def read(conn: Connection) -> AgreementGiven | None:
        found = renewals.agreements.get(conn, agreement_id)
        on = renewals.agreements.today(conn, clock.now())
        return None if found is None else given(renewals, conn, found, on)

    answer = await store.aread(read)
    if answer is None:
        raise problem(404, "not_found")
    return answer


@post(
    "/api/v1/agreements/{agreement_id:str}/renewal", status_code=HTTP_200_OK, summary="Say what happens at its end",
    tags=["agreements"],
)  # fmt: skip
async def answer_renewal(
    request: AnyRequest, agreement_id: str, data: RenewalAsked, store: Store, renewals: Renewals
) -> AgreementGiven:
    """Keep what the customer wants at the end of the term. Needs a token of scope `quotes`."""
    await require_scope(request, "quotes")

    def work(tx: Tx) -> AgreementGiven:
        kept = renewals.agreements.answer(tx, agreement_id, data.renewal)
        return given(renewals, tx.conn, kept, renewals.agreements.today(tx.conn, tx.now))

    return await _tried(store, work)


@post(
    "/api/v1/agreements/{agreement_id:str}/end", status_code=HTTP_200_OK, summary="End an agreement", tags=["agreements"]
)  # fmt: skip
async def end_agreement(
    request: AnyRequest, agreement_id: str, store: Store, renewals: Renewals
) -> AgreementGiven:
    """End an agreement on the last day of the month that has begun. Needs a token of scope `quotes`."""
    await require_scope(request, "quotes")

    def work(tx: Tx) -> AgreementGiven:
        seen = renewals.agreements.end(tx, agreement_id)
        return given(renewals, tx.conn, seen.agreement, seen.on, seen)

    return await _tried(store, work)


async def _tried(store: Store, work: Any) -> AgreementGiven:
    try:
        made: AgreementGiven = await store.awrite(work)
    except QuoteError as error:
        missing = error.code in ("no_quote", "no_agreement")
        raise Problem(404 if missing else 409, error.code, error.text) from None
    return made


def given(
    renewals: Renewals, conn: Connection, agreement: Agreement, on: datetime.date, seen: View | None = None
) -> AgreementGiven:
    """Return an agreement in the form that the API promises, as it stands on a day."""
    view = seen or renewals.agreements.view(conn, agreement, on)
    worth, way = view.worth, view.leaving
    body = agreement.body
    return AgreementGiven(
        id=agreement.id,
        quote=agreement.quote,
        terms=body.terms,
        service=body.service,
        tier=body.tier,
        quantity=body.quantity,
        currency=body.signed.currency,
        listed=body.signed.listed,
        paid=list(view.paid),
        starts=agreement.starts.isoformat(),
        renews=agreement.renews.isoformat(),
        ended=agreement.ended.isoformat() if agreement.ended else None,
        renewal=body.renewal,
        term=body.term,
        edition=agreement.edition,
        leaving=LeavingGiven(way.last.isoformat(), way.amount, _words(way.says)),
        customer=SideGiven(worth.customer.plain, worth.customer.amount, _words(worth.says_customer)),
        business=SideGiven(worth.business.plain, worth.business.amount, _words(worth.says_business)),
        receipt=renewals.agreements.record.receipt_id(agreement.id),
        introductory=list(body.trial.nets) if body.trial else [],
        charges=[
            ChargeGiven(
                each.day.isoformat(),
                each.at.isoformat() if each.at else None,
                each.amount,
                each.told,
                list(each.rules),
            )
            for each in renewals.charges(conn, agreement, on)
        ],
    )


def _words(text: Text) -> Words:
    return Words(text.en, text.zh)


handlers = [start_agreement, get_agreement, answer_renewal, end_agreement]
