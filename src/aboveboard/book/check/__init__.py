"""What is wrong in a book that can be read: references, money, calendars, contracts, law, the market, words.

Each module looks at one thing and writes all it finds; together they know nothing of prices (see `editions.check`, which adds
the checks that need one). Pure: the day on which "over" and "expired" are judged is handed in.
"""

from __future__ import annotations

import datetime

from aboveboard.book.check import (
    agreements,
    amounts,
    charges,
    law,
    market,
    offers,
    partners,
    plans,
    published,
    references,
    witnesses,
    wording,
)
from aboveboard.book.check import business as who
from aboveboard.book.finding import Finding, Full, Lines, Report, in_order
from aboveboard.book.model import Book


def check(book: Book, lines: Lines, today: datetime.date, file: str = "business.yaml") -> list[Finding]:
    """Return all findings about `book`, in order of line; `lines` is what `load` gave with it."""
    report = Report(file, lines)
    try:
        references.check(book, report)
        who.check(book, report)
        partners.check(book, report, today)
        law.check(book, report, today)
        amounts.check(book, report)
        charges.check(book, report)
        plans.check(book, report)
        offers.check(book, report, today)
        published.check(book, report)
        agreements.check(book, report)
        market.check(book, report, today)
        witnesses.check(book, report)
        wording.check(book, report)
    except Full:
        report.findings.pop()
        report.add("book.too_many", ())
    return in_order(report.findings)
