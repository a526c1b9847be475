"""Time stamps of heads: had from a real authority, kept as they came, and checked for all that could be wrong with them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.record import stamping, tables
from aboveboard.record.audit import audit
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.record.stamping import Authority, StampError, check, in_order, stamp
from aboveboard.record.verify import verify
from aboveboard.store import Store, now
from tests.support.authority import TimeAuthority
from tests.support.waiting import free_port

Fill = Callable[[int], list[str]]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeAuthority]:
    made = TimeAuthority(tmp_path_factory.mktemp("tsa"))
    yield made
    made.close()


@pytest.fixture
def authority(tsa: TimeAuthority) -> Authority:
    tsa.asked.clear()
    tsa.answer = None
    return Authority(tsa.url, tsa.roots)


def _stamped(store: Store) -> list[int]:
    with store.read() as conn:
        return list(conn.scalars(sa.select(tables.stamps.c.size).order_by(tables.stamps.c.size)))


def test_a_head_is_stamped_once_and_holds(
    store: Store, record: Record, fill: Fill, authority: Authority, tsa: TimeAuthority
) -> None:
    assert stamp(store, record, authority) is None, "there is no head yet"
    fill(4)
    said = stamp(store, record, authority)
    assert said is not None and said.startswith("The head for 4 entries is stamped: 20")
    assert stamp(store, record, authority) is None and len(tsa.asked) == 1
    fill(1)
    assert stamp(store, record, authority, early=False) is None, "not before a day has gone"
    assert stamp(store, record, authority) is not None
    assert _stamped(store) == [4, 5]
    with store.read() as conn:
        found = verify(conn, record.keys, authority=authority)
        assert found.ok and found.stamps == 2
        assert audit(conn, record.keys, authority=authority).ok
        row = conn.execute(sa.select(tables.stamps)).first()
    assert row is not None and abs(row.at - now()) < timedelta(seconds=10)


def test_its_time_comes_by_the_hour_and_after_a_clock_that_was_set_back(
    sqlite_store: Store, record: Record, fill: Fill, authority: Authority
) -> None:
    def one(at: timedelta) -> None:
        with sqlite_store.write() as tx:
            record.append(tx, "duty.done")
            size = record.size(tx.conn) + 1
            tx.conn.execute(
                sa.insert(tables.stamps), {"size": size, "authority": "x", "at": now() + at, "token": b""}
            )
        with sqlite_store.write() as tx:
            record.append(tx, "duty.done")

    hourly = Authority(authority.url, authority.roots, timedelta(hours=1))
    one(timedelta(minutes=-59))
    assert stamp(sqlite_store, record, hourly, early=False) is None
    one(timedelta(minutes=-61))
    assert stamp(sqlite_store, record, hourly, early=False) is not None
    one(timedelta(days=400))  # stamped under a clock that was wrong and has been mended since
    assert stamp(sqlite_store, record, hourly, early=False) is not None


@pytest.fixture
def one_stamp(sqlite_store: Store, record: Record, authority: Authority) -> tuple[str, bytes]:
    """A head and its stamp."""
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    stamp(sqlite_store, record, authority)
    with sqlite_store.read() as conn:
        return record.checkpoint(conn), bytes(conn.execute(sa.select(tables.stamps.c.token)).scalar_one())


def test_a_stamp_is_of_one_head_only(one_stamp: tuple[str, bytes], authority: Authority) -> None:
    note, token = one_stamp
    check(token, note, authority)
    with pytest.raises(StampError, match="of something else"):
        check(token, note.replace("\n1\n", "\n2\n"), authority)
    with pytest.raises(StampError, match="another question"):
        check(token, note, authority, nonce=5)


def test_another_authority_is_not_trusted(
    one_stamp: tuple[str, bytes], tmp_path: Path, tsa: TimeAuthority, authority: Authority
) -> None:
    note, token = one_stamp
    other = TimeAuthority(tmp_path / "other")
    other.close()
    with pytest.raises(StampError, match="not signed by an authority that we trust"):
        check(token, note, Authority(tsa.url, other.roots))


def test_no_byte_of_what_is_signed_can_be_changed(one_stamp: tuple[str, bytes], authority: Authority) -> None:
    note, token = one_stamp
    chance, at, missed = random.Random(5), check(token, note, authority), []
    for place in chance.sample(range(len(token)), 250):
        changed = token[:place] + bytes([token[place] ^ (1 << chance.randrange(8))]) + token[place + 1 :]
        try:
            if check(changed, note, authority) != at:
                missed.append(place)
        except StampError:
            continue
    assert missed == [], "where a changed byte goes unnoticed it says nothing: the time stays the same"


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_rubbish_is_refused_in_a_sentence(rubbish: bytes) -> None:
    assert len(in_order(rubbish)) == len(rubbish)
    with pytest.raises(StampError):
        check(rubbish, "x", Authority("http://127.0.0.1/", os.devnull))


def test_certificates_out_of_order_are_put_in_order(
    one_stamp: tuple[str, bytes], authority: Authority
) -> None:
    note, token = one_stamp
    ordered = in_order(token)
    assert sorted(ordered) == sorted(token) and in_order(ordered) == ordered
    assert check(token, note, authority) == check(ordered, note, authority)
    for cut in range(0, len(token), 7):
        assert in_order(token[:cut]) == token[:cut] or len(in_order(token[:cut])) == cut


ANSWERS = {
    "an error": ((500, b""), "it answered 500"),
    "not found": ((404, b""), "it answered 404"),
    "elsewhere": ((302, b""), "it answered 302"),
    "nothing": ((200, b""), "cannot be read"),
    "rubbish": ((200, b"<html>" * 50), "cannot be read"),
    "endless": ((200, b"x" * 300_000), "too long"),
    "a refusal": ((200, bytes.fromhex("30053003020102")), "the authority refused"),
}


@pytest.mark.parametrize(("answer", "said"), ANSWERS.values(), ids=ANSWERS)
def test_an_authority_that_answers_badly_is_told_of_and_nothing_is_kept(
    sqlite_store: Store,
    record: Record,
    authority: Authority,
    tsa: TimeAuthority,
    answer: tuple[int, bytes],
    said: str,
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    tsa.answer = answer
    with pytest.raises(StampError, match=said):
        stamp(sqlite_store, record, authority)
    assert _stamped(sqlite_store) == []
    tsa.answer = None
    assert stamp(sqlite_store, record, authority) is not None


def test_a_stamp_for_another_head_or_question_is_not_kept(
    sqlite_store: Store, record: Record, authority: Authority, tsa: TimeAuthority
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    stamp(sqlite_store, record, authority)
    first = tsa.asked[0]
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    tsa.answer = (200, tsa.stamp(first))
    with pytest.raises(StampError, match="does not hold"):
        stamp(sqlite_store, record, authority)
    assert _stamped(sqlite_store) == [1]


@pytest.mark.parametrize(
    ("url", "roots", "said"),
    [
        ("http://127.0.0.1:1/", "", "ABOVEBOARD_TIMESTAMP_ROOTS"),
        ("http://127.0.0.1:1/", "/nowhere.pem", "cannot be read"),
        ("http://127.0.0.1:1/", os.devnull, "no certificate"),
    ],
)
def test_without_certificates_nobody_is_asked(
    sqlite_store: Store, record: Record, url: str, roots: str, said: str
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    with pytest.raises(StampError, match=said):
        stamp(sqlite_store, record, Authority(url, roots))


def test_an_authority_that_is_away_is_told_of(
    sqlite_store: Store, record: Record, tsa: TimeAuthority
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    with pytest.raises(StampError, match="could not be reached"):
        stamp(sqlite_store, record, Authority(f"http://127.0.0.1:{free_port()}/", tsa.roots))


def test_without_the_extra_it_says_what_to_install(
    sqlite_store: Store, record: Record, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_store.write() as tx:
        record.append(tx, "duty.done")
    stamp(sqlite_store, record, authority)
    monkeypatch.setattr(stamping.importlib.util, "find_spec", lambda _: None)
    with sqlite_store.read() as conn:
        assert verify(conn, record.keys).ok, "whoever checks no stamps needs no extra"
        with pytest.raises(StampError, match=r"pip install 'aboveboard\[timestamp\]'"):
            verify(conn, record.keys, authority=authority)


# -- what somebody did to the database -------------------------------------------------------------------------------


def _change(store: Store, table: str, statement: str, *given: object) -> None:
    with store.write() as tx:
        for event in ("update", "delete"):
            tx.conn.exec_driver_sql(f"DROP TRIGGER {table}_no_{event}")
        tx.conn.exec_driver_sql(statement, tuple(given))


def test_whatever_was_done_to_a_stamp_or_its_head_is_told(
    sqlite_store: Store, record: Record, keys: KeyRing, authority: Authority, one_stamp: tuple[str, bytes]
) -> None:
    def problems() -> list[str]:
        with sqlite_store.read() as conn:
            return verify(conn, keys, authority=authority).problems

    assert problems() == []
    _change(sqlite_store, "record_stamps", "UPDATE record_stamps SET at = at - 86400000000")
    assert problems() == [
        "The time stamp of the head for 1 entries is of another time than the one written beside it."
    ]
    with sqlite_store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE record_stamps SET size = 7, at = at + 86400000000")
    assert problems() == ["There is a time stamp for 7 entries, and no head: it was taken out."]
    with sqlite_store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE record_stamps SET size = 1, token = x'3000'")
    assert problems() == ["The time stamp of the head for 1 entries does not hold: it cannot be read."]


def test_a_clock_that_was_ahead_is_told(
    sqlite_store: Store, record: Record, keys: KeyRing, authority: Authority, one_stamp: tuple[str, bytes]
) -> None:
    _change(sqlite_store, "record_checkpoints", "UPDATE record_checkpoints SET at = at + 3600000000")
    with sqlite_store.read() as conn:
        [problem] = verify(conn, keys, authority=authority).problems
    assert problem.endswith("our clock was ahead.")
