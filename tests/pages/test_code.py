"""A code opens one's own data for half an hour, and the pages around it tell nobody who is a customer."""

import re
from datetime import timedelta

import pytest

from aboveboard.people.codes import ASKS_A_DAY
from aboveboard.people.model import CODE_MINUTES, Identity
from tests.support.forms import ask_on

ANN = "ann@example.org"


def strip(page):
    return re.sub(r'value="[^"]*"', "", page)


def test_the_code_goes_to_the_mailbox_and_opens_the_history(client, codes):
    assert client.get("/history").headers["location"] == "/code?to=/history"
    page = client.post("/code", data={"who": " Ann@Example.org", "to": "/history"})
    ask = ask_on(page.text)
    assert page.status_code == 200
    [(to, code)] = codes()
    assert to == ANN and code not in page.text
    spaced = f" {code[:3]} {code[3:]} "
    answer = client.post("/code/enter", data={"who": ANN, "ask": ask, "code": spaced, "to": "/history"})
    assert answer.headers["location"] == "/history"
    page = client.get("/history")
    assert page.status_code == 200 and "a…@example.org" in page.text
    assert client.post("/sign-out").headers["location"] == "/"
    assert client.get("/history").status_code == 303


def test_the_answer_is_the_same_for_everyone(client, came, codes):
    came(ANN, 3)
    known, unknown, number = (
        strip(client.post("/code", data={"who": who}).text) for who in (ANN, "nobody@example.org", "R-9999")
    )
    assert known == unknown == number
    assert [to for to, _ in codes()] == [ANN, "nobody@example.org"]
    wrong = [
        strip(client.post("/code/enter", data={"who": w, "ask": "a" * 32, "code": "000000"}).text)
        for w in (ANN, "other@example.org")
    ]
    assert wrong[0] == wrong[1]


def test_a_customer_number_gets_its_code_where_we_can_reach_the_person(client, house, codes):
    with house.store.write() as tx:
        subject = house.people.locate(tx, Identity("customer", "R-1042"))
        house.people.link(tx, subject, Identity("email", ANN))
    ask = ask_on(client.post("/code", data={"who": "r-1042"}).text)
    [(to, code)] = codes()
    assert to == ANN
    assert client.post("/code/enter", data={"who": "R-1042", "ask": ask, "code": code}).status_code == 303


@pytest.mark.parametrize("code", ["", "abc", "00000", "1234567", "１２３４５６"])
def test_a_wrong_code_may_be_typed_again(client, codes, code):
    ask = ask_on(client.post("/code", data={"who": ANN}).text)
    if codes()[0][1] == "123456":
        pytest.fail("one in a million: run again")
    page = client.post("/code/enter", data={"who": ANN, "ask": ask, "code": code})
    assert (page.status_code, "This code does not fit" in page.text) == (422, True)
    assert client.post("/code/enter", data={"who": ANN, "ask": ask, "code": codes()[0][1]}).status_code == 303


def test_after_five_wrong_tries_even_the_right_code_is_dead(client, codes):
    ask = ask_on(client.post("/code", data={"who": ANN}).text)
    right = codes()[0][1]
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        client.post("/code/enter", data={"who": ANN, "ask": ask, "code": wrong})
    assert client.post("/code/enter", data={"who": ANN, "ask": ask, "code": right}).status_code == 422


def test_a_stranger_who_asks_and_guesses_does_not_lock_me_out(client, codes):
    mine = ask_on(client.post("/code", data={"who": ANN}).text)
    code = codes()[0][1]
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(3):
        theirs = ask_on(client.post("/code", data={"who": ANN}).text)
        assert theirs != mine
        for _ in range(5):
            page = client.post("/code/enter", data={"who": ANN, "ask": theirs, "code": wrong})
            assert ask_on(page.text) == theirs
    assert client.post("/code/enter", data={"who": ANN, "ask": mine, "code": code}).status_code == 303


def test_a_code_is_worth_nothing_on_another_form(client, codes):
    ask = ask_on(client.post("/code", data={"who": ANN}).text)
    code = codes()[0][1]
    for other in ({}, {"ask": ""}, {"ask": "f" * 32}, {"ask": '"><b>'}):
        page = client.post("/code/enter", data={"who": ANN, "code": code} | other)
        assert (page.status_code, "<b>" in page.text) == (422, False)
    assert client.post("/code/enter", data={"who": ANN, "ask": ask, "code": code}).status_code == 303


def test_beyond_the_days_share_the_page_is_the_same_and_nothing_is_sent(client, house, codes):
    identity = Identity("email", ANN)
    first = client.post("/code", data={"who": ANN})
    with house.store.write() as tx:
        for _ in range(ASKS_A_DAY):
            tx.now += timedelta(minutes=CODE_MINUTES)
            house.people.codes.issue(tx, identity)
        assert house.people.codes.issue(tx, identity)[0] is None
    later = client.post("/code", data={"who": ANN})
    assert (later.status_code, strip(later.text)) == (first.status_code, strip(first.text))
    assert len(ask_on(later.text)) == 32 and ask_on(later.text) != ask_on(first.text)
    assert len(codes()) == 1


def test_a_code_opens_once_and_only_its_own_person(client, codes):
    ask = ask_on(client.post("/code", data={"who": ANN}).text)
    code = codes()[0][1]
    assert (
        client.post("/code/enter", data={"who": "eve@example.org", "ask": ask, "code": code}).status_code
        == 422
    )
    assert client.post("/code/enter", data={"who": ANN, "ask": ask, "code": code}).status_code == 303
    client.cookies.clear()
    assert client.post("/code/enter", data={"who": ANN, "ask": ask, "code": code}).status_code == 422


@pytest.mark.parametrize(
    ("to", "lands"),
    [
        ("/price", "/price"),
        ("/choices", "/choices"),
        ("/price/" + "a" * 32, "/price/" + "a" * 32),
        ("https://evil.example/", "/history"),
        ("//evil.example/", "/history"),
        ("/\\evil.example", "/history"),
        ("/receipts/../desk", "/history"),
        ("", "/history"),
    ],
)
def test_after_the_code_one_lands_on_our_own_pages_only(client, codes, to, lands):
    ask = ask_on(client.post("/code", data={"who": ANN}).text)
    answer = client.post("/code/enter", data={"who": ANN, "ask": ask, "code": codes()[0][1], "to": to})
    assert answer.headers["location"] == lands


def test_the_history_has_everything_and_only_ones_own(client, be):
    client.post("/choices", data={"everything": "deny", "who": "eve@example.org"})
    client.post("/choices", data={"purpose.share_lab": "allow", "who": ANN})
    be(ANN)
    client.post("/choices", data={"purpose.marketing_email": "deny"})
    client.post("/price", data={"what": "treatment/standard"})
    page = client.get("/history").text
    for words in (
        "You said no to “News by e-mail”.",
        "You said yes to “Samples and findings with the lab”.",
        "This yes was not confirmed",
        "We gave you a price.",
        "Through: this website.",
    ):
        assert words in page, words
    assert "You said no to everything" not in page
    for link in re.findall(r'href="(/(?:receipts|told|price)/[^"]+)"', page):
        assert client.get(link).status_code == 200, link


def test_asking_for_codes_without_end_is_stopped(client):
    from aboveboard.choices.pages import code

    code._asked._seen.clear()
    answers = [client.post("/code", data={"who": f"p{n}@example.org"}).status_code for n in range(12)]
    code._asked._seen.clear()
    assert answers == [200] * 10 + [429] * 2


@pytest.fixture(autouse=True)
def _fresh_windows():
    from aboveboard.choices.pages import code

    code._asked._seen.clear()
    code._tried._seen.clear()
