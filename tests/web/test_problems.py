"""Bad input gets one plain sentence, in the person's language, with a code that does not change; nothing typed comes back."""

import pytest

from aboveboard.web.problems import Problem, fault
from aboveboard.words.catalogue import Catalogue

ANN = {"email": "ann@example.org"}
GOOD = {"identity": ANN, "decision": "deny", "purpose": "all"}
SECRET = "do-not-repeat-me"

BODIES = [
    # body, status, code, field
    (b"", 400, "malformed", None),
    (b"{", 400, "malformed", None),
    (b"\xff\xfe{}", 400, "malformed", None),
    (b"{}{}", 400, "malformed", None),
    (b'{"identity": NaN}', 400, "malformed", None),
    (b"[]", 400, "body_kind", None),
    (b"null", 400, "body_kind", None),
    (b'"deny"', 400, "body_kind", None),
    ({}, 400, "field_missing", "identity"),
    ({"identity": ANN}, 400, "field_missing", "decision"),
    ({"identity": ANN, "decision": "deny"}, 400, "field_missing", "purpose"),
    (GOOD | {"decision": SECRET}, 400, "field_choice", "decision"),
    (GOOD | {"decision": None}, 400, None, "decision"),
    (GOOD | {"purpose": 7}, 400, "field_kind", "purpose"),
    (GOOD | {"identity": SECRET}, 400, "field_kind", "identity"),
    (GOOD | {"identity": {"email": 3}}, 400, "field_kind", "identity.email"),
    (GOOD | {"identity": {"emil": SECRET}}, 400, "field_unknown", "identity.emil"),
    (GOOD | {"reason": SECRET}, 400, "field_unknown", "reason"),
    (GOOD | {"identity": {}}, 422, "identity_one", None),
    (GOOD | {"identity": ANN | {"phone": "408 555 0143"}}, 422, "identity_one", None),
    (GOOD | {"identity": {"email": SECRET}}, 422, "email_invalid", None),
    (GOOD | {"identity": {"phone": "123"}}, 422, "phone_invalid", None),
    (GOOD | {"identity": {"customer": ""}}, 422, "customer_invalid", None),
    (GOOD | {"purpose": SECRET}, 422, "purpose_unknown", None),
    (GOOD | {"recipient": SECRET}, 422, "recipient_unknown", None),
    (GOOD | {"purpose": "share_lab", "recipient": "insurer"}, 422, "recipient_not_of_purpose", None),
    (GOOD | {"channel": SECRET}, 422, "channel_unknown", None),
]


@pytest.mark.parametrize(("body", "status", "code", "field"), BODIES)
def test_a_bad_body_gets_a_sentence(house, client, body, status, code, field):
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    headers = {"content-type": "application/json", "accept-language": "en"}
    answer = client.post("/api/v1/choices", **sent, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert code is None or problem["code"] == code
    assert problem.get("field") == field
    assert problem["detail"].endswith("Nothing was saved.") and "{{" not in problem["detail"]
    assert SECRET not in answer.text
    chinese = client.post("/api/v1/choices", **sent, headers=headers | {"accept-language": "zh"}).json()
    assert chinese["detail"].endswith("什么都没有保存。") and chinese["code"] == problem["code"]
    with house.store.read() as conn:
        assert house.record.entries(conn, -1, 10, ["choice.made"]) == []


@pytest.mark.parametrize("path", ["/api/v1/choices", "/choices", "/check"])
def test_a_body_that_is_too_large(client, path):
    answer = client.post(
        path,
        content=b"x" * 70_000,
        headers={"content-type": "application/json"}
        if "api" in path
        else {"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413
    assert "too large" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/choices", 405, "wrong_method"),
        ("GET", "/api/v1/receipts/nothing", 404, "receipt_unknown"),
        ("GET", "/receipts/nothing.json", 404, "receipt_unknown"),
    ],
)
def test_programs_get_problem_details(client, method, path, status, code):
    answer = client.request(method, path, headers={"content-type": "application/json", "accept": "*/*"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["type"] == f"/api/docs#{code}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/receipts/nothing", 404),
        ("/told/nothing", 404),
        ("/price/nothing", 404),
        ("/price/" + "0" * 32, 404),
    ],
)
def test_people_get_a_page_in_their_language(client, path, status):
    page = client.get(path, headers={"accept-language": "zh"})
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert 'lang="zh-Hans"' in page.text and "Traceback" not in page.text


def test_an_error_of_ours_tells_a_number_and_nothing_else(house, client, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(house.editions, "current", broken)
    page = client.get("/notice")
    assert page.status_code == 500
    assert SECRET not in page.text and "RuntimeError" not in page.text
    assert "tell us this number" in page.text
    problem = client.get("/notice", headers={"accept": "application/json"}).json()
    assert problem["code"] == "unforeseen" and SECRET not in str(problem)


def test_before_the_first_edition_every_page_says_so(sqlite_url, tmp_path):
    from litestar.testing import TestClient

    from aboveboard.app import create_app
    from aboveboard.house import House
    from aboveboard.settings import Settings

    empty = House(Settings(home=str(tmp_path), database_url=sqlite_url)).prepare()
    with TestClient(create_app(empty)) as client:
        for path in ("/", "/choices", "/price", "/notice", "/partners"):
            page = client.get(path, headers={"accept": "text/html"})
            assert (page.status_code, "aboveboard apply" in page.text) == (503, True), path


@pytest.mark.parametrize(
    ("message", "key", "code", "field"),
    [
        ("Expected `str`, got `int` - at `$.identity.email`", "data", "field_kind", "identity.email"),
        ("Expected `int` <= 9", "n", "field_high", "n"),
        ("Expected `int` >= 1", "n", "field_low", "n"),
        ("Expected `str` of length <= 10", "name", "field_long", "name"),
        ("Expected `str` of length >= 2", "name", "field_short", "name"),
        ("Expected `str` matching regex '^a$'", "name", "field_pattern", "name"),
        ("Invalid RFC3339 encoded date", "at", "field_date", "at"),
        ("Something else entirely", "x", "field_wrong", "x"),
        ("Something else entirely", "", "field_wrong", None),
    ],
)
def test_what_the_decoder_says_becomes_a_plain_sentence(message, key, code, field):
    problem = fault(message, key)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.field) == (code, field)
    assert "`" not in problem.text.en + problem.text.zh


def test_every_status_that_we_send_has_a_title():
    texts = Catalogue.load("aboveboard.web")
    for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503):
        assert f"status.{status}" in texts
