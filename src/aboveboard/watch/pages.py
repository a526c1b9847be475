"""Pages about the market: the desk's, with every name, and the customers', as far as the owner opens it."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response, get

from aboveboard import money
from aboveboard import store as clock
from aboveboard.editions.service import Edition, Editions
from aboveboard.market import Standing, rounded
from aboveboard.store import Store
from aboveboard.watch.model import SAYS
from aboveboard.watch.stands import Stand, open_stands, stands
from aboveboard.web import ranges
from aboveboard.web.layout import Visitor, about, desk_page, page
from aboveboard.web.problems import problem
from aboveboard.web.signin import allowed
from aboveboard.words import Lang

AnyRequest = Request[Any, Any, Any]


@get("/desk/market", include_in_schema=False, guards=[allowed("look")])
async def desk_market(
    request: AnyRequest, store: Store, editions: Editions, visitor: Visitor
) -> Response[str]:
    """Show the desk where each tier stands among everything that was observed for it."""
    edition = await _current(store, editions)
    found = stands(edition.book, clock.now().astimezone(about(request).zone).date())
    return await desk_page(
        request,
        "watch/desk.html",
        edition=edition,
        review_days=edition.book.market.review_days,
        shown=edition.book.market.shown,
        currency=edition.book.business.currency,
        stands=found,
        chart=picture(found, visitor.lang),
        first=next((each for each in found if each.standing is not None), None),
    )


@get("/market/{service_id:str}", include_in_schema=False)
async def market_page(
    request: AnyRequest, service_id: str, store: Store, editions: Editions, visitor: Visitor
) -> Response[str]:
    """Show customers where the prices of a service stand, as far as the owner opens the market."""
    book = (await _current(store, editions)).book
    service = book.service(service_id) if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", service_id) else None
    if service is None:
        raise problem(404, "not_found")
    found = open_stands(book, service, clock.now().astimezone(about(request).zone).date())
    return page(
        request,
        "watch/open.html",
        service=service,
        currency=book.business.currency,
        stands=found,
        chart=picture(found, visitor.lang),
        first=next(iter(found), None),
    )


def picture(found: list[Stand], lang: Lang) -> ranges.Ranges | None:
    """Return the picture of these tiers, None where nothing of them can be compared."""
    rows = [row for each in found if (row := _row(each, lang)) is not None]
    return ranges.draw(rows, SAYS("desk.middle", lang)) if rows else None


def _row(each: Stand, lang: Lang) -> ranges.Placed | None:
    if each.standing is None:
        return None
    spread = each.standing.spread
    five = (spread.lowest, spread.lower, spread.middle, spread.upper, spread.highest)
    return ranges.Placed(
        name=each.name.say(lang),
        ours_said=money.show(each.ours, each.currency).say(lang),
        said=_numbers(each.standing, each.currency),
        ours=float(each.ours / spread.middle),
        five=tuple(float(one / spread.middle) for one in five),  # type: ignore[arg-type]
        others=tuple(float(one.minor / spread.middle) for one in each.observed),
    )


def _numbers(standing: Standing, currency: str) -> str:
    """Return lowest, middle and highest as bare numbers: the currency stands beside our own price."""
    spread = standing.spread
    numbers = (spread.middle,) if spread.count == 1 else (spread.lowest, spread.middle, spread.highest)
    return " … ".join(money.plain(rounded(each), currency) for each in numbers)


async def _current(store: Store, editions: Editions) -> Edition:
    edition = await store.aread(editions.current)
    if edition is None:
        raise problem(503, "no_book")
    return edition


handlers = [desk_market, market_page]
