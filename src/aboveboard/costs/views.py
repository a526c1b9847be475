"""What a price costs, as pages and the API show it: everything for the owner, and for customers as far as the book is open."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from aboveboard import money
from aboveboard.book.model import Book, Service, Tier
from aboveboard.pricing.costs import CostLine, Floor, FloorMove, costing, dated, floor_from, opened
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.listed import price_of_one
from aboveboard.pricing.says import exact_cash
from aboveboard.pricing.says import share as percent
from aboveboard.words import Text

# ----------------------------------------------------------------------------------------------------- for the owner


@dataclass(frozen=True, slots=True)
class TierCost:
    """One tier: its full cost, item by item, its floor and its list price, in minor units of the book's currency."""

    service: Service
    tier: Tier
    cost: Text
    lines: tuple[tuple[CostLine, Text], ...]
    exact: Decimal
    floor: Floor
    list_price: int

    @property
    def rounded(self) -> int:
        """The cost in whole minor units."""
        cut, rounding = money.split(self.exact)
        return cut + rounding

    @property
    def under(self) -> int:
        """By how much the list price lies under the floor; 0 if it does not."""
        return max(0, self.floor.amount - self.list_price)

    @property
    def key(self) -> str:
        """The tier as the address of a page names it."""
        return f"{self.service.id}/{self.tier.id}"

    @property
    def name(self) -> Text:
        """The service, and its tier where there are several."""
        service, tier = self.service.name.words, self.tier.name.words
        if len(self.service.tiers) == 1:
            return service
        return Text(f"{service.en} · {tier.en}", f"{service.zh} · {tier.zh}")


def tier_cost(
    book: Book,
    service: Service,
    tier: Tier,
    on: datetime.date,
    channel: str | None = None,
    segment: str | None = None,
) -> TierCost:
    """Return one tier's cost on a day, for a `channel` and a `segment` if they are named."""
    currency, listed = book.business.currency, price_of_one(book, service, tier)
    made = costing(book, tier, on=on, service=service, channel=channel, segment=segment)
    whole = decimal(made.at(Fraction(listed)))
    return TierCost(
        service=service,
        tier=tier,
        cost=exact_cash(whole, currency),
        exact=whole,
        lines=tuple((line, exact_cash(line.amount, currency)) for line in made.lines(Fraction(listed))),
        floor=floor_from(made, service.margin),
        list_price=listed,
    )


@dataclass(frozen=True, slots=True)
class Way:
    """What a tier costs in one way of buying, or for one kind of work."""

    kind: Literal["channel", "segment"]
    id: str
    name: Text
    cost: TierCost


def ways_of(book: Book, service: Service, tier: Tier, on: datetime.date) -> Iterator[Way]:
    """Yield the cost of a tier for each way of buying and each kind of work that it is open to."""
    for each in book.channels:
        if not each.services or service.id in each.services:
            found = tier_cost(book, service, tier, on, channel=each.id)
            yield Way("channel", each.id, each.name.words, found)
    for kind in book.segments:
        if not kind.services or service.id in kind.services:
            found = tier_cost(book, service, tier, on, segment=kind.id)
            yield Way("segment", kind.id, kind.name.words, found)


@dataclass(frozen=True, slots=True)
class Under:
    """A list price that lies under its floor, as it is sold plainly (`way` None) or in one way."""

    cost: TierCost
    way: Way | None


def under(book: Book, on: datetime.date) -> Iterator[Under]:
    """Yield every list price that lies under its floor on a day."""
    for service in book.services:
        for tier in service.tiers:
            plain = tier_cost(book, service, tier, on)
            if plain.under:
                yield Under(plain, None)
            for way in ways_of(book, service, tier, on):
                if way.cost.under:
                    yield Under(way.cost, way)


def under_later(book: Book, since: datetime.date) -> Iterator[tuple[datetime.date, FloorMove]]:
    """Yield each list price that a dated change of costs puts under its floor, with the first day of it."""
    for moved in dated(book, since):
        for move in moved.floors:
            if move.under:
                yield moved.on, move


# ------------------------------------------------------------------------------------------------- for the customers


@dataclass(frozen=True, slots=True)
class OpenCost:
    """What customers see of one tier: `lines` as far as the book is open, the rounded cost, what is left of the list price."""

    tier: Tier
    lines: tuple[tuple[CostLine, Text], ...]
    cost: int
    list_price: int
    currency: str

    @property
    def finer(self) -> bool:
        """Whether a part is finer than money is: the picture then shows rounded parts."""
        return any(line.amount != line.amount.to_integral_value() for line, _ in self.lines)

    @property
    def left(self) -> int:
        """What is left of the list price after the cost."""
        return self.list_price - self.cost

    @property
    def share(self) -> str:
        """The same as a share of the list price."""
        return percent(round(Decimal(self.left) / self.list_price, 3)) if self.list_price else "0%"


def open_cost(book: Book, service: Service, tier: Tier, on: datetime.date) -> OpenCost:
    """Return what customers may see of a tier's cost on a day."""
    made, listed = costing(book, tier, on=on, service=service), price_of_one(book, service, tier)
    cut, rounding = money.split(decimal(made.at(Fraction(listed))))
    currency = book.business.currency
    lines = opened(made.lines(Fraction(listed)), book.open_book)
    return OpenCost(
        tier,
        tuple((line, exact_cash(line.amount, currency)) for line in lines),
        cut + rounding,
        listed,
        currency,
    )
