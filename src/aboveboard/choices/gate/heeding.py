"""Which questions a refusal touches, and for whom it counts.

*Touching* is told by kinds alone. Passing data on to a firm that uses it for itself is what the laws call selling or sharing;
a partner that only works for the business (a mail service, a lab, an insurer whom the person wants to pay) is not meant. Whoever
refuses advertising that follows people about expects no marketing of ours either. Sensitive data is refused for whatever is
more than the service itself. Where the book says `gpc: true`, all of these touch the purpose, whoever receives the data.

Whether it *counts* is told by the book (`gpc: true`: everywhere) or by the law of the place where the person lives
(`law/packs/signals.yaml`). Where several places are said, or none is known, one in which it counts is enough.
"""

from __future__ import annotations

from datetime import date

from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.choices.signals.refusals import NOTHING, Refusals
from aboveboard.law.duties import honouring
from aboveboard.law.model import Rule as LawRule

Key = tuple[str, str | None]

#: Kinds of partners that use what they get for themselves.
FOR_THEMSELVES = frozenset({"review_site", "statistics", "advertising", "other"})

_PASSING_ON: Refusals = frozenset({"sale", "sharing", "targeted_advertising", "known_child"})
_TAILORED: Refusals = frozenset({"targeted_advertising"})
_COUNTED: Refusals = frozenset({"statistics"})
_SENSITIVE: Refusals = frozenset({"sensitive"})


def keys(book: Book) -> list[Key]:
    """Return every question of the book."""
    return [(purpose.id, recipient) for purpose in book.purposes for recipient in (None, *purpose.recipients)]


def touching(book: Book) -> dict[Key, Refusals]:
    """Return for each question of the book what a signal may refuse to be a no to it."""
    found: dict[Key, Refusals] = {}
    for purpose in book.purposes:
        for recipient in (None, *purpose.recipients):
            found[purpose.id, recipient] = _touching(book, purpose, recipient)
    return found


def _touching(book: Book, purpose: Purpose, recipient: str | None) -> Refusals:
    partners = [book.partner(one) for one in (purpose.recipients if recipient is None else [recipient])]
    kinds = {partner.kind for partner in partners if partner is not None}
    touched = NOTHING
    if purpose.gpc or (purpose.kind == "sharing" and kinds & FOR_THEMSELVES):
        touched |= _PASSING_ON
    if recipient is not None and "advertising" in kinds:
        touched |= _PASSING_ON
    if purpose.kind == "marketing":
        touched |= _TAILORED
    if purpose.kind == "statistics":
        touched |= _COUNTED
    if purpose.kind != "service" and _is_sensitive(book, purpose):
        touched |= _SENSITIVE
    return touched


def _is_sensitive(book: Book, purpose: Purpose) -> bool:
    known = {category.id: category.sensitive for category in book.data}
    return any(known.get(category, True) for category in purpose.data)


def counting(book: Book, purpose: Purpose, partner: Partner | None, on: date) -> tuple[LawRule, ...]:
    """Return the rules of law by which a signal counts for this question somewhere, on this day."""
    return () if purpose.gpc else honouring(book, purpose, partner, on)
