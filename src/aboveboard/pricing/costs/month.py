"""A normal month: what is planned to be spent on each cost item, and what of it stays empty.

From how many of each tier a normal month sells (`normal_month` in the book) follows how much of each item it uses up. What
a month carries and nobody uses is *idle capacity* (the cost of unused capacity of time-driven costing). It is in no
service's cost: a customer of a quiet month would otherwise pay for the empty rooms. It stands apart, for the owner to fill
or to give up.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from aboveboard.book.model import Book, CostItem, Service, Sold, Tier
from aboveboard.pricing.costs.dated import as_on
from aboveboard.pricing.costs.lines import costing, sold_at
from aboveboard.pricing.costs.numbers import exact, minor
from aboveboard.pricing.costs.rates import capacity_of, rate_of
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.errors import PriceError
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Planned:
    """One cost item in a normal month: how much of it in its `unit`, and exact minor units for all of it.

    An item that is paid by the month costs its whole bill (`by_month`), however much of it is used. Equipment is `bought`:
    it was paid once, so no bill comes each month.
    """

    item: str
    name: Text
    unit: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    by_month: bool
    bought: bool


@dataclass(frozen=True, slots=True)
class Idle:
    """What a month carries of one item and nobody uses; `cost` is exact minor units, below zero if too much is sold."""

    item: str
    name: Text
    unit: str
    capacity: Decimal
    used: Decimal
    unused: Decimal
    cost: Decimal


def planned(book: Book, on: datetime.date | None = None) -> list[Planned]:
    """Return each cost item in a normal month, in the order of the book, by the costs of a day."""
    book = as_on(book, on)
    used, shares = _used(book)
    return [_planned(book, item, used[item.id], shares[item.id]) for item in book.costs]


def idle(book: Book, on: datetime.date | None = None) -> list[Idle]:
    """Return what stays empty of each item that a month carries; nothing if the book names no normal month."""
    book = as_on(book, on)
    if not book.normal_month:
        return []
    used, _ = _used(book)
    found = []
    for item in book.costs:
        capacity = capacity_of(book, item)
        if capacity is not None:
            unused = capacity - used[item.id]
            found.append(
                Idle(
                    item=item.id,
                    name=item.name.words,
                    unit=item.unit,
                    capacity=decimal(capacity),
                    used=decimal(used[item.id]),
                    unused=decimal(unused),
                    cost=decimal(unused * rate_of(book, item).flat),
                )
            )
    return found


def _planned(book: Book, item: CostItem, used: Fraction, shares: Fraction) -> Planned:
    rate = rate_of(book, item)
    by_month = item.per_month is not None
    amount = rate.flat * used + shares
    if by_month:
        amount = minor(item.per_month, book.business.currency, f"cost {item.id}")
    return Planned(
        item=item.id,
        name=item.name.words,
        unit=item.unit,
        quantity=decimal(used),
        rate=decimal(amount / used) if used and not by_month else decimal(rate.flat),
        amount=decimal(amount),
        by_month=by_month,
        bought=item.price is not None,
    )


def _used(book: Book) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Return how much of each item a normal month uses, waste and no-shows included, and the fees that are shares of prices."""
    used: dict[str, Fraction] = defaultdict(Fraction)
    shares: dict[str, Fraction] = defaultdict(Fraction)
    for sold in book.normal_month:
        service, tier = _sold(book, sold)
        made, number = costing(book, tier, service=service), exact(sold.number, "normal_month")
        paid = sold_at(book, tier, None) * made.taxed
        for part in made.parts:
            missed = (entry.share for entry, _, _ in made.no_shows if part.item.id in entry.items)
            ready = sum((Fraction(share) / (1 - Fraction(share)) for share in missed), Fraction(1))
            used[part.item.id] += number * part.needed * ready
            shares[part.item.id] += number * part.needed * part.rate.share * paid
    return used, shares


def _sold(book: Book, sold: Sold) -> tuple[Service, Tier]:
    service = book.service(sold.service)
    tiers = service.tiers if service else []
    wanted = sold.tier or (service.default_tier if service else None) or (tiers[0].id if tiers else None)
    tier = next((each for each in tiers if each.id == wanted), None)
    if service is None or tier is None:
        raise PriceError("book_broken", where=f"normal_month {sold.service}")
    return service, tier
