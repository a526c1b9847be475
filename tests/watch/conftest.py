"""A house with the sample business, on both databases, and the commands of the market against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aboveboard.house import House
from aboveboard.sample import BOOK
from aboveboard.settings import Settings

SAMPLE = BOOK.read_text("utf-8")


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url)).prepare()
    with house.store.write() as tx:
        house.editions.publish(tx, SAMPLE)
    yield house
    house.close()


@pytest.fixture
def run(house: House) -> Callable[..., Any]:
    """Run `market …` or `import …` against the house."""
    from aboveboard.watch.commands import import_group, market_group

    def work(group: str, *words: str) -> Any:
        command = {"market": market_group, "import": import_group}[group]
        return CliRunner().invoke(command, list(words), obj=house)

    return work
