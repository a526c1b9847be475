"""What others may ask of agreements: start one from a price, look at it, say what happens at its end, end it.

Starting takes the price (`quotes.accept`) in the same transaction, so there is never an agreement without its price or half of
both. Ending is one call: the month that has begun is used, and what leaving costs is a rule that was shown before the start.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.agreements import tables
from aboveboard.agreements.model import Agreement, AgreementError, Body, Renewal, View
from aboveboard.agreements.schedule import Run, run_of, steps, trial_of, untold
from aboveboard.book.model import Book, Terms
from aboveboard.duties.service import Duties
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.pricing import Price
from aboveboard.pricing.agreement import leaving, month_after, signed, with_fees_and_tax, worth
from aboveboard.proof import canonical
from aboveboard.quotes.model import Quote
from aboveboard.quotes.service import Quotes
from aboveboard.record.model import RecordError, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Tx
from aboveboard.words.catalogue import Catalogue

#: The duty to settle what leaving early costs.
SETTLE = "agreement.settle"
#: So many terms are kept worked out, month by month.
_KEPT = 20_000
_a = tables.agreements.c
_decoder = msgspec.json.Decoder(Body)


class Agreements:
    """Agreements of one installation."""

    def __init__(
        self, record: Record, people: People, editions: Editions, quotes: Quotes, duties: Duties
    ) -> None:
        self.record = record
        self.people = people
        self.editions = editions
        self.quotes = quotes
        self.duties = duties
        self._runs: dict[object, Run] = {}

    # -- starting ----------------------------------------------------------------------------------------------------

    def offered(self, book: Book, price: Price) -> Terms:
        """Return the terms that a price was made for; raises `AgreementError` where there are none, or they do not fit."""
        asked = price.request
        terms = book.terms(asked.terms)
        if asked.terms is None or terms is None:
            raise AgreementError("no_terms")
        if asked.service not in terms.services or (terms.tiers and asked.tier not in terms.tiers):
            raise AgreementError("not_these_terms", terms=terms.name.words, tier=price.tier)
        if asked.quantity < terms.least:
            raise AgreementError("too_few", terms=terms.name.words, least=terms.least)
        return terms

    def start(self, tx: Tx, quote_id: str, channel: str = "web", express: bool | None = None) -> Agreement:
        """Take a price and begin the agreement that it was made for; doing it twice is doing it once.

        `express` says whether the customer's yes to the terms was a clear one, where it was not given on our own page.
        Raises `AgreementError`, and `QuoteError` where the price cannot be taken any more; then nothing stands.
        """
        known = tx.conn.execute(sa.select(tables.agreements).where(_a.quote == quote_id)).first()
        if known is not None:
            found = self._read(tx.conn, known)
            if found is None:
                raise AgreementError("no_agreement")
            return found
        taken = self.quotes.accept(tx, quote_id)
        quote = taken.quote
        book = self.editions.at(tx.conn, quote.edition).book
        terms = self.offered(book, quote.price)
        made = self.made_of(book, terms, quote, channel)
        made = replace(made, body=replace(made.body, express=express))
        told = self._told(made.body, made.starts, made.renews) | {"quote": quote_id}
        stamp = self._enter(tx, "agreement.started", made.subject, made.edition, told).id
        row = {
            "id": stamp,
            "quote": quote_id,
            "subject": made.subject,
            "edition": made.edition,
            "starts": made.starts,
            "renews": made.renews,
            "ended": None,
            "body": self._sealed(tx.conn, made.subject, made.body),
        }
        tx.conn.execute(sa.insert(tables.agreements), row)
        return replace(made, id=stamp)

    def made_of(self, book: Book, terms: Terms, quote: Quote, channel: str = "web") -> Agreement:
        """Return the agreement that a price leads to, without an id; raises `AgreementError` for a price for nobody."""
        if quote.subject is None:
            raise AgreementError("who")
        asked = quote.price.request
        amounts = signed(quote.price)
        body = Body(
            terms=terms.id,
            service=asked.service,
            tier=asked.tier or "",
            quantity=asked.quantity,
            add_ons=asked.add_ons,
            seats=asked.seats,
            signed=replace(amounts, paid=with_fees_and_tax(book, asked, amounts.net)),
            months=terms.months,
            began=asked.on,
            renewal=terms.renewal,
            channel=channel,
            trial=trial_of(book, asked, quote.body.facts, _applied(quote.price)),
        )
        renews = month_after(asked.on, terms.months)
        return Agreement("", quote.id, quote.subject, quote.edition, asked.on, renews, None, body)

    # -- reading -----------------------------------------------------------------------------------------------------

    def get(self, conn: Connection, agreement: str) -> Agreement | None:
        """Return the agreement with this id, or None if there is none or its customer has been erased."""
        row = conn.execute(sa.select(tables.agreements).where(_a.id == agreement)).first()
        return None if row is None else self._read(conn, row)

    def of(self, conn: Connection, subject: int) -> list[Agreement]:
        """Return the person's agreements, under any of their numbers, oldest first."""
        numbers = self.people.numbers(conn, self.people.present(conn, subject))
        query = sa.select(tables.agreements).where(_a.subject.in_(numbers)).order_by(_a.starts, _a.id)
        return list(self._readable(conn, query))

    def running(self, conn: Connection, on: datetime.date) -> list[Agreement]:
        """Return the agreements that have not ended before a day, the next to renew first."""
        goes_on = sa.or_(_a.ended.is_(None), _a.ended >= on)
        query = sa.select(tables.agreements).where(goes_on).order_by(_a.renews, _a.id)
        return list(self._readable(conn, query))

    def book_of(self, conn: Connection, agreement: Agreement) -> Book:
        """Return the book under which the present term was agreed."""
        return self.editions.at(conn, agreement.edition).book

    def today(self, conn: Connection, now: datetime.datetime) -> datetime.date:
        """Return the business's own date."""
        edition = self.editions.current(conn)
        return now.astimezone(ZoneInfo(edition.book.business.timezone if edition else "UTC")).date()

    def view(self, conn: Connection, agreement: Agreement, on: datetime.date) -> View:
        """Return everything that can be said of an agreement on a day."""
        return look(self.book_of(conn, agreement), agreement, on, self.run(conn, agreement, on))

    def run(self, conn: Connection, agreement: Agreement, on: datetime.date) -> Run:
        """Return what each month of the present term costs, as it is known on a day; raises `AgreementError`."""
        body = agreement.body
        late = self._worked_out(conn, agreement, frozenset())
        missed = untold(late, body, on) if late.changes else frozenset()
        return self._worked_out(conn, agreement, missed) if missed else late

    def _worked_out(self, conn: Connection, agreement: Agreement, missed: frozenset[datetime.date]) -> Run:
        body = agreement.body
        key = (
            agreement.edition, body.terms, body.service, body.tier, body.quantity, body.add_ons, body.seats, body.signed,
            body.months, body.began, body.trial, body.channel, missed,
        )  # fmt: skip
        found = self._runs.get(key)
        if found is None:
            if len(self._runs) >= _KEPT:
                self._runs.clear()
            book = self.book_of(conn, agreement)
            found = self._runs[key] = run_of(book, terms_of(book, agreement), body, missed)
        return found

    # -- changing ----------------------------------------------------------------------------------------------------

    def answer(self, tx: Tx, agreement_id: str, renewal: Renewal) -> Agreement:
        """Say what happens at the end of the term: `auto` goes on, `ask` asks again, `no` ends."""
        found = self.hold(tx, agreement_id)
        if found.body.renewal == renewal:
            return found
        # Whoever says on their own that it should go on has said a clear yes.
        body = replace(found.body, renewal=renewal, express=True if renewal == "auto" else found.body.express)
        told = {"agreement": found.id, "renewal": renewal}
        self._enter(tx, "agreement.changed", found.subject, found.edition, told)
        return self.save(tx, replace(found, body=body))

    def end(self, tx: Tx, agreement_id: str, by: str = "customer") -> View:
        """End an agreement on the last day of the month that has begun; raises `AgreementError` if it has ended already.

        `by` says who asked: `customer`, `desk`, `term` (it was over and nobody renewed it).
        """
        found = self.hold(tx, agreement_id)
        on = self.today(tx.conn, tx.now)
        seen = self.view(tx.conn, found, min(on, found.renews - datetime.timedelta(days=1)))
        way = seen.leaving
        ended = replace(found, ended=max(way.last, found.starts - datetime.timedelta(days=1)))
        ended = replace(ended, body=replace(found.body, renewal="no", owed=way.amount, next=None))
        told = {"agreement": found.id, "last": way.last.isoformat(), "owed": way.amount, "by": by}
        entry = self._enter(tx, "agreement.ended", found.subject, found.edition, told)
        self.save(tx, ended)
        if way.amount:
            texts = _texts()
            self.duties.open(
                tx,
                kind=SETTLE,
                key=found.id,
                due_at=tx.now + datetime.timedelta(days=14),
                what=texts.text("duty.settle").filled(agreement=found.id[:8]),
                why=texts.text("duty.settle_why"),
                entry_id=entry.id,
                subject=found.subject,
            )
        return replace(seen, agreement=ended)

    def hold(self, tx: Tx, agreement_id: str) -> Agreement:
        """Return an agreement that nobody else changes until `tx` ends; raises `AgreementError` if it is none or was ended."""
        query = sa.select(tables.agreements).where(_a.id == agreement_id)
        row = tx.conn.execute(query.with_for_update()).first()
        found = None if row is None else self._read(tx.conn, row)
        if found is None:
            raise AgreementError("no_agreement")
        if found.ended is not None:
            raise AgreementError("ended", day=found.ended.isoformat())
        return found

    def save(self, tx: Tx, agreement: Agreement) -> Agreement:
        """Keep an agreement as it is now; its caller holds it (`hold`)."""
        values = {
            "edition": agreement.edition,
            "renews": agreement.renews,
            "ended": agreement.ended,
            "body": self._sealed(tx.conn, agreement.subject, agreement.body),
        }
        tx.conn.execute(sa.update(tables.agreements).where(_a.id == agreement.id).values(values))
        return agreement

    def enter(self, tx: Tx, kind: str, agreement: Agreement, told: dict[str, Any]) -> Stamp:
        """Write an entry about an agreement; what it tells is sealed under the customer's key."""
        told = {"agreement": agreement.id} | told
        return self._enter(tx, kind, agreement.subject, agreement.edition, told)

    # -- keeping -----------------------------------------------------------------------------------------------------

    def _enter(self, tx: Tx, kind: str, subject: int, edition: int, told: dict[str, Any]) -> Stamp:
        return self.record.append(tx, kind, subject=subject, facts={"edition": edition}, personal=told)

    def _told(self, body: Body, starts: datetime.date, renews: datetime.date) -> dict[str, Any]:
        return {
            "terms": body.terms,
            "service": body.service,
            "tier": body.tier,
            "quantity": body.quantity,
            "starts": starts.isoformat(),
            "renews": renews.isoformat(),
            "renewal": body.renewal,
            "trial": list(body.trial.nets) if body.trial else [],
            "express": body.said_yes,
            **asdict(body.signed),
        }

    def _sealed(self, conn: Connection, subject: int, body: Body) -> bytes:
        return self.record.seal_for(conn, subject, canonical.dumps(msgspec.to_builtins(body)))

    def _readable(self, conn: Connection, query: sa.Select[Any]) -> Iterable[Agreement]:
        found = (self._read(conn, row) for row in conn.execute(query).all())
        return (each for each in found if each is not None)

    def _read(self, conn: Connection, row: Any) -> Agreement | None:
        try:
            body = _decoder.decode(self.record.unseal_for(conn, row.subject, bytes(row.body)))
        except RecordError:
            return None
        return Agreement(row.id, row.quote, row.subject, row.edition, row.starts, row.renews, row.ended, body)


def look(book: Book, agreement: Agreement, on: datetime.date, run: Run | None = None) -> View:
    """Return what can be said of an agreement under the book of its term; `run` are its months, where they are known."""
    body = agreement.body
    terms = terms_of(book, agreement)
    service = book.service(body.service)
    assert service is not None  # noqa: S101 - the terms name it
    assert book.agreements is not None  # noqa: S101 - the terms stand in it
    tier = next(each for each in service.tiers if each.id == body.tier)
    amounts = body.signed
    found = run or run_of(book, terms, body)
    return View(
        agreement,
        book,
        terms,
        service.name.words,
        tier.name.words,
        on,
        found.months,
        found.prices,
        found.paid,
        found.changes,
        leaving(terms, amounts.listed, _without_trial(body, found, on), body.began, on, amounts.currency),
        worth(terms, amounts, found.prices, body.began, book.agreements.rate),
        steps(found, body),
    )


def terms_of(book: Book, agreement: Agreement) -> Terms:
    """Return the terms of an agreement; raises `AgreementError` for a book that does not know them, or the service."""
    terms = book.terms(agreement.body.terms)
    if terms is None or book.service(agreement.body.service) is None:
        raise AgreementError("no_agreement")
    return terms


def _without_trial(body: Body, run: Run, on: datetime.date) -> tuple[int, ...]:
    """Return the months by which leaving is counted: what an introductory price saved is a gift, and is not paid back."""
    if body.trial is None:
        return run.prices
    last = min(len(body.trial.nets), len(run.prices))
    regular = body.regular.net
    return tuple(
        max(price, regular) if number < last and month.first <= on else price
        for number, (price, month) in enumerate(zip(run.prices, run.months, strict=True))
    )


def _applied(price: Price) -> frozenset[str]:
    return frozenset(step.id for step in price.steps if step.kind == "promotion" and step.applied and step.id)


def _texts() -> Catalogue:
    return Catalogue.load("aboveboard.agreements")
