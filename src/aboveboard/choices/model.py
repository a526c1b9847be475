"""What a choice is, and when one choice covers a question.

A decision is a yes or no to a purpose (or to everything), for one partner or for all. The newest decision that covers a
question decides it: "no to everything" covers every question, and a later yes to one partner opens that one only.

A no needs nothing but to be said. A yes opens something, so it must be proven to come from the person: by a one-time code,
by a clerk, or by the firm's own system. An unproven yes is kept and opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from aboveboard.book.model import Book
from aboveboard.words import Text

ALL = "all"
Verdict = Literal["deny", "allow"]
#: So many decisions may be made at one moment: far more than a page of choices has, far less than would make an entry unwieldy.
MOST_DECISIONS = 500
#: What a customer told us longer ago than this is no news but a mistake in the date.
OLDEST_TOLD = timedelta(days=366)
#: The ways a choice can reach us; every way ends in the same record.
CHANNELS = ("web", "api", "email", "mail_header", "sms", "phone", "letter", "counter", "signal", "command")


class ChoiceError(ValueError):
    """A choice that cannot be saved. `code` is stable; `text` says what to do."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes (`allow`) or no (`deny`) to `purpose` (an id, or `all`), for `recipient` (a partner's id) or for everyone (None).

    With an end (`until`, an instant in UTC) it counts until then, and afterwards it is as if it had never been said.
    """

    decision: Verdict
    purpose: str
    recipient: str | None = None
    until: datetime | None = None

    def covers(self, purpose: str, recipient: str | None) -> bool:
        """Return whether this decision answers the question about `purpose` and `recipient`."""
        return self.purpose in (ALL, purpose) and self.recipient in (None, recipient)

    def as_facts(self) -> dict[str, str | None]:
        """Return the decision as it stands in an entry."""
        facts: dict[str, str | None] = {
            "decision": self.decision,
            "purpose": self.purpose,
            "recipient": self.recipient,
        }
        return (
            facts
            if self.until is None
            else facts | {"until": self.until.astimezone(UTC).isoformat(timespec="seconds")}
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Decision:
        """Read a decision back from an entry."""
        until = facts.get("until")
        return cls(
            facts["decision"],
            facts["purpose"],
            facts["recipient"],
            datetime.fromisoformat(until) if until else None,
        )


def check(book: Book, decisions: Iterable[Decision], now: datetime) -> None:
    """Raise `ChoiceError` unless every decision is about purposes and partners of this book, and ends after `now` if it ends.

    Codes: `decision_missing`, `too_many_decisions`, `decision_unknown`, `purpose_unknown`, `recipient_unknown`,
    `recipient_not_of_purpose`,
    `until_invalid`.
    """
    decisions = list(decisions)
    if not decisions:
        raise ChoiceError("decision_missing", _MISSING)
    if len(decisions) > MOST_DECISIONS:
        raise ChoiceError(
            "too_many_decisions", _TOO_MANY.filled(most=str(MOST_DECISIONS), number=str(len(decisions)))
        )
    for one in decisions:
        if one.decision not in ("deny", "allow"):
            raise ChoiceError("decision_unknown", _DECISION)
        purpose = book.purpose(one.purpose)
        if purpose is None and one.purpose != ALL:
            raise ChoiceError(
                "purpose_unknown", _PURPOSE.filled(ids=", ".join([ALL, *(p.id for p in book.purposes)]))
            )
        if one.recipient is not None and book.partner(one.recipient) is None:
            raise ChoiceError(
                "recipient_unknown", _RECIPIENT.filled(ids=", ".join(p.id for p in book.partners))
            )
        if one.recipient is not None and purpose is not None and one.recipient not in purpose.recipients:
            raise ChoiceError("recipient_not_of_purpose", _NOT_OF_PURPOSE.filled(purpose=purpose.name.words))
        if one.until is not None and (one.until.tzinfo is None or one.until <= now):
            raise ChoiceError("until_invalid", _UNTIL)


def check_told(told_at: datetime, now: datetime) -> None:
    """Raise `ChoiceError` (`told_at_invalid`) unless the customer told us before `now`, and not longer than a year ago."""
    if told_at.tzinfo is None or not now - OLDEST_TOLD <= told_at <= now:
        raise ChoiceError("told_at_invalid", TOLD_AT)


def told_at(facts: Mapping[str, Any]) -> datetime | None:
    """Return when the customer said what stands in an entry, if that was before it was written down."""
    said = facts.get("told_at")
    return datetime.fromisoformat(said) if said else None


_TOO_MANY = Text(
    "These are {number} decisions at once; at most {most} are taken. Say no to everything, or send fewer. Nothing was saved.",
    "一次发来了 {number} 个决定，最多 {most} 个。可以对全部说“不”，或者少发一些。什么都没有保存。",
)
TOLD_AT = Text(
    "When did they tell us? Pick a day and time in the past, at most a year ago. Nothing was saved.",
    "对方是什么时候说的？请选过去一年之内的日期和时间。什么都没有保存。",
)
TOLD_BEFORE = Text(
    "They have said something since then, and the newest word counts. Ask them again before you save a yes. Nothing was saved.",
    "那以后对方又说过别的话，以最新的为准。要记“可以”，请再问一次。什么都没有保存。",
)
_MISSING = Text(
    "Choose at least one yes or no. Nothing was saved.", "请至少选一个“可以”或“不可以”。什么都没有保存。"
)
_DECISION = Text(
    "A choice is 'deny' or 'allow'. Nothing was saved.",
    "选择只能是 deny（不可以）或 allow（可以）。什么都没有保存。",
)
_PURPOSE = Text(
    "We have no such use of data. Choose one of: {ids}. Nothing was saved.",
    "没有这种用途。请从这些里选：{ids}。什么都没有保存。",
)
_RECIPIENT = Text(
    "We have no such partner. Choose one of: {ids}. Nothing was saved.",
    "没有这个合作方。请从这些里选：{ids}。什么都没有保存。",
)
_UNTIL = Text(
    "The end of a choice must lie ahead, with its time zone, like 2027-06-30T00:00:00Z. Nothing was saved.",
    "选择的结束时间必须在以后，并写明时区，比如 2027-06-30T00:00:00Z。什么都没有保存。",
)
_NOT_OF_PURPOSE = Text(
    "This partner gets nothing for “{purpose}”. Choose a partner that does. Nothing was saved.",
    "“{purpose}”不会把资料给这个合作方。请选一个会收到资料的。什么都没有保存。",
)
