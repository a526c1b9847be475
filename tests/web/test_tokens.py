"""Tokens for programs: shown once, kept as digests, each for its scopes."""

import pytest

from aboveboard.store import Store
from aboveboard.web import tokens
from aboveboard.web.tokens import TokenError


def test_a_token_is_found_by_its_whole_text_only(store: Store):
    with store.write() as tx:
        written = tokens.new(tx, "till-2", ["quotes", "gate"])
    with store.read() as conn:
        found = tokens.find(conn, written)
        assert found is not None
        assert (found.name, found.scopes) == ("till-2", frozenset({"gate", "quotes"}))
        for wrong in (
            written[:-1],
            written + "a",
            written.upper(),
            written[:-1] + "!",
            "ab_",
            "",
            written[3:],
        ):
            assert tokens.find(conn, wrong) is None, wrong
        flipped = written[:-1] + ("A" if written[-1] != "A" else "B")
        assert tokens.find(conn, flipped) is None


def test_a_revoked_token_opens_nothing_and_stays_listed(store: Store):
    with store.write() as tx:
        written = tokens.new(tx, "till-2", ["gate"])
        tokens.revoke(tx, "till-2")
    with store.read() as conn:
        assert tokens.find(conn, written) is None
        assert [(one.name, one.revoked_at is not None) for one in tokens.everyone(conn)] == [("till-2", True)]
    with store.write() as tx, pytest.raises(TokenError, match="no token 'till-2' in use"):
        tokens.revoke(tx, "till-2")


@pytest.mark.parametrize(
    ("name", "scopes", "sentence"),
    [
        ("Till 2", ["gate"], "cannot name a token"),
        ("", ["gate"], "cannot name a token"),
        ("till", [], "needs scopes out of"),
        ("till", ["gate", "root"], "'root' is none"),
        ("taken", ["gate"], "already"),
    ],
)
def test_a_token_that_cannot_be_made(sqlite_store: Store, name, scopes, sentence):
    with sqlite_store.write() as tx:
        tokens.new(tx, "taken", ["gate"])
    with sqlite_store.write() as tx, pytest.raises(TokenError, match=sentence):
        tokens.new(tx, name, scopes)


ASKED = {"identity": {"email": "ann@example.org"}, "purpose": "share_lab"}


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 401, "token_missing"),
        ("Basic abc", 401, "token_missing"),
        ("Bearer", 401, "token_missing"),
        ("Bearer nonsense", 401, "token_unknown"),
        ("Bearer ab_00000000_" + "x" * 43, 401, "token_unknown"),
        ("quotes", 403, "token_scope"),
    ],
)
def test_the_gate_asks_for_its_scope(house, client, header, status, code):
    with house.store.write() as tx:
        made = tokens.new(tx, "till", ["quotes"])
    headers = {"Authorization": f"Bearer {made}" if header == "quotes" else header} if header else {}
    answer = client.post("/api/v1/gate", json=ASKED, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["www-authenticate"] == 'Bearer scope="gate"' or code == "token_unknown"
    assert made not in answer.text


def test_the_right_token_opens(house, client):
    with house.store.write() as tx:
        made = tokens.new(tx, "till", ["gate"])
    answer = client.post("/api/v1/gate", json=ASKED, headers={"Authorization": f"bearer {made}"})
    assert (answer.status_code, answer.json()["allowed"]) == (200, False)
