"""By when? The law's own number and unit, counted from the day on which something happened.

The day of the event is not counted. A month ends on the same date of a later month, or on that month's last day if there is
no such date. A last day that is no working day moves to the next one only where the law says so (`roll`). An extension counts
only if all that it needs is known and the person was told in time; it is added to the amount, and both are counted from the
start.

Two dates come out: `due`, the last day, and `safe`, the earliest that anyone can defend. Where it is not known which days are
off, `due` is None and `safe` counts Monday to Friday. `steps` tells how it was counted, in both languages.
"""

from __future__ import annotations

import calendar as months
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aboveboard.law import calendars
from aboveboard.law.calendars import Skips, UnknownDays
from aboveboard.law.form import Clock, Unit
from aboveboard.law.vocabulary import Day, count, date_of, day, text
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.text import Text

#: The fact that says how many times the time was made longer.
TIMES = "extension.times"
_UNITS: dict[str, str] = {"calendar_day": "day", "business_day": "business_day"}


@dataclass(frozen=True, slots=True)
class Due:
    """When it is due. `missing` names the facts (or the calendar) without which `due` cannot be told.

    `certain` is a day by which it is in time whatever is not known; `latest` the last date that one can argue for, if it differs.
    """

    start: Day
    due: Day | None
    safe: Day
    certain: Day
    latest: Day | None = None
    missing: tuple[str, ...] = ()
    extended: bool = False
    steps: tuple[Text, ...] = field(default=())


def due(clock: Clock, facts: Mapping[str, Any], *, explain: bool = False) -> Due | None:
    """Return when it is due by `clock`, or None if the start is not known (or lies beyond the calendar)."""
    start = day(facts.get(clock.start))
    if start is None:
        return None
    try:
        return _Count(clock, facts, start, explain).run()
    except (OverflowError, ValueError):
        return None


def last_day(start: Day, amount: int, unit: Unit, *, exclude_start_day: bool = True) -> Day:
    """Return the last day of `amount` units from `start` on; business days are not for here. Hours need a moment."""
    if unit == "hour":
        if not isinstance(start, datetime.datetime):
            start = datetime.datetime.combine(start, datetime.time(), datetime.UTC)
        return start + datetime.timedelta(hours=amount)
    first = date_of(start)
    if not exclude_start_day:
        first -= datetime.timedelta(days=1)
    if unit in ("month", "year"):
        return _months_later(first, amount * (12 if unit == "year" else 1))
    return first + datetime.timedelta(days=amount * (7 if unit == "week" else 1))


def _months_later(first: datetime.date, amount: int) -> datetime.date:
    year, month = divmod(first.year * 12 + first.month - 1 + amount, 12)
    return datetime.date(year, month + 1, min(first.day, months.monthrange(year, month + 1)[1]))


def later(one: Day, other: Day) -> bool:
    """Return whether `one` is later than `other`; a day and a moment are compared as days."""
    if isinstance(one, datetime.datetime) and isinstance(other, datetime.datetime):
        return one > other
    return date_of(one) > date_of(other)


class _Count:
    """One counting: the dates, and what was done to get them."""

    def __init__(self, clock: Clock, facts: Mapping[str, Any], start: Day, explain: bool) -> None:
        self.clock, self.facts, self.start = clock, facts, start
        self.explain = explain
        self.steps: list[Text] = []
        self.missing: list[str] = []
        #: From which day how many business days were counted.
        self.counted = (date_of(start), clock.amount)

    def run(self) -> Due:
        clock = self.clock
        self.say("start" if clock.exclude_start_day else "start_counted", day=told(self.start))
        amount, extended = clock.amount, False
        if clock.extension is not None:
            more, unknown = self.extension()
            if unknown:
                self.missing += unknown
            elif more:
                extended = True
                if clock.extension.unit == clock.unit:
                    amount += more
                else:
                    first = self.reach(clock.amount, clock.unit)
                    return self.answer(self.reach(more, clock.extension.unit, date_of(first[0])), extended)
        return self.answer(self.reach(amount, clock.unit), extended)

    def answer(self, reached: tuple[Day, bool], extended: bool) -> Due:
        """Turn the last day that was reached into the dates: roll it where the law rolls, and say which is safe."""
        last, known = reached
        safe = certain = last
        final: Day | None = last
        if not known:
            final, certain = None, self.surely()
        elif self.clock.roll != "none":
            final = self.rolled(date_of(last))
        if self.missing:
            final = None
        latest = None
        if self.clock.calendar.startswith("us-ca") and self.clock.unit == "business_day":
            safe, latest = self.california(last)
            certain = safe
        return Due(
            self.start, final, safe, certain, latest if latest != final else None, tuple(self.missing), extended,
            tuple(self.steps),
        )  # fmt: skip

    def surely(self) -> Day:
        """Return a day by which it is in time whatever is not known: as if every day were a working day."""
        first, amount = self.counted
        return first + datetime.timedelta(days=amount)

    def california(self, last: Day) -> tuple[Day, Day]:
        """Return the same count by the strictest and by the common reading of what a business day is."""
        if self.clock.calendar == "us-ca-common":
            return _business(*self.counted, calendars.california_earliest), last
        return last, _business(*self.counted, calendars.california_common)

    # -------------------------------------------------------------------------------------------------- counting
    def reach(self, amount: int, unit: Unit, since: Day | None = None) -> tuple[Day, bool]:
        """Return the last day and whether it is sure."""
        start = self.start if since is None else since
        if unit != "business_day":
            exclude = self.clock.exclude_start_day or since is not None
            last = last_day(start, amount, unit, exclude_start_day=exclude)
            self.say(_UNITS.get(unit, unit) + ("_one" if amount == 1 else ""), amount=amount, day=told(last))
            if unit in ("month", "year") and date_of(last).day < date_of(start).day:
                self.say("clipped", day=told(last))
            return last, True
        first = date_of(start)
        if not self.clock.exclude_start_day and since is None:
            first -= datetime.timedelta(days=1)
        return self.business(first, amount)

    def business(self, first: datetime.date, amount: int) -> tuple[Day, bool]:
        self.counted = (first, amount)
        try:
            skips = self.calendar()
            skipped: list[tuple[datetime.date, Text]] = []
            last = _business(first, amount, skips, skipped)
        except UnknownDays as error:
            self.missing.append(self.unknown(error))
            last = _business(first, amount, _known_or_weekday(self.calendar_or_weekdays()))
            self.say("unknown_days", what=self.unknown(error), day=told(last))
            return last, False
        self.say("business_day", amount=amount, day=told(last))
        if self.explain:
            self.say_days(first, last, dict(skipped))
        return last, True

    def say_days(
        self, first: datetime.date, last: datetime.date, skipped: Mapping[datetime.date, Text]
    ) -> None:
        """Tell which weekdays were skipped, and which weekends were made working days."""
        for number in range(1, (last - first).days + 1):
            date = first + datetime.timedelta(days=number)
            why = skipped.get(date)
            if why is not None and why not in (calendars.SATURDAY, calendars.SUNDAY):
                self.say("skipped", day=told(date), why=why)
            elif why is None and date.weekday() > 4 and self.clock.calendar == "cn-workday":
                self.say("made_working", day=told(date))

    def rolled(self, last: datetime.date) -> datetime.date | None:
        try:
            skips = self.calendar()
            moved = last
            while (why := skips(moved)) is not None:
                self.say("rolled", day=told(moved), why=why)
                moved += datetime.timedelta(days=1)
        except UnknownDays as error:
            self.missing.append(self.unknown(error))
            self.say("unknown_roll", what=self.unknown(error), day=told(last))
            return None
        if moved != last:
            self.say("rolled_to", day=told(moved))
        return moved

    def calendar(self) -> Skips:
        return calendars.calendar(self.clock.calendar, text(self.facts.get(self.clock.country)))

    def calendar_or_weekdays(self) -> Skips:
        try:
            return self.calendar()
        except UnknownDays:
            return calendars.mon_fri

    def unknown(self, error: UnknownDays) -> str:
        return f"{self.clock.calendar} {error.year}" if error.year else self.clock.country

    # ------------------------------------------------------------------------------------------------- extension
    def extension(self) -> tuple[int, list[str]]:
        """Return by how much the time is longer, and what is missing to know that."""
        more = self.clock.extension
        assert more is not None  # noqa: S101 - the caller asked
        lacking = [name for name in more.needs if self.facts.get(name) in (None, "", [])]
        if lacking:
            if len(lacking) < len(more.needs):
                self.say("extension_lacks", what=", ".join(lacking))
            return 0, []
        if more.notice_within is not None and more.notice is not None:
            told_at = day(self.facts.get(more.notice))
            if told_at is None:
                return 0, [more.notice]
            until = last_day(self.start, more.notice_within.amount, more.notice_within.unit)
            moved = self.rolled(date_of(until)) if self.clock.roll != "none" else until
            if later(told_at, moved or until):
                self.say("extension_late", day=told(told_at), until=told(moved or until))
                return 0, []
        times = 1
        if more.max_times > 1:
            given = count(self.facts.get(TIMES))
            if given is None:
                return 0, [TIMES]
            times = min(given, more.max_times)
        self.say("extended", amount=more.amount * times, unit=_unit(more.unit))
        return more.amount * times, []

    def say(self, key: str, **values: object) -> None:
        if self.explain:
            self.steps.append(Catalogue.load("aboveboard.law").text(f"clock.{key}").filled(**values))


def _business(
    first: datetime.date, amount: int, skips: Skips, skipped: list[tuple[datetime.date, Text]] | None = None
) -> datetime.date:
    """Return the `amount`-th working day after `first`."""
    current = first
    while amount:
        current += datetime.timedelta(days=1)
        why = skips(current)
        if why is None:
            amount -= 1
        elif skipped is not None:
            skipped.append((current, why))
    return current


def _known_or_weekday(skips: Skips) -> Skips:
    def either(date: datetime.date) -> Text | None:
        try:
            return skips(date)
        except UnknownDays:
            return calendars.mon_fri(date)

    return either


def told(value: Day) -> Text:
    """Return a day with its weekday, a moment with its hour."""
    date = date_of(value)
    if isinstance(value, datetime.datetime):
        said = value.isoformat(sep=" ", timespec="minutes")
        return Text(said, said)
    return Text(
        f"{date.isoformat()} ({_DAYS_EN[date.weekday()]})",
        f"{date.isoformat()}（{_DAYS_ZH[date.weekday()]}）",
    )


_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_ZH = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


def _unit(unit: Unit) -> Text:
    return Catalogue.load("aboveboard.law").text(f"units.{unit}")
