"""What a change of costs does to floors: which numbers moved, which floors moved with them, and which prices now lie under.

A cost changes in two ways: the owner publishes a book with another number (`between` two books), or a day comes from which
another number holds (`dated`, one `Moved` for each such day).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aboveboard.book.model import Book, Service, Tier
from aboveboard.pricing.costs.dated import as_on, turns
from aboveboard.pricing.costs.floors import floor_of
from aboveboard.pricing.costs.says import fill, t
from aboveboard.pricing.listed import price_of_one
from aboveboard.pricing.says import cash
from aboveboard.words import Text

#: Chapters whose numbers make costs, and the numbers in each.
_NUMBERS = {
    "roles": ("wage", "burden", "billed"),
    "drivers": ("capacity",),
    "costs": ("rate", "share", "per_month", "capacity", "price", "life", "upkeep", "waste"),
    "no_shows": ("share",),
}


@dataclass(frozen=True, slots=True)
class Number:
    """One number that moved; None where it is new or gone. `key` is its place: `roles.therapist.wage`."""

    key: str
    name: Text
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class FloorMove:
    """One tier whose floor moved; amounts in minor units."""

    service: str
    tier: str
    service_name: Text
    tier_name: Text
    before: int
    after: int
    list_price: int

    @property
    def under(self) -> bool:
        """Whether the list price now lies under the floor."""
        return self.list_price < self.after


@dataclass(frozen=True, slots=True)
class Moved:
    """What a change did: `on` is the day from which it holds."""

    on: datetime.date
    numbers: tuple[Number, ...]
    floors: tuple[FloorMove, ...]


def between(before: Book, after: Book, on: datetime.date) -> Moved:
    """Return what differs in costs and floors between two books on one day; list prices are those of `after`."""
    numbers = tuple(_numbers(as_on(before, on), as_on(after, on)))
    return Moved(on, numbers, tuple(_floors(before, on, after, on)))


def dated(book: Book, since: datetime.date) -> list[Moved]:
    """Return what each dated change of a book does, for the days after `since`."""
    found = []
    for day in turns(book):
        if day > since:
            eve = day - datetime.timedelta(days=1)
            numbers = tuple(_numbers(as_on(book, eve), as_on(book, day)))
            found.append(Moved(day, numbers, tuple(_floors(book, eve, book, day))))
    return found


def say_moved(moved: Moved, currency: str) -> list[Text]:
    """Return a change as sentences: the numbers that moved, then the floors, with how far a price lies under its own."""
    said = [_say_number(one) for one in moved.numbers]
    for move in moved.floors:
        floor = fill(
            "moved.floor",
            service=move.service_name,
            tier=move.tier_name,
            before=cash(move.before, currency),
            after=cash(move.after, currency),
            list_price=cash(move.list_price, currency),
        )
        short = cash(move.after - move.list_price, currency)
        said.append(fill("moved.under", floor=floor, short=short) if move.under else floor)
    return said


def _say_number(one: Number) -> Text:
    before, after = ("–" if value is None else f"{value:,f}" for value in (one.before, one.after))
    what = t.text(f"number.{one.key.rpartition('.')[2]}")
    return fill("moved.number", name=one.name, what=what, before=before, after=after)


def _numbers(before: Book, after: Book) -> Iterator[Number]:
    for chapter, names in _NUMBERS.items():
        old: dict[str, Any] = {each.id: each for each in getattr(before, chapter)}
        new: dict[str, Any] = {each.id: each for each in getattr(after, chapter)}
        for key in dict.fromkeys([*new, *old]):
            for name in names:
                then, now = getattr(old.get(key), name, None), getattr(new.get(key), name, None)
                if then != now:
                    entry = new.get(key) or old[key]
                    yield Number(f"{chapter}.{key}.{name}", entry.name.words, then, now)


def _floors(before: Book, then: datetime.date, after: Book, now: datetime.date) -> Iterator[FloorMove]:
    for service in after.services:
        for tier in service.tiers:
            old = _tier(before, service.id, tier.id)
            if old is None:
                continue
            was, now_is = (
                floor_of(before, *old, on=then).amount,
                floor_of(after, service, tier, on=now).amount,
            )
            if was != now_is:
                names = service.name.words, tier.name.words
                yield FloorMove(service.id, tier.id, *names, was, now_is, price_of_one(after, service, tier))


def _tier(book: Book, service: str, tier: str) -> tuple[Service, Tier] | None:
    found = book.service(service)
    return next(((found, each) for each in found.tiers if each.id == tier), None) if found else None
