"""REST: where prices stand among what others ask, for everyone as far as the owner opens it, for scope `costs` all of it.

What everyone sees are the tiers whose position a price tells, with the prices that it rests on and no name that is not public.
The owner sees every tier that anything was observed for, with every name.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter
from msgspec import Struct

from aboveboard import store as clock
from aboveboard.book.model import Book, Service
from aboveboard.editions.service import Editions
from aboveboard.market import rounded
from aboveboard.pricing import PriceError
from aboveboard.store import Store
from aboveboard.watch.stands import Stand, open_stands, stands
from aboveboard.web.layout import about
from aboveboard.web.problems import Problem, problem
from aboveboard.web.tokens import scoped
from aboveboard.words import Text

AnyRequest = Request[Any, Any, Any]

ServiceId = Annotated[str | None, QueryParameter(max_length=80, description="a service's id; left out: all")]


class Words(Struct, frozen=True):
    """A text in both languages."""

    en: str
    zh: str


class PriceGiven(Struct, frozen=True):
    """One price of others: `amount` is what it comes to for one of ours in minor units, all in.

    `counts` is false for one that can be compared with nothing, and `how` then says why. `old`: it wants to be looked at again.
    """

    id: str | None
    who: Words
    amount: int | None
    how: list[Words]
    source: str | None
    old: bool
    counts: bool


class StandGiven(Struct, frozen=True):
    """One tier: our price of one all in, the five numbers of what others ask (minor units), and our place among them."""

    service: str
    tier: str
    name: Words
    ours: int
    count: int
    lowest: int | None
    lower: int | None
    middle: int | None
    upper: int | None
    highest: int | None
    place: str | None
    says: Words
    why: Words | None
    prices: list[PriceGiven]


class MarketGiven(Struct, frozen=True):
    """Where tiers stand; `shown` says how far customers see it: none, summary or observations."""

    shown: str
    currency: str
    review_days: int
    tiers: list[StandGiven]


@get("/api/v1/market", summary="See where prices stand, as far as the owner opens it", tags=["market"])
async def open_market(
    request: AnyRequest, store: Store, editions: Editions, service: ServiceId = None
) -> MarketGiven:
    """Return what the pages `/market` show: each tier that says where it stands, as far as the owner opens the market."""
    today = clock.now().astimezone(about(request).zone).date()
    book = await _book(store, editions)
    found = [one for each in _services(book, service) for one in _worked(open_stands, book, each, today)]
    return _given(book, found)


@get("/api/v1/market/full", guards=[scoped("costs")], summary="See every price of others", tags=["market"])
async def full_market(
    request: AnyRequest, store: Store, editions: Editions, service: ServiceId = None
) -> MarketGiven:
    """Return every tier that anything was observed for, with every name and source. Needs a token of scope `costs`."""
    today = clock.now().astimezone(about(request).zone).date()
    book = await _book(store, editions)
    chosen = {each.id for each in _services(book, service)}
    return _given(book, [one for one in _worked(stands, book, today) if one.service.id in chosen])


async def _book(store: Store, editions: Editions) -> Book:
    edition = await store.aread(editions.current)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


def _services(book: Book, service: str | None) -> list[Service]:
    """Return the services that are meant; raises the `PriceError` of a price for one that is not there."""
    if service is None:
        return list(book.services)
    found = book.service(service)
    if found is None:
        known = ", ".join(each.id for each in book.services)
        error = PriceError("unknown_service", service=service[:40], services=known)
        raise Problem(422, error.code, error.text, field="service")
    return [found]


def _worked(work: Any, *args: Any) -> list[Stand]:
    try:
        found: list[Stand] = work(*args)
    except PriceError as error:
        raise Problem(409, error.code, error.text) from None
    return found


def _given(book: Book, found: list[Stand]) -> MarketGiven:
    tiers = [_stand(each) for each in found]
    return MarketGiven(book.market.shown, book.business.currency, book.market.review_days, tiers)


def _stand(each: Stand) -> StandGiven:
    low, lower, middle, upper, high = _five(each)
    prices = [
        PriceGiven(
            one.id,
            _words(one.who),
            one.minor,
            [_words(words) for words in (one.how, one.learnt, *one.differences)],
            one.source or None,
            one.old,
            True,
        )
        for one in each.observed
    ]
    prices += [
        PriceGiven(None, _words(one.who), None, [_words(one.how), _words(one.why)], None, False, False)
        for one in each.left
    ]
    return StandGiven(
        service=each.service.id,
        tier=each.tier.id,
        name=_words(each.name),
        ours=each.ours,
        count=0 if each.standing is None else each.standing.spread.count,
        lowest=low,
        lower=lower,
        middle=middle,
        upper=upper,
        highest=high,
        place=None if each.standing is None else each.standing.place,
        says=_words(each.place),
        why=None if each.why is None else _words(each.why),
        prices=prices,
    )


def _five(each: Stand) -> list[int | None]:
    if each.standing is None:
        return [None] * 5
    spread = each.standing.spread
    return [
        rounded(one) for one in (spread.lowest, spread.lower, spread.middle, spread.upper, spread.highest)
    ]


def _words(text: Text) -> Words:
    return Words(text.en, text.zh)


handlers = [open_market, full_market]
