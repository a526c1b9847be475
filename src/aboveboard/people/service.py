"""What others may ask about people: find, create, link; the facts for prices; one-time codes.

`locate` always answers: someone who says no without being a customer gets a number and a key like anyone else, so that
their no is kept, and so that nothing in our answers tells who is a customer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.people import erasure, tables
from aboveboard.people.codes import Codes
from aboveboard.people.erasure import Erased
from aboveboard.people.model import Identity, Kind
from aboveboard.record.erasure import Erasure
from aboveboard.record.model import Entry, RecordError, Stamp
from aboveboard.record.service import Record
from aboveboard.store import Tx, insert_each_once, insert_once
from aboveboard.words import Text

T = TypeVar("T")

#: Look-ups of many at once ask for this many in one statement; SQLite takes 32,766 values, a planner likes fewer.
_AT_ONCE = 2_000

#: The advisory lock under which PostgreSQL changes who is who; any number that nobody else uses.
_LOCK = 727_003

#: Who may tell us where somebody lives.
SOURCES = ("person", "desk", "import")
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SOURCE = re.compile(r"[a-z][a-z0-9_]{0,19}")

_find = sa.select(tables.identities.c.subject).where(tables.identities.c.digest == sa.bindparam("wanted"))
_find_many = sa.select(tables.identities.c.digest, tables.identities.c.subject).where(
    tables.identities.c.digest.in_(sa.bindparam("wanted", expanding=True))
)
_visits_known = sa.select(tables.visits.c.digest).where(
    tables.visits.c.digest.in_(sa.bindparam("wanted", expanding=True))
)
_others = sa.select(tables.links).where(tables.links.c.same_as.in_(sa.bindparam("wanted", expanding=True)))
_same_as = sa.select(tables.links.c.same_as).where(tables.links.c.subject == sa.bindparam("number"))


class PlaceError(ValueError):
    """What is no code of a place; `text` says how one looks."""

    code = "place_invalid"
    text = Text(
        "This is not the code of a place. Write it like US-CA (country and state) or DE. Nothing was saved.",
        "这不是地方代码。请写成 US-CA（国家和州）或 DE 这样。什么都没有保存。",
    )

    def __init__(self) -> None:
        super().__init__(self.text.en)


class LinkError(ValueError):
    """A link that cannot be taken back; the message says why."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a firm's own list; `amount` in minor units, if known.

    `key` names the row by its content (whose visit, when, how much, the how-manieth such row), so that the same row read
    twice is one visit. Only a keyed digest of it is kept.
    """

    visited_on: date
    amount: int | None
    key: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where someone is said to live, who said so (`desk`, `import`, `person` …), and since when we know it."""

    place: str
    source: str
    at: datetime


class People:
    """People of one installation."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.codes = Codes(record.keys)

    def digest(self, identity: Identity) -> bytes:
        """Return the keyed hash under which an identity is looked up."""
        return self.record.keys.index(identity.kind, identity.value)

    # -- finding -----------------------------------------------------------------------------------------------------

    def find(self, conn: Connection, identity: Identity) -> int | None:
        """Return the person's number, or None if nobody has this identity.

        Of someone who was erased it is the number that is left of them, so that the gate still gives their no.
        """
        digest = self.digest(identity)
        found = conn.execute(_find, {"wanted": digest}).scalar()
        return erasure.suppressed(conn, [digest]).get(digest) if found is None else int(found)

    def locate(self, tx: Tx, identity: Identity) -> int:
        """Return the person with this identity, and make one if there is none.

        It is asked when somebody does something. Who was erased comes back by it, under a new number that the old one is
        linked to; a list that is read in never asks this (`enrol`).
        """
        digest = self.digest(identity)
        found = tx.conn.execute(_find, {"wanted": digest}).scalar()
        if found is None and self.alone(tx):
            found = tx.conn.execute(_find, {"wanted": digest}).scalar()
        if found is not None:
            return int(found)
        before = erasure.claimed_back(tx, digest)
        person = self.record.new_person(tx)
        number = self._claim(tx, digest, identity, person.subject, person.seal(identity.value.encode()))
        return number if before is None else self._rejoin(tx, number, before)

    def link(self, tx: Tx, subject: int, identity: Identity) -> int:
        """Say that `identity` is this person's too; return the person's number.

        If the identity already belongs to another number, both are one person from now on: their choices count
        together, and a no of either stays a no. What is left of somebody erased is tied to whoever lives.
        """
        self.alone(tx)
        subject = self.present(tx.conn, subject)
        digest = self.digest(identity)
        found = tx.conn.execute(_find, {"wanted": digest}).scalar()
        if found is None:
            before = erasure.claimed_back(tx, digest)
            sealed = self.record.seal_for(tx.conn, subject, identity.value.encode())
            owner = self._claim(tx, digest, identity, subject, sealed)
            if before is not None:
                return self._rejoin(tx, owner, before)
        else:
            owner = int(found)
        if owner != subject:
            # Who asks may have found `subject` before they were erased; then nobody living may be moved to that number.
            return self._rejoin(tx, owner, subject)
        if found is None:
            self._tell_of(tx, [subject])
        return subject

    def _tell_of(self, tx: Tx, subjects: Iterable[int]) -> None:
        """Enter that people became known under one more identity, if they ever said anything: partners must hear it again."""
        wanted, roots = set(subjects), dict[int, int]()
        for numbers in _slices(sorted(wanted)):
            roots.update(
                {int(row.subject): int(row.same_as) for row in tx.conn.execute(_others, {"wanted": numbers})}
            )
        said = self.record.spoken(tx.conn, wanted | roots.keys(), ("choice.made", "signal.seen"))
        for subject in sorted({roots.get(number, number) for number in said}):
            self.record.append(tx, "people.identified", subject=subject, facts={"into": subject})

    def present(self, conn: Connection, subject: int) -> int:
        """Return the number that counts for someone who has had `subject`: numbers that were joined share the lowest."""
        found = conn.execute(_same_as, {"number": subject}).scalar()
        return subject if found is None else int(found)

    def alone(self, tx: Tx) -> bool:
        """Let nobody else change who is who (make, link or erase people) until `tx` ends; return whether that took a lock.

        On SQLite whoever writes is alone anyway. On PostgreSQL two that change the same people at once would not see each
        other: one would link to a number that is being joined to a third, or give an address to someone who is being erased.
        Call it before reading what the change rests on.
        """
        if tx.conn.dialect.name != "postgresql":
            return False
        tx.conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        return True

    # -- many at once ------------------------------------------------------------------------------------------------

    def find_many(self, conn: Connection, identities: Iterable[Identity]) -> dict[Identity, int]:
        """Return the person's number of each identity that somebody has."""
        asked = {self.digest(identity): identity for identity in identities}
        found: dict[Identity, int] = {}
        for digests in _slices(list(asked)):
            for row in conn.execute(_find_many, {"wanted": digests}):
                found[asked[bytes(row.digest)]] = int(row.subject)
        return found

    def locate_many(self, tx: Tx, identities: Sequence[Identity]) -> list[int]:
        """Return the person of each identity, in the same order; those whom nobody knows are made, as `locate` does."""
        self.alone(tx)
        found = self.find_many(tx.conn, identities)
        missing = list(dict.fromkeys(identity for identity in identities if identity not in found))
        found.update(zip(missing, self.enrol(tx, [[identity] for identity in missing]), strict=True))
        return [found[identity] for identity in identities]

    def enrol(self, tx: Tx, groups: Sequence[Sequence[Identity]]) -> list[int]:
        """Make one new person of each group of identities, and return their numbers in the same order.

        Nobody may have any of these identities yet (`alone`, then `find_many`). If another process was faster by a breath, the
        group joins the person it made. Who was erased is not made again: a group with one of their identities gets the
        number that is left of them.
        """
        self.alone(tx)
        held = erasure.held_back(self, tx, groups)
        made = iter(self._enrol(tx, [group for place, group in enumerate(groups) if place not in held]))
        return [held[place] if place in held else next(made) for place in range(len(groups))]

    def _enrol(self, tx: Tx, groups: Sequence[Sequence[Identity]]) -> list[int]:
        keys = self.record.new_subjects(tx, len(groups))
        rows = [
            self._row(identity, key.subject, key.seal(identity.value.encode()), tx)
            for key, group in zip(keys, groups, strict=True)
            for identity in group
        ]
        if not rows:
            return []
        # In the order of digests: two processes with the same people wait for each other, not both for ever.
        rows.sort(key=lambda row: row["digest"])
        insert_each_once(tx.conn, tables.identities, rows, key="digest")
        owners = self.find_many(tx.conn, [identity for group in groups for identity in group])
        return [
            self._settled(tx, key.subject, group, owners) for key, group in zip(keys, groups, strict=True)
        ]

    def adopt(self, tx: Tx, claims: Sequence[tuple[int, Identity]]) -> None:
        """Say of many identities that nobody has yet whose they are (person number, identity); `link` for many at once.

        Identities of people who were erased are passed over.
        """
        self.alone(tx)
        gone = self.suppressed(tx.conn, [identity for _, identity in claims])
        claims = [claim for claim in claims if claim[1] not in gone]
        keys = self.record.person_keys(tx.conn, {subject for subject, _ in claims})
        rows = [
            self._row(identity, subject, keys[subject].seal(identity.value.encode()), tx)
            for subject, identity in claims
        ]
        if not rows:
            return
        rows.sort(key=lambda row: row["digest"])
        insert_each_once(tx.conn, tables.identities, rows, key="digest")
        owners = self.find_many(tx.conn, [identity for _, identity in claims])
        self._tell_of(tx, {self._settled(tx, subject, [identity], owners) for subject, identity in claims})

    def _settled(self, tx: Tx, subject: int, group: Sequence[Identity], owners: dict[Identity, int]) -> int:
        for identity in group:
            if owners[identity] != subject:
                subject = self.link(tx, subject, identity)
        return subject

    def customer_numbers(self, conn: Connection, subjects: Iterable[int]) -> dict[int, int]:
        """Return how many customer numbers each of these people has; those without any are left out."""
        columns, counts = tables.identities.c, dict[int, int]()
        for numbers in _slices(sorted(set(subjects))):
            query = (
                sa.select(columns.subject, sa.func.count())
                .where(columns.subject.in_(numbers), columns.kind == "customer")
                .group_by(columns.subject)
            )
            counts.update({int(subject): int(count) for subject, count in conn.execute(query)})
        return counts

    # -- one person's identities -------------------------------------------------------------------------------------

    def _row(self, identity: Identity, subject: int, sealed: bytes, tx: Tx) -> dict[str, Any]:
        return {
            "digest": self.digest(identity),
            "kind": identity.kind,
            "subject": subject,
            "owner": subject,
            "sealed": sealed,
            "created_at": tx.now,
        }

    def _claim(self, tx: Tx, digest: bytes, identity: Identity, subject: int, sealed: bytes) -> int:
        if insert_once(tx.conn, tables.identities, self._row(identity, subject, sealed, tx), key="digest"):
            return subject
        # Another process was faster by a breath: theirs is the person.
        return int(tx.conn.execute(_find, {"wanted": digest}).scalar_one())

    def _rejoin(self, tx: Tx, number: int, before: int) -> int:
        """Tie what is left of someone who was erased (`before`) to the living `number`; return the number that counts."""
        if number == before:
            return number
        if self.record.is_erased(tx.conn, before):
            return self._merge(tx, keep=number, other=before)
        return self._merge(tx, keep=min(number, before), other=max(number, before))

    def _merge(self, tx: Tx, keep: int, other: int) -> int:
        for table in (tables.identities, tables.visits, tables.suppressions):
            tx.conn.execute(sa.update(table).where(table.c.subject == other).values(subject=keep))
        tx.conn.execute(sa.update(tables.links).where(tables.links.c.same_as == other).values(same_as=keep))
        tx.conn.execute(sa.insert(tables.links), {"subject": other, "same_as": keep, "linked_at": tx.now})
        self.record.append(tx, "people.linked", subject=keep, facts={"from": other, "into": keep})
        return keep

    def place(self, tx: Tx, subject: int, place: str, source: str) -> Stamp | None:
        """Note where someone lives (ISO 3166: `US-CA`, `DE`) and who says so; None if that is known already.

        Defaults differ by place. `source` is one of `SOURCES`, or a name of your own; what another source said stays beside it,
        and where they disagree the strictest holds. Raises `PlaceError` for what is no code of a place.
        """
        if not _PLACE.fullmatch(place) or not _SOURCE.fullmatch(source):
            raise PlaceError
        facts = {"place": place, "source": source}
        said = self.record.about(tx.conn, self.numbers(tx.conn, subject), ("people.placed",))
        if facts in [entry.facts for entry in said if entry.facts["source"] == source][:1]:
            return None
        return self.record.append(tx, "people.placed", subject=subject, facts=facts)

    def places(self, conn: Connection, subject: int) -> list[Placed]:
        """Return where someone is said to live: what each source said last, the newest first."""
        about = self.record.about(conn, self.numbers(conn, self.present(conn, subject)), ("people.placed",))
        found: dict[tuple[int | None, str], Placed] = {}
        for entry in about:
            key = entry.subject, entry.facts["source"]
            found.setdefault(key, Placed(entry.facts["place"], entry.facts["source"], entry.at))
        return list(found.values())

    def unlink(self, tx: Tx, link: str) -> list[int]:
        """Take back the link that was entry `link`: they are two people after all. Return the numbers that stand alone again.

        Each gets back the identities and visits that came in under their own number; what was said under the common number
        since stays with that number. Raises `LinkError` if there is no such link, or it was taken back before.
        """
        self.alone(tx)
        entry = self.record.get(tx.conn, link)
        if entry is None or entry.kind != "people.linked":
            raise LinkError(f"Entry {link} is not a link between two people; `people.linked` entries are.")
        present = self.present(tx.conn, int(entry.facts["into"]))
        numbers = self.numbers(tx.conn, present)
        about = list(
            reversed(self.record.about(tx.conn, numbers, ("people.linked", "people.unlinked"), limit=100_000))
        )
        undone = {said.facts["link"] for said in about if said.kind == "people.unlinked"}
        if link in undone:
            raise LinkError(f"The link {link} was taken back before; nothing was changed.")
        self.record.append(tx, "people.unlinked", subject=present, facts={"link": link})
        same = _groups(
            [said for said in about if said.kind == "people.linked" and said.id not in undone | {link}]
        )
        tx.conn.execute(sa.delete(tables.links).where(tables.links.c.subject.in_(numbers)))
        for number in numbers:
            root = same.get(number, number)
            if root != number:
                tx.conn.execute(
                    sa.insert(tables.links), {"subject": number, "same_as": root, "linked_at": tx.now}
                )
            for table in (tables.identities, tables.visits):
                tx.conn.execute(sa.update(table).where(table.c.owner == number).values(subject=root))
        return sorted({same.get(number, number) for number in numbers})

    def numbers(self, conn: Connection, subject: int) -> list[int]:
        """Return every number this person has had, the present one first."""
        query = sa.select(tables.links.c.subject).where(tables.links.c.same_as == subject)
        return [subject, *(int(row[0]) for row in conn.execute(query))]

    def identities(self, conn: Connection, subject: int) -> list[Identity]:
        """Return the person's identities, decrypted, oldest first; raises `RecordError` for someone who was erased."""
        columns = tables.identities.c
        query = (
            sa.select(columns.kind, columns.owner, columns.sealed)
            .where(columns.subject == subject)
            .order_by(columns.created_at, columns.digest)
        )
        found = [
            Identity(row.kind, self.record.unseal_for(conn, row.owner, row.sealed).decode())
            for row in conn.execute(query)
        ]
        if not found and self.record.is_erased(conn, subject):
            raise RecordError(f"person {subject} has no identities: the person was erased")
        return found

    def reachable(self, conn: Connection, subject: int, kind: Kind) -> Identity | None:
        """Return the person's first identity of a kind, or None."""
        if self.record.is_erased(conn, subject):
            return None
        return next((identity for identity in self.identities(conn, subject) if identity.kind == kind), None)

    # -- erasing -----------------------------------------------------------------------------------------------------

    def erase(self, tx: Tx, subject: int, reason: str) -> Erased:
        """Erase a person for good, under all of their numbers (`erasure.REASONS` says why one may be); raises `ErasureError`.

        When the transaction is on disk, `erasure.scrub` removes what deleted rows leave in the database's files.
        """
        return erasure.erase(self, tx, subject, reason)

    def erase_again(self, tx: Tx, erasures: Iterable[Erasure]) -> list[int]:
        """Apply erasures to a database from before them (after a restore); return the numbers that were erased."""
        return erasure.erase_again(self, tx, erasures)

    def living(self, conn: Connection, subject: int) -> int | None:
        """Return the number that counts for someone who has had `subject`, or None if they were erased and did not come back."""
        present = self.present(conn, subject)
        return None if self.record.is_erased(conn, present) else present

    def suppressed(self, conn: Connection, identities: Iterable[Identity]) -> dict[Identity, int]:
        """Return which of these identities are of people who were erased, with the number that is left of them."""
        asked = {self.digest(identity): identity for identity in identities}
        return {asked[digest]: number for digest, number in erasure.suppressed(conn, asked).items()}

    # -- facts -------------------------------------------------------------------------------------------------------

    def facts(self, conn: Connection, subject: int, on: date) -> dict[str, int]:
        """Return what a price may be told about someone on a day: `visits` so far and `months` since the first (whole ones)."""
        columns = tables.visits.c
        query = sa.select(sa.func.count(), sa.func.min(columns.visited_on)).where(
            columns.subject == subject, columns.visited_on < on
        )
        count, first = conn.execute(query).one()
        return {"visits": int(count), "months": whole_months(first, on) if first is not None else 0}

    def most_frequent(self, conn: Connection) -> int | None:
        """Return who has come most often (the lowest number of those, if several), or None without any visit."""
        subject = tables.visits.c.subject
        query = sa.select(subject).group_by(subject).order_by(sa.func.count().desc(), subject).limit(1)
        found = conn.execute(query).scalar()
        return None if found is None else int(found)

    def add_visits(self, tx: Tx, visits: Sequence[tuple[int, Visit]]) -> int:
        """Add visits (person number, visit); rows that are already there are left alone. Return how many were new."""
        return sum(self.new_visits(tx, visits))

    def new_visits(self, tx: Tx, visits: Sequence[tuple[int, Visit]]) -> list[bool]:
        """Add visits as `add_visits` does, and say of each, in order, whether it was new; none are kept of who was erased."""
        self.alone(tx)
        gone = self.record.erased_among(tx.conn, {subject for subject, _ in visits})
        digests = [self.record.keys.index("visit", visit.key) for _, visit in visits]
        known: set[bytes] = set()
        for asked in _slices(digests):
            known.update(bytes(digest) for digest in tx.conn.scalars(_visits_known, {"wanted": asked}))
        rows: dict[bytes, dict[str, Any]] = {}
        new = []
        for digest, (subject, visit) in zip(digests, visits, strict=True):
            new.append(digest not in known and digest not in rows and subject not in gone)
            if new[-1]:
                rows[digest] = {
                    "digest": digest,
                    "subject": subject,
                    "owner": subject,
                    "visited_on": visit.visited_on,
                    "amount": visit.amount,
                }
        insert_each_once(tx.conn, tables.visits, [rows[digest] for digest in sorted(rows)], key="digest")
        return new


def _slices(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _groups(links: Iterable[Entry]) -> dict[int, int]:
    """Return number → present number for people joined by these links, oldest first."""
    same: dict[int, int] = {}
    for link in links:
        other, into = int(link.facts["from"]), int(link.facts["into"])
        same = {number: (into if root == other else root) for number, root in same.items()} | {other: into}
    return same


def whole_months(first: date, on: date) -> int:
    """Return how many whole months lie between two days; never negative."""
    months = (on.year - first.year) * 12 + on.month - first.month
    return max(0, months - (on.day < first.day))
