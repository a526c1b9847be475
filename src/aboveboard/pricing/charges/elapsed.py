"""How long something lasted, and which part of its months it covers.

Hours and minutes are real ones: two moments are taken in UTC, so a stay over the night when the clock goes back has one hour
more, and one over the night when it goes forward has one less. A *day* is the time until the clock shows the same again, be it
23, 24 or 25 hours: who rents a room from noon to noon has it for one day.

Part of a month is paid by its days: from the 11th to the 30th of November, both included, is 20 of 30 days; February has 28
or 29. A time over several months is the sum of its parts, exactly, and only the sum is rounded.
"""

from __future__ import annotations

import datetime
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from aboveboard.book.model import TimeUnit
from aboveboard.pricing.errors import PriceError

SECONDS: dict[TimeUnit, int] = {
    "minute": 60,
    "quarter_hour": 900,
    "half_hour": 1800,
    "hour": 3600,
    "day": 86400,
}
_DAY = datetime.timedelta(days=1)


def elapsed(starts: datetime.datetime, ends: datetime.datetime, per: TimeUnit, zone: ZoneInfo) -> Fraction:
    """Return the seconds between two moments, for `per` day as days of the clock of `zone` times 86,400.

    Raises `PriceError` for a moment without a time zone, an end before the start, or what lies outside the calendar.
    """
    first, last = _moments(starts, ends, datetime.UTC)
    if per != "day":
        return _seconds(last - first)
    try:
        return _days(starts.astimezone(zone), last, zone) * SECONDS["day"]
    except OverflowError:
        raise PriceError("bad_time") from None


def _moments(
    starts: datetime.datetime, ends: datetime.datetime, zone: datetime.tzinfo
) -> tuple[datetime.datetime, datetime.datetime]:
    """Return two moments as the clock of `zone` shows them; raises `PriceError` unless they are moments, one after the other."""
    if starts.tzinfo is None or ends.tzinfo is None:
        raise PriceError("time_without_zone")
    try:
        if ends.astimezone(datetime.UTC) < starts.astimezone(datetime.UTC):
            raise PriceError("time_backwards")
        return starts.astimezone(zone), ends.astimezone(zone)
    except OverflowError:  # the calendar has the years 1 to 9999, on every clock
        raise PriceError("bad_time") from None


def _days(starts: datetime.datetime, ends: datetime.datetime, zone: ZoneInfo) -> Fraction:
    """Return whole days of the clock, and what is left as a share of the day it lies in."""
    clock = starts.replace(tzinfo=None)

    def after(days: int) -> datetime.datetime:
        return (clock + days * _DAY).replace(tzinfo=zone, fold=starts.fold).astimezone(datetime.UTC)

    whole = max((ends - starts.astimezone(datetime.UTC)) // _DAY - 1, 0)
    while after(whole + 1) <= ends:
        whole += 1
    left, length = ends - after(whole), after(whole + 1) - after(whole)
    return whole + _seconds(left) / _seconds(length)


def _seconds(span: datetime.timedelta) -> Fraction:
    return Fraction(span // datetime.timedelta(microseconds=1), 1_000_000)


@dataclass(frozen=True, slots=True)
class MonthPart:
    """Some days of one month: the first of the month, how many days are covered, how many it has."""

    month: datetime.date
    days: int
    of: int


def month_parts(first: datetime.date, last: datetime.date) -> tuple[MonthPart, ...]:
    """Return the parts of each month from `first` to `last`, both included; raises `PriceError` if `last` comes before."""
    if last < first:
        raise PriceError("time_backwards")
    return tuple(_parts(first, last))


def _parts(first: datetime.date, last: datetime.date) -> Iterator[MonthPart]:
    day = first
    while True:
        length = monthrange(day.year, day.month)[1]
        end = min(day.replace(day=length), last)
        yield MonthPart(day.replace(day=1), (end - day).days + 1, length)
        if end == last:
            return
        day = end + _DAY


def months(parts: tuple[MonthPart, ...]) -> Fraction:
    """Return how many months the parts make together, exactly."""
    return sum((Fraction(part.days, part.of) for part in parts), Fraction(0))


def local_days(
    starts: datetime.datetime, ends: datetime.datetime, zone: ZoneInfo
) -> tuple[datetime.date, datetime.date]:
    """Return the first and the last day, both included, on which something between two moments takes place.

    Raises `PriceError` as `elapsed` does.
    """
    first, last = _moments(starts, ends, zone)
    if last.time() == datetime.time(0) and last.date() > first.date():
        return first.date(), last.date() - _DAY
    return first.date(), last.date()
