"""What the tour finds out, stop by stop, and what it walks with: the house, its running parts and the customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aboveboard import children
from aboveboard.house import House
from aboveboard.words import Text

if TYPE_CHECKING:
    import httpx

    from aboveboard.book.model import Book, Service


@dataclass
class Stop:
    """One stop of the tour: what was tried, whether it held, and what happened, in words."""

    name: str
    held: bool
    said: Text


@dataclass
class Tour:
    """Everything the tour found out, ready to be printed as one JSON object."""

    stops: list[Stop] = field(default_factory=list)
    receipt: dict[str, Any] | None = None
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    quotes: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    imported: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every stop held and none was missed."""
        return self.problem is None and bool(self.stops) and all(stop.held for stop in self.stops)

    def as_json(self) -> dict[str, Any]:
        """Return the tour as one JSON object."""
        return {
            "ok": self.ok,
            "problem": self.problem,
            "steps": [
                {"name": stop.name, "ok": stop.held, "said": {"en": stop.said.en, "zh": stop.said.zh}}
                for stop in self.stops
            ],
            "receipt": self.receipt,
            "deliveries": self.deliveries,
            "quotes": self.quotes,
            "record": self.record,
            "imported": self.imported,
        }


@dataclass
class Walk:
    """The house, its running parts and the customer, while the tour walks through."""

    house: House
    book: Book
    http: httpx.Client
    sim: httpx.Client
    token: str
    customer: str
    tour: Tour
    say: Callable[[Stop], None]

    def stop(self, name: str, held: bool, en: str, zh: str, **values: object) -> None:
        """Note a stop and tell it."""
        stop = Stop(name, held, Text(en, zh).filled(**values))
        self.tour.stops.append(stop)
        self.say(stop)

    def post(
        self, path: str, body: dict[str, Any], *, token: bool = False, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Post to the API and return the answer; an answer that is no success ends the tour with its sentence."""
        sent = {**(headers or {}), **({"Authorization": f"Bearer {self.token}"} if token else {})}
        answer = self.http.post(f"/api/v1/{path}", json=body, headers=sent)
        if not answer.is_success:
            raise children.ChildError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found

    @property
    def identity(self) -> dict[str, str]:
        """The customer, as request bodies name her."""
        return {"customer": self.customer}

    def quote(self) -> dict[str, Any]:
        """Ask for a price of the service that loyalty rewards, as this customer."""
        service, tier = _rewarded(self.book)
        return self.post(
            "quotes", {"service": service.id, "tier": tier, "identity": self.identity}, token=True
        )


def _rewarded(book: Book) -> tuple[Service, str]:
    """Return the first service that rewards visits, and its usual tier."""
    rule = next(rule for rule in book.loyalty if rule.fact == "visits")
    service = next(service for service in book.services if not rule.services or service.id in rule.services)
    return service, service.default_tier or service.tiers[0].id
