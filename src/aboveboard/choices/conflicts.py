"""A standing signal and a saved yes that contradict each other: which one holds, so that the person can be shown both.

The newer of the two holds, and in doubt the no (docs/gate.md has the order). A signal that was seen after a yes holds against
it, and a yes that was proven after the signal holds against that. A browser goes on sending, though, and each page view would
undo the yes. So the same signal is no news against a yes that the person gave *while it stood, to this one partner*
(`is_pointed`). California's rules draw the same line: a signal wins over an older setting, the firm may tell of the conflict and
ask, and after a consent to that it may leave the signal aside for as long as it knows the person, showing how things stand
(11 CCR 7025(c)(3); (4) for what is earned by sharing). A yes to everything, or to a use with all of its partners, is no
such answer: there the next signal holds again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.choices.gate import Gate
from aboveboard.choices.model import ALL, Decision
from aboveboard.choices.reasons import Reason
from aboveboard.choices.signals.refusals import Refusals, of_facts
from aboveboard.record.model import Entry
from aboveboard.record.service import Record


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two answers to one question: what a signal said (entry, instant, notation) and what the person saved.

    `lasts`: the yes also holds when the same signal comes again. `by_name`: such a yes would have to name the partner.
    """

    purpose: str
    recipient: str | None
    signal: Entry
    choice: Entry
    decision: Decision
    holds: Literal["signal", "choice"]
    lasts: bool
    by_name: bool

    @property
    def how(self) -> str:
        """The key under `conflict.` of how the person can change it."""
        return f"change_{self.holds}" + ("_firms" if self.holds == "signal" and self.by_name else "")

    @property
    def notation(self) -> str:
        """`gpc`, `gpp` or `tcf`."""
        return str(self.signal.facts["signal"])

    @property
    def refuses(self) -> Refusals:
        """What the signal refuses."""
        return of_facts(self.signal.facts)


def is_pointed(book: Book, decision: Decision) -> bool:
    """Return whether a yes is to one use and one partner by name, or to a use that has no more than one."""
    purpose = book.purpose(decision.purpose)
    if decision.purpose == ALL or purpose is None:
        return False
    return decision.recipient is not None or len(purpose.recipients) <= 1


def conflicts(
    conn: Connection,
    record: Record,
    gate: Gate,
    book: Book,
    subject: int,
    numbers: Sequence[int],
    now: datetime,
) -> list[Conflict]:
    """Return every question of the book on which a signal and a proven yes of this person differ, in the book's order.

    `numbers` are all the person's numbers. Call it with a gate that has followed. Nothing is in conflict where a law or a missing
    contract decides, or where the person said no themselves.
    """
    about = record.about(conn, list(numbers), ("choice.made", "signal.seen"))
    if not any(entry.kind == "signal.seen" for entry in about):
        return []
    asked = ((purpose.id, to) for purpose in book.purposes for to in (None, *purpose.recipients))
    found = (_conflict(gate, book, subject, about, *question, now) for question in asked)
    return [one for one in found if one is not None]


def _conflict(
    gate: Gate,
    book: Book,
    subject: int,
    about: Sequence[Entry],
    purpose: str,
    recipient: str | None,
    now: datetime,
) -> Conflict | None:
    heeded = gate.heeds(subject, purpose, recipient)
    answer = gate.allows(subject, purpose, recipient)
    holds: Literal["signal", "choice"]
    if heeded and answer.reason is Reason.SIGNAL:
        holds = "signal"
    elif heeded and answer.allowed and answer.reason is Reason.CHOICE:
        holds = "choice"
    else:
        return None
    signal = next(_signals(about, heeded), None)
    yes = next(_said(about, purpose, recipient, now), None)
    if signal is None or yes is None or yes[1].decision != "allow":
        return None
    declared = book.purpose(purpose)
    by_name = declared is not None and len(declared.recipients) > 1
    return Conflict(purpose, recipient, signal, *yes, holds, is_pointed(book, yes[1]), by_name)


def _signals(about: Sequence[Entry], heeded: Refusals) -> Iterator[Entry]:
    for entry in about:
        if entry.kind == "signal.seen" and not heeded.isdisjoint(of_facts(entry.facts)):
            yield entry


def _said(
    about: Sequence[Entry], purpose: str, recipient: str | None, now: datetime
) -> Iterator[tuple[Entry, Decision]]:
    """Yield what was said about a question and counts: every no, and every proven yes; the newest first."""
    for entry in about:
        for facts in reversed(entry.facts["decisions"] if entry.kind == "choice.made" else ()):
            one = Decision.from_facts(facts)
            ended = one.until is not None and one.until <= now
            if (
                one.covers(purpose, recipient)
                and not ended
                and (entry.facts["proven"] or one.decision == "deny")
            ):
                yield entry, one
