"""Requests as columns: for each field of a situation an array, or one number that holds for all rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.quote import MOST, situate
from aboveboard.pricing.rules import FIELDS, NOT_SAID
from aboveboard.pricing.steps import NO_BACKGROUND, Background, PriceRequest

_AT = {name: index for index, name in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True)
class Columns:
    """Requests for one tier. `on` are days as `datetime.date.toordinal` numbers; all else as in `rules.Situation`.

    Each value is an int64 array of the same length, or one number for all rows; `quantity` from 1 to 1,000. A field that is
    left out was not said. `usage` is how much of each meter, in whole units.
    """

    on: Any
    quantity: Any = 1
    minute: Any = NOT_SAID
    lead: Any = NOT_SAID
    place: Any = NOT_SAID
    channel: Any = NOT_SAID
    month: Any = NOT_SAID
    term: Any = NOT_SAID
    coupons: Any = 0
    used_up: Any = 0
    groups: Any = 0
    basket: Any = 0
    visits: Any = NOT_SAID
    months: Any = NOT_SAID
    usage: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        offer: Offer,
        requests: Sequence[PriceRequest],
        facts: Iterable[AllowedFacts] | None = None,
        background: Background | Sequence[Background] = NO_BACKGROUND,
    ) -> Columns:
        """Return the columns of a list of requests for that tier, as `quote.situate` reads each of them.

        `background` is one for all, or one for each.
        """
        import numpy as np

        given = list(facts) if facts is not None else [NO_FACTS] * len(requests)
        behind = [background] * len(requests) if isinstance(background, Background) else background
        rows = [situate(offer, *row) for row in zip(requests, given, behind, strict=True)]
        table = np.array(rows, dtype=np.int64).reshape(len(rows), len(FIELDS))
        named = {name: table[:, index] for name, index in _AT.items()}
        kept: dict[str, Any] = {key: named[key] for key in cls.__dataclass_fields__ if key in named}
        return cls(on=named["day"], **kept)


def checked_rows(columns: Columns) -> int:
    """Return how many rows there are.

    Raises `PriceError` for a quantity out of range and `ValueError` for columns of different lengths, columns of anything but
    whole numbers, and days that do not exist.
    """
    import numpy as np

    day, quantity = _column(columns.on), _column(columns.quantity)
    lengths = {np.shape(_column(each)) for each in _all(columns)} - {()}
    if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
        raise ValueError("the columns have different lengths")
    if np.min(day, initial=1) < 1 or np.max(day, initial=1) > datetime.date.max.toordinal():
        raise ValueError("a day lies outside the calendar")
    for each in (np.min(quantity, initial=1), np.max(quantity, initial=1)):
        if not 1 <= each <= MOST:
            raise PriceError("bad_quantity", quantity=str(each), most=f"{MOST:,}")
    return int(next(iter(lengths))[0]) if lengths else 1


def situations(columns: Columns, spend: Any) -> list[Any]:
    """Return checked columns in the order of a situation's fields; `spend` is each order at its list price."""
    day = _column(columns.on)
    found: list[Any] = [NOT_SAID] * len(FIELDS)
    found[_AT["day"]] = day
    found[_AT["year_day"]], found[_AT["weekday"]] = _calendar(day)
    found[_AT["spend"]] = spend
    for name in Columns.__dataclass_fields__:
        if name in _AT:
            found[_AT[name]] = _column(getattr(columns, name))
    return found


def _all(columns: Columns) -> Iterator[Any]:
    yield from (getattr(columns, name) for name in Columns.__dataclass_fields__ if name != "usage")
    yield from columns.usage.values()


def _column(value: Any) -> Any:
    """Return an array as int64, or a plain number; a float column is refused, because 1.5 visits are a mistake."""
    import numpy as np

    if isinstance(value, int):
        return value
    found = np.asarray(value)
    if found.dtype.kind not in "iu":
        raise ValueError("a column holds something other than whole numbers")
    return found.astype(np.int64, copy=False)


def _calendar(day: Any) -> tuple[Any, Any]:
    """Return (month × 100 + day, weekday) of ordinals, by a table of the days that occur."""
    import numpy as np

    if isinstance(day, int):
        date = datetime.date.fromordinal(day)
        return date.month * 100 + date.day, date.weekday()
    if not len(day):
        return day, day
    first, last = int(day.min()), int(day.max())
    if last - first > 1_000_000:
        dates, back = np.unique(day, return_inverse=True)
        table = np.array([_year_day(int(each)) for each in dates], dtype=np.int64)
        return table[back], (day + 6) % 7
    table = np.array([_year_day(each) for each in range(first, last + 1)], dtype=np.int64)
    return table[day - first], (day + 6) % 7


def _year_day(ordinal: int) -> int:
    date = datetime.date.fromordinal(ordinal)
    return date.month * 100 + date.day
