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
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import Connection

from aboveboard.proof import canonical, checkpoint, merkle
from aboveboard.proof import receipt as receipts
from aboveboard.proof.signers import Signers
from aboveboard.record import sealing, tables
from aboveboard.record.bookmarks import Bookmarks
from aboveboard.record.model import KINDS, AlreadyRecorded, Entry, RecordError, Staged, Stamp
from aboveboard.record.persons import Persons
from aboveboard.store import Tx

_ENTRY_ID = re.compile(r"[0-9a-f]{32}")
_RECEIPT_ID = re.compile(r"([0-9a-f]{32})-([0-9a-f]{20})")

_by_id = sa.select(tables.entries).where(tables.entries.c.id == sa.bindparam("entry_id"))
_head_over = sa.select(tables.checkpoints.c.note).where(tables.checkpoints.c.size == sa.bindparam("wanted"))
_exists = sa.select(tables.entries.c.index).where(tables.entries.c.id == sa.bindparam("entry_id"))


class Record(Persons, Bookmarks):
    """The record of one installation; `keys` is its key ring."""

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
        self,
        conn: Connection,
        subjects: Collection[int],
        kinds: Collection[str],
        limit: int = 200,
        before: int | None = None,
    ) -> list[Entry]:
        """Return the newest entries of these kinds about these person numbers, newest first; or those `before` an index."""
        query = (
            sa.select(tables.entries)
            .where(tables.entries.c.subject.in_(list(subjects)), tables.entries.c.kind.in_(list(kinds)))
            .order_by(tables.entries.c.index.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(tables.entries.c.index < before)
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

    def beginning(self, conn: Connection, start: str, limit: int = 5) -> list[Entry]:
        """Return the entries whose id begins with `start` (hexadecimal digits in lower case); of twelve, hardly ever two."""
        column = tables.entries.c.id
        query = sa.select(tables.entries).where(column >= start, column < start + "g").order_by(column)
        return [read_entry(row) for row in conn.execute(query.limit(limit))]

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

    # -- proof -------------------------------------------------------------------------------------------------------

    def checkpoint(self, conn: Connection) -> str:
        """Return the newest signed head of the tree (C2SP signed note)."""
        note = sealing.newest(conn)[1]
        return note or checkpoint.sign(
            checkpoint.Checkpoint(self.keys.origin, 0, merkle.root([])), self.keys.signer
        )

    def signers(self, conn: Connection) -> Signers:
        """Return all keys with which the record ever signed, the present one last (see `proof.signers`)."""
        return sealing.signers(conn, self.keys)

    def head_over(self, conn: Connection, size: int) -> str | None:
        """Return the signed head over just `size` entries, or None if none was ever signed."""
        return conn.execute(_head_over, {"wanted": size}).scalar()

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
        size = sealing.size_of(note)
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
            entry, opened, index, sealed.size, hashes, _signed_once(sealed.note), self.receipt_id(entry["id"])
        )


def _signed_once(note: str) -> str:
    """Return a head with the signature of the key that was present then; a receipt has one, so that it has one spelling."""
    text, _, signatures = note.partition("\n\n")
    return f"{text}\n\n{signatures.splitlines()[0]}\n"


def read_entry(row: Any) -> Entry:
    """Return a row of `record_entries` as an entry."""
    leaf = bytes(row.leaf)
    return Entry(row.index, row.id, row.at, row.kind, row.subject, json.loads(leaf)["facts"], leaf)


def entry_id_of(*parts: str) -> str:
    """Return an entry id that is the same for the same parts, so that a repeated request finds its first entry.

    For parts that name nobody; `Record.repeatable_id` is for those that do.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
