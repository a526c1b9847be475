"""Agreements, points and credit that cannot be: an index without a cap, points that are worth more than was paid for them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from aboveboard.book.check.amounts import amount
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Agreements, Book, Credit, Index, Points, Terms


def check(book: Book, report: Report) -> None:
    """Write findings about what binds both sides for longer than one sale."""
    if book.agreements is not None:
        _agreements(book, book.agreements, report)
    if book.points is not None:
        _points(book, book.points, report)
    if book.credit is not None:
        _credit(book, book.credit, report)
    for number, condition in enumerate(book.conditions):
        if condition.when.terms and condition.change > 0:
            report.add("agreement.pays_more", ("conditions", number, "change"), value=condition.change)


def names(book: Book) -> Iterator[tuple[Path, str, str]]:
    """Yield each id of another chapter that is named here, with its path and chapter."""
    for number, terms in enumerate(book.agreements.terms if book.agreements else ()):
        for index, name in enumerate(terms.services):
            yield ("agreements", "terms", number, "services", index), "services", name
    for index, name in enumerate(book.points.services if book.points else ()):
        yield ("points", "services", index), "services", name
    for number, referral in enumerate(book.credit.referrals if book.credit else ()):
        yield ("credit", "referrals", number, "offer"), "promotions", referral.offer


def _agreements(book: Book, found: Agreements, report: Report) -> None:
    path: Path = ("agreements",)
    if not 0 <= found.rate <= 1:
        report.add("agreement.rate", (*path, "rate"), value=found.rate)
    for number, index in enumerate(found.indices):
        _index(index, (*path, "indices", number), report)
    for number, terms in enumerate(found.terms):
        here = (*path, "terms", number)
        _price(found, terms, here, report)
        _sold_by_month(book, terms, here, report)
        for key in ("saves", "empties"):
            each = getattr(terms, key)
            if each is not None:
                amount(each.amount, book.business.currency, (*here, key, "amount"), report)


def _price(found: Agreements, terms: Terms, path: Path, report: Report) -> None:
    if (terms.index is None) != (terms.cap is None):
        report.add("agreement.cap", path, terms=terms.name.words)
    if terms.cap is not None and not 0 <= terms.cap <= 1:
        report.add("agreement.cap_share", (*path, "cap"), value=terms.cap)
    known = [index.id for index in found.indices]
    if terms.index is not None and terms.index not in known:
        report.add("agreement.index", (*path, "index"), id=terms.index, known=", ".join(known) or "–")


def _sold_by_month(book: Book, terms: Terms, path: Path, report: Report) -> None:
    for number, name in enumerate(terms.services):
        service = book.service(name)
        if service is not None and service.unit != "month":
            report.add("agreement.unit", (*path, "services", number), service=service.name.words)
    tiers = sorted({t.id for name in terms.services if (s := book.service(name)) for t in s.tiers})
    for number, tier in enumerate(terms.tiers):
        if tier not in tiers:
            report.add("agreement.tier", (*path, "tiers", number), id=tier, known=", ".join(tiers) or "–")


def _index(index: Index, path: Path, report: Report) -> None:
    seen = set()
    for number, value in enumerate(index.values):
        here = (*path, "values", number)
        if value.value <= 0:
            report.add("agreement.index_value", (*here, "value"), value=value.value)
        if value.published in seen:
            report.add("agreement.index_twice", (*here, "published"), on=value.published.isoformat())
        seen.add(value.published)


def _points(book: Book, points: Points, report: Report) -> None:
    path: Path = ("points",)
    amount(points.per, book.business.currency, (*path, "per"), report)
    most = max([level.times for level in points.levels], default=1)
    if not 0 < points.worth * most < points.per:
        report.add("points.worth", (*path, "worth"), worth=points.worth, per=points.per)
    if not 0 <= points.used <= 1:
        report.add("points.used", (*path, "used"), value=points.used)
    before = None
    for number, level in enumerate(points.levels):
        if level.times < 1 or (before and (level.at_least <= before.at_least or level.times < before.times)):
            report.add("points.level", (*path, "levels", number), level=level.name.words)
        before = level
    held = Decimal(0)
    for number, level in enumerate(points.levels):
        held += level.share
        if level.share < 0 or held > 1:
            report.add("points.share", (*path, "levels", number, "share"), level=level.name.words)
            break


def _credit(book: Book, credit: Credit, report: Report) -> None:
    referrals = {promotion.id for promotion in book.promotions if promotion.referral}
    for number, referral in enumerate(credit.referrals):
        here: Path = ("credit", "referrals", number)
        amount(referral.amount, book.business.currency, (*here, "amount"), report)
        if referral.offer not in referrals and any(p.id == referral.offer for p in book.promotions):
            report.add("credit.offer", (*here, "offer"), offer=referral.offer)
