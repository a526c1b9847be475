"""A witness that signs: it gets each head with the proof that it extends the last, and nothing that it answers does harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aboveboard.proof import ProofError, note
from aboveboard.proof.cosignature import Cosigner
from aboveboard.proof.signers import Signers
from aboveboard.record import export, kept, tables
from aboveboard.record.audit import audit
from aboveboard.record.resigning import rotate_signer
from aboveboard.record.service import Record
from aboveboard.record.verify import verify
from aboveboard.record.witness import Outcome, Witness, late, publish
from aboveboard.store import Store, now
from tests.record.tampering import back_to
from tests.support.witnessing import Answer, SigningWitness

Fill = Callable[[int], list[str]]


@pytest.fixture
def outside(record: Record) -> Iterator[SigningWitness]:
    made = SigningWitness(record.keys.signers)
    yield made
    made.close()


def _witness(outside: SigningWitness) -> Witness:
    return Witness(outside.address, way="post", cosigner=outside.cosigner)


def _publish(store: Store, record: Record, outside: SigningWitness) -> Outcome:
    [outcome] = publish(store, record, [_witness(outside)])
    return outcome


def _kept(store: Store) -> list[int]:
    with store.read() as conn:
        columns = tables.cosignatures.c
        return list(conn.scalars(sa.select(columns.size).order_by(columns.size)))


def _grow(store: Store, record: Record) -> None:
    with store.write() as tx:
        record.append(tx, "duty.done")


def test_each_head_is_signed_and_the_signature_is_kept(
    store: Store, record: Record, fill: Fill, outside: SigningWitness, tmp_path: Path
) -> None:
    for _ in range(4):
        fill(3)
        outcome = _publish(store, record, outside)
        assert outcome.ok and "has signed it" in outcome.text, outcome.text
    assert _kept(store) == [3, 6, 9, 12] and outside.size == 12
    assert [body.split(b"\n")[0] for body in outside.asked] == [b"old 0", b"old 3", b"old 6", b"old 9"]
    assert not _publish(store, record, outside).new, "it has this head already"
    with store.read() as conn:
        assert verify(conn, record.keys).ok
    export.write(store, record, tmp_path / "out")
    assert export.check(tmp_path / "out", record.keys.verifier).entries == 12
    heads = list(kept.notes((tmp_path / "out" / "checkpoints").read_text()))
    assert [outside.cosigner.find(one, one.split("\n\n")[1]).name for one in heads] == [
        outside.cosigner.name
    ] * 4
    with store.read() as conn:  # what a witness keeps is a file of heads like any other
        assert audit(conn, record.keys, [("witness", "\n".join(heads).encode())]).ok


def test_two_who_publish_at_once_disturb_nobody(
    store: Store, record: Record, outside: SigningWitness, tmp_path: Path
) -> None:
    """While the first waits for the answer, the second gets its own and keeps it; the first comes too late, and all is well."""
    _grow(store, record)
    other = Witness(str(tmp_path / "heads"))
    inner: list[Outcome] = []

    def meanwhile(answer: Answer) -> Answer:
        outside.twist = lambda answer: answer
        inner.append(_publish(store, record, outside))
        return answer

    outside.twist = meanwhile
    outcomes = publish(store, record, [_witness(outside), other])
    assert [one.ok for one in [*inner, *outcomes]] == [True] * 3, [one.text for one in [*inner, *outcomes]]
    assert _kept(store) == [1]
    assert not any(one.new for one in publish(store, record, [_witness(outside), other]))


def test_where_it_really_stands_is_believed_and_asked_from(
    sqlite_store: Store, record: Record, outside: SigningWitness
) -> None:
    for _ in range(5):
        _grow(sqlite_store, record)
        with sqlite_store.read() as conn:
            head = record.keys.signers.open_head(record.checkpoint(conn))
        outside.size, outside.root = head.size, head.root  # somebody else brought it all of them but the last
    _grow(sqlite_store, record)
    outcome = _publish(sqlite_store, record, outside)
    assert outcome.ok, outcome.text
    assert [body.split(b"\n")[0] for body in outside.asked] == [b"old 0", b"old 5"]
    assert _kept(sqlite_store) == [6]


def test_an_older_copy_is_refused_loudly(
    sqlite_store: Store, record: Record, outside: SigningWitness
) -> None:
    for _ in range(6):
        _grow(sqlite_store, record)
    assert _publish(sqlite_store, record, outside).ok
    back_to(sqlite_store, 3)
    with sqlite_store.write() as tx:
        tx.conn.exec_driver_sql("DROP TRIGGER IF EXISTS record_cosignatures_no_delete")
        tx.conn.execute(sa.delete(tables.cosignatures))
        record.move_bookmark(tx, _witness(outside).follower, -1)
    outcome = _publish(sqlite_store, record, outside)
    assert outcome.said is not None and outcome.said.refused
    assert "it has signed a head for 6 entries, and here are 3" in outcome.text and "REFUSES" in outcome.text
    with sqlite_store.read() as conn:
        [told] = late(conn, record, [_witness(outside)], now())
    assert told.refused and told.fault is not None


@pytest.mark.parametrize("more", [0, 1])
def test_a_second_history_is_refused_loudly(
    sqlite_store: Store, record: Record, outside: SigningWitness, more: int
) -> None:
    for _ in range(4):
        _grow(sqlite_store, record)
    assert _publish(sqlite_store, record, outside).ok
    back_to(sqlite_store, 2)
    for _ in range(2 + more):
        _grow(sqlite_store, record)
    with sqlite_store.write() as tx:
        record.move_bookmark(tx, _witness(outside).follower, 1)
    outcome = _publish(sqlite_store, record, outside)
    assert outcome.said is not None and outcome.said.refused and "Two histories" in outcome.text, outcome.text
    assert _kept(sqlite_store) == [4], "the witness's signature under the other head is still here …"
    with sqlite_store.read() as conn:
        problems = verify(conn, record.keys).problems
    assert any("What a witness signed for 4 entries does not hold" in one for one in problems), (
        "… and tells on this one"
    )


def test_a_new_signing_key_is_known_to_it_as_long_as_both_sign(
    sqlite_store: Store, record: Record, outside: SigningWitness
) -> None:
    outside.signers = Signers.of(record.keys.verifier)  # it was told this key, and nothing else
    _grow(sqlite_store, record)
    assert _publish(sqlite_store, record, outside).ok
    rotate_signer(sqlite_store, record)
    assert _publish(sqlite_store, record, outside).ok
    rotate_signer(sqlite_store, record, timedelta(0))
    record.keys.signing.forget(now() + timedelta(days=31))
    _grow(sqlite_store, record)
    outcome = _publish(sqlite_store, record, outside)
    assert not outcome.ok and "does not know the key" in outcome.text
    with sqlite_store.read() as conn:
        outside.signers = outside.signers.extended(record.signers(conn).text())
    assert _publish(sqlite_store, record, outside).ok


STRANGER = note.Signer("w", b"1" * 32)
HOSTILE: dict[str, tuple[Callable[[Answer], Answer], str]] = {
    "an error": (lambda _: (500, b""), "it answered 500."),
    "a redirect": (lambda _: (302, b""), "it answered 302."),
    "too many asked": (lambda _: (429, b""), "it answered 429."),
    "an unknown record": (lambda _: (404, b""), "it does not know this record."),
    "an unknown key": (lambda _: (403, b""), "it does not know the key of this record."),
    "nothing": (lambda _: (200, b""), "its answer is not a signature."),
    "rubbish": (lambda _: (200, b"<html>hello</html>\n"), "its answer is not a signature."),
    "bytes that are no text": (lambda _: (200, b"\xff\xfe\x00"), "its answer is not a signature."),
    "endless": (lambda _: (200, b"\xe2\x80\x94 x AAAA\n" * 20_000), "its answer is too long."),
    "many signatures of nobody": (lambda _: (200, "— x AAAAAAAA\n".encode() * 200), "its answer is not a signature."),
    "another's signature": (lambda _: (200, STRANGER.sign("x\n").line().encode()), "There is no cosignature by"),
    "a wrong signature": (lambda answer: (200, answer[1][:-10] + b"AAAAAAAA=\n"), "not a signature|does not fit|not the length"),
    "a size that is none": (lambda _: (409, b"lots\n"), "does not extend|it answered 409"),
    "a size of many digits": (lambda _: (409, b"9" * 19 + b"\n"), "it has signed a head for"),
}  # fmt: skip


@pytest.mark.parametrize(("twist", "said"), HOSTILE.values(), ids=HOSTILE)
def test_whatever_it_answers_is_told_and_does_no_harm(
    sqlite_store: Store, record: Record, outside: SigningWitness, twist: Callable[[Answer], Answer], said: str
) -> None:
    import re

    _grow(sqlite_store, record)
    outside.twist = twist
    outcome = _publish(sqlite_store, record, outside)
    assert not outcome.ok and re.search(said, outcome.text), outcome.text
    assert _kept(sqlite_store) == []
    outside.twist, outside.size = (lambda answer: answer), 0
    again = _publish(sqlite_store, record, outside)
    assert again.ok, again.text
    assert _kept(sqlite_store) == [1]


@pytest.mark.parametrize("off", [-90_000, 90_000])
def test_a_witness_whose_clock_is_a_day_off_vouches_for_no_time(
    sqlite_store: Store, record: Record, outside: SigningWitness, off: int
) -> None:
    _grow(sqlite_store, record)
    outside.clock = lambda: time.time() + off
    outcome = _publish(sqlite_store, record, outside)
    assert not outcome.ok and "its clock is wrong, or ours" in outcome.text


def test_one_that_hangs_keeps_nobody_waiting_for_long(
    sqlite_store: Store,
    record: Record,
    outside: SigningWitness,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from aboveboard.web import outgoing

    monkeypatch.setattr(outgoing.post, "__defaults__", (1.0,))  # seconds that a try may last; 15 otherwise

    def hang(answer: Answer) -> Answer:
        time.sleep(3)
        return answer

    outside.twist = hang
    _grow(sqlite_store, record)
    file = Witness(str(tmp_path / "heads"))
    begun = time.monotonic()
    slow, fast = publish(sqlite_store, record, [_witness(outside), file])
    assert time.monotonic() - begun < 2.5
    assert "did not answer in time" in slow.text and fast.ok


# -- when, and how long ----------------------------------------------------------------------------------------------


def test_at_most_one_head_in_its_time(sqlite_store: Store, record: Record, tmp_path: Path) -> None:
    daily = Witness(str(tmp_path / "heads"), every=timedelta(days=1))

    def sizes() -> int:
        file = tmp_path / "heads"
        return file.read_text().count("clinic.example/record\n") if file.exists() else 0

    _grow(sqlite_store, record)
    assert publish(sqlite_store, record, [daily], early=False)[0].new and sizes() == 1
    _grow(sqlite_store, record)
    [waits] = publish(sqlite_store, record, [daily], early=False)
    assert waits.ok and waits.early and "when its time has come" in waits.text and sizes() == 1
    assert publish(sqlite_store, record, [daily])[0].new and sizes() == 2, "a person who asks for it gets it"
    _grow(sqlite_store, record)
    with sqlite_store.write() as tx:
        tx.conn.execute(sa.update(tables.witnesses).values(tried_at=now() + timedelta(days=9)))
    assert publish(sqlite_store, record, [daily], early=False)[0].new, "the clock was set back since"
    _grow(sqlite_store, record)
    with sqlite_store.write() as tx:
        tx.conn.execute(sa.update(tables.witnesses).values(tried_at=now() - timedelta(hours=25)))
    assert publish(sqlite_store, record, [daily], early=False)[0].new


def test_it_is_late_when_it_waits_longer_than_it_may(store: Store, record: Record, tmp_path: Path) -> None:
    one = Witness(str(tmp_path / "nowhere" / "heads"), within=timedelta(hours=5))
    _grow(store, record)

    def told(hours: float) -> int:
        with store.read() as conn:
            return len(late(conn, record, [one], now() + timedelta(hours=hours)))

    assert told(99) == 0, "it was never asked"
    publish(store, record, [one])
    assert (told(4.9), told(5.1)) == (0, 1)
    (tmp_path / "nowhere").mkdir()
    publish(store, record, [one])
    assert told(99) == 0
    _grow(store, record)
    assert (told(4.9), told(5.1)) == (0, 1), "the time counts from the head that it has not got"


def test_a_witness_that_is_new_is_not_late_for_what_was_before_it(
    sqlite_store: Store, record: Record, tmp_path: Path
) -> None:
    _grow(sqlite_store, record)
    with sqlite_store.write() as tx:
        tx.conn.exec_driver_sql("DROP TRIGGER record_checkpoints_no_update")
        tx.conn.execute(sa.update(tables.checkpoints).values(at=now() - timedelta(days=30)))
    one = Witness("/dev/full")
    publish(sqlite_store, record, [one])
    with sqlite_store.read() as conn:
        assert late(conn, record, [one], now()) == []
        assert len(late(conn, record, [one], now() + timedelta(hours=25))) == 1


@pytest.mark.parametrize(("length", "fits"), [(1, True), (140, True), (141, False)])
def test_every_witness_that_can_be_named_has_a_place_in_the_table(length: int, fits: bool) -> None:
    """SQLite takes longer words than a column says, PostgreSQL does not: there nobody's outcome could be written down."""
    if not fits:
        with pytest.raises(ProofError, match="at most 140 characters"):
            Cosigner("w" * length, bytes(32))
        return
    place = tables.cosignatures.c.key.type
    assert isinstance(place, sa.String) and place.length is not None
    assert len(Cosigner("w" * length, bytes(32)).verifier_key) <= place.length
