"""`people place`: say where somebody lives, with who says so, and show what is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aboveboard.choices.erase_commands import people_group
from aboveboard.house import House
from aboveboard.settings import Settings
from tests.support.books import BOOK

ANN = ("--email", "ann@example.org")


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url)).prepare()
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)
    yield house
    house.close()


def _run(house: House, *args: str) -> Result:
    return CliRunner().invoke(people_group, ["place", *args], obj=house)


def test_a_place_is_saved_with_its_source_and_shown(house: House) -> None:
    assert "Nobody told us" in _run(house, *ANN).output
    first = _run(house, "US-NV", *ANN)
    assert (first.exit_code, first.output.split("(")[0].strip()) == (0, "US-NV  Nevada, United States")
    _run(house, "DE", "--source", "person", *ANN)
    known = json.loads(_run(house, "--json", *ANN).output)
    assert [(one["place"], one["source"]) for one in known] == [("DE", "person"), ("US-NV", "desk")]
    assert "内华达州" in _run(house, "--lang", "zh", *ANN).output


def test_the_same_twice_is_one_entry_and_a_correction_replaces(house: House) -> None:
    for place in ("US-NV", "US-NV", "US-CA"):
        _run(house, place, *ANN)
    with house.store.read() as conn:
        entries = house.record.entries(conn, -1, 100, ["people.placed"])
    assert [entry.facts for entry in entries] == [
        {"place": place, "source": "desk"} for place in ("US-NV", "US-CA")
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("Nevada", *ANN), "This is not the code of a place."),
        (("us-nv", *ANN), "This is not the code of a place."),
        (("DE",), "exactly one of"),
        (("DE", "--email", "ann@"), "e-mail address"),
        (("DE", "--lang", "zh", "--email", "ann@"), "邮箱"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_saves_nothing(
    house: House, args: tuple[str, ...], words: str
) -> None:
    with house.store.read() as conn:
        before = house.record.size(conn)
    result = _run(house, *args)
    assert result.exit_code == 1 and words in result.output
    with house.store.read() as conn:
        assert house.record.size(conn) == before
