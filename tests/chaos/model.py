"""What the gate must answer, worked out the plain way: read every entry in order, keep one word per person and question.

It shares nothing with the gate but the entries: no bits, no slots, no followers. The questions and what holds without a choice
are written down by hand from the small book of tests (`tests.support.books.BOOK`).
"""

from __future__ import annotations

from aboveboard.record.model import Entry

Question = tuple[str, str | None]

#: Question → what holds for someone who said nothing. None: closed, whatever anyone says (no contract with the stranger).
DEFAULTS: dict[Question, bool | None] = {
    ("reminders", None): True,
    ("sharing", None): True,
    ("sharing", "reviews"): True,
    ("sharing", "stranger"): None,
    ("prices", None): False,
}


class Plain:
    """The answers of one record. Give it every entry, in order."""

    def __init__(self) -> None:
        self.into: dict[int, int] = {}
        self.said: dict[int, dict[Question, str]] = {}

    def root(self, number: int) -> int:
        """Return the number under which a person counts now."""
        while number in self.into:
            number = self.into[number]
        return number

    def take(self, entry: Entry) -> None:
        """Take in the next entry."""
        if entry.kind == "people.linked":
            self._join(entry.facts["from"], entry.facts["into"])
        elif entry.kind in ("choice.made", "people.erased"):
            assert entry.subject is not None
            said = self.said.setdefault(self.root(entry.subject), {})
            if (
                entry.kind == "people.erased"
            ):  # nothing may be done with the data of somebody who asked to be forgotten
                said.update(dict.fromkeys(DEFAULTS, "deny"))
                return
            for decision in entry.facts["decisions"]:
                if decision["decision"] == "deny" or entry.facts["proven"]:
                    said.update(dict.fromkeys(_covered(decision), decision["decision"]))

    def _join(self, other: int, into: int) -> None:
        assert other not in self.into, f"number {other} was joined to another twice"
        assert into not in self.into, (
            f"number {other} was joined to {into}, which had been joined to another itself"
        )
        self.into[other] = into
        both = self.said.setdefault(into, {})
        for question, word in self.said.pop(other, {}).items():
            both[question] = "deny" if "deny" in (word, both.get(question)) else word

    def allowed(self, number: int, question: Question) -> bool:
        """Return whether this use of the data of person `number` is allowed."""
        default = DEFAULTS[question]
        word = self.said.get(self.root(number), {}).get(question)
        if default is None:
            return False
        return default if word is None else word == "allow"


def _covered(decision: dict[str, str | None]) -> list[Question]:
    return [
        (purpose, recipient)
        for purpose, recipient in DEFAULTS
        if decision["purpose"] in ("all", purpose) and decision["recipient"] in (None, recipient)
    ]
