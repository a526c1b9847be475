"""The sample business with its eight partners, seven of them played by a partner simulator, on each database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa

from aboveboard.choices.model import Decision
from aboveboard.choices.service import Choices
from aboveboard.duties.service import Duties
from aboveboard.editions.service import Editions
from aboveboard.partner_sim import PartnerSim
from aboveboard.partners import tables
from aboveboard.partners.courier import Courier
from aboveboard.partners.followers import follow
from aboveboard.partners.model import Told
from aboveboard.partners.service import Partners
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.proof.webhooks import secret_text
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import Entry
from aboveboard.record.service import Record
from aboveboard.store import Store

SAMPLE = (files("aboveboard") / "sample" / "business.yaml").read_text("utf-8")
PLAYED = (
    "lab",
    "review_site",
    "mail_service",
    "message_service",
    "statistics_office",
    "booking_app",
    "ad_network",
)
ANN = Identity("email", "ann@example.org")


@dataclass
class Firm:
    """Everything a test of partners needs, with short names for the deeds."""

    store: Store
    record: Record
    people: People
    editions: Editions
    duties: Duties
    choices: Choices
    partners: Partners
    sim: PartnerSim

    def person(self, identity: Identity = ANN) -> int:
        with self.store.write() as tx:
            return self.people.locate(tx, identity)

    def say(
        self, *said: str, identity: Identity = ANN, proven: bool = True, told: datetime | None = None
    ) -> str:
        """Save decisions written as `deny share_lab lab`, perhaps `told` us before; return the entry's id."""
        with self.store.write() as tx:
            subject = self.people.locate(tx, identity)
            decisions = [Decision(*words.split()) for words in said]
            return self.choices.save(
                tx,
                subject=subject,
                identity=identity,
                decisions=decisions,
                channel="web",
                proven=proven,
                told=told,
            ).id

    def publish(self, text: str) -> None:
        with self.store.write() as tx:
            self.editions.publish(tx, text.replace("http://127.0.0.1:8701", self.sim.url))

    def follow(self) -> None:
        while follow(self.store, self.partners, "test", 5):
            pass

    def courier(self, holder: str = "test", seconds: float = 2.0) -> Courier:
        return Courier(self.store, self.partners, holder, 5.0, seconds=seconds)

    def carry(self, seconds: float = 2.0) -> int:
        """Do what a worker does once."""
        self.follow()
        return asyncio.run(self.courier(seconds=seconds).once())

    def hurry(self) -> None:
        """Let every pause be over."""
        past = sa.literal(0, sa.BigInteger)
        with self.store.write() as tx:
            tx.conn.execute(sa.update(tables.answering).values(paused_until=None))
            open_ones = tables.deliveries.c.next_try_at.is_not(None)
            tx.conn.execute(sa.update(tables.deliveries).where(open_ones).values(next_try_at=past))

    def told(self, entry_id: str) -> dict[str, Told]:
        with self.store.read() as conn:
            return {told.partner: told for told in self.partners.told(conn, entry_id)}

    def states(self, entry_id: str) -> dict[str, str]:
        return {partner: told.state for partner, told in self.told(entry_id).items()}

    def entries(self, kind: str) -> list[Entry]:
        with self.store.read() as conn:
            return self.record.entries(conn, -1, 10_000, [kind])

    def got(self, partner: str) -> list[dict]:
        """Return the bodies that a partner received, oldest first."""
        return [message.content for message in reversed(self.sim.received(partner))]


def secrets_of(keys: KeyRing) -> dict[str, str]:
    return {partner: secret_text(keys.derive(f"partner:{partner}", 24)) for partner in PLAYED}


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "keys", "riverside.example/record")


@pytest.fixture
def sim(keys: KeyRing) -> Iterator[PartnerSim]:
    with PartnerSim(secrets_of(keys)) as sim:
        yield sim


@pytest.fixture
def make_firm(keys: KeyRing, sim: PartnerSim) -> Callable[[Store], Firm]:
    def make(store: Store) -> Firm:
        record = Record(keys)
        people, editions, duties = People(record), Editions(record), Duties(record)
        partners = Partners(record, people, editions, duties)
        firm = Firm(store, record, people, editions, duties, Choices(record, people, editions), partners, sim)
        firm.publish(SAMPLE)
        return firm

    return make


@pytest.fixture
def firm(store: Store, make_firm: Callable[[Store], Firm]) -> Firm:
    return make_firm(store)


@pytest.fixture
def small_firm(sqlite_store: Store, make_firm: Callable[[Store], Firm]) -> Firm:
    """The same on SQLite only, for tests of HTTP rather than of the database."""
    return make_firm(sqlite_store)
