"""What others may ask of the record: append an entry, read entries in order, hand out a receipt.

An entry's `facts` stand in clear and must say nothing that identifies anyone; what is personal is sealed under the key of
the person it is about. The tree covers the sealed bytes, so erasing a person (destroying the key) leaves every proof whole.

Choices (yes or no, purpose, partner) stand in clear beside the person's dense number: they must outlive an erasure, or
an opt-out would be forgotten with the person who made it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from aboveboard.proof import canonical, checkpoint, merkle
from aboveboard.proof import receipt as receipts
from aboveboard.record import sealing, tables
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import KINDS, AlreadyRecorded, Entry, RecordError, Staged, Stamp
from aboveboard.store import Tx

_ENTRY_ID = re.compile(r"[0-9a-f]{32}")
_RECEIPT_ID = re.compile(r"([0-9a-f]{32})-([0-9a-f]{20})")

_subject_key = sa.select(tables.subjects.c.key, tables.subjects.c.wrapped).where(
    tables.subjects.c.subject == sa.bindparam("subject_no")
)
_subject_keys = sa.select(tables.subjects).where(
    tables.subjects.c.subject.in_(sa.bindparam("wanted", expanding=True))
)
_by_id = sa.select(tables.entries).where(tables.entries.c.id == sa.bindparam("entry_id"))
_exists = sa.select(tables.entries.c.index).where(tables.entries.c.id == sa.bindparam("entry_id"))
_insert_subject = sa.insert(tables.subjects).returning(tables.subjects.c.subject)
_insert_subjects = sa.insert(tables.subjects).returning(tables.subjects.c.subject, tables.subjects.c.key)
_latest_note = sa.select(tables.checkpoints.c.note).order_by(tables.checkpoints.c.size.desc()).limit(1)
#: Puts a key back that was wrapped anew; never for someone who was erased meanwhile.
REWRAP = (
    sa.update(tables.subjects)
    .where(tables.subjects.c.subject == sa.bindparam("subject_no"), tables.subjects.c.wrapped.is_not(None))
    .values(wrapped=sa.bindparam("wrapped_now"))
)
#: Nobody asks for a longer lease; clocks of two machines differ by less.
_LONGEST_LEASE = timedelta(hours=1)
_bookmark = sa.select(tables.bookmarks.c.index).where(tables.bookmarks.c.follower == sa.bindparam("name"))


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's number and unwrapped key; it never leaves the transaction that asked for it."""

    subject: int
    key_id: str
    key: bytes = field(repr=False)

    def seal(self, plain: bytes) -> bytes:
        """Encrypt `plain` as `Record.unseal_for` expects it: nonce, then ciphertext bound to the key's id."""
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self.key).encrypt(nonce, plain, self.key_id.encode())


class Record:
    """The record of one installation; `keys` is its key ring."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    # -- people ------------------------------------------------------------------------------------------------------

    def new_subject(self, tx: Tx) -> int:
        """Hand out the next person number, with a fresh key for that person."""
        return self.new_person(tx).subject

    def new_person(self, tx: Tx) -> PersonKey:
        """Hand out the next person number, with its fresh key at hand until the transaction ends."""
        key, key_id = secrets.token_bytes(32), secrets.token_hex(8)
        wrapped = self.keys.wrap_key(key, key_id)
        row = {"key": key_id, "wrapped": wrapped, "created_at": tx.now}
        person = PersonKey(int(tx.conn.execute(_insert_subject, row).scalar_one()), key_id, key)
        self._wrap_again(tx, [person], wrapped)
        tx.pending("record.new_people").append(person)
        return person

    def new_subjects(self, tx: Tx, count: int) -> list[PersonKey]:
        """Hand out `count` person numbers at once, each with its fresh key at hand, for callers that seal much at once."""
        keys = {secrets.token_hex(8): secrets.token_bytes(32) for _ in range(count)}
        wrapped = {key_id: self.keys.wrap_key(key, key_id) for key_id, key in keys.items()}
        if not wrapped:
            return []
        rows = [{"key": key_id, "wrapped": under, "created_at": tx.now} for key_id, under in wrapped.items()]
        handed_out = tx.conn.execute(_insert_subjects, rows).all()
        people = [PersonKey(int(row.subject), row.key, keys[row.key]) for row in handed_out]
        self._wrap_again(tx, people, next(iter(wrapped.values())))
        return sorted(people, key=lambda one: one.subject)

    def _wrap_again(self, tx: Tx, people: list[PersonKey], first: bytes) -> None:
        """Wrap new keys anew if the wrapping key was replaced between wrapping and inserting.

        Looked at after the insert, because then the rotation either waits for this transaction or has replaced the key before.
        """
        if not self.keys.wrap.is_current(first):
            tx.conn.execute(
                REWRAP,
                [
                    {"subject_no": one.subject, "wrapped_now": self.keys.wrap_key(one.key, one.key_id)}
                    for one in people
                ],
            )

    def person_keys(self, conn: Connection, subjects: Collection[int]) -> dict[int, PersonKey]:
        """Return the keys of many people at once; raises `RecordError` if one of them was erased."""
        keys: dict[int, PersonKey] = {}
        wanted = sorted(subjects)
        for start in range(0, len(wanted), 2_000):
            for row in conn.execute(_subject_keys, {"wanted": wanted[start : start + 2_000]}):
                if row.wrapped:
                    key = self.keys.unwrap_key(bytes(row.wrapped), row.key)
                    keys[int(row.subject)] = PersonKey(int(row.subject), row.key, key)
        gone = next((subject for subject in wanted if subject not in keys), None)
        if gone is not None:
            raise RecordError(f"person {gone} has no key: the person was erased")
        return keys

    def is_erased(self, conn: Connection, subject: int) -> bool:
        """Return whether this number had a key that was destroyed."""
        return subject in self.erased_among(conn, [subject])

    def with_keys(self, conn: Connection, keys: Mapping[int, str]) -> list[int]:
        """Return which of these numbers still have the key of this id; the lowest first."""
        found = conn.execute(_subject_keys, {"wanted": sorted(keys)})
        return sorted(
            int(row.subject) for row in found if row.wrapped is not None and keys[int(row.subject)] == row.key
        )

    def erased_among(self, conn: Connection, subjects: Collection[int]) -> set[int]:
        """Return which of these numbers have had their key destroyed."""
        wanted, gone = sorted(set(subjects)), set[int]()
        for start in range(0, len(wanted), 2_000):
            rows = conn.execute(_subject_keys, {"wanted": wanted[start : start + 2_000]})
            gone.update(int(row.subject) for row in rows if not row.wrapped)
        return gone

    def destroy_keys(self, tx: Tx, subjects: Collection[int]) -> dict[int, str]:
        """Destroy the keys of these numbers for good; return which key (its id) each of them had.

        Everything that was sealed under them is unreadable from the commit on, in every copy that is not older. Numbers whose
        key is gone already are left out of the answer. On PostgreSQL whoever else changes one of them waits.
        """
        columns = tables.subjects.c
        wanted = sa.and_(columns.subject.in_(sorted(subjects)), columns.wrapped.is_not(None))
        locked = (
            sa.select(columns.subject, columns.key).where(wanted).order_by(columns.subject).with_for_update()
        )
        found = {int(row.subject): str(row.key) for row in tx.conn.execute(locked)}
        tx.conn.execute(sa.update(tables.subjects).where(wanted).values(wrapped=None))
        new = tx.pending("record.new_people")
        new[:] = [person for person in new if person.subject not in found]
        return found

    def seal_for(self, conn: Connection, subject: int, plain: bytes) -> bytes:
        """Encrypt `plain` under the person's key, for a column of another room; raises `RecordError` if the key is gone."""
        return PersonKey(subject, *self._person_key(conn, subject)).seal(plain)

    def unseal_for(self, conn: Connection, subject: int, sealed: bytes) -> bytes:
        """Decrypt what `seal_for` made; raises `RecordError` if the person's key was destroyed."""
        key_id, key = self._person_key(conn, subject)
        return AESGCM(key).decrypt(bytes(sealed[:12]), bytes(sealed[12:]), key_id.encode())

    # -- writing -----------------------------------------------------------------------------------------------------

    def append(
        self,
        tx: Tx,
        kind: str,
        *,
        subject: int | None = None,
        facts: Mapping[str, Any] | None = None,
        personal: Mapping[str, Any] | None = None,
        entry_id: str | None = None,
    ) -> Stamp:
        """Stage an entry; it gets its place and proof when the transaction ends.

        `entry_id` (32 hex digits) makes a request repeatable: a second entry with the same id raises `AlreadyRecorded`.
        Raises `RecordError` for a kind that is not declared, or personal words without a person.
        """
        if kind not in KINDS:
            raise RecordError(f"'{kind}' is not a kind of entry; declare it in record.model.KINDS first")
        if personal is not None and subject is None:
            raise RecordError(
                "personal words need the person they are about, or nobody could ever erase them"
            )
        entry_id = self._claim(tx, entry_id) if entry_id else secrets.token_hex(16)
        sealed = None if personal is None or subject is None else self._seal(tx, subject, entry_id, personal)
        receipt_id = self.receipt_id(entry_id)
        alias = self.keys.alias(subject)
        leaf = receipts.leaf(
            receipt_id=receipt_id, at=tx.now, kind=kind, subject=alias, facts=facts, sealed=sealed
        )
        tx.pending("record.staged").append(Staged(entry_id, tx.now, kind, subject, receipts.leaf_bytes(leaf)))
        tx.before_commit("record", self._seal_all)
        return Stamp(entry_id, tx.now)

    def _claim(self, tx: Tx, entry_id: str) -> str:
        if not _ENTRY_ID.fullmatch(entry_id):
            raise RecordError("an entry's id is 32 hexadecimal digits in lower case")
        if tx.conn.dialect.name == "postgresql":
            # Two processes with the same form at the same moment: the second waits here and then sees the first.
            tx.conn.execute(sa.select(sa.func.pg_advisory_xact_lock(727_002, sa.func.hashtext(entry_id))))
        staged = any(entry.id == entry_id for entry in tx.pending("record.staged"))
        if staged or tx.conn.execute(_exists, {"entry_id": entry_id}).first() is not None:
            raise AlreadyRecorded(entry_id)
        return entry_id

    def _seal(self, tx: Tx, subject: int, entry_id: str, personal: Mapping[str, Any]) -> dict[str, Any]:
        new = tx.pending("record.new_people")
        person = next((person for person in reversed(new) if person.subject == subject), None)
        key_id, key = (person.key_id, person.key) if person else self._person_key(tx.conn, subject)
        salt, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
        opened: dict[str, Any] = {"salt": salt.hex(), "data": dict(personal)}
        cipher = AESGCM(key).encrypt(nonce, canonical.dumps(opened), entry_id.encode())
        tx.pending("record.opened").append((entry_id, opened))
        return receipts.sealed(bytes.fromhex(key_id), nonce, cipher, receipts.commit(salt, opened["data"]))

    def _seal_all(self, tx: Tx) -> None:
        staged = tx.pending("record.staged")
        if staged:
            tx.pending("record.sealed").append(sealing.seal(tx.conn, staged, self.keys, tx.now))
            staged.clear()

    # -- reading -----------------------------------------------------------------------------------------------------

    def size(self, conn: Connection) -> int:
        """Return how many entries there are; the newest has the index one below."""
        return sealing.size(conn)

    def entries(
        self, conn: Connection, after: int, limit: int, kinds: Collection[str] | None = None
    ) -> list[Entry]:
        """Return up to `limit` entries with an index above `after`, in order (`after=-1` starts at the first)."""
        query = (
            sa.select(tables.entries)
            .where(tables.entries.c.index > after)
            .order_by(tables.entries.c.index)
            .limit(limit)
        )
        if kinds is not None:
            query = query.where(tables.entries.c.kind.in_(list(kinds)))
        return [read_entry(row) for row in conn.execute(query)]

    def about(
        self, conn: Connection, subjects: Collection[int], kinds: Collection[str], limit: int = 200
    ) -> list[Entry]:
        """Return the newest entries of these kinds about these person numbers, newest first."""
        query = (
            sa.select(tables.entries)
            .where(tables.entries.c.subject.in_(list(subjects)), tables.entries.c.kind.in_(list(kinds)))
            .order_by(tables.entries.c.index.desc())
            .limit(limit)
        )
        return [read_entry(row) for row in conn.execute(query)]

    def spoken(self, conn: Connection, subjects: Collection[int], kinds: Collection[str]) -> set[int]:
        """Return which of these person numbers have any entry of these kinds."""
        found: set[int] = set()
        wanted, columns = sorted(subjects), tables.entries.c
        for start in range(0, len(wanted), 2_000):
            among = columns.subject.in_(wanted[start : start + 2_000])
            found.update(
                conn.scalars(
                    sa.select(columns.subject).where(among, columns.kind.in_(list(kinds))).distinct()
                )
            )
        return found

    def get(self, conn: Connection, entry_id: str) -> Entry | None:
        """Return the entry with this id, or None."""
        row = conn.execute(_by_id, {"entry_id": entry_id}).first()
        return None if row is None else read_entry(row)

    def open(self, conn: Connection, entry: Entry) -> dict[str, Any] | None:
        """Return the personal part of an entry, or None if it has none or the person was erased."""
        opened = self._open(conn, entry)
        return None if opened is None else opened["data"]

    def _open(self, conn: Connection, entry: Entry) -> dict[str, Any] | None:
        sealed = json.loads(entry.leaf)["sealed"]
        if sealed is None or entry.subject is None:
            return None
        try:
            _, key = self._person_key(conn, entry.subject)
        except RecordError:
            return None
        plain = AESGCM(key).decrypt(
            bytes.fromhex(sealed["nonce"]), base64.b64decode(sealed["data"]), entry.id.encode()
        )
        opened: dict[str, Any] = json.loads(plain)
        return opened

    def _person_key(self, conn: Connection, subject: int) -> tuple[str, bytes]:
        row = conn.execute(_subject_key, {"subject_no": subject}).first()
        if row is None or not row.wrapped:  # empty in a backup, where keys are kept apart
            raise RecordError(f"person {subject} has no key: the person was erased")
        return row.key, self.keys.unwrap_key(bytes(row.wrapped), row.key)

    # -- proof -------------------------------------------------------------------------------------------------------

    def checkpoint(self, conn: Connection) -> str:
        """Return the newest signed head of the tree (C2SP signed note)."""
        note = conn.execute(_latest_note).scalar()
        return (
            str(note)
            if note
            else checkpoint.sign(
                checkpoint.Checkpoint(self.keys.origin, 0, merkle.root([])), self.keys.signer
            )
        )

    def receipt_id(self, entry_id: str) -> str:
        """Return the id under which the holder finds the receipt again: the entry's id and a code nobody can guess."""
        return f"{entry_id}-{self.keys.mac('receipt', entry_id.encode())[:10].hex()}"

    def repeatable_id(self, *parts: str) -> str:
        """Return an entry id that is the same for the same parts, for requests that may come twice and name a person.

        Keyed, unlike `entry_id_of`: an entry's id is public, and nobody may try addresses until one gives the same id.
        """
        return self.keys.mac("entry id", "\0".join(parts).encode())[:16].hex()

    def entry_of(self, receipt_id: str) -> str | None:
        """Return the entry's id if `receipt_id` is one of ours, else None."""
        match = _RECEIPT_ID.fullmatch(receipt_id)
        if match is None or not hmac.compare_digest(self.receipt_id(match[1]), receipt_id):
            return None
        return match[1]

    def receipt(self, conn: Connection, entry_id: str) -> dict[str, Any]:
        """Return the receipt of an entry against the newest head; raises `RecordError` if there is no such entry."""
        entry = self.get(conn, entry_id)
        if entry is None:
            raise RecordError(f"there is no entry {entry_id}")
        note = self.checkpoint(conn)
        size = int(note.split("\n", 2)[1])
        wanted = [place for group in merkle.inclusion_plan(entry.index, size) for place in group]
        sealed = sealing.Sealed(size, note, sealing.read_nodes(conn, wanted))
        return self._receipt(entry.index, entry.leaf, self._open(conn, entry), sealed)

    def receipt_in(self, tx: Tx, entry_id: str) -> dict[str, Any]:
        """Return the receipt of an entry that this transaction has just sealed (for `Store.submit(..., then=…)`).

        Everything it needs is still at hand, so it asks the database nothing.
        """
        for sealed in tx.pending("record.sealed"):
            if entry_id in sealed.entries:
                index, leaf = sealed.entries[entry_id]
                opened = next(
                    (opened for known, opened in tx.pending("record.opened") if known == entry_id), None
                )
                return self._receipt(index, leaf, opened, sealed)
        return self.receipt(tx.conn, entry_id)

    def _receipt(
        self, index: int, leaf: bytes, opened: dict[str, Any] | None, sealed: sealing.Sealed
    ) -> dict[str, Any]:
        plan = merkle.inclusion_plan(index, sealed.size)
        hashes = [merkle.fold([sealed.nodes[place] for place in group]) for group in plan]
        entry = json.loads(leaf)
        return receipts.build(
            entry, opened, index, sealed.size, hashes, sealed.note, self.receipt_id(entry["id"])
        )

    # -- followers ---------------------------------------------------------------------------------------------------

    def bookmark(self, conn: Connection, follower: str) -> int:
        """Return the index of the last entry that `follower` has finished with; -1 when it has not begun."""
        found = conn.execute(_bookmark, {"name": follower}).scalar()
        return -1 if found is None else int(found)

    def move_bookmark(self, tx: Tx, follower: str, index: int) -> None:
        """Say that `follower` has finished with everything up to `index`, in the transaction that holds its work."""
        row = {"follower": follower, "index": index, "moved_at": tx.now}
        _upsert(tx.conn, tables.bookmarks, row, key="follower")

    def lease(self, tx: Tx, name: str, holder: str, seconds: float) -> bool:
        """Take or renew the lease `name` for `holder`; False while another holder's has not lapsed.

        One that would last longer than any was taken under a clock that has been set back since: it has lapsed too.
        """
        until = tables.leases.c.until
        free = sa.or_(tables.leases.c.holder == holder, until <= tx.now, until > tx.now + _LONGEST_LEASE)
        row = {"name": name, "holder": holder, "until": tx.now + timedelta(seconds=seconds)}
        return _upsert(tx.conn, tables.leases, row, key="name", where=free)


def _upsert(conn: Connection, table: sa.Table, row: dict[str, Any], *, key: str, where: Any = None) -> bool:
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    changes = {name: value for name, value in row.items() if name != key}
    statement = (
        insert(table).values(row).on_conflict_do_update(index_elements=[key], set_=changes, where=where)
    )
    return conn.execute(statement.returning(table.c[key])).first() is not None


def read_entry(row: Any) -> Entry:
    """Return a row of `record_entries` as an entry."""
    leaf = bytes(row.leaf)
    return Entry(row.index, row.id, row.at, row.kind, row.subject, json.loads(leaf)["facts"], leaf)


def entry_id_of(*parts: str) -> str:
    """Return an entry id that is the same for the same parts, so that a repeated request finds its first entry.

    For parts that name nobody; `Record.repeatable_id` is for those that do.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
