"""Seasons, promotions and loyalty: days that exist, periods that do not collide, changes that go the right way."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import combinations

from aboveboard.book.check.amounts import amount
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Loyalty, Promotion, Season

#: A leap year, so that every day of any year is in it.
_YEAR = 2028


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about what moves a price."""
    seasons = [_season(season, ("seasons", number), report) for number, season in enumerate(book.seasons)]
    for one, other in combinations(range(len(seasons)), 2):
        _overlap(book, one, other, seasons[one] & seasons[other], report)
    for number, promotion in enumerate(book.promotions):
        _promotion(book, promotion, ("promotions", number), report, today)
    for number, loyalty in enumerate(book.loyalty):
        _loyalty(book, loyalty, ("loyalty", number), report)


def season_days(season: Season) -> frozenset[datetime.date]:
    """Return the days of a leap year that the season covers; none if one of its ends does not exist."""
    try:
        first, last = (datetime.date.fromisoformat(f"{_YEAR}-{day}") for day in (season.starts, season.ends))
    except ValueError:
        return frozenset()
    length = (last - first).days if first <= last else (last - first).days + 366
    days = (first + datetime.timedelta(days=number) for number in range(length + 1))
    return frozenset(day.replace(year=_YEAR) for day in days)


def _season(season: Season, path: Path, report: Report) -> frozenset[datetime.date]:
    for key, day in (("starts", season.starts), ("ends", season.ends)):
        try:
            datetime.date.fromisoformat(f"{_YEAR}-{day}")
        except ValueError:
            report.add("season.day", (*path, key), value=day)
    if not -1 < season.change <= 1:
        report.add("season.change", (*path, "change"), value=season.change)
    return season_days(season)


def _overlap(book: Book, one: int, other: int, days: frozenset[datetime.date], report: Report) -> None:
    first, second = book.seasons[one], book.seasons[other]
    everything = {service.id for service in book.services}
    both = (set(first.services) or everything) & (set(second.services) or everything)
    service = next((each for each in book.services if each.id in both), None)
    if days and service is not None:
        report.add(
            "season.overlap",
            ("seasons", other),
            one=first.name.words,
            other=second.name.words,
            service=service.name.words,
            day=f"{min(days):%m-%d}",
        )


def _promotion(book: Book, promotion: Promotion, path: Path, report: Report, today: datetime.date) -> None:
    if promotion.ends < promotion.starts:
        report.add("promotion.dates", (*path, "ends"), ends=promotion.ends, starts=promotion.starts)
    elif promotion.ends < today:
        report.add("promotion.over", (*path, "ends"), ends=promotion.ends)
    if (promotion.percent is None) == (promotion.amount is None):
        report.add("promotion.form", path)
    if promotion.percent is not None and not 0 < promotion.percent < 1:
        report.add("promotion.percent", (*path, "percent"), value=promotion.percent)
    if promotion.amount is not None:
        here = (*path, "amount")
        if amount(promotion.amount, book.business.currency, here, report) and promotion.amount == 0:
            report.add("promotion.amount", here, value=promotion.amount)


def _loyalty(book: Book, loyalty: Loyalty, path: Path, report: Report) -> None:
    before = 0
    for number, level in enumerate(loyalty.levels):
        here = (*path, "levels", number)
        _change(level.change, (*here, "change"), report)
        if level.at_least <= before:
            report.add("loyalty.order", (*here, "at_least"), now=level.at_least, before=before)
        before = level.at_least
    pricing = book.pricing_purpose()
    if pricing is None or loyalty.fact not in pricing.facts:
        report.add("loyalty.fact_not_declared", (*path, "fact"), fact=loyalty.fact)


def _change(change: Decimal, path: Path, report: Report) -> None:
    if change > 0:
        report.add("loyalty.raises", path, value=change)
    elif change <= -1:
        report.add("loyalty.too_much", path, value=change)
