"""One bit per person and question: what the gate remembers of everything that was ever said.

The newest choice that covers a question decides it, so a newer one may simply overwrite the older: no history is needed.
For each question (a *slot*) there are three rows of bits over the dense person numbers: said no, said yes, and "a signal that
touches it stands" (whether that counts where the person lives, the rule of the question knows). A yes that nobody proved is
rare and kept as a set. A million people and fifteen questions are 6 MB.

A proven yes lifts the signal that was seen before it; a signal that is seen afterwards is set again. When two numbers turn
out to be one person, the bits of both are joined and no wins; the next choice overwrites that as any other.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from aboveboard.choices.gate.heeding import Key
from aboveboard.choices.gate.rules import Places, at_closest
from aboveboard.choices.model import Decision
from aboveboard.choices.signals.refusals import Refusals, of_facts
from aboveboard.record.model import Entry

#: A bit row grows by at least this many bytes, so that a run of new people does not copy it each time.
_GROW = 1 << 12


class Slot:
    """The bits of one question. Person n is bit n & 7 of byte n >> 3."""

    __slots__ = ("allowed", "denied", "signalled", "unconfirmed")

    def __init__(self, size: int) -> None:
        self.denied = bytearray(size)
        self.allowed = bytearray(size)
        self.signalled = bytearray(size)
        self.unconfirmed: set[int] = set()


class Slots:
    """The slots of all questions of a book, all of one size in bytes; `touched` says what a signal may refuse to touch each."""

    def __init__(self, touched: Mapping[Key, Refusals]) -> None:
        self.size = _GROW
        self.by_key = {key: Slot(self.size) for key in touched}
        self._touched = [(self.by_key[key], refusals) for key, refusals in touched.items() if refusals]
        self._covered: dict[Key, list[Slot]] = {}

    def make_room(self, subject: int) -> None:
        """Make every row long enough for person `subject`."""
        needed = (subject >> 3) + 1
        if needed <= self.size:
            return
        more = bytes(max(needed - self.size, self.size // 2, _GROW))
        for slot in self.by_key.values():
            # A new object, not a longer one: another thread may be reading the old.
            slot.denied, slot.allowed, slot.signalled = (
                slot.denied + more,
                slot.allowed + more,
                slot.signalled + more,
            )
        self.size += len(more)

    def say(self, subject: int, decision: Decision, proven: bool) -> None:
        """Note a decision in every slot that it covers; an unproven yes changes nothing that counts."""
        self.make_room(subject)
        byte, bit = subject >> 3, 1 << (subject & 7)
        for slot in self._covering(decision):
            if decision.decision == "deny":
                slot.denied[byte] |= bit
                slot.allowed[byte] &= ~bit
                slot.unconfirmed.discard(subject)
            elif proven:
                slot.allowed[byte] |= bit
                slot.denied[byte] &= ~bit
                slot.signalled[byte] &= ~bit
                slot.unconfirmed.discard(subject)
            else:
                slot.unconfirmed.add(subject)

    def signal(self, subject: int, refuses: Refusals) -> None:
        """Note that a signal refuses this for this person."""
        self.make_room(subject)
        byte, bit = subject >> 3, 1 << (subject & 7)
        for slot, touched in self._touched:
            if not touched.isdisjoint(refuses):
                slot.signalled[byte] |= bit

    def mark(self, subject: int, keys: Iterable[Key]) -> None:
        """Note that a signal is a no to these questions for this person; those that are not asked any more are passed over."""
        self.make_room(subject)
        for key in keys:
            if key in self.by_key:
                self.by_key[key].signalled[subject >> 3] |= 1 << (subject & 7)

    def is_signalled(self, subject: int, key: Key) -> bool:
        """Return whether a signal stands that touches this question, and no choice has decided it."""
        self.make_room(subject)
        slot, byte, shift = self.by_key[key], subject >> 3, subject & 7
        return bool((slot.signalled[byte] & ~slot.denied[byte]) >> shift & 1)

    def join(self, other: int, into: int) -> None:
        """Join the bits of number `other` to those of `into`: a no of either is a no, a signal of either stands."""
        self.make_room(max(other, into))
        for slot in self.by_key.values():
            for row in (slot.denied, slot.allowed, slot.signalled):
                if row[other >> 3] >> (other & 7) & 1:
                    row[into >> 3] |= 1 << (into & 7)
            if slot.denied[into >> 3] >> (into & 7) & 1:
                slot.allowed[into >> 3] &= ~(1 << (into & 7))
            if other in slot.unconfirmed:
                slot.unconfirmed.add(into)

    def forget(self, subject: int) -> None:
        """Clear all bits of a number, to write them again from its entries."""
        self.make_room(subject)
        byte, keep = subject >> 3, ~(1 << (subject & 7))
        for slot in self.by_key.values():
            for row in (slot.denied, slot.allowed, slot.signalled):
                row[byte] &= keep
            slot.unconfirmed.discard(subject)

    def _covering(self, decision: Decision) -> list[Slot]:
        key = (decision.purpose, decision.recipient)
        found = self._covered.get(key)
        if found is None:
            found = [
                slot
                for (purpose, recipient), slot in self.by_key.items()
                if decision.covers(purpose, recipient)
            ]
            self._covered[key] = found
        return found


class _Rest(msgspec.Struct, frozen=True):
    """What a gate remembers besides the rows of bits."""

    undone: list[str]
    same: dict[int, int]
    told: dict[int, dict[str, str]]
    unsure: list[int]
    ending: list[tuple[datetime, int]]
    unconfirmed: list[list[int]]


class Memory:
    """All that a gate remembers: the slots, which person numbers turned out to be the same person, and which choices will end.

    `same` leads from another number to the present one. `undone` are the entries of links that were taken back later: they are
    passed over, as if the two had never been joined.
    """

    def __init__(self, touched: Mapping[Key, Refusals], undone: Iterable[str] = ()) -> None:
        self.slots = Slots(touched)
        self.same: dict[int, int] = {}
        self.undone = frozenset(undone)
        #: Of whom we were told where they live: all the places, by who told us.
        self.places: dict[int, Places] = {}
        self._told: dict[int, dict[str, str]] = {}
        #: People of whom a choice has just ended: what holds for them must be read again, and until then it is no.
        self.unsure: set[int] = set()
        self._ending: list[tuple[datetime, int]] = []

    # -- on disk (gate/kept.py) --------------------------------------------------------------------------------------

    def as_parts(self) -> tuple[bytes, list[bytearray]]:
        """Return all of it: what is not bits, encoded, and the three rows of each question. It must not change meanwhile."""
        slots = self.slots.by_key.values()
        rest = _Rest(
            undone=sorted(self.undone),
            same=self.same,
            told=self._told,
            unsure=sorted(self.unsure),
            ending=self._ending,
            unconfirmed=[sorted(slot.unconfirmed) for slot in slots],
        )
        rows = [row for slot in slots for row in (slot.denied, slot.allowed, slot.signalled)]
        return msgspec.msgpack.encode(rest), rows

    @classmethod
    def of_parts(cls, touched: Mapping[Key, Refusals], rest: bytes, rows: list[bytearray]) -> Memory:
        """Return the memory that these parts were made of, for the same questions in the same order."""
        kept = msgspec.msgpack.decode(rest, type=_Rest)
        memory = cls(touched, kept.undone)
        memory.same, memory.unsure = kept.same, set(kept.unsure)
        memory._told, memory._ending = kept.told, kept.ending
        memory.places = {subject: at_closest(told.values()) for subject, told in kept.told.items()}
        found = iter(rows)
        for slot, unconfirmed in zip(memory.slots.by_key.values(), kept.unconfirmed, strict=True):
            slot.denied, slot.allowed, slot.signalled = next(found), next(found), next(found)
            slot.unconfirmed = set(unconfirmed)
            memory.slots.size = len(slot.denied)
        return memory

    # -- reading the record ------------------------------------------------------------------------------------------

    def take(self, entry: Entry, now: datetime) -> None:
        """Take in the next entry; entries of other kinds, and choices that have ended, change nothing."""
        if entry.kind == "people.linked":
            if entry.id not in self.undone:
                self._join(int(entry.facts["from"]), int(entry.facts["into"]))
        elif entry.subject is not None:
            subject = self.same.get(entry.subject, entry.subject)
            if entry.kind == "signal.seen":
                self.slots.signal(subject, of_facts(entry.facts))
            elif entry.kind == "people.erased":
                self._say(subject, Decision("deny", "all"), True, now)
            elif entry.kind == "people.placed":
                self._place(subject, {entry.facts["source"]: entry.facts["place"]})
            elif entry.kind == "choice.made":
                proven = bool(entry.facts["proven"])
                for facts in entry.facts["decisions"]:
                    self._say(subject, Decision.from_facts(facts), proven, now)

    def next_end(self) -> datetime | None:
        """Return when the next choice ends."""
        return self._ending[0][0] if self._ending else None

    def end(self, now: datetime) -> None:
        """Note that choices have ended by `now`: of these people we are unsure until they are read again."""
        while self._ending and self._ending[0][0] <= now:
            _, subject = heapq.heappop(self._ending)
            self.unsure = self.unsure | {self.same.get(subject, subject)}

    def read_again(self, subject: int, entries: Iterable[Entry], now: datetime) -> None:
        """Write a person's bits anew from all entries about any of their numbers, oldest first."""
        numbers = self.numbers(subject)
        self.unsure = self.unsure | set(numbers)
        self.same = {number: same for number, same in self.same.items() if number not in numbers}
        for number in numbers:
            self.slots.forget(number)
        for entry in entries:
            self.take(entry, now)
        self.unsure = self.unsure - set(numbers)

    def numbers(self, subject: int) -> list[int]:
        """Return every number of a person, the present one first."""
        root = self.same.get(subject, subject)
        return [root, *(number for number, same in self.same.items() if same == root)]

    def _say(self, subject: int, decision: Decision, proven: bool, now: datetime) -> None:
        if decision.until is not None:
            if decision.until <= now:
                return
            heapq.heappush(self._ending, (decision.until, subject))
        self.slots.say(subject, decision, proven)

    def _place(self, subject: int, told: dict[str, str]) -> None:
        """Note places by their source; a source that says something new replaces what it said before."""
        self.slots.make_room(subject)
        known = self._told[subject] = self._told.get(subject, {}) | told
        self.places[subject] = at_closest(known.values())

    def _join(self, other: int, into: int) -> None:
        self.slots.join(other, into)
        if other in self._told:
            self._place(into, {f"{source} ({other})": place for source, place in self._told[other].items()})
        # A new dictionary: another thread may be reading the old.
        self.same = {number: (into if same == other else same) for number, same in self.same.items()} | {
            other: into
        }
