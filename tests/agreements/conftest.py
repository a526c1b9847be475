"""A clinic with a plan by the month, terms, points and a referral; Ann and Bea are its customers."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aboveboard.agreements.coming import Charge
from aboveboard.agreements.model import Agreement
from aboveboard.agreements.renewals import Done, Renewals
from aboveboard.book.model import (
    Agreements,
    Book,
    Condition,
    Credit,
    Index,
    IndexValue,
    Level,
    Monthly,
    Points,
    Referral,
    Terms,
    When,
)
from aboveboard.duties.model import Duty
from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.quotes.model import Quote, QuoteRequest
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings
from aboveboard.store import Store
from tests.pricing.books import D, book, both, promotion, service, tier

ANN = Identity("email", "ann@example.org")
BEA = Identity("email", "bea@example.org")


def terms(name: str = "year", **more: Any) -> Terms:
    values: dict[str, Any] = {"months": 12, "exit": "pay_back", "renewal": "ask"}
    return Terms(
        id=name,
        name=both(f"The {name}"),
        what=both("what"),
        saves=Monthly(amount=D("3.00"), why=both("planned")),
        services=["plan"],
        **(values | more),
    )


def the_book(**chapters: Any) -> Book:
    """100.00 a month, 94.00 for a year; one point for each dollar, worth a cent; ten dollars for a friend."""
    together = Condition(
        id="together",
        name=both("Together"),
        when=When(terms=["year", "long"]),
        change=D("-0.06"),
        why=both("we can plan"),
        services=["plan"],
    )
    values = [IndexValue(published=datetime.date(2026, 1, 1), value=D(100))]
    chapters.setdefault("conditions", [together])
    chapters.setdefault(
        "services",
        [
            service(tier("standard", "100.00", ("therapist", "1")), tier("plus", "150.00", ("therapist", "1")),
                    name="plan", unit="month"),
            service(tier("standard", "100.00", ("therapist", "1"))),
        ],
    )  # fmt: skip
    chapters.setdefault(
        "agreements",
        Agreements(
            rate=D("0.05"),
            source=both("our bank"),
            send="auto",
            indices=[Index(id="living", name=both("Prices"), source=both("the office"), values=values)],
            terms=[
                terms(),
                terms("long", months=24, renewal="auto", index="living", cap=D("0.03")),
                terms("free", months=1, exit="free", renewal="auto", notice_days=5),
            ],
        ),
    )
    chapters.setdefault(
        "points",
        Points(
            name=both("Points"),
            per=D("1.00"),
            worth=D("0.01"),
            months=12,
            least=50,
            used=D("0.8"),
            source=both("our guess"),
            levels=[Level(id="often", name=both("Often"), at_least=500, times=D("1.5"))],
            services=["treatment"],
        ),
    )
    chapters.setdefault(
        "promotions",
        [
            promotion(
                "friend", "2026-01-01", "2030-12-31", amount=D("5.00"), referral=True, services=["treatment"]
            )
        ],
    )
    chapters.setdefault(
        "credit", Credit(name=both("Credit"), referrals=[Referral(offer="friend", amount=D("10.00"))])
    )
    return book(**chapters)


@dataclass
class Firm:
    """A house, and short ways to use it."""

    house: House

    def publish(self, published: Book) -> None:
        with self.house.store.write() as tx:
            self.house.editions.publish(tx, msgspec.yaml.encode(published).decode())

    def person(self, identity: Identity = ANN) -> int:
        with self.house.store.write() as tx:
            return self.house.people.locate(tx, identity)

    def ask(self, subject: int | None, **asked: Any) -> Quote:
        asked.setdefault("service", "plan")
        with self.house.store.write() as tx:
            return self.house.quotes.quote(tx, QuoteRequest(**asked), subject)

    def take(self, subject: int | None, **asked: Any) -> Quote:
        made = self.ask(subject, **asked)
        with self.house.store.write() as tx:
            self.house.quotes.accept(tx, made.id)
        return made

    def agree(
        self,
        subject: int,
        wanted: str = "year",
        channel: str = "web",
        express: bool | None = None,
        **asked: Any,
    ) -> Agreement:
        made = self.ask(subject, terms=wanted, **asked)
        with self.house.store.write() as tx:
            return self.house.agreements.start(tx, made.id, channel, express)

    def lives(self, subject: int, place: str) -> None:
        with self.house.store.write() as tx:
            self.house.people.place(tx, subject, place, "desk")

    def answer(self, agreement: Agreement, renewal: Any) -> None:
        with self.house.store.write() as tx:
            self.house.agreements.answer(tx, agreement.id, renewal)

    def work(self, on: datetime.date) -> Done:
        with self.house.store.write() as tx:
            return self.renewals.work(tx, on)

    def work_through(self, first: datetime.date, last: datetime.date) -> None:
        """Let a worker run once on each day."""
        for day in range((last - first).days + 1):
            self.work(first + datetime.timedelta(days=day))

    def again(self, agreement: Agreement) -> Agreement:
        with self.house.store.read() as conn:
            found = self.house.agreements.get(conn, agreement.id)
        assert found is not None
        return found

    def told(self, *kinds: str) -> list[dict[str, Any]]:
        """Return what entries of agreements tell, oldest first; left out: letters that went out."""
        with self.house.store.read() as conn:
            found = self.house.record.entries(conn, -1, 2000, kinds or ("agreement.notified",))
            opened = [self.house.record.open(conn, each) for each in found]
        return [each for each in opened if each is not None]

    def duties(self, kind: str) -> list[Duty]:
        with self.house.store.read() as conn:
            return self.house.duties.due(conn, kind)

    def charges(self, agreement: Agreement, on: datetime.date) -> list[Charge]:
        with self.house.store.read() as conn:
            return self.renewals.charges(conn, self.again(agreement), on)

    def points(self, subject: int) -> int:
        with self.house.store.read() as conn:
            on = self.house.agreements.today(conn, datetime.datetime.now(datetime.UTC))
            return self.house.purses.held(conn, subject, on).points

    @property
    def renewals(self) -> Renewals:
        return self.house.renewals


@pytest.fixture
def make_firm(tmp_path: Path) -> Callable[..., Firm]:
    """Return `make_firm(store)`: a house over that store that has published its book."""

    def make(store: Store, packs: str = "") -> Firm:
        KeyRing.create(tmp_path / "keys", "clinic.example/record")
        settings = Settings(home=str(tmp_path), law_packs=packs, public_url="https://clinic.example/")
        house = House(settings)
        house.__dict__["store"] = store
        firm = Firm(house)
        firm.publish(the_book())
        return firm

    return make


@pytest.fixture
def firm(make_firm: Callable[..., Firm], store: Store) -> Firm:
    """The firm on each database."""
    return make_firm(store)


@pytest.fixture
def small(make_firm: Callable[..., Firm], sqlite_store: Store) -> Firm:
    """The firm on SQLite."""
    return make_firm(sqlite_store)
