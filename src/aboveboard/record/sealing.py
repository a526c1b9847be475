"""Sealing: how the entries of a transaction get their place in the tree, at its very end.

Places must be dense and in commit order, so that a follower that has read up to entry N has missed nothing before N. So
the place is given under a lock that is held only from here to the commit: on SQLite the write lock that the transaction
already holds, on PostgreSQL one advisory lock. With it the tree grows, and a new head is signed, in the same transaction:
an entry is never visible without its proof (see docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.proof import checkpoint, merkle
from aboveboard.proof.signers import Signers
from aboveboard.record import tables
from aboveboard.record.keys import KeyRing, KeyRingError
from aboveboard.record.model import NEW_SIGNER, Staged

#: The advisory lock that orders commits on PostgreSQL; any number that nobody else uses.
LOCK = 727_000

Place = tuple[int, int]

_insert_entries = sa.insert(tables.entries)
_insert_nodes = sa.insert(tables.nodes)
_insert_checkpoint = sa.insert(tables.checkpoints)
_latest_size = sa.select(tables.checkpoints.c.size).order_by(tables.checkpoints.c.size.desc()).limit(1)
_latest = _latest_size.add_columns(tables.checkpoints.c.note)
_nodes_by_id = sa.select(tables.nodes.c.node, tables.nodes.c.hash).where(
    tables.nodes.c.node.in_(sa.bindparam("wanted", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A tree as it stood under one signed head: its size, the head, the hashes at hand, and the entries just added by id."""

    size: int
    note: str
    nodes: dict[Place, bytes]
    entries: dict[str, tuple[int, bytes]] = field(default_factory=dict)


def number(place: Place) -> int:
    """Return the primary key of the tree node at (level, index)."""
    return place[0] << 48 | place[1]


def size(conn: Connection) -> int:
    """Return how many entries the tree has."""
    return int(conn.execute(_latest_size).scalar() or 0)


def newest(conn: Connection) -> tuple[int, str | None]:
    """Return how many entries the newest head covers, and that head (a signed note, or None before the first)."""
    row = conn.execute(_latest).first()
    return (0, None) if row is None else (int(row.size), str(row.note))


def size_of(note: str) -> int:
    """Return how many entries a head of ours covers."""
    return int(note.split("\n", 2)[1])


def signers(conn: Connection, keys: KeyRing) -> Signers:
    """Return all keys with which the record ever signed, the present one last, as the newest head decides it."""
    keys.signing.refresh()
    with suppress(
        KeyRingError
    ):  # by a key that is not in the ring: whoever checks that head with these keys will tell
        keys.signing.settle(newest(conn)[1])
    return keys.signers


def hold(conn: Connection) -> None:
    """Let nobody else give places until this transaction ends (on SQLite it holds the only write lock anyway)."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def read_nodes(conn: Connection, places: Iterable[Place]) -> dict[Place, bytes]:
    """Return the hashes at `places`, in one query; raises `KeyError` for a hole."""
    wanted = list(places)
    if not wanted:
        return {}
    rows = conn.execute(_nodes_by_id, {"wanted": [number(place) for place in wanted]})
    hashes = {row.node: bytes(row.hash) for row in rows}
    return {place: hashes[number(place)] for place in wanted}


def seal(conn: Connection, staged: list[Staged], keys: KeyRing, now: datetime) -> Sealed:
    """Give `staged` their places, grow the tree and sign its new head; return all that their receipts need."""
    hold(conn)
    before, head = newest(conn)
    signers = keys.signing.at(head, now, changing=any(entry.kind == NEW_SIGNER for entry in staged))
    hashes = [merkle.leaf_hash(entry.leaf) for entry in staged]
    nodes = read_nodes(conn, merkle.roots(before))
    fresh = merkle.new_nodes(before, hashes, lambda level, index: nodes[level, index])
    nodes.update({(level, index): value for level, index, value in fresh})
    after = before + len(staged)
    root = merkle.fold([nodes[place] for place in merkle.roots(after)])
    conn.execute(_insert_entries, [_row(before + place, entry) for place, entry in enumerate(staged)])
    conn.execute(
        _insert_nodes, [{"node": number((level, index)), "hash": value} for level, index, value in fresh]
    )
    note = checkpoint.sign(checkpoint.Checkpoint(keys.origin, after, root), *signers)
    conn.execute(_insert_checkpoint, {"size": after, "at": now, "note": note})
    entries = {entry.id: (before + place, entry.leaf) for place, entry in enumerate(staged)}
    return Sealed(after, note, nodes, entries)


def _row(index: int, entry: Staged) -> dict[str, object]:
    return {
        "index": index,
        "id": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "subject": entry.subject,
        "leaf": entry.leaf,
    }
