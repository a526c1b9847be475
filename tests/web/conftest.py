"""A house with the sample business in it, and a client that talks to its pages as a browser would, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings

SAMPLE = (files("aboveboard.sample") / "business.yaml").read_text("utf-8")


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    KeyRing.create(tmp_path / "keys", "riverside.example/record")
    house = House(Settings(home=str(tmp_path), database_url=sqlite_url))
    with house.store.write() as tx:
        house.editions.publish(tx, SAMPLE)
    yield house
    house.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Any]]:
    app = create_app(house)
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers.update(headers)
        client.follow_redirects = False
        yield client
