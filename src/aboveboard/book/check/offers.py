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
#: So many offers may concern one service, and so many of them may exclude others: twelve make at most 81 sets that go together
#: (Moon and Moser 1965).
MOST_OFFERS = 60
MOST_CLASHING = 12


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about what moves a price."""
    seasons = [_season(season, ("seasons", number), report) for number, season in enumerate(book.seasons)]
    for one, other in combinations(range(len(seasons)), 2):
        _overlap(book, one, other, seasons[one] & seasons[other], report)
    for number, promotion in enumerate(book.promotions):
        _promotion(book, promotion, ("promotions", number), report, today)
    _sets(book, report)
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
    forms = (promotion.percent, promotion.amount, promotion.price, promotion.free_every)
    if sum(form is not None for form in forms) != 1:
        report.add("promotion.form", path)
    if (promotion.coupon == "code") != (promotion.code is not None):
        report.add("promotion.code", path)
    if promotion.coupon and promotion.referral:
        report.add("promotion.two_codes", path)
    if promotion.id in promotion.excludes:
        report.add("promotion.excludes_itself", (*path, "excludes"))
    for key in ("price", "spend_least", "budget"):
        value = getattr(promotion, key)
        if value is not None:
            amount(value, book.business.currency, (*path, key), report)
    if promotion.percent is not None and not 0 < promotion.percent < 1:
        report.add("promotion.percent", (*path, "percent"), value=promotion.percent)
    if promotion.amount is not None:
        here = (*path, "amount")
        if amount(promotion.amount, book.business.currency, here, report) and promotion.amount == 0:
            report.add("promotion.amount", here, value=promotion.amount)


def _sets(book: Book, report: Report) -> None:
    """Offers of one service that exclude each other make sets to try; too many would make every price slow."""
    for service in book.services:
        meant = [each for each in book.promotions if not each.services or service.id in each.services]
        clashing = [
            each for each in meant if each.excludes or any(each.id in other.excludes for other in meant)
        ]
        if len(meant) > MOST_OFFERS or len(clashing) > MOST_CLASHING:
            report.add(
                "promotion.too_many",
                ("promotions",),
                service=service.name.words,
                offers=len(meant),
                clashing=len(clashing),
                most=MOST_OFFERS,
                most_clashing=MOST_CLASHING,
            )
            return


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
