"""Costs over the API: as far as the book is open for everyone, everything for the owner's tokens, bills whole or not at all."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.costs import handing
from aboveboard.sample import BOOK
from aboveboard.web import tokens
from tests.costs.conftest import far_corner, sheet

GOOD = "Date,Item,Supplier,Amount,Quantity,Note\n2026-10-02,,Alameda Properties,5000.00,,\n2026-10-09,,Elastica,705.00,47,\n"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def client(house):
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bearer(house):
    with house.store.write() as tx:
        made = {scope: tokens.new(tx, f"test-{scope}", [scope]) for scope in ("costs", "bills", "gate")}
    return {scope: {"Authorization": f"Bearer {token}"} for scope, token in made.items()}


def publish(house, *changes):
    text = BOOK.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with house.store.write() as tx:
        house.editions.publish(tx, text)


@pytest.mark.parametrize(
    ("how_far", "names"),
    [
        ("items", {"Your therapist's time", "Gel and towels"}),
        ("groups", {"People's time", "Rooms and devices"}),
        ("total", set()),
    ],
)
def test_everyone_sees_as_far_as_the_book_is_open(client, house, how_far, names):
    publish(house, ("open_book: items", f"open_book: {how_far}"))
    said = client.get("/api/v1/costs", params={"service": "treatment"}).json()
    assert said["open_book"] == how_far and said["currency"] == "USD"
    [service] = said["services"]
    tier = next(each for each in service["tiers"] if each["id"] == "standard")
    assert (tier["cost"], tier["list_price"], tier["left"]) == (5820, 9000, 3180)
    assert names <= {line["name"]["en"] for line in tier["lines"]}
    assert bool(tier["lines"]) == (how_far != "total")
    assert len(client.get("/api/v1/costs").json()["services"]) > 1


def test_a_closed_book_tells_nothing(client, house):
    publish(house, ("open_book: items", "open_book: none"))
    answer = client.get("/api/v1/costs", params={"service": "treatment"})
    assert answer.json()["services"] == [] and "5820" not in answer.text


@pytest.mark.parametrize("path", ["full", "under", "swings?service=treatment", "actual"])
def test_the_owners_view_needs_its_scope(client, bearer, path):
    assert client.get(f"/api/v1/costs/{path}").status_code == 401
    assert client.get(f"/api/v1/costs/{path}", headers=bearer["gate"]).json()["code"] == "token_scope"
    assert client.get(f"/api/v1/costs/{path}", headers=bearer["costs"]).status_code == 200


def test_the_full_cost_in_every_way(client, bearer):
    asked = {"service": "treatment", "tier": "standard", "at": "2026-11-23"}
    said = client.get("/api/v1/costs/full", params=asked, headers=bearer["costs"]).json()
    [tier] = said["tiers"]
    assert (Decimal(tier["cost"]), tier["floor"], tier["list_price"], tier["under"]) == (
        Decimal(5820),
        7211,
        9000,
        0,
    )
    assert sum(Decimal(line["amount"]) for line in tier["lines"]) == Decimal(tier["cost"])
    ways = {(way["kind"], way["id"]): way for way in tier["ways"]}
    assert Decimal(ways["channel", "booking_site"]["cost"]) == 6270
    [one] = client.get(
        "/api/v1/costs/full", params=asked | {"channel": "booking_site"}, headers=bearer["costs"]
    ).json()["tiers"]
    assert one["floor"] == ways["channel", "booking_site"]["floor"] == 7711 and one["ways"] == []
    later = client.get(
        "/api/v1/costs/full", params=asked | {"at": "2027-07-01"}, headers=bearer["costs"]
    ).json()
    assert later["tiers"][0]["floor"] == 7363
    assert {"rooms"} <= {one["item"] for one in said["idle"]}


def test_what_moves_a_floor_most(client, bearer):
    said = client.get(
        "/api/v1/costs/swings", params={"service": "treatment", "tier": "standard", "at": "2026-11-23"}, headers=bearer["costs"]
    ).json()  # fmt: skip
    assert said["floor"] == 7211 and said["swing"] == "0.10"
    wage = next(one for one in said["moves"] if one["key"] == "roles.therapist.wage")
    assert (wage["low"], wage["high"]) == (6603, 7819)
    widths = [abs(one["high"] - one["low"]) for one in said["moves"]]
    assert widths == sorted(widths, reverse=True)


def test_prices_under_their_floor_now_and_later(client, house, bearer):
    assert client.get("/api/v1/costs/under", headers=bearer["costs"]).json()["now"] == []
    publish(house, ("wage: 40.00", "wage: 55.00"))
    said = client.get("/api/v1/costs/under", params={"at": "2026-11-23"}, headers=bearer["costs"]).json()
    plain = next(one for one in said["now"] if one["tier"] == "standard" and one["way"] is None)
    assert plain["short"] == plain["floor"] - plain["list_price"] > 0
    assert any(one["way"] and one["way"]["id"] == "booking_site" for one in said["now"])
    publish(house, ("wage: 41.00", "wage: 90.00"))
    later = client.get("/api/v1/costs/under", params={"at": "2026-11-23"}, headers=bearer["costs"]).json()[
        "later"
    ]
    assert {one["on"] for one in later} == {"2027-07-01"} and all(one["short"] > 0 for one in later)


def hand_in(client, bearer, content, headers=CSV, **params):
    raw = content.encode() if isinstance(content, str) else content
    return client.post("/api/v1/bills", content=raw, headers=headers | bearer["bills"], params=params)


def test_bills_are_shown_then_taken_then_compared(client, house, bearer):
    before = hand_in(client, bearer, GOOD, preview=True).json()
    assert before["taken"] == 0 and before["receipt"] is None
    assert [(one["line"], one["amount"], one["state"]) for one in before["bills"]] == [
        (2, 500000, "new"),
        (3, 70500, "new"),
    ]
    assert before["bills"][0]["cost"]["en"] == "Rent of the rooms"
    with house.store.read() as conn:
        assert house.bills.months(conn) == []
    done = hand_in(client, bearer, GOOD).json()
    assert (done["taken"], done["already"]) == (2, 0) and house.record.entry_of(done["receipt"])
    again = hand_in(client, bearer, GOOD).json()
    assert (again["taken"], again["already"]) == (0, 2)
    assert [one["state"] for one in hand_in(client, bearer, GOOD, preview=True).json()["bills"]] == [
        "already"
    ] * 2
    month = client.get("/api/v1/costs/actual", headers=bearer["costs"]).json()
    assert month["month"] == "2026-10" and month["months"] == ["2026-10"]
    rent = next(one for one in month["items"] if one["item"] == "rooms")
    assert (Decimal(rent["difference"]), rent["reason"]) == (Decimal(20000), "price")


def test_one_bad_row_keeps_the_whole_file_out_and_is_named(client, house, bearer):
    answer = hand_in(client, bearer, GOOD + "soon,Gel,,1,,\n")
    assert answer.status_code == 422
    said = answer.json()
    assert said["code"] == "bills_rows_bad"
    assert [(one["line"], one["code"]) for one in said["bad"]] == [(4, "date_unreadable")]
    assert said["bad"][0]["mend"]["zh"]
    with house.store.read() as conn:
        assert house.bills.months(conn) == []
    assert hand_in(client, bearer, GOOD + "soon,Gel,,1,,\n", preview=True).status_code == 200


XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"", CSV, 422, "bills_file_missing"),
        (GOOD, {"Content-Type": "text/plain"}, 415, "bills_form"),
        (GOOD, {"Content-Type": "multipart/form-data; boundary=x"}, 415, "bills_form"),
        (GOOD, {"Content-Type": "application/x-www-form-urlencoded"}, 415, "bills_form"),
        (b"\xff\xfe\x00", CSV, 422, "bills_no_table"),
        (b"a,b\n1,2\n", CSV, 422, "bills_role_missing"),
        (b"Date,Day,Item,Amount\n2026-10-05,2026-10-05,a,1\n", CSV, 422, "bills_column_ambiguous"),
        (b"PK\x03\x04", XLSX, 422, "bills_damaged"),
        (far_corner(), XLSX, 422, "bills_swells"),
        # A hundred million cells would fit into a large machine; they are refused there, too.
        (far_corner("ALL100000", 100_000), XLSX, 422, "bills_swells"),
        (sheet([["Date"]]), CSV, 422, "bills_role_missing"),
        (b"x" * (handing.LARGEST_UPLOAD + 1), CSV, 413, "too_large"),
    ],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_what_is_no_list_of_bills(client, house, bearer, content, headers, status, code):
    answer = hand_in(client, bearer, content, headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    with house.store.read() as conn:
        assert house.record.entries(conn, -1, 100, ["import.finished"]) == []


def test_bills_need_their_own_scope(client, bearer):
    assert client.post("/api/v1/bills", content=GOOD, headers=CSV).status_code == 401
    assert client.post("/api/v1/bills", content=GOOD, headers=CSV | bearer["costs"]).status_code == 403


HOSTILE = [
    "",
    "x" * 81,
    "\x00",
    "нет",
    "../..",
    "'; drop table costs_bills; --",
    "treatment%00",
    "💶",
    "{}",
    "[]",
    "-1",
]


ASKED = [
    ("/api/v1/costs", ["service"]),
    ("/api/v1/costs/full", ["service", "tier", "channel", "segment", "at"]),
    ("/api/v1/costs/swings", ["service", "tier", "channel", "segment", "at", "swing"]),
    ("/api/v1/costs/under", ["at"]),
    ("/api/v1/costs/actual", ["month"]),
]


def test_hostile_questions_get_a_sentence(client, bearer):
    for path, names in ASKED:
        for name, value in itertools.product(names, HOSTILE):
            asked = ({"service": "treatment"} if path.endswith("swings") else {}) | {name: value}
            answer = client.get(path, params=asked, headers=bearer["costs"])
            assert answer.status_code in (400, 422), (path, asked, answer.text)
            assert answer.json()["code"] and answer.json()["detail"]


CANNOT = [
    ("full?at=2026-02-30", "bad_day"),
    ("full?at=2026-W01-1", "bad_day"),
    ("full?at=0001-01-01", "bad_day"),
    ("full?at=9999-12-31", "bad_day"),
    ("swings?service=treatment&swing=NaN", "bad_swing"),
    ("swings?service=treatment&swing=1", "bad_swing"),
    ("swings?service=treatment&swing=1e-999999", "bad_swing"),
    ("swings?service=treatment&swing=Infinity", "bad_swing"),
    ("actual?month=9999-12", "bad_month"),
    ("actual?month=2026-13", "bad_month"),
    ("full?service=treatment&tier=golden", "unknown_tier"),
    ("full?channel=radio", "unknown_channel"),
    ("full?segment=radio", "unknown_segment"),
]


def test_what_cannot_be_asked(client, bearer):
    for query, code in CANNOT:
        answer = client.get(f"/api/v1/costs/{query}", headers=bearer["costs"])
        assert (answer.status_code, answer.json()["code"]) == (422, code), query


def test_the_calls_are_described(client):
    document = client.get("/api/docs/openapi.json").json()
    costs = {
        path
        for path, calls in document["paths"].items()
        for call in calls.values()
        if "costs" in call["tags"]
    }
    assert costs == {"/api/v1/bills", "/api/v1/costs"} | {
        f"/api/v1/costs/{each}" for each in ("full", "under", "swings", "actual")
    }
    assert "text/csv" in document["paths"]["/api/v1/bills"]["post"]["requestBody"]["content"]


def test_before_the_first_book(store_url, tmp_path):
    from aboveboard.house import House
    from aboveboard.settings import Settings

    house = House.open(Settings(home=str(tmp_path / "empty"), database_url=store_url)).prepare()
    with house.store.write() as tx:
        token = {"Authorization": f"Bearer {tokens.new(tx, 'all', ['costs', 'bills'])}"}
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        for path in ("", "/full", "/under", "/swings?service=x", "/actual"):
            assert client.get(f"/api/v1/costs{path}", headers=token).status_code == 503
        assert client.post("/api/v1/bills", content=GOOD, headers=CSV | token).json()["code"] == "no_book"
    house.close()
