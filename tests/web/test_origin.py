"""Forms come only from our own pages; the API takes only JSON."""

import pytest

OWN = {"sec-fetch-site": "same-origin"}
FORM = "application/x-www-form-urlencoded"

TABLE = [
    # headers, session cookie along, may pass
    ({"sec-fetch-site": "same-origin"}, True, True),
    ({"sec-fetch-site": "cross-site"}, False, False),
    ({"sec-fetch-site": "same-site"}, False, False),
    ({"sec-fetch-site": "none"}, False, False),
    ({"origin": "http://testserver.local"}, True, True),
    ({"origin": "http://TESTSERVER.local"}, False, True),
    ({"origin": "http://evil.example"}, False, False),
    ({"origin": "http://testserver.local:8080"}, False, False),
    ({"origin": "null"}, False, False),
    ({"sec-fetch-site": "cross-site", "origin": "http://testserver.local"}, False, False),
    ({}, False, True),  # a program, which carries nobody's cookies
    ({}, True, False),
]


@pytest.mark.parametrize(("headers", "session", "passes"), TABLE)
def test_who_may_send_a_form(client, headers, session, passes):
    client.headers.pop("sec-fetch-site")
    if session:
        client.cookies.set("me", "x" * 43)
    answer = client.post("/choices", data={"everything": "deny", "who": "ann@example.org"}, headers=headers)
    assert answer.status_code == (303 if passes else 403)
    if not passes:
        assert "from another site" in answer.text


@pytest.mark.parametrize(
    "kind", [FORM, "text/plain", "multipart/form-data; boundary=x", "application/xml", ""]
)
def test_the_api_wants_json(client, kind):
    answer = client.post("/api/v1/choices", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 415
    assert answer.json()["code"] == "json_only"


def test_a_form_that_is_json_is_no_form(client):
    answer = client.post("/choices", json={"everything": "deny"})
    assert answer.status_code == 415
