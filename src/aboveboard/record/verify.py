"""Proving the whole record: every entry, every hash and every signed head, read once from the first to the last.

What is found is told as a sentence with the place; nothing is repaired. Memory stays small: the tree's edge is a handful of
hashes, whatever the number of entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.proof import ProofError, canonical, merkle
from aboveboard.record import cosigning, sealing, stamping, tables
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import NEW_SIGNER
from aboveboard.record.stamping import Authority

_BATCH = 2_000
#: More than this many faults tell nothing new.
_ENOUGH = 50
#: Stands for a hash that is not in the database; no hash has this length.
_MISSING = b"missing"


class Observer(Protocol):
    """Looks on while the record is read; this is how the audit sees more without reading twice."""

    def entry(self, row: Any, found: bytes, stored: bytes | None) -> None:
        """Take in a row with the hash of its leaf, and the hash that the tree holds at its place (None if it holds none)."""
        ...

    def grown(self, size: int, root: Callable[[], bytes]) -> None:
        """Take in that `size` entries were read, of which `root` computes the root."""
        ...


@dataclass
class Verdict:
    """What was read and what was found: `problems` is empty when the record holds.

    Up to `right_until` entries the first wrong signed head, that for `wrong_from` entries, had nothing against it.
    """

    size: int = 0
    root: bytes = b""
    checkpoints: int = 0
    stamps: int = 0
    right_until: int = 0
    wrong_from: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def say(self, problem: str) -> None:
        """Note a fault, up to a sensible number of them."""
        if len(self.problems) < _ENOUGH:
            self.problems.append(problem)


def verify(
    conn: Connection,
    keys: KeyRing,
    progress: Callable[[int, int], None] | None = None,
    observer: Observer | None = None,
    authority: Authority | None = None,
) -> Verdict:
    """Read the record and return the verdict; `progress` is told (entries done, entries in all).

    Time stamps are checked where an `authority` is given; raises `StampError` where they cannot be.
    """
    verdict = Verdict()
    heads = _heads(conn, keys, verdict)
    total = int(conn.execute(sa.select(sa.func.count()).select_from(tables.entries)).scalar_one())
    edge: dict[sealing.Place, bytes] = {}
    for batch in _batches(conn):
        _check_batch(conn, keys, batch, edge, heads, verdict, observer)
        if progress is not None:
            progress(verdict.size, total)
    verdict.root = _root(edge, verdict.size)
    for size in sorted(heads):
        verdict.say(
            f"A head was signed for {size} entries, but the record ends at {verdict.size}: the end was cut off."
        )
    _check_outside(conn, authority, verdict)
    newest = sealing.size(conn)
    if verdict.size != newest:
        verdict.say(f"The newest head covers {newest} entries; the record has {verdict.size}.")
    return verdict


def _heads(conn: Connection, keys: KeyRing, verdict: Verdict) -> dict[int, bytes]:
    heads, signers = {}, sealing.signers(conn, keys)
    for row in conn.execute(sa.select(tables.checkpoints).order_by(tables.checkpoints.c.size)):
        verdict.checkpoints += 1
        try:
            head = signers.open_head(row.note)
        except ProofError as error:
            verdict.say(f"The signed head for {row.size} entries does not hold: {error}")
            continue
        if head.size != row.size:
            verdict.say(f"The head filed for {row.size} entries speaks of {head.size}: it was moved.")
        heads[head.size] = head.root
    return heads


def _check_outside(conn: Connection, authority: Authority | None, verdict: Verdict) -> None:
    """Check what others said of heads: witnesses who signed them, an authority that stamped them."""
    said = sa.union(sa.select(tables.cosignatures.c.size), sa.select(tables.stamps.c.size))
    query = sa.select(tables.checkpoints).where(tables.checkpoints.c.size.in_(said))
    heads = {int(row.size): (str(row.note), row.at) for row in conn.execute(query)}
    for fault in cosigning.wrong(conn, {size: note for size, (note, _) in heads.items()}):
        verdict.say(fault)
    verdict.stamps = stamping.count(conn)
    if authority is not None:
        for fault in stamping.wrong(conn, heads, authority):
            verdict.say(fault)


def _batches(conn: Connection) -> Iterator[list[Any]]:
    after = -1
    while True:
        query = (
            sa.select(tables.entries)
            .where(tables.entries.c.index > after)
            .order_by(tables.entries.c.index)
            .limit(_BATCH)
        )
        rows: list[Any] = list(conn.execute(query))
        if not rows:
            return
        yield rows
        after = rows[-1].index


def _check_batch(
    conn: Connection,
    keys: KeyRing,
    rows: list[Any],
    edge: dict[sealing.Place, bytes],
    heads: dict[int, bytes],
    verdict: Verdict,
    observer: Observer | None,
) -> None:
    stored = _stored_nodes(conn, rows)
    for row in rows:
        if row.index != verdict.size:
            verdict.say(
                f"After entry {verdict.size - 1} comes entry {row.index}: entries are missing or were moved."
            )
            verdict.size = row.index
        _check_columns(row, keys, verdict)
        hashed = merkle.leaf_hash(_raw(row.leaf))
        fresh = merkle.new_nodes(
            verdict.size,
            [hashed],
            lambda level, index: edge.get((level, index), b"\0" * 32),
        )
        for level, index, value in fresh:
            if stored.get(sealing.number((level, index)), value) != value:
                verdict.say(
                    f"The stored hash at level {level}, place {index} is not that of the entries below it (entry {row.index})."
                )
            edge[level, index] = value
        verdict.size += 1
        signed = heads.pop(verdict.size, None)
        _trim(edge, verdict.size)
        if signed is not None:
            _check_head(signed, row.index, edge, verdict)
        if observer is not None:
            there = stored[sealing.number((0, row.index))]
            observer.entry(row, hashed, None if there == _MISSING else there)
            observer.grown(verdict.size, partial(_root, edge, verdict.size))


def _check_head(signed: bytes, last: int, edge: dict[sealing.Place, bytes], verdict: Verdict) -> None:
    if signed == _root(edge, verdict.size):
        if verdict.wrong_from is None:
            verdict.right_until = verdict.size
        return
    verdict.wrong_from = verdict.wrong_from or verdict.size
    verdict.say(
        f"The head signed for {verdict.size} entries is not theirs: an entry up to {last} was changed."
    )


def _stored_nodes(conn: Connection, rows: list[Any]) -> dict[int, bytes]:
    """Return the stored hashes that appear with these entries: each entry completes the nodes above its last leaf."""
    wanted = [
        sealing.number((level, row.index >> level)) for row in rows for level in range(_levels(row.index + 1))
    ]
    found: dict[int, bytes] = {}
    for start in range(0, len(wanted), 5_000):
        query = sa.select(tables.nodes).where(tables.nodes.c.node.in_(wanted[start : start + 5_000]))
        found.update({row.node: bytes(row.hash) for row in conn.execute(query)})
    return {place: found.get(place, _MISSING) for place in wanted}


def _levels(size: int) -> int:
    return (size & -size).bit_length()


def _check_columns(row: Any, keys: KeyRing, verdict: Verdict) -> None:
    try:
        leaf = canonical.loads(_raw(row.leaf), canonical=True)
        written = (leaf["id"], leaf["kind"], leaf["subject"], leaf["at"])
        beside = (row.id, row.kind, keys.alias(row.subject), row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        endorsement = leaf["facts"]["endorsement"] if row.kind == NEW_SIGNER else None
    except (ProofError, KeyError, TypeError, ValueError, OverflowError) as error:
        verdict.say(f"Entry {row.index} cannot be read: {error}")
        return
    if row.kind == NEW_SIGNER and endorsement not in keys.signers.notes:
        verdict.say(
            f"Entry {row.index} says that the signing key was replaced, and the key ring does not know of it."
        )
    if written != beside:
        verdict.say(
            f"Entry {row.index}: the columns beside it do not say what it says; one of them was changed."
        )


def _raw(value: object) -> bytes:
    """Return a column as bytes even if somebody wrote text into it: a forger need not keep to the types."""
    return value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]


def _trim(edge: dict[sealing.Place, bytes], size: int) -> None:
    keep = set(merkle.roots(size))
    for place in [place for place in edge if place not in keep]:
        del edge[place]


def _root(edge: dict[sealing.Place, bytes], size: int) -> bytes:
    return merkle.fold([edge[place] for place in merkle.roots(size)]) if size else merkle.root([])
