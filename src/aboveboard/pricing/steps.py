"""A price is a list of steps, and the steps add up.

Each step says what it did (`kind`, `label`), by how much (`amount`, whole minor units), where that leads (`subtotal`), on what
basis, from which personal facts. A rule that did not apply is in the list as well, with amount 0 and the reason in
`why_not`, so nobody has to wonder what else might have counted. Where a share of a price is no whole amount, the step carries
the whole part and the `rounding` step after it the rest. The amounts add up to the total, always.

A quantity multiplies one unit: the price of one is made in whole minor units, as it would be posted, and 3 cost three times
as much. Offers on the whole order come after that. So a total never falls as the quantity rises, unless an offer on the whole
order says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from aboveboard.market import Seen
from aboveboard.pricing.charges import ChargeLine
from aboveboard.pricing.costs import CostLine
from aboveboard.words import Text

Kind = Literal[
    "cost",
    "rounding",
    "margin",
    "floor",
    "season",
    "condition",
    "promotion",
    "loyalty",
    "guard_cap",
    "guard_rise",
    "guard_floor",
    "guard_prior",
    "guard_data",
    "guard_personal",
    "points",
    "fee",
    "tax",
    "total",
]


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """What is asked: a service and tier by id (None: the service's own default), how many, on which local date.

    All else may be left out, and what is not said meets no condition. `minute` is the minute of the local day, `booked` the
    day of booking, `place` an ISO 3166 code, `channel` the way of buying, `month` the month of an agreement counted from 1,
    `terms` the id of the terms that the customer agrees to, `points` how many points the customer wants to use.
    `offers` are the ids of offers whose code was shown and found good; `groups` those whose published criterion was shown to
    be met; `basket` the other services bought in the same order. `usage` is how much of each meter, `seats` and `add_ons`
    belong to a plan, `pays` is what a customer gives who may choose (minor units); `starts` and `ends` are UTC instants of
    what is paid by time.
    """

    service: str
    tier: str | None
    quantity: int
    on: datetime.date
    minute: int | None = None
    booked: datetime.date | None = None
    place: str | None = None
    channel: str | None = None
    segment: str | None = None
    month: int | None = None
    terms: str | None = None
    points: int = 0
    offers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    basket: tuple[str, ...] = ()
    usage: Mapping[str, Decimal] = field(default_factory=dict)
    add_ons: tuple[str, ...] = ()
    seats: int | None = None
    pays: int | None = None
    starts: datetime.datetime | None = None
    ends: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Prior:
    """The price that an announced reduction must count from: the lowest of `days` days, in minor units for one unit.

    `rule` and `law` name the rule that says so, by id and citation. `since` is set where prices are known only from that day on:
    then a lower one may have been forgotten, so this one binds where it is lower and proves nothing where it is not.
    """

    lowest: int
    days: int
    rule: str
    law: str
    since: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Background:
    """What a price must know of the world beside the book: no customer, only the firm's own past.

    `used_up` are the offers whose budget or uses are spent. `lowest` is the lowest price of one unit in the days that the book's
    rise guard looks at, None if nothing is known. `prior` is set where the law counts reductions from an earlier price. `rules`
    is the generation of our own rules, so that a price of long ago is made again as it was made then:
    1 had no limit on what somebody's data may take off; 2 has. Until 2 an offer was counted from the price of the day and what
    the law wants off besides came last; since 3 the price first goes down to the earlier one, and the offer counts from there.
    """

    used_up: frozenset[str] = frozenset()
    lowest: int | None = None
    prior: Prior | None = None
    rules: int = 3


NO_BACKGROUND = Background()
#: What prices were made from that were kept before backgrounds were.
FIRST_BACKGROUND = Background(rules=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a price; money in minor units, for the whole quantity.

    `exact` is the amount before rounding (None where nothing was computed). `reason` is a stable code of what happened, `id`
    the rule's id in the book. `facts` names the personal facts this step read, whether or not they changed anything, and
    `value` is what it read. `line` is where the floor lies in a picture, `detail` the cost items behind the cost step, per unit,
    `charges` the lines that a list price is the sum of, `observations` what others ask, where a list price rests on that.
    """

    kind: Kind
    label: Text
    amount: int
    subtotal: int
    exact: Decimal | None
    basis: Text
    facts: tuple[str, ...] = ()
    applied: bool = True
    why_not: Text | None = None
    reason: str = ""
    id: str | None = None
    value: int | None = None
    line: int | None = None
    detail: tuple[CostLine, ...] = ()
    charges: tuple[ChargeLine, ...] = ()
    observations: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """A finished price: the `total` to pay in minor units of `currency`, and the steps that lead there.

    `floor` is the lowest price before fees and tax for this quantity. `facts_used` names the personal facts that any step
    read. `request` is what was asked, with the tier that was meant; `unit` is what one of it is.
    """

    total: int
    currency: str
    floor: int
    steps: tuple[Step, ...]
    facts_used: tuple[str, ...]
    request: PriceRequest
    service: Text
    tier: Text
    unit: str
    background: Background = FIRST_BACKGROUND

    @property
    def open_floor(self) -> int | None:
        """The floor as customers may see it: None where the book is closed."""
        return next((step.line for step in self.steps if step.kind == "floor"), None)
