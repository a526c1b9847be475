"""What others may ask of the editions: the one in force, an older one, and to publish the next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.book.finding import Finding
from aboveboard.book.load import Loaded, load
from aboveboard.book.model import Book
from aboveboard.editions import check_law, own_packs, tables
from aboveboard.editions import plan as planning
from aboveboard.editions.check import Judgement, failed, judged
from aboveboard.editions.concern import Concerning
from aboveboard.editions.diff import Behind
from aboveboard.editions.own_packs import Reader
from aboveboard.editions.past import Before, Past
from aboveboard.editions.plan import Plan
from aboveboard.law.library import Library, Own
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
    """One published book. `number` counts from 1; `applied_at` is in UTC; `own` are the owner's rules, as they were then."""

    number: int
    sha256: str
    applied_at: datetime
    text: str
    book: Book
    own: tuple[Own, ...] = ()


class Editions:
    """The editions of one installation. Books are read once per process and kept: an edition never changes."""

    def __init__(self, record: Record, law_packs: str = "") -> None:
        self.record = record
        self.law_packs = law_packs
        self.past = Past(self)
        #: Asked by a plan: whom of those that the rooms above know does a draft concern?
        self.concerning: list[Concerning] = []
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
            own = self._own(conn, number)
            self._read[number] = _edition(row.number, row.sha256, row.applied_at, row.text, own)
        return self._read[number]

    def library(self, edition: Edition | None) -> Library:
        """Return the rules that hold under an edition: those that ship, the deployment's, and the edition's own.

        Raises `LibraryError` for a pack of the deployment that must not be used.
        """
        return Library.open(self.law_packs, () if edition is None else edition.own)

    def _own(self, conn: Connection, number: int) -> tuple[Own, ...]:
        c = tables.packs.c
        rows = conn.execute(sa.select(c.name, c.text).where(c.edition == number).order_by(c.position))
        return tuple(Own(row.name, row.text, published=True) for row in rows)

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

    def plan(
        self,
        conn: Connection,
        text: str,
        today: date,
        name: str = "business.yaml",
        read: Reader | None = None,
    ) -> Plan:
        """Return what applying `text` would change, cost and require; writes nothing, and never raises for a broken book.

        `read` gives the packs that the book names; without it, those that the edition in force has kept.
        """
        current, loaded = self.current(conn), load(text, name)
        judgement = self.judged(conn, loaded, today, name, read)
        found = judgement.findings
        number = current.number if current else 0
        if current is not None and _same(current, text, judgement.own):
            return Plan(number, True, found, [], [], {}, [])
        before = current.book if current else None
        behind = None
        if loaded.book is not None and not failed(found):
            behind = self._behind(conn, current, loaded.book, judgement.own, today)
        made = planning.make(self.record, conn, before, loaded.book, number + 1, found, today, behind)
        if not made.ok or loaded.book is None:
            return made
        law = tuple(self._law(conn, current, loaded.book, judgement.own, today))
        asked = (concerning(conn, loaded.book, today) for concerning in self.concerning)
        concerns = tuple(found for found in asked if found is not None)
        return replace(made, law=law, concerns=concerns)

    def judged(
        self,
        conn: Connection,
        loaded: Loaded,
        today: date,
        name: str = "business.yaml",
        read: Reader | None = None,
    ) -> Judgement:
        """Return all findings about a draft, which knows the prices before it and the rules of this deployment.

        `read` gives the packs that the book names; without it, those that the edition in force has kept.
        """
        if read is None:
            current = self.current(conn)
            read = own_packs.kept(current.own if current else ())
        before = Before(self.past, conn, loaded.book, today)
        return judged(loaded, today, name, before, self.law_packs, read)

    def _behind(
        self, conn: Connection, current: Edition | None, after: Book, own: tuple[Own, ...], today: date
    ) -> tuple[Behind, Behind]:
        """Return what prices of the book in force and of the draft must know beside it, as quotes of today would."""
        rules = Library.open(self.law_packs, own)
        new = check_law.behind(after, Before(self.past, conn, after, today), rules, today)
        if current is None:
            return new, new
        history = Before.now(self.past, conn, current.book, today)
        return check_law.behind(current.book, history, self.library(current), today), new

    def _law(
        self, conn: Connection, current: Edition | None, after: Book, own: tuple[Own, ...], today: date
    ) -> list[Text]:
        """Return what the law says anew to a draft: now, and from a day to come."""
        rules = Library.open(self.law_packs, own)
        now = check_law.survey(after, today, Before(self.past, conn, after, today), rules)
        was = None
        if current is not None:
            before, known = Before.now(self.past, conn, current.book, today), self.library(current)
            was = check_law.survey(current.book, today, before, known)
        return [*check_law.say_touched(was, now), *check_law.say_coming(now, today)]

    def apply(
        self, tx: Tx, text: str, today: date, name: str = "business.yaml", read: Reader | None = None
    ) -> Edition:
        """Check `text` and make it the next edition, with the packs that it names; the same again changes nothing.

        `read` gives the packs; without it, those that the edition in force has kept. Raises `EditionError`, with the findings,
        if any of them is an error; nothing is written then.
        """
        judgement = self.judged(tx.conn, load(text, name), today, name, read)
        found = judgement.findings
        if failed(found):
            first = next(finding for finding in found if finding.severity == "error")
            raise EditionError(f"The book was not applied. {first.say('en')}", found)
        return self.publish(tx, text, judgement.own)

    def publish(self, tx: Tx, text: str, own: tuple[Own, ...] = ()) -> Edition:
        """Make `text` the next edition, unless it is the one in force; raises `EditionError` if it cannot be read.

        Callers check it first (`editions.check.findings`), and its packs; this refuses only what could never be read back.
        """
        current = self.current(tx.conn)
        digest = _digest(text)
        if current is not None and _same(current, text, own):
            return current
        number = current.number + 1 if current else 1
        edition = _edition(number, digest, tx.now, text, own)
        hashes = {pack.name: own_packs.sha256(pack) for pack in own}
        facts = {"number": number, "sha256": digest} | ({"packs": hashes} if hashes else {})
        stamp = self.record.append(tx, "edition.applied", facts=facts)
        row = {"number": number, "sha256": digest, "text": text, "applied_at": tx.now, "entry": stamp.id}
        tx.conn.execute(sa.insert(tables.editions), row)
        rows = [
            {"edition": number, "name": pack.name, "position": place, "sha256": hashes[pack.name], "text": pack.text}
            for place, pack in enumerate(own)
        ]  # fmt: skip
        if rows:
            tx.conn.execute(sa.insert(tables.packs), rows)
        return edition


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _same(edition: Edition, text: str, own: tuple[Own, ...]) -> bool:
    """Return whether an edition says just this, under just these rules."""
    before = {pack.name: pack.text for pack in edition.own}
    return edition.sha256 == _digest(text) and before == {pack.name: pack.text for pack in own}


def _edition(number: int, digest: str, applied_at: datetime, text: str, own: tuple[Own, ...] = ()) -> Edition:
    loaded = load(text)
    if loaded.book is None:
        first = loaded.findings[0] if loaded.findings else None
        raise EditionError(
            f"This book cannot be published: {first.message if first else 'it cannot be read'} Run `aboveboard check` on it."
        )
    published = tuple(pack._replace(published=True) for pack in own)
    return Edition(number, digest, applied_at, text, loaded.book, published)
