"""The gate of one process: follows the record, answers from memory, and says no when it cannot know."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.choices.gate.answer import Answer
from aboveboard.choices.gate.heeding import Key, touching
from aboveboard.choices.gate.kept import KeptMemory
from aboveboard.choices.gate.rules import QUARTER, Places, Rule, rules
from aboveboard.choices.gate.slots import Memory, Slot
from aboveboard.choices.model import Decision
from aboveboard.choices.reasons import SENTENCES, Reason
from aboveboard.choices.signals.refusals import GPC, NOTHING, Refusals, of_facts
from aboveboard.editions.service import Editions
from aboveboard.record.service import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aboveboard.book.model import Book

_ABOUT_PEOPLE = ("choice.made", "signal.seen", "people.linked", "people.erased")
_KINDS = (*_ABOUT_PEOPLE, "people.placed", "people.unlinked", "edition.applied")
#: More entries than this about one person are not a person.
_ALL = 100_000
_BATCH = 20_000
#: Seconds by which a clock may be set back without being distrusted.
_SLEW = 60.0

Outcome = tuple[bool, Reason]


class _Question:
    """One question, ready to be asked: its rule, its bits with the memory they belong to, and the answers already worded.

    Bits and memory go together: who is the same person in one memory has other bits in another.
    """

    __slots__ = ("answers", "memory", "placed", "rule", "slot")

    def __init__(self, rule: Rule, slot: Slot, memory: Memory) -> None:
        self.rule = rule
        self.slot = slot
        self.memory = memory
        self.answers: dict[Outcome, Answer] = {}
        self.placed: dict[Places, Answer] = {}


class Gate:
    """The gate of one process.

    Call `follow` with a connection to bring it up to the newest entry, then ask with `allows`. Set `stale_after` (seconds) in
    a process that asks without following each time: an answer older than that is no.
    """

    def __init__(
        self,
        record: Record,
        editions: Editions,
        stale_after: float | None = None,
        kept: KeptMemory | None = None,
    ) -> None:
        self._record = record
        self._editions = editions
        #: Where what was read is kept for the next process that starts.
        self._kept = kept
        #: The book in force and the memory of its questions, always replaced together.
        self._known: tuple[Book | None, Memory] = (None, Memory({}))
        self._questions: dict[Key, _Question] = {}
        self._rules_until = 0.0
        self._seen_at = 0.0
        self._fresh_at = float("-inf")
        self._following = threading.Lock()
        self._learning = threading.Lock()
        self.stale_after = stale_after
        self.as_of = -1

    # -- asking ------------------------------------------------------------------------------------------------------

    def allows(
        self,
        subject: int | None,
        purpose: str,
        recipient: str | None = None,
        *,
        signal: bool = False,
        refused: Refusals = NOTHING,
        at_least: int = -1,
    ) -> Answer:
        """Return whether data of person `subject` (None: nobody we know) may be used for `purpose`, by `recipient` if given.

        `signal` says that the request at hand carries `Sec-GPC: 1`, `refused` what other signals refuse that came with it; they
        can only turn a yes into a no. `at_least` is the index of an entry that the answer must
        know of; a gate that has not read that far says no.
        """
        if time.time() >= self._rules_until:
            self._learn_rules()
        question = self._questions.get((purpose, recipient))
        if question is None:
            return self._undeclared(purpose)
        rule = question.rule
        if rule.closed is not None:
            return self._answer(question, (False, rule.closed[0]))
        if signal:
            refused |= GPC
        if at_least > self.as_of or (
            self.stale_after is not None and time.monotonic() - self._fresh_at > self.stale_after
        ):
            return self._answer(question, (False, Reason.STALE))
        if subject is None:
            return self._by_default(question, None, refused)
        memory = question.memory
        same = memory.same
        if same:
            subject = same.get(subject, subject)
        if subject in memory.unsure:
            return self._answer(question, (False, Reason.STALE))
        places = memory.places.get(subject) if memory.places else None
        slot, byte, shift = question.slot, subject >> 3, subject & 7
        if byte >= len(slot.denied):
            return self._by_default(question, places, refused)
        if slot.denied[byte] >> shift & 1:
            return self._answer(
                question, (False, Reason.UNCONFIRMED if subject in slot.unconfirmed else Reason.CHOICE)
            )
        stands = slot.signalled[byte] >> shift & 1 or not (
            refused is NOTHING or refused.isdisjoint(rule.touched)
        )
        if stands and rule.heeds_at(places):
            return self._answer(question, (False, Reason.SIGNAL))
        if slot.allowed[byte] >> shift & 1:
            return self._answer(question, (True, Reason.CHOICE))
        answer = self._by_default(question, places, refused)
        if not answer.allowed and subject in slot.unconfirmed:
            return self._answer(question, (False, Reason.UNCONFIRMED))
        return answer

    def ask(
        self,
        conn: Connection,
        subject: int | None,
        purpose: str,
        recipient: str | None = None,
        *,
        signal: bool = False,
        refused: Refusals = NOTHING,
    ) -> Answer:
        """Follow, ask, and look up which entry decided: for answers that are shown or kept as evidence."""
        self.follow(conn)
        answer = self.allows(subject, purpose, recipient, signal=signal, refused=refused)
        if subject is None or answer.reason not in (Reason.CHOICE, Reason.UNCONFIRMED, Reason.SIGNAL):
            return answer
        entry, rule = self._behind(conn, subject, answer, purpose, recipient)
        return replace(answer, entry=entry, rule=rule)

    def filter(
        self, subjects: NDArray[np.int64], purpose: str, recipient: str | None = None, *, at_least: int = -1
    ) -> NDArray[np.bool_]:
        """Return, for an array of person numbers, whether each may be used: `allows` for many at once, without reasons."""
        import numpy as np

        nobody = self.allows(None, purpose, recipient, at_least=at_least)
        if nobody.reason is not Reason.DEFAULT:
            # What does not depend on the person (undeclared, law, contract, stale) answers for all of them.
            return np.zeros(len(subjects), dtype=np.bool_)
        question = self._questions[purpose, recipient]
        allowed = np.append(_permitted(question), nobody.allowed)
        allowed[list(question.memory.unsure)] = False
        numbers = _roots(question.memory, subjects)
        return allowed[np.minimum(numbers, len(allowed) - 1)]

    def heeds(self, subject: int | None, purpose: str, recipient: str | None = None) -> Refusals:
        """Return which refusals of a signal are a no to this for this person, where they live; none for what is not declared."""
        question = self._questions.get((purpose, recipient))
        if question is None:
            return NOTHING
        memory = question.memory
        places = memory.places.get(memory.same.get(subject, subject)) if subject is not None else None
        return question.rule.touched if question.rule.heeds_at(places) else NOTHING

    # -- answering ---------------------------------------------------------------------------------------------------

    def _answer(self, question: _Question, outcome: Outcome) -> Answer:
        found = question.answers.get(outcome)
        if found is None or found.as_of != self.as_of:
            found = question.answers[outcome] = self._worded(question.rule, *outcome)
        return found

    def _by_default(self, question: _Question, places: Places | None, refused: Refusals) -> Answer:
        """Return the answer for someone who never said anything about this."""
        rule = question.rule
        if not refused.isdisjoint(rule.touched) and rule.heeds_at(places):
            return self._answer(question, (False, Reason.SIGNAL))
        if places is None:
            return self._answer(question, (rule.default, Reason.DEFAULT))
        found = question.placed.get(places)
        if found is None or found.as_of != self.as_of:
            name = "default:" + "+".join(sorted(places))
            found = replace(self._worded(rule, rule.default_at(places), Reason.DEFAULT), rule=name)
            question.placed[places] = found
        return found

    def _worded(self, rule: Rule, allowed: bool, reason: Reason) -> Answer:
        partner = rule.partner.name.words if rule.partner else None
        if rule.closed is not None:
            _, name, text = rule.closed
        else:
            name = f"default:{rule.place}" if reason is Reason.DEFAULT else reason.value
            text = SENTENCES[reason, allowed]
        return Answer(allowed, reason, name, None, self.as_of, text, rule.purpose.name.words, partner)

    def _undeclared(self, purpose: str) -> Answer:
        reason = Reason.NO_BOOK if self._known[0] is None else Reason.NOT_DECLARED
        return Answer(False, reason, reason.value, None, self.as_of, SENTENCES[reason, False], purpose)

    def _behind(
        self, conn: Connection, subject: int, answer: Answer, purpose: str, recipient: str | None
    ) -> tuple[str | None, str]:
        """Return the entry that decided and its rule: the newest of the person's entries that says what the answer says."""
        now, question = clock.now(), self._questions[purpose, recipient]
        touched, numbers = question.rule.touched, question.memory.numbers(subject)
        for entry in self._record.about(conn, numbers, ("choice.made", "signal.seen")):
            if entry.kind == "signal.seen":
                if answer.reason is Reason.SIGNAL and not touched.isdisjoint(of_facts(entry.facts)):
                    return entry.id, f"signal:{entry.facts['signal']}"
                continue
            for facts in reversed(entry.facts["decisions"]):
                decision = Decision.from_facts(facts)
                ended = decision.until is not None and decision.until <= now
                if ended or not decision.covers(purpose, recipient):
                    continue
                if _says(answer, decision, bool(entry.facts["proven"])):
                    return entry.id, f"choice:{decision.purpose}/{decision.recipient or 'everyone'}"
        return None, answer.rule

    # -- following ---------------------------------------------------------------------------------------------------

    def follow(self, conn: Connection, progress: Callable[[int, int], None] | None = None) -> int:
        """Read what is new in the record, so that whatever was committed before this call counts; return `as_of`.

        `progress` is told (entries read, entries in all), for the long first time.
        """
        with self._following:
            newest = self._record.size(conn) - 1
            book = self._known[0]
            rolled_back = newest < self.as_of
            unread = rolled_back or book is None or self._clock_went_back()
            if book is None and self._begin_from_kept(conn, newest, progress):
                unread = False
            changed = "" if unread else self._read(conn, self._known[1], self.as_of, newest, progress)
            if unread or changed:
                self._learn_book(conn, newest, progress, afresh=unread or changed == "people.unlinked")
            self._read_again(conn)
            self.as_of = newest
            self._fresh_at = time.monotonic()
            self._keep(conn)
            return newest

    def _begin_from_kept(
        self, conn: Connection, newest: int, progress: Callable[[int, int], None] | None
    ) -> bool:
        """Begin with what another process kept, brought up to `newest`; return whether there was anything to trust."""
        edition = self._editions.current(conn)
        found = self._kept.take(conn, touching(edition.book)) if self._kept and edition else None
        if edition is None or found is None:
            return False
        memory, as_of = found
        if self._read(conn, memory, as_of, newest, progress) == "people.unlinked":
            return False
        # Only now: until it is up to date, nobody may be answered from it.
        self._known = (edition.book, memory)
        self._learn_rules()
        self.as_of = newest
        return True

    def _keep(self, conn: Connection) -> None:
        book, memory = self._known
        if self._kept is not None and book is not None:
            with self._learning:
                self._kept.keep(conn, self.as_of, memory, touching(book))

    def _clock_went_back(self) -> bool:
        """Return whether the clock stands clearly before what it said last: then choices may have ended that have not."""
        before, self._seen_at = self._seen_at, time.time()
        return self._seen_at < before - _SLEW

    def _read(
        self,
        conn: Connection,
        memory: Memory,
        after: int,
        newest: int,
        progress: Callable[[int, int], None] | None,
    ) -> str:
        """Take the entries after `after` into `memory`; return what happened among them that bits alone cannot follow, or ''."""
        changed, now = "", clock.now()
        while after < newest:
            batch = self._record.entries(conn, after, _BATCH, _KINDS)
            for entry in batch:
                memory.take(entry, now)
                if entry.kind in ("edition.applied", "people.unlinked"):
                    changed = max(changed, entry.kind)  # the later in the alphabet asks for more
            after = batch[-1].index if len(batch) == _BATCH else newest
            if progress is not None:
                progress(after + 1, newest + 1)
        return changed

    def _learn_book(
        self, conn: Connection, newest: int, progress: Callable[[int, int], None] | None, *, afresh: bool
    ) -> None:
        """Learn the book in force. If it asks other questions, read everything again for them, beside what answers meanwhile."""
        edition = self._editions.current(conn)
        book, (known, memory) = edition.book if edition else None, self._known
        touched = touching(book) if book else {}
        if afresh or book is None or known is None or touched != touching(known):
            undone = [
                entry.facts["link"] for entry in self._record.entries(conn, -1, _ALL, ["people.unlinked"])
            ]
            memory = Memory(touched, undone)
            self._read(conn, memory, -1, newest, progress)
        self._known = (book, memory)
        self._learn_rules()

    def _read_again(self, conn: Connection) -> None:
        """Read again what holds for people of whom a choice has ended."""
        memory, now = self._known[1], clock.now()
        with self._learning:
            memory.end(now)
        for subject in sorted(memory.unsure):
            numbers = memory.numbers(subject)
            entries = self._record.about(conn, numbers, _ABOUT_PEOPLE, limit=_ALL)
            memory.read_again(subject, reversed(entries), now)
        self._rules_until = min(self._rules_until, _timestamp(memory.next_end()))

    # -- rules -------------------------------------------------------------------------------------------------------

    def _learn_rules(self) -> None:
        with self._learning:
            moment = clock.now()
            book, memory = self._known
            memory.end(moment)
            found = rules(book, moment) if book else {}
            self._questions = {
                key: _Question(rule, memory.slots.by_key[key], memory) for key, rule in found.items()
            }
            self._rules_until = min(
                (moment.timestamp() // QUARTER + 1) * QUARTER, _timestamp(memory.next_end())
            )


def _timestamp(at: datetime | None) -> float:
    return at.timestamp() if at is not None else float("inf")


def _says(answer: Answer, decision: Decision, proven: bool) -> bool:
    if answer.reason is Reason.UNCONFIRMED:
        return decision.decision == "allow" and not proven
    wanted = "allow" if answer.allowed else "deny"
    return decision.decision == wanted and (proven or wanted == "deny")


def _permitted(question: _Question) -> NDArray[np.bool_]:
    """Return, for every number that the bits hold, whether that person may be used."""
    import numpy as np

    slot, rule = question.slot, question.rule
    denied, allowed = (np.frombuffer(bytes(row), dtype=np.uint8) for row in (slot.denied, slot.allowed))
    default = np.full(len(denied), 0xFF if rule.default else 0, dtype=np.uint8)
    heeded = np.full(len(denied), 0xFF if rule.heeds else 0, dtype=np.uint8)
    for subject, places in question.memory.places.items():
        byte, bit = subject >> 3, np.uint8(1 << (subject & 7))
        if byte < len(default) and rule.default_at(places) != rule.default:
            default[byte] ^= bit
        if byte < len(default) and rule.heeds_at(places) != rule.heeds:
            heeded[byte] ^= bit
    bits = (allowed | default) & ~denied
    if rule.touched:
        bits &= ~(heeded & np.frombuffer(bytes(slot.signalled), dtype=np.uint8))
    return np.unpackbits(bits, bitorder="little").view(np.bool_)


def _roots(memory: Memory, subjects: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers under which these people are remembered."""
    import numpy as np

    same = memory.same
    if not same:
        return subjects
    others = np.fromiter(same.keys(), dtype=np.int64)
    roots = np.fromiter(same.values(), dtype=np.int64)
    order = np.argsort(others)
    others, roots = others[order], roots[order]
    place = np.minimum(np.searchsorted(others, subjects), len(others) - 1)
    return np.where(others[place] == subjects, roots[place], subjects)
