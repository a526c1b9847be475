"""REST: what things cost. For everyone as far as the owner opens the book; for tokens of scope `costs` everything.

Money is in minor units of the book's currency: whole ones as numbers, exact ones as decimal text, for a share of a month's rent
has no end as a number.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, get
from litestar.params import QueryParameter
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book, Service, Tier
from aboveboard.costs.given import (
    FullGiven,
    IdleGiven,
    LaterGiven,
    MonthGiven,
    OpenGiven,
    OpenService,
    SwingGiven,
    SwingsGiven,
    UnderGiven,
    UndersGiven,
    open_tier,
    tier_given,
    way_given,
    words,
)
from aboveboard.costs.model import SAYS
from aboveboard.costs.say import month_dict
from aboveboard.costs.service import Bills, month_of
from aboveboard.costs.views import open_cost, tier_cost, under, under_later
from aboveboard.editions.service import Edition, Editions
from aboveboard.pricing import PriceError
from aboveboard.pricing.costs import idle, tornado
from aboveboard.store import Store
from aboveboard.web.layout import about
from aboveboard.web.problems import Problem, problem
from aboveboard.web.tokens import scoped

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")

#: As people write a day: `fromisoformat` also reads weeks.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

ServiceId = Annotated[str | None, QueryParameter(max_length=80, description="a service's id; left out: all")]
TierId = Annotated[str | None, QueryParameter(max_length=80, description="a tier's id; left out: all")]
Channel = Annotated[str | None, QueryParameter(max_length=40, description="a way of buying, by its id")]
Segment = Annotated[str | None, QueryParameter(max_length=40, description="a kind of work, by its id")]
At = Annotated[
    str | None, QueryParameter(max_length=10, description="the day whose costs count; left out: today")
]


@get("/api/v1/costs", summary="See what things cost, as far as the book is open", tags=["costs"])
async def open_costs(
    request: AnyRequest, store: Store, editions: Editions, service: ServiceId = None
) -> OpenGiven:
    """Return what the pages `/costs` show: the cost of each tier as far as the owner opens the book."""
    today = _today(request)

    def work(edition: Edition) -> OpenGiven:
        book = edition.book
        found = _services(book, service)
        shown = [] if book.open_book == "none" else found
        return OpenGiven(
            open_book=book.open_book,
            currency=book.business.currency,
            on=today.isoformat(),
            services=[
                OpenService(
                    each.id,
                    words(each.name.words),
                    [open_tier(open_cost(book, each, tier, today)) for tier in each.tiers],
                )
                for each in shown
            ],
        )

    return await _worked(store, editions, work)


@get(
    "/api/v1/costs/full", guards=[scoped("costs")], summary="See the full cost and the floor", tags=["costs"]
)
async def full_costs(
    request: AnyRequest,
    store: Store,
    editions: Editions,
    service: ServiceId = None,
    tier: TierId = None,
    channel: Channel = None,
    segment: Segment = None,
    at: At = None,
) -> FullGiven:
    """Return the full cost of each tier item by item, its floor, and how far its list price lies under that.

    Without `channel` and `segment` each tier also has its cost in every way of buying and for every kind of work. `idle` is what
    stays empty in a normal month. Needs a token of scope `costs`.
    """
    on = _day(request, at)

    def work(edition: Edition) -> FullGiven:
        book = edition.book
        _known(book, channel, segment)
        plain = channel is None and segment is None
        return FullGiven(
            currency=book.business.currency,
            on=on.isoformat(),
            edition=edition.number,
            channel=channel,
            segment=segment,
            tiers=[
                tier_given(book, tier_cost(book, each, level, on, channel, segment), on if plain else None)
                for each, level in _tiers(book, service, tier)
            ],
            idle=[
                IdleGiven(
                    one.item, words(one.name), one.unit,
                    *(f"{value:f}" for value in (one.capacity, one.used, one.unused, one.cost)),
                )
                for one in idle(book, on)
            ],
        )  # fmt: skip

    return await _worked(store, editions, work)


@get(
    "/api/v1/costs/under",
    guards=[scoped("costs")],
    summary="See which prices lie under their floor",
    tags=["costs"],
)
async def under_floor(request: AnyRequest, store: Store, editions: Editions, at: At = None) -> UndersGiven:
    """Return every list price that lies under its floor, and those that a dated change of costs will put there.

    Needs a token of scope `costs`.
    """
    on = _day(request, at)

    def work(edition: Edition) -> UndersGiven:
        book = edition.book
        return UndersGiven(
            currency=book.business.currency,
            on=on.isoformat(),
            now=[
                UnderGiven(
                    one.cost.service.id, one.cost.tier.id, None if one.way is None else way_given(one.way),
                    one.cost.list_price, one.cost.floor.amount, one.cost.under,
                )
                for one in under(book, on)
            ],
            later=[
                LaterGiven(
                    day.isoformat(), move.service, move.tier, move.list_price, move.after, move.after - move.list_price
                )
                for day, move in under_later(book, on)
            ],
        )  # fmt: skip

    return await _worked(store, editions, work)


@get("/api/v1/costs/swings", guards=[scoped("costs")], summary="See what moves a floor most", tags=["costs"])
async def swings(
    request: AnyRequest,
    store: Store,
    editions: Editions,
    service: Annotated[str, QueryParameter(max_length=80, description="a service's id")],
    tier: Annotated[
        str | None, QueryParameter(max_length=80, description="a tier's id; left out: the usual one")
    ] = None,
    channel: Channel = None,
    segment: Segment = None,
    at: At = None,
    swing: Annotated[
        str, QueryParameter(max_length=20, description="by which share each number is turned")
    ] = "0.10",
) -> SwingsGiven:
    """Return what each number behind a floor does to it, when it is turned down and up by itself (a tornado).

    Needs a token of scope `costs`.
    """
    on, turn = _day(request, at), _swing(swing)

    def work(edition: Edition) -> SwingsGiven:
        book = edition.book
        _known(book, channel, segment)
        [which] = _services(book, service)
        usual = which.default_tier or which.tiers[0].id
        [(_, level)] = _tiers(book, service, usual if tier is None else tier)
        found = tornado(book, which, level, turn, on=on, channel=channel, segment=segment)
        return SwingsGiven(
            service=which.id,
            tier=level.id,
            currency=book.business.currency,
            on=on.isoformat(),
            floor=tier_cost(book, which, level, on, channel, segment).floor.amount,
            swing=f"{turn:f}",
            moves=[
                SwingGiven(one.key, words(one.name), f"{one.value:f}", one.low, one.high) for one in found
            ],
        )

    return await _worked(store, editions, work)


@get(
    "/api/v1/costs/actual",
    guards=[scoped("costs")],
    summary="See what was paid beside the plan",
    tags=["costs"],
)
async def actual(
    request: AnyRequest,
    store: Store,
    editions: Editions,
    bills: Bills,
    month: Annotated[
        str | None,
        QueryParameter(max_length=7, description="a month, `2026-10`; left out: the newest with a bill"),
    ] = None,
) -> MonthGiven:
    """Return a month's bills beside a normal month, item by item, with the reason where they part.

    `months` are those that have bills, the newest first. Needs a token of scope `costs`.
    """
    today = _today(request)
    asked = None if month is None else month_of(month)
    if month is not None and asked is None:
        raise Problem(422, "bad_month", SAYS.text("refused.bad_month"), field="month")

    def read(conn: Connection) -> MonthGiven:
        book = _edition(conn, editions).book
        known = bills.months(conn)
        first = asked or (known[0] if known else today.replace(day=1))
        said = month_dict(bills.actual(conn, book, first, today))
        return msgspec.convert(said | {"months": [f"{each:%Y-%m}" for each in known]}, MonthGiven)

    return await _broken(store.aread(read))


# ------------------------------------------------------------------------------------------------------- reading


async def _worked(store: Store, editions: Editions, work: Callable[[Edition], T]) -> T:
    """Work on the edition in force, beside the loop that serves everyone."""
    return await _broken(store.aread(lambda conn: work(_edition(conn, editions))))


async def _broken(working: Awaitable[T]) -> T:
    try:
        return await working
    except PriceError as error:
        raise Problem(409, error.code, error.text) from None


def _edition(conn: Connection, editions: Editions) -> Edition:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition


def _today(request: AnyRequest) -> datetime.date:
    return clock.now().astimezone(about(request).zone).date()


def _day(request: AnyRequest, written: str | None) -> datetime.date:
    if written is None:
        return _today(request)
    try:
        found = datetime.date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        raise Problem(422, "bad_day", SAYS.text("refused.bad_day"), field="at")
    return found


def _swing(written: str) -> Decimal:
    try:
        turn = Decimal(written)
    except InvalidOperation:
        turn = Decimal(0)
    if not turn.is_finite() or not Decimal("0.0001") <= turn <= Decimal("0.9999"):
        raise Problem(422, "bad_swing", SAYS.text("refused.bad_swing"), field="swing")
    return turn


def _services(book: Book, service: str | None) -> list[Service]:
    """Return the services that were asked for; raises a `Problem` for one that is not in the book."""
    if service is None:
        return list(book.services)
    found = book.service(service)
    if found is None:
        raise _unknown(
            "service",
            PriceError(
                "unknown_service", service=service[:40], services=", ".join(each.id for each in book.services)
            ),
        )
    return [found]


def _tiers(book: Book, service: str | None, tier: str | None) -> list[tuple[Service, Tier]]:
    found = [
        (each, level)
        for each in _services(book, service)
        for level in each.tiers
        if tier is None or level.id == tier
    ]
    if not found:
        tiers = ", ".join(
            dict.fromkeys(level.id for each in _services(book, service) for level in each.tiers)
        )
        error = PriceError("unknown_tier", service=service or "–", tier=(tier or "")[:40], tiers=tiers)
        raise _unknown("tier", error)
    return found


def _unknown(field: str, error: PriceError) -> Problem:
    return Problem(422, error.code, error.text, field=field)


def _known(book: Book, channel: str | None, segment: str | None) -> None:
    if channel is not None and channel not in (known := [each.id for each in book.channels]):
        said = SAYS.text("refused.unknown_channel").filled(known=", ".join(known) or "–")
        raise Problem(422, "unknown_channel", said, field="channel")
    if segment is not None and segment not in (known := [each.id for each in book.segments]):
        said = SAYS.text("refused.unknown_segment").filled(known=", ".join(known) or "–")
        raise Problem(422, "unknown_segment", said, field="segment")


handlers = [open_costs, full_costs, under_floor, swings, actual]
