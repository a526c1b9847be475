"""Everything that is wrong in a book, from its commas to its prices: the one check that commands, the desk and tests use."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from aboveboard.book.check import check as check_book
from aboveboard.book.finding import Finding, Full, Report, in_order
from aboveboard.book.load import Loaded, load
from aboveboard.editions import check_charges, check_law, check_plans, check_prices
from aboveboard.editions.past import Before


def findings(text: str | bytes, today: datetime.date, name: str = "business.yaml") -> list[Finding]:
    """Return all findings about the book in `text`, in order of line; `name` is the file they name.

    Later checks run only if the earlier ones found no error: a price of a broken book would be one more riddle.
    """
    return judge(load(text, name), today, name)


def judge(
    loaded: Loaded,
    today: datetime.date,
    name: str = "business.yaml",
    before: Before | None = None,
    packs: str = "",
) -> list[Finding]:
    """Return the same for a book that is already loaded.

    `before` knows what things cost under past editions; `packs` is the folder of the owner's own rules.
    """
    found = list(loaded.findings)
    if loaded.book is None:
        return found
    found += check_book(loaded.book, loaded.lines, today, name)
    if not failed(found):
        found += check_prices.check(loaded.book, loaded.lines, today, name)
    if not failed(found):
        found += _plans(loaded, today, name)
    if not failed(found):
        found += check_law.check(loaded.book, loaded.lines, today, name, before, packs)
    return in_order(found)


def _plans(loaded: Loaded, today: datetime.date, name: str) -> list[Finding]:
    report = Report(name, loaded.lines)
    try:
        if loaded.book is not None:
            check_charges.check(loaded.book, report, today)
            check_plans.check(loaded.book, report, today)
    except Full:
        report.findings.pop()
        report.add("book.too_many", ())
    return report.findings


def failed(found: list[Finding]) -> bool:
    """Return whether any finding is an error, so that the book cannot be applied."""
    return any(finding.severity == "error" for finding in found)


def business_day(loaded: Loaded, now: datetime.datetime) -> datetime.date:
    """Return the date on the business's own clock; on UTC's if its book names none that exists."""
    try:
        return now.astimezone(ZoneInfo(loaded.book.business.timezone if loaded.book else "UTC")).date()
    except (ValueError, OSError, LookupError):
        return now.astimezone(datetime.UTC).date()
