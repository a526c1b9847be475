"""A business with a small book, its people, choices and gate, on each database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from aboveboard.choices.gate import Answer, Gate
from aboveboard.choices.model import Decision
from aboveboard.choices.service import Choices
from aboveboard.editions.service import Editions
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store
from tests.support.books import BOOK


@dataclass
class Firm:
    """Everything a test of choices needs, with short names for the deeds."""

    store: Store
    record: Record
    people: People
    editions: Editions
    choices: Choices
    gate: Gate

    def person(self, email: str = "ann@example.org") -> int:
        with self.store.write() as tx:
            return self.people.locate(tx, Identity("email", email))

    def say(self, subject: int, *said: str, proven: bool = True) -> str:
        """Save decisions written as `deny sharing reviews`."""
        with self.store.write() as tx:
            decisions = [Decision(*words.split()) for words in said]  # type: ignore[arg-type]
            identity = Identity("email", "ann@example.org")
            return self.choices.save(
                tx, subject=subject, identity=identity, decisions=decisions, channel="web", proven=proven
            ).id

    def ask(
        self, subject: int | None, purpose: str, recipient: str | None = None, *, signal: bool = False
    ) -> Answer:
        with self.store.read() as conn:
            self.gate.follow(conn)
        return self.gate.allows(subject, purpose, recipient, signal=signal)

    def publish(self, text: str) -> None:
        with self.store.write() as tx:
            self.editions.publish(tx, text)


@pytest.fixture
def empty_firm(store: Store, tmp_path: Path) -> Firm:
    return _firm(store, tmp_path)


@pytest.fixture
def sqlite_firm(sqlite_store: Store, tmp_path: Path) -> Firm:
    """A firm for tests that have nothing to do with the database."""
    firm = _firm(sqlite_store, tmp_path)
    firm.publish(BOOK)
    return firm


def _firm(store: Store, tmp_path: Path) -> Firm:
    record = Record(KeyRing.create(tmp_path / "keys", "studio.example/record"))
    people, editions = People(record), Editions(record)
    return Firm(store, record, people, editions, Choices(record, people, editions), Gate(record, editions))


@pytest.fixture
def firm(empty_firm: Firm) -> Firm:
    empty_firm.publish(BOOK)
    return empty_firm
