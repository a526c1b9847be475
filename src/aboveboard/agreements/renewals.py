"""What comes next for each agreement: the price of the coming term, notices in time, and the renewal itself.

`work` is asked every minute and does what is due on a day. For each running agreement it finds what the customer must hear of
(`coming`). From the first day on which a notice may go out there is a duty for it; where the book says `send: auto` the letter
goes out at once, where it says `desk` somebody presses a button. Before that, the rules judge what the letter says
(`verdicts`): one that would break a rule is held, and its owner has a duty. The entry that holds the letter's words and its
verdicts is the evidence. On the day itself an agreement goes on or ends, as its customer said; silence never renews one whose
terms say `ask`, and nothing renews or grows dearer that its customer was not told of in time.

Each letter is written down in the agreement in the transaction that sends it, so it goes out once however often a worker
starts; what was missed while none ran is found by its day, and said to be late.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.engine import Connection

from aboveboard.agreements import letters
from aboveboard.agreements.coming import Ahead, Charge, Coming
from aboveboard.agreements.desk import HELD, LATE, NOTICE, Desk
from aboveboard.agreements.model import Agreement, AgreementError, HeldError
from aboveboard.agreements.next_term import NextTerm
from aboveboard.agreements.notices import Case, Notices, What
from aboveboard.agreements.schedule import longer
from aboveboard.agreements.service import Agreements, terms_of
from aboveboard.agreements.verdicts import Verdicts, kept, read, replayed
from aboveboard.book.answers import for_service
from aboveboard.book.model import Book
from aboveboard.law.library import Library
from aboveboard.people.messages import Messages
from aboveboard.people.model import Identity
from aboveboard.pricing.lawful import Judged
from aboveboard.store import Tx
from aboveboard.words import Text

#: Letters without which something may not happen: they are held if what they say breaks a rule. The others only ever inform.
_HOLDS: tuple[What, ...] = ("renewal", "fee")
_EVERY: tuple[What, ...] = ("renewal", "fee", "charge", "trial", "reminder")
#: So many letters of one customer are looked through.
_LETTERS = 2_000
#: A letter waits so long for a mail server that does not answer.
_MINUTES = 3 * 24 * 60.0
_ONE = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Done:
    """What one round of work did: letters sent, duties opened, letters held, agreements renewed and ended."""

    told: int = 0
    opened: int = 0
    held: int = 0
    renewed: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A letter that went out: the agreement as it is now, the letter's subject and its words."""

    agreement: Agreement
    subject: Text
    words: Text


@dataclass(frozen=True, slots=True)
class Kept:
    """What the law said of a letter, as its entry keeps it; `event` is an ISO date, `sent` whether it went out."""

    entry: str
    notice: str
    event: str
    sent: bool
    law: Judged


@dataclass(slots=True)
class _Round:
    """One round of work: its day, the rules in use, what is known of each customer's place, the duties that still stand."""

    on: datetime.date
    library: Library
    places: dict[int, str]
    still: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    done: Done = field(default_factory=Done)

    def count(self, **more: int) -> None:
        """Add to what was done."""
        self.done = replace(self.done, **{name: getattr(self.done, name) + n for name, n in more.items()})


__all__ = ["HELD", "LATE", "NOTICE", "Done", "Kept", "Renewals", "Told"]


class Renewals:
    """Renewals and notices of one installation. `address` is where customers find its pages."""

    def __init__(
        self, agreements: Agreements, messages: Messages, packs: str = "", address: str = ""
    ) -> None:
        self.agreements = agreements
        self.messages = messages
        self.packs = packs
        self.address = address.rstrip("/")
        self.notices = Notices(packs)
        self.verdicts = Verdicts()
        self.next = NextTerm(agreements)
        self.desk = Desk(agreements)

    # -- what comes --------------------------------------------------------------------------------------------------

    def coming(self, conn: Connection, agreement: Agreement, on: datetime.date) -> list[Coming]:
        """Return what the customer of an agreement must hear of from a day on, the next first."""
        return self._ahead(conn, agreement, on).all(on, self.next.may_move(conn, agreement))

    def charges(self, conn: Connection, agreement: Agreement, on: datetime.date) -> list[Charge]:
        """Return the charges of the present term, with whether each may be taken."""
        return self._ahead(conn, agreement, on).charges(on)

    def _ahead(
        self,
        conn: Connection,
        agreement: Agreement,
        on: datetime.date,
        library: Library | None = None,
        place: str | None = None,
    ) -> Ahead:
        book = self.agreements.book_of(conn, agreement)
        case = self.case(conn, book, agreement, place or self.place(conn, agreement, book), on)
        run = self.agreements.run(conn, agreement, on)
        rules = library or self.library(conn)
        return Ahead(self.notices, agreement, run, terms_of(book, agreement), case, rules)

    def library(self, conn: Connection) -> Library:
        """Return the rules in use, with those that the book in force names; raises `LibraryError`."""
        current = self.agreements.editions.current(conn)
        return self.notices.library(current.own if current else ())

    def case(
        self,
        conn: Connection,
        book: Book,
        agreement: Agreement,
        place: str,
        on: datetime.date,
        draft: Book | None = None,
    ) -> Case:
        """Return what rules may read of an agreement whose customer lives in `place`.

        With it go the owner's answers of that day, as the book in force gives them, or a `draft` of the next.
        """
        body = agreement.body
        terms = book.terms(body.terms)
        return Case(
            place,
            book.business.place,
            auto=body.renewal == "auto",
            months=body.months,
            channel=body.channel,
            express=body.said_yes,
            automatic=terms is None or terms.charges == "automatic",
            answers=self._answers(conn, draft, body.service, on),
        )

    def _answers(
        self, conn: Connection, draft: Book | None, service: str, on: datetime.date
    ) -> tuple[tuple[str, Any], ...]:
        current = self.agreements.editions.current(conn)
        book = draft or (current.book if current else None)
        if book is None or not book.law.facts:
            return ()
        said = for_service(book, service, on, self.library(conn).vocabulary)
        return tuple(sorted((name, answer.value) for name, answer in said.items()))

    def place(self, conn: Connection, agreement: Agreement, book: Book) -> str:
        """Return where the customer lives, as far as that is known; else where the business is."""
        people = self.agreements.people
        known = people.places(conn, people.present(conn, agreement.subject))
        return known[-1].place if known else book.business.place

    def places(self, conn: Connection, agreements: Iterable[Agreement]) -> dict[int, str]:
        """Return where those customers live of whom anything is known, by the number in their agreement."""
        people = self.agreements.people
        present = {each.subject: people.present(conn, each.subject) for each in agreements}
        # Who was never said to live anywhere, and was never joined with anybody, needs no look.
        kinds = ("people.placed", "people.linked", "people.unlinked")
        spoken = people.record.spoken(conn, set(present.values()), kinds)
        found: dict[int, str] = {}
        for subject, number in present.items():
            known = people.places(conn, number) if number in spoken else []
            if known:
                found[subject] = known[-1].place
        return found

    # -- the work ----------------------------------------------------------------------------------------------------

    def work(self, tx: Tx, on: datetime.date) -> Done:
        """Do what is due on a day: prepare prices, open duties, send letters, renew, end; return what was done."""
        running = self.agreements.running(tx.conn, on)
        now = _Round(on, self.library(tx.conn), self.places(tx.conn, running))
        for agreement in running:
            try:
                self._one(tx, agreement, now)
            except AgreementError:  # what its customer said a moment ago holds; the next round sees it
                continue
        self.agreements.duties.settle(tx, NOTICE, now.still)
        self.agreements.duties.settle(tx, HELD, now.held)
        return now.done

    def _one(self, tx: Tx, agreement: Agreement, now: _Round) -> None:
        if agreement.ended is not None:
            return
        if agreement.renews <= now.on:
            # What was missed in the term that is over is made good before the next one begins.
            self._look(tx, agreement, now, ("charge",))
            agreement, renewed = self.next.turn(tx, agreement)
            now.count(renewed=renewed, ended=not renewed)
        self._look(tx, agreement, now, _EVERY)

    def _look(self, tx: Tx, agreement: Agreement, now: _Round, wanted: tuple[What, ...]) -> None:
        place = (
            now.places.get(agreement.subject) or self.agreements.book_of(tx.conn, agreement).business.place
        )
        ahead = self._ahead(tx.conn, agreement, now.on, now.library, place)
        for found in ahead.all(now.on, self.next.may_move(tx.conn, agreement)):
            if found.told or found.opens() > now.on or found.notice.what not in wanted:
                continue
            if found.notice.what == "trial" and found.late(now.on):
                self._longer(tx, found, now)
                return
            self._due(tx, found, now)

    def _due(self, tx: Tx, found: Coming, now: _Round) -> None:
        now.still.add(found.key)
        agreement, judged = self.ready(tx, found, now.on)
        late = found.late(now.on)
        if late and found.notice.what == "charge":
            now.count(opened=self.desk.late(tx, found, now.on, f"charge:{found.notice.event.isoformat()}"))
        now.count(opened=self.desk.open(tx, found, judged))
        if self._holds(found, judged):
            keys, new = self.desk.hold(tx, found, judged, now.on)
            now.held |= keys
            now.count(opened=new, held=bool(new))
            return
        book = self.agreements.book_of(tx.conn, found.agreement)
        if book.agreements is not None and book.agreements.send == "auto" and self._reach(tx.conn, agreement):
            self.tell(tx, found, now.on, "aboveboard")
            now.count(told=1)
            if late and found.notice.what == "reminder":
                now.count(opened=self.desk.late(tx, found, now.on, found.key))

    def due(self, conn: Connection, on: datetime.date) -> list[Coming]:
        """Return the notices that may go out on a day and have not, the most pressing first."""
        found = [
            each
            for agreement in self.agreements.running(conn, on)
            for each in self.coming(conn, agreement, on)
            if not each.told and each.opens() <= on
        ]
        return sorted(found, key=lambda each: each.notice.by or each.notice.event)

    def ready(self, tx: Tx, found: Coming, on: datetime.date) -> tuple[Agreement, Judged]:
        """Return an agreement with what its letter would tell, and what the law says of that letter if it went out on a day.

        An agreement that would go on by itself, and whose customer hears of it later than law allows, asks instead.
        """
        agreement = found.agreement
        if found.notice.what == "renewal":
            agreement = self.agreements.hold(tx, agreement.id)
            if agreement.body.renewal == "auto" and found.late(on):
                agreement = self.agreements.answer(tx, agreement.id, "ask")
            agreement = self.next.prepare(tx, agreement)
        return agreement, self._judged(tx.conn, self._as(found, agreement), on)

    def _judged(self, conn: Connection, found: Coming, on: datetime.date) -> Judged:
        reached = self._reach(conn, found.agreement) is not None
        event = found.event(self._day(found, on), reached)
        extra = None
        if found.notice.what == "reminder":
            extra = {"contract.last_reminder_at": found.agreement.body.reminded or found.agreement.starts}
        said = self.verdicts.judge(event, found.case, on, extra=extra, library=self.library(conn))
        if found.notice.what != "renewal" or found.agreement.body.next is None:
            return said
        # A price that was made for the coming term was judged as a price; what it breaks, the renewal breaks.
        made = self.agreements.quotes.get(conn, found.agreement.body.next.quote)
        price = made.body.law if made is not None and made.id != found.agreement.quote else None
        return price if price is not None and price.failed and not said.failed else said

    def _as(self, found: Coming, agreement: Agreement) -> Coming:
        """Return what comes with what is known by now: whether it asks, and the price of the coming term."""
        body = agreement.body
        if found.notice.what != "renewal" or body.next is None:
            return replace(found, agreement=agreement)
        case = replace(found.case, auto=body.renewal == "auto", express=body.said_yes)
        after = body.next.signed.paid
        way = "keep" if body.next.quote == agreement.quote else "move"
        return replace(found, agreement=agreement, case=case, after=after, way=way)

    def _holds(self, found: Coming, judged: Judged) -> bool:
        return bool(judged.failed) and found.notice.what in _HOLDS

    def _day(self, found: Coming, on: datetime.date) -> datetime.date:
        """Return the day of the event: of a charge that nobody announced in time, the next on which it may be taken."""
        if found.notice.what != "charge" or not found.late(on):
            return found.notice.event
        book_days = found.notice.event - (found.notice.by or found.notice.event - _ONE)
        return on + max(book_days, _ONE)

    def tell(self, tx: Tx, found: Coming, on: datetime.date, by: str, *, by_hand: bool = False) -> Told:
        """Send the letter, write down its words and verdicts as evidence, and end the duty. Raises `AgreementError`.

        `by_hand` says that somebody tells the customer in another way: no letter goes out, all else is the same. Raises
        `HeldError` for a letter that would break a rule; `refuse` then keeps that.
        """
        to = self._reach(tx.conn, found.agreement)
        if to is None and not by_hand:
            raise AgreementError("unreachable")
        found = self._still(tx, found, on)
        agreement, judged = self.ready(tx, found, on)
        found = self._as(found, agreement)
        if self._holds(found, judged):
            raise HeldError(judged)
        day, notice = self._day(found, on), found.notice
        charged = notice.what == "renewal" and self.notices.wants("charge", found.case, self.library(tx.conn))
        seen = self.agreements.view(tx.conn, agreement, on)
        subject, words = letters.letter(found, seen, self.address, event=day, charged=charged)
        if to is not None and not by_hand:
            both = f"{words.en}\n\n{words.zh}\n"
            self.messages.send(tx, to, f"{subject.en} · {subject.zh}", both, minutes=_MINUTES)
        names = [found.name, *([f"charge:{notice.event.isoformat()}"] if charged else [])]
        told = {
            "notice": notice.what,
            "event": notice.event.isoformat(),
            "day": day.isoformat(),
            "on": on.isoformat(),
            "by_hand": by_hand,
            "words": {"en": words.en, "zh": words.zh},
            "rules": list(notice.rules),
            "law": kept(judged),
        }
        entry = self.agreements.enter(tx, "agreement.notified", agreement, told)
        body = replace(agreement.body, told=(*agreement.body.told, *names))
        if notice.what == "reminder" or (notice.what == "renewal" and found.case.auto):
            body = replace(body, reminded=on)
        if day != notice.event:
            body = replace(body, moved=(*body.moved, (notice.event, day)))
        now = self.agreements.save(tx, replace(agreement, body=body))
        self.agreements.duties.done_with(tx, NOTICE, found.key, by, entry)
        return Told(now, subject, words)

    def kept(self, conn: Connection, agreement: Agreement) -> list[Kept]:
        """Return what the law said of each letter of an agreement, sent or held, the oldest first."""
        record, people = self.agreements.record, self.agreements.people
        numbers = people.numbers(conn, people.present(conn, agreement.subject))
        found = []
        for entry in reversed(
            record.about(conn, numbers, ("agreement.notified", "agreement.held"), limit=_LETTERS)
        ):
            told = record.open(conn, entry)
            if told is not None and told["agreement"] == agreement.id and "law" in told:
                sent = entry.kind == "agreement.notified"
                found.append(Kept(entry.id, told["notice"], told["event"], sent, read(told["law"])))
        return found

    def replayed(self, conn: Connection, kept: Kept) -> dict[str, str]:
        """Return what the rules that were used say again of a letter; raises `KeyError` for a pack that nobody kept."""
        editions = self.agreements.editions
        numbers = [number for number, _ in reversed(editions.terms(conn))]
        for number in numbers:
            with suppress(KeyError):
                return {
                    said.rule: now
                    for said, now in replayed(kept.law, editions.library(editions.at(conn, number)))
                }
        return {said.rule: now for said, now in replayed(kept.law, self.library(conn))}

    def letter(self, conn: Connection, found: Coming, on: datetime.date) -> tuple[Text, Text]:
        """Return the subject and the words of a notice as it would go out on a day, in both languages."""
        found = self._as(found, found.agreement)
        seen = self.agreements.view(conn, found.agreement, on)
        charged = found.notice.what == "renewal" and self.notices.wants(
            "charge", found.case, self.library(conn)
        )
        return letters.letter(found, seen, self.address, event=self._day(found, on), charged=charged)

    def refuse(self, tx: Tx, found: Coming, judged: Judged, on: datetime.date) -> None:
        """Keep that a letter was held: a duty for its owner, and an entry with the verdicts, once."""
        self.desk.hold(tx, found, judged, on)

    def _still(self, tx: Tx, found: Coming, on: datetime.date) -> Coming:
        """Hold an agreement and return what comes as it is now; raises `AgreementError` if it is not due any more."""
        agreement = self.agreements.hold(tx, found.agreement.id)
        for each in self.coming(tx.conn, agreement, on):
            if each.key == found.key and not each.told:
                return each
        raise AgreementError("not_due")

    def _longer(self, tx: Tx, found: Coming, now: _Round) -> None:
        """Let an introductory price go on for a month more, because nobody announced its end in time."""
        agreement = self.agreements.hold(tx, found.agreement.id)
        trial = agreement.body.trial
        run = self.agreements.run(tx.conn, agreement, now.on)
        month = next((at + 1 for at, each in enumerate(run.months) if each.last == found.notice.event), None)
        if trial is None or month is None:
            return
        moved = self.agreements.save(
            tx, replace(agreement, body=replace(agreement.body, trial=longer(trial, month)))
        )
        until = run.months[min(month, len(run.months) - 1)].last
        facts = {"trial_until": until.isoformat(), "because": list(found.notice.rules)}
        self.agreements.enter(tx, "agreement.changed", moved, facts)
        now.count(opened=self.desk.late(tx, found, until, found.key))

    def _reach(self, conn: Connection, agreement: Agreement) -> Identity | None:
        people = self.agreements.people
        number = people.living(conn, agreement.subject)
        if number is None:
            return None
        return people.reachable(conn, number, "email") or people.reachable(conn, number, "phone")
