"""What others may ask about choices: save one, note a signal, show someone's history and what in it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.choices.conflicts import Conflict, conflicts, is_pointed
from aboveboard.choices.gate import Gate
from aboveboard.choices.gate.heeding import Key
from aboveboard.choices.gate.person import KINDS, counting_for, untold
from aboveboard.choices.gate.rules import Rule, at_closest, rules
from aboveboard.choices.model import CHANNELS, TOLD_BEFORE, ChoiceError, Decision, check, check_told
from aboveboard.choices.signals.refusals import BROWSER, NOTHING, Heard, Refusals, of_facts
from aboveboard.editions.service import Editions
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.model import Entry, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Tx
from aboveboard.words import Text

#: More entries than this about one person are not a person.
_ALL = 100_000

_CHANNEL = Text(
    "We do not know this way of telling us. Use one of: {ids}. Nothing was saved.",
    "没有这种渠道。请用其中一种：{ids}。什么都没有保存。",
)
_NO_BOOK = Text(
    "This business has not published its book yet, so there is nothing to choose. Run `aboveboard apply` first.",
    "商家还没有公布账本，没有可选的内容。请先运行 aboveboard apply。",
)


@dataclass(frozen=True, slots=True)
class Said:
    """One saved choice as its owner sees it. `decisions` is empty for a signal, `refuses` for anything else."""

    entry_id: str
    at: datetime
    decisions: tuple[Decision, ...]
    channel: str
    proven: bool
    signal: str | None = None
    refuses: Refusals = frozenset()


class Choices:
    """Choices of one installation."""

    def __init__(self, record: Record, people: People, editions: Editions) -> None:
        self.record = record
        self.people = people
        self.editions = editions

    def save(
        self,
        tx: Tx,
        *,
        subject: int,
        identity: Identity,
        decisions: Sequence[Decision],
        channel: str,
        proven: bool,
        entry_id: str | None = None,
        told: datetime | None = None,
    ) -> Stamp:
        """Save the decisions of one moment as one entry and return its stamp.

        `told` is when the person said so, if that was earlier (a letter, a call): deadlines count from it. A yes that was said
        before the newest thing on record is refused, for that one counts. `proven` says that the person, a clerk or the firm's
        own system stands behind it; a yes without it opens nothing. `entry_id` makes a request repeatable (a second time it
        raises `AlreadyRecorded`). Raises `ChoiceError`.
        """
        edition = self.editions.current(tx.conn)
        if edition is None:
            raise ChoiceError("no_book", _NO_BOOK)
        if channel not in CHANNELS:
            raise ChoiceError("channel_unknown", _CHANNEL.filled(ids=", ".join(CHANNELS)))
        check(edition.book, decisions, tx.now)
        if told is not None:
            self._check_told(tx, subject, decisions, told)
        facts: dict[str, Any] = {
            "decisions": [decision.as_facts() for decision in decisions],
            "channel": channel,
            "proven": proven,
            "edition": edition.number,
        }
        if told is not None:
            facts["told_at"] = told.astimezone(UTC).isoformat(timespec="seconds")
        personal = {"identity": {"kind": identity.kind, "shown": identity.masked}}
        return self.record.append(
            tx, "choice.made", subject=subject, facts=facts, personal=personal, entry_id=entry_id
        )

    def _check_told(self, tx: Tx, subject: int, decisions: Sequence[Decision], told: datetime) -> None:
        check_told(told, tx.now)
        newest = next(iter(self.history(tx.conn, subject)), None)
        says_yes = any(one.decision == "allow" for one in decisions)
        if says_yes and newest is not None and newest.at > told:
            raise ChoiceError("told_before", TOLD_BEFORE)

    def signal(
        self, tx: Tx, subject: int, channel: str = "web", heard: Heard = BROWSER, entry_id: str | None = None
    ) -> Stamp | None:
        """Note what a signal refuses for this person; None if it stands noted already, or refuses nothing.

        It is written again only when the person said yes to something since, because then it is news that the signal still says
        no; but a yes to one partner that was given while it stood was given in spite of it (`conflicts`, 11 CCR 7025(c)(3)).
        The entry tells what it refuses, and what that was a no to under the edition in force.
        """
        edition = self.editions.current(tx.conn)
        book = edition.book if edition else None
        if not heard.refuses or self._stands(tx.conn, subject, heard.refuses, book):
            return None
        facts = heard.as_facts() | {"channel": channel}
        if edition is not None:
            facts |= {
                "denies": self._denied(tx, edition.book, subject, heard.refuses),
                "edition": edition.number,
            }
        return self.record.append(tx, "signal.seen", subject=subject, facts=facts, entry_id=entry_id)

    def is_news(self, conn: Connection, subject: int, heard: Heard = BROWSER) -> bool:
        """Return whether `signal` would write an entry."""
        edition = self.editions.current(conn)
        return bool(heard.refuses) and not self._stands(
            conn, subject, heard.refuses, edition.book if edition else None
        )

    def _stands(self, conn: Connection, subject: int, refuses: Refusals, book: Book | None) -> bool:
        """Return whether all of this was refused before, and no yes came since that was not given in spite of it."""
        missing = set(refuses)
        for entry in self._about(conn, subject):
            if entry.kind == "signal.seen":
                missing -= of_facts(entry.facts)
                if not missing:
                    return True
            elif entry.facts["proven"] and not all(
                one.decision == "deny" or (book is not None and is_pointed(book, one))
                for one in map(Decision.from_facts, entry.facts["decisions"])
            ):
                return False
        return False

    def _denied(self, tx: Tx, book: Book, subject: int, refuses: Refusals) -> list[dict[str, str | None]]:
        """Return, for an entry, the questions to which this is a no for this person, by the book and the law of their place."""
        told = self.people.places(tx.conn, subject)
        places = at_closest(one.place for one in told) if told else None
        return as_facts(counting_for(rules(book, tx.now), refuses, places))

    def counts_now(
        self, conn: Connection, subject: int, book: Book, known: Mapping[Key, Rule], now: datetime
    ) -> list[Key]:
        """Return to what a signal of this person is a no by now, though no entry has said so: what partners cannot know yet.

        `known` are the `rules` of the book at `now`.
        """
        numbers = self.people.numbers(conn, self.people.present(conn, subject))
        if not self.record.spoken(conn, numbers, ("signal.seen",)):
            return []
        entries = self.record.about(conn, numbers, KINDS, limit=_ALL)
        return untold(book, known, entries[::-1], numbers, now)

    def enter_counting(self, tx: Tx, subject: int) -> Stamp | None:
        """Enter what a signal of this person has come to be a no to since it was seen; None if there is nothing new."""
        edition = self.editions.current(tx.conn)
        if edition is None:
            return None
        subject, known = self.people.present(tx.conn, subject), rules(edition.book, tx.now)
        found = self.counts_now(tx.conn, subject, edition.book, known, tx.now)
        if not found:
            return None
        touched = NOTHING.union(*(known[question].touched for question in found))
        signals = self.record.about(
            tx.conn, self.people.numbers(tx.conn, subject), ("signal.seen",), limit=_ALL
        )
        seen = next(entry for entry in signals if not touched.isdisjoint(of_facts(entry.facts)))
        facts = {
            "signal": seen.facts["signal"],
            "seen": seen.id,
            "denies": as_facts(found),
            "edition": edition.number,
        }
        return self.record.append(tx, "signal.counts", subject=subject, facts=facts)

    def conflicts(self, conn: Connection, gate: Gate, book: Book, subject: int) -> list[Conflict]:
        """Return where a signal and a saved yes of this person contradict each other; follow with the gate before."""
        numbers = self.people.numbers(conn, self.people.present(conn, subject))
        return conflicts(conn, self.record, gate, book, subject, numbers, clock.now())

    def history(self, conn: Connection, subject: int) -> list[Said]:
        """Return what this person said, under any of their identities, newest first."""
        return [_said(entry) for entry in self._about(conn, subject)]

    def _about(self, conn: Connection, subject: int) -> list[Entry]:
        return self.record.about(conn, self.people.numbers(conn, subject), ("choice.made", "signal.seen"))


def as_facts(questions: Iterable[Key]) -> list[dict[str, str | None]]:
    """Return questions as they stand in an entry."""
    return [{"purpose": purpose, "recipient": recipient} for purpose, recipient in questions]


def _said(entry: Entry) -> Said:
    facts = entry.facts
    decisions = tuple(Decision.from_facts(decision) for decision in facts.get("decisions", ()))
    return Said(
        entry.id,
        entry.at,
        decisions,
        facts["channel"],
        bool(facts.get("proven")),
        facts.get("signal"),
        of_facts(facts) if entry.kind == "signal.seen" else frozenset(),
    )
