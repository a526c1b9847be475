"""Times and dates as people say them, in the business's own time zone.

An instant is told by its nearness: "today at 14:03", "yesterday at 09:10", "on 7 December at 14:03"; the year is said
only when it is not this one. The full instant stays at hand for whoever needs it (`full`). A date without a time is "7
December".
"""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from aboveboard.words import Lang
from aboveboard.words.months import MONTHS


def when(at: datetime.datetime, now: datetime.datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Return the instant `at` as one says it at `now`: "today at 14:03" · 「今天 14:03」."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    near = {0: ("today", "今天"), 1: ("yesterday", "昨天"), -1: ("tomorrow", "明天")}.get(
        (today - local.date()).days
    )
    if near is not None:
        return f"{near[0]} at {clock}" if lang == "en" else f"{near[1]} {clock}"
    said = day(local.date(), today, lang)
    return f"on {said} at {clock}" if lang == "en" else f"{said} {clock}"


def day(date: datetime.date, today: datetime.date, lang: Lang) -> str:
    """Return a date as one says it on `today`: "7 December", "7 December 2027" · 「12 月 7 日」, 「2027 年 12 月 7 日」."""
    year = date.year != today.year
    if lang == "zh":
        return f"{date.year} 年 {date.month} 月 {date.day} 日" if year else f"{date.month} 月 {date.day} 日"
    return f"{date.day} {MONTHS[date.month - 1]}{f' {date.year}' if year else ''}"


def full(at: datetime.datetime, zone: ZoneInfo) -> str:
    """Return the whole instant with its offset, for a hover or a print: `2026-11-23 14:03:07 -08:00`."""
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
