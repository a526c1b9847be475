"""The API of choices, gate and record: what is saved, who may ask, and one plain sentence for everything that is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.choices.model import CHANNELS
from aboveboard.house import House
from aboveboard.proof.receipt import verify
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import entry_id_of
from aboveboard.settings import Settings
from aboveboard.web import tokens
from tests.support.books import BOOK

#: Litestar 2 announces that version 3 will want dependencies marked; the whole house will be, or none of it.
pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)

ANN = {"email": "Ann@Example.org"}
NO = {"identity": ANN, "decision": "deny", "purpose": "all", "channel": "web"}


@pytest.fixture
def house(store_url: str, tmp_path: Path) -> Iterator[House]:
    KeyRing.create(tmp_path / "keys", "studio.example/record")
    house = House(Settings(home=str(tmp_path), database_url=store_url))
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)
    yield house
    house.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bearer(house: House) -> dict[str, dict[str, str]]:
    with house.store.write() as tx:
        made = {scope: tokens.new(tx, f"test-{scope}", [scope]) for scope in ("choices", "gate")}
    return {scope: {"Authorization": f"Bearer {token}"} for scope, token in made.items()}


def _entries(house: House) -> int:
    with house.store.read() as conn:
        return house.record.size(conn)


def _ask(
    client: TestClient[Any],
    bearer: dict[str, dict[str, str]],
    purpose: str,
    recipient: str | None = None,
    **headers: str,
) -> dict[str, Any]:
    body = {"identity": ANN, "purpose": purpose, "recipient": recipient}
    answer = client.post("/api/v1/gate", json=body, headers=bearer["gate"] | headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_no_is_saved_at_once_with_a_receipt_that_holds(house, client, bearer) -> None:
    assert _ask(client, bearer, "sharing")["allowed"]
    answer = client.post("/api/v1/choices", json=NO)
    assert answer.status_code == 201
    saved = answer.json()
    receipt = verify(saved["receipt"], house.keys.verifier)
    assert receipt.opened == {"identity": {"kind": "email", "shown": "a…@example.org"}}
    assert saved["in_effect"] and saved["id"] == saved["receipt"]["id"]
    gate = _ask(client, bearer, "sharing", "reviews")
    assert (gate["allowed"], gate["reason"], gate["entry"]) == (False, "choice", receipt.entry["id"])
    assert gate["explanation"]["en"] and gate["explanation"]["zh"] and gate["as_of"] == receipt.index
    again = client.get(f"/api/v1/receipts/{saved['id']}")
    assert verify(again.json(), house.keys.verifier).entry == receipt.entry


def test_a_yes_waits_for_proof_and_counts_with_a_token(client, bearer) -> None:
    yes = {"identity": ANN, "decision": "allow", "purpose": "prices"}
    waiting = client.post("/api/v1/choices", json=yes).json()
    assert not waiting["in_effect"] and "code" in waiting["message"]["en"]
    assert _ask(client, bearer, "prices")["reason"] == "unconfirmed"
    assert client.post("/api/v1/choices", json=yes, headers=bearer["choices"]).json()["in_effect"]
    assert _ask(client, bearer, "prices")["allowed"]


def test_the_answer_does_not_tell_who_is_known(house, client) -> None:
    with house.store.write() as tx:
        from aboveboard.people.model import Identity

        house.people.locate(tx, Identity("email", "ann@example.org"))
    answers = [
        client.post("/api/v1/choices", json=NO | {"identity": {"email": address}})
        for address in ("ann@example.org", "bob@example.org")
    ]
    known, unknown = (answer.json() for answer in answers)
    assert [answer.status_code for answer in answers] == [201, 201]
    assert known.keys() == unknown.keys() and known["message"] == unknown["message"]
    assert known["receipt"]["entry"].keys() == unknown["receipt"]["entry"].keys()
    assert len(known["receipt"]["entry"]["sealed"]["data"]) == len(
        unknown["receipt"]["entry"]["sealed"]["data"]
    )


def test_the_same_key_twice_is_one_choice_and_another_body_is_another(house, client) -> None:
    key = {"Idempotency-Key": "till-7-0001"}
    first, second = (client.post("/api/v1/choices", json=NO, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    other = client.post("/api/v1/choices", json=NO | {"purpose": "sharing"}, headers=key)
    assert other.json()["id"] != first.json()["id"]


def test_a_signal_that_comes_with_a_repeated_request_is_heard(house, client, bearer) -> None:
    """The choice is the one that is saved already; the header is new, and its no must not wait for a next request."""
    body = NO | {"purpose": "reminders"}
    key = {"Idempotency-Key": "till-7-0002"}
    first = client.post("/api/v1/choices", json=body, headers=key)
    assert _ask(client, bearer, "sharing", "reviews")["allowed"]
    before = _entries(house)
    for _ in range(2):
        again = client.post("/api/v1/choices", json=body, headers=key | {"Sec-GPC": "1"})
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        assert (
            verify(again.json()["receipt"], house.keys.verifier).entry
            == verify(first.json()["receipt"], house.keys.verifier).entry
        )
    assert _entries(house) == before + 1
    assert _ask(client, bearer, "sharing", "reviews")["reason"] == "signal"


def test_a_key_that_was_used_without_a_token_does_not_swallow_the_yes_with_one(house, client, bearer) -> None:
    key, yes = {"Idempotency-Key": "1"}, NO | {"decision": "allow"}
    waits = client.post("/api/v1/choices", json=yes, headers=key).json()
    counts = client.post("/api/v1/choices", json=yes, headers=key | bearer["choices"]).json()
    assert (waits["in_effect"], counts["in_effect"]) == (False, True)
    # The id of an entry is public: without our secret nobody can try addresses until one gives the same.
    assert waits["id"][:32] != entry_id_of("api", "1", "email", "ann@example.org", "allow", "all", "None")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_token_may_say_through_which_channel(client, bearer, channel: str) -> None:
    answer = client.post("/api/v1/choices", json=NO | {"channel": channel}, headers=bearer["choices"])
    assert answer.json()["receipt"]["entry"]["facts"]["channel"] == channel


@pytest.mark.parametrize(
    ("value", "honoured"),
    [("1", True), ("0", False), ("true", False), ("1.0", False), ("", False), ("11", False)],
)
def test_global_privacy_control_is_exactly_one(client, bearer, value: str, honoured: bool) -> None:
    answer = _ask(client, bearer, "sharing", **{"Sec-GPC": value})
    assert answer["allowed"] is not honoured
    assert (answer["reason"] == "signal") is honoured


def test_a_choice_with_the_signal_leaves_it_standing_for_the_person(client, bearer) -> None:
    client.post("/api/v1/choices", json=NO | {"purpose": "reminders"}, headers={"Sec-GPC": "1"})
    assert _ask(client, bearer, "sharing")["reason"] == "signal"


DEEP = "[" * 5_000 + "]" * 5_000
# what is wrong | body (an object, or text sent as it is) | status | code
BAD = [
    ("no body", "", 400, None),
    ("not JSON", "{", 400, None),
    ("an array", [], 400, None),
    ("a number", 7, 400, None),
    ("null", None, 400, None),
    ("nothing in it", {}, 400, None),
    ("deeply nested", DEEP, 400, None),
    ("not UTF-8", b'{"identity": {"email": "\xff\xfe@example.org"}}', 400, None),
    ("an unknown key", NO | {"reason": "none of your business"}, 400, None),
    ("identity as text", NO | {"identity": "ann@example.org"}, 400, None),
    ("no identity", NO | {"identity": {}}, 422, "identity_one"),
    (
        "two identities",
        NO | {"identity": {"email": "a@example.org", "phone": "408 555 0143"}},
        422,
        "identity_one",
    ),
    ("a name as identity", NO | {"identity": {"name": "Ann"}}, 400, None),
    ("an e-mail without a dot", NO | {"identity": {"email": "ann@localhost"}}, 422, "email_invalid"),
    ("an e-mail with a space", NO | {"identity": {"email": "an n@example.org"}}, 422, "email_invalid"),
    ("an empty e-mail", NO | {"identity": {"email": ""}}, 422, "email_invalid"),
    (
        "an e-mail with a newline",
        NO | {"identity": {"email": "ann@example.org\nBcc: x@example.org"}},
        422,
        "email_invalid",
    ),
    (
        "an e-mail of a megabyte",
        NO | {"identity": {"email": "a" * 2_000 + "@example.org"}},
        422,
        "email_invalid",
    ),
    ("a phone of letters", NO | {"identity": {"phone": "call me"}}, 422, "phone_invalid"),
    ("a phone too short", NO | {"identity": {"phone": "12"}}, 422, "phone_invalid"),
    (
        "a phone of another country without its code",
        NO | {"identity": {"phone": "0000000000000"}},
        422,
        "phone_invalid",
    ),
    ("an empty customer number", NO | {"identity": {"customer": "  "}}, 422, "customer_invalid"),
    ("a customer number with NUL", NO | {"identity": {"customer": "A\u00001"}}, 422, "customer_invalid"),
    ("a device we never gave", NO | {"identity": {"device": "../../etc/passwd"}}, 422, "device_invalid"),
    ("a number as e-mail", NO | {"identity": {"email": 5}}, 400, None),
    ("perhaps", NO | {"decision": "perhaps"}, 400, None),
    ("no decision", {"identity": ANN, "purpose": "all"}, 400, None),
    ("no purpose", {"identity": ANN, "decision": "deny"}, 400, None),
    ("an unknown purpose", NO | {"purpose": "world_domination"}, 422, "purpose_unknown"),
    ("a purpose in capitals", NO | {"purpose": "ALL"}, 422, "purpose_unknown"),
    ("an unknown partner", NO | {"recipient": "nobody"}, 422, "recipient_unknown"),
    (
        "a partner of another purpose",
        NO | {"purpose": "reminders", "recipient": "reviews"},
        422,
        "recipient_not_of_purpose",
    ),
    ("an unknown channel", NO | {"channel": "pigeon"}, 422, "channel_unknown"),
    *(
        (f"by {channel} without a token", NO | {"channel": channel}, 422, "channel_needs_token")
        for channel in CHANNELS
        if channel not in ("web", "api")
    ),
    ("a purpose with SQL", NO | {"purpose": "all'; DROP TABLE record_entries; --"}, 422, "purpose_unknown"),
    ("a body too large", NO | {"purpose": "x" * 200_000}, 413, None),
]


@pytest.mark.parametrize(("body", "status", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_wrong_gets_a_sentence_and_leaves_nothing(
    house, client, body: Any, status: int, code: str | None
) -> None:
    before = _entries(house)
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    answer = client.post("/api/v1/choices", content=content, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert code is None or problem["code"] == code
    assert problem["status"] == status and problem["detail"].strip().endswith(".") and problem["title"]
    for secret in (
        "localhost",
        "Bcc",
        "aaaa",
        "Traceback",
        "sqlalchemy",
        "msgspec",
        "DROP TABLE",
        "/etc/passwd",
    ):
        assert secret not in answer.text
    assert _entries(house) == before


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/xml",
    ],
)
def test_only_json_is_taken(client, kind: str) -> None:
    answer = client.post("/api/v1/choices", content=json.dumps(NO), headers={"Content-Type": kind})
    assert answer.status_code == 415 and answer.json()["code"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer ab_x_y"}, 401),
        ({"Authorization": "Basic YTpi"}, 401),
        ({"Authorization": "Bearer " + "a" * 5_000}, 401),
        ("choices", 403),
    ],
)
def test_the_gate_needs_a_token_with_its_scope(client, bearer, headers: Any, status: int) -> None:
    sent = bearer[headers] if isinstance(headers, str) else headers
    answer = client.post("/api/v1/gate", json={"identity": ANN, "purpose": "sharing"}, headers=sent)
    assert answer.status_code == status and answer.json()["status"] == status
    assert "www-authenticate" in answer.headers


def test_a_wrong_token_never_turns_into_an_unproven_yes(house, client) -> None:
    before = _entries(house)
    answer = client.post(
        "/api/v1/choices", json=NO | {"decision": "allow"}, headers={"Authorization": "Bearer ab_no_such"}
    )
    assert answer.status_code == 401 and _entries(house) == before


@pytest.mark.parametrize(
    "receipt", ["x", "0" * 32, "0" * 32 + "-" + "0" * 20, "..%2F..%2Fkeys", "%00", "a" * 3_000]
)
def test_a_receipt_that_was_never_given_is_not_found(client, receipt: str) -> None:
    answer = client.get(f"/api/v1/receipts/{receipt}")
    assert answer.status_code in (400, 404) and answer.json()["code"]


def test_head_and_key_are_public(house, client) -> None:
    from aboveboard.proof.checkpoint import open_checkpoint
    from aboveboard.proof.note import Verifier

    verifier = Verifier.parse(client.get("/record/key").text.strip())
    assert open_checkpoint(client.get("/record/checkpoint").text, verifier).size == _entries(house)
    assert client.get("/api/v1/record/checkpoint").text == client.get("/record/checkpoint").text
