"""May this be done at all? The first question of the gate, and no consent answers it.

A law's ban beats a customer's yes: `forbids` looks only at who the business is, what the purpose is, who receives the data
and whether the data is sensitive. It costs a few microseconds, so the gate can ask it every time.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Protocol

from aboveboard.law import packs
from aboveboard.law.model import Facts, Rule, Verified
from aboveboard.words.text import Text


class BusinessFacts(Protocol):
    """What a rule must know of the business (`book.model.Business` is one)."""

    @property
    def place(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def hipaa_covered(self) -> bool: ...  # noqa: D102


class Kind(Protocol):
    """Anything that has a kind: a purpose, a partner."""

    @property
    def kind(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Ban:
    """A law that forbids it: the rule's id, where it stands, how well that is verified, and the reason in plain words."""

    rule: str
    citation: str
    verified: Verified
    explanation: Text


def forbids(
    business: BusinessFacts,
    purpose: Kind,
    recipient: Kind | None,
    on: datetime.date,
    *,
    sensitive: bool,
    places: tuple[str, ...] = (),
) -> Ban | None:
    """Return the first ban in force on that day that this use of data meets, or None.

    `recipient` is the partner that would receive the data, None when the business keeps it. `sensitive` says whether any of
    the purpose's data is (`book.legal.forbidden` works it out from a book). `places` adds where the customer lives, if known.
    """
    facts = Facts(
        places=(business.place, *places),
        business_kind=business.kind,
        hipaa_covered=business.hipaa_covered,
        purpose_kind=purpose.kind,
        recipient_kind=recipient.kind if recipient else None,
        sensitive=sensitive,
    )
    rule = next((rule for rule in packs.of("forbid") if rule.acts(facts, on)), None)
    return ban(rule) if rule else None


def ban(rule: Rule) -> Ban:
    """Return a rule as the answer that callers show."""
    return Ban(rule=rule.id, citation=rule.citation, verified=rule.verified, explanation=rule.explain.words)


def pending(on: datetime.date) -> tuple[Rule, ...]:
    """Return the rules that do not act on that day but may later: not yet in force, proposed, or undecided."""
    return tuple(
        rule
        for rule in packs.rules()
        if rule.status in ("proposed", "undecided")
        or (rule.status == "in_force" and rule.effective.start is not None and on < rule.effective.start)
    )
