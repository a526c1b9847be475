"""Your price: ask for one, and read why it is what it is.

A price for nobody in particular may be opened by whoever has its address. A price that was made for a person is shown
only to that person, after a one-time code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import money
from aboveboard import store as clock
from aboveboard.book.model import Book, Service
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.pricing import NO_FACTS, PriceError, Step
from aboveboard.pricing import price as work_out
from aboveboard.pricing.listed import request_for_one
from aboveboard.pricing.plans import compare, compared
from aboveboard.pricing.says import exact_cash
from aboveboard.quotes.model import Quote, QuoteError, QuoteRequest
from aboveboard.quotes.service import Quotes
from aboveboard.store import Store, Tx
from aboveboard.web.charts import Bar, Chart, draw
from aboveboard.web.charts import Kind as BarKind
from aboveboard.web.layout import Fields, Visitor, about, form, page, see_other
from aboveboard.web.problems import Problem, problem
from aboveboard.words import Lang
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

_ID = re.compile(r"[0-9a-f]{32}")
_FIELDS = {
    "unknown_service": "what",
    "unknown_tier": "what",
    "bad_quantity": "quantity",
    "bad_date": "on",
    "date_out_of_range": "on",
}


@get("/price", include_in_schema=False)
async def ask_form(request: AnyRequest, store: Store, editions: Editions) -> Response[str]:
    """Show what there is to buy."""
    return _form_page(request, await store.aread(lambda conn: _book(conn, editions)), said={})


@post("/price", include_in_schema=False)
async def ask(
    request: AnyRequest, store: Store, editions: Editions, quotes: Quotes, people: People, visitor: Visitor
) -> Response[Any]:
    """Make the price and show it."""
    said = await form(request)
    try:
        asked = _asked(said)

        def work(tx: Tx) -> Quote:
            subject = None if visitor.subject is None else people.present(tx.conn, visitor.subject)
            return quotes.quote(tx, asked, subject, "web", signal=visitor.gpc)

        made: Quote = await store.awrite(work)
    except (PriceError, QuoteError) as error:
        trouble = Problem(422, error.code, error.text, field=_FIELDS.get(error.code))
    except Problem as error:
        trouble = error
    else:
        return see_other(f"/price/{made.id}")
    book = await store.aread(lambda conn: _book(conn, editions))
    return _form_page(request, book, said=said, status=trouble.status, problem=trouble)


def _asked(said: Fields) -> QuoteRequest:
    service, _, tier = said.said("what").partition("/")
    if not service:
        raise Problem(422, "service_missing", _texts().text("ask.missing"), field="what")
    written = said.said("quantity") or "1"
    if not written.isdecimal() or len(written) > 6:
        raise PriceError("bad_quantity", quantity=written[:20], most="1,000")
    return QuoteRequest(service, tier or None, int(written), said.said("on") or None)


def _form_page(request: AnyRequest, book: Book, **facts: Any) -> Response[str]:
    today = clock.now().astimezone(about(request).zone).date()
    currency = book.business.currency
    # What everyone would pay today, all in: a list price would be a first price that is not the one to pay.
    prices = {
        (service.id, tier.id): work_out(book, request_for_one(service, tier, today), NO_FACTS).total
        for service in book.services
        for tier in service.tiers
    }
    # What there is to compare, and how a price that is no plain list price is made, stands below the prices themselves.
    told = [service for service in book.services if compared(service) or _charged(service)]
    return page(
        request,
        "quotes/ask.html",
        book=book,
        prices=prices,
        currency=currency,
        today=today,
        compared=[compare(book, service) for service in told],
        **facts,
    )


def _charged(service: Service) -> bool:
    return any(tier.charges for tier in service.tiers)


@get("/price/{quote_id:str}", include_in_schema=False)
async def show(
    request: AnyRequest, quote_id: str, store: Store, quotes: Quotes, people: People, visitor: Visitor
) -> Response[Any]:
    """Show a price with its steps; one that was made for a person, only to that person."""
    if not _ID.fullmatch(quote_id):
        raise problem(404, "not_found")

    def read(conn: Connection) -> tuple[Quote | None, bool]:
        found = quotes.get(conn, quote_id)
        return found, found is None or _may_see(conn, people, visitor, found)

    quote, may = await store.aread(read)
    if not may and visitor.person is None:
        return see_other(f"/code?to=/price/{quote_id}")
    if quote is None or not may:
        raise problem(404, "not_found")
    return page(
        request, "quotes/price.html", quote=quote, price=quote.price, shown=shown(quote, visitor.lang)
    )


def _may_see(conn: Connection, people: People, visitor: Visitor, quote: Quote) -> bool:
    if quote.subject is None:
        return True
    return visitor.subject is not None and people.present(conn, visitor.subject) == people.present(
        conn, quote.subject
    )


# ---------------------------------------------------------------------------------------------------- the picture


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a price needs beside the quote: the picture, the kinds of bars in it, the rows of the table, the cost."""

    chart: Chart
    kinds: tuple[str, ...]
    rows: tuple[Step, ...]
    items: tuple[tuple[Any, Any], ...]
    cost: int


def shown(quote: Quote, lang: Lang) -> Shown:
    """Return the picture and the tables of a quote, in the words of `lang`."""
    price = quote.price
    steps = price.steps
    floor = next((step.line for step in steps if step.kind == "floor"), None)
    label = _texts()("price.floor_line", lang, amount=money.show(floor or 0, price.currency))
    cost = next((step for step in steps if step.kind == "cost"), None)
    drawn = bars(steps, price.currency, lang)
    return Shown(
        chart=draw(drawn, floor, label),
        kinds=tuple(look for look in _LOOKS if look in {_look(bar) for bar in drawn}),
        rows=tuple(step for step in steps if step.kind != "floor"),
        items=tuple((line, exact_cash(line.amount, price.currency)) for line in cost.detail) if cost else (),
        cost=drawn[0].end,
    )


def bars(steps: tuple[Step, ...], currency: str, lang: Lang) -> list[Bar]:
    """Return the bars of a price; a rounding belongs to the bar before it, and guards with nothing to do are left out."""
    found: list[Bar] = []
    before = 0
    for step in steps:
        if step.kind == "rounding" and found:
            last = found[-1]
            amount = money.show(step.subtotal - last.start, currency)
            found[-1] = Bar(last.label, amount.say(lang), last.start, step.subtotal, last.kind, last.personal)
            before = step.subtotal
        elif step.applied and step.kind != "floor" and (step.amount or step.kind == "total"):
            kind, start = _bar(step, before)
            amount = money.show(step.subtotal if kind in ("whole", "total") else step.amount, currency)
            found.append(
                Bar(step.label.say(lang), amount.say(lang), start, step.subtotal, kind, bool(step.facts))
            )
            before = step.subtotal
        elif step.why_not is not None and step.kind in ("season", "promotion", "loyalty"):
            absent = _texts()("price.absent", lang)
            found.append(
                Bar(_in(step.label, lang), absent, before, before, "less", why_not=_in(step.why_not, lang))
            )
    return found


#: How bars look, in the order of the legend.
_LOOKS = ("whole", "more", "less", "personal", "absent", "total")


def _look(bar: Bar) -> str:
    return "absent" if bar.why_not else "personal" if bar.personal else bar.kind


def _bar(step: Step, before: int) -> tuple[BarKind, int]:
    if step.kind == "cost":
        return "whole", 0
    if step.kind == "total":
        return "total", 0
    return ("more" if step.amount >= 0 else "less"), before


def _in(text: Any, lang: Lang) -> str:
    return str(text.zh if lang == "zh" else text.en)


def _texts() -> Catalogue:
    return Catalogue.load("aboveboard.quotes")


def _book(conn: Connection, editions: Editions) -> Book:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [ask_form, ask, show]
