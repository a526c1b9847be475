"""What comes next for each agreement: the price of the coming term, notices in time, and the renewal itself.

`work` is asked every minute and does what is due on a day. For each running agreement it finds the next thing that the customer
must hear of: the end of the term, or a new price on an anniversary. From the first day on which a notice may go out there is a
duty for it; where the book says `send: auto` the letter goes out at once, where it says `desk` somebody presses a button.
The entry that holds the letter's words is the evidence. On the day itself an agreement goes on or ends, as its customer said;
silence never renews one whose terms say `ask`, and nothing renews that its customer was not told of in time.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from aboveboard.agreements.model import Agreement, AgreementError, Next, View
from aboveboard.agreements.notices import Notice, What, facts_of, notice
from aboveboard.agreements.service import Agreements, request_of
from aboveboard.book.model import Book
from aboveboard.money import show
from aboveboard.people.messages import Messages
from aboveboard.people.model import Identity
from aboveboard.pricing import PriceError
from aboveboard.pricing.agreement import month_after, signed, with_fees_and_tax
from aboveboard.pricing.says import full_date
from aboveboard.pricing.versions import Subscription, preview
from aboveboard.quotes.model import QuoteError, QuoteRequest
from aboveboard.store import Tx
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: The duty to tell a customer what comes.
NOTICE = "agreement.notice"
#: So many days before its last day a duty is opened, if no rule says that this is too early.
AHEAD = 14
#: A letter waits so long for a mail server that does not answer.
_MINUTES = 3 * 24 * 60.0
_ONE = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coming:
    """What a customer must hear of: the end of a term (`renewal`) or a new price (`fee`), and by when."""

    agreement: Agreement
    notice: Notice

    @property
    def key(self) -> str:
        """What the notice is known by."""
        return f"{self.agreement.id}:{self.notice.what}:{self.notice.event.isoformat()}"

    @property
    def told(self) -> bool:
        """Whether it went out."""
        return f"{self.notice.what}:{self.notice.event.isoformat()}" in self.agreement.body.told

    def late(self, on: datetime.date) -> bool:
        """Return whether a rule wanted it out before a day."""
        return any(on > window.last for window in self.notice.windows)

    def opens(self) -> datetime.date:
        """Return the day from which there is a duty for it."""
        last = self.notice.by or self.notice.event - _ONE
        early = last - datetime.timedelta(days=AHEAD)
        return max(early, self.notice.first) if self.notice.first else early


@dataclass(frozen=True, slots=True)
class Done:
    """What one round of work did."""

    told: int = 0
    opened: int = 0
    renewed: int = 0
    ended: int = 0


class Renewals:
    """Renewals and notices of one installation."""

    def __init__(self, agreements: Agreements, messages: Messages, packs: str = "") -> None:
        self.agreements = agreements
        self.messages = messages
        self.packs = packs

    def coming(self, conn: Connection, agreement: Agreement, on: datetime.date) -> list[Coming]:
        """Return what the customer of an agreement must hear of from a day on, the next first."""
        seen = self.agreements.view(conn, agreement, on)
        if agreement.ended is not None:
            return []
        events: list[tuple[What, datetime.date]] = [
            ("fee", change.on) for change in seen.changes if change.after != change.before and change.on > on
        ]
        if agreement.renews >= on and agreement.body.renewal != "no":
            events.append(("renewal", agreement.renews))
        return [
            Coming(agreement, self._notice(conn, seen, what, day))
            for what, day in sorted(events, key=_by_day)
        ]

    def place(self, conn: Connection, agreement: Agreement, book: Book) -> str:
        """Return where the customer lives, as far as that is known; else where the business is."""
        people = self.agreements.people
        known = people.places(conn, people.present(conn, agreement.subject))
        return known[-1].place if known else book.business.place

    def _notice(self, conn: Connection, seen: View, what: What, event: datetime.date) -> Notice:
        agreement, body = seen.agreement, seen.agreement.body
        place = self.place(conn, agreement, seen.book)
        facts = facts_of(
            place,
            auto=body.renewal == "auto",
            months=body.months,
            channel=body.channel,
            since=agreement.starts,
        )
        return notice(what, event, facts, place, seen.terms.notice_days, self.packs)

    # -- the work ----------------------------------------------------------------------------------------------------

    def work(self, tx: Tx, on: datetime.date) -> Done:
        """Do what is due on a day: prepare prices, open duties, send letters, renew, end; return what was done."""
        done = Done()
        still: set[str] = set()
        for agreement in self.agreements.running(tx.conn, on):
            if agreement.ended is None and agreement.renews <= on:
                try:
                    agreement, renewed = self._turn(tx, agreement)
                except AgreementError:  # its customer ended it a moment ago
                    continue
                done = replace(done, renewed=done.renewed + renewed, ended=done.ended + (not renewed))
            for found in self.coming(tx.conn, agreement, on):
                if found.told or found.opens() > on:
                    continue
                still.add(found.key)
                done = replace(done, opened=done.opened + self._open(tx, found))
                book = self.agreements.book_of(tx.conn, found.agreement)
                if (
                    book.agreements is not None
                    and book.agreements.send == "auto"
                    and self._reach(tx.conn, found)
                ):
                    try:
                        self.tell(tx, found, on, "aboveboard")
                    except (
                        AgreementError
                    ):  # what its customer said a moment ago holds; the next round sees it
                        continue
                    done = replace(done, told=done.told + 1)
        self.agreements.duties.settle(tx, NOTICE, still)
        return done

    def due(self, conn: Connection, on: datetime.date) -> list[Coming]:
        """Return the notices that may go out on a day and have not, the most pressing first."""
        found = [
            each
            for agreement in self.agreements.running(conn, on)
            for each in self.coming(conn, agreement, on)
            if not each.told and each.opens() <= on
        ]
        return sorted(found, key=lambda each: each.notice.by or each.notice.event)

    def tell(self, tx: Tx, found: Coming, on: datetime.date, by: str) -> Agreement:
        """Send the letter, write down its words as evidence, and end the duty. Raises `AgreementError`.

        An agreement that would go on by itself, and whose customer hears of it later than law allows, asks instead.
        """
        to = self._reach(tx.conn, found)
        if to is None:
            raise AgreementError("unreachable")
        agreement = self._still(tx, found, on)
        if found.notice.what == "renewal":
            if agreement.body.renewal == "auto" and found.late(on):
                agreement = self.agreements.answer(tx, agreement.id, "ask")
            agreement = self.prepare(tx, agreement)
        subject, words = self.letter(tx.conn, replace(found, agreement=agreement), on)
        self.messages.send(
            tx, to, f"{subject.en} · {subject.zh}", f"{words.en}\n\n{words.zh}\n", minutes=_MINUTES
        )
        what, event = found.notice.what, found.notice.event.isoformat()
        told = {
            "notice": what,
            "event": event,
            "on": on.isoformat(),
            "words": {"en": words.en, "zh": words.zh},
        }
        entry = self.agreements.enter(
            tx, "agreement.notified", agreement, told | {"rules": list(found.notice.rules)}
        )
        body = replace(agreement.body, told=(*agreement.body.told, f"{what}:{event}"))
        kept = self.agreements.save(tx, replace(agreement, body=body))
        self.agreements.duties.done_with(tx, NOTICE, found.key, by, entry)
        return kept

    def _still(self, tx: Tx, found: Coming, on: datetime.date) -> Agreement:
        """Hold an agreement and return it as it is now; raises `AgreementError` if the notice is not due any more."""
        agreement = self.agreements.hold(tx, found.agreement.id)
        if not any(each.key == found.key and not each.told for each in self.coming(tx.conn, agreement, on)):
            raise AgreementError("not_due")
        return agreement

    def letter(self, conn: Connection, found: Coming, on: datetime.date) -> tuple[Text, Text]:
        """Return the subject and the words of a notice, in both languages."""
        agreement, what, event = found.agreement, found.notice.what, found.notice.event
        seen = self.agreements.view(conn, agreement, on)
        texts, body = Catalogue.load("aboveboard.agreements"), agreement.body
        currency = body.signed.currency
        price, before, why = body.signed.paid, seen.now, Text("", "")
        if what == "renewal" and body.next is not None:
            price = body.next.signed.paid
        if what == "fee":
            at = next(number for number, month in enumerate(seen.months) if month.first >= event)
            price, before = seen.paid[at], seen.paid[at - 1]
            why = next(change.says for change in seen.changes if change.on == event)
        key = (
            f"letter.renewal.{'auto' if body.renewal == 'auto' else 'ask'}"
            if what == "renewal"
            else f"letter.{what}"
        )
        values: dict[str, Text | str | int] = {
            "service": seen.service,
            "tier": seen.tier,
            "terms": seen.terms.name.words,
            "event": full_date(event),
            "last": full_date(event - _ONE),
            "months": body.months,
            "price": show(price, currency),
            "before": show(before, currency),
            "why": why,
            "page": f"/agreement/{agreement.id}",
        }
        return _filled(texts.text(f"{key}.subject"), values), _filled(texts.text(f"{key}.body"), values)

    def prepare(self, tx: Tx, agreement: Agreement) -> Agreement:
        """Work out the price of the coming term, if that was not done: who keeps an old price keeps it, else today's book."""
        if agreement.body.next is not None:
            return agreement
        coming = self.next_price(tx, agreement)
        return self.agreements.save(tx, replace(agreement, body=replace(agreement.body, next=coming)))

    def next_price(self, tx: Tx, agreement: Agreement) -> Next:
        """Return the price of the next term: the old one where the book says that customers keep it, else a new quote."""
        body = agreement.body
        old, edition = self.agreements.book_of(tx.conn, agreement), self.agreements.editions.current(tx.conn)
        last = self.agreements.view(tx.conn, agreement, agreement.renews - _ONE)
        kept = Next(
            agreement.quote, replace(body.signed, net=last.prices[-1], paid=last.paid[-1]), agreement.edition
        )
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

    # -- one agreement -----------------------------------------------------------------------------------------------

    def _turn(self, tx: Tx, agreement: Agreement) -> tuple[Agreement, bool]:
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
            told=(),
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

    def _open(self, tx: Tx, found: Coming) -> bool:
        agreement, due = found.agreement, found.notice
        texts = Catalogue.load("aboveboard.agreements")
        book = self.agreements.book_of(tx.conn, agreement)
        by = due.by or due.event - _ONE
        rules = ", ".join(due.rules)
        return self.agreements.duties.open(
            tx,
            kind=NOTICE,
            key=found.key,
            due_at=datetime.datetime.combine(by + _ONE, datetime.time(), ZoneInfo(book.business.timezone)),
            what=_filled(
                texts.text(f"duty.{due.what}"),
                {"agreement": agreement.id[:8], "by": full_date(by), "event": full_date(due.event)},
            ),
            why=_filled(
                texts.text("duty.why"), {"rules": Text(rules, rules) if rules else texts.text("duty.own")}
            ),
            entry_id=agreement.id,
            subject=agreement.subject,
        )

    def _reach(self, conn: Connection, found: Coming) -> Identity | None:
        people = self.agreements.people
        number = people.living(conn, found.agreement.subject)
        if number is None:
            return None
        return people.reachable(conn, number, "email") or people.reachable(conn, number, "phone")


def _by_day(event: tuple[What, datetime.date]) -> datetime.date:
    return event[1]


def _same_terms(book: Book, terms: str) -> str | None:
    found = book.terms(terms)
    return found.id if found else None


def _filled(text: Text, values: dict[str, Text | str | int]) -> Text:
    """Return a text with its places filled, each language with its own half of a pair."""
    en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
    return Text(text.en.format_map(en), text.zh.format_map(zh))
