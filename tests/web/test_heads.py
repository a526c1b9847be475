"""A HEAD gets what the GET would get, without the body."""

import pytest

ADDRESSES = [
    "/",
    "/health",
    "/choices",
    "/price",
    "/check",
    "/record/key",
    "/record/checkpoint",
    "/api/docs",
    "/nothing-here",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_head_is_a_get_without_its_body(client, address):
    head, page = client.head(address), client.get(address)
    assert (head.status_code, head.content) == (page.status_code, b"")
    for name in ("content-type", "content-security-policy", "cache-control"):
        assert head.headers[name] == page.headers[name]
    assert page.content


def test_what_takes_forms_only_takes_no_head(client):
    assert client.head("/api/v1/gate").status_code == 405
