"""The API: who may ask for what, and that every wrong request gets one plain sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.people.model import Identity
from aboveboard.proof.receipt import verify
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings
from aboveboard.web import tokens

#: Litestar 2 announces that version 3 will want dependencies marked; the whole house will be, or none of it.
pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)

ANY = {"service": "treatment", "at": "2026-11-30"}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bearer(house: House) -> dict[str, dict[str, str]]:
    """Authorization headers by scope."""
    with house.store.write() as tx:
        made = {scope: tokens.new(tx, f"test-{scope}", [scope]) for scope in ("quotes", "gate")}
    return {scope: {"Authorization": f"Bearer {token}"} for scope, token in made.items()}


def test_anyone_may_ask_what_everyone_pays(client):
    answer = client.post("/api/v1/quotes", json=ANY)
    assert answer.status_code == 201
    quote = answer.json()
    assert (quote["total"], quote["without_personal"], quote["facts_used"]) == (10000, 10000, [])
    assert quote["tier"] == {"id": "standard", "name": {"en": "standard", "zh": "「standard」"}}
    assert quote["floor"] == 8000
    assert quote["explanation"]["en"].startswith("You pay $100.00.")
    receipt = client.get(f"/api/v1/receipts/{quote['receipt']}").json()
    assert receipt["entry"]["facts"]["total"] == 10000


def test_a_price_for_a_person_needs_a_token_and_uses_what_they_allow(client, bearer):
    asked = ANY | {"identity": {"email": " Ann@Example.org "}}
    quote = client.post("/api/v1/quotes", json=asked, headers=bearer["quotes"]).json()
    assert (quote["total"], quote["without_personal"], quote["facts_used"]) == (9500, 10000, ["visits"])
    assert (quote["gate"]["allowed"], quote["gate"]["reason"]) == (True, "choice")
    again = client.get(f"/api/v1/quotes/{quote['id']}", headers=bearer["quotes"])
    assert (again.status_code, again.json()) == (200, quote)
    assert client.get(f"/api/v1/quotes/{quote['id']}").status_code == 401


def test_the_receipt_of_a_persons_price_tells_of_them_only_with_the_token(client, house, bearer):
    asked = ANY | {"identity": {"email": "ann@example.org"}}
    quote = client.post("/api/v1/quotes", json=asked, headers=bearer["quotes"]).json()
    address = f"/api/v1/receipts/{quote['receipt']}"
    whole = client.get(address, headers=bearer["quotes"]).json()
    assert whole["opened"]["data"]["total"] == 9500
    for headers in ({}, bearer["gate"], {"Authorization": "Bearer ab_none"}, {"Authorization": "Basic eDp5"}):
        answer = client.get(address, headers=headers)
        assert (answer.status_code, answer.json()["opened"]) == (200, None)
        assert verify(answer.text, house.keys.signer.verifier).entry == whole["entry"]
    assert client.get(f"/receipts/{quote['receipt']}.json").json()["opened"] is None


@pytest.mark.parametrize(
    ("headers", "status", "code"), [(None, 401, "token_missing"), ("gate", 403, "token_scope")]
)
def test_without_the_right_token_nobody_is_priced(client, bearer, headers, status, code):
    asked = ANY | {"identity": {"email": "ann@example.org"}}
    answer = client.post("/api/v1/quotes", json=asked, headers=bearer[headers] if headers else {})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_stranger_is_priced_like_everyone_in_the_same_form(client, bearer):
    def shape(value):
        if isinstance(value, dict):
            return {key: shape(inner) for key, inner in value.items()}
        return [shape(inner) for inner in value] if isinstance(value, list) else type(value)

    stranger = ANY | {"identity": {"customer": "NOBODY-1"}}
    quote = client.post("/api/v1/quotes", json=stranger, headers=bearer["quotes"]).json()
    anyone = client.post("/api/v1/quotes", json=ANY).json()
    assert shape(quote) == shape(anyone)
    for key in ("total", "steps", "facts_used"):
        assert quote[key] == anyone[key]
    for key in ("allowed", "reason", "rule", "explanation"):
        assert quote["gate"][key] == anyone["gate"][key]


def test_quotes_of_everyone_are_found_again(client):
    made = client.post("/api/v1/quotes", json=ANY | {"tier": "long", "quantity": 2}).json()
    assert made["total"] == 38000
    assert client.get(f"/api/v1/quotes/{made['id']}").json() == made
    assert client.get(f"/api/v1/quotes/{'0' * 32}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 400, "field_missing", "service"),
        ({"service": "haircut"}, 422, "unknown_service", "service"),
        ({"service": ""}, 422, "unknown_service", "service"),
        ({"service": "{x}"}, 422, "unknown_service", "service"),
        ({"service": 7}, 400, "field_kind", "service"),
        ({"service": None}, 400, "field_kind", "service"),
        ({"service": "x" * 100_000}, 413, "too_large", None),
        ({"service": "x" * 100}, 400, "field_long", "service"),
        ({"service": "treatment", "tier": "gold"}, 422, "unknown_tier", "tier"),
        ({"service": "treatment", "tier": ["long"]}, 400, "field_kind", "tier"),
        ({"service": "treatment", "quantity": 0}, 422, "bad_quantity", "quantity"),
        ({"service": "treatment", "quantity": -5}, 422, "bad_quantity", "quantity"),
        ({"service": "treatment", "quantity": 10**18}, 422, "bad_quantity", "quantity"),
        ({"service": "treatment", "quantity": 1.5}, 400, "field_kind", "quantity"),
        ({"service": "treatment", "quantity": "two"}, 400, "field_kind", "quantity"),
        ({"service": "treatment", "quantity": True}, 400, "field_kind", "quantity"),
        ({"service": "treatment", "at": "tomorrow"}, 422, "bad_date", "at"),
        ({"service": "treatment", "at": "2027-02-29"}, 422, "bad_date", "at"),
        ({"service": "treatment", "at": "1999-12-31"}, 422, "date_out_of_range", "at"),
        ({"service": "treatment", "at": "9999-12-31"}, 422, "date_out_of_range", "at"),
        ({"service": "treatment", "at": 20270101}, 400, "field_kind", "at"),
        ({"service": "treatment", "colour": "red"}, 400, "field_unknown", "colour"),
        ({"service": "treatment", "identity": {}}, 422, "identity_one", None),
        (
            {"service": "treatment", "identity": {"email": "a@example.org", "phone": "1"}},
            422,
            "identity_one",
            None,
        ),
        ({"service": "treatment", "identity": {"email": "nobody"}}, 422, "email_invalid", None),
        ([], 400, "body_kind", None),
        ("treatment", 400, "body_kind", None),
    ],
)
def test_wrong_requests(client, house, bearer, body, status, code, field):
    with house.store.read() as conn:
        before = house.record.size(conn)
    answer = client.post(
        "/api/v1/quotes",
        content=json.dumps(body),
        headers=bearer["quotes"] | {"Content-Type": "application/json"},
    )
    told = answer.json()
    assert (answer.status_code, told["code"], told.get("field")) == (status, code, field)
    assert told["detail"]
    with house.store.read() as conn:
        assert house.record.size(conn) == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"service": NaN}', b"[" * 500])
def test_bodies_that_are_no_json(client, content):
    answer = client.post("/api/v1/quotes", content=content, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"]


def test_before_the_first_book(sqlite_url, tmp_path):
    KeyRing.create(tmp_path / "keys", "clinic.example/record")
    with TestClient(create_app(House(Settings(home=str(tmp_path), database_url=sqlite_url)))) as client:
        answer = client.post("/api/v1/quotes", json=ANY, headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_book")
    assert int(answer.headers["Retry-After"]) > 0
    assert "还没有公布价格" in answer.json()["detail"]


def test_a_phone_is_read_in_the_business_country(client, bearer):
    assert Identity("phone", "+14085550143").masked == "…0143"
    asked = ANY | {"identity": {"phone": "(408) 555-0143"}}
    assert client.post("/api/v1/quotes", json=asked, headers=bearer["quotes"]).status_code == 201
