"""The end of a term: the price of the next one, and the turn itself."""

from __future__ import annotations

import datetime
from dataclasses import replace

from sqlalchemy.engine import Connection

from aboveboard.agreements.model import Agreement, Next
from aboveboard.agreements.schedule import Run, request_of
from aboveboard.agreements.service import Agreements
from aboveboard.book.model import Book
from aboveboard.pricing import PriceError
from aboveboard.pricing.agreement import Signed, month_after, signed, with_fees_and_tax
from aboveboard.pricing.versions import Subscription, preview
from aboveboard.quotes.model import QuoteError, QuoteRequest
from aboveboard.store import Tx

_ONE = datetime.timedelta(days=1)


class NextTerm:
    """What comes after the present term of an agreement."""

    def __init__(self, agreements: Agreements) -> None:
        self.agreements = agreements

    def may_move(self, conn: Connection, agreement: Agreement) -> bool:
        """Return whether the coming term is to have another price: its book moves customers to the one in force."""
        current = self.agreements.editions.current(conn)
        if current is None or current.number == agreement.edition or agreement.body.next is not None:
            return False
        service = self.agreements.book_of(conn, agreement).service(agreement.body.service)
        return service is not None and service.existing is not None and service.existing.way == "move"

    def prepare(self, tx: Tx, agreement: Agreement) -> Agreement:
        """Work out the price of the coming term: who keeps an old price keeps it, else today's book.

        What was told stays; what was not is worked out again where the book in force is another one by now.
        """
        known, current = agreement.body.next, self.agreements.editions.current(tx.conn)
        told = f"renewal:{agreement.renews.isoformat()}" in agreement.body.told
        if known is not None and (told or current is None or known.edition == current.number):
            return agreement
        coming = self.next_price(tx, agreement)
        if coming == known:
            return agreement
        return self.agreements.save(tx, replace(agreement, body=replace(agreement.body, next=coming)))

    def next_price(self, tx: Tx, agreement: Agreement) -> Next:
        """Return the price of the next term: the old one where the book says that customers keep it, else a new quote."""
        body = agreement.body
        old, edition = self.agreements.book_of(tx.conn, agreement), self.agreements.editions.current(tx.conn)
        last = self.agreements.run(tx.conn, agreement, self.agreements.today(tx.conn, tx.now))
        kept = Next(agreement.quote, self._kept(agreement, last), agreement.edition)
        if (
            edition is None
            or edition.number == agreement.edition
            or body.terms != _same_terms(edition.book, body.terms)
        ):
            return kept
        had = Subscription(
            agreement.id,
            body.service,
            body.tier,
            agreement.starts,
            agreement.edition,
            body.add_ons,
            body.seats,
        )
        way = preview(old, edition.book, [had], agreement.renews).passages[0].way
        if way != "move":
            return kept
        asked = QuoteRequest(
            body.service, body.tier, body.quantity, agreement.renews.isoformat(),
            terms=body.terms, add_ons=body.add_ons, seats=body.seats,
        )  # fmt: skip
        try:
            made = self.agreements.quotes.quote(tx, asked, agreement.subject, body.channel)
        except (PriceError, QuoteError):
            return kept
        amounts = signed(made.price)
        paid = with_fees_and_tax(edition.book, request_of(body, agreement.renews), amounts.net)
        return Next(made.id, replace(amounts, paid=paid), edition.number)

    def turn(self, tx: Tx, agreement: Agreement) -> tuple[Agreement, bool]:
        """Let the term of an agreement end: go on or stop; return it, and whether it goes on."""
        agreement = self.agreements.hold(tx, agreement.id)
        body = agreement.body
        told = f"renewal:{agreement.renews.isoformat()}" in body.told
        if body.renewal != "auto" or not told:
            last = agreement.renews - _ONE
            facts = {"last": last.isoformat(), "owed": 0, "by": "term", "told": told}
            self.agreements.enter(tx, "agreement.ended", agreement, facts)
            ended = replace(agreement, ended=last, body=replace(body, renewal="no", next=None))
            return self.agreements.save(tx, ended), False
        agreement = self.prepare(tx, agreement)
        coming = agreement.body.next
        assert coming is not None  # noqa: S101 - just prepared
        book = self.agreements.editions.at(tx.conn, coming.edition).book
        terms = book.terms(body.terms)
        months = terms.months if terms else body.months
        fresh = replace(
            body,
            signed=coming.signed,
            began=agreement.renews,
            months=months,
            term=body.term + 1,
            renewal="auto" if terms is not None and terms.renewal == "auto" else "ask",
            next=None,
            # The letter that told of the renewal told of its first charge, too.
            told=tuple(each for each in body.told if each == f"charge:{agreement.renews.isoformat()}"),
            trial=None,
            moved=(),
        )
        going = replace(
            agreement, edition=coming.edition, renews=month_after(agreement.renews, months), body=fresh
        )
        facts = {
            "term": fresh.term,
            "from": fresh.began.isoformat(),
            "to": going.renews.isoformat(),
            "paid": fresh.signed.paid,
        }
        self.agreements.enter(tx, "agreement.renewed", going, facts)
        return self.agreements.save(tx, going), True

    def _kept(self, agreement: Agreement, run: Run) -> Signed:
        """Return the amounts of a month for whoever keeps the old price: the last month's, or what comes after a first price."""
        body = agreement.body
        if body.trial is not None and len(body.trial.nets) >= body.months:
            return body.regular
        return replace(body.regular, net=run.prices[-1], paid=run.paid[-1])


def _same_terms(book: Book, terms: str) -> str | None:
    found = book.terms(terms)
    return found.id if found else None
