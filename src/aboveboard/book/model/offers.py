"""What moves a price: seasons and conditions, offers, thanks for coming back, fees, and the guards that hold in the end.

Everything here is *published*: whoever reads the book knows what makes a price differ and for whom. A `Condition` moves the
list price by when, where and how much is bought, or for a group with a criterion that anyone can check; a `Promotion` is an
offer, and `promotions` is the one list that says in which order offers apply and which exclude which. Of offers that
exclude each other the customer gets the set that makes the lowest price.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Amount, Chapter, Id, MonthDay, Place, Share, Text

TIME_FORM = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"

TimeOfDay = Annotated[str, Meta(pattern=TIME_FORM, description="local time, e.g. 17:30")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class When(Chapter, frozen=True, kw_only=True):
    """When, where and for how much something holds; all that is given must hold.

    `starts`/`ends` are days of each year, both included. `after` is included, `before` is not: 17:00 to 20:00 ends at 19:59.
    `lead_least`/`lead_most` count days from the booking to the day itself. `least`/`most` are the quantity.
    """

    starts: MonthDay | None = None
    ends: MonthDay | None = None
    weekdays: list[Weekday] = []
    after: TimeOfDay | None = None
    before: TimeOfDay | None = None
    lead_least: Annotated[int, Meta(ge=0, le=3660)] | None = None
    lead_most: Annotated[int, Meta(ge=0, le=3660)] | None = None
    least: Annotated[int, Meta(ge=1, le=1000)] | None = None
    most: Annotated[int, Meta(ge=1, le=1000)] | None = None
    places: list[Place] = []
    channels: list[Id] = []
    groups: list[Id] = []
    #: Ids of terms (`agreements.terms`) that the customer agrees to.
    terms: list[Id] = []


class Group(Chapter, frozen=True, kw_only=True):
    """A group of customers by a published criterion, and what somebody shows to belong to it."""

    id: Id
    name: Text
    criterion: Text
    proof: Text


class Season(Chapter, frozen=True, kw_only=True):
    """A change of list price between two days of each year (both included; may pass over New Year)."""

    id: Id
    name: Text
    starts: MonthDay
    ends: MonthDay
    #: Share of the list price: -0.07 is seven per cent less.
    change: Share
    why: Text
    services: list[Id] = []


class Condition(Chapter, frozen=True, kw_only=True):
    """A change of list price by time, lead time, place, way of buying, quantity or group. `why` is its published rule."""

    id: Id
    name: Text
    when: When
    #: Share of the list price: 0.05 is five per cent more. A condition for groups may only lower.
    change: Share
    why: Text
    services: list[Id] = []
    tiers: list[Id] = []


class LoyaltyLevel(Chapter, frozen=True, kw_only=True):
    """From `at_least` of the fact on, the price changes by `change` (never above zero)."""

    at_least: Annotated[int, Meta(ge=1)]
    change: Share


class Loyalty(Chapter, frozen=True, kw_only=True):
    """A thank-you that grows with one personal fact, published for everyone to read, used only if the customer allows it."""

    id: Id
    name: Text
    fact: Literal["visits", "months"]
    levels: Annotated[list[LoyaltyLevel], Meta(min_length=1)]
    why: Text
    services: list[Id] = []


class Promotion(Chapter, frozen=True, kw_only=True):
    """An offer between two days, both included. Exactly one of `percent`, `amount`, `price` and `free_every` says what it is.

    `percent` and `amount` come off each unit, or with `per: order` off the whole; `price` is what one costs instead, if that
    is lower; `free_every` 10 makes every tenth free. What else it asks: a `coupon` (one public `code`, or own codes that are
    good once each), a `referral` by another customer, other services bought together (`bundle`), the first `months` of an
    agreement, a `spend_least` by list prices, or anything in `when`. `budget` and `uses` end it before its last day.
    """

    id: Id
    name: Text
    starts: datetime.date
    ends: datetime.date
    percent: Share | None = None
    amount: Amount | None = None
    price: Amount | None = None
    free_every: Annotated[int, Meta(ge=2, le=1000)] | None = None
    per: Literal["unit", "order"] = "unit"
    coupon: Literal["code", "own_codes"] | None = None
    code: Annotated[str, Meta(min_length=3, max_length=40)] | None = None
    referral: bool = False
    bundle: list[Id] = []
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    spend_least: Amount | None = None
    when: When | None = None
    excludes: list[Id] = []
    budget: Amount | None = None
    uses: Annotated[int, Meta(ge=1)] | None = None
    uses_each: Annotated[int, Meta(ge=1)] | None = None
    why: Text
    services: list[Id] = []
    tiers: list[Id] = []


class Fee(Chapter, frozen=True, kw_only=True):
    """A fee that nobody can avoid; it is inside every price that is shown. Exactly one of `amount` and `percent`."""

    id: Id
    name: Text
    amount: Amount | None = None
    percent: Share | None = None
    per: Literal["unit", "order"] = "order"
    why: Text
    services: list[Id] = []
    channels: list[Id] = []


class Guards(Chapter, frozen=True, kw_only=True):
    """Promises that hold whatever the rules before them did; the floor and "your data never costs more" hold anyway.

    `cap` 0.20: never more than 20 % above the list price. `rise` 0.10 in `rise_days` 30: never more than 10 % above the
    lowest price of the same thing in the 30 days before.
    """

    cap: Share | None = None
    rise: Share | None = None
    rise_days: Annotated[int, Meta(ge=1, le=366)] = 30


class DataValue(Chapter, frozen=True, kw_only=True):
    """What a customer's data is worth to the business for one unit, worked out in good faith (11 CCR 7081).

    A price may differ by what somebody allows only up to `amount`; if the interval from `low` to `high` holds zero, not at all.
    """

    amount: Amount
    low: Amount
    high: Amount
    method: Text
    source: Text
    worked_out: datetime.date
    services: list[Id] = []
