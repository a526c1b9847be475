"""What a draft of the book means for those who have agreed: who pays what, by when they must hear it, what would break a rule.

While a term runs its price is promised, whatever the book says; a new price can only come with the next term. Which way the
book then goes (keep, move, choose) is for `pricing.versions` to say; the day by which a notice must be out, for law. Each new
price is judged as the worker would judge it on that day (`verdicts`). Agreements that are alike are worked out once.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.engine import Connection

from aboveboard.agreements.model import Agreement, AgreementError, Body, View
from aboveboard.agreements.notices import Case, Notice
from aboveboard.agreements.renewals import Renewals
from aboveboard.agreements.schedule import request_of
from aboveboard.agreements.service import Agreements, look
from aboveboard.agreements.verdicts import Event
from aboveboard.book.model import Book
from aboveboard.law.library import Library
from aboveboard.pricing import NO_FACTS, PriceError, price
from aboveboard.pricing.agreement import signed, with_fees_and_tax
from aboveboard.pricing.lawful import Judged, Said
from aboveboard.pricing.versions import Passage, Subscription, Way, preview
from aboveboard.quotes.model import Quote
from aboveboard.words import Text

_NOTHING = Judged()


@dataclass(frozen=True, slots=True)
class Touched:
    """What a draft means for one agreement: amounts of one month in minor units, as they are paid.

    `law` is what the rules say of going on at the new price, if its customer hears of it on the last good day.
    """

    agreement: str
    way: Way
    before: int
    after: int
    starts: datetime.date
    notice: Notice | None
    says: Text
    law: Judged = _NOTHING


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that renewals under a draft would break (`fail`) or that cannot be decided (`undecided`), and for how many."""

    said: Said
    agreements: tuple[str, ...]

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Return it for JSON."""
        said = self.said
        return {
            "rule": said.rule,
            "outcome": said.outcome,
            "agreements": len(self.agreements),
            "citation": said.citation,
            "pack": said.pack,
            "version": said.version,
            "title": said.title.say(lang),
            "explanation": said.explanation.say(lang),
            "missing": list(said.missing),
        }


@dataclass(frozen=True, slots=True)
class Previewed:
    """All of them, and what they come to."""

    rows: tuple[Touched, ...]
    currency: str

    def counts(self) -> dict[str, Any]:
        """Return how many, by way, dearer and cheaper, with the sums a month and the earliest notice."""
        days = [row.notice.by for row in self.rows if row.notice is not None and row.notice.by is not None]
        questions = {said.en: said for row in self.rows if row.notice for said in row.notice.questions}
        return {
            "agreements": len(self.rows),
            "ways": dict(sorted(Counter(row.way for row in self.rows).items())),
            "dearer": sum(row.after > row.before for row in self.rows),
            "cheaper": sum(row.after < row.before for row in self.rows),
            "before": sum(row.before for row in self.rows),
            "after": sum(row.after for row in self.rows),
            "notice_by": min(days).isoformat() if days else None,
            "questions": [{"en": said.en, "zh": said.zh} for said in questions.values()],
            "breaks": sum(bool(row.law.failed) for row in self.rows),
        }

    def broken(self) -> list[Broken]:
        """Return each rule that some renewal would break or that stays open, those that are broken first."""
        found: dict[tuple[str, str], tuple[Said, list[str]]] = {}
        for row in self.rows:
            for said in row.law.rules:
                if said.outcome in ("fail", "undecided"):
                    found.setdefault((said.outcome, said.rule), (said, []))[1].append(row.agreement)
        return [Broken(said, tuple(each)) for _, (said, each) in sorted(found.items(), key=_by_weight)]


def _by_weight(found: tuple[tuple[str, str], tuple[Said, list[str]]]) -> tuple[str, int]:
    return found[0][0], -len(found[1][1])


def draft(
    renewals: Renewals, conn: Connection, new: Book, on: datetime.date, library: Library | None = None
) -> Previewed:
    """Return what publishing `new` on a day means for every running agreement. Writes nothing.

    `library` are the rules that would hold then; left out, those in use.
    """
    running = [each for each in renewals.agreements.running(conn, on) if each.ended is None]
    places = renewals.places(conn, running)
    work = _Draft(renewals, conn, new, on, library or renewals.library(conn))
    rows = [work.touched(each, places.get(each.subject)) for each in running]
    return Previewed(tuple(rows), new.business.currency)


@dataclass(slots=True)
class _Draft:
    """One draft, with what was worked out for agreements that are alike."""

    renewals: Renewals
    conn: Connection
    new: Book
    on: datetime.date
    library: Library
    passages: dict[object, Passage] = field(default_factory=dict)
    paid: dict[object, int] = field(default_factory=dict)
    judged: dict[object, Judged] = field(default_factory=dict)
    cases: dict[object, Case] = field(default_factory=dict)

    def touched(self, agreement: Agreement, place: str | None) -> Touched:
        """Return what the draft means for one agreement."""
        body, renewals = agreement.body, self.renewals
        book = renewals.agreements.book_of(self.conn, agreement)
        # Inside the term the price is promised, so the draft can only reach the term after it.
        starts = max(self.on, agreement.renews)
        passage = self._passage(agreement, book, starts)
        before = renewals.agreements.run(self.conn, agreement, self.on).paid[-1]
        goes_on = body.renewal != "no"
        after = self._paid(body, passage.starts, before) if passage.way == "move" and goes_on else before
        if after == before:
            return Touched(agreement.id, passage.way, before, after, passage.starts, None, passage.says)
        case = self._case(agreement, book, place or book.business.place)
        terms = book.terms(body.terms)
        days = terms.notice_days if terms else 0
        notice = renewals.notices.ask(
            "renewal", passage.starts, case, days, dearer=True, library=self.library
        )
        key = case, passage.starts, before, after, notice.by
        if key not in self.judged:
            event = Event("renewal", passage.starts, before, after, "move", not case.auto)
            self.judged[key] = renewals.verdicts.judge(event, case, notice.by, library=self.library)
        law = self.judged[key]
        return Touched(agreement.id, passage.way, before, after, passage.starts, notice, passage.says, law)

    def _case(self, agreement: Agreement, book: Book, place: str) -> Case:
        body = agreement.body
        key = (
            agreement.edition,
            place,
            body.service,
            body.terms,
            body.renewal,
            body.months,
            body.channel,
            body.said_yes,
        )
        if key not in self.cases:
            self.cases[key] = self.renewals.case(self.conn, book, agreement, place, self.on, self.new)
        return self.cases[key]

    def _passage(self, agreement: Agreement, old: Book, starts: datetime.date) -> Passage:
        body = agreement.body
        asked = body.service, body.tier, body.add_ons, body.seats
        key = agreement.edition, asked, agreement.starts, starts
        if key not in self.passages:
            service, tier, add_ons, seats = asked
            had = Subscription("", service, tier, agreement.starts, agreement.edition, add_ons, seats)
            self.passages[key] = preview(old, self.new, [had], starts).passages[0]
        return self.passages[key]

    def _paid(self, body: Body, on: datetime.date, before: int) -> int:
        request = request_of(body, on)
        if self.new.terms(body.terms) is None:
            request = replace(request, terms=None)
        key = (
            request.service, request.tier, request.quantity, on, request.channel, request.terms, request.add_ons, request.seats,
        )  # fmt: skip
        if key not in self.paid:
            try:
                net = signed(price(self.new, request, NO_FACTS)).net
                self.paid[key] = with_fees_and_tax(self.new, request, net)
            except PriceError:
                self.paid[key] = -1
        return before if self.paid[key] < 0 else self.paid[key]


def as_if(agreements: Agreements, conn: Connection, quote: Quote) -> View:
    """Return an agreement as it would be if this price were taken; raises `AgreementError` for a price without terms."""
    book = agreements.editions.at(conn, quote.edition).book
    terms = agreements.offered(book, quote.price)
    if quote.subject is None:
        raise AgreementError("who")
    return look(book, agreements.made_of(book, terms, quote), quote.price.request.on)
