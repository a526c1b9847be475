"""What the desk must look at: letters that are due, letters that are held, and what should have been told before.

Nothing of a customer stands in a duty: an agreement is known by the beginning of its number, and what it costs is on its page.
"""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from aboveboard.agreements import letters, notices
from aboveboard.agreements.coming import Coming
from aboveboard.agreements.service import Agreements
from aboveboard.agreements.verdicts import kept, questions
from aboveboard.book.model import Book
from aboveboard.pricing.lawful import Judged
from aboveboard.pricing.says import full_date
from aboveboard.store import Tx
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

#: The duty to tell a customer what comes; to look at a letter that would break a rule; to look at one that went out late.
NOTICE, HELD, LATE = "agreement.notice", "agreement.held", "agreement.late"
_ONE = datetime.timedelta(days=1)


class Desk:
    """Duties about agreements."""

    def __init__(self, agreements: Agreements) -> None:
        self.agreements = agreements

    def open(self, tx: Tx, found: Coming, judged: Judged) -> bool:
        """Open the duty to tell a customer, with what no rule could decide; return whether it is new."""
        agreement, due = found.agreement, found.notice
        texts = Catalogue.load("aboveboard.agreements")
        book = self.agreements.book_of(tx.conn, agreement)
        by = due.by or due.event - _ONE
        rules = ", ".join(due.rules)
        why = texts.text("duty.why").filled(rules=Text(rules, rules) if rules else texts.text("duty.own"))
        asked = (*due.questions, *questions(judged))
        if asked:
            more = texts.text("duty.open").filled(questions=notices.said(asked))
            why = Text(why.en + more.en, why.zh + more.zh)
        return self.agreements.duties.open(
            tx,
            kind=NOTICE,
            key=found.key,
            due_at=_end_of(by, book),
            what=letters.plain(
                texts.text(f"duty.{due.what}").filled(
                    agreement=agreement.id[:8], by=full_date(by), event=full_date(due.event)
                )
            ),
            why=letters.plain(why),
            entry_id=agreement.id,
            subject=agreement.subject,
        )

    def hold(self, tx: Tx, found: Coming, judged: Judged, on: datetime.date) -> tuple[set[str], int]:
        """Open a duty for each rule that a letter would break, and write the verdicts down once; return keys and how many."""
        agreement, texts = found.agreement, Catalogue.load("aboveboard.agreements")
        keys: set[str] = set()
        new = 0
        for said in judged.failed:
            key = f"{found.key}:{said.rule}"
            keys.add(key)
            why = texts.text("duty.held_why").filled(
                why=said.explanation,
                citation=said.citation,
                id=said.rule,
                version=said.version,
                agreement=agreement.id,
            )
            what = texts.text("duty.held").filled(
                agreement=agreement.id[:8], event=full_date(found.notice.event), rule=said.title
            )
            new += self.agreements.duties.open(
                tx,
                kind=HELD,
                key=key,
                due_at=tx.now + _ONE,
                what=letters.plain(what),
                why=letters.plain(why),
                entry_id=agreement.id,
                subject=agreement.subject,
                again=True,
            )
        if new:
            told = {
                "notice": found.notice.what,
                "event": found.notice.event.isoformat(),
                "on": on.isoformat(),
                "law": kept(judged),
            }
            self.agreements.enter(tx, "agreement.held", agreement, told)
        return keys, new

    def late(self, tx: Tx, found: Coming, day: datetime.date, key: str) -> bool:
        """Open a duty, overdue from the start, for what should have been told before."""
        texts, notice = Catalogue.load("aboveboard.agreements"), found.notice
        what = texts.text(f"duty.late_{notice.what}").filled(
            agreement=found.agreement.id[:8],
            by=full_date(notice.last or notice.event),
            event=full_date(notice.event if notice.what == "charge" else day),
            event_day=notice.event.isoformat(),
        )
        rules = ", ".join(notice.rules)
        why = texts.text("duty.late_charge_why" if notice.what == "charge" else "duty.why").filled(
            rules=rules
        )
        # Charges of one day are one thing to stop, whoever they are of.
        whose = None if notice.what == "charge" else found.agreement
        return self.agreements.duties.open(
            tx,
            kind=LATE,
            key=key,
            due_at=tx.now,
            what=letters.plain(what),
            why=letters.plain(why),
            subject=whose.subject if whose else None,
            entry_id=whose.id if whose else None,
        )


def _end_of(day: datetime.date, book: Book) -> datetime.datetime:
    return datetime.datetime.combine(day + _ONE, datetime.time(), ZoneInfo(book.business.timezone))
