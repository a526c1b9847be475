"""Points and credit: a ledger that is only ever added to, and what it comes to.

Points are lots with a last day; whoever spends spends the oldest first. What lapses is written down too, so the sum of a
customer's entries is what they hold. Credit is money that the customer holds: it never lapses.

Spending happens in the transaction in which a price is taken. It first turns the customer's row in `agreements_purses`, so that
two prices taken at the same moment wait for each other and the second sees what is left.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.agreements import tables
from aboveboard.agreements.model import AgreementError
from aboveboard.book.model import Book, Level, Points
from aboveboard.editions.service import Editions
from aboveboard.money import in_minor, minor, show
from aboveboard.people.service import People
from aboveboard.pricing.agreement import month_after, signed
from aboveboard.pricing.moves import halves
from aboveboard.pricing.points import earned, earning
from aboveboard.pricing.says import exact_cash, share
from aboveboard.quotes.service import Accepted
from aboveboard.store import Tx, insert_once
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

Account = Literal["points", "credit"]
_l = tables.ledger.c
_p = tables.purses.c


@dataclass(frozen=True, slots=True)
class Booked:
    """One entry of the ledger: points, or credit in minor units; `expires_on` is the first day on which points are gone."""

    kind: str
    ref: str
    amount: int
    booked_on: datetime.date
    expires_on: datetime.date | None


@dataclass(frozen=True, slots=True)
class Purse:
    """What a customer holds on a day: points with the lots that lapse next, their level, credit in minor units."""

    points: int
    lots: tuple[tuple[datetime.date, int], ...]
    year: int
    level: Level | None
    credit: int


@dataclass(frozen=True, slots=True)
class Liability:
    """What is owed to all customers on a day: points, what so many are expected to cost (minor units), and credit in full."""

    holders: int
    points: int
    owed: int
    exact: Fraction
    credit: int
    says: Text


class Purses:
    """Points and credit of one installation."""

    def __init__(self, people: People, editions: Editions) -> None:
        self.people = people
        self.editions = editions

    # -- reading -----------------------------------------------------------------------------------------------------

    def held(self, conn: Connection, subject: int, on: datetime.date) -> Purse:
        """Return what a person holds, under all of their numbers."""
        points = self.entries(conn, subject, "points")
        edition = self.editions.current(conn)
        lots = open_lots(points, on)
        year = earned_since(points, on)
        programme = edition.book.points if edition else None
        return Purse(
            sum(amount for _, amount in lots),
            tuple(lots),
            year,
            level_at(programme, year),
            sum(each.amount for each in self.entries(conn, subject, "credit")),
        )

    def entries(self, conn: Connection, subject: int, account: Account) -> list[Booked]:
        """Return the entries of a person's account, oldest first."""
        numbers = self.people.numbers(conn, self.people.present(conn, subject))
        query = (
            sa.select(_l.kind, _l.ref, _l.amount, _l.booked_on, _l.expires_on)
            .where(_l.subject.in_(numbers), _l.account == account)
            .order_by(_l.id)
        )
        return [Booked(*row) for row in conn.execute(query)]

    def liability(self, conn: Connection, on: datetime.date) -> Liability:
        """Return what is owed: points by the share that is expected to be spent, credit to the last coin."""
        edition = self.editions.current(conn)
        book = edition.book if edition else None
        held: dict[int, list[Booked]] = {}
        credit = 0
        query = sa.select(
            _l.subject, _l.account, _l.kind, _l.ref, _l.amount, _l.booked_on, _l.expires_on
        ).order_by(_l.id)
        present: dict[int, int] = {}
        for row in conn.execute(query).all():
            if row.account == "credit":
                credit += row.amount
                continue
            if row.subject not in present:
                present[row.subject] = self.people.present(conn, row.subject)
            root = present[row.subject]
            held.setdefault(root, []).append(
                Booked(row.kind, row.ref, row.amount, row.booked_on, row.expires_on)
            )
        each = [sum(amount for _, amount in open_lots(entries, on)) for entries in held.values()]
        return _owed(book, sum(each), sum(points > 0 for points in each), credit)

    # -- when a price is taken ---------------------------------------------------------------------------------------

    def taken(self, tx: Tx, accepted: Accepted) -> None:
        """Take the points that a price used, give those that it earned, and thank whoever referred the customer.

        Raises `AgreementError` where the points are not there (any more): then the price is not taken either.
        """
        quote = accepted.quote
        book = self.editions.at(tx.conn, quote.edition).book
        on = tx.now.astimezone(ZoneInfo(book.business.timezone)).date()
        used = next((step for step in quote.price.steps if step.kind == "points" and step.applied), None)
        if used is not None:
            if quote.subject is None:
                raise AgreementError("no_points")
            self.spend(tx, quote.subject, used.value or 0, f"quote:{quote.id}", on)
        if quote.subject is not None and book.points is not None:
            self._earn(tx, book, book.points, accepted, -(used.amount if used else 0), on)
        if book.credit is not None and quote.body.codes:
            self._thank(tx, book, accepted, on)

    def spend(self, tx: Tx, subject: int, points: int, ref: str, on: datetime.date) -> None:
        """Take points away, the oldest first; raises `AgreementError` if there are not so many."""
        root = self.lock(tx, subject)
        self._lapse(tx, root, on)
        left = sum(each.amount for each in self.entries(tx.conn, root, "points"))
        if points > left:
            raise AgreementError("few_points", asked=points, left=left)
        self._book(tx, root, "points", "spent", ref, -points, on)

    def give_credit(
        self, tx: Tx, subject: int, amount: int, ref: str, on: datetime.date, kind: str = "given"
    ) -> bool:
        """Give credit, once for each `ref`; return whether it is new."""
        root = self.lock(tx, subject)
        if self._known(tx.conn, "credit", kind, ref):
            return False
        self._book(tx, root, "credit", kind, ref, amount, on)
        return True

    def refund(self, tx: Tx, subject: int, amount: int, ref: str, on: datetime.date) -> bool:
        """Give credit back as money, once for each `ref`; return whether it is new.

        Whatever is held may be asked for; raises `AgreementError` for more than that.
        """
        root = self.lock(tx, subject)
        if self._known(tx.conn, "credit", "refunded", ref):
            return False
        left = sum(each.amount for each in self.entries(tx.conn, root, "credit"))
        if not 0 < amount <= left:
            edition = self.editions.current(tx.conn)
            currency = edition.book.business.currency if edition else "USD"
            raise AgreementError("no_credit", left=show(left, currency))
        self._book(tx, root, "credit", "refunded", ref, -amount, on)
        return True

    def lapse(self, tx: Tx, on: datetime.date) -> int:
        """Write down what has lapsed by a day, for everyone; return for how many customers."""
        query = sa.select(_l.subject).where(_l.account == "points", _l.expires_on <= on).distinct()
        roots = {self.people.present(tx.conn, int(row[0])) for row in tx.conn.execute(query).all()}
        return sum(self._lapse(tx, self.lock(tx, root), on) for root in sorted(roots))

    # -- the ledger --------------------------------------------------------------------------------------------------

    def lock(self, tx: Tx, subject: int) -> int:
        """Let nobody else change what this person holds until `tx` ends; return the number that counts."""
        root = self.people.present(tx.conn, subject)
        insert_once(tx.conn, tables.purses, {"subject": root, "turns": 0}, key="subject")
        tx.conn.execute(sa.update(tables.purses).where(_p.subject == root).values(turns=_p.turns + 1))
        return root

    def _earn(
        self, tx: Tx, book: Book, points: Points, accepted: Accepted, by_points: int, on: datetime.date
    ) -> None:
        quote = accepted.quote
        service = book.service(quote.price.request.service)
        if quote.subject is None or earning(book, service) is None:
            return
        root = self.lock(tx, quote.subject)
        entries = self.entries(tx.conn, root, "points")
        level = level_at(points, earned_since(entries, on))
        paid = signed(quote.price).net - by_points
        found = earned(points, quote.price.currency, paid, level.times if level else Decimal(1))
        if found:
            until = month_after(on, points.months)
            self._book(tx, root, "points", "earned", f"quote:{quote.id}", found, on, until)

    def _thank(self, tx: Tx, book: Book, accepted: Accepted, on: datetime.date) -> None:
        worth = {each.offer: each.amount for each in (book.credit.referrals if book.credit else ())}
        for offer, referrer in accepted.referrers:
            if offer in worth and self.people.living(tx.conn, referrer) is not None:
                amount = minor(worth[offer], book.business.currency)
                self.give_credit(tx, referrer, amount, f"code:{accepted.quote.id}:{offer}", on)

    def _lapse(self, tx: Tx, root: int, on: datetime.date) -> int:
        entries = self.entries(tx.conn, root, "points")
        gone = lapsed(entries, on)
        for day, amount in gone:
            # A purse that was joined with another may lapse twice on one day; it has more entries by then.
            ref = f"{root}:{day.isoformat()}:{on.isoformat()}:{len(entries)}"
            self._book(tx, root, "points", "expired", ref, -amount, on)
        return bool(gone)

    def _book(
        self,
        tx: Tx,
        subject: int,
        account: Account,
        kind: str,
        ref: str,
        amount: int,
        on: datetime.date,
        until: datetime.date | None = None,
    ) -> None:
        row: dict[str, Any] = {
            "subject": subject,
            "account": account,
            "kind": kind,
            "ref": ref,
            "amount": amount,
            "booked_on": on,
            "expires_on": until,
            "at": tx.now,
        }
        tx.conn.execute(sa.insert(tables.ledger), row)

    def _known(self, conn: Connection, account: Account, kind: str, ref: str) -> bool:
        same = sa.select(_l.id).where(_l.account == account, _l.kind == kind, _l.ref == ref)
        return conn.execute(same).first() is not None


# -------------------------------------------------------------------------------------------------------- the sums
def _lots(entries: Sequence[Booked]) -> list[tuple[datetime.date, int]]:
    """Return what is left of each day's lot, oldest first, after everything that was spent and written off."""
    lots: dict[datetime.date, int] = {}
    for entry in entries:
        if entry.amount > 0:
            day = entry.expires_on or datetime.date.max
            lots[day] = lots.get(day, 0) + entry.amount
            continue
        rest = -entry.amount
        # What was spent came from lots that were good on that day; what lapsed, from those that were not. In a purse joined
        # from two, the one may have used up what the other wrote off; then the rest comes from the oldest that is left.
        expired = entry.kind == "expired"
        for day in sorted(lots, key=lambda lot: (expired != (lot <= entry.booked_on), lot)):
            used = min(lots[day], rest)
            lots[day] -= used
            rest -= used
    return sorted(lots.items())


def open_lots(entries: Sequence[Booked], on: datetime.date) -> list[tuple[datetime.date, int]]:
    """Return what is left of each lot that is still good on a day: the first day on which it is gone, and how many."""
    return [(day, amount) for day, amount in _lots(entries) if amount > 0 and day > on]


def lapsed(entries: Sequence[Booked], on: datetime.date) -> list[tuple[datetime.date, int]]:
    """Return the lots that are over by a day and not yet written off."""
    return [(day, amount) for day, amount in _lots(entries) if amount > 0 and day <= on]


def earned_since(entries: Sequence[Booked], on: datetime.date) -> int:
    """Return the points earned in the twelve months before a day."""
    since = month_after(on, -12)
    return sum(each.amount for each in entries if each.kind == "earned" and each.booked_on > since)


def level_at(points: Points | None, year: int) -> Level | None:
    """Return the highest level that so many points of twelve months reach."""
    reached = [level for level in (points.levels if points else ()) if level.at_least <= year]
    return max(reached, key=lambda level: level.at_least, default=None)


def _owed(book: Book | None, points: int, holders: int, credit: int) -> Liability:
    texts = Catalogue.load("aboveboard.agreements")
    currency = book.business.currency if book else "USD"
    programme = book.points if book else None
    worth = Fraction(in_minor(programme.worth, currency)) if programme else Fraction(0)
    exact = points * worth * Fraction(programme.used if programme else 0)
    owed = sum(halves(exact.numerator, exact.denominator))
    said = texts.text("points.liability").filled(
        points=f"{points:,}",
        holders=f"{holders:,}",
        worth=exact_cash(in_minor(programme.worth, currency), currency) if programme else show(0, currency),
        used=share(programme.used if programme else Decimal(0)),
        owed=show(owed, currency),
        credit=show(credit, currency),
    )
    return Liability(holders, points, owed, exact, credit, said)
