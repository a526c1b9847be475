"""What a thing cost before: the firm's own past prices, by intervals, from the editions that were in force.

A price of a day is what everyone would have paid for one on that day, for that day, under the editions in force during it. Laws
and guards that look back want the lowest of such prices, and they want intervals, not changes: a price that was set long ago
and still held inside the window counts (CJEU C-330/23).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from aboveboard.editions.service import Editions
from aboveboard.pricing import PriceError, PriceRequest
from aboveboard.pricing.compiled import compiled
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.quote import best, situate
from aboveboard.pricing.steps import NO_BACKGROUND

#: So many days of prices are kept in memory; each is a number.
_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Interval:
    """From `first` to `last`, both included, one of it cost `price` (minor units, before fees and tax)."""

    first: date
    last: date
    price: int


class Past:
    """Past prices of one installation. A price under an edition never changes, so each is worked out once."""

    def __init__(self, editions: Editions) -> None:
        self.editions = editions
        self._known: dict[tuple[int, str, str | None, date], int | None] = {}

    def lowest(self, conn: Connection, service: str, tier: str | None, first: date, last: date) -> int | None:
        """Return the lowest price of one between two days, or None if it was not sold."""
        return min((each.price for each in self.intervals(conn, service, tier, first, last)), default=None)

    def intervals(
        self, conn: Connection, service: str, tier: str | None, first: date, last: date
    ) -> list[Interval]:
        """Return the prices of one between two days, as stretches of days; on a day with two editions the lower one counts."""
        found: list[Interval] = []
        terms = self._terms(conn)
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            prices = [self._price(conn, edition, service, tier, day) for edition in _during(terms, day)]
            known = [each for each in prices if each is not None]
            if not known:
                continue
            lowest = min(known)
            if found and found[-1].price == lowest and found[-1].last == day - timedelta(days=1):
                found[-1] = Interval(found[-1].first, day, lowest)
            else:
                found.append(Interval(day, day, lowest))
        return found

    def _terms(self, conn: Connection) -> list[tuple[int, date]]:
        """Return each edition's number and the local day from which it was in force."""
        return [(number, self._local(conn, number, at)) for number, at in self.editions.terms(conn)]

    def _local(self, conn: Connection, number: int, at: datetime) -> date:
        zone = ZoneInfo(self.editions.at(conn, number).book.business.timezone)
        return at.astimezone(zone).date()

    def _price(self, conn: Connection, edition: int, service: str, tier: str | None, day: date) -> int | None:
        key = (edition, service, tier, day)
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            book = self.editions.at(conn, edition).book
            request = PriceRequest(service, tier, 1, day)
            try:
                offer = compiled(book).offer(service, tier, day)
                situation = situate(offer, request, NO_FACTS, NO_BACKGROUND)
                self._known[key] = best(offer, situation, NO_BACKGROUND).net
            except PriceError:
                self._known[key] = None
        return self._known[key]


def _during(terms: list[tuple[int, date]], day: date) -> list[int]:
    """Return the editions in force at some time of that day: the one it began with, and those applied on it."""
    before = [number for number, since in terms if since < day]
    return [*before[-1:], *(number for number, since in terms if since == day)]
