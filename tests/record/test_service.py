"""The record keeps entries in order, proves each, and says nothing personal in clear."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from aboveboard.proof import receipt as receipts
from aboveboard.record import tables
from aboveboard.record.model import AlreadyRecorded, RecordError
from aboveboard.record.service import Record, entry_id_of
from aboveboard.store import Store

Fill = Callable[[int], list[str]]


def test_entries_are_dense_and_in_order(store: Store, record: Record, fill: Fill) -> None:
    ids = fill(10)
    with store.read() as conn:
        entries = record.entries(conn, -1, 100)
        assert [entry.index for entry in entries] == list(range(10))
        assert [entry.id for entry in entries] == ids
        assert [entry.id for entry in record.entries(conn, 6, 2)] == ids[7:9]
        assert record.size(conn) == 10


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 33])
def test_every_receipt_holds_against_the_newest_head(
    store: Store, record: Record, fill: Fill, count: int
) -> None:
    ids = fill(count)
    with store.read() as conn:
        for index, entry_id in enumerate(ids):
            verified = receipts.verify(record.receipt(conn, entry_id), record.keys.verifier)
            assert (verified.index, verified.size) == (index, count)


def test_a_receipt_is_ready_in_the_transaction_that_wrote_it(
    store: Store, record: Record, fill: Fill
) -> None:
    fill(5)
    receipt = store.submit(
        lambda tx: record.append(tx, "duty.done", facts={"duty": 1}),
        lambda tx, stamp: record.receipt_in(tx, stamp.id),
    ).result()
    assert receipts.verify(receipt, record.keys.verifier).index == 5


def test_personal_words_are_sealed_and_can_be_opened_until_the_key_is_gone(
    store: Store, record: Record
) -> None:
    secret = {"identity": {"kind": "email", "shown": "ann@example.org"}}
    with store.write() as tx:
        subject = record.new_subject(tx)
        stamp = record.append(tx, "choice.made", subject=subject, facts={"decisions": []}, personal=secret)
    with store.read() as conn:
        entry = record.get(conn, stamp.id)
        assert entry is not None
        assert b"ann@example.org" not in entry.leaf
        assert record.open(conn, entry) == secret
        assert receipts.verify(record.receipt(conn, stamp.id), record.keys.verifier).opened == secret
    with store.write() as tx:
        tx.conn.execute(sa.update(tables.subjects).values(wrapped=None))
    with store.read() as conn:
        assert record.open(conn, entry) is None
        verified = receipts.verify(record.receipt(conn, stamp.id), record.keys.verifier)
        assert verified.left_out


@pytest.mark.parametrize(
    ("kind", "subject", "personal", "said"),
    [
        ("nobody.declared", None, None, "is not a kind of entry"),
        ("choice.made", None, {"name": "Ann"}, "personal words need the person"),
        ("choice.made", 9_999, {"name": "Ann"}, "has no key"),
    ],
)
def test_what_cannot_be_kept_properly_is_refused(
    store: Store, record: Record, kind: str, subject: int | None, personal: dict[str, str] | None, said: str
) -> None:
    with pytest.raises(RecordError, match=said), store.write() as tx:
        record.append(tx, kind, subject=subject, personal=personal)
    with store.read() as conn:
        assert record.size(conn) == 0


def test_the_same_request_twice_is_one_entry(store: Store, record: Record) -> None:
    once = entry_id_of("form", "1")
    with store.write() as tx:
        record.append(tx, "duty.done", entry_id=once)
        with pytest.raises(AlreadyRecorded):
            record.append(tx, "duty.done", entry_id=once)
    with pytest.raises(AlreadyRecorded) as caught, store.write() as tx:
        record.append(tx, "duty.done", entry_id=once)
    assert caught.value.entry_id == once


def test_a_request_sent_by_many_at_the_same_moment_is_one_entry(store: Store, record: Record) -> None:
    once, outcomes = entry_id_of("form", "2"), []

    def send() -> None:
        try:
            with store.write() as tx:
                outcomes.append(record.append(tx, "duty.done", entry_id=once).id)
        except AlreadyRecorded:
            outcomes.append("again")

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == sorted([once, *["again"] * 7])


def test_many_writers_leave_no_gap_and_no_late_entry(store: Store, record: Record) -> None:
    """What a follower must rely on: having seen entry N it has seen everything before N, whoever wrote it."""
    seen: list[int] = []
    done = threading.Event()

    def write() -> None:
        for _ in range(15):
            with store.write() as tx:
                record.append(tx, "duty.done", facts={"duty": 1})

    def follow() -> None:
        at = -1
        while not (done.is_set() and len(seen) == 60):
            with store.read() as conn:
                for entry in record.entries(conn, at, 50):
                    seen.append(entry.index)
                    at = entry.index

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write) for _ in range(4)]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join(20)
    assert seen == list(range(60))


@pytest.mark.parametrize("table", ["record_entries", "record_nodes", "record_checkpoints"])
@pytest.mark.parametrize("deed", ["DELETE FROM {}", "UPDATE {} SET {}"])
def test_the_database_itself_refuses_change(store: Store, fill: Fill, table: str, deed: str) -> None:
    fill(2)
    column = {
        "record_entries": "kind = 'x'",
        "record_nodes": "hash = hash",
        "record_checkpoints": "note = ''",
    }[table]
    with pytest.raises(DatabaseError, match="append-only"), store.write() as tx:
        tx.conn.exec_driver_sql(deed.format(table, column))


@pytest.mark.postgres
def test_postgresql_refuses_to_empty_a_table(postgres_store: Store) -> None:
    with pytest.raises(DatabaseError, match="append-only"), postgres_store.write() as tx:
        tx.conn.exec_driver_sql("TRUNCATE record_entries")


def test_receipt_ids_cannot_be_guessed(store: Store, record: Record, fill: Fill) -> None:
    [entry_id] = fill(1)
    receipt_id = record.receipt_id(entry_id)
    assert record.entry_of(receipt_id) == entry_id
    last = "0" if receipt_id[-1] != "0" else "1"
    for wrong in (
        entry_id,
        entry_id + "-" + "0" * 20,
        receipt_id[:-1] + last,
        receipt_id.upper(),
        receipt_id + "0",
        "",
        "../x",
    ):
        assert record.entry_of(wrong) is None


def test_bookmarks_and_leases(store: Store, record: Record) -> None:
    with store.write() as tx:
        assert record.bookmark(tx.conn, "feed:lab") == -1
        record.move_bookmark(tx, "feed:lab", 4)
        record.move_bookmark(tx, "feed:lab", 7)
        assert record.bookmark(tx.conn, "feed:lab") == 7
        assert record.lease(tx, "feed:lab", "one", 60)
        assert record.lease(tx, "feed:lab", "one", 60)
        assert not record.lease(tx, "feed:lab", "two", 60)
        assert record.lease(tx, "feed:lab", "one", -1)
    with store.write() as tx:
        assert record.lease(tx, "feed:lab", "two", 60)


def test_what_is_sealed_for_one_person_does_not_open_for_another(store: Store, record: Record) -> None:
    with store.write() as tx:
        ann, ben = record.new_subject(tx), record.new_subject(tx)
        sealed = record.seal_for(tx.conn, ann, b"words")
        assert record.unseal_for(tx.conn, ann, sealed) == b"words"
        with pytest.raises(Exception, match=r"^$"):
            record.unseal_for(tx.conn, ben, sealed)


def test_the_checkpoint_of_an_empty_record_is_signed_too(store: Store, record: Record) -> None:
    with store.read() as conn:
        assert record.checkpoint(conn).splitlines()[:2] == ["clinic.example/record", "0"]


def test_a_leaf_says_exactly_what_the_columns_say(store: Store, record: Record, fill: Fill) -> None:
    fill(3)
    with store.read() as conn:
        for entry in record.entries(conn, -1, 10):
            leaf = json.loads(entry.leaf)
            assert (leaf["id"], leaf["kind"], leaf["subject"]) == (
                entry.id,
                entry.kind,
                record.keys.alias(entry.subject),
            )


def test_a_receipt_does_not_tell_who_was_known_before(store: Store, record: Record) -> None:
    """Numbers are handed out one after the other; who sees one, and makes a new one, could tell old from new."""
    with store.write() as tx:
        people = [record.new_subject(tx) for _ in range(40)]
        stamps = [
            record.append(tx, "choice.made", subject=subject, facts={"decisions": []}) for subject in people
        ]
        again = record.append(tx, "choice.made", subject=people[0], facts={"decisions": []})
    with store.read() as conn:
        shown = [record.receipt(conn, stamp.id)["entry"]["subject"] for stamp in stamps]
        assert record.receipt(conn, again.id)["entry"]["subject"] == shown[0]
    assert len(set(shown)) == 40 and not set(shown) & set(people)
    assert sorted(shown) != shown and min(shown) > 2**30
