"""Requests as columns: for each number of a request an array, and each different thing that is said in words once.

What is a number differs from row to row (day, quantity, points). What is words or a choice (where, by which way, which codes,
which add-ons, how much of which meter) repeats, so each different request is kept once and a column of positions says which one a
row is. Kept as words, it means the same to every book: a place that only the draft knows is found by the draft.
"""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.order import ordered
from aboveboard.pricing.quote import MOST, situate
from aboveboard.pricing.rules import FIELDS, NOT_SAID
from aboveboard.pricing.steps import NO_BACKGROUND, Background, PriceRequest

AT = {name: index for index, name in enumerate(FIELDS)}
#: What a situation has of the words of a request.
_SAID = ("place", "channel", "term", "coupons", "groups", "basket")
#: More points than any price can use up.
_MOST_POINTS = 2**62
_ANY_DAY = datetime.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """Requests for one tier. `on` are days as `datetime.date.toordinal` numbers; all else as in `rules.Situation`.

    Each value is an int64 array of the same length, or one number for all rows; `quantity` from 1 to 1,000. A field that is
    left out was not said. `usage` is how much of each meter, in whole units.

    `requests` and `backgrounds` hold each different one once, `request` and `background` say which of them a row is. Of a request
    in `requests` the columns hold the numbers (day, quantity, minute, lead, month, points), and the rest is read from it: then
    `place`, `channel`, `term`, `coupons`, `groups`, `basket` and `usage` are left out. `used_up` goes with `backgrounds` in the
    same way.
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
    points: Any = 0
    usage: Mapping[str, Any] = field(default_factory=dict)
    requests: tuple[PriceRequest, ...] = ()
    request: Any = 0
    backgrounds: tuple[Background, ...] = (NO_BACKGROUND,)
    background: Any = 0

    @classmethod
    def of(
        cls,
        requests: Sequence[PriceRequest],
        facts: Iterable[AllowedFacts] | None = None,
        background: Background | Sequence[Background] = NO_BACKGROUND,
    ) -> Columns:
        """Return the columns of a list of requests for one tier; `background` is one for all, or one for each."""
        import numpy as np

        given = list(facts) if facts is not None else [NO_FACTS] * len(requests)
        behind = [background] * len(requests) if isinstance(background, Background) else background
        table = np.array(
            [_numbers(*row) for row in zip(requests, given, strict=True)], dtype=np.int64
        ).reshape(len(requests), len(_NUMBERS))
        said, request = _apart(requests, _words, _template)
        known, at = _apart(behind, lambda each: each, lambda each: each)
        columns: dict[str, Any] = {name: table[:, index] for index, name in enumerate(_NUMBERS)}
        return cls(
            **columns,
            requests=said,
            request=request,
            backgrounds=known or (NO_BACKGROUND,),
            background=at,
        )

    def only(self, rows: Any) -> Columns:
        """Return the rows that an array of truth values chooses."""
        import numpy as np

        def of(value: Any) -> Any:
            return value if isinstance(value, int) or np.ndim(value) == 0 else np.asarray(value)[rows]

        kept = {name: of(getattr(self, name)) for name in _ARRAYS}
        return replace(self, **kept, usage={meter: of(many) for meter, many in self.usage.items()})


#: What `Columns.of` makes an array of for each row.
_NUMBERS = ("on", "quantity", "minute", "lead", "month", "points", "visits", "months")
#: The columns, beside what each row is looked up in.
_ARRAYS = tuple(
    each.name for each in fields(Columns) if each.name not in ("usage", "requests", "backgrounds")
)


def _numbers(request: PriceRequest, facts: AllowedFacts) -> tuple[int, ...]:
    """Return the numbers of a request, as `quote.situate` reads them."""
    on, points = request.on, request.points
    return (
        on.toordinal(),
        request.quantity,
        NOT_SAID if request.minute is None else request.minute,
        NOT_SAID if request.booked is None else max((on - request.booked).days, 0),
        NOT_SAID if request.month is None else request.month,
        max(min(points, _MOST_POINTS), -_MOST_POINTS),
        NOT_SAID if facts.visits is None else max(facts.visits, 0),
        NOT_SAID if facts.months is None else max(facts.months, 0),
    )


def _words(request: PriceRequest) -> Hashable:
    """Return everything that `_numbers` leaves out, to be compared."""
    return (
        request.place,
        request.channel,
        request.segment,
        request.terms,
        request.offers,
        request.groups,
        request.basket,
        ordered(request),
    )


def _template(request: PriceRequest) -> PriceRequest:
    return replace(request, quantity=1, on=_ANY_DAY, minute=None, booked=None, month=None, points=0)


def _apart(rows: Sequence[Any], key: Any, made: Any) -> tuple[tuple[Any, ...], Any]:
    """Return each different one, made once, and an array that says which one a row is (0 where all are the same)."""
    import numpy as np

    places: dict[Hashable, int] = {}
    found: list[Any] = []
    index = np.empty(len(rows), dtype=np.int64)
    for row, each in enumerate(rows):
        name = key(each)
        place = places.get(name)
        if place is None:
            place = places[name] = len(found)
            found.append(made(each))
        index[row] = place
    return tuple(found), index if len(found) > 1 else 0


def checked_rows(columns: Columns) -> int:
    """Return how many rows there are.

    Raises `PriceError` for a quantity out of range and `ValueError` for columns of different lengths, columns of anything but
    whole numbers, days that do not exist, and rows of requests or backgrounds that are not there.
    """
    import numpy as np

    day, quantity = column(columns.on), column(columns.quantity)
    every = [getattr(columns, name) for name in _ARRAYS] + list(columns.usage.values())
    lengths = {np.shape(column(each)) for each in every} - {()}
    if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
        raise ValueError("the columns have different lengths")
    if np.min(day, initial=1) < 1 or np.max(day, initial=1) > datetime.date.max.toordinal():
        raise ValueError("a day lies outside the calendar")
    for each in (np.min(quantity, initial=1), np.max(quantity, initial=1)):
        if not 1 <= each <= MOST:
            raise PriceError("bad_quantity", quantity=str(each), most=f"{MOST:,}")
    for index, known in ((columns.request, columns.requests), (columns.background, columns.backgrounds)):
        if np.min(index, initial=0) < 0 or np.max(index, initial=0) > max(len(known) - 1, 0):
            raise ValueError("a row names a request or a background that is not there")
    return int(next(iter(lengths))[0]) if lengths else 1


def situations(columns: Columns, offer: Offer, spend: Any, backgrounds: Sequence[Background]) -> list[Any]:
    """Return checked columns in the order of a situation's fields; `spend` is each order at its list price."""
    day = column(columns.on)
    found: list[Any] = [NOT_SAID] * len(FIELDS)
    found[AT["day"]] = day
    found[AT["year_day"]], found[AT["weekday"]] = _calendar(day)
    found[AT["spend"]] = spend
    for name in _ARRAYS:
        if name in AT:
            found[AT[name]] = column(getattr(columns, name))
    if columns.requests:
        read = [situate(offer, each, NO_FACTS, NO_BACKGROUND) for each in columns.requests]
        for name in _SAID:
            found[AT[name]] = looked_up([each[AT[name]] for each in read], columns.request)
    if any(each.used_up for each in backgrounds):
        asked = PriceRequest(offer.service.id, offer.tier.id, 1, _ANY_DAY)
        bits = [situate(offer, asked, NO_FACTS, each).used_up for each in backgrounds]
        found[AT["used_up"]] = looked_up(bits, columns.background)
    return found


def looked_up(values: Sequence[Any], index: Any) -> Any:
    """Return the value of each row by its position, one number where all are the same."""
    import numpy as np

    if len(set(values)) == 1 or isinstance(index, int):
        return values[0 if len(set(values)) == 1 else index]
    wide = max(map(abs, values)) >= 2**62
    return np.array(values, dtype=object if wide else np.int64)[index]


def column(value: Any) -> Any:
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
