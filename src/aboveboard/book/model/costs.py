"""What things cost the business, and how much of it a tier uses up.

Time-driven activity-based costing (Kaplan and Anderson, 2004) in plain words. What is bought by use has a rate: an hour of
a *role* at its loaded rate, a piece of material, a device by its purchase price over its life. What is paid by the month
(rent, software) is carried by a *driver*: hours of a room, minutes of the desk, visits. One unit of a driver carries the
month's bill over the month's *practical capacity*, and not over what happened to be used: empty hours are a cost of their
own, reported apart. Customers who don't come are another such cost (`NoShows`), carried by those who do.

Costs have dates: `changes` lists later values, and on any day the values hold that were in force then.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, field

from aboveboard.book.model.base import Amount, Chapter, Id, Quantity, Share, Text

Unit = Literal["hour", "minute", "visit", "piece"]
#: How far customers may look into what a price is made of.
OpenBook = Literal["none", "total", "groups", "items"]


class RoleChange(Chapter, frozen=True, kw_only=True):
    """What is different about a role from a day on; what is left out stays."""

    from_: datetime.date = field(name="from")
    wage: Amount | None = None
    burden: Share | None = None
    billed: Share | None = None
    source: Text | None = None


class Role(Chapter, frozen=True, kw_only=True):
    """People of one kind of work, with what a billed hour of them really costs: wage × (1 + burden) / billed.

    `wage` is per paid hour, `burden` the employer's share on top (taxes, insurance, leave), `billed` the share of paid hours
    that somebody pays for. An hour of notes or of waiting is paid too.
    """

    id: Id
    name: Text
    wage: Amount
    burden: Share = Decimal(0)
    billed: Share = Decimal(1)
    source: Text | None = None
    changes: list[RoleChange] = []


class DriverChange(Chapter, frozen=True, kw_only=True):
    """What is different about a driver from a day on."""

    from_: datetime.date = field(name="from")
    capacity: Quantity
    source: Text | None = None


class Driver(Chapter, frozen=True, kw_only=True):
    """What carries monthly bills. `capacity` is the practical one of a month: what can be done, not what the calendar holds."""

    id: Id
    name: Text
    unit: Unit
    capacity: Quantity
    source: Text | None = None
    changes: list[DriverChange] = []


class CostChange(Chapter, frozen=True, kw_only=True):
    """What is different about a cost item from a day on; what is left out stays."""

    from_: datetime.date = field(name="from")
    rate: Amount | None = None
    share: Share | None = None
    per_month: Amount | None = None
    capacity: Quantity | None = None
    price: Amount | None = None
    life: Quantity | None = None
    upkeep: Amount | None = None
    waste: Share | None = None
    source: Text | None = None


class CostItem(Chapter, frozen=True, kw_only=True):
    """Something a service uses up, with its price per unit of use, in exactly one form.

    The forms:

    - `rate`: currency per `unit`, all-in. A fee may have a `share` of the price instead or as well (a card fee of 2.9 % and
      0.30): the share is taken of what the customer pays, tax included.
    - `role`: the role's loaded rate, per hour or minute.
    - `per_month`, carried by the `capacity` of its own or by a `driver`: one unit carries `per_month / capacity`.
    - `price` and `life`: equipment; one unit carries (`price` + `upkeep`) / `life`, `upkeep` being that of its whole life.

    A material may lose a share as `waste`: usable quantity q needs q / (1 - waste). `billed_as` are the names under which its
    bills come: the supplier's or the item's.
    """

    id: Id
    name: Text
    kind: Literal["time", "equipment", "material", "fee", "marketing", "rent", "software", "administration"]
    unit: Unit
    rate: Amount | None = None
    share: Share | None = None
    role: Id | None = None
    per_month: Amount | None = None
    capacity: Quantity | None = None
    driver: Id | None = None
    price: Amount | None = None
    life: Quantity | None = None
    upkeep: Amount | None = None
    waste: Share = Decimal(0)
    source: Text | None = None
    changes: list[CostChange] = []
    billed_as: list[Annotated[str, Meta(min_length=1, max_length=120)]] = []


class UseStep(Chapter, frozen=True, kw_only=True):
    """One step of a time equation: so much of the item each time, and in which share of all cases it happens at all."""

    what: Text
    quantity: Quantity
    share: Share = Decimal(1)


class Use(Chapter, frozen=True, kw_only=True):
    """How much of a cost item one unit of a tier uses up, in the item's unit: a `quantity`, or `steps` that are added up."""

    item: Id
    quantity: Quantity | None = None
    steps: list[UseStep] = []

    @property
    def amount(self) -> Decimal:
        """The whole quantity: the one that is written, or the sum of the steps, each by its share of cases."""
        if self.quantity is not None:
            return self.quantity
        return sum((step.quantity * step.share for step in self.steps), Decimal(0))


class NoShows(Chapter, frozen=True, kw_only=True):
    """Customers who booked and did not come: the `items` that stood ready for them are paid by those who do.

    Of `share` s of all bookings nobody comes, so each visit that takes place carries s / (1 - s) of these items on top.
    """

    id: Id
    name: Text
    share: Share
    items: Annotated[list[Id], Meta(min_length=1)]
    services: list[Id] = []
    source: Text | None = None


class Channel(Chapter, frozen=True, kw_only=True):
    """A way of buying (desk, web, a booking site) with what it uses up besides, and what it does `without`."""

    id: Id
    name: Text
    uses: list[Use] = []
    without: list[Id] = []
    services: list[Id] = []


class Segment(Chapter, frozen=True, kw_only=True):
    """Customers who use up more than others for a reason of the work itself, such as a visit at home. Nobody's data is in it."""

    id: Id
    name: Text
    uses: Annotated[list[Use], Meta(min_length=1)]
    services: list[Id] = []


class Sold(Chapter, frozen=True, kw_only=True):
    """How many of a tier a normal month sells, from which follow the month's planned costs and what stays empty."""

    service: Id
    tier: Id | None = None
    number: Quantity
