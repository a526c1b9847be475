"""The memory of a gate on disk: what it says is what the record says, and a file that may not be trusted is not."""

from __future__ import annotations

import errno
import os
import random
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aboveboard import store as clock
from aboveboard.choices.gate import Gate, kept
from aboveboard.choices.gate.kept import KeptMemory
from aboveboard.choices.model import Decision
from aboveboard.people import erasure
from aboveboard.people.model import Identity
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store
from tests.choices.conftest import Firm
from tests.support.books import BOOK

QUESTIONS = [
    ("reminders", None),
    ("sharing", None),
    ("sharing", "reviews"),
    ("sharing", "stranger"),
    ("prices", None),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / kept.NAME


class _Reads(Record):
    """A record that knows how many entries were read of it."""

    read = 0

    def entries(self, *args, **more):  # type: ignore[no-untyped-def]
        found = super().entries(*args, **more)
        self.read += len(found)
        return found


def _start(firm: Firm, file: Path, *, entries: int = 1) -> tuple[Gate, int]:
    """Start a gate as a new process does; return it and how many entries it read."""
    record = _Reads(firm.record.keys)
    gate = Gate(record, firm.editions, kept=KeptMemory(file, record, entries=entries, share=10**9))
    with firm.store.read() as conn:
        gate.follow(conn)
    return gate, record.read


def _answers(gate: Gate, people: list[int]) -> list[tuple[bool, str, str]]:
    return [
        (answer.allowed, str(answer.reason), answer.rule)
        for subject in [*people, 10**6]
        for purpose, recipient in QUESTIONS
        for answer in [gate.allows(subject, purpose, recipient)]
    ]


def _crowd(firm: Firm, seed: int, steps: int = 60) -> list[int]:
    """Let everything happen that a gate remembers: choices, some that end, signals, links, places, an erasure."""
    rng = random.Random(seed)
    people = [firm.person(f"c{number}@example.org") for number in range(12)]
    for _ in range(steps):
        subject = rng.choice(people)
        with firm.store.write() as tx:
            if rng.random() < 0.15:
                firm.choices.signal(tx, subject)
            elif rng.random() < 0.1:
                firm.people.place(
                    tx, subject, rng.choice(["US-CA", "DE", "US"]), rng.choice(["desk", "import"])
                )
            else:
                words = rng.choice(["all", "reminders", "sharing", "sharing reviews", "prices"]).split()
                until = tx.now + timedelta(days=rng.randint(1, 9)) if rng.random() < 0.3 else None
                said = Decision(rng.choice(["deny", "allow"]), words[0], [*words, None][1], until)  # type: ignore[arg-type, list-item]
                firm.choices.save(
                    tx,
                    subject=subject,
                    identity=Identity("email", "c@example.org"),
                    decisions=[said],
                    channel="web",
                    proven=rng.random() < 0.7,
                )
    with firm.store.write() as tx:
        firm.people.link(tx, people[0], Identity("email", "c1@example.org"))
        firm.people.link(tx, people[2], Identity("email", "c3@example.org"))
    with firm.store.write() as tx:
        erasure.erase(firm.people, tx, people[4], "asked")
    return people


@pytest.mark.parametrize("seed", range(4))
def test_a_gate_that_begins_from_the_file_answers_as_one_that_read_everything(
    firm: Firm, file: Path, seed: int
) -> None:
    people = _crowd(firm, seed)
    first, _ = _start(firm, file)
    later = _crowd(firm, seed + 10, steps=10)
    again, read = _start(firm, file, entries=10**9)
    assert 0 < read < 40, "only what came since"
    whole = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        whole.follow(conn)
    assert again.as_of == whole.as_of > first.as_of
    assert _answers(again, people + later) == _answers(whole, people + later)


def test_a_file_that_knows_everything_is_all_that_is_read(firm: Firm, file: Path) -> None:
    people = _crowd(firm, 1)
    first, read = _start(firm, file)
    assert read > 45 and stat.S_IMODE(file.stat().st_mode) == 0o600
    second, read = _start(firm, file)
    assert read == 0 and _answers(first, people) == _answers(second, people)


def test_choices_that_ended_meanwhile_have_ended(
    firm: Firm, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = firm.person()
    with firm.store.write() as tx:
        ends = tx.now + timedelta(days=3)
        firm.choices.save(
            tx,
            subject=subject,
            identity=Identity("email", "ann@example.org"),
            decisions=[Decision("deny", "reminders", None, ends)],
            channel="web",
            proven=True,
        )
    _start(firm, file)
    assert not _start(firm, file)[0].allows(subject, "reminders").allowed
    monkeypatch.setattr(clock, "now", lambda: ends + timedelta(seconds=1))
    assert _start(firm, file)[0].allows(subject, "reminders").allowed


def test_a_file_of_a_later_clock_is_not_trusted(
    firm: Firm, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crowd(firm, 1)
    _start(firm, file)
    now = datetime.now(UTC)
    monkeypatch.setattr(clock, "now", lambda: now - timedelta(minutes=5))
    assert _start(firm, file)[1] > 45
    assert _start(firm, file)[1] == 0, "it was written anew"


def test_a_link_that_was_taken_back_asks_for_the_whole_record(firm: Firm, file: Path) -> None:
    people = _crowd(firm, 2)
    with firm.store.read() as conn:
        [link, *_] = firm.record.entries(conn, -1, 1_000, ["people.linked"])
    _start(firm, file)
    with firm.store.write() as tx:
        firm.people.unlink(tx, link.id)
    begun, read = _start(firm, file)
    whole = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        whole.follow(conn)
    assert read > 45 and _answers(begun, people) == _answers(whole, people)


def test_another_book_asks_for_the_whole_record_only_if_it_asks_other_questions(
    firm: Firm, file: Path
) -> None:
    people = _crowd(firm, 3)
    _start(firm, file)
    firm.publish(BOOK.replace("default: {elsewhere: allow}", "default: {elsewhere: deny}"))
    begun, read = _start(firm, file)
    assert read < 5 and not begun.allows(None, "reminders").allowed
    more = BOOK.replace(
        "data: [contact]\n    default: {elsewhere: allow}",
        "data: [contact]\n    recipients: [reviews]\n    default: {elsewhere: allow}",
    )
    firm.publish(more)
    begun, read = _start(firm, file)
    whole = Gate(firm.record, firm.editions)
    with firm.store.read() as conn:
        whole.follow(conn)
    assert read > 45 and _answers(begun, people) == _answers(whole, people)


def test_an_erasure_after_the_file_was_written_counts(firm: Firm, file: Path) -> None:
    subject = firm.person()
    firm.say(subject, "allow prices")
    assert _start(firm, file)[0].allows(subject, "prices").allowed
    with firm.store.write() as tx:
        erasure.erase(firm.people, tx, subject, "asked")
    assert not _start(firm, file)[0].allows(subject, "prices").allowed


# ------------------------------------------------------------------------------------------------ files not to trust
def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip(place: int) -> Callable[[bytes], bytes]:
    def flip(content: bytes) -> bytes:
        return content[:place] + bytes([content[place] ^ 1]) + content[place:][1:]

    return flip


HARM: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "one byte": lambda _: b"a",
    "only the magic": lambda content: content[:16],
    "no length": lambda content: content[:50],
    "cut in half": _cut,
    "cut by one byte": lambda content: content[:-1],
    "a byte more": lambda content: content + b"\0",
    "other magic": _flip(3),
    "other code": _flip(20),
    "other length": _flip(55),
    "other head": _flip(70),
    "a bit of a choice": lambda content: content[:-9_000] + bytes([content[-9_000] ^ 4]) + content[-8_999:],
    "noise": lambda content: random.Random(1).randbytes(len(content)),
    "zeros": lambda content: bytes(len(content)),
    "text": lambda _: b"not a gate\n" * 100,
}


@pytest.mark.parametrize("harm", HARM)
def test_a_harmed_file_is_read_past(sqlite_firm: Firm, file: Path, harm: str) -> None:
    people = _crowd(sqlite_firm, 5)
    first, whole = _start(sqlite_firm, file)
    file.write_bytes(HARM[harm](file.read_bytes()))
    begun, read = _start(sqlite_firm, file)
    assert read == whole and _answers(begun, people) == _answers(first, people)
    assert _start(sqlite_firm, file)[1] == 0, "a good one took its place"


def test_a_file_of_another_key_ring_is_read_past(sqlite_firm: Firm, file: Path, tmp_path: Path) -> None:
    _crowd(sqlite_firm, 5)
    other = Record(KeyRing.create(tmp_path / "other", "studio.example/record"))
    _, whole = _start(sqlite_firm, file)
    forged = KeptMemory(file, other, entries=1)
    with sqlite_firm.store.read() as conn:
        gate = Gate(sqlite_firm.record, sqlite_firm.editions, kept=forged)
        gate.follow(conn)
    assert _start(sqlite_firm, file)[1] == whole


def test_a_file_of_other_code_is_read_past(
    sqlite_firm: Firm, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crowd(sqlite_firm, 5)
    _, whole = _start(sqlite_firm, file)
    monkeypatch.setattr(kept, "_made_by", lambda: "another version")
    assert _start(sqlite_firm, file)[1] == whole


def test_a_file_that_knows_more_than_the_record_is_read_past(
    sqlite_firm: Firm, file: Path, tmp_path: Path, migrated_sqlite: Path
) -> None:
    """The database was put back from an older copy, and went on differently from there."""
    subject = sqlite_firm.person()
    sqlite_firm.say(subject, "allow prices")
    older = tmp_path / "older.db"
    with sqlite_firm.store.engine.connect() as conn:
        conn.exec_driver_sql("COMMIT")
        conn.exec_driver_sql(f"VACUUM INTO '{older}'")
    sqlite_firm.say(subject, "deny prices")
    sqlite_firm.say(subject, "allow prices")
    _start(sqlite_firm, file)
    newer = file.read_bytes()
    copy = Firm(**{**vars(sqlite_firm), "store": Store(f"sqlite:///{older}")})
    assert copy.store.dialect == "sqlite"
    try:
        begun, read = _start(copy, file)
        assert read > 0 and begun.allows(subject, "prices").allowed
        for _ in range(2):  # as many entries as the file knows of, but others
            copy.say(subject, "deny prices")
        file.write_bytes(newer)
        begun, read = _start(copy, file)
        assert read > 0 and not begun.allows(subject, "prices").allowed
    finally:
        copy.store.close()


# ------------------------------------------------------------------------------------------------ writing it
def test_it_is_written_seldom(firm: Firm, file: Path) -> None:
    _crowd(firm, 1)
    _start(firm, file, entries=10_000)
    assert not file.exists(), "a short record needs no file"
    gate, _ = _start(firm, file, entries=5)
    written = file.stat().st_mtime_ns
    for count in range(5):
        firm.say(firm.person(), "deny all")
        with firm.store.read() as conn:
            gate.follow(conn)
        assert (file.stat().st_mtime_ns == written) is (count < 4)


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_cannot_take_it_changes_no_answer(
    sqlite_firm: Firm, file: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    people = _crowd(sqlite_firm, 1)
    _start(sqlite_firm, file)
    before = file.read_bytes()
    sqlite_firm.say(people[0], "deny all")

    def fail(_: int) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(os, "fsync", fail)
    gate, _ = _start(sqlite_firm, file)
    assert not gate.allows(people[0], "reminders").allowed
    assert file.read_bytes() == before, "the old one stays whole"
    assert [found.name for found in file.parent.glob(f"{kept.NAME}*")] == [kept.NAME]


def test_a_process_that_died_while_it_wrote_leaves_no_harm(sqlite_firm: Firm, file: Path) -> None:
    people = _crowd(sqlite_firm, 1)
    old, fresh = file.with_name(f"{kept.NAME}-old"), file.with_name(f"{kept.NAME}-fresh")
    for half in (old, fresh):
        half.write_bytes(b"aboveboard gate\n" + bytes(1_000))
    os.utime(old, (0, 0))
    first, _ = _start(sqlite_firm, file)
    assert _answers(_start(sqlite_firm, file)[0], people) == _answers(first, people)
    assert fresh.exists() and not old.exists(), "another process may still be writing the fresh one"


def test_nobodys_name_is_in_it(sqlite_firm: Firm, file: Path) -> None:
    _crowd(sqlite_firm, 1)
    _start(sqlite_firm, file)
    content = file.read_bytes()
    assert b"example.org" not in content and b"c1@" not in content
    with sqlite_firm.store.read() as conn:
        digest = sqlite_firm.people.digest(Identity("email", "c1@example.org"))
        assert sqlite_firm.people.find(conn, Identity("email", "c1@example.org")) is not None
    assert digest not in content
