"""What a thing cost before: the firm's own past prices, by intervals, from the editions that were in force.

A price of a day is what everyone would have paid for one on that day, for that day, under the editions in force during it, after
the guards that held then (`everyone`). Laws and guards that look back want the lowest of such prices, and they want intervals,
not changes: a price that was set long ago and still held inside the window counts (CJEU C-330/23).

Before the first edition nothing is known, and that is said: those days are told with a price of None. An offer begins on its
first day, or when an edition brought it, if that is later; of the day on which an edition brought it, the prices of the editions
before are prices before the offer.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from aboveboard.book.model import Book, Promotion
from aboveboard.editions.everyone import Everyone
from aboveboard.law.library import Library
from aboveboard.law.vocabulary import Day, date_of
from aboveboard.pricing.lawful import Offered

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


class Term(NamedTuple):
    """An edition and the moment from which it was in force, as its own business's clock shows it."""

    number: int
    since: datetime


class Running(NamedTuple):
    """An offer as an edition has it, and when it began by all editions up to that one."""

    offer: Promotion
    began: Day


class Past:
    """Past prices of one installation. Under the same rules of law a price of a past day never changes: it is made once."""

    def __init__(self, editions: Editions) -> None:
        self.editions = editions
        self._known: dict[tuple[int, str, str | None, date], int | None] = {}
        self._running: dict[tuple[int, str], Running | None] = {}
        self._terms: list[Term] | None = None
        self.everyone = Everyone()
        #: By service and tier: the first day whose price, and that of all days before it, is not yet worked out.
        self._reached: dict[tuple[str, str | None], date] = {}
        #: The rules by which the prices that are remembered were guarded, but for those of the editions themselves.
        self._rules: Library | None = None

    def lowest(self, conn: Connection, service: str, tier: str | None, first: date, last: date) -> int | None:
        """Return the lowest price of one between two days, or None if it was not sold."""
        return min((each.price for each in self.intervals(conn, service, tier, first, last)), default=None)

    def intervals(
        self, conn: Connection, service: str, tier: str | None, first: date, last: Day
    ) -> list[Interval]:
        """Return the prices of one from a day to another, or to a moment of it, as stretches of days.

        On a day with two editions the lower price counts.
        """
        found: list[Interval] = []
        self._under_the_rules_in_use()
        terms = self.terms(conn)
        end = date_of(last)
        for number in range((end - first).days + 1):
            day = first + timedelta(days=number)
            until = last if day == end and isinstance(last, datetime) else None
            prices = [
                self._price(conn, edition, service, tier, day) for edition in _during(terms, day, until)
            ]
            known = [each for each in prices if each is not None]
            if known:
                found.append(Interval(day, day, min(known)))
        return _joined(found)

    def since(self, conn: Connection) -> date | None:
        """Return the day from which on prices are known: that of the first edition, or None before it."""
        terms = self.terms(conn)
        return terms[0].since.date() if terms else None

    def terms(self, conn: Connection) -> list[Term]:
        """Return each edition with the moment from which it was in force, oldest first."""
        if self._terms is not None:
            return self._terms
        return [Term(number, self._local(conn, number, at)) for number, at in self.editions.terms(conn)]

    def once(self, conn: Connection) -> Past:
        """Return the same past with its editions read now and not again: for whoever asks many things in one transaction."""
        seen = copy(self)
        seen._terms = self.terms(conn)
        return seen

    def running(self, conn: Connection, offer: str, edition: int | None = None) -> Running | None:
        """Return an offer of an edition with the time at which it began, or None if it has no such offer.

        Without a number it is the edition in force.
        """
        found: Running | None = None
        for place, (number, since) in enumerate(self.terms(conn)):
            if edition is not None and number > edition:
                break
            key = (number, offer)
            if key not in self._running:
                if len(self._running) >= _KEPT:
                    self._running.clear()
                book = self.editions.at(conn, number).book
                self._running[key] = carried(found, book, offer, since, first=not place)
            found = self._running[key]
        return found

    def _under_the_rules_in_use(self) -> None:
        """Forget what was worked out by other rules: those of the deployment can change while the program runs."""
        rules = self.editions.library(None)
        if rules is not self._rules:
            self._known.clear()
            self._reached.clear()
            self._rules = rules

    def _local(self, conn: Connection, number: int, at: datetime) -> datetime:
        zone = ZoneInfo(self.editions.at(conn, number).book.business.timezone)
        return at.astimezone(zone)

    def _price(self, conn: Connection, edition: int, service: str, tier: str | None, day: date) -> int | None:
        key = (edition, service, tier, day)
        try:
            return self._known[key]
        except KeyError:
            pass
        of = self.editions.at(conn, edition)
        if of.book.guards.rise is not None:
            self._reach(conn, service, tier, day)
        price = self.everyone.price(
            of.book, self.editions.library(of), _Then(self, conn, edition), service, tier, day
        )
        if len(self._known) >= _KEPT:
            self._known.clear()
            self._reached.clear()
        self._known[key] = price
        return price

    def _reach(self, conn: Connection, service: str, tier: str | None, day: date) -> None:
        """Work out the days before this one in their order: where rises are held down, each leans on those before it.

        Asked for the last one first, as many questions would wait for each other as there are days.
        """
        terms, thing = self.terms(conn), (service, tier)
        guarded = (term for term in terms if self.editions.at(conn, term.number).book.guards.rise is not None)
        first = next(guarded).since.date()
        while (next_day := self._reached.get(thing, first)) < day:
            self._reached[thing] = next_day + timedelta(days=1)
            for edition in _during(terms, next_day):
                self._price(conn, edition, service, tier, next_day)


def _during(terms: list[Term], day: date, until: datetime | None = None) -> list[int]:
    """Return the editions in force at some time of that day (before `until`): the one it began with, and those applied on it."""
    before = [number for number, since in terms if since.date() < day]
    within = (number for number, since in terms if since.date() == day and (until is None or since < until))
    return [*before[-1:], *within]


def carried(
    before: Running | None, book: Book, offer: str, since: datetime, *, first: bool
) -> Running | None:
    """Return an offer of a book that came into force at `since`, with its beginning; `before` is how it stood until then.

    One that ran already goes on. Any other begins on its first day, or with the book if that is later; but nothing is known of
    the time before the `first` book, so there the day that it says is taken.
    """
    found = next((each for each in book.promotions if each.id == offer), None)
    if found is None:
        return None
    day = since.date()
    if before is not None and before.offer.starts <= day <= before.offer.ends:
        return Running(found, before.began)
    if first or found.starts > day:
        return Running(found, found.starts)
    return Running(found, day if since.time() == time() else since)


class Before:
    """The firm's prices before a day, in the form in which rules of law read them (`pricing.lawful.History`).

    With a `draft`, the days from `today` on are priced by it, as if it were applied in the course of today: what was in force on
    that day before counts too. The edition `in_force` prices only the days after today: see `Before.now`. `library` holds the
    rules of the draft; without it, those of the edition in force hold.
    """

    def __init__(
        self,
        past: Past | None,
        conn: Connection | None,
        draft: Book | None = None,
        today: date = date.max,
        *,
        in_force: bool = False,
        library: Library | None = None,
    ) -> None:
        self.past = past
        self.conn = conn
        self.draft = draft
        self.today = today
        self.in_force = in_force
        self.library = library
        self.everyone = Everyone() if past is None else past.everyone
        self._coming: dict[tuple[str, str | None, date], int | None] = {}

    def under(self, library: Library) -> Before:
        """Return the same past for a draft with these rules."""
        seen = copy(self)
        seen.library, seen._coming = library, {}
        return seen

    @classmethod
    def now(cls, past: Past, conn: Connection, book: Book, today: date) -> Before:
        """Return the prices before, for the book in force."""
        return cls(past, conn, book, today + timedelta(days=1), in_force=True)

    def began(self, offer: Offered) -> Day:
        """Return when an offer began, or would begin with the draft; of several the one that began first."""
        found = [running.began for each in offer.ids if (running := self._running(each)) is not None]
        return min(found, key=_moment, default=offer.starts)

    def intervals(self, service: str, tier: str, first: date, last: Day) -> list[dict[str, Any]] | None:
        """Return `{from, to, price}` in minor units for one, with None for the days of which no price is known.

        None means that nothing at all is known.
        """
        since = self._first() or (None if self.draft is None else self.today)
        if since is None or since > date_of(last):
            return None
        found = self._known(service, tier, first, last)
        told: list[dict[str, Any]] = []
        if since > first:
            if not found:
                return None
            told.append({"from": first, "to": since - timedelta(days=1), "price": None})
        return told + [{"from": each.first, "to": each.last, "price": each.price} for each in found]

    def lowest(self, book: Book, service: str, tier: str | None, today: date) -> int | None:
        """Return the lowest price of the days that the book's guard against rises looks at, or None without one."""
        if book.guards.rise is None:
            return None
        first = today - timedelta(days=book.guards.rise_days)
        found = self._known(service, tier, first, today - timedelta(days=1))
        return min((each.price for each in found), default=None)

    def deals(self, service: str, tier: str, first: date, last: Day) -> list[dict[str, Any]] | None:
        """Return the published prices as if somebody had paid each on its last day: the nearest there is to real sales."""
        known = self.intervals(service, tier, first, last)
        return None if known is None else [{"at": each["to"], "price": each["price"]} for each in known]

    def _running(self, offer: str) -> Running | None:
        known = None if self.past is None or self.conn is None else self.past.running(self.conn, offer)
        if self.in_force or self.draft is None:
            return known
        # When on this day it will be applied nobody knows yet, but after everything that was.
        since = datetime.combine(self.today, time.max, ZoneInfo(self.draft.business.timezone))
        return carried(known, self.draft, offer, since, first=self._first() is None)

    def _first(self) -> date | None:
        return None if self.past is None or self.conn is None else self.past.since(self.conn)

    def _known(self, service: str, tier: str | None, first: date, last: Day) -> list[Interval]:
        found: list[Interval] = []
        if self.past is not None and self.conn is not None:
            end = self.today - timedelta(days=1) if self.in_force else self.today
            found = self.past.intervals(
                self.conn, service, tier, first, last if date_of(last) <= end else end
            )
        if self.draft is None or isinstance(last, datetime):
            return found
        for number in range((last - max(first, self.today)).days + 1):
            day = max(first, self.today) + timedelta(days=number)
            price = self._comes(self.draft, service, tier, day)
            if price is not None:
                found = _with(found, day, price)
        return _joined(found)

    def _comes(self, draft: Book, service: str, tier: str | None, day: date) -> int | None:
        """Return what one will cost on a day from today on, under the draft; it leans on the days before it alone."""
        key = (service, tier, day)
        if key not in self._coming:
            if draft.guards.rise is not None:
                # In their order, so that no more questions wait for each other than one (see `Past._reach`).
                for number in range((day - self.today).days):
                    self._coming_on(draft, service, tier, self.today + timedelta(days=number))
            self._coming_on(draft, service, tier, day)
        return self._coming[key]

    def _coming_on(self, draft: Book, service: str, tier: str | None, day: date) -> None:
        key = (service, tier, day)
        if key not in self._coming:
            self._coming[key] = self.everyone.price(draft, self._rules(), self, service, tier, day)

    def _rules(self) -> Library:
        if self.library is not None:
            return self.library
        if self.past is None or self.conn is None:
            self.library = Library.open()
        else:
            editions = self.past.editions
            self.library = editions.library(editions.current(self.conn))
        return self.library


class _Then(Before):
    """The past as it was seen under an edition: its offers began when they did by the editions up to it."""

    def __init__(self, past: Past, conn: Connection, edition: int) -> None:
        super().__init__(past, conn)
        self._seen = past
        self._edition = edition

    def _running(self, offer: str) -> Running | None:
        assert self.conn is not None  # noqa: S101 - for the type checker: given above
        return self._seen.running(self.conn, offer, self._edition)


def _with(found: list[Interval], day: date, price: int) -> list[Interval]:
    """Return intervals with one more price on their last day or a later one; of two prices the lower counts."""
    if not found or found[-1].last < day:
        return [*found, Interval(day, day, price)]
    *others, same = found
    if same.first < day:
        others.append(Interval(same.first, day - timedelta(days=1), same.price))
    return [*others, Interval(day, day, min(price, same.price))]


def _moment(day: Day) -> tuple[date, time]:
    return date_of(day), day.time() if isinstance(day, datetime) else time()


def _joined(found: list[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for each in found:
        last = joined[-1] if joined else None
        if last is not None and last.price == each.price and last.last == each.first - timedelta(days=1):
            joined[-1] = Interval(last.first, each.last, each.price)
        else:
            joined.append(each)
    return joined
