"""A choice in the very moment of its person's erasure: a plain answer, nothing half saved, and the second try is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.record.keys import KeyRing
from aboveboard.record.model import PersonErased
from aboveboard.settings import Settings
from aboveboard.store import Tx
from tests.support.books import BOOK

ANN = Identity("email", "ann@example.org")
NO = {"identity": {"email": ANN.value}, "decision": "deny", "purpose": "all"}


@pytest.fixture
def house(postgres_url: str, tmp_path: Path) -> Iterator[House]:
    KeyRing.create(tmp_path / "keys", "studio.example/record")
    house = House(Settings(home=str(tmp_path), database_url=postgres_url))
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)
        house.people.locate(tx, ANN)
    yield house
    house.close()


@pytest.fixture
def erased_between(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another process erases the person after she was found and before her choice is written (PostgreSQL: they do not wait)."""
    other, found = House(house.settings), house.people.locate

    def located(tx: Tx, identity: Identity) -> int:
        number = found(tx, identity)
        if not other.record.is_erased(tx.conn, number):
            monkeypatch.undo()
            with other.store.write() as theirs:
                other.people.erase(theirs, number, "asked")
        return number

    monkeypatch.setattr(house.people, "locate", located)
    yield
    other.close()


def _kinds(house: House) -> list[str]:
    with house.store.read() as conn:
        return [entry.kind for entry in house.record.entries(conn, -1, 100)]


@pytest.mark.postgres
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_api_says_so_and_the_next_try_is_kept(house: House, erased_between: None, lang: str) -> None:
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        refused = client.post("/api/v1/choices", json=NO, headers={"Accept-Language": lang})
        assert (refused.status_code, refused.json()["code"]) == (409, "person_erased")
        assert refused.json()["detail"] == PersonErased.text.say(lang)
        assert _kinds(house)[-1] == "people.erased"
        assert "choice.made" not in _kinds(house)
        again = client.post("/api/v1/choices", json=NO)
    assert again.status_code == 201
    assert "choice.made" in _kinds(house)[-2:]


@pytest.mark.postgres
def test_the_page_says_so(house: House, erased_between: None) -> None:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    said: dict[str, Any] = {"everything": "deny", "who": ANN.value}
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        client.headers.update(headers)
        refused = client.post("/choices", data=said, follow_redirects=False)
        assert refused.status_code == 409
        assert "nothing was saved" in refused.text
        assert "choice.made" not in _kinds(house)
        assert client.post("/choices", data=said, follow_redirects=False).status_code == 303
