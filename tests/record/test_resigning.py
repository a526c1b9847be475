"""A new signing key: whole or not at all, seen by every process, and nothing that was signed before loses its worth."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aboveboard.proof import ProofError, receipt
from aboveboard.proof.note import Signer, Verifier
from aboveboard.proof.signers import Signers, endorse
from aboveboard.record import export, kept, tables
from aboveboard.record.audit import audit
from aboveboard.record.keys import KeyRing, KeyRingError
from aboveboard.record.model import RecordError
from aboveboard.record.resigning import rotate_signer
from aboveboard.record.service import Record
from aboveboard.record.verify import verify
from aboveboard.store import Store, now

Fill = Callable[[int], list[str]]
NONE = timedelta(0)


def _signed_by(store: Store, record: Record) -> list[str]:
    """Key ids in the newest head, in order."""
    with store.read() as conn:
        lines = record.checkpoint(conn).split("\n\n")[1].splitlines()
    ids = {key.key_id: key for key in record.keys.signers.keys}
    from aboveboard.proof.note import parse

    with store.read() as conn:
        found = parse(record.checkpoint(conn))[1]
    assert len(found) == len(lines) and all(one.key_id in ids for one in found)
    return [one.key_id.hex() for one in found]


def _receipt(store: Store, record: Record, entry: str) -> bytes:
    with store.read() as conn:
        return json.dumps(record.receipt(conn, entry)).encode()


def test_old_receipts_hold_and_new_ones_are_reached_from_the_old_key(
    store: Store, record: Record, keys: KeyRing, fill: Fill
) -> None:
    ids = fill(4)
    old = keys.verifier
    before = _receipt(store, record, ids[2])
    with store.read() as conn:
        kept_head = record.checkpoint(conn).encode()
    done = rotate_signer(store, record)
    assert keys.verifier != old and done.change.size == 5 and done.change.old == old
    assert _signed_by(store, record) == [keys.verifier.key_id.hex(), old.key_id.hex()], "the change: by both"
    ids += fill(3)
    assert _signed_by(store, record) == [keys.verifier.key_id.hex(), old.key_id.hex()], "the overlap: by both"
    after = _receipt(store, record, ids[-1])
    with store.read() as conn:
        published = record.signers(conn).text()
        assert verify(conn, keys).ok
        found = audit(conn, keys, [("head", kept_head), ("a", before), ("b", after)])
        assert found.ok and found.compared == 3
    assert receipt.verify(before, old).index == 2
    assert receipt.verify(before, Signers.parse(published)).index == 2
    with pytest.raises(ProofError, match="another key"):
        receipt.verify(after, old)
    assert receipt.verify(after, Signers.of(old).extended(published)).size == 8
    assert receipt.verify(after, keys.verifier).size == 8
    with store.read() as conn:
        assert Signers.of(old).open_head(record.checkpoint(conn)).size == 8, (
            "who knows the old key only can still check"
        )


def test_many_rotations_and_the_end_of_an_overlap(
    store: Store, record: Record, keys: KeyRing, fill: Fill
) -> None:
    first, receipts = keys.verifier, []
    for overlap in (NONE, NONE, timedelta(days=1)):
        ids = fill(2)
        receipts.append(_receipt(store, record, ids[0]))
        rotate_signer(store, record, overlap)
    fill(1)
    assert len(_signed_by(store, record)) == 2
    keys.signing.forget(now() + timedelta(days=2))
    fill(1)
    assert _signed_by(store, record) == [keys.verifier.key_id.hex()]
    ring = json.loads((keys.folder / "keys.json").read_text())
    assert [one["key"] for one in ring["signers"]] == [None, None, None]
    assert stat.S_IMODE((keys.folder / "keys.json").stat().st_mode) == 0o600
    loaded = KeyRing.load(keys.folder)
    with store.read() as conn:
        assert verify(conn, loaded).ok
        assert audit(conn, loaded, [(str(n), one) for n, one in enumerate(receipts)]).ok
    assert all(receipt.verify(one, Signers.of(first).extended(loaded.signers.text())) for one in receipts)


def test_an_expired_overlap_ends_by_the_clock_even_if_the_key_was_not_dropped(
    sqlite_store: Store, record: Record, keys: KeyRing
) -> None:
    rotate_signer(sqlite_store, record, timedelta(seconds=-1))
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    assert len(_signed_by(sqlite_store, record)) == 1


def test_other_processes_notice_at_once(store: Store, record: Record, keys: KeyRing, fill: Fill) -> None:
    fill(1)
    other = Record(KeyRing.load(keys.folder))
    rotate_signer(store, record)
    rotate_signer(store, record, NONE)
    with store.write() as tx:
        other.append(tx, "duty.done")
    assert other.keys.verifier == keys.verifier
    with store.read() as conn:
        assert verify(conn, keys).ok and verify(conn, other.keys).ok
        assert other.signers(conn) == record.signers(conn)


def test_a_process_with_another_copy_of_the_ring_signs_nothing(
    store: Store, record: Record, keys: KeyRing, fill: Fill, tmp_path: Path
) -> None:
    fill(1)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "keys.json").write_bytes((keys.folder / "keys.json").read_bytes())
    other = Record(KeyRing.load(tmp_path / "copy"))
    rotate_signer(store, record)
    with pytest.raises(KeyRingError, match="the signing key was replaced"), store.write() as tx:
        other.append(tx, "duty.done")
    with store.read() as conn:
        assert record.size(conn) == 2
        assert not verify(conn, other.keys).ok, "heads by a key that the ring does not know are told"


# -- killed in the middle --------------------------------------------------------------------------------------------

CHILD = """
import os, signal, sys
from pathlib import Path
from aboveboard.record import keyfile, resigning, signing
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store
folder, url, at = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store, record = Store(url), Record(KeyRing.load(folder))
left = [at]
def dying(real):
    def call(*given, **named):
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        found = real(*given, **named)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return found
    return call
keyfile.change = dying(keyfile.change)
Record.append = dying(Record.append)
Record._seal_all = dying(Record._seal_all)
resigning.rotate_signer(store, record)
store.close()
print("done")
"""


@pytest.mark.parametrize("at", range(9))
def test_killed_anywhere_it_is_whole_or_not_at_all(
    store_url: str, store: Store, record: Record, keys: KeyRing, fill: Fill, at: int
) -> None:
    ids = fill(3)
    old = keys.verifier
    before = _receipt(store, record, ids[0])
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(keys.folder), store_url, str(at)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ,
    )
    assert child.returncode == -signal.SIGKILL or child.stdout == "done\n", child.stderr
    for ring in (
        keys,
        KeyRing.load(keys.folder),
    ):  # one that was running all the time, and one that starts now
        some = Record(ring)
        with store.write() as tx:
            some.append(tx, "duty.done")
        with store.read() as conn:
            changed = bool(some.entries(conn, -1, 99, ["record.signer"]))
            signers = some.signers(conn)
            assert verify(conn, ring).problems == []
            assert audit(conn, ring, [("kept", before)]).ok
        assert (ring.verifier != old) == changed == (len(signers.keys) == 2)
    again = rotate_signer(store, Record(keys))
    with store.read() as conn:
        assert verify(conn, keys).ok
    assert again.change.new == keys.verifier


def test_a_ring_that_cannot_be_written_changes_nothing(
    sqlite_store: Store, record: Record, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    old, content = keys.verifier, (keys.folder / "keys.json").read_bytes()
    record_file = keys.folder / "keys.json"

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("aboveboard.record.files.replace", full)
    with pytest.raises(RecordError, match="No space left on device"):
        rotate_signer(sqlite_store, record)
    monkeypatch.undo()
    assert record_file.read_bytes() == content and keys.verifier == old
    with sqlite_store.read() as conn:
        assert record.size(conn) == 1 and verify(conn, keys).ok


# -- what is not endorsed --------------------------------------------------------------------------------------------


def test_a_head_by_another_key_is_still_a_fault(
    store: Store, record: Record, keys: KeyRing, fill: Fill
) -> None:
    fill(3)
    rotate_signer(store, record, NONE)
    fill(1)
    stranger = Signer(keys.origin, b"s" * 32)
    with store.read() as conn:
        head = keys.signers.open_head(record.checkpoint(conn))
        from aboveboard.proof import checkpoint

        forged = checkpoint.sign(head, stranger)
        found = audit(conn, keys, [("forged", forged.encode())])
    assert [one.code for one in found.findings] == ["other_key"]


def test_what_the_old_key_signs_after_its_time_is_a_fault(store: Store, record: Record, fill: Fill) -> None:
    from aboveboard.proof import checkpoint

    fill(3)
    stolen = record.keys.signer
    rotate_signer(store, record, NONE)
    fill(2)
    with store.read() as conn:
        head = record.keys.signers.open_head(record.checkpoint(conn))
        found = audit(conn, record.keys, [("late", checkpoint.sign(head, stolen).encode())])
    assert [one.code for one in found.findings] == ["other_key"]
    assert "was replaced when there were 4 entries" in found.findings[0].text


def test_an_entry_that_invents_a_change_of_key_is_told(
    store: Store, record: Record, keys: KeyRing, fill: Fill
) -> None:
    fill(1)
    forged = endorse(Signer(keys.origin, b"1" * 32), Signer(keys.origin, b"2" * 32), 2)
    with store.write() as tx:  # somebody who can write entries, and not into the ring
        record.append(tx, "record.signer", facts={"endorsement": forged})
    with store.read() as conn:
        assert verify(conn, keys).problems == [
            "Entry 1 says that the signing key was replaced, and the key ring does not know of it."
        ]


def test_a_ring_that_lost_its_endorsements_cannot_prove_the_old_heads(
    sqlite_store: Store, record: Record, keys: KeyRing
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    rotate_signer(sqlite_store, record, NONE)
    file = keys.folder / "keys.json"
    content = json.loads(file.read_text())
    del content["signers"]
    file.write_text(json.dumps(content))
    with sqlite_store.read() as conn:
        assert not verify(conn, KeyRing.load(keys.folder)).ok


@pytest.mark.parametrize("broken", [[{}], [{"note": "x", "key": None, "until": None}], "x", [3]])
def test_damaged_endorsements_are_told_of(keys: KeyRing, broken: object) -> None:
    file = keys.folder / "keys.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"signers": broken}))
    with pytest.raises(KeyRingError, match="safe copy"):
        KeyRing.load(keys.folder)


# -- carried along ---------------------------------------------------------------------------------------------------


def test_an_export_carries_all_keys_and_is_checked_with_any(
    store: Store, record: Record, keys: KeyRing, fill: Fill, tmp_path: Path
) -> None:
    fill(2)
    first = keys.verifier
    rotate_signer(store, record, NONE)
    fill(2)
    rotate_signer(store, record)
    fill(1)
    made = export.write(store, record, tmp_path / "out")
    for key in (first, keys.verifier, record.keys.signers):
        assert export.check(tmp_path / "out", key) == made
    for stranger in (
        Signer(keys.origin, b"s" * 32).verifier,
        Verifier(keys.origin, Signer("x", b"s" * 32).verifier.public_key),
    ):
        with pytest.raises(export.ExportError, match="do not hold"):
            export.check(tmp_path / "out", stranger)


def test_a_backup_from_before_the_change_goes_on_with_the_new_key(
    sqlite_store: Store, record: Record, keys: KeyRing, postgres_store: Store, tmp_path: Path
) -> None:
    from aboveboard.record.backup import backup
    from aboveboard.record.restore import restore

    with sqlite_store.write() as tx:
        stamp = record.append(tx, "duty.done", subject=record.new_subject(tx), personal={"note": "x"})
    old_receipt = _receipt(sqlite_store, record, stamp.id)
    backup(sqlite_store, keys, tmp_path / "before.db")
    rotate_signer(sqlite_store, record, NONE)
    restore(postgres_store, record, tmp_path / "before.db", lambda *_: [])
    with postgres_store.write() as tx:
        record.append(tx, "duty.done")
    with postgres_store.read() as conn:
        assert verify(conn, keys).ok
        assert audit(conn, keys, [("receipt", old_receipt)]).ok
        [head] = kept.read("now", record.checkpoint(conn).encode(), keys.signers)
        assert isinstance(head, kept.Kept) and head.head.size == 3


def test_a_backup_from_after_the_change_needs_the_ring_of_after(
    sqlite_store: Store, record: Record, keys: KeyRing, postgres_store: Store, tmp_path: Path
) -> None:
    from aboveboard.record.backup import BackupError, backup
    from aboveboard.record.restore import restore

    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "keys.json").write_bytes((keys.folder / "keys.json").read_bytes())
    rotate_signer(sqlite_store, record)
    backup(sqlite_store, keys, tmp_path / "after.db")
    older = Record(KeyRing.load(tmp_path / "copy"))
    with pytest.raises(BackupError, match="differs in: signing"):
        restore(postgres_store, older, tmp_path / "after.db", lambda *_: [])
    assert restore(postgres_store, record, tmp_path / "after.db", lambda *_: []).entries == 1


def test_a_destroyed_newest_head_stops_no_writing_and_is_told(
    sqlite_store: Store, record: Record, keys: KeyRing
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    with sqlite_store.write() as tx:
        tx.conn.exec_driver_sql("DROP TRIGGER record_checkpoints_no_update")
        tx.conn.execute(sa.update(tables.checkpoints).values(note="rubbish"))
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    with sqlite_store.read() as conn:
        assert len(verify(conn, keys).problems) == 1
