"""The list of offers and rules, the form with codes and groups, the way to a cheaper price, and taking one."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from tests.pages.test_price import ANN, ask

PLAIN = {"what": "treatment/standard", "quantity": "2", "on": "2027-01-15"}


def _page(client, **said):
    return client.get(client.post("/price", data=PLAIN | said).headers["location"])


def test_the_one_list_says_the_order_and_what_does_not_go_together(client):
    page = client.get("/offers").text
    names = re.findall(r'<li id="offer-(\w+)"', page)
    assert names.index("new_room") < names.index("student_price") < names.index("leaflet")
    for words in (
        "Offers apply from top to bottom.",
        "Does not go together with: For students.",
        "Show a code that is good for this offer.",
        "You study at a school",
        "5% on top of the list price.",
        "We never ask more than 10% above the list price.",
        "It is worth $10.20 to us",
        "None. The price you see is the price you pay, with tax.",
    ):
        assert words in page, words
    assert "从上到下依次计算" in client.get("/offers?lang=zh").text


def test_every_published_rule_a_price_names_is_on_the_list(client):
    page, listed = (
        _page(client, group="students", code="river 8", time="18:30").text,
        client.get("/offers").text,
    )
    anchors = re.findall(r'href="/offers#([\w-]+)"', page)
    assert {"offer-student_price", "offer-leaflet", "condition-evening"} <= set(anchors)
    assert all(f'id="{anchor}"' in listed for anchor in anchors)


def test_codes_groups_and_hours_count_only_when_asked_for(client):
    assert "$160.74" in _page(client).text
    page = _page(client, group="students", code="river 8", time="18:30").text
    for words in (
        "“Evening hours” adds $9.00",
        "“For students” takes off another $17.82",
        "“The code on our leaflet”",
    ):
        assert words in page, words
    assert "Whoever shows the same code or card pays the same." in page


def test_what_did_not_count_stands_apart_with_what_it_asks(client):
    page = _page(client).text
    absent = page[page.index('id="absent"') :]
    for words in (
        "For students",
        "Show a student card that is still good.",
        "Show a code that is good for this offer.",
    ):
        assert words in absent, words


@pytest.mark.parametrize(
    ("what", "expected"), [("treatment/standard", "course"), ("treatment/extended", "time")]
)
def test_one_press_makes_the_cheaper_price(client, what, expected):
    address = ask(client, what=what, time="18:30").headers["location"]
    page = client.get(address).text
    ways = re.findall(r'name="way" value="(\w+)">([^<]+)<', page)
    assert expected in dict(ways)
    for way, words in ways:
        promised = re.search(r"is (\$[\d.,]+\d)", words).group(1)
        if way == "course":
            # The price of one of ten; the page is about the whole.
            promised = f"${Decimal(promised[1:]) * 10:.2f}"
        other = client.post(f"{address}/instead", data={"way": way}).headers["location"]
        assert other != address and f'<span class="money">{promised}</span></p>' in client.get(other).text, (
            words
        )


@pytest.mark.parametrize("way", ["", "moon", "0", "__class__", "x" * 400])
def test_a_way_that_is_not_offered(client, way):
    address = ask(client).headers["location"]
    assert client.post(f"{address}/instead", data={"way": way}).status_code == 404


def test_a_price_is_taken_once_and_its_receipt_proves_it(client, house):
    address = ask(client).headers["location"]
    assert "Take this price" in client.get(address).text
    for _ in range(2):
        assert client.post(f"{address}/accept", data={"take": "yes"}).headers["location"] == address
    page = client.get(address).text
    assert "You took this price." in page and "Take this price" not in page
    receipt = re.search(r'href="(/receipts/[^"]+\.json)"', page).group(1)
    assert client.get(receipt).json()["entry"]["kind"] == "price.accepted"
    with house.store.read() as conn:
        assert len(house.record.entries(conn, -1, 10, ["price.accepted"])) == 1


def test_an_offer_that_was_used_up_meanwhile_is_said_and_nothing_is_taken(client):
    """The code's budget of $400 is good for 50 orders; the one after that is told so."""
    addresses = [
        client.post("/price", data=PLAIN | {"code": "RIVER-8"}).headers["location"] for _ in range(51)
    ]
    for address in addresses[:50]:
        assert client.post(f"{address}/accept", data={"take": "yes"}).status_code == 303
    last = client.post(f"{addresses[50]}/accept", data={"take": "yes"})
    assert last.status_code == 409
    assert "Nothing was taken." in last.text and "was used up after this price was made" in last.text
    assert "used up" in client.get("/offers").text


def test_a_price_for_a_person_is_taken_by_that_person_only(client, be, came):
    came(ANN, 12)
    be(ANN)
    client.post("/choices", data={"purpose.personal_prices": "allow"})
    address = ask(client).headers["location"]
    client.post("/sign-out")
    assert client.post(f"{address}/accept", data={"take": "yes"}).status_code == 404
    assert client.post(f"{address}/instead", data={"way": "tier"}).status_code == 404
    be("eve@example.org")
    assert client.post(f"{address}/accept", data={"take": "yes"}).status_code == 404
    be(ANN)
    assert client.post(f"{address}/accept", data={"take": "yes"}).status_code == 303


def test_a_form_from_elsewhere_takes_nothing(client):
    address = ask(client).headers["location"]
    answer = client.post(f"{address}/accept", data={"take": "yes"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403 and "Take this price" in client.get(address).text


def test_a_service_with_more_to_choose_has_a_page_of_its_own(client):
    assert 'href="/price/members_plan"' in client.get("/price").text
    page = client.get("/price/members_plan").text
    for name in ("add_on.open_classes", "add_on.second_treatment", "seats"):
        assert f'name="{name}"' in page, name
    said = {"page": "members_plan", "what": "members_plan/family", "quantity": "1", "on": "", "seats": "3"}
    assert "$518.00" in client.get(client.post("/price", data=said).headers["location"]).text
    assert client.get("/price/swimming").status_code == 404


BAD = [
    ({"code": "nonsense"}, "code", "We do not know the code"),
    ({"code": "<script>alert(1)</script>"}, "code", "We do not know the code"),
    ({"code": ",".join(f"c{n}" for n in range(11))}, "code", "at most 10 codes"),
    ({"group": "kings"}, "group", "There is no group"),
    ({"time": "25:00"}, "time", "We cannot read that time"),
    ({"time": "noon"}, "time", "We cannot read that time"),
    ({"time": "12:00", "on": "soon"}, "on", "cannot read that date"),
    ({"with": "moon"}, "with", "is not sold here"),
    ({"page": "members_plan", "what": "members_plan/family", "seats": "99"}, "seats", "seats"),
    ({"page": "members_plan", "what": "members_plan/family", "seats": "-1"}, "seats", "Write a whole number"),
    ({"page": "members_plan", "what": "members_plan/standard", "seats": "2"}, "seats", "not sold by seats"),
    ({"page": "members_plan", "what": "members_plan/plus", "add_on.open_classes": "1"}, "add_on", "does not go with"),
    ({"page": "members_plan", "what": "members_plan/plus", "add_on.moon": "1"}, "add_on", "has no add-on"),
    ({"page": "members_plan", "what": "members_plan/plus", "add_on.video": "1e9"}, "add_on", "Write a whole number"),
    ({"page": "classes_at_your_firm", "what": "classes_at_your_firm/standard", "use.firm_classes": "x"}, "use", "no amount"),
    ({"page": "classes_at_your_firm", "what": "classes_at_your_firm/standard", "use.firm_classes": "NaN"}, "use", "no amount"),
    ({"page": "open_evening", "what": "open_evening/standard", "pays": "1"}, "pays", "at least"),
    ({"page": "open_evening", "what": "open_evening/standard", "pays": "NaN"}, "pays", "cannot read that amount"),
    ({"page": "open_evening", "what": "open_evening/standard", "pays": "-5"}, "pays", "cannot read that amount"),
    ({"page": "open_evening", "what": "open_evening/standard", "pays": "1e3"}, "pays", "cannot read that amount"),
    ({"starts": "yesterday"}, "starts", "We cannot read that time"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "field", "words"), BAD)
def test_what_cannot_be_read_is_said_at_its_field(client, house, said, field, words):
    page = client.post("/price", data=PLAIN | said)
    assert page.status_code == 422
    assert words in re.sub(r"&#39;", "'", page.text)
    if field != "starts":
        assert f'id="{field}-wrong"' in page.text
    assert "<script>alert" not in page.text
    with house.store.read() as conn:
        assert house.record.entries(conn, -1, 10, ["price.quoted"]) == []


def test_the_api_lists_offers_and_rules(client):
    told = client.get("/api/v1/offers").json()
    assert [offer["place"] for offer in told["offers"]] == list(range(1, len(told["offers"]) + 1))
    assert {"season", "condition", "loyalty", "guard"} == {rule["kind"] for rule in told["rules"]}
    kit = client.get("/api/v1/offers?service=exercise_kit").json()
    assert "kit_with_treatment" in [offer["id"] for offer in kit["offers"]]
    assert "student_price" not in [offer["id"] for offer in kit["offers"]]
    wrong = client.get("/api/v1/offers?service=moon")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_service")


def test_where_there_is_something_to_agree_to_for_longer_the_pages_lead_there(client):
    for address in ("/price", "/price/members_plan"):
        assert (
            "agree for longer" in client.get(address).text and 'href="/agreement"' in client.get(address).text
        )
    assert 'href="/agreement"' not in client.get("/price/exercise_kit").text
    assert 'href="/agreement"' in _page(client, what="members_plan/standard").text
    assert 'href="/agreement"' not in _page(client).text


def test_a_price_for_an_agreement_is_not_taken_by_one_press(client, be):
    be(ANN)
    before = client.post("/agreement", data={"what": "members_plan/standard/year"}).headers["location"]
    number = before.rsplit("/", 1)[1]
    page = client.get(f"/price/{number}").text
    assert f'href="/agreement/from/{number}"' in page
    assert f"/price/{number}/accept" not in page


def test_the_history_tells_of_what_was_taken_and_agreed_to(client, be):
    be(ANN)
    taken = client.post("/price", data=PLAIN).headers["location"]
    client.post(f"{taken}/accept", data={"take": "yes"})
    before = client.post("/agreement", data={"what": "members_plan/standard/year"}).headers["location"]
    mine = client.post(before, data={"once": "1"}).headers["location"]
    client.post(f"{mine}/renewal", data={"renewal": "no"})
    client.post(f"{mine}/end", data={"once": "1"})
    page, chinese = client.get("/history").text, client.get("/history?lang=zh").text
    for en, zh in (
        ("You took a price.", "您接受了一个价格。"),
        ("A longer agreement began.", "一份长期约定开始了。"),
        ("You said what happens at the end of your agreement’s term.", "您说了长期约定到期后怎么办。"),
        ("Your agreement was ended.", "您的长期约定结束了。"),
    ):
        assert en in page and zh in chinese, en
    for link in re.findall(r'href="(/(?:receipts|agreement|price)[^"]*)"', page):
        assert client.get(link).status_code == 200, link


def test_the_history_has_words_for_every_kind_it_lists():
    from aboveboard.choices.pages import history
    from aboveboard.record.model import KINDS
    from aboveboard.words.catalogue import Catalogue

    told = {kind for kind in KINDS if kind.startswith(("agreement.", "price."))}
    assert told <= set(history.KINDS)
    words = Catalogue.load("aboveboard.choices")
    assert all(words.text(f"history.{history._PLAIN[kind]}") for kind in told)
