"""Who the business is: codes that exist, an address that can be one."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from aboveboard.book.codes import COUNTRIES, CURRENCIES
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book

_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")


def check(book: Book, report: Report) -> None:
    """Write findings about the chapter `business`, and about places anywhere in the book."""
    business = book.business
    if business.currency not in CURRENCIES:
        report.add("business.currency", ("business", "currency"), value=business.currency)
    if not _has_clock(business.timezone):
        report.add("business.timezone", ("business", "timezone"), value=business.timezone)
    if not _EMAIL.fullmatch(business.contact.email):
        report.add("business.email", ("business", "contact", "email"), value=business.contact.email)
    country(business.place, ("business", "place"), report)
    for number, partner in enumerate(book.partners):
        country(partner.place, ("partners", number, "place"), report)


def country(place: str, path: Path, report: Report) -> None:
    """Write a finding if the country of `place` does not exist."""
    code = place.partition("-")[0]
    if code not in COUNTRIES:
        report.add("business.place", path, value=code)


def _has_clock(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        return False
    return True
