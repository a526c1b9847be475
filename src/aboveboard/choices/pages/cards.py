"""What the book asks of a customer, with the gate's answer to each: the model behind the cards on the page.

A question that nobody can answer differently (a law forbids it, a partner has no contract) is *closed*: the page tells
it and offers no switch, for a switch that changes nothing would be a trick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aboveboard.book.model import Book, DataCategory, Partner, Purpose
from aboveboard.choices.gate import Answer, Gate
from aboveboard.choices.model import Decision
from aboveboard.choices.reasons import Reason

_CLOSED = frozenset({Reason.LAW, Reason.NO_CONTRACT, Reason.NOT_DECLARED, Reason.NO_BOOK})


@dataclass(frozen=True, slots=True)
class Line:
    """One partner under a purpose, with what the gate says of it."""

    partner: Partner
    answer: Answer

    @property
    def closed(self) -> bool:
        """Whether no choice can change the answer."""
        return self.answer.reason in _CLOSED


@dataclass(frozen=True, slots=True)
class Card:
    """One purpose as the page shows it."""

    purpose: Purpose
    data: tuple[DataCategory, ...]
    answer: Answer
    lines: tuple[Line, ...]

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """The partners about whom there is something to decide."""
        return tuple(line for line in self.lines if not line.closed)

    @property
    def closed(self) -> bool:
        """Whether no choice can change anything here: the purpose is closed, or all of its partners are."""
        return self.answer.reason in _CLOSED or (bool(self.lines) and not self.open_lines)

    @property
    def holds(self) -> str:
        """What holds now for all of it: `allow`, `deny`, or `mixed`."""
        answers = {line.answer.allowed for line in self.open_lines} or {self.answer.allowed}
        return "mixed" if len(answers) > 1 else "allow" if True in answers else "deny"

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The gate's answers that are worth reading: one if all partners get the same, else one per partner."""
        answers = [line.answer for line in self.open_lines] or [self.answer]
        same = len({(answer.allowed, answer.reason) for answer in answers}) == 1
        return tuple(answers[:1] if same else answers)


def cards(book: Book, gate: Gate, subject: int | None, *, signal: bool) -> list[Card]:
    """Return a card for each purpose of the book, in its order, for person `subject` (None: nobody in particular)."""
    found = []
    for purpose in book.purposes:
        partners = [book.partner(recipient) for recipient in purpose.recipients]
        lines = tuple(
            Line(partner, gate.allows(subject, purpose.id, partner.id, signal=signal))
            for partner in partners
            if partner is not None
        )
        data = tuple(category for category in book.data if category.id in purpose.data)
        found.append(Card(purpose, data, gate.allows(subject, purpose.id, signal=signal), lines))
    return found


def decisions(asked: list[Card], said: Mapping[str, str], *, known: bool) -> list[Decision]:
    """Return the decisions a form makes: `purpose.<id>` and `partner.<purpose>.<partner>`, each `allow`, `deny` or nothing.

    Of a person whose present state the form showed (`known`), only what differs from it is a decision. A partner's own
    answer comes after the one for the purpose, and so overrules it.
    """
    found: list[Decision] = []
    for card in asked:
        whole = said.get(f"purpose.{card.purpose.id}", "")
        if whole in ("allow", "deny") and not card.closed and not (known and whole == card.holds):
            found.append(Decision("allow" if whole == "allow" else "deny", card.purpose.id))
        for line in card.open_lines:
            one = said.get(f"partner.{card.purpose.id}.{line.partner.id}", "")
            before = (
                whole
                if whole in ("allow", "deny")
                else ("allow" if line.answer.allowed else "deny")
                if known
                else ""
            )
            if one in ("allow", "deny") and one != before:
                found.append(
                    Decision("allow" if one == "allow" else "deny", card.purpose.id, line.partner.id)
                )
    return found
