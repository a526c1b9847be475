"""The forms in which the API gives costs: structures, and how they come from what was worked out."""

from __future__ import annotations

import datetime
from typing import Literal

from msgspec import Struct

from aboveboard.book.model import Book
from aboveboard.costs.views import OpenCost, TierCost, Way, ways_of
from aboveboard.pricing.costs import CostLine
from aboveboard.words import Text


class Words(Struct, frozen=True):
    """A text in both languages."""

    en: str
    zh: str


class LineGiven(Struct, frozen=True):
    """One cost item of one unit; `amount` is exact minor units. `parts` say where it comes from in more detail."""

    item: str
    name: Words
    kind: str
    quantity: str
    unit: str
    amount: str
    how: Words
    parts: list[Words]
    source: Words | None


class OpenTier(Struct, frozen=True):
    """What everyone may see of a tier: `cost` rounded to whole minor units, `left` of the list price, `lines` as far as open."""

    id: str
    name: Words
    cost: int
    list_price: int
    left: int
    lines: list[LineGiven]


class OpenService(Struct, frozen=True):
    """A service with its tiers."""

    id: str
    name: Words
    tiers: list[OpenTier]


class OpenGiven(Struct, frozen=True):
    """The costs that everyone may see. `open_book` says how far: `items`, `groups`, `total`, or `none`, and then no service."""

    open_book: str
    currency: str
    on: str
    services: list[OpenService]


class WayGiven(Struct, frozen=True):
    """What a tier costs in one way of buying (`channel`) or for one kind of work (`segment`); `under` as in a tier."""

    kind: Literal["channel", "segment"]
    id: str
    name: Words
    cost: str
    floor: int
    under: int


class TierGiven(Struct, frozen=True):
    """The full cost of one tier: exact `cost`, `floor`, `list_price`; `under` is how far the price lies under its floor, or 0.

    `basis` is the sum that makes the floor. `ways` is there where no way was asked for.
    """

    service: str
    tier: str
    name: Words
    cost: str
    floor: int
    basis: Words
    list_price: int
    under: int
    lines: list[LineGiven]
    ways: list[WayGiven]


class IdleGiven(Struct, frozen=True):
    """What a month carries of one item and a normal month does not use; `cost` is what that costs, exact minor units."""

    item: str
    name: Words
    unit: str
    capacity: str
    used: str
    unused: str
    cost: str


class FullGiven(Struct, frozen=True):
    """The owner's view of costs on a day."""

    currency: str
    on: str
    edition: int
    channel: str | None
    segment: str | None
    tiers: list[TierGiven]
    idle: list[IdleGiven]


class UnderGiven(Struct, frozen=True):
    """A list price under its floor: plainly (`way` null), or in one way; `short` is by how much."""

    service: str
    tier: str
    way: WayGiven | None
    list_price: int
    floor: int
    short: int


class LaterGiven(Struct, frozen=True):
    """A list price that lies under its floor from a day on, by a change that the book dates ahead."""

    on: str
    service: str
    tier: str
    list_price: int
    floor: int
    short: int


class UndersGiven(Struct, frozen=True):
    """The list prices under their floor on a day, and those that will be."""

    currency: str
    on: str
    now: list[UnderGiven]
    later: list[LaterGiven]


class SwingGiven(Struct, frozen=True):
    """One number behind a floor: its place in the book, what it is, and the floor when it is lower and higher."""

    key: str
    name: Words
    value: str
    low: int
    high: int


class SwingsGiven(Struct, frozen=True):
    """What moves one floor, the strongest first; each number was turned down and up by the share `swing`."""

    service: str
    tier: str
    currency: str
    on: str
    floor: int
    swing: str
    moves: list[SwingGiven]


class PaidGiven(Struct, frozen=True):
    """One cost in one month. `item` is null for bills that the book does not expect. `reason` is why paid and planned part."""

    item: str | None
    name: Words
    planned: str
    actual: str
    difference: str
    planned_quantity: str | None
    actual_quantity: str | None
    price_effect: str | None
    quantity_effect: str | None
    reason: str
    bills: int


class MonthGiven(Struct, frozen=True):
    """A month beside a normal one, in exact minor units; `over` is whether all its bills can have come."""

    month: str
    over: bool
    currency: str
    planned: str
    actual: str
    items: list[PaidGiven]
    months: list[str]


def words(text: Text) -> Words:
    """Return a text for programs."""
    return Words(text.en, text.zh)


def line_given(line: CostLine) -> LineGiven:
    """Return a cost line for programs."""
    return LineGiven(
        item=line.item,
        name=words(line.name),
        kind=line.kind,
        quantity=f"{line.quantity:f}",
        unit=line.unit,
        amount=f"{line.amount:f}",
        how=words(line.how),
        parts=[words(part) for part in line.parts],
        source=None if line.source is None else words(line.source),
    )


def open_tier(shown: OpenCost) -> OpenTier:
    """Return what everyone may see of a tier."""
    return OpenTier(
        id=shown.tier.id,
        name=words(shown.tier.name.words),
        cost=shown.cost,
        list_price=shown.list_price,
        left=shown.left,
        lines=[line_given(line) for line, _ in shown.lines],
    )


def way_given(way: Way) -> WayGiven:
    """Return what a tier costs in one way."""
    cost = way.cost
    return WayGiven(way.kind, way.id, words(way.name), f"{cost.exact:f}", cost.floor.amount, cost.under)


def tier_given(book: Book, cost: TierCost, ways_on: datetime.date | None) -> TierGiven:
    """Return a tier, with its other ways on a day if one is given."""
    ways = () if ways_on is None else ways_of(book, cost.service, cost.tier, ways_on)
    return TierGiven(
        service=cost.service.id,
        tier=cost.tier.id,
        name=words(cost.name),
        cost=f"{cost.exact:f}",
        floor=cost.floor.amount,
        basis=words(cost.floor.basis(book.business.currency)),
        list_price=cost.list_price,
        under=cost.under,
        lines=[line_given(line) for line, _ in cost.lines],
        ways=[way_given(each) for each in ways],
    )
