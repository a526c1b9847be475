"""What an agreement is: a customer, terms, the amounts of one month, and the term that runs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Literal, cast

from aboveboard.book.model import Book, Terms
from aboveboard.pricing.agreement import Change, Leaving, Month, Signed, Worth
from aboveboard.pricing.lawful import Judged
from aboveboard.quotes.model import QuoteError
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

Renewal = Literal["auto", "ask", "no"]
AgreementCode = Literal[
    "no_agreement", "no_terms", "not_these_terms", "too_few", "who", "taken", "ended", "no_points", "few_points", "no_credit",
    "unreachable", "not_due", "held",
]  # fmt: skip


class AgreementError(QuoteError):
    """Something that cannot be agreed, changed or spent. `code` is stable; `text` says how to mend it."""

    def __init__(self, code: AgreementCode, **values: object) -> None:
        text = Catalogue.load("aboveboard.agreements").text(f"error.{code}").filled(**values)
        super().__init__(cast(Any, code), text)


class HeldError(AgreementError):
    """A letter that must not go out: what it says would break a rule. `judged` names every rule that was asked."""

    def __init__(self, judged: Judged) -> None:
        failed = judged.failed
        rules = Text(", ".join(s.title.en for s in failed), "、".join(s.title.zh for s in failed))
        super().__init__("held", rules=rules)
        self.judged = judged


@dataclass(frozen=True, slots=True)
class Next:
    """The price of the coming term, as it was prepared and told: amounts of one month, and the price's own page."""

    quote: str
    signed: Signed
    edition: int


@dataclass(frozen=True, slots=True)
class Trial:
    """Introductory months: what each of them costs before fees and tax, and the amounts of every month after them."""

    nets: tuple[int, ...]
    after: Signed


@dataclass(frozen=True, slots=True)
class Body:
    """The sealed part: what was agreed, and how it stands.

    `began` is the first day of the present term, `term` its number from 1. `renewal` is what the customer wants at its end.
    `told` are the notices that went out, as `kind:day`. `express` says whether the yes to the terms was a clear one (None: nobody
    kept how it was given); `reminded` is the day on which the customer last heard that it goes on; `moved` are charges that may
    only be taken on a later day, because nobody announced them in time.
    """

    terms: str
    service: str
    tier: str
    quantity: int
    add_ons: tuple[str, ...]
    seats: int | None
    signed: Signed
    months: int
    began: datetime.date
    renewal: Renewal
    channel: str
    term: int = 1
    next: Next | None = None
    told: tuple[str, ...] = ()
    owed: int = 0
    trial: Trial | None = None
    express: bool | None = None
    reminded: datetime.date | None = None
    moved: tuple[tuple[datetime.date, datetime.date], ...] = ()

    @property
    def regular(self) -> Signed:
        """The amounts of a month after any introductory ones."""
        return self.signed if self.trial is None else self.trial.after

    @property
    def said_yes(self) -> bool | None:
        """Whether the customer's yes was clear: pressing the button on the page is, and elsewhere somebody must have said so."""
        return True if self.channel == "web" else self.express


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement: `renews` is the first day after the present term, `ended` the last day of all once that is fixed."""

    id: str
    quote: str
    subject: int
    edition: int
    starts: datetime.date
    renews: datetime.date
    ended: datetime.date | None
    body: Body


@dataclass(frozen=True, slots=True)
class Step:
    """The end of an introductory price: its last day, and what a month costs before and after, with fees and tax."""

    last: datetime.date
    months: int
    since: datetime.date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class View:
    """An agreement with everything that can be said of it on a day; money in minor units for one month."""

    agreement: Agreement
    book: Book
    terms: Terms
    service: Text
    tier: Text
    on: datetime.date
    months: tuple[Month, ...]
    prices: tuple[int, ...]
    paid: tuple[int, ...]
    changes: tuple[Change, ...]
    leaving: Leaving
    worth: Worth
    steps: tuple[Step, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it goes on beyond the day."""
        return self.agreement.ended is None or self.agreement.ended >= self.on

    def next(self, day: datetime.date) -> datetime.date:
        """Return the day after."""
        return day + datetime.timedelta(days=1)

    @property
    def now(self) -> int:
        """What is paid in the month of the day."""
        month = next((m.number for m in self.months if m.first <= self.on <= m.last), 1)
        return self.paid[month - 1]
