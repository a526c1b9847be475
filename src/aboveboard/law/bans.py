"""May this be done at all? The first question of the gate, and no consent answers it.

A law's ban beats a customer's yes: `forbids` looks only at who the business is, what the purpose is, who receives the data
and whether the data is sensitive. It costs a few microseconds.

This room lies below the book, so it names what it needs of one (`Declares`) and takes anything that has it.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aboveboard.law import packs
from aboveboard.law.model import Facts, Rule, Verified
from aboveboard.words.text import Text


class Business(Protocol):
    """What a rule must know of the business."""

    @property
    def place(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def hipaa_covered(self) -> bool: ...  # noqa: D102


class Category(Protocol):
    """A kind of data."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def sensitive(self) -> bool: ...  # noqa: D102


class Declares(Protocol):
    """Who declares purposes and data: a book."""

    @property
    def business(self) -> Business: ...  # noqa: D102
    @property
    def data(self) -> Sequence[Category]: ...  # noqa: D102
    def square_feet(self, on: datetime.date) -> int | None: ...  # noqa: D102


class Purpose(Protocol):
    """What data is wanted for: its kind, and the ids of the data."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> Sequence[str]: ...  # noqa: D102


class Recipient(Protocol):
    """Who would receive it."""

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
    book: Declares,
    purpose: Purpose,
    recipient: Recipient | None,
    on: datetime.date,
    *,
    places: tuple[str, ...] = (),
) -> Ban | None:
    """Return the first ban in force on that day that this use of data meets, or None.

    `recipient` is the partner that would receive the data, None when the business keeps it. `places` adds where the customer
    lives, if known.
    """
    facts = facts_of(book, purpose, recipient, (book.business.place, *places))
    facts = replace(facts, square_feet=book.square_feet(on))
    rule = next((rule for rule in packs.of("forbid") if rule.acts(facts, on)), None)
    if rule is None:
        return None
    return Ban(rule=rule.id, citation=rule.citation, verified=rule.verified, explanation=rule.explain.words)


def facts_of(book: Declares, purpose: Purpose, recipient: Recipient | None, places: tuple[str, ...]) -> Facts:
    """Return what rules look at; data that the book does not describe counts as sensitive."""
    known = {category.id: category.sensitive for category in book.data}
    return Facts(
        places=places,
        business_kind=book.business.kind,
        hipaa_covered=book.business.hipaa_covered,
        purpose_kind=purpose.kind,
        recipient_kind=recipient.kind if recipient else None,
        sensitive=any(known.get(category, True) for category in purpose.data),
    )


def pending(on: datetime.date) -> tuple[Rule, ...]:
    """Return the rules that do not act on that day but may later: not yet in force, proposed, or undecided."""
    return tuple(
        rule
        for rule in packs.rules()
        if rule.status in ("proposed", "undecided")
        or (rule.status == "in_force" and rule.effective.start is not None and on < rule.effective.start)
    )
