"""What every answer says to the browser."""

import pytest

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.settings import Settings

EVERYWHERE = [
    "/",
    "/choices",
    "/nothing-here",
    "/health",
    "/api/docs",
    "/api/docs/openapi.json",
    "/record/key",
    "/receipts/x",
]


@pytest.mark.parametrize("address", EVERYWHERE)
def test_every_answer_is_guarded(client, address):
    headers = client.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


def test_over_https_browsers_are_told_to_stay_with_it(house, sqlite_url, tmp_path):
    from litestar.testing import TestClient

    settings = Settings(home=str(tmp_path), database_url=sqlite_url, public_url="https://riverside.example")
    with TestClient(create_app(House(settings))) as client:
        assert "max-age=63072000" in client.get("/check").headers["strict-transport-security"]
        cookie = client.get("/check?lang=zh").headers["set-cookie"]
        assert "Secure" in cookie and "HttpOnly" in cookie


def test_pages_hold_no_script_or_style_of_their_own(client):
    for address in ("/", "/choices", "/price", "/check", "/partners", "/notice", "/code", "/api/docs"):
        text = client.get(address).text
        assert "<style" not in text and " style=" not in text and "javascript:" not in text
        assert "<script>" not in text and " onclick" not in text


def test_static_files_may_be_kept_and_have_their_licence_beside(client):
    page = client.get("/").text
    style = next(part for part in page.split('"') if part.endswith("style.css"))
    answer = client.get(style)
    assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    assert client.get("/static/old/style.css").headers["cache-control"] == "no-cache"
    assert "Zero-Clause BSD" in client.get("/static/x/htmx-license.txt").text
    for wrong in ("/static/x/../tables.py", "/static/x/tables.py", "/static/x/%2e%2e%2ftables.py"):
        assert client.get(wrong).status_code == 404
