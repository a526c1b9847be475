"""The audit names what was done and to which entry; and what the record cannot know of itself, a kept head tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.proof import canonical
from aboveboard.record import kept, tables
from aboveboard.record.audit import Audit, audit
from aboveboard.record.differences import Difference, Now, differences
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store
from tests.record.tampering import back_to, force, rehash, resign

Fill = Callable[[int], list[str]]
Files = list[tuple[str, bytes]]

_SHIFT_UP = 'UPDATE record_entries SET "index" = -"index" - 2 WHERE "index" >= {0}'
_UNSHIFT_UP = 'UPDATE record_entries SET "index" = -"index" - 1 WHERE "index" < 0'
_EDIT = 'UPDATE record_entries SET leaf = {leaf} WHERE "index" = {index}'


def _audit(store: Store, keys: KeyRing, files: Files | None = None) -> Audit:
    with store.read() as conn:
        return audit(conn, keys, files or [])


def _codes(found: Audit) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.index) for finding in found.findings]


def _edit(index: int) -> Callable[[sa.Connection], object]:
    """Turn the entry's facts into others, in its own spelling."""

    def work(conn: sa.Connection) -> None:
        leaf = conn.execute(
            sa.select(tables.entries.c.leaf).where(tables.entries.c.index == index)
        ).scalar_one()
        changed = canonical.loads(bytes(leaf)) | {"facts": {"what": "never happened"}}
        conn.execute(
            sa.update(tables.entries)
            .where(tables.entries.c.index == index)
            .values(leaf=canonical.dumps(changed))
        )

    return work


_INSERT = (
    "INSERT INTO record_entries (\"index\", id, at, kind, subject, leaf) SELECT {0}, 'ffffffffffffffffffffffffffffffff', at, "
    'kind, subject, leaf FROM record_entries WHERE "index" = 0'
)

#: deed, what is done to a record of 12 entries (sealed by threes), what the audit must name: (code, index)
DEEDS = [
    ("an entry edited", [_edit(4)], {("edited", 4)}),
    ("two entries edited", [_edit(4), _edit(9)], {("edited", 4), ("edited", 9)}),
    ("an entry deleted", ['DELETE FROM record_entries WHERE "index" = 4'], {("deleted", 4)}),
    (
        "an entry deleted and the others moved up",
        [
            'DELETE FROM record_entries WHERE "index" = 4',
            'UPDATE record_entries SET "index" = -"index" WHERE "index" > 4',
            'UPDATE record_entries SET "index" = -"index" - 1 WHERE "index" < 0',
        ],
        {("deleted", 4)},
    ),
    ("an entry inserted at the end", [_INSERT.format(12)], {("inserted", 12)}),
    (
        "an entry inserted in the middle",
        [_SHIFT_UP.format(4), _UNSHIFT_UP, _INSERT.format(4), _edit(4)],
        {("inserted", 4)},
    ),
    (
        "two entries swapped",
        [
            'UPDATE record_entries SET "index" = 100 WHERE "index" = 4',
            'UPDATE record_entries SET "index" = 4 WHERE "index" = 5',
            'UPDATE record_entries SET "index" = 5 WHERE "index" = 100',
        ],
        {("moved", 4)},
    ),
    (
        "the first entry moved to the end",
        [
            'UPDATE record_entries SET "index" = 100 WHERE "index" = 0',
            'UPDATE record_entries SET "index" = -"index" WHERE "index" BETWEEN 1 AND 11',
            'UPDATE record_entries SET "index" = -"index" - 1 WHERE "index" < 0',
            'UPDATE record_entries SET "index" = 11 WHERE "index" = 100',
        ],
        {("moved", 11)},
    ),
    ("the end cut off", ['DELETE FROM record_entries WHERE "index" >= 9'], {("deleted", 9), ("deleted", 10), ("deleted", 11)}),
    ("all of it deleted", ["DELETE FROM record_entries"], {("deleted", index) for index in range(12)}),
    ("an entry edited, all hashes made to fit", [_edit(4), rehash], {("rewritten", 3)}),
    ("the last entry edited, all hashes made to fit", [_edit(11), rehash], {("rewritten", 9)}),
    ("the first entry edited, all hashes made to fit", [_edit(0), rehash], {("rewritten", 0)}),
]  # fmt: skip


@pytest.mark.parametrize(("deed", "steps", "named"), DEEDS, ids=[row[0] for row in DEEDS])
def test_what_was_done_is_named(
    store: Store, record: Record, fill: Fill, deed: str, steps: list[str], named: set[tuple[str, int]]
) -> None:
    ids = fill(12)
    force(store, *steps)
    found = _audit(store, record.keys)
    assert set(_codes(found)) == named
    assert not found.verdict.ok, "what is named must also be found by verify"
    for finding in found.findings:
        if finding.code in ("edited", "inserted", "moved"):
            assert finding.entry in ids or finding.entry == "f" * 32
            assert finding.entry in finding.text


def test_an_honest_record_and_honest_kept_heads_hold(store: Store, record: Record, fill: Fill) -> None:
    files: Files = []
    for _ in range(3):
        ids = fill(4)
        with store.read() as conn:
            files.append((f"note{len(files)}", record.checkpoint(conn).encode()))
            receipt = record.receipt(conn, ids[1])
            files.append((f"receipt{len(files)}.json", json.dumps(receipt, indent=1).encode()))
    files.append(("witness", b"\n".join(content for name, content in files if name.startswith("note"))))
    found = _audit(store, record.keys, files)
    assert found.ok and found.compared == 9


def test_a_record_with_nothing_in_it_holds_against_the_head_of_nothing(store: Store, record: Record) -> None:
    with store.read() as conn:
        note = record.checkpoint(conn).encode()
    assert _audit(store, record.keys, [("nothing", note)]).ok


def test_an_older_copy_is_found_by_any_kept_head(store: Store, record: Record, fill: Fill) -> None:
    ids = fill(12)
    with store.read() as conn:
        note, receipt = record.checkpoint(conn).encode(), json.dumps(record.receipt(conn, ids[4])).encode()
        last = json.dumps(record.receipt(conn, ids[10])).encode()
    back_to(store, 9)
    assert _audit(store, record.keys).ok, "from within, an old copy is whole"
    found = _audit(store, record.keys, [("note", note), ("kept.json", receipt)])
    assert [(one.code, one.source) for one in found.findings] == [
        ("rollback", "note"),
        ("rollback", "kept.json"),
    ]
    assert "3 entries, 9 to 11 are missing" in found.findings[0].text
    found = _audit(store, record.keys, [("last.json", last)])
    assert _codes(found) == [("rollback", 9), ("receipt_missing", 10)]
    assert found.findings[1].entry == ids[10]
    back_to(store, 8)
    force(store, resign(record.keys))
    assert "4 entries, 8 to 11" in _audit(store, record.keys, [("note", note)]).findings[0].text


def test_a_second_history_with_the_same_keys_is_found(store: Store, record: Record, fill: Fill) -> None:
    ids = fill(12)
    with store.read() as conn:
        note, early = record.checkpoint(conn).encode(), json.dumps(record.receipt(conn, ids[2])).encode()
        edited = json.dumps(record.receipt(conn, ids[4])).encode()
    force(store, _edit(4), resign(record.keys))
    assert _audit(store, record.keys).ok, (
        "whoever holds keys and database can write a record that proves itself"
    )
    found = _audit(store, record.keys, [("note", note), ("early.json", early), ("edited.json", edited)])
    assert [(one.code, one.source) for one in found.findings] == [
        ("two_histories", "note"),
        ("two_histories", "early.json"),
        ("two_histories", "edited.json"),
        ("receipt_differs", "edited.json"),
    ]
    assert found.findings[-1].entry == ids[4] and found.findings[-1].index == 4
    fill(6)
    assert "two_histories" in dict(_codes(_audit(store, record.keys, [("note", note)]))), (
        "growing hides nothing"
    )


def test_two_kept_heads_prove_two_histories_without_any_record(
    store: Store, record: Record, fill: Fill
) -> None:
    fill(9)
    with store.read() as conn:
        one = record.checkpoint(conn).encode()
    force(store, _edit(8), resign(record.keys))
    with store.read() as conn:
        other = record.checkpoint(conn).encode()
    back_to(store, 3)
    found = _audit(store, record.keys, [("one", one), ("other", other)])
    assert [finding.code for finding in found.findings].count("two_histories") == 1
    assert any("these two files prove it" in finding.text for finding in found.findings)


def test_a_deleted_entry_gets_its_id_from_a_receipt(store: Store, record: Record, fill: Fill) -> None:
    ids = fill(12)
    with store.read() as conn:
        receipt = json.dumps(record.receipt(conn, ids[4])).encode()
    force(store, 'DELETE FROM record_entries WHERE "index" = 4')
    found = _audit(store, record.keys, [("kept.json", receipt)])
    assert found.findings[0].code == "deleted" and found.findings[0].entry == ids[4]
    assert ids[3] in found.findings[0].text and ids[5] in found.findings[0].text


UNUSABLE = [
    ("empty", b"", "unreadable"),
    ("spaces", b" \n\n", "unreadable"),
    ("not text", b"\xff\xfe\x00", "unreadable"),
    ("some text", b"Dear auditor,\n\nall is well.\n", "unreadable"),
    ("some JSON", b'{"a": 1}', "unreadable"),
    ("cut-off JSON", b'{"format": "aboveboard-receipt/1", "id"', "unreadable"),
    ("another record's head", None, "other_key"),
    ("a changed head", None, "changed"),
    ("a cut-off head", None, "unreadable"),
    ("another record's receipt", None, "other_key"),
    ("a changed receipt", None, "changed"),
]


@pytest.mark.parametrize(("name", "content", "code"), UNUSABLE, ids=[row[0] for row in UNUSABLE])
def test_a_file_that_proves_nothing_says_so(
    sqlite_store: Store, record: Record, tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    with sqlite_store.write() as tx:
        stamp = record.append(tx, "duty.done")
    with sqlite_store.read() as conn:
        note, receipt = record.checkpoint(conn), json.dumps(record.receipt(conn, stamp.id))
    stranger = Record(KeyRing.create(tmp_path / "other", "clinic.example/record"))
    made = {
        "another record's head": note,
        "a changed head": note.replace("\n1\n", "\n2\n"),
        "a cut-off head": note[:-20],
        "another record's receipt": receipt,
        "a changed receipt": receipt.replace("duty.done", "duty.dona"),
    }
    keys = stranger.keys if name.startswith("another") else record.keys
    found = _audit(sqlite_store, keys, [("file", content if content is not None else made[name].encode())])
    outside = [one for one in found.findings if one.source == "file"]
    assert {one.code for one in outside} == {code} and outside[0].text.startswith("file holds")


def test_a_head_by_another_key_inside_the_record_is_found(
    store: Store, record: Record, fill: Fill, tmp_path: Path
) -> None:
    fill(3)
    other = KeyRing.create(tmp_path / "other", "clinic.example/record")
    force(store, resign(other))
    found = _audit(store, record.keys)
    assert any("None of the keys we know signed" in problem for problem in found.verdict.problems)


def test_a_file_of_many_heads_is_read_note_by_note() -> None:
    note = "a\n1\nroot\n\n\u2014 a AAAA\n\u2014 b BBBB\n"
    assert list(kept.notes(note)) == [note]
    for between in ("", "\n", "\n\n\n"):
        assert list(kept.notes(note + between + note)) == [note, note]
    assert list(kept.notes(note.replace("\n", "\r\n") * 2)) == [note, note]
    assert next(kept.notes(note + "\n" + note[:10])) == note
    assert list(kept.notes("")) == []


# -- differences -----------------------------------------------------------------------------------------------------


def _hash(label: int) -> bytes:
    return label.to_bytes(32, "big")


def _compared(now: list[int], sealed: list[int]) -> list[Difference]:
    """Compare two lists of labels as an audit would: only the places that do not agree."""
    entries = [Now(i, f"id{label}", _hash(label)) for i, label in enumerate(now)]
    hashes = [(i, _hash(label)) for i, label in enumerate(sealed)]
    return differences(
        [one for one in entries if one.index >= len(sealed) or hashes[one.index][1] != one.hash],
        [one for one in hashes if one[0] >= len(now) or entries[one[0]].hash != one[1]],
    )


@given(st.integers(0, 30), st.data())
def test_one_deed_is_named_as_that_deed(size: int, data: st.DataObject) -> None:
    sealed, now = list(range(size)), list(range(size))
    place = data.draw(st.integers(0, size))
    now.insert(place, 999)
    assert _compared(now, sealed) == [Difference("inserted", place, "id999", None)]
    if size:
        place = data.draw(st.integers(0, size - 1))
        assert _compared([i for i in sealed if i != place], sealed) == [
            Difference("deleted", None, None, place)
        ]
        now = [999 if i == place else i for i in sealed]
        assert _compared(now, sealed) == [Difference("edited", place, "id999", place)]


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)), st.lists(st.integers(0, 12), max_size=4))
def test_nothing_is_missed_and_nothing_honest_accused(
    order: list[int], gone: set[int], inserted: list[int]
) -> None:
    sealed = list(range(12))
    now = [label for label in order if label not in gone]
    for number, place in enumerate(inserted):
        now.insert(min(place, len(now)), 100 + number)
    found = _compared(now, sealed)
    assert (found == []) == (now == sealed)
    new = {f"id{100 + number}" for number in range(len(inserted))}
    assert {one.id for one in found if one.kind in ("inserted", "edited")} == new
    assert {one.sealed_at for one in found if one.kind in ("deleted", "edited")} == gone
    assert {one.id for one in found if one.kind == "moved"}.isdisjoint(new)
    if now == sorted(now):
        assert all(one.kind != "moved" for one in found)
