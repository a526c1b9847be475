"""What a thing cost before: the firm's own past prices, by intervals, from the editions that were in force.

A price of a day is what everyone would have paid for one on that day, for that day, under the editions in force during it. Laws
and guards that look back want the lowest of such prices, and they want intervals, not changes: a price that was set long ago
and still held inside the window counts (CJEU C-330/23).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.pricing import PriceError, PriceRequest
from aboveboard.pricing.compiled import compiled
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.quote import best, situate
from aboveboard.pricing.steps import NO_BACKGROUND

if TYPE_CHECKING:
    from aboveboard.editions.service import Editions

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

    def reaches(self, conn: Connection, day: date) -> bool:
        """Return whether an edition was in force on that day, so that the prices from then on are known."""
        terms = self._terms(conn)
        return bool(terms) and terms[0][1] <= day

    def _terms(self, conn: Connection) -> list[tuple[int, date]]:
        """Return each edition's number and the local day from which it was in force."""
        return [(number, self._local(conn, number, at)) for number, at in self.editions.terms(conn)]

    def _local(self, conn: Connection, number: int, at: datetime) -> date:
        zone = ZoneInfo(self.editions.at(conn, number).book.business.timezone)
        return at.astimezone(zone).date()

    def _price(self, conn: Connection, edition: int, service: str, tier: str | None, day: date) -> int | None:
        key = (edition, service, tier, day)
        try:
            return self._known[key]
        except KeyError:
            pass
        if len(self._known) >= _KEPT:
            self._known.clear()
        price = self._known[key] = price_of(self.editions.at(conn, edition).book, service, tier, day)
        return price


def _during(terms: list[tuple[int, date]], day: date) -> list[int]:
    """Return the editions in force at some time of that day: the one it began with, and those applied on it."""
    before = [number for number, since in terms if since < day]
    return [*before[-1:], *(number for number, since in terms if since == day)]


def price_of(book: Book, service: str, tier: str | None, day: date) -> int | None:
    """Return what everyone pays for one on a day under this book, before fees and tax; None if it is not sold."""
    request = PriceRequest(service, tier, 1, day)
    try:
        offer = compiled(book).offer(service, tier, day)
        return best(offer, situate(offer, request, NO_FACTS, NO_BACKGROUND), NO_BACKGROUND).net
    except PriceError:
        return None


class Before:
    """The firm's prices before a day, in the form in which rules of law read them (`pricing.lawful.History`).

    With a `draft`, the days from `today` on are priced by the draft, as if it were applied now. Days before the first edition
    are not known, and then nothing is said of any of them.
    """

    def __init__(
        self, past: Past | None, conn: Connection | None, draft: Book | None = None, today: date = date.max
    ) -> None:
        self.past = past
        self.conn = conn
        self.draft = draft
        self.today = today

    def intervals(self, service: str, tier: str, first: date, last: date) -> list[dict[str, Any]] | None:
        """Return `{from, to, price}` in minor units for one, or None if not every day is known."""
        found: list[Interval] = []
        if first < self.today:
            known = self._known(service, tier, first, min(last, self.today - timedelta(days=1)))
            if known is None:
                return None
            found = known
        if self.draft is not None:
            day = max(first, self.today)
            while day <= last:
                price = price_of(self.draft, service, tier, day)
                if price is not None:
                    found.append(Interval(day, day, price))
                day += timedelta(days=1)
        return [{"from": each.first, "to": each.last, "price": each.price} for each in _joined(found)]

    def deals(self, service: str, tier: str, first: date, last: date) -> list[dict[str, Any]] | None:
        """Return the published prices as if somebody had paid each on its last day: the nearest there is to real sales."""
        known = self.intervals(service, tier, first, last)
        return None if known is None else [{"at": each["to"], "price": each["price"]} for each in known]

    def _known(self, service: str, tier: str, first: date, last: date) -> list[Interval] | None:
        if self.past is None or self.conn is None or not self.past.reaches(self.conn, first):
            return None
        return self.past.intervals(self.conn, service, tier, first, last)


def _joined(found: list[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for each in found:
        last = joined[-1] if joined else None
        if last is not None and last.price == each.price and last.last == each.first - timedelta(days=1):
            joined[-1] = Interval(last.first, each.last, each.price)
        else:
            joined.append(each)
    return joined
