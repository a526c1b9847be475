"""What things cost the business, and how much of it a tier uses up."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from aboveboard.book.model.base import Amount, Chapter, Id, Quantity, Share, Text


class CostItem(Chapter, frozen=True, kw_only=True):
    """Something a service uses up, with its price per unit of use.

    Direct kinds carry `rate` (currency per `unit`, all-in: for time the loaded hourly wage). Indirect kinds carry `per_month`
    and the monthly `capacity` of their driver, so that one unit of the driver carries `per_month / capacity`. A material may
    lose a share as `waste`: usable quantity q needs q / (1 - waste).
    """

    id: Id
    name: Text
    kind: Literal["time", "equipment", "material", "fee", "marketing", "rent", "software", "administration"]
    unit: Literal["hour", "visit", "piece"]
    rate: Amount | None = None
    per_month: Amount | None = None
    capacity: Quantity | None = None
    waste: Share = Decimal(0)
    source: Text | None = None


class Use(Chapter, frozen=True, kw_only=True):
    """How much of a cost item one unit of a tier uses up, in the item's unit."""

    item: Id
    quantity: Quantity
