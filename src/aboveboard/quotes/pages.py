"""Your price: ask for one, read why it is what it is, see what would make it cheaper, and take it.

A price for nobody in particular may be opened, and taken, by whoever has its address. A price that was made for a person is
shown only to that person, after a one-time code. Taking one is a form of its own: nothing is bought by looking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import money
from aboveboard import store as clock
from aboveboard.book.model import Book, Service
from aboveboard.editions.service import Editions
from aboveboard.law.library import Library
from aboveboard.people.service import People
from aboveboard.pricing import NO_FACTS, PriceError, PriceRequest
from aboveboard.pricing import price as work_out
from aboveboard.pricing.listed import request_for_one
from aboveboard.pricing.offer_list import best, offer_list
from aboveboard.pricing.plans import compare, compared
from aboveboard.pricing.rule_list import group_words, rule_list
from aboveboard.quotes.asking import FIELDS, FOLDED, asked, choices_of, folded
from aboveboard.quotes.law_words import Meaning, library_for
from aboveboard.quotes.model import Quote, QuoteError, QuoteRequest
from aboveboard.quotes.offers import Shown
from aboveboard.quotes.picture import shown
from aboveboard.quotes.service import Quotes
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Fields, Visitor, about, form, page, see_other
from aboveboard.web.problems import Problem, problem

AnyRequest = Request[Any, Any, Any]

_ID = re.compile(r"[0-9a-f]{32}")


# ---------------------------------------------------------------------------------------------------- asking


@get("/price", include_in_schema=False)
async def ask_form(request: AnyRequest, store: Store, editions: Editions) -> Response[str]:
    """Show what there is to buy."""
    return _form_page(request, await store.aread(lambda conn: _book(conn, editions)), said=Fields([]))


@post("/price", include_in_schema=False)
async def ask(
    request: AnyRequest, store: Store, editions: Editions, quotes: Quotes, people: People, visitor: Visitor
) -> Response[Any]:
    """Make the price and show it."""
    said = await form(request)
    book = await store.aread(lambda conn: _book(conn, editions))
    try:
        wanted = asked(said, book, clock.now().astimezone(about(request).zone).date())
        made = await _make(store, quotes, people, visitor, wanted)
    except (PriceError, QuoteError) as error:
        trouble = Problem(422, error.code, error.text, field=FIELDS.get(error.code))
    except Problem as error:
        trouble = error
    else:
        return see_other(f"/price/{made.id}")
    return _form_page(
        request,
        book,
        said=said,
        detailed=book.service(said.said("page")),
        status=trouble.status,
        problem=trouble,
    )


async def _make(
    store: Store,
    quotes: Quotes,
    people: People,
    visitor: Visitor,
    wanted: QuoteRequest,
    codes: Shown | None = None,
) -> Quote:
    def work(tx: Tx) -> Quote:
        subject = None if visitor.subject is None else people.present(tx.conn, visitor.subject)
        return quotes.quote(tx, wanted, subject, "web", signal=visitor.gpc, shown=codes)

    made: Quote = await store.awrite(work)
    return made


def _form_page(
    request: AnyRequest, book: Book, detailed: Service | None = None, **facts: Any
) -> Response[str]:
    """Show the form: of all services, or with everything there is to choose of the one that is `detailed`."""
    today = clock.now().astimezone(about(request).zone).date()
    services = book.services if detailed is None else [detailed]
    # What everyone would pay today, all in: a list price would be a first price that is not the one to pay.
    prices = {
        (service.id, tier.id): work_out(book, request_for_one(service, tier, today), NO_FACTS).total
        for service in services
        for tier in service.tiers
    }
    # What there is to compare, and how a price that is no plain list price is made, stands below the prices themselves.
    told = [service for service in services if compared(service) or _charged(service)]
    said: Fields = facts["said"]
    trouble: Problem | None = facts.get("problem")
    return page(
        request,
        "quotes/ask.html",
        services=services,
        choices=None if detailed is None else choices_of(book, detailed),
        more={service.id for service in services if detailed is None and choices_of(book, service).any},
        agreed=_agreed(book),
        folded=folded(book),
        group_words=group_words,
        open=any(said.said(name) for name in FOLDED) or (trouble is not None and trouble.field in FOLDED),
        offers=bool(book.promotions),
        prices=prices,
        currency=book.business.currency,
        unit=money.plain(1200, book.business.currency),
        cash=lambda amount: money.show(money.minor(amount, book.business.currency), book.business.currency),
        today=today,
        compared=[compare(book, service) for service in told],
        **facts,
    )


def _agreed(book: Book) -> frozenset[str]:
    """Return the services that may be agreed to for longer than one sale."""
    terms = book.agreements.terms if book.agreements else ()
    return frozenset(service for each in terms for service in each.services)


def _charged(service: Service) -> bool:
    return any(tier.charges for tier in service.tiers)


# ---------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class _Read:
    """A quote as the database has it: whether this visitor may see it, its book, and whether it was taken."""

    quote: Quote | None
    may: bool
    book: Book | None = None
    taken: tuple[str, datetime] | None = None
    library: Library | None = None


@get("/price/{quote_id:str}", include_in_schema=False)
async def show(
    request: AnyRequest,
    quote_id: str,
    store: Store,
    editions: Editions,
    quotes: Quotes,
    people: People,
    visitor: Visitor,
) -> Response[Any]:
    """Show a price with its steps; one that was made for a person, only to that person. Or all that a service has to choose."""
    if not _ID.fullmatch(quote_id):
        return await _service_page(request, quote_id, store, editions)
    return await _quote_page(request, quote_id, store, quotes, people, visitor)


async def _service_page(
    request: AnyRequest, service_id: str, store: Store, editions: Editions
) -> Response[str]:
    book = await store.aread(lambda conn: _book(conn, editions))
    service = book.service(service_id)
    if service is None:
        raise problem(404, "not_found")
    tier = service.default_tier or service.tiers[0].id
    return _form_page(request, book, service, said=Fields([("what", f"{service.id}/{tier}")]))


async def _quote_page(
    request: AnyRequest,
    quote_id: str,
    store: Store,
    quotes: Quotes,
    people: People,
    visitor: Visitor,
    trouble: Problem | None = None,
) -> Response[Any]:
    found = await store.aread(lambda conn: _read(conn, quotes, people, visitor, quote_id))
    quote, book = found.quote, found.book
    if not found.may and visitor.person is None:
        return see_other(f"/code?to=/price/{quote_id}")
    if quote is None or book is None or found.library is None or not found.may:
        raise problem(404, "not_found")
    today = clock.now().astimezone(about(request).zone).date()
    last = quote.body.valid_until
    service = book.service(quote.price.request.service)
    return page(
        request,
        "quotes/price.html",
        status=trouble.status if trouble else 200,
        problem=trouble,
        quote=quote,
        price=quote.price,
        shown=shown(quote, book, visitor.lang, found.library),
        meaning=Meaning(found.library.vocabulary),
        taken=None if found.taken is None else found.taken[1],
        taken_receipt=None if found.taken is None else quotes.record.receipt_id(found.taken[0]),
        open=last is not None and last >= today,
        more=None if service is None or not choices_of(book, service).any else service,
        agreed=service is not None and service.id in _agreed(book),
    )


def _read(conn: Connection, quotes: Quotes, people: People, visitor: Visitor, quote_id: str) -> _Read:
    quote = quotes.get(conn, quote_id)
    if quote is None:
        return _Read(None, True)
    if not _may_see(conn, people, visitor, quote):
        return _Read(quote, False)
    edition = quotes.editions.at(conn, quote.edition)
    library = library_for(quotes.editions, edition)
    return _Read(quote, True, edition.book, quotes.acceptance(conn, quote_id), library)


def _may_see(conn: Connection, people: People, visitor: Visitor, quote: Quote) -> bool:
    if quote.subject is None:
        return True
    return visitor.subject is not None and people.present(conn, visitor.subject) == people.present(
        conn, quote.subject
    )


# ---------------------------------------------------------------------------------------------------- going on from a price


@post("/price/{quote_id:str}/accept", include_in_schema=False)
async def take(
    request: AnyRequest, quote_id: str, store: Store, quotes: Quotes, people: People, visitor: Visitor
) -> Response[Any]:
    """Take a price: its offers are used up now. Says so on the price's page if one was used up meanwhile."""
    await form(request)
    await _theirs(store, quotes, people, visitor, quote_id)
    try:
        await store.awrite(lambda tx: quotes.accept(tx, quote_id))
    except QuoteError as error:
        trouble = Problem(409, error.code, error.text)
        return await _quote_page(request, quote_id, store, quotes, people, visitor, trouble)
    return see_other(f"/price/{quote_id}")


@post("/price/{quote_id:str}/instead", include_in_schema=False)
async def instead(
    request: AnyRequest, quote_id: str, store: Store, quotes: Quotes, people: People, visitor: Visitor
) -> Response[Any]:
    """Make the price of one of the changes that would make this one cheaper, with the same codes."""
    said = await form(request)
    quote = await _theirs(store, quotes, people, visitor, quote_id)
    ways = {each.way: each for each in quote.body.alternatives}
    way = ways.get(said.said("way"))  # type: ignore[call-overload]
    if way is None:
        raise problem(404, "not_found")
    codes = Shown(way.request.offers, quote.body.codes)
    try:
        made = await _make(store, quotes, people, visitor, _again(way.request), codes)
    except (PriceError, QuoteError) as error:
        trouble = Problem(409, error.code, error.text)
        return await _quote_page(request, quote_id, store, quotes, people, visitor, trouble)
    return see_other(f"/price/{made.id}")


async def _theirs(store: Store, quotes: Quotes, people: People, visitor: Visitor, quote_id: str) -> Quote:
    """Return a quote that this visitor may act on; raises a 404 `Problem`, the same for all others."""
    if not _ID.fullmatch(quote_id):
        raise problem(404, "not_found")
    found = await store.aread(lambda conn: _read(conn, quotes, people, visitor, quote_id))
    if found.quote is None or not found.may:
        raise problem(404, "not_found")
    return found.quote


def _again(asked: PriceRequest) -> QuoteRequest:
    """Return the request that asks for what `asked` priced."""
    time = "" if asked.minute is None else f"T{asked.minute // 60:02}:{asked.minute % 60:02}"
    return QuoteRequest(
        service=asked.service,
        tier=asked.tier,
        quantity=asked.quantity,
        at=f"{asked.on.isoformat()}{time}",
        groups=asked.groups,
        basket=asked.basket,
        place=asked.place,
        segment=asked.segment,
        month=asked.month,
        terms=asked.terms,
        add_ons=asked.add_ons,
        seats=asked.seats,
        usage={meter: f"{many:f}" for meter, many in asked.usage.items()},
        pays=asked.pays,
        starts=None if asked.starts is None else asked.starts.isoformat(),
        ends=None if asked.ends is None else asked.ends.isoformat(),
    )


# ---------------------------------------------------------------------------------------------------- what is published


@get("/offers", include_in_schema=False)
async def offers(request: AnyRequest, store: Store, editions: Editions, quotes: Quotes) -> Response[str]:
    """Show the one list of offers, and every other rule that makes a price differ."""

    def read(conn: Connection) -> tuple[Book, frozenset[str]]:
        book = _book(conn, editions)
        return book, quotes.offers.used_up(conn, book, [])

    book, used_up = await store.aread(read)
    today = clock.now().astimezone(about(request).zone).date()
    days = {each.id: (each.starts, each.ends) for each in book.promotions}
    return page(
        request,
        "quotes/offers.html",
        listed=offer_list(book, used_up=used_up),
        days=days,
        best=best(),
        rules=rule_list(book),
        groups=book.groups,
        group_words=group_words,
        today=today,
        fees=bool(book.fees),
    )


def _book(conn: Connection, editions: Editions) -> Book:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [ask_form, ask, show, take, instead, offers]
