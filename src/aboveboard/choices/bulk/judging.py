"""Asking the gate about the people of one batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.engine import Connection

from aboveboard.choices.bulk.errors import ListError
from aboveboard.choices.gate import Answer, Gate
from aboveboard.people.model import Identity, IdentityError, Kind, guess_kind, normalise
from aboveboard.people.service import People
from aboveboard.store import Store
from aboveboard.words import Lang, Text

#: The reason of a row that names nobody; the others are the gate's.
NOT_AN_IDENTITY = "not_an_identity"
#: Up to here a float tells every whole number from the next.
_EXACT = 2**53
_NAMES_NOBODY = Text("This row names nobody.", "这一行没有写明是谁。")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of each row.

    `column` names the person, by an identity of `kind` (guessed row by row without it); a bare phone number is in `country`.
    `questions` are purposes, alone or with a partner; a row passes if the answer to all of them is yes. `at_least` is the
    index of an entry that the gate must know of, or every answer is no. `lang` is the language of explanations.
    """

    questions: Sequence[tuple[str, str | None]]
    column: str
    country: str
    kind: Kind | None = None
    at_least: int = -1
    lang: Lang = "en"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds for one row: of a refused one the first reason, of an allowed one the reason of the last question."""

    allowed: bool
    reason: str
    explanation: str = ""


@dataclass
class Tally:
    """How many rows ended how. `as_of` is the newest entry that was known to every answer."""

    asked: int = 0
    allowed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    as_of: int = -1

    def count(self, verdicts: Iterable[Verdict]) -> None:
        """Count the rows of a batch."""
        for verdict in verdicts:
            self.asked += 1
            if verdict.allowed:
                self.allowed += 1
            else:
                self.reasons[verdict.reason] += 1


class Judge:
    """Judges batches of people, one after the other, each by the newest that the record knows."""

    def __init__(self, store: Store, people: People, gate: Gate, asked: Asked) -> None:
        self._store, self._people, self._gate, self._asked = store, people, gate, asked
        self._said: dict[int, tuple[Answer, Verdict]] = {}
        self._nobody = Verdict(False, NOT_AN_IDENTITY, _NAMES_NOBODY.say(asked.lang))
        self.as_of = -1

    def judge(self, people: Sequence[object]) -> list[Verdict]:
        """Return, in the same order, what the gate says of each."""
        named = [self._identity(value) for value in people]
        with self._store.read() as conn:
            as_of = self._gate.follow(conn)
            known = self._numbers(conn, {identity for identity in named if identity is not None})
        self.as_of = as_of if self.as_of < 0 else min(self.as_of, as_of)
        self._said.clear()
        return [self._nobody if one is None else self._verdict(known.get(one)) for one in named]

    def _numbers(self, conn: Connection, wanted: set[Identity]) -> dict[Identity, int]:
        """Return the number of each person we know, and of who was erased the one that is left of them, with their no."""
        known = self._people.find_many(conn, wanted)
        return known | self._people.suppressed(conn, wanted - known.keys())

    def _verdict(self, subject: int | None) -> Verdict:
        for purpose, recipient in self._asked.questions:
            answer = self._gate.allows(subject, purpose, recipient, at_least=self._asked.at_least)
            if not answer.allowed:
                break
        # The gate words an answer once for all whom it fits. While it is kept here, its place in memory names it.
        found = self._said.get(id(answer))
        if found is None:
            text = answer.explanation.say(self._asked.lang)
            found = self._said[id(answer)] = answer, Verdict(answer.allowed, str(answer.reason), text)
        return found[1]

    def _identity(self, value: object) -> Identity | None:
        text = _written(value)
        try:
            return normalise(self._asked.kind or guess_kind(text), text, self._asked.country)
        except IdentityError:
            return None


def _written(value: object) -> str:
    """Return what a cell says, as people write it; nothing for what can name nobody (bytes, a list, yes or no).

    Programs that make tables turn customer numbers into 77.0 as soon as one is missing. That is customer 77, and not a
    stranger to whom the default applies.
    """
    match value:
        case str():
            return value
        case bool():
            return ""
        case int():
            return str(value)
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case Decimal() if value.is_finite() and abs(value) < _EXACT and value % 1 == 0:
            return str(int(value))
    return ""


def questions(purpose: str, recipient: str | None, also: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
    """Return the questions of a list: the first, and each of `also`, written as `purpose` or `purpose:partner`."""
    found: list[tuple[str, str | None]] = [(purpose, recipient)]
    for written in also:
        first, colon, second = written.partition(":")
        if not first or bool(colon) != bool(second):
            raise ListError("question")
        found.append((first, second or None))
    return tuple(found)
