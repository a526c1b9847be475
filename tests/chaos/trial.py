"""One database and the process that dies on it, again and again.

A *life* is one process, from its fork to its SIGKILL. After each the watcher opens the database as the next process would (the
first to come after a crash has to recover it), compares, and closes it again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aboveboard.choices.gate import Gate
from aboveboard.house import House
from aboveboard.settings import Settings
from tests.chaos import check
from tests.chaos.check import Books
from tests.chaos.child import COMMITTING, INSIDE, PULSE_SIZE
from tests.chaos.nursery import Child, Nursery
from tests.support.books import BOOK

#: Seconds after a process said that it is ready, or (one time in twenty) after its fork, when it is killed.
EARLIEST, LATEST = 0.02, 0.4
#: Nobody waits longer for a process to come up.
_PATIENCE = 60


@dataclass
class Tally:
    """What was counted: kills, those that hit an open transaction, those that hit its commit; confirmed acts; what was wrong."""

    kills: int = 0
    inside: int = 0
    committing: int = 0
    confirmed: int = 0
    wrong: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """How many findings say that something confirmed is gone."""
        return sum(line.startswith("LOST") for line in self.wrong)

    @property
    def half(self) -> int:
        """How many findings say that anything else does not fit together."""
        return len(self.wrong) - self.lost


class Trial:
    """A house at `home` on the database `url`, and what became of it."""

    def __init__(self, nursery: Nursery, home: Path, url: str, seed: int) -> None:
        self.home = home
        self.tally = Tally()
        self.books = Books(seed)
        self._nursery = nursery
        self._settings = Settings(home=str(home), database_url=url)
        self.chance = random.Random(seed)
        self._pulse = home / "pulse"
        #: `sqlite` or `postgresql+psycopg`.
        self.name = url.partition(":")[0]
        home.mkdir(parents=True, exist_ok=True)
        self._pulse.write_bytes(bytes(PULSE_SIZE))
        with self.house() as house, house.store.write() as tx:
            house.editions.publish(tx, BOOK)
        self._gate: Gate | None = None

    @contextmanager
    def house(self) -> Iterator[House]:
        """Give the house, opened anew and closed again."""
        house = House.open(self._settings).prepare()
        try:
            yield house
        finally:
            house.close()

    def child(self) -> Child:
        """Fork a process that goes on where the last one was killed."""
        self._pulse.write_bytes(bytes(PULSE_SIZE))
        job = {
            "home": self._settings.home,
            "url": self._settings.database,
            "seed": self.books.seed,
            "pulse": str(self._pulse),
            "todo": self.books.todo(),
        }
        return self._nursery.child(job)

    def life(self) -> None:
        """Let a process live for a moment, kill it, and look at what is there."""
        moment = self.chance.uniform(EARLIEST, LATEST)
        with self.child() as child:
            said = [] if self.chance.random() < 0.05 else [self.ready(child)]
            said += child.lines(moment)
            child.kill()
            said += child.lines(_PATIENCE)
            assert child.ended
        self.tally.kills += 1
        self._look_where()
        self.note(said)

    def ready(self, child: Child) -> dict[str, Any]:
        """Wait until the child acts; return what it said."""
        for line in child.lines(_PATIENCE):
            return line
        raise AssertionError("the process ended, or said nothing, before it was ready; its error is above")

    def note(self, said: list[dict[str, Any]]) -> None:
        """Take down what a process said, and compare it with the database as it is found."""
        with self.house() as house:
            before = len(self.books.leaves)
            for line in said:
                self.books.hear(line, house)
            self.tally.confirmed += len(self.books.leaves) - before
            if self._gate is None:
                self._gate = Gate(house.record, house.editions)
            self._find(check.after_a_kill(house, self.books, self._gate))

    def _look_where(self) -> None:
        states = self._pulse.read_bytes()
        self.tally.inside += INSIDE in states or COMMITTING in states
        self.tally.committing += COMMITTING in states

    def everything(self) -> None:
        """Read the whole database and compare all of it."""
        with self.house() as house:
            self._find(check.everything(house, self.books))

    def _find(self, findings: list[str]) -> None:
        """Keep each finding once, with the number of the kill after which it was first seen."""
        for finding in findings:
            self.tally.wrong.setdefault(finding, self.tally.kills)
