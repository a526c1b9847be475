"""`people erase`: a no first, then the partners, then the erasure; each refusal a sentence and an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from aboveboard.choices.erase_commands import people_group
from aboveboard.choices.model import Decision
from aboveboard.house import House
from aboveboard.partners import tables
from aboveboard.partners.followers import fan_out
from aboveboard.people.model import Identity
from aboveboard.settings import Settings
from aboveboard.store import now
from tests.support.books import BOOK

ANN = Identity("email", "ann@example.org")


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    """A house with a book and one person, who said yes to everything."""
    house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url)).prepare()
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)
    with house.store.write() as tx:
        house.choices.save(
            tx,
            subject=house.people.locate(tx, ANN),
            identity=ANN,
            decisions=[Decision("allow", "all")],
            channel="command",
            proven=True,
        )
    yield house
    house.close()


def _erase(house: House, *options: str) -> Result:
    return CliRunner().invoke(people_group, ["erase", *options], obj=house)


def _confirm(house: House) -> None:
    """Let the worker look, and every partner confirm."""
    while fan_out(house.store, house.partners, "test", 5):
        pass
    with house.store.write() as tx:
        done = {"state": "confirmed", "told_at": now(), "confirmed_at": now()}
        tx.conn.execute(sa.update(tables.deliveries).values(done))


def _living(house: House) -> bool:
    with house.store.read() as conn:
        return house.people.living(conn, house.people.find(conn, ANN) or 0) is not None


def _allowed(house: House) -> bool:
    with house.store.read() as conn:
        house.gate.follow(conn)
        return house.gate.allows(house.people.find(conn, ANN), "sharing", "reviews").allowed


def test_partners_hear_of_the_no_before_the_person_is_gone(house: House) -> None:
    assert _allowed(house)
    first = _erase(house, "--email", "Ann@example.org")
    assert first.exit_code == 3 and "the review site" in first.output.lower(), first.output
    assert _living(house) and not _allowed(house), "the no holds at once, whoever has to wait"
    with house.store.read() as conn:
        size = house.record.size(conn)
    again = _erase(house, "--email", "ann@example.org", "--json")
    assert again.exit_code == 3 and json.loads(again.output)["erased"] is False
    with house.store.read() as conn:
        assert house.record.size(conn) == size, "the no is said once"
    _confirm(house)
    done = _erase(house, "--email", "ann@example.org")
    assert done.exit_code == 0 and done.output.startswith("Erased."), done.output
    assert not _living(house) and not _allowed(house)


def test_untold_waits_for_nobody_and_says_who_never_hears(house: House) -> None:
    done = _erase(house, "--email", "ann@example.org", "--untold", "--json", "--reason", "mistake")
    told = json.loads(done.output)
    assert done.exit_code == 0 and told["erased"] and told["suppressed"] == 1 and told["scrubbed"]
    assert "the review site" in map(str.lower, told["untold"])
    with house.store.read() as conn:
        entry = house.record.get(conn, house.record.entry_of(told["receipt"]) or "")
    assert entry is not None and entry.facts == {"numbers": 1, "reason": "mistake"}
    assert not _living(house) and not _allowed(house)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--email", "bob@example.org"], 1, "Nobody is known by this. Nothing was changed."),
        (["--email", "not an address"], 1, "does not look like an e-mail"),
        ([], 1, "exactly one of"),
        (["--email", "ann@example.org", "--phone", "4085550143"], 1, "exactly one of"),
        (["--email", "ann@example.org", "--reason", "because"], 2, "Invalid value for '--reason'"),
    ],
)
def test_what_names_nobody_erases_nobody(house: House, options: list[str], code: int, said: str) -> None:
    refused = _erase(house, *options, "--untold")
    assert refused.exit_code == code and said in refused.output
    assert _living(house)


def test_nobody_is_erased_twice(house: House) -> None:
    assert _erase(house, "--email", "ann@example.org", "--untold").exit_code == 0
    again = _erase(house, "--email", "ann@example.org", "--untold")
    assert again.exit_code == 1 and "This person was erased before." in again.output


def test_a_list_that_cannot_be_written_is_told_and_nobody_is_erased(house: House) -> None:
    (house.settings.keys_folder / "erasures").mkdir()
    refused = _erase(house, "--email", "ann@example.org", "--untold")
    assert refused.exit_code == 1 and "Nobody was erased." in refused.output
    assert _living(house) and not _allowed(house)


def test_without_a_book_there_is_nobody_to_tell(store_url: str, tmp_path: Path) -> None:
    house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url)).prepare()
    try:
        with house.store.write() as tx:
            house.people.locate(tx, ANN)
        assert _erase(house, "--email", "ann@example.org").exit_code == 0
    finally:
        house.close()
