"""What the law says to this book: what it forbids, where it asks first, where a browser's signal counts.

These are warnings, not errors: the gate holds to a ban whatever the book says, and whether a law reaches a business at all
can depend on facts (its size, say) that are not in the book. Each names its source.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from aboveboard.book.finding import Path, Report
from aboveboard.book.legal import forbidden
from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.law.duties import ask_first, honour_signal
from aboveboard.law.model import Rule


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about every purpose, towards each of its partners and in each place that the book names."""
    for number, purpose in enumerate(book.purposes):
        _bans(book, purpose, ("purposes", number), report, today)
        partners = [partner for partner in map(book.partner, purpose.recipients) if partner is not None]
        for place, says in _defaults(book, purpose).items():
            if says == "allow":
                _asked(book, purpose, partners, place, number, report, today)


def _bans(book: Book, purpose: Purpose, path: Path, report: Report, today: datetime.date) -> None:
    wanted: list[tuple[str | None, Path]] = [(None, path)]
    wanted += [
        (recipient, (*path, "recipients", index)) for index, recipient in enumerate(purpose.recipients)
    ]
    for recipient, here in wanted:
        partner = book.partner(recipient) if recipient is not None else None
        if recipient is not None and partner is None:
            continue
        ban = forbidden(book, purpose.id, recipient, today)
        if ban is not None:
            report.add(
                "law.forbidden",
                here,
                purpose=purpose.name.words,
                partner=partner.name.words if partner else book.business.name.words,
                why=ban.explanation,
                citation=ban.citation,
            )
            if recipient is None:
                return


def _defaults(book: Book, purpose: Purpose) -> Mapping[str, str]:
    """Return what silence means in each place that is named, and at the business's own."""
    named = {place: says for place, says in purpose.default.items() if place != "elsewhere"}
    home = book.business.place
    here = named.get(home) or named.get(home.partition("-")[0]) or purpose.default.get("elsewhere", "deny")
    return {home: here} | named


def _asked(
    book: Book,
    purpose: Purpose,
    partners: list[Partner],
    place: str,
    number: int,
    report: Report,
    today: datetime.date,
) -> None:
    path: Path = ("purposes", number, "default", place)
    asked = (ask_first(book, purpose, partner, today, place=place) for partner in (None, *partners))
    rule = next((rule for rule in asked if rule is not None), None)
    if rule is not None:
        _add("law.ask_first", path, place, purpose, rule, report)
    shares = purpose.kind == "sharing" or any(partner.kind == "advertising" for partner in partners)
    signal = honour_signal(book, purpose, today, place=place) if shares and not purpose.gpc else None
    if signal is not None:
        _add("law.signal", path, place, purpose, signal, report)


def _add(code: str, path: Path, place: str, purpose: Purpose, rule: Rule, report: Report) -> None:
    name, why = purpose.name.words, rule.explain.words
    report.add(code, path, place=place, purpose=name, why=why, citation=rule.citation)
