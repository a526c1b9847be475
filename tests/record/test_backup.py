"""A backup is one moment of the whole database; put back, it proves itself, and whoever was erased since stays erased."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aboveboard.choices.model import Decision
from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.people.service import Visit
from aboveboard.quotes.model import QuoteRequest
from aboveboard.record.audit import audit
from aboveboard.record.backup import LEFT_OUT, BackupError, backup, every_table, keys_of
from aboveboard.record.erasure import FILE as ERASURES
from aboveboard.record.restore import Restored, restore
from aboveboard.record.rotation import rotate
from aboveboard.record.verify import verify
from aboveboard.settings import Settings
from aboveboard.store import Tx, metadata
from tests.support.books import BOOK
from tests.support.server import clean_environment, run
from tests.support.waiting import wait_for

#: What lies in the file is the same from either database, so each of many bits of it is turned with one of them.
of_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

ANN = Identity("email", "annika.lind@example.org")
PHONE = Identity("phone", "+14085550143")
BOB = Identity("email", "bob@example.org")
CY = Identity("email", "cy@example.org")

#: What a regular's data is worth, on paper: without it California lets no price depend on it, and Bob would pay 80.00.
DATA_VALUE = """
data_value:
  - amount: "12.00"
    low: "9.00"
    high: "15.00"
    method: {en: We counted the time it saves., zh: 我们数了省下的时间。}
    source: {en: Our own calendar., zh: 我们自己的日程。}
    worked_out: 2026-01-01
"""


def _open(home: Path, url: str) -> House:
    return House.open(Settings(home=str(home), database_url=url)).prepare()


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    """A house with a book, two people who said and bought something, on each database."""
    house = _open(tmp_path / "var", store_url)
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK + DATA_VALUE)
    _say(house, ANN, "deny")
    _say(house, BOB, "allow", "prices")
    with house.store.write() as tx:
        ann, bob = house.people.locate(tx, ANN), house.people.locate(tx, BOB)
        house.people.link(tx, ann, PHONE)
        house.people.add_visits(
            tx, [(bob, Visit(date(2026, 1, day), 8_000, f"bob{day}")) for day in range(1, 12)]
        )
    with house.store.write() as tx:
        house.quotes.quote(tx, QuoteRequest("lesson", "single", 1), bob)
    yield house
    house.close()


@pytest.fixture
def elsewhere(tmp_path: Path, house: House, request: pytest.FixtureRequest) -> Iterator[Callable[..., House]]:
    """Return a function that makes an empty house with the same key ring, on SQLite or (`"postgresql"`) PostgreSQL."""
    made: list[House] = []

    def make(kind: str = "sqlite") -> House:
        home = tmp_path / f"new{len(made)}"
        url = "" if kind == "sqlite" else str(request.getfixturevalue("empty_postgres_url"))
        shutil.copytree(tmp_path / "var" / "keys", home / "keys")
        made.append(_open(home, url))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _say(house: House, identity: Identity, decision: str, purpose: str = "all") -> str:
    def work(tx: Tx) -> str:
        return house.choices.save(
            tx,
            subject=house.people.locate(tx, identity),
            identity=identity,
            decisions=[Decision(decision, purpose)],  # type: ignore[arg-type]
            channel="phone",
            proven=True,
        ).id

    with house.store.write() as tx:
        return work(tx)


def _erase(house: House, identity: Identity) -> tuple[int, ...]:
    with house.store.write() as tx:
        return house.people.erase(tx, house.people.find(tx.conn, identity) or 0, "asked").numbers


def _restore(house: House, file: Path, **options: Any) -> Restored:
    return restore(house.store, house.record, file, house.people.erase_again, **options)


def _content(house: House) -> dict[str, list[dict[str, Any]]]:
    with house.store.read() as conn:
        return {
            table.name: [
                dict(row._mapping)
                for row in conn.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for table in every_table()
        }


def _is_empty(house: House) -> bool:
    return not any(_content(house).values())


# -- there and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_what_is_put_back_is_what_was_there(
    house: House, elsewhere: Callable[..., House], tmp_path: Path, kind: str
) -> None:
    """From either database into either: the same rows, readable, proven; it goes on from there."""
    file = tmp_path / "copy.db"
    told: list[tuple[int, int]] = []
    made = backup(house.store, house.keys, file, lambda done, total: told.append((done, total)))
    assert (made.file, made.keys_file, made.people) == (file, keys_of(file), 2)
    assert told[-1][0] == told[-1][1] > 20
    before, new = _content(house), elsewhere(kind)
    done = _restore(new, file)
    assert (done.entries, done.erased_again, done.without_key) == (made.entries, [], 0)
    after = _content(new)
    [restored] = [row for row in after["record_entries"] if row["kind"] == "record.restored"]
    assert restored["index"] == made.entries
    for name, rows in before.items():
        if name not in ("record_entries", "record_nodes", "record_checkpoints"):
            assert after[name] == rows, name
        else:
            assert [row for row in after[name] if row in rows] == rows, name
    with new.store.read() as conn:
        assert verify(conn, new.keys).ok
        assert new.people.identities(conn, new.people.find(conn, ANN) or 0) == [ANN, PHONE]
        bob = new.people.find(conn, BOB)
        assert bob is not None and new.people.facts(conn, bob, date(2026, 6, 1))["visits"] == 11
        given = [quote.price for quote in new.quotes.history(conn, bob)]
    with house.store.read() as conn:
        assert given == [quote.price for quote in house.quotes.history(conn, bob)]
    assert [price.total for price in given] == [7_200]
    _say(new, CY, "deny")
    with new.store.read() as conn:
        assert new.people.find(conn, CY) == 3, "numbers go on after those that were put back"
        assert verify(conn, new.keys).ok


def test_a_backup_is_an_installations_database(house: House, tmp_path: Path) -> None:
    """It proves itself as it lies there, by the ordinary command, and looking at it changes nothing."""
    file = tmp_path / "copy.db"
    backup(house.store, house.keys, file)
    bytes_before = file.read_bytes()
    env = clean_environment(tmp_path / "var", database_url=f"sqlite:///{file}")
    assert "The record holds: 5 entries" in run("record", "verify", home=tmp_path / "var", env=env)
    assert file.read_bytes() == bytes_before
    assert sorted(one.name for one in tmp_path.glob("copy*")) == ["copy.db", "copy.db.keys"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in (file, keys_of(file))} == {0o600}


def test_the_database_file_holds_no_key_and_the_key_ring_is_in_neither(house: House, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    backup(house.store, house.keys, file)
    wrapped = [row["wrapped"] for row in _content(house)["record_subjects"]]
    content = file.read_bytes()
    assert len(wrapped) == 2 and not any(one in content for one in wrapped)
    both = content + keys_of(file).read_bytes()
    ring = (tmp_path / "var" / "keys" / "keys.json").read_text()
    secrets = [part for part in ring.split('"') if len(part) == 44]
    assert len(secrets) == 4 and not any(one.encode() in both for one in secrets)
    assert ANN.value.encode() not in both


def test_what_lives_for_minutes_is_left_out(house: House, tmp_path: Path) -> None:
    every_table()
    assert set(metadata.tables) >= LEFT_OUT, "a table that was renamed would be kept by mistake"
    with house.store.write() as tx:
        house.people.codes.issue(tx, ANN)
        house.messages.send(tx, ANN, "Your code", "123456")
    backup(house.store, house.keys, tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as found:
        for table in LEFT_OUT:
            assert found.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_backup_is_one_moment_while_people_go_on(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    """Choices arrive all the time; each backup is whole, and holds what was confirmed before it began."""
    stop, said = threading.Event(), list[str]()

    def go_on() -> None:
        number = 0
        while not stop.is_set():
            said.append(_say(house, Identity("email", f"p{number}@example.org"), "deny"))
            number += 1

    guest = threading.Thread(target=go_on)
    guest.start()
    try:
        for number in range(3):
            count = len(said)
            wait_for(lambda count=count: len(said) > count + 5, 30, "choices to arrive")
            before = len(said)
            made = backup(house.store, house.keys, tmp_path / f"copy{number}.db")
            assert made.people >= before + 2
    finally:
        stop.set()
        guest.join()
    new = elsewhere()
    assert _restore(new, tmp_path / "copy2.db").entries == made.entries
    with new.store.read() as conn:
        assert all(new.record.get(conn, entry) is not None for entry in said[:before])


# -- erasures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known_by", ["list", "keys"])
def test_who_was_erased_since_stays_erased(
    house: House, elsewhere: Callable[..., House], tmp_path: Path, known_by: str
) -> None:
    """By the list beside the key ring; or, where that is lost, by a newer file of keys."""
    backup(house.store, house.keys, tmp_path / "old.db")
    numbers = _erase(house, ANN)
    backup(house.store, house.keys, tmp_path / "new.db")
    if known_by == "keys":
        (tmp_path / "var" / "keys" / ERASURES).unlink()
    new = elsewhere()
    done = _restore(
        new, tmp_path / "old.db", keys_file=tmp_path / f"{'old' if known_by == 'list' else 'new'}.db.keys"
    )
    assert done.erased_again == list(numbers)
    with new.store.read() as conn:
        number = new.people.find(conn, ANN)
        assert number in numbers and new.people.living(conn, number or 0) is None
        assert new.people.find(conn, PHONE) == number
        new.gate.follow(conn)
        assert not new.gate.allows(number, "sharing", "reviews").allowed
        assert verify(conn, new.keys).ok
        assert new.people.living(conn, new.people.find(conn, BOB) or 0) is not None
    assert [row["digest"] for row in _content(new)["people_identities"]] == [new.people.digest(BOB)]
    assert (tmp_path / "new0" / "keys" / ERASURES).exists(), "and the next restore knows of it too"


def test_a_newer_backup_with_older_keys_does_not_bring_anyone_back(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    backup(house.store, house.keys, tmp_path / "old.db")
    _erase(house, ANN)
    backup(house.store, house.keys, tmp_path / "new.db")
    (tmp_path / "var" / "keys" / ERASURES).unlink()
    new = elsewhere()
    assert _restore(new, tmp_path / "new.db", keys_file=tmp_path / "old.db.keys").erased_again == []
    with new.store.read() as conn:
        assert new.people.living(conn, new.people.find(conn, ANN) or 0) is None


def test_who_came_and_was_erased_since_is_known_by_digest(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    backup(house.store, house.keys, tmp_path / "old.db")
    _say(house, CY, "deny")
    _erase(house, CY)
    new = elsewhere()
    _restore(new, tmp_path / "old.db")
    with new.store.write() as tx:
        number = new.people.find(tx.conn, CY)
        assert number is not None and new.people.living(tx.conn, number) is None
        assert new.people.enrol(tx, [[CY]]) == [number], "a list does not bring them back"


def test_erasing_again_happens_before_anyone_can_see(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    """If erasing again fails, nothing was restored."""
    backup(house.store, house.keys, tmp_path / "old.db")
    _erase(house, ANN)
    new = elsewhere()

    def fails(tx: Tx, erasures: list[Any]) -> list[int]:
        assert len(erasures) == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        restore(new.store, new.record, tmp_path / "old.db", fails)
    assert _is_empty(new)


def test_people_without_a_key_are_an_error_unless_the_loss_is_accepted(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    backup(house.store, house.keys, tmp_path / "old.db")
    _say(house, CY, "deny")
    backup(house.store, house.keys, tmp_path / "new.db")
    new = elsewhere()
    with pytest.raises(BackupError, match="1 people have no key"):
        _restore(new, tmp_path / "new.db", keys_file=tmp_path / "old.db.keys")
    assert _is_empty(new)
    done = _restore(new, tmp_path / "new.db", keys_file=tmp_path / "old.db.keys", accept_loss=True)
    assert done.without_key == 1
    with new.store.read() as conn:
        number = new.people.find(conn, CY) or 0
        assert new.people.living(conn, number) is None
        new.gate.follow(conn)
        assert not new.gate.allows(number, "sharing", "reviews").allowed, (
            "the no of someone whose key is lost still holds"
        )
        assert new.people.living(conn, new.people.find(conn, ANN) or 0) is not None
    assert _say(new, CY, "deny"), "and they can say something new"
    assert not (tmp_path / "new0" / "keys" / ERASURES).exists()


def test_all_keys_lost_leaves_every_no(house: House, elsewhere: Callable[..., House], tmp_path: Path) -> None:
    backup(house.store, house.keys, tmp_path / "copy.db")
    keys_of(tmp_path / "copy.db").unlink()
    new = elsewhere()
    with pytest.raises(BackupError, match="keys are missing"):
        _restore(new, tmp_path / "copy.db")
    assert _restore(new, tmp_path / "copy.db", accept_loss=True).without_key == 2
    with new.store.read() as conn:
        new.gate.follow(conn)
        assert not new.gate.allows(new.people.find(conn, PHONE), "sharing", "reviews").allowed
        assert verify(conn, new.keys).ok


def test_the_audit_finds_a_restore_and_says_so(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    backup(house.store, house.keys, tmp_path / "copy.db")
    for _ in range(3):
        _say(house, CY, "deny")
    with house.store.read() as conn:
        note = house.record.checkpoint(conn).encode()
    new = elsewhere()
    _restore(new, tmp_path / "copy.db")
    with new.store.read() as conn:
        [finding] = audit(conn, new.keys, [("auditor", note)]).findings
    assert finding.code == "rollback" and "at entry 5 it was put back from a backup" in finding.text


def test_after_a_rotation_keys_of_before_need_the_ring_of_before(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    backup(house.store, house.keys, tmp_path / "old.db")
    shutil.copytree(tmp_path / "var" / "keys", tmp_path / "safe")
    rotate(house.store, house.keys)
    new = elsewhere()
    with pytest.raises(BackupError, match="wrapping key was replaced"):
        _restore(new, tmp_path / "old.db")
    assert _is_empty(new)
    shutil.copy(tmp_path / "safe" / "keys.json", tmp_path / "new0" / "keys" / "keys.json")
    _restore(new, tmp_path / "old.db")


# -- what cannot be restored -----------------------------------------------------------------------------------------


def _flip(at: float) -> Callable[[Path], None]:
    def work(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[int(len(content) * at)] ^= 1
        file.write_bytes(content)

    return work


def _cut(at: float) -> Callable[[Path], None]:
    return lambda file: os.truncate(file, int(file.stat().st_size * at))


def _sql(statement: str) -> Callable[[Path], None]:
    def work(file: Path) -> None:
        with sqlite3.connect(file) as raw:
            for trigger in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {trigger[0]}")
            raw.execute(statement)
        raw.close()

    return work


def _without_line(number: int) -> Callable[[Path], None]:
    def work(file: Path) -> None:
        lines = keys_of(file).read_bytes().splitlines(keepends=True)
        del lines[number]
        keys_of(file).write_bytes(b"".join(lines))

    return work


def _in_keys(old: bytes, new: bytes) -> Callable[[Path], None]:
    return lambda file: _replace_bytes(keys_of(file), old, new)


def _replace_bytes(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new, 1))


BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("not there", lambda file: file.unlink(), "There is no backup"),
    ("empty", lambda file: file.write_bytes(b""), "is not a backup"),
    ("some text", lambda file: file.write_text("hello " * 1000), "is not a backup"),
    ("another database", lambda file: (file.unlink(), sqlite3.connect(file).execute("CREATE TABLE x (y)")), "is not a backup"),
    ("cut in half", _cut(0.5), "is not a backup|was damaged"),
    ("the last page cut off", _cut(0.98), "is not a backup|was damaged"),
    ("nearly nothing left", _cut(0.01), "is not a backup"),
    ("a row changed", _sql("UPDATE people_visits SET amount = 1"), "its table people_visits"),
    ("a row deleted", _sql("DELETE FROM people_identities WHERE kind = 'phone'"), "its table people_identities"),
    ("a row added", _sql("INSERT INTO people_links VALUES (1, 2, 3)"), "its table people_links"),
    ("a table dropped", _sql("DROP TABLE quotes_quotes"), "its table quotes_quotes"),
    ("an entry changed", _sql("UPDATE record_entries SET kind = 'x'"), "its table record_entries"),
    ("the manifest emptied", _sql("DELETE FROM backup_manifest"), "is not a backup"),
    ("the manifest of another kind", _sql("UPDATE backup_manifest SET value = '1' WHERE name = 'format'"), "is not a backup"),
    ("from a newer program", _sql("UPDATE alembic_version SET version_num = '9999'"), "newer than this program"),
    ("keys missing", lambda file: keys_of(file).unlink(), "keys are missing"),
    ("keys cut off", lambda file: _cut(0.7)(keys_of(file)), "damaged or cut off"),
    ("keys without their last line", _without_line(-1), "damaged or cut off"),
    ("keys emptied", lambda file: keys_of(file).write_bytes(b""), "damaged or cut off"),
    ("a person taken out of the keys", _without_line(1), "damaged or cut off"),
    ("a key changed", _in_keys(b"2 ", b"7 "), "damaged or cut off"),
]  # fmt: skip


@pytest.fixture
def copied(house: House, tmp_path: Path) -> Path:
    """A backup to be broken."""
    backup(house.store, house.keys, tmp_path / "copy.db")
    return tmp_path / "copy.db"


@pytest.mark.parametrize(("what", "deed", "said"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_backup_is_refused_in_a_sentence_and_nothing_is_written(
    copied: Path, elsewhere: Callable[..., House], what: str, deed: Callable[[Path], object], said: str
) -> None:
    deed(copied)
    new = elsewhere()
    with pytest.raises(BackupError, match=said) as caught:
        _restore(new, copied)
    assert str(caught.value).endswith((".", "changed.")) and "Traceback" not in str(caught.value)
    assert _is_empty(new)


@of_sqlite
@pytest.mark.parametrize("at", [n / 40 for n in range(40)])
def test_one_bit_anywhere_is_noticed_or_changes_nothing(
    tmp_path: Path, at: float, elsewhere: Callable[..., House], copied: Path
) -> None:
    """A flipped bit lies in a row (refused), or where SQLite keeps nothing (what is put back is the same)."""
    _flip(at)(copied)
    new = elsewhere()
    try:
        _restore(new, copied)
    except BackupError:
        assert _is_empty(new)
    else:
        with new.store.read() as conn:
            assert verify(conn, new.keys).ok
            assert new.people.identities(conn, new.people.find(conn, ANN) or 0) == [ANN, PHONE]


def test_another_key_ring_is_refused_by_name(copied: Path, tmp_path: Path) -> None:
    stranger = _open(tmp_path / "stranger", "")
    try:
        with pytest.raises(
            BackupError,
            match=r"another key ring, that of aboveboard.invalid/.* differs in: origin, signing, index, mac",
        ):
            _restore(stranger, copied)
        assert _is_empty(stranger)
    finally:
        stranger.close()


def test_a_ring_with_one_other_secret_is_refused(
    copied: Path, house: House, elsewhere: Callable[..., House]
) -> None:
    new = elsewhere()
    new.record.keys = replace(new.keys, index_key=b"x" * 32)
    with pytest.raises(BackupError, match="differs in: index"):
        _restore(new, copied)
    assert _is_empty(new)


def test_a_restore_writes_over_nothing(copied: Path, house: House, elsewhere: Callable[..., House]) -> None:
    before = _content(house)
    with pytest.raises(BackupError, match="not empty"):
        _restore(house, copied)
    assert _content(house) == before
    new = elsewhere()
    _restore(new, copied)
    with pytest.raises(BackupError, match="not empty"):
        _restore(new, copied)


def test_a_damaged_list_of_erasures_stops_a_restore(
    copied: Path, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    new = elsewhere()
    (tmp_path / "new0" / "keys" / ERASURES).write_text("nonsense\n")
    with pytest.raises(Exception, match="list of erasures"):
        _restore(new, copied)
    assert _is_empty(new)


def test_a_record_that_does_not_hold_is_not_put_back(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    """The backup is a faithful copy of a record that somebody had changed."""
    from tests.record.tampering import force

    force(house.store, "UPDATE record_entries SET kind = 'duty.done' WHERE \"index\" = 1")
    backup(house.store, house.keys, tmp_path / "copy.db")
    new = elsewhere()
    with pytest.raises(BackupError, match="does not hold: Entry 1"):
        _restore(new, tmp_path / "copy.db")
    assert _is_empty(new)


# -- full disks, killed processes ------------------------------------------------------------------------------------

_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv = ["aboveboard", *sys.argv[2:]]
from aboveboard.cli import main
main()
"""


def _limited(size: int, *command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command that may write files of `size` bytes at most, which is how a full disk looks to it."""
    return subprocess.run(
        [sys.executable, "-c", _LIMITED, str(size), *command],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("size", [0, 1_000, 50_000, 200_000])
def test_a_full_disk_during_a_backup_leaves_nothing(
    house: House, store_url: str, tmp_path: Path, size: int
) -> None:
    with house.store.write() as tx:
        house.people.enrol(tx, [[Identity("email", f"p{n}@example.org")] for n in range(2_000)])
    env = clean_environment(tmp_path / "var", database_url=store_url)
    folder = tmp_path / "backups"
    folder.mkdir()
    done = _limited(size, "backup", str(folder / "copy.db"), env=env)
    assert done.returncode == 1 and "could not be written" in done.stderr and "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_backup_into_a_folder_that_is_not_there_says_so(house: House, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="could not be written"):
        backup(house.store, house.keys, tmp_path / "missing" / "copy.db")


def test_a_backup_writes_over_no_other(house: House, copied: Path) -> None:
    content = copied.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        backup(house.store, house.keys, copied)
    assert copied.read_bytes() == content


def test_a_full_disk_during_a_restore_leaves_the_installation_empty(
    tmp_path: Path, elsewhere: Callable[..., House], house: House
) -> None:
    with house.store.write() as tx:
        house.people.enrol(tx, [[Identity("email", f"p{n}@example.org")] for n in range(3_000)])
    backup(house.store, house.keys, tmp_path / "copy.db")
    new = elsewhere()
    new.close()
    env = clean_environment(tmp_path / "new0")
    done = _limited(500_000, "restore", str(tmp_path / "copy.db"), env=env)
    assert done.returncode == 1 and "Nothing was" in done.stderr and "Traceback" not in done.stderr
    again = _open(tmp_path / "new0", "")
    try:
        assert _is_empty(again)
        assert _restore(again, tmp_path / "copy.db").entries == 5
    finally:
        again.close()


@pytest.mark.parametrize("after", [0.5, 0.9, 1.1, 1.3, 1.5])
def test_a_restore_that_is_killed_leaves_nothing_and_can_be_run_again(
    tmp_path: Path, elsewhere: Callable[..., House], house: House, after: float
) -> None:
    with house.store.write() as tx:
        house.people.enrol(tx, [[Identity("email", f"p{n}@example.org")] for n in range(5_000)])
    backup(house.store, house.keys, tmp_path / "copy.db")
    elsewhere().close()
    process = subprocess.Popen(
        [sys.executable, "-m", "aboveboard", "restore", str(tmp_path / "copy.db")],
        env=clean_environment(tmp_path / "new0"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    again = _open(tmp_path / "new0", "")
    try:
        if _is_empty(again):
            _restore(again, tmp_path / "copy.db")
        assert len(_content(again)["record_entries"]) == 6
        with again.store.read() as conn:
            assert verify(conn, again.keys).ok and len(_content(again)["people_identities"]) == 5_003
    finally:
        again.close()


# -- the commands ----------------------------------------------------------------------------------------------------


def test_the_commands_say_what_they_did(
    house: House, elsewhere: Callable[..., House], tmp_path: Path
) -> None:
    env = clean_environment(tmp_path / "var", database_url=house.store.url)
    said = run("backup", str(tmp_path / "copy.db"), home=tmp_path / "var", env=env)
    assert "with 5 entries" in said and "people's keys (2)" in said
    _erase(house, ANN)
    elsewhere().close()
    said = run("restore", str(tmp_path / "copy.db"), home=tmp_path / "new0")
    assert "Restored and proven: 5 entries." in said and "Erased again" in said
