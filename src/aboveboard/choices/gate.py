"""The gate: whoever wants to use personal data asks here, and nowhere else.

The order of the stations never changes, and the first that knows the answer gives it:

1. what the book does not declare is not allowed; 2. a law's ban; 3. a partner without a contract in force; 4. the person's
newest choice that covers the question; 5. a browser's standing signal; 6. the default for the place. Nothing said and no
default is a no.

Deny wins wherever order or identity is uncertain: between numbers that turned out to be one person (until that person says
something new), and between a yes and a signal that was seen after it. The gate lives in memory and follows the record;
every answer says up to which entry it knows.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from aboveboard.book.legal import forbidden
from aboveboard.book.model import Book, Partner, Purpose
from aboveboard.choices.model import ALL, Decision
from aboveboard.choices.reasons import SENTENCES, Reason
from aboveboard.editions.service import Editions
from aboveboard.record.model import Entry
from aboveboard.record.service import Record
from aboveboard.words import Text

_KINDS = ("choice.made", "signal.seen", "people.linked", "edition.applied")
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no, with its reason.

    `rule` names what decided (a rule of law, a contract, a choice, a default), `entry` the entry that did, if one did;
    `as_of` is the index of the newest entry the gate knew of.
    """

    allowed: bool
    reason: Reason
    rule: str
    entry: str | None
    as_of: int
    text: Text
    purpose: Text | str
    partner: Text | str | None = None

    @property
    def explanation(self) -> Text:
        """The reason as a sentence to the person."""
        return self.text.filled(purpose=self.purpose, partner=self.partner or "")


@dataclass(frozen=True, slots=True)
class _Said:
    index: int
    entry: str
    decision: Decision
    proven: bool


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything about one (purpose, recipient) that does not depend on the person, worked out once a day."""

    purpose: Purpose
    partner: Partner | None
    closed: tuple[Reason, str, Text] | None
    default: bool
    place: str


@dataclass(slots=True)
class _Person:
    said: list[_Said] = field(default_factory=list)  # newest first
    signal: tuple[int, str] | None = None
    linked_at: int = -1
    others: list[_Person] = field(default_factory=list)


class Gate:
    """The gate of one process. Call `follow` with a connection to bring it up to the newest entry, then ask."""

    def __init__(self, record: Record, editions: Editions) -> None:
        self._record = record
        self._editions = editions
        self._people: dict[int, _Person] = {}
        self._root: dict[int, int] = {}
        self._book: Book | None = None
        self._questions: dict[tuple[str, str | None], _Question] = {}
        self._until = 0.0
        self._following = threading.Lock()
        self.as_of = -1

    # -- asking ------------------------------------------------------------------------------------------------------

    def allows(
        self, subject: int | None, purpose: str, recipient: str | None = None, *, signal: bool = False
    ) -> Answer:
        """Return whether data of person `subject` (None: nobody we know) may be used for `purpose`, by `recipient` if given.

        `signal` says that the request at hand carries `Sec-GPC: 1`.
        """
        if time.time() >= self._until:
            self._learn_rules()
        question = self._questions.get((purpose, recipient))
        if question is None:
            reason = Reason.NO_BOOK if self._book is None else Reason.NOT_DECLARED
            return Answer(False, reason, reason.value, None, self.as_of, SENTENCES[reason, False], purpose)
        if question.closed is not None:
            reason, rule, text = question.closed
            return self._answer(question, False, reason, rule, None, text)
        person = self._people.get(self._root.get(subject, subject)) if subject is not None else None
        return self._of_person(question, person, signal)

    def _of_person(self, question: _Question, person: _Person | None, signal: bool) -> Answer:
        purpose, recipient = question.purpose.id, question.partner.id if question.partner else None
        said, unconfirmed = _newest(person, purpose, recipient)
        if said is not None and said.decision.decision == "deny":
            reason = Reason.UNCONFIRMED if unconfirmed is not None else Reason.CHOICE
            return self._answer(question, False, reason, _rule(said), said.entry)
        if question.purpose.gpc:
            seen = _signal(person)
            if signal or (seen is not None and (said is None or said.index < seen[0])):
                return self._answer(question, False, Reason.SIGNAL, "signal:gpc", seen[1] if seen else None)
        if said is not None:
            return self._answer(question, True, Reason.CHOICE, _rule(said), said.entry)
        if unconfirmed is not None and not question.default:
            return self._answer(question, False, Reason.UNCONFIRMED, _rule(unconfirmed), unconfirmed.entry)
        return self._answer(question, question.default, Reason.DEFAULT, f"default:{question.place}", None)

    def _answer(
        self,
        question: _Question,
        allowed: bool,
        reason: Reason,
        rule: str,
        entry: str | None,
        text: Text | None = None,
    ) -> Answer:
        partner = question.partner.name.words if question.partner else None
        said = text or SENTENCES[reason, allowed]
        return Answer(allowed, reason, rule, entry, self.as_of, said, question.purpose.name.words, partner)

    # -- following ---------------------------------------------------------------------------------------------------

    def follow(self, conn: Connection) -> int:
        """Read what is new in the record, so that whatever was committed before this call counts; return `as_of`."""
        with self._following:
            newest = self._record.size(conn) - 1
            if self._book is None or newest < self.as_of:
                self._learn_book(conn)
            at = self.as_of
            while at < newest:
                batch = self._record.entries(conn, at, _BATCH, _KINDS)
                for entry in batch:
                    self._take(conn, entry)
                at = batch[-1].index if len(batch) == _BATCH else max(newest, at)
            self.as_of = max(at, self.as_of)
            return self.as_of

    def _take(self, conn: Connection, entry: Entry) -> None:
        if entry.kind == "edition.applied":
            self._learn_book(conn)
        elif entry.kind == "people.linked":
            self._join(int(entry.facts["from"]), int(entry.facts["into"]), entry.index)
        elif entry.subject is not None:
            person = self._person(entry.subject)
            if entry.kind == "signal.seen":
                person.signal = (entry.index, entry.id)
            else:
                proven = bool(entry.facts["proven"])
                fresh = [
                    _Said(entry.index, entry.id, Decision.from_facts(facts), proven)
                    for facts in entry.facts["decisions"]
                ]
                person.said = _without_overruled([*reversed(fresh), *person.said])

    def _person(self, subject: int) -> _Person:
        return self._people.setdefault(self._root.get(subject, subject), _Person())

    def _join(self, other: int, into: int, index: int) -> None:
        person, joined = self._person(into), self._people.pop(other, _Person())
        person.others = [*person.others, joined]
        person.linked_at = index
        self._root = {number: (into if root == other else root) for number, root in self._root.items()} | {
            other: into
        }

    # -- rules -------------------------------------------------------------------------------------------------------

    def _learn_book(self, conn: Connection) -> None:
        edition = self._editions.current(conn)
        self._book = edition.book if edition else None
        self._until = 0.0

    def _learn_rules(self) -> None:
        """Work out every question of the book for today; tomorrow a contract may have ended or a law begun."""
        moment = datetime.now(UTC)
        book = self._book
        questions: dict[tuple[str, str | None], _Question] = {}
        if book is not None:
            today = moment.astimezone(ZoneInfo(book.business.timezone)).date()
            for purpose in book.purposes:
                for partner in [None, *(book.partner(recipient) for recipient in purpose.recipients)]:
                    questions[purpose.id, partner.id if partner else None] = _question(
                        book, purpose, partner, today
                    )
        self._questions = questions
        # A quarter of an hour: days begin on quarter hours everywhere on earth.
        self._until = (moment.timestamp() // 900 + 1) * 900


def _question(book: Book, purpose: Purpose, partner: Partner | None, today: date) -> _Question:
    place = book.business.place
    default = _default(purpose, place)
    return _Question(purpose, partner, _closed(book, purpose, partner, today), default == "allow", place)


def _default(purpose: Purpose, place: str) -> str:
    for key in (place, place.partition("-")[0], "elsewhere"):
        if key in purpose.default:
            return purpose.default[key]
    return "deny"


def _closed(
    book: Book, purpose: Purpose, partner: Partner | None, today: date
) -> tuple[Reason, str, Text] | None:
    ban = forbidden(book, purpose.id, partner.id if partner else None, today)
    if ban is not None:
        return Reason.LAW, f"law:{ban.rule}", ban.explanation
    if partner is not None and not _bound(partner, today):
        return Reason.NO_CONTRACT, f"contract:{partner.id}", SENTENCES[Reason.NO_CONTRACT, False]
    return None


def _bound(partner: Partner, today: date) -> bool:
    contract = partner.contract
    return (
        contract is not None
        and contract.signed <= today
        and (contract.until is None or today <= contract.until)
    )


def _newest(person: _Person | None, purpose: str, recipient: str | None) -> tuple[_Said | None, _Said | None]:
    """Return the decision that counts, and a newer yes that does not count because nobody proved it."""
    if person is None:
        return None, None
    own, unconfirmed = _newest_of(person, purpose, recipient)
    if not person.others or (own is not None and own.index > person.linked_at):
        return own, unconfirmed
    found = [own, *(_newest(other, purpose, recipient)[0] for other in person.others)]
    decided = [said for said in found if said is not None]
    denied = [said for said in decided if said.decision.decision == "deny"]
    return next(iter(denied or decided), None), unconfirmed


def _newest_of(person: _Person, purpose: str, recipient: str | None) -> tuple[_Said | None, _Said | None]:
    unconfirmed = None
    for said in person.said:
        if said.decision.covers(purpose, recipient):
            if said.proven or said.decision.decision == "deny":
                return said, unconfirmed
            unconfirmed = unconfirmed or said
    return None, unconfirmed


def _without_overruled(said: list[_Said]) -> list[_Said]:
    """Drop what a newer counting decision about everything, or about the very same thing, has overruled for good."""
    kept: list[_Said] = []
    seen: set[tuple[str, str | None]] = set()
    for one in said:
        key = (one.decision.purpose, one.decision.recipient)
        if (ALL, None) in seen or key in seen:
            continue
        kept.append(one)
        if one.proven or one.decision.decision == "deny":
            seen.add(key)
    return kept


def _signal(person: _Person | None) -> tuple[int, str] | None:
    if person is None:
        return None
    seen = [
        signal
        for signal in (person.signal, *(_signal(other) for other in person.others))
        if signal is not None
    ]
    return max(seen, default=None)


def _rule(said: _Said) -> str:
    return f"choice:{said.decision.purpose}/{said.decision.recipient or 'everyone'}"
