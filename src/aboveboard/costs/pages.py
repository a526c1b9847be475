"""Pages about costs: the desk's, with everything, and the customers', as far as the owner opens the book."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get
from sqlalchemy.engine import Connection

from aboveboard import money
from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.costs.actual import Month
from aboveboard.costs.model import SAYS
from aboveboard.costs.say import moved_lines, sums, totals, why
from aboveboard.costs.service import Bills, month_of
from aboveboard.costs.views import OpenCost, TierCost, open_cost, tier_cost, under, ways_of
from aboveboard.editions.service import Edition, Editions
from aboveboard.pricing.costs import (
    Idle,
    Swing,
    dated,
    idle,
    tornado,
)
from aboveboard.pricing.says import cash, number
from aboveboard.pricing.says import share as percent
from aboveboard.store import Store
from aboveboard.web import tornado as picture
from aboveboard.web.charts import Bar, Chart, draw
from aboveboard.web.layout import Visitor, about, desk_page, page
from aboveboard.web.problems import problem
from aboveboard.web.signin import allowed
from aboveboard.words import Lang, Text

AnyRequest = Request[Any, Any, Any]

#: By how much each number is turned, and how many of them the picture shows.
SWING = Decimal("0.10")
MOST_SWINGS = 10


@get("/desk/costs", include_in_schema=False, guards=[allowed("look")])
async def desk_costs(
    request: AnyRequest, store: Store, editions: Editions, bills: Bills, visitor: Visitor
) -> Response[str]:
    """Show the desk what each tier costs, what moves one floor, what stays empty, and what was paid in a month."""
    edition = await _current(store, editions)
    book, today = edition.book, clock.now().astimezone(about(request).zone).date()
    rows = [tier_cost(book, service, tier, today) for service in book.services for tier in service.tiers]
    chosen = next((row for row in rows if row.key == request.query_params.get("of")), None) or _usual(rows)
    written = request.query_params.get("month", "")

    def read(conn: Connection) -> tuple[list[datetime.date], Month | None]:
        months = bills.months(conn)
        first = month_of(written) or (months[0] if months else None)
        return months, bills.actual(conn, book, first, today) if first is not None else None

    months, month = await store.aread(read)
    currency, lang = book.business.currency, visitor.lang
    return await desk_page(
        request,
        "costs/desk.html",
        edition=edition,
        currency=currency,
        today=today,
        rows=rows,
        chosen=chosen,
        ways=[(way.name, way.cost) for way in ways_of(book, chosen.service, chosen.tier, today)]
        if chosen
        else [],
        swings=_swings(book, chosen, today, lang) if chosen else None,
        swing=percent(SWING),
        under=list(under(book, today)),
        idle=[(each, *_idle(each, currency)) for each in idle(book, today)],
        month=month,
        months=months,
        paid=[(line, sums(line, currency, lang), why(line, currency, lang)) for line in month.lines]
        if month
        else [],
        total=totals(month, lang) if month else (),
        coming=[(moved.on, list(moved_lines(moved, currency, lang))) for moved in dated(book, today)],
    )


@get("/costs", include_in_schema=False)
async def all_costs(request: AnyRequest, store: Store, editions: Editions) -> Response[str]:
    """List what every service costs the business, as far as its owner opens the book."""
    book = (await _current(store, editions)).book
    today = clock.now().astimezone(about(request).zone).date()
    services = [] if book.open_book == "none" else book.services
    return page(
        request,
        "costs/list.html",
        services=[(each, [open_cost(book, each, tier, today) for tier in each.tiers]) for each in services],
        today=today,
        currency=book.business.currency,
    )


@get("/costs/{service_id:str}", include_in_schema=False)
async def costs(
    request: AnyRequest, service_id: str, store: Store, editions: Editions, visitor: Visitor
) -> Response[str]:
    """Show customers what a service costs the business, as far as its owner opens the book."""
    book = (await _current(store, editions)).book
    service = book.service(service_id) if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", service_id) else None
    if service is None:
        raise problem(404, "not_found")
    today = clock.now().astimezone(about(request).zone).date()
    tiers = (
        [] if book.open_book == "none" else [open_cost(book, service, tier, today) for tier in service.tiers]
    )
    return page(
        request,
        "costs/open.html",
        service=service,
        today=today,
        currency=book.business.currency,
        tiers=[(each, _bars(each, visitor.lang)) for each in tiers],
    )


# ------------------------------------------------------------------------------------------------- for the customers


def _bars(shown: OpenCost, lang: Lang) -> Chart | None:
    """Return the picture of a cost: its parts on top of each other's ends, then the whole."""
    if not shown.lines:
        return None
    bars, before = [], Decimal(0)
    for line, _ in shown.lines:
        after = before + line.amount
        cut, rounding = money.split(line.amount)
        said = cash(cut + rounding, shown.currency).say(lang)
        bars.append(Bar(line.name.say(lang), said, round(before), round(after), "more"))
        before = after
    whole = cash(shown.cost, shown.currency).say(lang)
    bars.append(Bar(SAYS("open.total", lang), whole, 0, shown.cost, "total"))
    return draw(bars)


# ----------------------------------------------------------------------------------------------------- for the desk


def _usual(rows: list[TierCost]) -> TierCost | None:
    """Return the tier that is looked into first: the default one of the first service that has several."""
    meant = (row for row in rows if len(row.service.tiers) > 1 and row.tier.id == row.service.default_tier)
    return next(meant, rows[0] if rows else None)


@dataclass(frozen=True, slots=True)
class _Swings:
    """The picture of what moves a floor, and its table."""

    chart: picture.Tornado
    strongest: Swing
    rows: list[tuple[Text, Text, Text]]


def _swings(book: Book, chosen: TierCost, on: datetime.date, lang: Lang) -> _Swings | None:
    found = tornado(book, chosen.service, chosen.tier, SWING, on=on)[:MOST_SWINGS]
    if not found:
        return None
    currency = book.business.currency
    rows = [(one.name, cash(one.low, currency), cash(one.high, currency)) for one in found]
    turned = [
        picture.Turned(one.name.say(lang), one.low, one.high, f"{low.say(lang)} … {high.say(lang)}")
        for one, (_, low, high) in zip(found, rows, strict=True)
    ]
    lowest = chosen.floor.amount
    label = f"{SAYS('desk.floor', lang)} {cash(lowest, currency).say(lang)}"
    return _Swings(picture.draw(turned, lowest, label), found[0], rows)


def _idle(each: Idle, currency: str) -> tuple[str, str, str, Text]:
    capacity, used, unused = (
        number(Decimal(round(value))) for value in (each.capacity, each.used, each.unused)
    )
    cut, rounding = money.split(each.cost)
    return capacity, used, unused, cash(cut + rounding, currency)


async def _current(store: Store, editions: Editions) -> Edition:
    edition = await store.aread(editions.current)
    if edition is None:
        raise problem(503, "no_book")
    return edition


handlers = [desk_costs, all_costs, costs]
