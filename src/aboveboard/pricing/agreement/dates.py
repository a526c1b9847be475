"""Months of an agreement, counted from the day it began.

A month begins on the same date as the first one did, or on a month's last day where there is no such date. Always counted from
the first day, never from the month before: what began on 31 January goes on on 28 February and again on 31 March. These are
days, not instants, so that no clock that is set forward or back moves them.
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Month:
    """One month of an agreement: its number from 1, its first and its last day."""

    number: int
    first: datetime.date
    last: datetime.date


def month_after(start: datetime.date, months: int) -> datetime.date:
    """Return the day `months` months after `start`; raises `ValueError` beyond the calendar."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def months_of(start: datetime.date, months: int) -> tuple[Month, ...]:
    """Return the months of a term, without gap or overlap."""
    turns = [month_after(start, number) for number in range(months + 1)]
    one = datetime.timedelta(days=1)
    return tuple(Month(number + 1, turns[number], turns[number + 1] - one) for number in range(months))


def month_on(start: datetime.date, on: datetime.date) -> int:
    """Return the number of the month that a day lies in, counted from 1; 0 before the agreement began."""
    if on < start:
        return 0
    whole = (on.year - start.year) * 12 + on.month - start.month
    return whole + 1 if month_after(start, whole) <= on else whole
