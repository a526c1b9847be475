"""A price is a list of steps, and the steps add up.

Each step says what it did (`kind`, `label`), by how much (`amount`, whole minor units), where that leads (`subtotal`), on what
basis, from which personal facts. A rule that did not apply is in the list as well, with amount 0 and the reason in
`why_not`, so nobody has to wonder what else might have counted. Where a share of a price is no whole amount, the step carries
the whole part and the `rounding` step after it the rest. The amounts add up to the total, always.

A quantity multiplies one unit: the price of one is made in whole minor units, as it would be posted, and 3 cost three times
as much, before tax. So a total never falls as the quantity rises.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from aboveboard.pricing.cost import CostLine
from aboveboard.words import Text

Kind = Literal[
    "cost",
    "rounding",
    "margin",
    "floor",
    "season",
    "promotion",
    "loyalty",
    "guard_floor",
    "guard_personal",
    "tax",
    "total",
]


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """What is asked: a service and tier by id (None: the service's own default), how many, on which local date."""

    service: str
    tier: str | None
    quantity: int
    on: datetime.date


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a price; money in minor units, for the whole quantity.

    `exact` is the amount before rounding (None where nothing was computed). `reason` is a stable code of what happened, `id`
    the rule's id in the book. `facts` names the personal facts this step read, whether or not they changed anything, and
    `value` is what it read. `line` is where the floor lies in a picture, `detail` the cost items behind the cost step, per unit.
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


@dataclass(frozen=True, slots=True)
class Price:
    """A finished price: the `total` to pay in minor units of `currency`, and the steps that lead there.

    `floor` is the lowest price before tax for this quantity. `facts_used` names the personal facts that any step read.
    `request` is what was asked, with the tier that was meant; `unit` is what one of it is.
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
