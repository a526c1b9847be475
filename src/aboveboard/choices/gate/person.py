"""What signals mean for one person, read from that person's entries alone: by the same bits as the gate, made for one.

A signal is seen once and stands. To which uses it is a no may grow afterwards: we learn where the person lives, a law comes
into force, a new book passes data on. The gate knows at once, for it asks each time. Partners know only what an entry told
them. So two memories read the same entries here: one takes what a signal *refuses*, as the gate does, the other only what an
entry *said* that it denies. What stands in the first and not in the second, somebody still has to be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aboveboard.book.model import Book
from aboveboard.choices.gate.heeding import Key, touching
from aboveboard.choices.gate.rules import Places, Rule
from aboveboard.choices.gate.slots import Memory
from aboveboard.choices.signals.refusals import Refusals
from aboveboard.record.model import Entry

#: What must be read of a person to answer here.
KINDS = (
    "choice.made",
    "signal.seen",
    "signal.counts",
    "people.placed",
    "people.linked",
    "people.unlinked",
    "people.erased",
)


class _Said(Memory):
    """A memory of what entries said that a signal denies, instead of what it refuses."""

    def __init__(self, book: Book, undone: Iterable[str]) -> None:
        super().__init__(touching(book), undone)
        # The first entries did not say what they deny: that was what the book gives to Global Privacy Control.
        self._unsaid = [
            (purpose.id, to) for purpose in book.purposes if purpose.gpc for to in (None, *purpose.recipients)
        ]

    def take(self, entry: Entry, now: datetime) -> None:
        if entry.kind not in ("signal.seen", "signal.counts"):
            super().take(entry, now)
        elif entry.subject is not None:
            denies = entry.facts.get("denies")
            said = (
                self._unsaid
                if denies is None
                else [(question["purpose"], question["recipient"]) for question in denies]
            )
            self.slots.mark(self.same.get(entry.subject, entry.subject), said)


def counting_for(rules: Mapping[Key, Rule], refuses: Refusals, places: Places | None) -> list[Key]:
    """Return the questions to which a signal is a no for someone who is said to live there (None: unknown)."""
    return [
        key for key, rule in rules.items() if not rule.touched.isdisjoint(refuses) and rule.heeds_at(places)
    ]


def untold(
    book: Book, rules: Mapping[Key, Rule], entries: Sequence[Entry], numbers: Collection[int], now: datetime
) -> list[Key]:
    """Return the questions to which a signal is a no for a person now, though no entry has said so yet.

    `entries` are all of `KINDS` about the person's `numbers` (the present one first), oldest first.
    """
    undone = [entry.facts["link"] for entry in entries if entry.kind == "people.unlinked"]
    stands, said = Memory(touching(book), undone), _Said(book, undone)
    small = {number: place for place, number in enumerate(numbers)}
    for entry in entries:
        renumbered = _renumbered(entry, small)
        if renumbered is not None:
            stands.take(renumbered, now)
            said.take(renumbered, now)
    # The present number is 0, and whoever was joined to it shares its bits.
    places = stands.places.get(0)
    return [
        key
        for key, rule in rules.items()
        if stands.slots.is_signalled(0, key) and not said.slots.is_signalled(0, key) and rule.heeds_at(places)
    ]


def _renumbered(entry: Entry, small: Mapping[int, int]) -> Entry | None:
    """Return the entry with the person's numbers counted from 0, so that the bits stay few; None for a link that is undone."""
    if entry.subject is None or entry.subject not in small:
        return None
    facts = entry.facts
    if entry.kind == "people.linked":
        if facts["from"] not in small or facts["into"] not in small:
            return None
        facts = {"from": small[facts["from"]], "into": small[facts["into"]]}
    return replace(entry, subject=small[entry.subject], facts=facts)
