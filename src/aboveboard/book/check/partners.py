"""Purposes and partners: what holds in silence, who is bound by which contract, how each is told."""

from __future__ import annotations

import datetime
import re

from aboveboard.book.check.business import country
from aboveboard.book.codes import CLAUSES, NEEDED_CLAUSES
from aboveboard.book.finding import Path, Report
from aboveboard.book.legal import forbidden
from aboveboard.book.model import PLACE_FORM, Book, Contract, Partner, Purpose

#: Where many people can see what arrives.
_PUBLIC = ("review_site", "advertising")


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about defaults, facts, feeds and contracts."""
    for number, purpose in enumerate(book.purposes):
        _defaults(purpose, ("purposes", number, "default"), report)
        _facts(purpose, ("purposes", number), report)
        for index, recipient in enumerate(purpose.recipients):
            partner = book.partner(recipient)
            if partner is not None:
                _sharing(book, purpose, partner, ("purposes", number, "recipients", index), report, today)
    pricing = [number for number, purpose in enumerate(book.purposes) if purpose.kind == "pricing"]
    for number in pricing[1:]:
        report.add("purpose.two_pricing", ("purposes", number, "kind"), first=book.purposes[pricing[0]].id)
    for number, partner in enumerate(book.partners):
        _partner(partner, ("partners", number), report, today)


def _defaults(purpose: Purpose, path: Path, report: Report) -> None:
    for place in purpose.default:
        if place != "elsewhere":
            if re.search(PLACE_FORM, place):
                country(place, (*path, place), report)
            else:
                report.add("purpose.default_place", (*path, place), value=place)


def _facts(purpose: Purpose, path: Path, report: Report) -> None:
    if purpose.kind != "pricing" and purpose.facts:
        report.add("purpose.facts", (*path, "facts"))
    if purpose.kind == "pricing" and not purpose.facts:
        report.add("purpose.no_facts", path)


def _sharing(
    book: Book, purpose: Purpose, partner: Partner, path: Path, report: Report, today: datetime.date
) -> None:
    """Write what stands between a purpose and one of its partners; a law's ban is told by `law`, and is enough."""
    if forbidden(book, purpose.id, partner.id, today) is not None:
        return
    if partner.contract is None:
        report.add("partner.no_contract", path, purpose=purpose.name.words, partner=partner.name.words)
    sensitive = {category.id for category in book.data if category.sensitive}
    if partner.kind in _PUBLIC and sensitive & set(purpose.data):
        report.add("sharing.sensitive", path, purpose=purpose.name.words, partner=partner.name.words)


def _partner(partner: Partner, path: Path, report: Report, today: datetime.date) -> None:
    if (partner.feed.webhook is None) == (partner.feed.by_hand is None):
        report.add("partner.feed", (*path, "feed"))
    if partner.contract is not None:
        _contract(partner, partner.contract, (*path, "contract"), report, today)


def _contract(partner: Partner, contract: Contract, path: Path, report: Report, today: datetime.date) -> None:
    until, name = contract.until, partner.name.words
    if until is not None and until < contract.signed:
        report.add("contract.dates", (*path, "until"), until=until, signed=contract.signed)
    elif until is not None and until < today:
        report.add("contract.expired", (*path, "until"), partner=name, until=until)
    elif contract.signed > today:
        report.add("contract.not_yet", (*path, "signed"), partner=name, signed=contract.signed)
    for clause in NEEDED_CLAUSES:
        if clause not in contract.clauses:
            report.add("contract.clause_missing", (*path, "clauses"), partner=name, clause=clause)
    for index, clause in enumerate(contract.clauses):
        if clause not in CLAUSES:
            known = ", ".join(CLAUSES)
            report.add("contract.clause_unknown", (*path, "clauses", index), clause=clause, known=known)
