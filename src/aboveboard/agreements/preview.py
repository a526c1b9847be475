"""What a draft of the book means for those who have agreed already: who pays what before and after, and by when to tell them.

While a term runs its price is promised, whatever the book says; a new price can only come with the next term. Which way the
book then goes (keep, move, choose) is for `pricing.versions` to say; the day by which a notice must be out, for law.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from aboveboard.agreements.model import Agreement, AgreementError, Body, View
from aboveboard.agreements.notices import Notice, facts_of, notice
from aboveboard.agreements.renewals import Renewals
from aboveboard.agreements.service import Agreements, look, request_of
from aboveboard.book.model import Book
from aboveboard.pricing import NO_FACTS, PriceError, price
from aboveboard.pricing.agreement import signed, with_fees_and_tax
from aboveboard.pricing.versions import Subscription, Way, preview
from aboveboard.quotes.model import Quote
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Touched:
    """What a draft means for one agreement: amounts of one month in minor units, as they are paid."""

    agreement: str
    way: Way
    before: int
    after: int
    starts: datetime.date
    notice: Notice | None
    says: Text


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
        }


def draft(renewals: Renewals, conn: Connection, new: Book, on: datetime.date) -> Previewed:
    """Return what publishing `new` on a day means for every running agreement."""
    agreements = renewals.agreements
    rows = [
        _touched(renewals, conn, each, new, on) for each in agreements.running(conn, on) if each.ended is None
    ]
    return Previewed(tuple(rows), new.business.currency)


def _touched(
    renewals: Renewals, conn: Connection, agreement: Agreement, new: Book, on: datetime.date
) -> Touched:
    body, agreements = agreement.body, renewals.agreements
    old = agreements.book_of(conn, agreement)
    last = agreements.view(conn, agreement, agreement.renews - datetime.timedelta(days=1))
    had = Subscription(
        agreement.id, body.service, body.tier, agreement.starts, agreement.edition, body.add_ons, body.seats
    )
    # Inside the term the price is promised, so the draft can only reach the term after it.
    passage = preview(old, new, [had], max(on, agreement.renews)).passages[0]
    before = last.paid[-1]
    after = before if passage.way != "move" else _paid(new, body, passage.starts, before)
    told = None
    if after != before:
        place = renewals.place(conn, agreement, old)
        facts = facts_of(
            place,
            auto=body.renewal == "auto",
            months=body.months,
            channel=body.channel,
            since=agreement.starts,
        )
        told = notice("fee", passage.starts, facts, place, last.terms.notice_days, renewals.packs)
    return Touched(agreement.id, passage.way, before, after, passage.starts, told, passage.says)


def _paid(new: Book, body: Body, on: datetime.date, before: int) -> int:
    request = request_of(body, on)
    if new.terms(body.terms) is None:
        request = replace(request, terms=None)
    try:
        return with_fees_and_tax(new, request, signed(price(new, request, NO_FACTS)).net)
    except PriceError:
        return before


def as_if(agreements: Agreements, conn: Connection, quote: Quote) -> View:
    """Return an agreement as it would be if this price were taken; raises `AgreementError` for a price without terms."""
    book = agreements.editions.at(conn, quote.edition).book
    terms = agreements.offered(book, quote.price)
    if quote.subject is None:
        raise AgreementError("who")
    return look(book, agreements.made_of(book, terms, quote), quote.price.request.on)
