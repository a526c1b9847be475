"""Killed in the middle of erasing: each person is erased whole or not at all, and the list outside knows all who are."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.record import erasure
from aboveboard.record.verify import verify
from aboveboard.settings import Settings
from tests.support.server import clean_environment
from tests.support.waiting import wait_for

PEOPLE = 150

#: Erases everybody one after the other, as fast as it can.
_ERASE = """
import sys
from aboveboard.house import House
from aboveboard.people.model import Identity
house = House.open()
for number in range(int(sys.argv[1])):
    with house.store.write() as tx:
        subject = house.people.find(tx.conn, Identity("email", f"p{number}@example.org"))
        if house.people.living(tx.conn, subject) is not None:
            house.people.erase(tx, subject, "asked")
"""


def _who(number: int) -> list[Identity]:
    return [Identity("email", f"p{number}@example.org"), Identity("customer", f"R-{number}")]


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url)).prepare()
    with house.store.write() as tx:
        house.people.enrol(tx, [_who(number) for number in range(PEOPLE)])
    yield house
    house.close()


def _erased(house: House) -> set[int]:
    """Return who is erased; fails if anybody is only half so."""
    with house.store.read() as conn:
        gone = set()
        for number in range(PEOPLE):
            found = [house.people.find(conn, one) for one in _who(number)]
            assert found[0] is not None and found[0] == found[1]
            suppressed = house.people.suppressed(conn, _who(number))
            if house.people.living(conn, found[0]) is None:
                assert len(suppressed) == 2
                gone.add(found[0])
            else:
                assert suppressed == {} and set(house.people.identities(conn, found[0])) == set(_who(number))
        said = {entry.subject for entry in house.record.entries(conn, -1, 10_000, ["people.erased"])}
        assert said == gone
        assert verify(conn, house.keys).ok
    return gone


def _erase_and_kill(command: list[str], env: dict[str, str], folder: Path, pause: float) -> None:
    """Start erasing, and kill it so many seconds after the list has grown."""
    listed = len(erasure.read(folder))
    process = subprocess.Popen(command, env=env)
    try:
        wait_for(lambda: len(erasure.read(folder)) > listed or process.poll() is not None, 60, "an erasure")
        time.sleep(pause)
    finally:
        process.kill()
        process.wait()


def test_nobody_is_half_erased(house: House, tmp_path: Path) -> None:
    env = clean_environment(tmp_path / "var", database_url=house.store.url)
    command = [sys.executable, "-c", _ERASE, str(PEOPLE)]
    folder, before = house.settings.keys_folder, set[int]()
    for pause in (0.0, 0.004, 0.011, 0.023, 0.05, 0.09):
        _erase_and_kill(command, env, folder, pause)
        gone = _erased(house)
        assert gone >= before
        on_list = {number for one in erasure.read(folder) for number in one.keys}
        assert on_list >= gone and len(on_list - gone) <= 1, "at most the one that was under way"
        before = gone
    assert subprocess.run(command, env=env, check=False).returncode == 0
    assert len(_erased(house)) == PEOPLE
