"""Agreements at every door: the customer's pages, the API, the command line, the worker, and a draft of the book."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

from aboveboard.agreements.commands import agreements_group
from aboveboard.agreements.points_commands import points_group
from aboveboard.agreements.preview import draft
from aboveboard.app import create_app
from aboveboard.book.model import Existing
from aboveboard.store import Store
from aboveboard.web import sessions
from aboveboard.web.tokens import new
from tests.agreements.conftest import BEA, Firm, the_book
from tests.pricing.books import service, tier

DAY = datetime.timedelta(days=1)


@pytest.fixture
def web(make_firm: Callable[[Store], Firm], sqlite_store: Store) -> Iterator[tuple[Firm, TestClient[Any]]]:
    firm = make_firm(sqlite_store)
    firm.house.close = lambda: None  # type: ignore[method-assign] # the fixture closes its store
    with TestClient(create_app(firm.house), raise_server_exceptions=False) as client:
        client.headers.update(
            {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
        )
        client.follow_redirects = False
        yield firm, client


def be(firm: Firm, client: TestClient[Any], who: int) -> None:
    with firm.house.store.write() as tx:
        secret = sessions.begin(tx, "person", who, "a…@example.org")
    client.cookies.set(sessions.COOKIES["person"], secret)


# ---------------------------------------------------------------------------------------------------------- pages
def test_from_looking_to_leaving(web: tuple[Firm, TestClient[Any]]) -> None:
    firm, client = web
    assert client.get("/agreement").headers["location"] == "/code?to=/agreement"
    be(firm, client, firm.person())
    assert "You have no agreement with us." in client.get("/agreement").text
    before = client.post("/agreement", data={"what": "plan/standard/year"}).headers["location"]
    shown = client.get(before).text
    for words in (
        "$94.00",
        "you save $72.00",
        "It stays the same for the whole term",
        "never more than what is left",
        "I agree",
    ):
        assert words in shown, words
    assert "saves us $3.00 a month" in re.sub(
        r"<[^>]+>", "", shown
    )  # what the business has of it is told too
    made = client.post(before, data={"once": "x"}).headers["location"]
    assert client.post(before, data={"once": "x"}).headers["location"] == made
    page = client.get(made).text
    for words in (
        "By then you have saved $6.00",
        "End it now and pay $6.00",
        "unless you say that it should go on",
        "We write to you by",
    ):
        assert words in page, words
    zh = client.get(made, headers={"Accept-Language": "zh"}).text
    assert "现在退出，付 6.00 美元" in zh and "除非您说要续" in zh
    client.post(f"{made}/renewal", data={"renewal": "auto"})
    assert "it goes on for another term" in client.get(made).text
    assert client.post(f"{made}/end", data={"once": "x"}).headers["location"] == made
    over = re.sub(r"<[^>]+>", "", client.get(made).text)
    assert "This agreement was ended." in over and "you pay $6.00" in over and "End it now" not in over
    assert client.post(f"{made}/end", data={"once": "x"}).status_code == 422


def test_an_agreement_is_shown_to_its_customer_only(web: tuple[Firm, TestClient[Any]]) -> None:
    firm, client = web
    made = firm.agree(firm.person())
    assert client.get(f"/agreement/{made.id}").headers["location"] == f"/code?to=/agreement/{made.id}"
    be(firm, client, firm.person(BEA))
    for method, path in (
        ("GET", f"/agreement/{made.id}"), ("POST", f"/agreement/{made.id}/end"), ("POST", f"/agreement/{made.id}/renewal"),
        ("GET", f"/agreement/from/{made.quote}"), ("POST", f"/agreement/from/{made.quote}"), ("GET", "/agreement/xyz"),
    ):  # fmt: skip
        answer = client.request(method, path, data={"renewal": "no"} if method == "POST" else None)
        assert answer.status_code == 404, path
    with firm.house.store.read() as conn:
        kept = firm.house.agreements.get(conn, made.id)
    assert kept == made


def test_what_a_customer_holds_stands_on_their_page(web: tuple[Firm, TestClient[Any]]) -> None:
    firm, client = web
    ann = firm.person()
    firm.take(ann, service="treatment")
    be(firm, client, ann)
    page = client.get("/agreement").text
    assert "You hold 100 points." in page and "100 of them lapse on" in page


# ------------------------------------------------------------------------------------------------------------ API
def test_the_api_begins_shows_and_ends(web: tuple[Firm, TestClient[Any]]) -> None:
    firm, client = web
    ann = firm.person()
    made = firm.ask(ann, terms="year")
    assert client.post("/api/v1/agreements", json={"quote": made.id}).status_code == 401
    with firm.house.store.write() as tx:
        token = new(tx, "crm", ["quotes"])
    client.headers["Authorization"] = f"Bearer {token}"
    answer = client.post("/api/v1/agreements", json={"quote": made.id})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["paid"] == [9400] * 12 and told["customer"]["plain"] == 7200 and told["renewal"] == "ask"
    assert client.get(f"/api/v1/agreements/{told['id']}").json()["id"] == told["id"]
    answered = client.post(f"/api/v1/agreements/{told['id']}/renewal", json={"renewal": "auto"})
    assert answered.json()["renewal"] == "auto"
    ended = client.post(f"/api/v1/agreements/{told['id']}/end", json={}).json()
    assert ended["leaving"]["amount"] == 600 and ended["ended"] == ended["leaving"]["last"]
    again = client.post(f"/api/v1/agreements/{told['id']}/end", json={})
    assert (again.status_code, again.json()["code"]) == (409, "ended")
    assert client.get(f"/api/v1/agreements/{'0' * 32}").status_code == 404
    assert client.post("/api/v1/agreements", json={"quote": "0" * 32}).status_code == 404


def test_points_that_are_not_there_are_a_sentence_and_not_a_fault(web: tuple[Firm, TestClient[Any]]) -> None:
    firm, client = web
    with firm.house.store.write() as tx:
        token = new(tx, "crm", ["quotes"])
    client.headers["Authorization"] = f"Bearer {token}"
    made = firm.ask(firm.person(), service="treatment", points=60)
    answer = client.post(f"/api/v1/quotes/{made.id}/accept", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "few_points")


# --------------------------------------------------------------------------------------------------- command line
def run(firm: Firm, group: Any, *words: str) -> Any:
    found = CliRunner().invoke(group, words, obj=firm.house, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_the_command_line_tells_the_whole_story(small: Firm) -> None:
    ann = small.person()
    made = small.ask(ann, terms="year")
    told = json.loads(run(small, agreements_group, "start", made.id, "--json"))
    assert told["terms"] == "year" and told["now"] == 9400
    assert "1 running." in run(small, agreements_group, "list")
    shown = run(small, agreements_group, "show", told["id"])
    assert "you save $72.00" in shown and re.search(r"renewal \d{4}-", shown)
    later = (datetime.date.fromisoformat(told["renews"]) - 30 * DAY).isoformat()
    assert json.loads(run(small, agreements_group, "renew", "--on", later, "--json"))["told"] == 1
    assert "6.00 美元" in run(small, agreements_group, "end", told["id"], "--lang", "zh")
    assert "1 running." in run(small, agreements_group, "list")  # to the last day of its month
    small.take(ann, service="treatment")
    assert json.loads(run(small, points_group, "liability", "--json"))["owed"] == 80
    assert (
        json.loads(run(small, points_group, "show", "--email", "ann@example.org", "--json"))["points"] == 100
    )
    for wrong in (
        ("show", "nothing"),
        ("start", "nothing"),
        ("end", "nothing"),
        ("notify", "nothing"),
        ("renew", "--on", "x"),
    ):
        found = CliRunner().invoke(agreements_group, wrong, obj=small.house)
        assert found.exit_code == 1 and "Error:" in found.output and "Traceback" not in found.output


def test_the_worker_does_it_by_itself(small: Firm) -> None:
    import threading

    from aboveboard.worker import Worker

    # A month that renews by itself and is told of 25 days before: the letter may go out at once.
    agreements = the_book().agreements
    assert agreements is not None
    soon = [msgspec.structs.replace(each, notice_days=25) for each in agreements.terms]
    small.publish(the_book(agreements=msgspec.structs.replace(agreements, terms=soon)))
    made = small.agree(small.person(), "free")
    Worker(small.house, threading.Event())._renew()
    with small.house.store.read() as conn:
        kept = small.house.agreements.get(conn, made.id)
    assert kept.body.told == (f"renewal:{made.renews.isoformat()}",)


# ---------------------------------------------------------------------------------------------------------- draft
@pytest.mark.parametrize(
    ("way", "dearer", "after"), [(None, 0, 9400), ("keep", 0, 9400), ("move", 1, 11280), ("choose", 0, 9400)]
)
def test_a_draft_says_who_pays_what_and_by_when_to_tell_them(
    small: Firm, tmp_path, way, dearer, after
) -> None:
    first = the_book()
    on = datetime.date(2027, 1, 1) if way == "choose" else None
    plan = service(
        tier("standard", "100.00", ("therapist", "1")), name="plan", unit="month",
        existing=Existing(way=way, on=on) if way else None,
    )  # fmt: skip
    small.publish(the_book(services=[plan, first.services[1]]))
    made = small.agree(small.person())
    with small.house.store.write() as tx:
        small.house.agreements.answer(tx, made.id, "auto")
    dearer_book = the_book(
        services=[
            service(tier("standard", "120.00", ("therapist", "1")), name="plan", unit="month"),
            first.services[1],
        ]
    )
    today = datetime.datetime.now(datetime.UTC).date()
    with small.house.store.read() as conn:
        found = draft(small.renewals, conn, dearer_book, today)
    [row] = found.rows
    assert (row.before, row.after, found.counts()["dearer"]) == (9400, after, dearer)
    assert row.starts == made.renews
    if dearer:
        assert row.notice.by == made.renews - 30 * DAY
        assert "us-ca.arl.17602g.fee-change-window" in row.notice.rules
    draft_file = tmp_path / "draft.yaml"
    draft_file.write_bytes(msgspec.yaml.encode(dearer_book))
    told = json.loads(run(small, agreements_group, "preview", str(draft_file), "--people", "--json"))
    assert told["after"] == after and told["people"][0]["agreement"] == made.id
    assert "Dearer for" in run(small, agreements_group, "preview", str(draft_file), "--people")
