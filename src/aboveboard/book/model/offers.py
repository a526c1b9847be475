"""What moves a price: seasons, promotions, thanks for coming back."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Amount, Chapter, Id, MonthDay, Share, Text


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
    """An offer to everyone between two dates: a share off (`percent`) or an amount off (`amount`), exactly one."""

    id: Id
    name: Text
    starts: datetime.date
    ends: datetime.date
    percent: Share | None = None
    amount: Amount | None = None
    why: Text
    services: list[Id] = []
    tiers: list[Id] = []
