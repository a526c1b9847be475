"""Everything that is wrong in a book, from its commas to its prices: the one check that commands, the desk and tests use."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aboveboard.book.check import check as check_book
from aboveboard.book.finding import Finding, Full, Report, in_order
from aboveboard.book.load import Loaded, load
from aboveboard.editions import (
    check_answers,
    check_charges,
    check_law,
    check_market,
    check_plans,
    check_prices,
    own_packs,
)
from aboveboard.editions.own_packs import Reader
from aboveboard.editions.past import Before
from aboveboard.law.library import Library, Own


def findings(text: str | bytes, today: datetime.date, name: str = "business.yaml") -> list[Finding]:
    """Return all findings about the book in `text`, in order of line; `name` is the file they name.

    Later checks run only if the earlier ones found no error: a price of a broken book would be one more riddle.
    """
    return judge(load(text, name), today, name)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging a book gave: all findings, and the packs of its own that may be used."""

    findings: list[Finding]
    own: tuple[Own, ...] = ()


def judge(
    loaded: Loaded,
    today: datetime.date,
    name: str = "business.yaml",
    before: Before | None = None,
    packs: str = "",
    read: Reader | None = None,
) -> list[Finding]:
    """Return the same for a book that is already loaded, see `judged`."""
    return judged(loaded, today, name, before, packs, read).findings


def judged(
    loaded: Loaded,
    today: datetime.date,
    name: str = "business.yaml",
    before: Before | None = None,
    packs: str = "",
    read: Reader | None = None,
) -> Judgement:
    """Return all findings about a book that is already loaded, with the packs that it names.

    `before` knows what things cost under past editions; `packs` is the deployment's folder of rules; `read` gives the text of
    a pack that the book names.
    """
    found = list(loaded.findings)
    book, lines = loaded.book, loaded.lines
    if book is None:
        return Judgement(found)
    found += check_book(book, lines, today, name)
    found += own_packs.refused(packs, lines, name)
    gathered = own_packs.gather(book, lines, name, read, packs)
    found += gathered.findings
    if not failed(found):
        known = Library.open(packs, gathered.packs).vocabulary
        found += check_answers.check(book, lines, today, name, known)
    if not failed(found):
        found += check_prices.check(book, lines, today, name)
    if not failed(found):
        found += _plans(loaded, today, name)
    if not failed(found):
        library = Library.open(packs, gathered.packs)
        found += check_law.check(book, lines, today, name, before, library)
    return Judgement(in_order(found), gathered.packs)


def _plans(loaded: Loaded, today: datetime.date, name: str) -> list[Finding]:
    report = Report(name, loaded.lines)
    try:
        if loaded.book is not None:
            check_charges.check(loaded.book, report, today)
            check_plans.check(loaded.book, report, today)
            check_market.check(loaded.book, report, today)
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
