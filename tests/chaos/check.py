"""Holding what was confirmed against what is there.

`Books` are the watcher's own: what each client was told, and each signed head it ever saw. `after_a_kill` looks at what is new,
in milliseconds; `everything` reads the whole database and believes nothing. Both return sentences; an empty list means that
nothing is lost and nothing is half.
"""

from __future__ import annotations

import itertools
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import Connection

from aboveboard.choices.gate import Gate
from aboveboard.house import House
from aboveboard.people.tables import identities, links
from aboveboard.proof import ProofError, checkpoint, merkle
from aboveboard.proof import receipt as receipts
from aboveboard.record import sealing
from aboveboard.record import tables as record
from aboveboard.record.model import Entry
from aboveboard.record.persons import PersonKey
from aboveboard.record.verify import verify
from tests.chaos.acts import CLIENTS, SUBMITTING, WINDOW, act
from tests.chaos.model import DEFAULTS, Plain

#: Of the acts that were confirmed long ago, so many are proven anew each time.
_OLD_RECEIPTS = 100


@dataclass
class Books:
    """What the watcher knows: confirmed acts, confirmed leaves by index, unfinished acts, heads seen, the record as read."""

    seed: int
    acts: list[set[int]] = field(default_factory=lambda: [set() for _ in range(CLIENTS)])
    leaves: dict[int, bytes] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    fresh: list[int] = field(default_factory=list)
    heads: list[checkpoint.Checkpoint] = field(default_factory=list)
    plain: Plain = field(default_factory=Plain)
    read_to: int = -1
    again: Counter[str] = field(default_factory=Counter)

    def todo(self) -> list[tuple[list[int], int]]:
        """Return for each client which acts to ask again and which number comes after them."""
        return [_left(done) for done in self.acts]

    def hear(self, line: dict[str, Any], house: House) -> None:
        """Take down one line of a child: a confirmed act, whose receipts must prove what was asked."""
        if "broken" in line:
            raise AssertionError(f"a client broke:\n{line['broken']}")
        if "again" in line:
            self.again[re.sub(r"\d+", "N", line["again"])] += 1
        if "receipts" not in line:
            return
        asked = act(self.seed, line["client"], line["act"])
        assert [one["entry"]["id"] for one in line["receipts"]][: len(asked.ids)] == list(asked.ids)
        for receipt in line["receipts"]:
            proven = receipts.verify(receipt, house.keys.verifier)
            leaf = receipts.leaf_bytes(receipt["entry"])
            assert self.leaves.setdefault(proven.index, leaf) == leaf, (
                f"entry {proven.index} was confirmed with two contents"
            )
            self.ids[proven.index] = proven.entry["id"]
            self.fresh.append(proven.index)
        self.acts[asked.client].add(asked.number)


def _left(done: set[int]) -> tuple[list[int], int]:
    following = max(done, default=-1) + 1
    return sorted(set(range(following)) - done), following


# -- after each kill ---------------------------------------------------------------------------------------------------


def after_a_kill(house: House, books: Books, gate: Gate) -> list[str]:
    """Check what is new since the last look: head, entries, receipts, gate and people."""
    with house.store.read() as conn:
        head = checkpoint.open_checkpoint(house.record.checkpoint(conn), house.keys.verifier)
        found = [*_extends(conn, books.heads[-1:], head), *_counts(conn, head), *people(conn)]
        entries = house.record.entries(conn, books.read_to, 1_000_000)
        found += _read_on(books, entries)
        found += _proven_anew(house, conn, books.fresh, books)
        gate.follow(conn)
        found += gate_differs(
            gate, books.plain, {entry.subject for entry in entries if entry.subject is not None}
        )
    books.heads.append(head)
    books.fresh.clear()
    return found


def _extends(
    conn: Connection, older: list[checkpoint.Checkpoint], head: checkpoint.Checkpoint
) -> Iterator[str]:
    for old in older:
        if old.size > head.size:
            yield f"the record went back from {old.size} entries to {head.size}"
            continue
        plan = merkle.consistency_plan(old.size, head.size)
        nodes = sealing.read_nodes(conn, [place for group in plan for place in group])
        proof = [merkle.fold([nodes[place] for place in group]) for group in plan]
        try:
            merkle.verify_consistency(old.size, head.size, proof, old.root, head.root)
        except ProofError as error:
            yield f"the head of {old.size} entries does not lead to that of {head.size}: {error}"


def _counts(conn: Connection, head: checkpoint.Checkpoint) -> Iterator[str]:
    entries = _one(conn, sa.select(sa.func.count()).select_from(record.entries))
    highest = _one(conn, sa.select(sa.func.max(record.entries.c.index)))
    nodes = _one(conn, sa.select(sa.func.count()).select_from(record.nodes))
    if not entries == highest + 1 == head.size:
        yield f"{entries} entries, the last is {highest}, the newest head covers {head.size}"
    if nodes != 2 * head.size - head.size.bit_count():
        yield f"{nodes} nodes for {head.size} entries"


def _one(conn: Connection, query: Any) -> int:
    return int(conn.execute(query).scalar_one())


def _read_on(books: Books, entries: list[Entry]) -> Iterator[str]:
    """Take the new entries into the plain model, and hold those that were confirmed against what was confirmed."""
    for entry in entries:
        if entry.index != books.read_to + 1:
            yield f"after entry {books.read_to} comes entry {entry.index}"
        books.read_to = entry.index
        books.plain.take(entry)
    for index in books.fresh:
        if index > books.read_to:
            yield f"LOST: entry {index} was confirmed, and the record ends at {books.read_to}"


def _proven_anew(house: House, conn: Connection, indexes: list[int], books: Books) -> Iterator[str]:
    for index in indexes:
        try:
            proven = receipts.verify(house.record.receipt(conn, books.ids[index]), house.keys.verifier)
        except Exception as error:  # noqa: BLE001 - a finding, with the kind of error
            yield f"LOST: confirmed entry {index} has no receipt any more: {type(error).__name__}: {error}"
            continue
        if proven.index != index or receipts.leaf_bytes(proven.entry) != books.leaves[index]:
            yield f"LOST: confirmed entry {index} is now another, or elsewhere ({proven.index})"


def gate_differs(gate: Gate, plain: Plain, numbers: set[int]) -> Iterator[str]:
    """Find questions about these people to which the gate answers otherwise than the record."""
    for number, question in itertools.product(sorted(numbers), DEFAULTS):
        answer, wanted = gate.allows(number, *question), plain.allowed(number, question)
        if answer.allowed != wanted:
            yield f"the gate says {answer.allowed} to {question} of person {number} ({answer.reason}); the record says {wanted}"


_HALF = {
    "identities whose person or key-holder was never made": """
        SELECT count(*) FROM people_identities i WHERE NOT EXISTS (SELECT 1 FROM record_subjects s WHERE s.subject = i.subject)
        OR NOT EXISTS (SELECT 1 FROM record_subjects s WHERE s.subject = i.owner)""",
    "identities whose key is gone": """
        SELECT count(*) FROM people_identities i JOIN record_subjects s ON s.subject IN (i.owner, i.subject)
        WHERE s.wrapped IS NULL""",
    "identities of a number that was joined to another": """
        SELECT count(*) FROM people_identities i JOIN people_links l ON l.subject = i.subject""",
    "joined numbers whose present number was joined on": """
        SELECT count(*) FROM people_links l JOIN people_links m ON m.subject = l.same_as""",
    "joined numbers without their entry": """
        SELECT (SELECT count(*) FROM people_links) - (SELECT count(*) FROM record_entries WHERE kind = 'people.linked')""",
    "entries about a number that was never handed out": """
        SELECT count(*) FROM record_entries e WHERE e.subject IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM record_subjects s WHERE s.subject = e.subject)""",
    "people without any entry": """
        SELECT count(*) FROM record_subjects s WHERE NOT EXISTS (SELECT 1 FROM record_entries e WHERE e.subject = s.subject)
        AND NOT EXISTS (SELECT 1 FROM people_links l WHERE l.subject = s.subject)""",
    "identities that are there and suppressed": """
        SELECT count(*) FROM people_identities i JOIN people_suppressions s ON s.digest = i.digest""",
}


def people(conn: Connection) -> Iterator[str]:
    """Find people, identities and links of which a part is missing, by asking the tables alone."""
    for what, query in _HALF.items():
        if count := _one(conn, sa.text(query)):
            yield f"HALF: {count} {what}"


# -- everything --------------------------------------------------------------------------------------------------------


def everything(house: House, books: Books) -> list[str]:
    """Read the whole database: the tree, every confirmed act, every head, each person's keys, a new gate."""
    with house.store.read() as conn:
        found = verify(conn, house.keys).problems
        head = checkpoint.open_checkpoint(house.record.checkpoint(conn), house.keys.verifier)
        found += _extends(conn, books.heads, head)
        entries = house.record.entries(conn, -1, 10_000_000)
        leaves = {entry.index: entry.leaf for entry in entries}
        found += [
            f"LOST: entry {index} was confirmed with another content, or is gone"
            for index, leaf in books.leaves.items()
            if leaves.get(index) != leaf
        ]
        step = len(books.ids) // _OLD_RECEIPTS + 1
        found += _proven_anew(house, conn, sorted(books.ids)[::step], books)
        heads = list(conn.scalars(sa.select(record.checkpoints.c.size).order_by(record.checkpoints.c.size)))
        found += _acts(books, {entry.id: entry.index for entry in entries}, heads)
        found += _effects(house, conn, entries, books.plain)
        gate = Gate(house.record, house.editions)
        gate.follow(conn)
        numbers = set(conn.scalars(sa.select(record.subjects.c.subject)))
        found += gate_differs(gate, books.plain, numbers)
    return found


def _acts(books: Books, by_id: dict[str, int], heads: list[int]) -> Iterator[str]:
    """Each act is there once and whole; those that were not confirmed may be there, if their turn had come."""
    for client, done in enumerate(books.acts):
        _, following = _left(done)
        in_turn = following + (WINDOW if client in SUBMITTING else 1)
        for number in range(in_turn + WINDOW):
            asked = act(books.seed, client, number)
            there = [by_id[one] for one in asked.ids if one in by_id]
            if number in done and len(there) != len(asked.ids):
                yield f"LOST: act {number} of client {client} was confirmed, and {len(there)} of its entries are there"
            if there and (
                len(there) != len(asked.ids) or len({bisect_right(heads, one) for one in there}) != 1
            ):
                yield f"HALF: act {number} of client {client} is at {there}, and should be {len(asked.ids)} of one commit"
            if there and number >= in_turn:
                yield f"act {number} of client {client} was never asked, and is there"


def _effects(house: House, conn: Connection, entries: list[Entry], plain: Plain) -> Iterator[str]:
    """Hold entries against the rows that they speak of: joined numbers, destroyed keys, erasures that were asked."""
    joined = {row.subject: row.same_as for row in conn.execute(sa.select(links))}
    if joined != {number: plain.root(number) for number in plain.into}:
        yield "HALF: the joined numbers are not those that the record tells"
    erased = _erased(entries)
    keyless = set(
        conn.scalars(sa.select(record.subjects.c.subject).where(record.subjects.c.wrapped.is_(None)))
    )
    if erased != keyless:
        yield f"HALF: keys are gone without an erasure, or the other way round: {sorted(erased ^ keyless)[:9]}"
    by_index = {entry.index: entry for entry in entries}
    for entry in entries:
        if entry.kind == "duty.done" and entry.facts["number"] is not None:
            beside = by_index.get(entry.index + 1)
            if beside is None or beside.kind != "people.erased":
                yield f"HALF: entry {entry.index} says that somebody was erased, and the erasure is not beside it"
    yield from _readable(house, conn)
    yield from _opens(house, conn, entries)


def _erased(entries: list[Entry]) -> set[int]:
    """Return the numbers whose keys must be gone: at each erasure, those that were the person's then."""
    theirs: dict[int, set[int]] = {}
    erased: set[int] = set()
    for entry in entries:
        if entry.kind == "people.linked":
            other, into = entry.facts["from"], entry.facts["into"]
            theirs.setdefault(into, {into}).update(theirs.pop(other, {other}))
        elif entry.kind == "people.erased":
            assert entry.subject is not None
            going = theirs.get(entry.subject, {entry.subject}) - erased
            assert len(going) == entry.facts["numbers"], f"entry {entry.index} erased others than {going}"
            erased |= going
    return erased


def _readable(house: House, conn: Connection) -> Iterator[str]:
    rows = conn.execute(sa.select(identities)).all()
    there = sa.select(record.subjects.c.subject).where(record.subjects.c.wrapped.is_not(None))
    keys = house.record.person_keys(conn, set(conn.scalars(there)))
    for row in rows:
        if row.owner not in keys:
            yield f"HALF: an identity of person {row.subject} was sealed with the key of {row.owner}, which is gone"
            continue
        try:
            value = _unsealed(keys[row.owner], bytes(row.sealed))
        except InvalidTag:
            yield f"HALF: an identity of person {row.subject} cannot be read with the key of {row.owner}"
            continue
        if house.keys.index(row.kind, value) != bytes(row.digest):
            yield f"HALF: an identity of person {row.subject} is filed under another digest"


def _unsealed(person: PersonKey, sealed: bytes) -> str:
    return AESGCM(person.key).decrypt(sealed[:12], sealed[12:], person.key_id.encode()).decode()


def _opens(house: House, conn: Connection, entries: list[Entry]) -> Iterator[str]:
    """The newest personal words open, or their person was erased."""
    for entry in entries[-_OLD_RECEIPTS:]:
        if json.loads(entry.leaf)["sealed"] is not None and entry.subject is not None:
            opened = house.record.open(conn, entry)
            if (opened is None) != house.record.is_erased(conn, entry.subject):
                yield f"HALF: entry {entry.index} cannot be opened, and its person was not erased"
