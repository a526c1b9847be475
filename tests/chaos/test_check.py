"""The watcher sees what it must see: a watcher that never finds anything would prove nothing.

A house that has lived through some kills is copied and harmed by hand, in one place each time.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aboveboard.choices.gate import Gate
from aboveboard.house import House
from aboveboard.settings import Settings
from tests.chaos import check
from tests.chaos.nursery import Nursery
from tests.chaos.trial import Trial

#: What somebody does to the database → how a finding about it begins, and a word of it.
HARMS = {
    "the last entry is lost, cleanly": (
        # What follows the last entry that a client was told of may have been written just before a kill, with nobody told.
        """DELETE FROM record_entries WHERE "index" >= {told};
           DELETE FROM record_checkpoints WHERE size > {told}""",
        "LOST",
        "confirmed",
    ),
    "an entry was changed": (
        """UPDATE record_entries SET leaf = CAST(replace(CAST(leaf AS TEXT), '"deny"', '"allow"') AS BLOB)
           WHERE CAST(leaf AS TEXT) LIKE '%"deny"%'""",
        "LOST",
        "another content",
    ),
    "a person without a key": (
        "UPDATE record_subjects SET wrapped = NULL WHERE subject = (SELECT min(owner) FROM people_identities)",
        "HALF",
        "keys are gone without an erasure",
    ),
    "a link without its row": (
        "DELETE FROM people_links WHERE subject = (SELECT min(subject) FROM people_links)",
        "HALF",
        "joined numbers",
    ),
    "an address of nobody": (
        "UPDATE people_identities SET subject = 999999 WHERE subject = (SELECT max(subject) FROM people_identities)",
        "HALF",
        "never made",
    ),
    "an address under a foreign key": (
        """UPDATE people_identities SET owner = (SELECT min(owner) FROM people_identities)
           WHERE digest = (SELECT digest FROM people_identities WHERE owner = (SELECT max(owner) FROM people_identities))""",
        "HALF",
        "cannot be read",
    ),
    "somebody who was made and never spoke": (
        "INSERT INTO record_subjects (key, wrapped, created_at)"
        " SELECT key, wrapped, 0 FROM record_subjects WHERE wrapped IS NOT NULL LIMIT 1",
        "HALF",
        "people without any entry",
    ),
}


@pytest.fixture(scope="module")
def lived(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A house after five kills, in which nothing is wrong."""
    home = tmp_path_factory.mktemp("lived")
    trial = Trial(nursery, home, f"sqlite:///{home / 'aboveboard.db'}", seed=11)
    for _ in range(5):
        trial.life()
    trial.everything()
    assert trial.tally.wrong == {}
    return trial


def harmed(trial: Trial, home: Path, harm: str) -> House:
    """Return a copy of the house with `harm` done to its database, whatever its triggers say."""
    shutil.copytree(trial.home, home)
    with closing(sqlite3.connect(home / "aboveboard.db")) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        before = database.total_changes
        database.executescript(harm)
        assert database.total_changes > before, "nothing was harmed"
        database.commit()
    return House.open(Settings(home=str(home)))


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMS)
def test_harm_is_seen(lived: Trial, tmp_path: Path, name: str) -> None:
    harm, beginning, word = HARMS[name]
    house = harmed(lived, tmp_path / "house", harm.replace("{told}", str(max(lived.books.leaves))))
    found = check.everything(house, lived.books)
    with house.store.read() as conn:
        found += check.people(conn)
    house.close()
    assert any(line.startswith(beginning) and word in line for line in found), found


@pytest.mark.slow
def test_a_gate_that_says_otherwise_is_seen(lived: Trial) -> None:
    with lived.house() as house, house.store.read() as conn:
        gate = Gate(house.record, house.editions)
        gate.follow(conn)
        number = next(number for number, said in lived.books.plain.said.items() if "deny" in said.values())
        assert list(check.gate_differs(gate, lived.books.plain, {number})) == []
        gate._known[1].slots.by_key["sharing", None].denied[:] = bytes(4096)
        gate._known[1].slots.by_key["sharing", None].allowed[:] = b"\xff" * 4096
        everybody = set(lived.books.plain.said)
        assert any(
            "the record says" in line for line in check.gate_differs(gate, lived.books.plain, everybody)
        )
