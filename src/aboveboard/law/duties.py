"""What a law asks of the book: ask before you do it, and let a signal count as a no.

Where a default says otherwise, `aboveboard check` shows it with the citation. That one must ask first does not stop the gate;
that a signal counts does: the gate takes it as a no wherever one of these rules reaches the person, whatever the book says.
"""

from __future__ import annotations

import datetime

from aboveboard.law import packs
from aboveboard.law.bans import Declares, Purpose, Recipient, facts_of
from aboveboard.law.model import Effect, Rule


def ask_first(
    book: Declares, purpose: Purpose, recipient: Recipient | None, on: datetime.date, *, place: str
) -> Rule | None:
    """Return the rule by which silence is not a yes for customers in `place`, or None."""
    return _first("ask_first", book, purpose, recipient, on, place)


def honour_signal(book: Declares, purpose: Purpose, on: datetime.date, *, place: str) -> Rule | None:
    """Return the rule by which a Global Privacy Control signal is a no for customers in `place`, or None."""
    return _first("honour_signal", book, purpose, None, on, place)


def honouring(
    book: Declares, purpose: Purpose, recipient: Recipient | None, on: datetime.date
) -> tuple[Rule, ...]:
    """Return the rules by which a signal is a no to this somewhere; `reaches` tells whether that is where somebody lives."""
    return tuple(
        rule
        for rule in packs.of("honour_signal")
        if rule.acts(facts_of(book, purpose, recipient, tuple(rule.when.place_in or ())), on)
    )


def reaches(rule: Rule, place: str) -> bool:
    """Return whether a rule holds for somebody in `place`; of a bare country (`US`) any part of it may be meant."""
    country = place.partition("-")[0]
    wanted = rule.when.place_in
    return wanted is None or any(
        one in (place, country) or (place == country and one.startswith(f"{country}-")) for one in wanted
    )


def _first(
    effect: Effect,
    book: Declares,
    purpose: Purpose,
    recipient: Recipient | None,
    on: datetime.date,
    place: str,
) -> Rule | None:
    facts = facts_of(book, purpose, recipient, (place,))
    return next((rule for rule in packs.of(effect) if rule.acts(facts, on)), None)
