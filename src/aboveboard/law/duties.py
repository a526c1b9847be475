"""What a law asks of the book's defaults: ask before you do it, and let the browser's signal count as a no.

Unlike a ban, these do not stop the gate; `aboveboard check` shows them, with the citation, where a default says otherwise.
"""

from __future__ import annotations

import datetime

from aboveboard.law import packs
from aboveboard.law.bans import BusinessFacts, Kind
from aboveboard.law.model import Effect, Facts, Rule


def ask_first(
    business: BusinessFacts,
    purpose: Kind,
    recipient: Kind | None,
    on: datetime.date,
    *,
    place: str,
    sensitive: bool,
) -> Rule | None:
    """Return the rule by which silence is not a yes for customers in `place`, or None."""
    return _first("ask_first", business, purpose, recipient, on, place, sensitive)


def honour_signal(business: BusinessFacts, purpose: Kind, on: datetime.date, *, place: str) -> Rule | None:
    """Return the rule by which a Global Privacy Control signal is a no for customers in `place`, or None."""
    return _first("honour_signal", business, purpose, None, on, place, False)


def _first(
    effect: Effect,
    business: BusinessFacts,
    purpose: Kind,
    recipient: Kind | None,
    on: datetime.date,
    place: str,
    sensitive: bool,
) -> Rule | None:
    facts = Facts(
        places=(place,),
        business_kind=business.kind,
        hipaa_covered=business.hipaa_covered,
        purpose_kind=purpose.kind,
        recipient_kind=recipient.kind if recipient else None,
        sensitive=sensitive,
    )
    return next((rule for rule in packs.of(effect) if rule.acts(facts, on)), None)
