"""A house with a small book, on each database, and short ways to import what a test writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aboveboard.house import House
from aboveboard.people.imports import Report, import_customers, import_visits
from aboveboard.people.imports.report import Ending
from aboveboard.people.model import Identity, normalise
from aboveboard.settings import Settings
from tests.support.books import BOOK


class Office:
    """A house, and the deeds that tests of people do in it."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.endings: list[Ending] = []

    def publish(self, text: str) -> None:
        with self.house.store.write() as tx:
            self.house.editions.publish(tx, text)

    def customers(self, content: str | bytes, **options: str) -> Report:
        return self._import(import_customers, content, **options)

    def visits(self, content: str | bytes, **options: str) -> Report:
        return self._import(import_visits, content, **options)

    def _import(self, importer: Callable[..., Report], content: str | bytes, **options: str) -> Report:
        file = self.folder / "list.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.endings = []
        return importer(self.house, file, witness=self.endings.append, **options)

    def ends(self) -> list[tuple[int, str, tuple[str, ...]]]:
        """How each row of the last import ended, by line."""
        return sorted((end.line, str(end.outcome), end.codes) for end in self.endings)

    def find(self, kind: str, value: str) -> int | None:
        with self.house.store.read() as conn:
            return self.house.people.find(conn, normalise(kind, value, "US"))

    def identities(self, kind: str, value: str) -> set[tuple[str, str]]:
        """Everything by which the person with this identity is known."""
        with self.house.store.read() as conn:
            subject = self.house.people.find(conn, Identity(kind, value))  # type: ignore[arg-type]
            assert subject is not None
            return {(one.kind, one.value) for one in self.house.people.identities(conn, subject)}

    def entries(self, kind: str) -> list[dict[str, object]]:
        with self.house.store.read() as conn:
            return [entry.facts for entry in self.house.record.entries(conn, -1, 10_000, [kind])]


@pytest.fixture
def bare_office(store_url: str, tmp_path: Path) -> Iterator[Office]:
    """A house without a book."""
    house = House.open(Settings(home=str(tmp_path / "var"), database_url=store_url)).prepare()
    yield Office(house, tmp_path)
    house.close()


@pytest.fixture
def office(bare_office: Office) -> Office:
    """A house with the small book of tests."""
    bare_office.publish(BOOK)
    return bare_office
