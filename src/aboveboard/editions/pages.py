"""Pages that are the book itself: the notice for customers, the price book for the desk."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from litestar import Request, Response, get

from aboveboard import store as clock
from aboveboard.book.model import Book, Service, Tier
from aboveboard.editions.service import Edition, Editions
from aboveboard.pricing.costs import CostLine, costing, decimal, floor_from
from aboveboard.pricing.listed import price_of_one
from aboveboard.pricing.says import exact_cash
from aboveboard.store import Store
from aboveboard.web.layout import about, desk_page, page
from aboveboard.web.problems import problem
from aboveboard.web.signin import allowed
from aboveboard.words import Text

AnyRequest = Request[Any, Any, Any]


@get("/notice", include_in_schema=False)
async def notice(request: AnyRequest, store: Store, editions: Editions) -> Response[str]:
    """Show the notice of the edition in force."""
    edition = await _current(store, editions)
    shown = edition.book.notice
    today = clock.now().astimezone(about(request).zone).date()
    return page(request, "editions/notice.html", notice=shown, in_force=shown.effective <= today)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One tier of the price book; amounts in minor units, `cost` exact, `left` the share of the list price after cost."""

    service: Service
    tier: Tier
    cost: Text
    lines: tuple[tuple[CostLine, Text], ...]
    floor: int
    list_price: int
    left: Decimal


@get("/desk/prices", include_in_schema=False, guards=[allowed("look")])
async def prices(request: AnyRequest, store: Store, editions: Editions) -> Response[str]:
    """Show the desk each tier with its cost, its floor and its list price."""
    edition = await _current(store, editions)
    today = clock.now().astimezone(about(request).zone).date()
    rows = [
        _price_line(edition.book, service, tier, today)
        for service in edition.book.services
        for tier in service.tiers
    ]
    return await desk_page(request, "editions/prices.html", edition=edition, book=edition.book, rows=rows)


def _price_line(book: Book, service: Service, tier: Tier, today: datetime.date) -> PriceLine:
    currency, listed = book.business.currency, price_of_one(book, service, tier)
    made = costing(book, tier, on=today, service=service)
    cost = decimal(made.at(Fraction(listed)))
    return PriceLine(
        service=service,
        tier=tier,
        cost=exact_cash(cost, currency),
        lines=tuple((line, exact_cash(line.amount, currency)) for line in made.lines(Fraction(listed))),
        floor=floor_from(made, service.margin).amount,
        list_price=listed,
        left=(1 - cost / listed) if listed else Decimal(0),
    )


async def _current(store: Store, editions: Editions) -> Edition:
    edition = await store.aread(editions.current)
    if edition is None:
        raise problem(503, "no_book")
    return edition


handlers = [notice, prices]
