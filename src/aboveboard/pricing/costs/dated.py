"""Which values hold on a day: costs have dates, and a price of March is made from the costs of March.

An entry of the book carries its first values and a list of `changes`, each from a day on; what a change leaves out stays as
it was. `as_on` gives the book with the values of one day written in and no changes left, so that everything after it can
forget that time passes. `turns` gives the days on which anything differs.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from typing import TypeVar

from msgspec import structs

from aboveboard.book.model import Book, CostItem, Driver, Role

Dated = TypeVar("Dated", Role, Driver, CostItem)


def turns(book: Book) -> list[datetime.date]:
    """Return every day on which a cost of the book changes, in order."""
    entries: list[Role | Driver | CostItem] = [*book.roles, *book.drivers, *book.costs]
    return sorted({change.from_ for entry in entries for change in entry.changes})


def period(days: list[datetime.date], on: datetime.date) -> int:
    """Return which of the stretches between `days` (from `turns`) a day lies in; 0 is before the first."""
    return bisect_right(days, on)


def as_on(book: Book, on: datetime.date | None) -> Book:
    """Return the book with the costs of a day; None: as they are first written, before any change."""
    if not turns(book):
        return book
    return structs.replace(
        book,
        roles=[in_force(role, on) for role in book.roles],
        drivers=[in_force(driver, on) for driver in book.drivers],
        costs=[in_force(item, on) for item in book.costs],
    )


def in_force(entry: Dated, on: datetime.date | None) -> Dated:
    """Return an entry with the values of a day and without changes."""
    if not entry.changes:
        return entry
    values: dict[str, object] = {}
    for change in sorted(entry.changes, key=lambda each: each.from_):
        if on is not None and change.from_ <= on:
            values |= {name: value for name, value in structs.asdict(change).items() if value is not None}
    values.pop("from_", None)
    return structs.replace(entry, **values, changes=[])
