"""What a person is shown where a signal and a saved yes contradict each other: both, with their times, and which one holds.

Questions of one use that stand alike (the same signal, the same yes, the same outcome) are told once, with the partners' names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aboveboard.book.model import Book
from aboveboard.choices.conflicts import Conflict
from aboveboard.choices.signals.refusals import in_order
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Both:
    """One contradiction. `said` and `how` are keys under `conflict.`; `refused` names what a string refuses."""

    purpose_id: str
    purpose: Text
    partners: tuple[Text, ...]
    said: str
    refused: tuple[Text, ...]
    signal_at: datetime
    choice_at: datetime
    holds: str
    how: str
    signal_entry: str
    choice_entry: str
    lasts: bool


def refusals(names: Iterable[str]) -> tuple[Text, ...]:
    """Return what a signal refuses, in the words of people."""
    said = Catalogue.load("aboveboard.choices")
    return tuple(said.text(f"refused.{name}") for name in names)


def both(book: Book, found: Iterable[Conflict]) -> list[Both]:
    """Return contradictions as they are shown, in the order of the book."""
    alike: dict[tuple[str, str, str, str], list[Conflict]] = {}
    for one in found:
        alike.setdefault((one.purpose, one.signal.id, one.choice.id, one.holds), []).append(one)
    return [_shown(book, group) for group in alike.values()]


def _shown(book: Book, group: list[Conflict]) -> Both:
    one = group[0]
    purpose = book.purpose(one.purpose)
    named = [book.partner(each.recipient) for each in group if each.recipient is not None]
    return Both(
        purpose_id=one.purpose,
        purpose=purpose.name.words if purpose else Text(one.purpose, one.purpose),
        partners=tuple(partner.name.words for partner in named if partner is not None),
        said=f"signal_{one.notation}",
        refused=refusals(in_order(one.refuses)),
        signal_at=one.signal.at,
        choice_at=one.choice.at,
        holds=one.holds,
        how=one.how,
        signal_entry=one.signal.id,
        choice_entry=one.choice.id,
        lasts=all(each.lasts for each in group),
    )
