"""What makes a price differ must be published and possible: conditions, groups, fees, guards, the worth of data.

A condition that nobody could meet, a group that would pay more, a fee of two kinds: each is found here, before a customer
meets it.
"""

from __future__ import annotations

import datetime

from aboveboard.book.check.amounts import amount
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Condition, DataValue, Fee, When

#: A leap year, so that every day of any year is in it.
_YEAR = 2028


def check(book: Book, report: Report) -> None:
    """Write findings about what makes prices differ from the list price."""
    for number, condition in enumerate(book.conditions):
        _condition(condition, ("conditions", number), report)
    for number, promotion in enumerate(book.promotions):
        if promotion.when is not None:
            when(promotion.when, ("promotions", number, "when"), report)
    for number, fee in enumerate(book.fees):
        _fee(book, fee, ("fees", number), report)
    for key in ("cap", "rise"):
        share = getattr(book.guards, key)
        if share is not None and not 0 <= share <= 10:
            report.add("guards.share", ("guards", key), value=share)
    for number, value in enumerate(book.data_value):
        _data_value(book, value, ("data_value", number), report)
    _undocumented(book, report)


def when(asked: When, path: Path, report: Report) -> None:
    """Write findings about a condition of time, place, quantity and group."""
    if asked == When():
        report.add("when.empty", path)
    if (asked.starts is None) != (asked.ends is None):
        report.add("when.half", path, one="starts", other="ends")
    for key in ("starts", "ends"):
        day = getattr(asked, key)
        if day is not None and not _exists(day):
            report.add("season.day", (*path, key), value=day)
    if asked.after is not None and asked.after in (asked.before, "24:00"):
        report.add("when.no_time", (*path, "after"), value=asked.after)
    for least, most in (("lead_least", "lead_most"), ("least", "most")):
        low, high = getattr(asked, least), getattr(asked, most)
        if low is not None and high is not None and low > high:
            report.add("when.order", (*path, least), least=low, most=high)


def _condition(condition: Condition, path: Path, report: Report) -> None:
    when(condition.when, (*path, "when"), report)
    if not -1 < condition.change <= 1:
        report.add("condition.change", (*path, "change"), value=condition.change)
    elif condition.change > 0 and condition.when.groups:
        report.add("condition.group_pays_more", (*path, "change"), value=condition.change)


def _fee(book: Book, fee: Fee, path: Path, report: Report) -> None:
    if (fee.percent is None) == (fee.amount is None):
        report.add("fee.form", path)
    if fee.percent is not None and not 0 < fee.percent < 1:
        report.add("fee.percent", (*path, "percent"), value=fee.percent)
    if fee.amount is not None:
        amount(fee.amount, book.business.currency, (*path, "amount"), report)


def _data_value(book: Book, value: DataValue, path: Path, report: Report) -> None:
    if amount(value.amount, book.business.currency, (*path, "amount"), report):
        if not value.low <= value.amount <= value.high:
            report.add("data_value.interval", path, low=value.low, amount=value.amount, high=value.high)
        elif value.low <= 0:
            report.add("data_value.zero", (*path, "low"), low=value.low, high=value.high)


def _undocumented(book: Book, report: Report) -> None:
    """Name each thanks that nobody will get, because the worth of the data behind it is not documented."""
    documented = [value for value in book.data_value if value.low > 0]
    for number, loyalty in enumerate(book.loyalty):
        concerned = [each for each in book.services if not loyalty.services or each.id in loyalty.services]
        for service in concerned:
            if not any(not value.services or service.id in value.services for value in documented):
                report.add(
                    "data_value.missing",
                    ("loyalty", number),
                    loyalty=loyalty.name.words,
                    service=service.name.words,
                )


def _exists(day: str) -> bool:
    try:
        datetime.date.fromisoformat(f"{_YEAR}-{day}")
    except ValueError:
        return False
    return True
