"""Rotation: a new wrapping key, and every person's key wrapped anew under it, while everything is in use.

1. The new key is put in front of the ring, on disk. From here on whatever is new is wrapped under it.
2. Batch by batch each person's key is unwrapped and wrapped anew. The keys themselves stay, so nothing that they sealed
   has to be touched.
3. Only when nothing is left under an old key, and while nobody can add anything, the old keys leave the ring.

It may be killed anywhere. A ring with more than one key is a rotation that was begun: it is taken up, not begun again. Nothing is
ever wrapped under a key that might leave the ring before the row is on disk: step 3 holds the table, and whoever adds a person
looks at the ring again after the row is in (`Record.new_person`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.record import tables
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import RecordError
from aboveboard.record.persons import REWRAP
from aboveboard.record.wrapping import KeysInFile
from aboveboard.store import Store, Tx

BATCH = 1_000

_c = tables.subjects.c


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: keys wrapped anew, whether it took up an older one, and whether old keys stay in the environment."""

    people: int
    taken_up: bool
    in_environment: bool


def rotate(store: Store, keys: KeyRing, progress: Callable[[int, int], None] | None = None) -> Rotated:
    """Replace the wrapping key; `progress` is told (keys looked at, keys in all).

    Raises `RecordError` where the ring's keys come from elsewhere and there is no new one among them, or where its file cannot be
    written; then everything still opens as before.
    """
    try:
        return _rotate(store, keys, progress)
    except OSError as error:
        raise RecordError(
            f"The key ring in {keys.folder} cannot be written: {error.strerror or error}. Mend that and run this again."
        ) from None


def _rotate(store: Store, keys: KeyRing, progress: Callable[[int, int], None] | None) -> Rotated:
    ring = keys.wrap
    if not isinstance(ring, KeysInFile):
        raise RecordError("The wrapping keys of this key ring are kept elsewhere; rotate them there.")
    with store.write() as tx:
        _hold(tx)
        taken_up = len(ring.ids) > 1
        if not taken_up:
            _begin(ring)
        total = int(tx.conn.execute(sa.select(sa.func.count()).where(_c.wrapped.is_not(None))).scalar_one())
    done = _wrap_all(store, keys, progress, total)
    while True:
        with store.write() as tx:
            _hold(tx)
            if not _left(tx.conn, ring):
                return Rotated(done, taken_up, ring.end())
        done += _wrap_all(store, keys, None, total)


def _begin(ring: KeysInFile) -> None:
    if ring.given:
        raise RecordError(
            "The wrapping key is set by ABOVEBOARD_WRAP_KEY. Make a new one with `openssl rand -base64 32`, set the variable "
            "to the new one, a comma and the old one, start every process anew, and run this again."
        )
    ring.begin()


def _wrap_all(store: Store, keys: KeyRing, progress: Callable[[int, int], None] | None, total: int) -> int:
    """Wrap anew what is not under the present key, each batch in a transaction of its own; return how many there were."""
    at, done, seen = -1, 0, 0
    query = (
        sa.select(_c.subject, _c.key, _c.wrapped)
        .where(_c.subject > sa.bindparam("after"), _c.wrapped.is_not(None))
        .order_by(_c.subject)
        .limit(BATCH)
    )
    while True:
        with store.write() as tx:
            rows = tx.conn.execute(query, {"after": at}).all()
            old = [
                {"subject_no": row.subject, "wrapped_now": _anew(keys, bytes(row.wrapped), row.key)}
                for row in rows
                if not keys.wrap.is_current(bytes(row.wrapped))
            ]
            if old:
                tx.conn.execute(REWRAP, old)
        if not rows:
            return done
        at, done, seen = int(rows[-1].subject), done + len(old), seen + len(rows)
        if progress is not None:
            progress(seen, total)


def _anew(keys: KeyRing, wrapped: bytes, key_id: str) -> bytes:
    return keys.wrap_key(keys.unwrap_key(wrapped, key_id), key_id)


def _hold(tx: Tx) -> None:
    """Keep everyone else from adding people until this transaction ends (on SQLite it holds the only write lock anyway)."""
    if tx.conn.dialect.name == "postgresql":
        tx.conn.exec_driver_sql("LOCK TABLE record_subjects IN SHARE ROW EXCLUSIVE MODE")


def _left(conn: Connection, ring: KeysInFile) -> bool:
    """Return whether some key is still wrapped under an old one."""
    under = sa.func.substr(_c.wrapped, 1, 4)
    old = sa.select(_c.subject).where(_c.wrapped.is_not(None), under != bytes.fromhex(ring.ids[0])).limit(1)
    return conn.execute(old).first() is not None
