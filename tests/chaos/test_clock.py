"""A clock that is set back: the record stays in its order and says honestly what the clock said.

The clock is set by hand here, for every service at once. What decides is the place in the record, never an instant.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from aboveboard import store as clock
from aboveboard.choices.gate import Gate
from aboveboard.choices.model import Decision
from aboveboard.choices.service import Choices
from aboveboard.editions.service import Editions
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.proof import receipt
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.record.verify import verify
from aboveboard.store import Store
from tests.support.books import BOOK

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ANN = Identity("email", "ann@example.org")


class Clock:
    """The clock on the wall; `set` moves it."""

    def __init__(self) -> None:
        self.shows = NOON

    def set(self, hours: float) -> None:
        self.shows = NOON + timedelta(hours=hours)

    def time(self) -> float:
        return self.shows.timestamp()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Clock:
    wall = Clock()
    monkeypatch.setattr(clock, "now", lambda: wall.shows)
    shown = SimpleNamespace(time=wall.time, monotonic=time.monotonic)
    monkeypatch.setattr("aboveboard.choices.gate.service.time", shown)
    return wall


class Firm:
    """A firm with the small book, and one customer."""

    def __init__(self, store: Store, keys: KeyRing) -> None:
        self.store, self.record = store, Record(keys)
        self.people, self.editions = People(self.record), Editions(self.record)
        self.choices = Choices(self.record, self.people, self.editions)
        self.gate = Gate(self.record, self.editions)
        with store.write() as tx:
            self.editions.publish(tx, BOOK)
            self.ann = self.people.locate(tx, ANN)

    def says(self, word: str, until: datetime | None = None) -> str:
        with self.store.write() as tx:
            return self.choices.save(
                tx,
                subject=self.ann,
                identity=ANN,
                decisions=[Decision(word, "all", None, until)],  # type: ignore[arg-type]
                channel="web",
                proven=True,
            ).id

    def allowed(self, gate: Gate | None = None) -> bool:
        gate = gate or self.gate
        with self.store.read() as conn:
            gate.follow(conn)
        return gate.allows(self.ann, "sharing", "reviews").allowed


@pytest.fixture
def firm(store: Store, tmp_path: Path, wall: Clock) -> Firm:
    return Firm(store, KeyRing.create(tmp_path / "keys", "studio.example/record"))


def test_entries_keep_their_order_and_their_instants(firm: Firm, wall: Clock) -> None:
    said = []
    for hours in (0, 1, -48, -47, 5, -8760):
        wall.set(hours)
        said.append((firm.says("deny"), wall.shows))
    with firm.store.read() as conn:
        assert verify(conn, firm.record.keys).ok
        entries = firm.record.entries(conn, -1, 100, ["choice.made"])
        assert [(entry.id, entry.at) for entry in entries] == said
        for entry_id, at in said:
            proven = receipt.verify(firm.record.receipt(conn, entry_id), firm.record.keys.verifier)
            assert proven.at == at


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        # what was said, at which hour by the clock; the last one decides, whatever the clock said
        ([("allow", 0), ("deny", -1)], False),
        ([("allow", 0), ("deny", -8760)], False),
        ([("deny", 0), ("allow", -1)], True),
        ([("deny", 3), ("allow", -3), ("deny", -24)], False),
    ],
)
def test_between_two_clocks_the_order_of_the_record_decides(
    firm: Firm, wall: Clock, said: list[tuple[str, float]], allowed: bool
) -> None:
    for word, hours in said:
        wall.set(hours)
        firm.says(word)
    assert firm.allowed() is allowed
    assert firm.allowed(Gate(firm.record, firm.editions)) is allowed
    with firm.store.read() as conn:
        newest = firm.choices.history(conn, firm.ann)[0]
    assert newest.decisions[0].decision == said[-1][0]


def test_a_no_with_an_end_holds_again_when_the_clock_turns_out_to_have_been_ahead(
    firm: Firm, wall: Clock
) -> None:
    firm.says("allow")
    firm.says("deny", until=NOON + timedelta(days=30))
    assert firm.allowed() is False
    wall.set(24 * 365)
    assert firm.allowed() is True
    wall.set(1)
    assert firm.allowed() is False


def test_a_lease_that_was_taken_under_a_clock_that_was_ahead_can_be_taken_over(
    firm: Firm, wall: Clock
) -> None:
    def takes(holder: str) -> bool:
        with firm.store.write() as tx:
            return firm.record.lease(tx, "courier", holder, 30)

    wall.set(24)
    assert takes("first")
    assert not takes("second")
    wall.set(24 - 30 / 3600)  # half a minute between two machines is no reason
    assert not takes("second")
    wall.set(0)
    assert takes("second")
    assert not takes("first")
