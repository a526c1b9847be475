"""Before the first book every door says the same: 503, one code, and when to ask again."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings
from aboveboard.web import tokens

NO = {"identity": {"email": "ann@example.org"}, "decision": "deny", "purpose": "all"}
CALLS = [
    ("POST", "/api/v1/choices", NO),
    ("POST", "/api/v1/quotes", {"service": "anything"}),
]
PAGES = [
    ("GET", "/"),
    ("GET", "/choices"),
    ("POST", "/choices"),
    ("GET", "/price"),
    ("POST", "/price"),
    ("GET", "/notice"),
]


@pytest.mark.parametrize(("method", "path", "body"), [*CALLS, *((*page, None) for page in PAGES)])
def test_every_door_says_503(sqlite_url: str, tmp_path: Path, method: str, path: str, body: object) -> None:
    KeyRing.create(tmp_path / "keys", "studio.example/record")
    house = House(Settings(home=str(tmp_path), database_url=sqlite_url))
    with house.store.write() as tx:
        bearer = {"Authorization": f"Bearer {tokens.new(tx, 'all', ['choices', 'quotes'])}"}
    with TestClient(create_app(house)) as client:
        if body is None:
            answer = client.request(
                method,
                path,
                data={"who": "ann@example.org"} if method == "POST" else None,
                headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
            )
        else:
            answer = client.request(method, path, json=body, headers=bearer)
            assert answer.json()["code"] == "no_book"
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
