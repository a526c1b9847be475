"""What the book asks of a customer, with the gate's answer to each: the model behind the cards on the page.

A question that nobody can answer differently (a law forbids it, a partner has no contract) is *closed*: the page tells
it and offers no switch, for a switch that changes nothing would be a trick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aboveboard.book.model import Book, DataCategory, Partner, Purpose
from aboveboard.choices.gate import Answer, Gate
from aboveboard.choices.model import Decision, Verdict
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

    @property
    def said(self) -> str:
        """What the person has said about this partner: `allow`, `deny`, or nothing."""
        return _said(self.answer)


def _said(answer: Answer) -> str:
    if answer.reason != Reason.CHOICE:
        return ""
    return "allow" if answer.allowed else "deny"


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
    def said(self) -> str:
        """What the person has said to all of it: `allow`, `deny`, `mixed`, or nothing while some of it rests on a default."""
        said = {line.said for line in self.open_lines} or {_said(self.answer)}
        return "" if "" in said else "mixed" if len(said) > 1 else said.pop()

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

    Of a person whose earlier words the form showed (`known`), only what differs from them is a decision; a default is
    nobody's word, so agreeing with one is. A partner's own answer comes after the one for the purpose and overrules it.
    """
    found: list[Decision] = []
    for card in asked:
        whole = _verdict(said.get(f"purpose.{card.purpose.id}"))
        if whole and not card.closed and not (known and whole == card.said):
            found.append(Decision(whole, card.purpose.id))
        for line in card.open_lines:
            one = _verdict(said.get(f"partner.{card.purpose.id}.{line.partner.id}"))
            if one and one != (whole or (line.said if known else None)):
                found.append(Decision(one, card.purpose.id, line.partner.id))
    return found


def _verdict(value: str | None) -> Verdict | None:
    return "allow" if value == "allow" else "deny" if value == "deny" else None
