"""The audit: everything that `verify` proves from within, and what only heads that others kept can tell.

From within, each fault gets a name: which entry was edited, inserted, deleted or moved, by its number and its id. From outside,
each head that a customer, a partner or a file kept is held against this record: the same number of entries must give the same
root; a head for fewer entries must be the root of that beginning; a head for more entries means that the end is missing. A
receipt proves one entry besides, word for word.

Nothing is repaired and nothing is guessed: where the hashes were rewritten along with the entries, the audit says between which
two heads it happened, which is all that there is to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.proof import merkle
from aboveboard.proof import receipt as receipts
from aboveboard.record import kept, sealing, tables
from aboveboard.record.differences import Difference, Now, differences
from aboveboard.record.kept import Kept, Unusable
from aboveboard.record.keys import KeyRing
from aboveboard.record.stamping import Authority
from aboveboard.record.verify import Verdict, verify

#: Where more entries than this do not agree, only the first ones are compared.
MOST = 100_000
#: Findings of one kind that are told; their number is told always.
TOLD = 50
#: Tree nodes below this number are leaves.
_LEAVES = 1 << 48


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault. `code` is stable; `text` is the sentence; `index` and `entry` name the entry, `source` the kept file."""

    code: str
    text: str
    index: int | None = None
    entry: str | None = None
    source: str | None = None


@dataclass
class Audit:
    """What was found: `findings` by name, and `verdict.problems` as `verify` tells them. `compared` heads came from outside."""

    verdict: Verdict
    findings: list[Finding] = field(default_factory=list)
    compared: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings and self.verdict.ok


@dataclass
class _Looker:
    """Watches `verify` read: collects what does not agree, and the roots and leaves that kept heads speak of."""

    sizes: set[int]
    receipts: dict[int, list[Kept]]
    now: list[Now] = field(default_factory=list)
    sealed: list[tuple[int, bytes]] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    leaves: dict[int, bytes] = field(default_factory=dict)
    restored: list[int] = field(default_factory=list)
    disagree: int = 0

    def entry(self, row: Any, found: bytes, stored: bytes | None) -> None:
        if found != stored:
            self.disagree += 1
            if len(self.now) < MOST:
                self.now.append(Now(row.index, str(row.id), found))
                if stored is not None:
                    self.sealed.append((row.index, stored))
        if row.index in self.receipts:
            self.leaves[row.index] = found
        if row.kind == "record.restored":
            self.restored.append(row.index)

    def grown(self, size: int, root: Callable[[], bytes]) -> None:
        if size in self.sizes:
            self.roots[size] = root()


def audit(
    conn: Connection,
    keys: KeyRing,
    against: Iterable[tuple[str, bytes]] = (),
    progress: Callable[[int, int], None] | None = None,
    authority: Authority | None = None,
) -> Audit:
    """Audit the record, also against files that others kept (name, content); `progress` is told (entries done, in all)."""
    signers = sealing.signers(conn, keys)
    found = [one for source, content in against for one in kept.read(source, content, signers)]
    heads = [one for one in found if isinstance(one, Kept)]
    by_index: dict[int, list[Kept]] = {}
    for one in heads:
        if one.receipt is not None:
            by_index.setdefault(one.receipt.index, []).append(one)
    looker = _Looker({one.head.size for one in heads} - {0}, by_index)
    verdict = verify(conn, keys, progress, looker, authority)
    result = Audit(verdict, compared=len(heads))
    _from_within(conn, looker, verdict, result)
    whole = result.ok
    result.findings += [_unusable(one) for one in found if isinstance(one, Unusable)]
    result.findings += _against(heads, looker, verdict.size, whole=whole)
    return result


# -- from within -----------------------------------------------------------------------------------------------------


def _from_within(conn: Connection, looker: _Looker, verdict: Verdict, result: Audit) -> None:
    sealed = sorted([*looker.sealed, *_orphans(conn)])
    told = differences(looker.now, sealed)
    ids = {
        receipts_of[0].receipt.index: receipts_of[0].receipt.entry["id"]
        for receipts_of in looker.receipts.values()
        if receipts_of[0].receipt is not None
    }
    result.findings += [_named(conn, one, ids) for one in told[:TOLD]]
    if len(told) > TOLD or looker.disagree > MOST:
        result.findings.append(
            Finding(
                "more",
                f"And {max(len(told), looker.disagree) - TOLD:,} more entries do not agree with the tree.",
            )
        )
    if not told and verdict.wrong_from is not None:
        span = _span(verdict.right_until, verdict.wrong_from - 1)
        result.findings.append(
            Finding(
                "rewritten",
                f"{span} changed, or something was inserted, deleted or moved there, and the stored hashes were made to fit: "
                f"the head signed for {verdict.wrong_from} entries belongs to others. "
                "A receipt of one of them shows which (--against).",
                verdict.right_until,
            )
        )


def _orphans(conn: Connection) -> list[tuple[int, bytes]]:
    """Return the hashes of leaves whose entry is not there any more."""
    leaf, entry = tables.nodes.c, tables.entries.c
    there = sa.exists().where(entry.index == leaf.node)
    query = (
        sa.select(leaf.node, leaf.hash)
        .where(leaf.node < _LEAVES, leaf.node >= 0, ~there)
        .order_by(leaf.node)
        .limit(MOST)
    )
    return [(int(row.node), bytes(row.hash)) for row in conn.execute(query)]


def _named(conn: Connection, one: Difference, ids: dict[int, str]) -> Finding:
    if one.kind == "deleted":
        assert one.sealed_at is not None  # noqa: S101 - for the type checker: a deletion has the place that is empty
        known = ids.get(one.sealed_at)
        name = f" (id {known})" if known else ""
        text = f"Entry {one.sealed_at}{name} was deleted. {_neighbours(conn, one.sealed_at)}"
        return Finding("deleted", text, one.sealed_at, known)
    if one.kind == "moved":
        text = f"Entry {one.id} was moved: it stands at {one.index} and was sealed as number {one.sealed_at}."
    elif one.kind == "inserted":
        text = f"Entry {one.index} (id {one.id}) was inserted: it was never sealed."
    else:
        text = f"Entry {one.index} (id {one.id}) was edited: it is not what was sealed as number {one.sealed_at}."
    return Finding(one.kind, text, one.index, one.id)


def _neighbours(conn: Connection, place: int) -> str:
    entry = tables.entries.c
    before = sa.select(entry.index, entry.id).where(entry.index < place).order_by(entry.index.desc()).limit(1)
    after = sa.select(entry.index, entry.id).where(entry.index >= place).order_by(entry.index).limit(1)
    said = [
        f"{word} stands entry {row.index} (id {row.id})"
        for word, row in (
            ("before it", conn.execute(before).first()),
            ("after it", conn.execute(after).first()),
        )
        if row is not None
    ]
    return f"Now {', '.join(said)}." if said else "Nothing is left beside it."


def _span(first: int, last: int) -> str:
    return f"Entry {first} was" if first >= last else f"One of the entries {first} to {last} was"


# -- from outside ----------------------------------------------------------------------------------------------------


def _unusable(one: Unusable) -> Finding:
    words = {
        "other_key": "holds a head that this record's key did not sign",
        "changed": "holds a head or receipt that was changed",
        "unreadable": "holds something that proves nothing",
    }
    return Finding(one.code, f"{one.source} {words[one.code]}: {one.why}", source=one.source)


def _against(heads: list[Kept], looker: _Looker, size: int, *, whole: bool) -> list[Finding]:
    """Hold each kept head against the record; `whole` says that from within nothing was found."""
    findings: list[Finding] = []
    seen: dict[int, Kept] = {}
    for one in heads:
        other = seen.setdefault(one.head.size, one)
        if other.head.root != one.head.root:
            findings.append(_two_heads(one, other))
        findings += [found for found in [_compared(one, looker, size, whole)] if found is not None]
        findings += [found for found in [_receipt(one, looker)] if found is not None]
    return findings


def _two_heads(one: Kept, other: Kept) -> Finding:
    return Finding(
        "two_histories",
        f"{one.source} and {other.source} hold two different heads for the same {one.head.size} entries, both signed by this "
        "record's key. Two histories were shown, and these two files prove it.",
        source=one.source,
    )


def _compared(one: Kept, looker: _Looker, size: int, whole: bool) -> Finding | None:
    head = one.head
    why = _restored(looker, head.size)
    if head.size > size:
        missing = head.size - size
        text = (
            f"{one.source} holds a head for {head.size} entries, signed by this record's key; here are {size}. "
            f"{'Entry' if missing == 1 else f'{missing} entries,'} {_range(size, head.size - 1)} "
            f"{'is' if missing == 1 else 'are'} missing: the end was cut off, or an older copy was put back.{why}"
        )
        return Finding("rollback", text, size, source=one.source)
    if looker.roots.get(head.size, merkle.EMPTY_ROOT) != head.root:
        text = (
            f"{one.source} holds a head for {head.size} entries, signed by this record's key, and the first {head.size} "
            f"entries here are not those that it was signed for."
        )
        if not whole:
            return Finding("does_not_fit", text, source=one.source)
        return Finding("two_histories", f"{text} Two histories were written.{why}", source=one.source)
    return None


def _range(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _restored(looker: _Looker, size: int) -> str:
    """Return what the record itself says about it: that it was put back from a backup."""
    at = next((index for index in looker.restored if index <= size), None)
    return "" if at is None else f" The record says so itself: at entry {at} it was put back from a backup."


def _receipt(one: Kept, looker: _Looker) -> Finding | None:
    receipt = one.receipt
    if receipt is None:
        return None
    index, entry = receipt.index, str(receipt.entry["id"])
    if index not in looker.leaves:
        return Finding(
            "receipt_missing",
            f"{one.source} proves entry {index} (id {entry}, {receipt.entry['kind']}), and there is no such entry here.",
            index, entry, one.source,
        )  # fmt: skip
    if looker.leaves[index] != merkle.leaf_hash(receipts.leaf_bytes(receipt.entry)):
        return Finding(
            "receipt_differs",
            f"{one.source} proves entry {index} (id {entry}, {receipt.entry['kind']}), and another entry stands there.",
            index, entry, one.source,
        )  # fmt: skip
    return None
