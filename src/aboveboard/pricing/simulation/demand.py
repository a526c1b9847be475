"""What was asked for, as columns: requests of one tier each, and what is known of them for reports only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aboveboard.pricing.columns import Columns
from aboveboard.pricing.facts import AllowedFacts
from aboveboard.pricing.steps import NO_BACKGROUND, Background, PriceRequest


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something known of customers for reports only: the `names` of its values. It never enters a price."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One request with what it was priced from."""

    request: PriceRequest
    facts: AllowedFacts
    background: Background


@dataclass(frozen=True, slots=True)
class Slice:
    """Requests for one tier. `reported` has for each attribute an int64 array: the place of each row's value, -1 unknown.

    Orders that columns do not hold (add-ons, seats, paid time) stand in `orders`, and are priced one by one.
    """

    service: str
    tier: str
    rows: int
    columns: Columns
    orders: tuple[Order, ...] = ()
    channel: str | None = None
    segment: str | None = None
    background: Background = NO_BACKGROUND
    reported: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Demand:
    """Everything that was asked for in a time, and the attributes that are reported."""

    slices: tuple[Slice, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many requests there are."""
        return sum(each.rows for each in self.slices)
