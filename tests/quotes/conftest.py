"""A clinic with a published book, so that prices can be asked for and people can say yes and no."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.choices.gate import Gate
from aboveboard.choices.model import Decision
from aboveboard.choices.service import Choices
from aboveboard.editions.service import Editions
from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.people.service import People, Visit
from aboveboard.quotes.model import Quote, QuoteRequest
from aboveboard.quotes.service import Quotes
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.settings import Settings
from aboveboard.store import Store, Tx
from tests.pricing.books import book, loyalty, season, service, tier

ANN = Identity("email", "ann@example.org")
BEA = Identity("email", "bea@example.org")


@dataclass
class Clinic:
    """All services over one store, and short ways to use them."""

    store: Store
    record: Record
    people: People
    editions: Editions
    choices: Choices
    gate: Gate
    quotes: Quotes

    def publish(self, published: Book) -> None:
        with self.store.write() as tx:
            self.editions.publish(tx, msgspec.yaml.encode(published).decode())

    def visits(self, identity: Identity, *days: str) -> int:
        def write(tx: Tx) -> int:
            subject = self.people.locate(tx, identity)
            seen = [Visit(datetime.date.fromisoformat(day), None, f"{identity.value}/{day}") for day in days]
            self.people.add_visits(tx, [(subject, visit) for visit in seen])
            return subject

        with self.store.write() as tx:
            return write(tx)

    def says(
        self, identity: Identity, decision: Any, purpose: str = "personal_prices", proven: bool = True
    ) -> int:
        with self.store.write() as tx:
            subject = self.people.locate(tx, identity)
            self.choices.save(
                tx,
                subject=subject,
                identity=identity,
                decisions=[Decision(decision, purpose)],
                channel="web",
                proven=proven,
            )
            return subject

    def size(self) -> int:
        with self.store.read() as conn:
            return self.record.size(conn)

    def ask(self, subject: int | None = None, *, signal: bool = False, **request: Any) -> Quote:
        request.setdefault("service", "treatment")
        request.setdefault("at", "2026-11-30")
        with self.store.write() as tx:
            return self.quotes.quote(tx, QuoteRequest(**request), subject, "web", signal=signal)


MONDAYS = [f"2026-{month:02}-02" for month in range(1, 11)]


@pytest.fixture
def make_clinic(tmp_path: Path) -> Callable[[Store], Clinic]:
    """Return `make_clinic(store)`: a clinic that has not published anything yet."""

    def make(store: Store) -> Clinic:
        record = Record(KeyRing.create(tmp_path / "keys", "clinic.example/record"))
        people, editions = People(record), Editions(record)
        gate = Gate(record, editions)
        return Clinic(
            store,
            record,
            people,
            editions,
            Choices(record, people, editions),
            gate,
            Quotes(record, people, gate, editions),
        )

    return make


@pytest.fixture
def book_of_prices() -> Book:
    """100.00 for everyone, 5 % less from the tenth visit on, and a tax of 9.25 %."""
    return book(
        loyalty=[loyalty("visits", (10, "-0.05"))],
        seasons=[season("winter", "12-01", "02-28", "-0.10")],
        tax="0.0925",
    )


@pytest.fixture
def clinic(make_clinic: Callable[[Store], Clinic], sqlite_store: Store, book_of_prices: Book) -> Clinic:
    """A clinic on SQLite that has published its book."""
    made = make_clinic(sqlite_store)
    made.publish(book_of_prices)
    return made


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> House:
    """A clinic whose regular, Ann, came ten times and said yes to personal prices."""
    KeyRing.create(tmp_path / "keys", "clinic.example/record")
    house = House(Settings(home=str(tmp_path), database_url=sqlite_url))
    prices = book(
        services=[
            service(
                tier("standard", "100.00", ("therapist", "1")), tier("long", "190.00", ("therapist", "2"))
            )
        ],
        loyalty=[loyalty("visits", (10, "-0.05"))],
    )
    with house.store.write() as tx:
        house.editions.publish(tx, msgspec.yaml.encode(prices).decode())
        ann = house.people.locate(tx, ANN)
        days = [datetime.date.fromisoformat(day) for day in MONDAYS]
        house.people.add_visits(tx, [(ann, Visit(day, None, f"ann/{day}")) for day in days])
    with house.store.write() as tx:
        house.choices.save(
            tx,
            subject=ann,
            identity=ANN,
            decisions=[Decision("allow", "personal_prices")],
            channel="counter",
            proven=True,
        )
    return house


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return `later(days=2)`: from now on the clock shows so much more."""
    passed = datetime.timedelta(0)
    real = clock.now

    def move(**more: float) -> None:
        nonlocal passed
        passed += datetime.timedelta(**more)

    monkeypatch.setattr(clock, "now", lambda: real() + passed)
    return move
