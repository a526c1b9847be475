"""What a law asks of the book's defaults: ask before you do it, and let the browser's signal count as a no.

Unlike a ban, these do not stop the gate; `aboveboard check` shows them, with the citation, where a default says otherwise.
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
