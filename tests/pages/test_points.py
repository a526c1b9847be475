"""Credit at the desk: given and given back for a reason, once, by who may, and on record for the customer."""

from __future__ import annotations

import re

import pytest

from aboveboard.people.model import Identity
from tests.pages.conftest import PASSWORD

ANN = Identity("email", "ann@example.org")


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'")


@pytest.fixture(autouse=True)
def ann(house):
    with house.store.write() as tx:
        return house.people.locate(tx, ANN)


def give(client, amount="10.00", why="the lift stood still", way="given", who=ANN.value):
    return client.post("/desk/points/move", data={"who": who, "amount": amount, "why": why, "way": way})


def held(house, subject):
    import datetime

    with house.store.read() as conn:
        return house.purses.held(conn, subject, datetime.date(2026, 11, 24)).credit


def entries(house):
    with house.store.read() as conn:
        found = house.record.entries(conn, -1, 1000, ["credit.moved"])
        return [(each.facts, house.record.open(conn, each)) for each in found]


def test_credit_is_given_and_given_back_once_for_each_reason(clerk, house, ann):
    page = clerk.post("/desk/points", data={"who": ANN.value})
    assert page.status_code == 200 and "What a…@example.org holds" in words(page.text)
    assert "Give back as money" not in page.text  # there is nothing to give back
    done = give(clerk, "1,010.50")
    assert done.status_code == 200 and "Done. a…@example.org now holds $1,010.50 of credit." in words(
        done.text
    )
    again = give(clerk, "1,010.50", "the  lift stood still ")
    assert "This was done before, for the same reason." in words(again.text) and held(house, ann) == 101050
    back = give(clerk, "10.50", "asked at the desk", "back")
    assert "now holds $1,000.00" in words(back.text) and held(house, ann) == 100000
    text = words(back.text)
    assert text.index("asked at the desk given back") < text.index("the lift stood still given")
    assert "Customers also hold $1,000.00 in credit" in text
    said = entries(house)
    assert [facts for facts, _ in said] == [{"way": "given"}, {"way": "back"}]
    assert (
        said[0][1]["amount"] == 101050
        and said[0][1]["why"] == "the lift stood still"
        and said[0][1]["by"] == "ann"
    )


def test_the_same_reason_counts_for_each_customer(clerk, house, ann):
    with house.store.write() as tx:
        bea = house.people.locate(tx, Identity("phone", "+14085550142"))
    give(clerk)
    assert "now holds $10.00" in words(give(clerk, who="+1 408 555 0142").text)
    assert held(house, ann) == held(house, bea) == 1000


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        *(({"amount": wrong}, "above zero") for wrong in (
            "", "0", "-5", "NaN", "1e3", "1.005", "12,50", "1,0000", ",100", "9" * 30, "１０", "10 000", "=1+1"
        )),
        ({"why": ""}, "1 to 60 signs"),
        ({"why": "x" * 61}, "1 to 60 signs"),
        ({"who": "nobody@example.org"}, "We know nobody"),
        ({"who": "???"}, ""),
        ({"way": "back"}, "hold $0.00"),
        ({"way": "back", "amount": "0.01"}, "hold $0.00"),
    ],
)  # fmt: skip
def test_what_cannot_be_moved(clerk, house, ann, fields, said):
    answer = give(clerk, **fields)
    assert answer.status_code == 422 and said in words(answer.text)
    assert entries(house) == [] and held(house, ann) == 0


def test_somebody_unknown_is_said_to_be(clerk):
    page = clerk.post("/desk/points", data={"who": "nobody@example.org"}).text
    assert "We know nobody under this." in page and "/desk/points/move" not in page


def test_who_may_and_from_where(client, house, ann):
    assert client.get("/desk/points").headers["location"] == "/desk/sign-in"
    assert give(client).status_code == 401
    with house.store.write() as tx:
        house.staff.add(tx, "eva", "auditor", PASSWORD)
        house.staff.add(tx, "ola", "owner", PASSWORD)
    client.post("/desk/sign-in", data={"name": "eva", "password": PASSWORD})
    page = client.get("/desk/points").text
    assert "What we owe" in page and 'name="who"' not in page
    assert (
        client.post("/desk/points", data={"who": ANN.value}).status_code == 403
        and give(client).status_code == 403
    )
    client.post("/desk/sign-in", data={"name": "ola", "password": PASSWORD})
    client.headers["Sec-Fetch-Site"] = "cross-site"
    assert give(client).status_code == 403 and held(house, ann) == 0
    client.headers["Sec-Fetch-Site"] = "same-origin"
    assert give(client).status_code == 200 and held(house, ann) == 1000


def test_the_customer_reads_it_in_their_history_and_nobody_else_in_the_receipt(clerk, house, be):
    give(clerk, "10.00", "we were late on Monday")
    with house.store.read() as conn:
        [entry] = house.record.entries(conn, -1, 1000, ["credit.moved"])
    rid = house.record.receipt_id(entry.id)
    assert "late on Monday" not in clerk.get(f"/receipts/{rid}.json").text
    be(ANN.value)
    assert "We gave you credit." in clerk.get("/history").text
    assert "late on Monday" in clerk.get(f"/receipts/{rid}.json").text


def test_in_chinese(clerk):
    page = clerk.post("/desk/points", data={"who": ANN.value}, headers={"accept-language": "zh"}).text
    assert "加余额" in page and "我们欠多少" in page
