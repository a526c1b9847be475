"""People as the record knows them: a dense number, and a key of their own under which everything personal is sealed.

The database keeps each key wrapped (see `wrapping`). Erasing a person is destroying their key; the number and what stands in
clear beside it stay.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import Connection

from aboveboard.record import tables
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import PersonErased
from aboveboard.store import Tx

_subject_key = sa.select(tables.subjects.c.key, tables.subjects.c.wrapped).where(
    tables.subjects.c.subject == sa.bindparam("subject_no")
)
_subject_keys = sa.select(tables.subjects).where(
    tables.subjects.c.subject.in_(sa.bindparam("wanted", expanding=True))
)
_insert_subject = sa.insert(tables.subjects).returning(tables.subjects.c.subject)
_insert_subjects = sa.insert(tables.subjects).returning(tables.subjects.c.subject, tables.subjects.c.key)
#: Puts a key back that was wrapped anew; never for someone who was erased meanwhile.
REWRAP = (
    sa.update(tables.subjects)
    .where(tables.subjects.c.subject == sa.bindparam("subject_no"), tables.subjects.c.wrapped.is_not(None))
    .values(wrapped=sa.bindparam("wrapped_now"))
)


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


class Persons:
    """The part of the record that hands out numbers and keys; `keys` is the installation's key ring."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

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
        """Return the keys of many people at once; raises `PersonErased` if one of them was."""
        keys: dict[int, PersonKey] = {}
        wanted = sorted(subjects)
        for start in range(0, len(wanted), 2_000):
            for row in conn.execute(_subject_keys, {"wanted": wanted[start : start + 2_000]}):
                if row.wrapped:
                    key = self.keys.unwrap_key(bytes(row.wrapped), row.key)
                    keys[int(row.subject)] = PersonKey(int(row.subject), row.key, key)
        gone = next((subject for subject in wanted if subject not in keys), None)
        if gone is not None:
            raise PersonErased(gone)
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
        """Encrypt `plain` under the person's key, for a column of another room; raises `PersonErased` if the key is gone."""
        return PersonKey(subject, *self._person_key(conn, subject)).seal(plain)

    def unseal_for(self, conn: Connection, subject: int, sealed: bytes) -> bytes:
        """Decrypt what `seal_for` made; raises `PersonErased` if the person's key was destroyed."""
        key_id, key = self._person_key(conn, subject)
        return AESGCM(key).decrypt(bytes(sealed[:12]), bytes(sealed[12:]), key_id.encode())

    def _person_key(self, conn: Connection, subject: int) -> tuple[str, bytes]:
        row = conn.execute(_subject_key, {"subject_no": subject}).first()
        if row is None or not row.wrapped:  # empty in a backup, where keys are kept apart
            raise PersonErased(subject)
        return row.key, self.keys.unwrap_key(bytes(row.wrapped), row.key)
