"""What others may ask of the editions: the one in force, an older one, and to publish the next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.book.finding import Finding
from aboveboard.book.load import load
from aboveboard.book.model import Book
from aboveboard.editions import check_law, tables
from aboveboard.editions import plan as planning
from aboveboard.editions.check import failed, judge
from aboveboard.editions.past import Before, Past
from aboveboard.editions.plan import Plan
from aboveboard.law.library import Library
from aboveboard.record.service import Record
from aboveboard.store import Tx
from aboveboard.words import Text

_columns = tables.editions.c
_newest = sa.select(_columns.number).order_by(_columns.number.desc()).limit(1)
_by_number = sa.select(tables.editions).where(_columns.number == sa.bindparam("wanted"))


class EditionError(RuntimeError):
    """A book that cannot be published; the message says why and what to do, `findings` where."""

    def __init__(self, message: str, findings: list[Finding] | None = None) -> None:
        super().__init__(message)
        self.findings = findings or []


@dataclass(frozen=True, slots=True)
class Edition:
    """One published book. `number` counts from 1; `applied_at` is in UTC."""

    number: int
    sha256: str
    applied_at: datetime
    text: str
    book: Book


class Editions:
    """The editions of one installation. Books are read once per process and kept: an edition never changes."""

    def __init__(self, record: Record, law_packs: str = "") -> None:
        self.record = record
        self.law_packs = law_packs
        self.past = Past(self)
        self._read: dict[int, Edition] = {}

    def current(self, conn: Connection) -> Edition | None:
        """Return the edition in force, or None before the first; costs one small query."""
        number = conn.execute(_newest).scalar()
        return None if number is None else self.at(conn, int(number))

    def at(self, conn: Connection, number: int) -> Edition:
        """Return edition `number`; raises `EditionError` if there is none."""
        if number not in self._read:
            row = conn.execute(_by_number, {"wanted": number}).first()
            if row is None:
                raise EditionError(f"There is no edition {number} of the book.")
            self._read[number] = _edition(row.number, row.sha256, row.applied_at, row.text)
        return self._read[number]

    def terms(self, conn: Connection) -> list[tuple[int, datetime]]:
        """Return the number of each edition and the instant from which it was in force, oldest first."""
        c = tables.editions.c
        return [
            (row.number, row.applied_at)
            for row in conn.execute(sa.select(c.number, c.applied_at).order_by(c.number))
        ]

    def country(self, conn: Connection) -> str:
        """Return the business's country (two letters), where a phone number without one is; `US` before the first edition."""
        edition = self.current(conn)
        return edition.book.business.place[:2] if edition else "US"

    def plan(self, conn: Connection, text: str, today: date, name: str = "business.yaml") -> Plan:
        """Return what applying `text` would change, cost and require; writes nothing, and never raises for a broken book."""
        current, loaded = self.current(conn), load(text, name)
        before_it = Before(self.past, conn, loaded.book, today)
        found = judge(loaded, today, name, before_it, self.law_packs)
        number = current.number if current else 0
        if current is not None and current.sha256 == _digest(text):
            return Plan(number, True, found, [], [], {}, [])
        before = current.book if current else None
        made = planning.make(self.record, conn, before, loaded.book, number + 1, found, today)
        return replace(made, law=tuple(self._law(conn, before, loaded.book, today))) if made.ok else made

    def _law(self, conn: Connection, before: Book | None, after: Book | None, today: date) -> list[Text]:
        """Return what the law says anew to a draft: now, and from a day to come."""
        if after is None:
            return []
        rules = Library.open(self.law_packs).rules.values()
        now = check_law.survey(after, today, Before(self.past, conn, after, today), rules)
        was = None
        if before is not None:
            was = check_law.survey(before, today, Before(self.past, conn, before, today), rules)
        return [*check_law.say_touched(was, now), *check_law.say_coming(now, today)]

    def apply(self, tx: Tx, text: str, today: date, name: str = "business.yaml") -> Edition:
        """Check `text` and make it the next edition; the same text twice changes nothing.

        Raises `EditionError`, with the findings, if any of them is an error; nothing is written then.
        """
        loaded = load(text, name)
        before = Before(self.past, tx.conn, loaded.book, today)
        found = judge(loaded, today, name, before, self.law_packs)
        if failed(found):
            first = next(finding for finding in found if finding.severity == "error")
            raise EditionError(f"The book was not applied. {first.say('en')}", found)
        return self.publish(tx, text)

    def publish(self, tx: Tx, text: str) -> Edition:
        """Make `text` the next edition, unless it is the one in force; raises `EditionError` if it cannot be read.

        Callers check it first (`editions.check.findings`); this refuses only what could never be read back.
        """
        current = self.current(tx.conn)
        digest = _digest(text)
        if current is not None and current.sha256 == digest:
            return current
        number = current.number + 1 if current else 1
        edition = _edition(number, digest, tx.now, text)
        stamp = self.record.append(tx, "edition.applied", facts={"number": number, "sha256": digest})
        row = {"number": number, "sha256": digest, "text": text, "applied_at": tx.now, "entry": stamp.id}
        tx.conn.execute(sa.insert(tables.editions), row)
        return edition


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _edition(number: int, digest: str, applied_at: datetime, text: str) -> Edition:
    loaded = load(text)
    if loaded.book is None:
        first = loaded.findings[0] if loaded.findings else None
        raise EditionError(
            f"This book cannot be published: {first.message if first else 'it cannot be read'} Run `aboveboard check` on it."
        )
    return Edition(number, digest, applied_at, text, loaded.book)
