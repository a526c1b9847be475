"""The verifier to take home: handed over as a file, the same for everyone, and linked from where receipts are checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.proof import receipt
from aboveboard.settings import Settings

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)


@pytest.fixture
def client(sqlite_url: str, tmp_path: Path) -> Iterator[TestClient[Any]]:
    house = House(Settings(home=str(tmp_path), database_url=sqlite_url)).prepare()
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        yield client
    house.close()


def test_it_comes_as_a_file_and_is_never_shown_as_a_page(client) -> None:
    answer = client.get("/check/verify.html")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="check-receipt.html"'
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.content == (Path(receipt.__file__).parent / "static" / "verify.html").read_bytes()


def test_the_page_that_checks_receipts_offers_it_in_both_languages(client) -> None:
    for lang in ("en", "zh"):
        assert 'href="/check/verify.html"' in client.get(f"/check?lang={lang}").text
