"""Prices at the desk: all that were given, each with its explanation and what the law said, and taken for who says so.

A price for nobody in particular stays nobody's. Of one that was made for a person, whoever may see people sees for whom (never
the whole address) and why it is what it is; others see only that it was given, when, and how it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.quotes.law_words import Meaning, library_for
from aboveboard.quotes.listing import STATES, Listed, Page, Wanted, is_cursor, known, listed
from aboveboard.quotes.model import Quote, QuoteError
from aboveboard.quotes.picture import Shown, shown
from aboveboard.quotes.service import Quotes
from aboveboard.store import Store
from aboveboard.web.layout import Visitor, about, desk_page, form, see_other
from aboveboard.web.problems import Problem, problem
from aboveboard.web.signin import allowed
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

_ID = re.compile(r"[0-9a-f]{32}")
_SERVICE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Line:
    """One price as a line of the list; `who` is whom it was made for as far as this role sees, None: nobody in particular."""

    listed: Listed
    who: str | None
    hidden: bool


@get("/desk/quotes", include_in_schema=False, guards=[allowed("look")])
async def quotes_page(
    request: AnyRequest, store: Store, editions: Editions, quotes: Quotes, people: People, visitor: Visitor
) -> Response[str]:
    """List the prices that were given."""
    said = {
        name: request.query_params.get(name, "")[:60] for name in ("from", "to", "service", "state", "before")
    }
    wanted, trouble = Wanted(), None
    try:
        wanted = _wanted(said)
    except Problem as error:
        trouble = error
    wanted = replace(wanted, personal=_sees_people(visitor))
    before = said["before"] if is_cursor(said["before"]) else None

    def read(conn: Connection) -> tuple[Book, Page, list[Line]]:
        found = listed(conn, quotes, wanted, clock.now(), about(request).zone, before)
        return _book(conn, editions), found, [_line(conn, people, visitor, one) for one in found.rows]

    book, found, lines = await store.aread(read)
    asked = [(name, said[name]) for name in ("from", "to", "service", "state") if said[name]]
    return await desk_page(
        request,
        "quotes/desk_list.html",
        status=trouble.status if trouble else 200,
        problem=trouble,
        said=said,
        lines=lines,
        services=book.services,
        states=STATES,
        reached=found.reached,
        is_first=before is None,
        newest=f"/desk/quotes?{urlencode(asked)}" if asked else "/desk/quotes",
        older=f"/desk/quotes?{urlencode([*asked, ('before', found.before)])}" if found.before else None,
    )


@get("/desk/quotes/{quote_id:str}", include_in_schema=False, guards=[allowed("look")])
async def quote_page(
    request: AnyRequest, quote_id: str, store: Store, quotes: Quotes, people: People, visitor: Visitor
) -> Response[str]:
    """Show one price: why it is what it is, what the law said, how it stands."""
    return await _quote_page(request, quote_id, store, quotes, people, visitor)


@post("/desk/quotes/{quote_id:str}/take", include_in_schema=False, guards=[allowed("take_prices")])
async def take(
    request: AnyRequest, quote_id: str, store: Store, quotes: Quotes, people: People, visitor: Visitor
) -> Response[Any]:
    """Take a price for the customer who is here or on the phone; one with terms is agreed to, not taken."""
    await form(request)
    one = await store.aread(lambda conn: _one(conn, request, quotes, quote_id))
    if one is None:
        raise problem(404, "not_found")
    if one.quote.price.request.terms:
        said = Catalogue.load("aboveboard.quotes").text("desk.terms")
        trouble = Problem(409, "terms", said)
        return await _quote_page(request, quote_id, store, quotes, people, visitor, trouble)
    try:
        await store.awrite(lambda tx: quotes.accept(tx, quote_id))
    except QuoteError as error:
        trouble = Problem(409, error.code, error.text)
        return await _quote_page(request, quote_id, store, quotes, people, visitor, trouble)
    return see_other(f"/desk/quotes/{quote_id}")


async def _quote_page(
    request: AnyRequest,
    quote_id: str,
    store: Store,
    quotes: Quotes,
    people: People,
    visitor: Visitor,
    trouble: Problem | None = None,
) -> Response[str]:
    def read(conn: Connection) -> tuple[Line, tuple[Shown, Meaning] | None, str | None] | None:
        one = _one(conn, request, quotes, quote_id)
        if one is None:
            return None
        line = _line(conn, people, visitor, one)
        if line.hidden:
            return line, None, None
        taken = quotes.acceptance(conn, quote_id)
        receipt = quotes.record.receipt_id(taken[0]) if taken else None
        edition = quotes.editions.at(conn, one.quote.edition)
        library = library_for(quotes.editions, edition)
        drawn = shown(one.quote, edition.book, visitor.lang, library)
        return line, (drawn, Meaning(library.vocabulary)), receipt

    found = await store.aread(read)
    if found is None:
        raise problem(404, "not_found")
    line, seen, receipt = found
    quote: Quote = line.listed.quote
    return await desk_page(
        request,
        "quotes/desk_quote.html",
        status=trouble.status if trouble else 200,
        problem=trouble,
        line=line,
        quote=quote,
        price=quote.price,
        shown=None if seen is None else seen[0],
        meaning=None if seen is None else seen[1],
        taken_receipt=receipt,
    )


def _one(conn: Connection, request: AnyRequest, quotes: Quotes, quote_id: str) -> Listed | None:
    quote = quotes.get(conn, quote_id) if _ID.fullmatch(quote_id) else None
    if quote is None:
        return None
    return known(conn, quotes, quote, clock.now().astimezone(about(request).zone).date())


def _line(conn: Connection, people: People, visitor: Visitor, one: Listed) -> Line:
    subject = one.quote.subject
    if subject is None:
        return Line(one, None, hidden=False)
    if not _sees_people(visitor):
        return Line(one, "", hidden=True)
    identities = people.identities(conn, people.present(conn, subject))
    return Line(one, identities[0].masked if identities else "", hidden=False)


def _sees_people(visitor: Visitor) -> bool:
    return visitor.member is not None and visitor.member.may("see_people")


def _wanted(said: dict[str, str]) -> Wanted:
    """Return what a form asks for; raises a `Problem` about the field that cannot be read."""
    service, state = said["service"], said["state"]
    if service and not _SERVICE.fullmatch(service):
        raise _unread("service")
    if state and state not in STATES:
        raise _unread("state")
    first, last = _day(said, "from"), _day(said, "to")
    if first is not None and last is not None and last < first:
        raise _unread("to", "backwards")
    return Wanted(first, last, service or None, state or None)


def _day(said: dict[str, str], name: str) -> date | None:
    written = said[name].strip()
    if not written:
        return None
    try:
        day = date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2200:
        raise _unread(name, "day")
    return day


def _unread(field: str, key: str = "choice") -> Problem:
    return Problem(
        422, f"list_{key}", Catalogue.load("aboveboard.quotes").text(f"desk.bad_{key}"), field=field
    )


def _book(conn: Connection, editions: Editions) -> Book:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [quotes_page, quote_page, take]
