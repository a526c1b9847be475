"""What moves the floor most: each number behind it is turned down and up by the same share, one at a time.

The widest bar comes first, which makes the picture that is called a tornado. It tells where a better number, or a better
bargain, is worth the effort; a number at the bottom may be as rough as it is.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from msgspec import structs

from aboveboard.book.model import Book, CostItem, Service, Tier, Use
from aboveboard.pricing.costs.dated import as_on
from aboveboard.pricing.costs.floors import exact_floor
from aboveboard.pricing.costs.lines import costing
from aboveboard.pricing.costs.says import fill, t
from aboveboard.pricing.errors import PriceError
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Swing:
    """One number behind a floor: what the floor becomes (minor units) when it is `swing` lower and higher.

    `key` is its place in the book (`roles.therapist.wage`), `value` the number as it is.
    """

    key: str
    name: Text
    value: Decimal
    low: int
    high: int

    @property
    def width(self) -> int:
        """How far the floor moves between the two."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class _Number:
    """A number behind the floor and how to write another one in its place; `most` is where it ends (a share of 1)."""

    key: str
    name: Text
    value: Decimal
    put: Callable[[Decimal], tuple[Book, Service, Tier]]
    most: Decimal | None = None


def tornado(
    book: Book,
    service: Service,
    tier: Tier,
    swing: Decimal | float = Decimal("0.10"),
    *,
    on: datetime.date | None = None,
    channel: str | None = None,
    segment: str | None = None,
) -> list[Swing]:
    """Return what each number does to the floor of one unit, the strongest first; `swing` is a share above 0 and under 1."""
    turn = Decimal(str(swing))
    if not 0 < turn < 1:
        raise ValueError(f"a swing is a share above 0 and under 1, not {turn}")
    book = as_on(book, on)
    used = {
        part.item.id for part in costing(book, tier, channel=channel, segment=segment, service=service).parts
    }

    def floor(with_book: Book, with_service: Service, with_tier: Tier) -> int:
        made = costing(with_book, with_tier, channel=channel, segment=segment, service=with_service)
        return ceil(exact_floor(made, with_service.margin))

    found = []
    for each in _numbers(book, service, tier, used):
        down, up = each.value * (1 - turn), each.value * (1 + turn)
        if each.most is not None:
            up = min(up, each.most)
        try:
            low, high = floor(*each.put(down)), floor(*each.put(up))
        except PriceError:
            # A share turned so far up that nothing is left of the price: there is no floor to show.
            continue
        if low != high:
            found.append(Swing(each.key, each.name, each.value, low, high))
    return sorted(found, key=lambda each: (-each.width, each.key))


def _numbers(book: Book, service: Service, tier: Tier, used: set[str]) -> Iterator[_Number]:
    """Yield every number that this floor is made of."""

    def whole(**chapters: Any) -> tuple[Book, Service, Tier]:
        return structs.replace(book, **chapters), service, tier

    items = [item for item in book.costs if item.id in used]
    roles, drivers = {item.role for item in items}, {item.driver for item in items}
    for role in book.roles:
        if role.id in roles:
            yield _entry(book, "roles", role, "wage", role.wage, whole)
            yield _entry(book, "roles", role, "billed", role.billed, whole, Decimal(1))
    for driver in book.drivers:
        if driver.id in drivers:
            yield _entry(book, "drivers", driver, "capacity", driver.capacity, whole)
    for item in items:
        for name in ("rate", "share", "per_month", "capacity", "price", "life", "waste"):
            value: Decimal | None = getattr(item, name)
            if value:
                most = Decimal("0.99") if name == "waste" else None
                yield _entry(book, "costs", item, name, value, whole, most)
    for entry in book.no_shows:
        if not entry.services or service.id in entry.services:
            yield _entry(book, "no_shows", entry, "share", entry.share, whole, Decimal("0.99"), "no_shows")
    for place, use in enumerate(tier.uses):
        yield _used(book, service, tier, place, use)
    if service.margin > 0:
        yield _Number(
            f"services.{service.id}.margin",
            t.text("moves.margin"),
            service.margin,
            lambda value: (book, structs.replace(service, margin=value), tier),
        )


def _entry(
    book: Book,
    chapter: str,
    entry: Any,
    name: str,
    value: Decimal,
    whole: Callable[..., tuple[Book, Service, Tier]],
    most: Decimal | None = None,
    said: str | None = None,
) -> _Number:
    def put(other: Decimal) -> tuple[Book, Service, Tier]:
        entries = [
            structs.replace(each, **{name: other}) if each.id == entry.id else each
            for each in getattr(book, chapter)
        ]
        return whole(**{chapter: entries})

    text = fill(f"moves.{said or name}", name=entry.name.words)
    return _Number(f"{chapter}.{entry.id}.{name}", text, value, put, most)


def _used(book: Book, service: Service, tier: Tier, place: int, use: Use) -> _Number:
    """Return how much of an item the tier uses, as a number that can be turned."""

    def put(other: Decimal) -> tuple[Book, Service, Tier]:
        uses = [*tier.uses]
        uses[place] = structs.replace(use, quantity=other, steps=[])
        return book, service, structs.replace(tier, uses=uses)

    item: CostItem | None = next((each for each in book.costs if each.id == use.item), None)
    name = item.name.words if item else Text(use.item, use.item)
    key = f"services.{service.id}.{tier.id}.{use.item}"
    return _Number(key, fill("moves.quantity", name=name), use.amount, put)
