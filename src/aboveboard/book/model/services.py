"""What a customer can buy: services, their tiers, and the tax on them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Amount, Chapter, Id, Share, Text
from aboveboard.book.model.charges import Charge
from aboveboard.book.model.costs import Use
from aboveboard.book.model.market import Positioned
from aboveboard.book.model.plans import AddOn, Contained, Existing, Limit, Seats


class Held(Chapter, frozen=True, kw_only=True):
    """What a course holds: so many of one tier of another service, bought at once."""

    service: Id
    tier: Id
    quantity: Annotated[int, Meta(ge=2, le=1000)]


class Tier(Chapter, frozen=True, kw_only=True):
    """One level of a service: what it includes, what it uses up, its price before tax.

    Exactly one of `list_price` (so much for each) and `charges` (parts that are added up for the whole order).
    """

    id: Id
    name: Text
    what: Text
    list_price: Amount | None = None
    charges: list[Charge] = []
    #: An order of this tier costs at least this much.
    minimum_spend: Amount | None = None
    #: Where this price stands among what others ask, and why.
    positioned: Positioned | None = None
    #: A course of several: whoever asks for them singly is told of it where that is cheaper.
    holds: Held | None = None
    features: list[Contained] = []
    limits: list[Limit] = []
    seats: Seats | None = None
    uses: Annotated[list[Use], Meta(min_length=1)]


class Service(Chapter, frozen=True, kw_only=True):
    """Something a customer can buy. `unit` is what one is: a visit, a course of several visits, a month of membership.

    `margin` is the share of the price that must be left after full cost: floor = full cost / (1 - margin).
    """

    id: Id
    name: Text
    what: Text
    unit: Literal["visit", "course", "month", "piece"]
    #: Whether it is a thing rather than a service, which laws keep apart; of a `piece` it must be said to be known.
    goods: bool | None = None
    #: The trade of this service for laws that look at one (grocery, ticket, lodging); the kind of the business if left out.
    sector: Id | None = None
    margin: Share
    tax: Id
    tiers: Annotated[list[Tier], Meta(min_length=1)]
    #: The tier that is meant when a customer names none; the first one if left out.
    default_tier: Id | None = None
    add_ons: list[AddOn] = []
    #: Whether part of a month is paid by its days.
    prorate: Literal["none", "day"] = "none"
    existing: Existing | None = None


class Tax(Chapter, frozen=True, kw_only=True):
    """A tax on the price: `rate` 0.0925 is 9.25 %. A rate of 0 still says why there is none."""

    id: Id
    name: Text
    rate: Share
    why: Text
