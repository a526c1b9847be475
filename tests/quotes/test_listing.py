"""The list of prices that were given: nothing lost between pages, chosen by day, service and state, on both databases."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from litestar.testing import TestClient
from msgspec import structs

from aboveboard import store as clock
from aboveboard.app import create_app
from aboveboard.quotes import listing
from aboveboard.quotes.listing import Wanted, listed
from aboveboard.web import tokens
from tests.pricing.books import book, service, tier
from tests.quotes.conftest import ANN

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def busy(make_clinic, store):
    """A clinic with two services, on both databases."""
    made = make_clinic(store)
    two = structs.replace(service(tier("standard", "100.00", ("therapist", "1"))), id="massage")
    made.publish(book(services=[service(tier("standard", "100.00", ("therapist", "1"))), two]))
    return made


def look(clinic, wanted=None, before=None, limit=50):
    with clinic.store.read() as conn:
        return listed(conn, clinic.quotes, wanted or Wanted(), clock.now(), ZONE, before, limit)


def ids(page):
    return [one.quote.id for one in page.rows]


def today():
    return clock.now().astimezone(ZONE).date()


def test_pages_hold_every_price_once_newest_first(busy):
    made = [busy.ask(at=None).id for _ in range(7)]
    seen, before = [], None
    for _ in range(9):
        page = look(busy, before=before, limit=3)
        seen += ids(page)
        before = page.before
        if before is None:
            break
    assert seen == made[::-1]


def test_equal_moments_are_not_lost_between_pages(busy, monkeypatch):
    from aboveboard import store

    moment = clock.now()
    monkeypatch.setattr(store, "now", lambda: moment)
    made = {busy.ask(at=None).id for _ in range(5)}
    first = look(busy, limit=2)
    second = look(busy, before=first.before, limit=2)
    third = look(busy, before=second.before, limit=2)
    assert {*ids(first), *ids(second), *ids(third)} == made and third.before is None


def test_by_state(busy, later):
    with busy.store.write() as tx:
        ann = busy.people.locate(tx, ANN)
    kept = busy.ask(at=(today() + datetime.timedelta(days=10)).isoformat())
    short = busy.ask(ann, at=None)
    past = busy.ask(at="2026-01-05")
    taken = busy.ask(at=None)
    with busy.store.write() as tx:
        busy.quotes.accept(tx, taken.id)
    states = {one.quote.id: one.state for one in look(busy).rows}
    assert states == {kept.id: "open", short.id: "open", past.id: "expired", taken.id: "taken"}
    for state, found in (("open", {kept.id, short.id}), ("expired", {past.id}), ("taken", {taken.id})):
        page = look(busy, Wanted(state=state))
        assert set(ids(page)) == found
        assert all((one.taken_at is not None) == (state == "taken") for one in page.rows)
    later(days=3)
    assert ids(look(busy, Wanted(state="open"))) == [kept.id]
    later(days=30)
    assert ids(look(busy, Wanted(state="open"))) == []
    assert set(ids(look(busy, Wanted(state="expired")))) == {kept.id, short.id, past.id}


def test_by_service_without_telling_what_a_person_asked_for(busy):
    with busy.store.write() as tx:
        ann = busy.people.locate(tx, ANN)
    mine, anyone = busy.ask(ann, service="massage", at=None), busy.ask(service="massage", at=None)
    busy.ask(at=None)
    assert set(ids(look(busy, Wanted(service="massage")))) == {mine.id, anyone.id}
    assert ids(look(busy, Wanted(service="massage", personal=False))) == [anyone.id]
    assert len(look(busy, Wanted(personal=False)).rows) == 3


def test_by_the_days_of_the_business(busy, monkeypatch):
    from aboveboard import store

    # 23:30 in the evening there is the next day in UTC.
    evening = datetime.datetime(2026, 11, 20, 23, 30, tzinfo=ZONE)
    real = clock.now()
    monkeypatch.setattr(store, "now", lambda: evening.astimezone(datetime.UTC))
    late = busy.ask(at=None)
    monkeypatch.setattr(store, "now", lambda: real)
    day = datetime.date(2026, 11, 20)
    after = day + datetime.timedelta(days=1)
    assert ids(look(busy, Wanted(first=day, last=day))) == [late.id]
    assert ids(look(busy, Wanted(first=after))) == [] and ids(look(busy, Wanted(last=after))) == [late.id]
    for extreme in (datetime.date.min, datetime.date.max):
        look(busy, Wanted(first=extreme, last=extreme))
    assert ids(look(busy, Wanted(last=datetime.date.max))) == [late.id]


def test_a_rare_wish_looks_through_a_bounded_number_and_goes_on(busy, monkeypatch):
    rare = busy.ask(service="massage", at=None)
    for _ in range(5):
        busy.ask(at=None)
    monkeypatch.setattr(listing, "MOST_LOOKED", 2)
    monkeypatch.setattr(listing, "_BATCH", 2)
    seen, before, pages = [], None, 0
    while (pages == 0 or before is not None) and pages < 20:
        page = look(busy, Wanted(service="massage"), before)
        assert page.before is None or page.reached is not None
        seen, before, pages = seen + ids(page), page.before, pages + 1
    assert seen == [rare.id] and pages == 3


def test_the_prices_of_who_was_erased_are_gone(busy):
    with busy.store.write() as tx:
        ann = busy.people.locate(tx, ANN)
    busy.ask(ann, at=None)
    left = busy.ask(at=None)
    with busy.store.write() as tx:
        busy.people.erase(tx, ann, "asked")
    assert ids(look(busy)) == [left.id]


# -- over the API ------------------------------------------------------------------------------------------------------


@pytest.fixture
def api(house):
    with house.store.write() as tx:
        token = tokens.new(tx, "till", ["quotes"])
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_the_list_over_the_api(api):
    first = api.post("/api/v1/quotes", json={"service": "treatment"}).json()
    second = api.post(
        "/api/v1/quotes", json={"service": "treatment", "identity": {"email": ANN.value}}
    ).json()
    assert api.post(f"/api/v1/quotes/{first['id']}/accept", json={}).status_code == 200
    said = api.get("/api/v1/quotes").json()
    assert [(one["id"], one["state"], one["personal"]) for one in said["quotes"]] == [
        (second["id"], "open", True),
        (first["id"], "taken", False),
    ]
    assert said["next"] is None and said["quotes"][0]["total"] == second["total"]
    page = api.get("/api/v1/quotes", params={"limit": 1}).json()
    rest = api.get("/api/v1/quotes", params={"limit": 1, "before": page["next"]}).json()
    assert [page["quotes"][0]["id"], rest["quotes"][0]["id"]] == [second["id"], first["id"]]
    assert [one["id"] for one in api.get("/api/v1/quotes?state=taken").json()["quotes"]] == [first["id"]]


@pytest.mark.parametrize(
    "query",
    [
        "state=gone", "state=", "first=soon", "first=2026-02-30", "before=1", "before=x-" + "0" * 32, "limit=0", "limit=201",
        "limit=many", "service=" + "x" * 81, "before=" + "9" * 18 + "-" + "0" * 32, "last=2026-13-01",
    ],
)  # fmt: skip
def test_hostile_questions_to_the_list(api, query):
    answer = api.get(f"/api/v1/quotes?{query}")
    assert answer.status_code == 400 and answer.json()["code"], answer.text


def test_questions_that_find_nothing(api):
    for query in (
        "service=nothing",
        "before=" + "9" * 17 + "-" + "0" * 32,
        "first=9999-12-31",
        "last=0001-01-01",
    ):
        assert api.get(f"/api/v1/quotes?{query}").json() == {"quotes": [], "next": None}, query
    del api.headers["Authorization"]
    assert api.get("/api/v1/quotes").status_code == 401
