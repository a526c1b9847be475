"""Signals over the API: strings that say no become entries and act at the gate; hostile ones are a sentence and leave nothing."""

# ruff: noqa: F401, F811 - the fixtures are those of test_api
from __future__ import annotations

import json
from typing import Any

import pytest

from aboveboard.choices.signals import gpp
from aboveboard.choices.signals.bits import MOST_CHARACTERS
from tests.choices.signals.strings import EVERYTHING, gpp_string, tcf_string
from tests.choices.test_api import ANN, NO, _ask, _entries, bearer, client, house

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.base_exceptions.LitestarDeprecationWarning"
)

SALE = gpp_string("usca", SaleOptOut="opted_out")
CALM = gpp_string("usca", SaleOptOut="not_opted_out")


def _send(client, **said: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/signals", json={"identity": ANN} | said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("said", "signal"),
    [
        ({"gpc": True}, "gpc"),
        ({"gpp": SALE}, "gpp"),
        ({"gpp": gpp_string("usnat", gpc=True)}, "gpp"),
        ({"tcf": tcf_string()}, "tcf"),
    ],
)
def test_a_no_in_any_notation_stands_at_the_gate(
    house, client, bearer, said: dict[str, Any], signal: str
) -> None:
    assert _ask(client, bearer, "sharing", "reviews")["allowed"]
    told = _send(client, **said)
    assert told["signals"][0]["signal"] == signal and told["receipts"] == []
    answer = _ask(client, bearer, "sharing", "reviews")
    assert (answer["allowed"], answer["reason"], answer["rule"]) == (False, "signal", f"signal:{signal}")
    assert _ask(client, bearer, "reminders")["allowed"]
    with house.store.read() as conn:
        entry = house.record.get(conn, answer["entry"])
        assert entry.facts["refuses"] == told["signals"][0]["refuses"] and entry.facts["edition"] == 1
        assert {"purpose": "sharing", "recipient": "reviews"} in entry.facts["denies"]
        for text in said.values():  # the string itself is nowhere
            assert not isinstance(text, str) or text not in json.dumps(entry.facts) + str(entry.leaf)


def test_a_string_that_refuses_nothing_saves_nothing_and_opens_nothing(house, client, bearer) -> None:
    _send(client, gpp=SALE)
    before = _entries(house)
    for said in ({"gpp": CALM}, {"tcf": tcf_string(EVERYTHING)}):
        assert "nothing was saved" in _send(client, **said)["message"]["en"]
    assert _entries(house) == before
    assert not _ask(client, bearer, "sharing", "reviews")["allowed"]
    assert not _ask(client, bearer, "prices")["allowed"]


def test_the_same_again_is_written_once_and_a_token_gets_the_receipt(house, client, bearer) -> None:
    body = {"identity": ANN, "gpp": SALE}
    first = client.post("/api/v1/signals", json=body, headers=bearer["choices"]).json()
    assert [receipt["entry"]["kind"] for receipt in first["receipts"]] == ["signal.seen"]
    before = _entries(house)
    again = client.post("/api/v1/signals", json=body, headers=bearer["choices"]).json()
    assert again["receipts"] == [] and _entries(house) == before
    more = client.post("/api/v1/signals", json=body | {"tcf": tcf_string()}, headers=bearer["choices"]).json()
    assert len(more["receipts"]) == 1


def test_without_a_token_the_answer_does_not_tell_what_was_known(client) -> None:
    first, again = (client.post("/api/v1/signals", json={"identity": ANN, "gpp": SALE}) for _ in range(2))
    other = client.post("/api/v1/signals", json={"identity": {"email": "bob@example.org"}, "gpp": SALE})
    assert first.json() == again.json() == other.json()


def test_signals_that_come_with_a_question_count_for_it_alone(house, client, bearer) -> None:
    before = _entries(house)
    asked = {"identity": ANN, "purpose": "sharing", "recipient": "reviews"}
    for said in ({"gpc": True}, {"gpp": SALE}, {"tcf": tcf_string()}):
        answer = client.post("/api/v1/gate", json=asked | said, headers=bearer["gate"]).json()
        assert (answer["allowed"], answer["reason"]) == (False, "signal")
    for said in ({}, {"gpc": False}, {"gpp": CALM}, {"tcf": tcf_string(EVERYTHING)}):
        assert client.post("/api/v1/gate", json=asked | said, headers=bearer["gate"]).json()["allowed"]
    prices = {"identity": ANN, "purpose": "prices", "tcf": tcf_string(EVERYTHING)}
    assert not client.post("/api/v1/gate", json=prices, headers=bearer["gate"]).json()["allowed"]
    assert _entries(house) == before


HOSTILE = [
    # what | field | text | the reader's code
    ("nothing", "gpp", "", "empty"),
    ("white space", "gpp", " ", "alphabet"),
    ("words", "gpp", "please do not sell", "alphabet"),
    ("SQL", "gpp", "'; DROP TABLE record_entries; --", "alphabet"),
    ("a page", "gpp", "<script>alert(1)</script>", "alphabet"),
    ("a template", "gpp", "{{7*7}}", "alphabet"),
    ("places to fill", "gpp", "{why}{place}", "alphabet"),
    ("NUL", "gpp", "DBAB\0", "alphabet"),
    ("a lone surrogate", "gpp", "DB\\ud800", "alphabet"),
    ("a letter that looks right", "gpp", SALE.replace("A", "А", 1), "alphabet"),
    ("a line break", "gpp", SALE + "\n", "alphabet"),
    ("a TCF string as GPP", "gpp", tcf_string(), "type"),
    ("a GPP string as TCF", "tcf", SALE, "alphabet"),
    ("the US string alone", "gpp", "1YNN", "type"),
    ("a cut GPP string", "gpp", SALE[:-6], None),
    ("a section too many", "gpp", SALE + "~1YNN", "section_count"),
    ("an enormous string", "gpp", "DBAA" + "A" * MOST_CHARACTERS, "too_long"),
    ("an enormous number of sections", "gpp", "DBABLA" + "~A" * 8_000, None),
    ("a broken TCF string within", "gpp", gpp.encode(gpp.Sections((gpp.Carried(2, "CP"),))), "truncated"),
    ("nothing for TCF", "tcf", "", "empty"),
    ("a cut TCF string", "tcf", tcf_string()[:30], "truncated"),
    ("TCF of 2018", "tcf", "BOEFEAyOEFEAyAHABDENAIgAAAB9vABAASA", "version"),
    ("TCF of nothing but A", "tcf", "A" * 60, "version"),
    ("an enormous TCF string", "tcf", "C" * (MOST_CHARACTERS + 1), "too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "field", "text", "why"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_string_is_a_sentence_and_leaves_nothing(
    house,
    client,
    bearer,
    what: str,
    field: str,
    text: str,
    why: str | None,
) -> None:
    before = _entries(house)
    for path, body, headers in (
        ("signals", {"identity": ANN}, {}),
        ("gate", {"identity": ANN, "purpose": "sharing", "recipient": "reviews"}, bearer["gate"]),
    ):
        sent = json.dumps(body | {field: text}).replace("\\\\ud800", "\\ud800")
        kind = {"Content-Type": "application/json"}
        answer = client.post(f"/api/v1/{path}", content=sent, headers=headers | kind)
        problem = answer.json()
        if answer.status_code == 400:  # refused before it was read: no Unicode text at all
            assert what == "a lone surrogate"
            continue
        assert (answer.status_code, problem["code"], problem["field"]) == (422, "signal_unreadable", field)
        assert why is None or problem["why"] == why
        assert problem["detail"].endswith(".") and "{place}" not in problem["detail"]
        assert len(text) < 2 or text not in problem["detail"]
        assert ("Nothing was saved" in problem["detail"]) is (path == "signals")
        assert problem.get("allowed") is (False if path == "gate" else None)
        chinese = client.post(
            f"/api/v1/{path}", content=sent, headers=headers | kind | {"Accept-Language": "zh"}
        )
        assert chinese.json()["detail"] != problem["detail"] and chinese.json()["detail"].endswith("。")
    assert _entries(house) == before
    # Only the very question that it came with was answered with no.
    assert _ask(client, bearer, "sharing", "reviews")["allowed"]


BAD = [
    ("nothing but an identity", {"identity": ANN}, 422, "signal_missing"),
    ("gpc as false", {"identity": ANN, "gpc": False}, 422, "signal_missing"),
    ("nobody", {"gpc": True}, 400, None),
    ("two identities", {"identity": {"email": "a@example.org", "customer": "7"}, "gpc": True}, 422, "identity_one"),
    ("gpc as a number", {"identity": ANN, "gpc": 7}, 400, None),
    ("gpc as text", {"identity": ANN, "gpc": "perhaps"}, 400, None),
    ("a string in a list", {"identity": ANN, "gpp": [SALE]}, 400, None),
    ("another channel", {"identity": ANN, "gpc": True, "channel": "phone"}, 400, None),
    ("an unknown member", {"identity": ANN, "gpc": True, "usp": "1YNN"}, 400, None),
    ("a body too large", {"identity": ANN, "gpp": "D" * 200_000}, 413, None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_wrong_body_is_a_sentence(house, client, body: Any, status: int, code: str | None) -> None:
    before = _entries(house)
    answer = client.post("/api/v1/signals", json=body)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code
    assert _entries(house) == before


def test_a_wrong_token_notes_nothing(house, client) -> None:
    before = _entries(house)
    sent = {"Authorization": "Bearer ab_no_such"}
    assert (
        client.post("/api/v1/signals", json={"identity": ANN, "gpc": True}, headers=sent).status_code == 401
    )
    assert _entries(house) == before


def test_a_conflict_shows_both_and_how_to_change_it(house, client, bearer) -> None:
    yes = NO | {"decision": "allow", "purpose": "sharing"}
    saved = client.post("/api/v1/choices", json=yes, headers=bearer["choices"]).json()
    assert _ask(client, bearer, "sharing", "reviews")["conflict"] is None
    _send(client, gpp=SALE)
    answer = _ask(client, bearer, "sharing", "reviews")
    conflict = answer["conflict"]
    assert (answer["allowed"], conflict["holds"]) == (False, "signal")
    assert conflict["choice"]["entry"] == saved["receipt"]["entry"]["id"]
    assert (conflict["signal"]["signal"], conflict["signal"]["refuses"]) == ("gpp", ["sale"])
    assert conflict["signal"]["at"] > conflict["choice"]["at"] and conflict["change"]["zh"]
    pointed = yes | {"recipient": "reviews"}
    client.post("/api/v1/choices", json=pointed, headers=bearer["choices"])
    answer = _ask(client, bearer, "sharing", "reviews")
    assert (answer["allowed"], answer["conflict"]["holds"]) == (True, "choice")
    assert _ask(client, bearer, "sharing")["conflict"]["holds"] == "signal"
    _send(client, gpp=SALE)  # the same again is no news against a yes that was given in spite of it
    assert _ask(client, bearer, "sharing", "reviews")["allowed"]
    assert _ask(client, bearer, "reminders")["conflict"] is None


# -- where somebody lives ------------------------------------------------------------------------------------------------


def test_a_place_needs_a_token_and_moves_the_default(house, client, bearer) -> None:
    body = {"identity": ANN, "place": "DE"}
    assert client.post("/api/v1/places", json=body).status_code == 401
    assert client.post("/api/v1/places", json=body, headers=bearer["gate"]).status_code == 403
    assert _ask(client, bearer, "sharing", "reviews")["allowed"]
    saved = client.post("/api/v1/places", json=body, headers=bearer["choices"]).json()
    assert saved == {"place": "DE", "source": "person", "new": True}
    assert not client.post("/api/v1/places", json=body, headers=bearer["choices"]).json()["new"]
    answer = _ask(client, bearer, "sharing", "reviews")
    assert (answer["allowed"], answer["rule"]) == (False, "default:DE")


@pytest.mark.parametrize(
    "place", ["", "Germany", "de", "USA", "US-", "US-CALIF", "US CA", "德国", "DE\n", "D" * 9_000]
)
def test_what_is_no_code_of_a_place(house, client, bearer, place: str) -> None:
    before = _entries(house)
    body = {"identity": ANN, "place": place}
    answer = client.post("/api/v1/places", json=body, headers=bearer["choices"])
    assert (answer.status_code, answer.json()["code"]) == (422, "place_invalid")
    assert "US-CA" in answer.json()["detail"] and _entries(house) == before
