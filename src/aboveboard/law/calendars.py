"""Which days count as working days, and for whom.

| calendar | a day is skipped only if it is | for |
|---|---|---|
| `eu-member-state` | Saturday, Sunday or a public holiday of the country | Regulation (EEC, Euratom) 1182/71 |
| `us-ca-earliest` | Sunday, or a holiday on which every reading of California law agrees | the safe date |
| `us-ca-common` | Saturday, Sunday, or a holiday of California | the latest date one can argue for |
| `cn-workday` | Saturday or Sunday that is not made a working day, or a day off by the State Council's notice | 工作日 |

The libraries that know holidays are imported when a question first needs them. A year that they do not know raises `UnknownDays`:
nobody is told a date that was guessed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from functools import lru_cache

from aboveboard.law.places import EEA
from aboveboard.words.text import Text

#: Why a day is skipped, or None for a working day.
Skips = Callable[[datetime.date], Text | None]

SATURDAY = Text("Saturday", "星期六")
SUNDAY = Text("Sunday", "星期日")
HOLIDAY = Text("a day off by the State Council's notice", "国务院通知的放假日")
#: Countries whose public holidays are known: the EEA, the United Kingdom and Switzerland.
COUNTRIES = EEA | {"GB", "CH"}
#: Years for which the library's rules of public holidays are taken as known.
KNOWN = range(1990, 2101)


class UnknownDays(Exception):  # noqa: N818 - not a fault: an answer that says what is not known
    """Which days of this year are off is not known (yet), or which country's days are meant."""

    def __init__(self, calendar: str, year: int | None = None) -> None:
        super().__init__(f"{calendar} {year}" if year else calendar)
        self.calendar = calendar
        self.year = year


def mon_fri(day: datetime.date) -> Text | None:
    """Skip Saturdays and Sundays, nothing else."""
    return (None, SATURDAY, SUNDAY)[max(0, day.weekday() - 4)]


def member_state(country: str | None) -> Skips:
    """Return the calendar of a country of the EEA (or GB, CH); raises `UnknownDays` for another one."""
    code = (country or "").partition("-")[0]
    if code not in COUNTRIES:
        raise UnknownDays("eu-member-state")

    def skips(day: datetime.date) -> Text | None:
        return mon_fri(day) or _public(code, None, day)

    return skips


def california_common(day: datetime.date) -> Text | None:
    """Skip Saturdays, Sundays and every day that is a holiday in California, its half-official ones too."""
    return mon_fri(day) or _public("US", "CA", day)


def california_earliest(day: datetime.date) -> Text | None:
    """Skip only what every reading skips: Sundays (Cal. Civ. Code § 7) and the holidays that all lists have.

    Whether Saturdays, Lincoln's birthday, 31 March, 19 June, Columbus Day, the day after Thanksgiving, or a Monday after a
    holiday on Sunday count is open to argument; here they are business days, so the date comes out earlier, never later.
    """
    if day.weekday() == 6:
        return SUNDAY
    return _AGREED_DAYS.get((day.month, day.day)) or _agreed_mondays(day)


_AGREED_DAYS = {
    (1, 1): Text("New Year's Day", "元旦"),
    (7, 4): Text("Independence Day", "独立日"),
    (11, 11): Text("Veterans Day", "退伍军人节"),
    (12, 25): Text("Christmas Day", "圣诞节"),
}


def _agreed_mondays(day: datetime.date) -> Text | None:
    week = (day.day - 1) // 7 + 1
    match (day.month, day.weekday(), week):
        case (1, 0, 3):
            return Text("Martin Luther King Jr. Day", "马丁·路德·金纪念日")
        case (2, 0, 3):
            return Text("Presidents' Day", "总统日")
        case (5, 0, _) if day.day > 24:
            return Text("Memorial Day", "阵亡将士纪念日")
        case (9, 0, 1):
            return Text("Labor Day", "劳动节")
        case (11, 3, 4):
            return Text("Thanksgiving Day", "感恩节")
    return None


def china(day: datetime.date) -> Text | None:
    """Skip weekends and days off, but not weekends that are made working days; raises `UnknownDays` for a year without notice."""
    import chinese_calendar  # late: few questions need it

    if day.year not in _noticed():
        raise UnknownDays("cn-workday", day.year)
    if chinese_calendar.is_workday(day):
        return None
    return mon_fri(day) or HOLIDAY


@lru_cache(maxsize=1)
def _noticed() -> frozenset[int]:
    """Return the years whose notice the library has: those that it knows days off in."""
    import chinese_calendar

    return frozenset(day.year for day in chinese_calendar.holidays)


def calendar(name: str, country: str | None = None) -> Skips:
    """Return a calendar by its id; raises `UnknownDays` where the country is not known."""
    if name == "eu-member-state":
        return member_state(country)
    return _BY_NAME[name]


_BY_NAME: Mapping[str, Skips] = {
    "us-ca-earliest": california_earliest,
    "us-ca-common": california_common,
    "cn-workday": china,
}


def _public(country: str, part: str | None, day: datetime.date) -> Text | None:
    if day.year not in KNOWN:
        raise UnknownDays(f"{country} holidays", day.year)
    name = _year(country, part, day.year).get(day)
    return Text(*[_literal(name)] * 2) if name else None


@lru_cache(maxsize=256)
def _year(country: str, part: str | None, year: int) -> dict[datetime.date, str]:
    import holidays  # late: few questions need it

    return dict(holidays.country_holidays(country, subdiv=part, years=year))


def _literal(name: str) -> str:
    return name.replace("{", "{{").replace("}", "}}")
