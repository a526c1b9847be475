"""A new wrapping key, while people come and go and processes die: every person's key still opens, and only under the new one."""

from __future__ import annotations

import base64
import json
import resource
import secrets
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from aboveboard.record import rotation, tables
from aboveboard.record.keys import KeyRing, KeyRingError
from aboveboard.record.model import RecordError
from aboveboard.record.rotation import rotate
from aboveboard.record.service import Record
from aboveboard.record.wrapping import UnknownWrappingKeyError, from_environment, key_id, read_wraps
from aboveboard.store import Store


def _people(store: Store, record: Record, count: int) -> dict[int, bytes]:
    """Make people and return what was sealed for each of them."""
    with store.write() as tx:
        made = record.new_subjects(tx, count)
    return {one.subject: one.seal(f"words of {one.subject}".encode()) for one in made}


def _all_open(store: Store, keys: KeyRing, sealed: dict[int, bytes]) -> bool:
    record = Record(keys)
    with store.read() as conn:
        return all(
            record.unseal_for(conn, subject, words) == f"words of {subject}".encode()
            for subject, words in sealed.items()
        )


def _under(store: Store) -> set[bytes]:
    with store.read() as conn:
        rows = conn.execute(
            sa.select(tables.subjects.c.wrapped).where(tables.subjects.c.wrapped.is_not(None))
        )
        return {bytes(row.wrapped)[:4] for row in rows}


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_every_key_is_wrapped_anew_and_the_old_wrapping_key_is_gone(
    store: Store, keys: KeyRing, record: Record, tmp_path: Path
) -> None:
    sealed = _people(store, record, 2_500)
    [old] = read_wraps(tmp_path / "keys" / "keys.json")
    other_process = KeyRing.load(tmp_path / "keys")
    told: list[tuple[int, int]] = []
    done = rotate(store, keys, lambda seen, total: told.append((seen, total)))
    assert (done.people, done.taken_up, told[-1]) == (2_500, False, (2_500, 2_500))
    [new] = read_wraps(tmp_path / "keys" / "keys.json")
    assert new != old
    assert _under(store) == {key_id(new)}
    assert _all_open(store, keys, sealed)
    assert _all_open(store, other_process, sealed), "a process that runs meanwhile notices by itself"
    assert _all_open(store, KeyRing.load(tmp_path / "keys"), sealed)
    later = _people(store, Record(other_process), 1)
    assert _under(store) == {key_id(new)} and _all_open(store, keys, later)


def test_who_was_erased_stays_erased(store: Store, keys: KeyRing, record: Record) -> None:
    sealed = _people(store, record, 3)
    with store.write() as tx:
        record.destroy_keys(tx, [2])
    assert rotate(store, keys).people == 2
    with store.read() as conn:
        assert record.is_erased(conn, 2)
        with pytest.raises(RecordError, match="was erased"):
            record.unseal_for(conn, 2, sealed[2])


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_rotation_that_was_killed_is_taken_up(
    store: Store, keys: KeyRing, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Killed in the batch `after`: the ring holds both keys, everything opens, and the next run ends what was begun."""
    monkeypatch.setattr(rotation, "BATCH", 10)
    sealed, calls = _people(store, record, 25), 0

    def die(seen: int, total: int) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(store, keys, die)
    ring = KeyRing.load(tmp_path / "keys")
    assert len(read_wraps(tmp_path / "keys" / "keys.json")) == 2
    assert _all_open(store, ring, sealed)
    sealed |= _people(store, Record(ring), 5)
    done = rotate(store, ring)
    assert done.taken_up and done.people == max(0, 25 - 10 * (after + 1))
    [new] = read_wraps(tmp_path / "keys" / "keys.json")
    assert _under(store) == {key_id(new)} and _all_open(store, ring, sealed)


def test_people_who_come_while_it_runs_are_not_lost(
    store: Store, keys: KeyRing, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process (a ring of its own) adds people through three rotations; each of them opens afterwards."""
    monkeypatch.setattr(rotation, "BATCH", 20)
    sealed = _people(store, record, 100)
    other, stop = Record(KeyRing.load(tmp_path / "keys")), threading.Event()

    def come() -> None:
        while not stop.is_set():
            sealed.update(_people(store, other, 3))

    guest = threading.Thread(target=come)
    guest.start()
    for _ in range(3):
        rotate(store, keys)
    stop.set()
    guest.join()
    assert _all_open(store, KeyRing.load(tmp_path / "keys"), sealed)
    rotate(store, keys)
    assert _all_open(store, KeyRing.load(tmp_path / "keys"), sealed)


def test_a_ring_that_cannot_be_written_is_left_as_it_is(
    sqlite_store: Store, keys: KeyRing, record: Record, tmp_path: Path
) -> None:
    sealed = _people(sqlite_store, record, 10)
    file = tmp_path / "keys" / "keys.json"
    before, limits = file.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
    try:
        with pytest.raises(RecordError, match="cannot be written: File too large"):
            rotate(sqlite_store, keys)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == before and [one.name for one in file.parent.iterdir()] == ["keys.json"]
    assert _all_open(sqlite_store, keys, sealed)
    assert rotate(sqlite_store, keys).people == 10


def test_two_who_rotate_at_once_do_it_once(
    store: Store, keys: KeyRing, record: Record, tmp_path: Path
) -> None:
    sealed = _people(store, record, 200)
    threads = [
        threading.Thread(target=rotate, args=(store, KeyRing.load(tmp_path / "keys"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_wraps(tmp_path / "keys" / "keys.json")) == 1
    assert _all_open(store, keys, sealed)


def test_the_wrapping_key_may_lie_in_the_environment(store: Store, tmp_path: Path) -> None:
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    ring = KeyRing.create(tmp_path / "env", "clinic.example/record", _text(first))
    assert json.loads((tmp_path / "env" / "keys.json").read_text())["wrap"] == []
    sealed = _people(store, Record(ring), 30)
    with pytest.raises(KeyRingError, match="ABOVEBOARD_WRAP_KEY"):
        KeyRing.load(tmp_path / "env")
    with pytest.raises(RecordError, match="a comma and the old one"):
        rotate(store, ring)
    both = KeyRing.load(tmp_path / "env", f"{_text(second)}, {_text(first)}")
    assert _all_open(store, both, sealed)
    assert rotate(store, both).in_environment
    assert _all_open(store, KeyRing.load(tmp_path / "env", _text(second)), sealed)
    with pytest.raises(UnknownWrappingKeyError, match="does not hold"):
        _all_open(store, KeyRing.load(tmp_path / "env", _text(first)), sealed)


def test_a_wrapping_key_moves_from_the_file_into_the_environment(
    store: Store, keys: KeyRing, record: Record, tmp_path: Path
) -> None:
    sealed, key = _people(store, record, 30), secrets.token_bytes(32)
    moved = KeyRing.load(tmp_path / "keys", _text(key))
    assert rotate(store, moved).people == 30
    assert read_wraps(tmp_path / "keys" / "keys.json") == []
    assert _all_open(store, moved, sealed)


@pytest.mark.parametrize("text", ["?", "AAAA", _text(b"x" * 31), f"{_text(b'x' * 32)},AAAA"])
def test_a_wrapping_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(KeyRingError, match="openssl rand"):
        from_environment(text)


def test_what_is_cut_short_does_not_open(keys: KeyRing) -> None:
    wrapped = keys.wrap_key(b"k" * 32, "01")
    for size in range(len(wrapped)):
        with pytest.raises(InvalidTag):
            keys.unwrap_key(wrapped[:size], "01")
