"""The market on pages: every name for the desk, for customers as far as it is open, and the price that opens to each of it."""

import json
import re

import pytest

from tests.pages.conftest import SAMPLE
from tests.pages.test_costs import ASK, publish, words

SECRETS = (
    "Station Therapy",
    "车站理疗",
    "Garden Street",
    "花园街",
    "the list at their front desk",
    "the Sunday paper",
)


def asked(client, lang="en"):
    shown = client.post("/price", data=ASK, follow_redirects=True)
    return client.get(f"{shown.url.path}?lang={lang}").text


def test_the_desk_sees_every_name_and_where_each_tier_stands(clerk):
    page = clerk.get("/desk/market").text
    text = words(page)
    for said in (
        "Treatment · Standard 5.3% below the middle $90.00 $85.00 $93.00 $95.00 $100.00 $110.00 5",
        "Exercise kit 9.1% below the middle $31.72 $34.90",
        "Station Therapy name kept to ourselves $124.00 for 60 minutes",
        "For 45 minutes that is $93.00.",
        "the Sunday paper, page 12",
        "Only there: a pool.",
        "Why: We have no strength machines, so we ask less than most.",
        "Prices older than 180 days want to be looked at again.",
        "Customers see each price that a position names",
    ):
        assert said in text, said
    picture = re.search(r'<svg class="chart".*?</svg>\s*<ul class="legend">', page, re.DOTALL).group()
    assert picture.count('class="c-mark"') == 5 and picture.count('class="c-ring"') == 12
    assert 'href="https://bayside.example.org/prices" rel="nofollow noopener noreferrer"' in page
    zh = words(clerk.get("/desk/market?lang=zh").text)
    assert "比中间价低 5.3%" in zh and "名字不公布" in zh and "我们的价格在同行中的位置" in zh


def test_only_the_desk_sees_it(client):
    assert client.get("/desk/market", follow_redirects=False).status_code == 303


def test_old_prices_and_those_that_count_nowhere_are_marked(clerk, house):
    text = SAMPLE.replace("market:\n", "market:\n  review_days: 1\n").replace("    on_top: 2.00\n", "")
    text = text.replace("by: 0.05", "by: 0.04").replace("worth: 10.00", "worth: 12.00")
    with house.store.write() as tx:
        house.editions.publish(tx, text)
    page = words(clerk.get("/desk/market").text)
    assert "look again" in page
    assert (
        "Counted nowhere Garden Street Physio $98.00 for one visit, and we do not know what tax and fees add."
        in page
    )


def test_the_price_opens_to_each_observation(client):
    text = words(asked(client))
    for said in (
        "Others ask $85.00 to $110.00 for one like this, tax and every fee inside; the middle of 5 prices is $95.00. "
        "We ask $90.00, that is 5.3% less.",
        "What others ask, each for one like yours, tax and every fee inside:",
        "Bayside Physiotherapy $110.00 $110.00 for 45 minutes, tax and every fee inside. Seen on their web page on 10 November",
        "a practice near the station $93.00",
        "Look it up: https://bayside.example.org/prices",
    ):
        assert said in text, said
    zh = words(asked(client, "zh"))
    assert "同行连税和各种费用收 85.00 美元到 110.00 美元" in zh and "车站附近的一家诊所" in zh
    assert not [secret for secret in SECRETS if secret in text + zh]


def test_customers_see_where_prices_stand_without_hidden_names(client):
    page = client.get("/market/treatment").text
    text = words(page)
    assert (
        "Where our prices stand: Treatment" in text and "5.3% below the middle. We have no strength" in text
    )
    assert "a practice with a garden $100.00" in text and "Basic" not in text
    assert not [secret for secret in SECRETS if secret in page]
    zh = client.get("/market/treatment?lang=zh").text
    assert "有花园的一家诊所" in zh and not [secret for secret in SECRETS if secret in zh]


@pytest.mark.parametrize(
    ("shown", "range_", "names", "link"), [("summary", True, False, True), ("none", False, False, False)]
)
def test_customers_see_as_much_as_the_owner_opens(client, house, shown, range_, names, link):
    publish(house, "  shown: observations\n", f"  shown: {shown}\n")
    for page in (asked(client), client.get("/market/treatment").text):
        assert ("Bayside" in page) is names
        assert ("$110.00" in page) is range_
    assert ("/market/treatment" in asked(client)) is link
    assert ("does not show what others ask" in client.get("/market/treatment").text) is not range_


def test_a_service_without_a_position_shows_nothing(client):
    assert "does not show what others ask" in client.get("/market/exercise_kit").text


@pytest.mark.parametrize("service", ["nothing", "..%2f", "%00", "Treatment", "x" * 60])
def test_strange_addresses_find_nothing(client, service):
    assert client.get(f"/market/{service}").status_code == 404


def test_a_source_that_is_no_address_is_no_link(clerk, house):
    publish(
        house,
        "source: https://hillside.example.org/prices",
        'source: "javascript:alert(1)//https://x.example.org"',
    )
    page = clerk.get("/desk/market").text
    assert "javascript:alert(1)" in page and 'href="javascript' not in page and 'href="the list' not in page


def test_before_the_first_book(tmp_path, sqlite_url):
    from litestar.testing import TestClient

    from aboveboard.app import create_app
    from aboveboard.house import House
    from aboveboard.settings import Settings

    empty = House.open(Settings(home=str(tmp_path / "e"), database_url=sqlite_url)).prepare()
    with TestClient(create_app(empty)) as client:
        assert client.get("/market/treatment").status_code == 503


def test_the_api_gives_what_the_page_shows(client):
    made = client.post("/api/v1/quotes", json={"service": "treatment", "at": "2027-01-15"}).json()
    step = next(each for each in made["steps"] if each["kind"] == "margin")
    lines = {each["id"]: each for each in step["observations"]}
    assert lines["station_hour"]["amount"] == 9300 and lines["station_hour"]["source"] is None
    assert lines["station_hour"]["who"] == {"en": "a practice near the station", "zh": "车站附近的一家诊所"}
    assert lines["lakeside_ten"]["quantity"] == "10" and lines["lakeside_ten"]["seen"] == "2026-11-03"
    assert "the middle of 5 prices is $95.00" in step["basis"]["en"]
    assert all(each["observations"] == [] for each in made["steps"] if each["kind"] != "margin")
    assert not [secret for secret in SECRETS if secret in json.dumps(made, ensure_ascii=False)]


def test_the_api_gives_where_prices_stand(client, house):
    told = client.get("/api/v1/market").json()
    assert (told["shown"], told["review_days"], [each["tier"] for each in told["tiers"]]) == (
        "observations", 180, ["standard", "extended"],
    )  # fmt: skip
    assert not [secret for secret in SECRETS if secret in json.dumps(told, ensure_ascii=False)]
    assert client.get("/api/v1/market", params={"service": "exercise_kit"}).json()["tiers"] == []
    strange = client.get("/api/v1/market", params={"service": "x" * 80})
    assert (strange.status_code, strange.json()["code"]) == (422, "unknown_service")
    publish(house, "  shown: observations\n", "  shown: summary\n")
    summary = client.get("/api/v1/market").json()["tiers"][0]
    assert (summary["prices"], summary["middle"], summary["place"]) == ([], 9500, "below")
    publish(house, "  shown: observations\n", "  shown: none\n")
    assert client.get("/api/v1/market").json()["tiers"] == []


def test_only_a_token_of_costs_sees_all_of_it(client, house):
    from aboveboard.web import tokens

    assert client.get("/api/v1/market/full").status_code == 401
    with house.store.write() as tx:
        made = {scope: tokens.new(tx, f"test-{scope}", [scope]) for scope in ("costs", "gate")}
    asked = {scope: {"Authorization": f"Bearer {token}"} for scope, token in made.items()}
    assert client.get("/api/v1/market/full", headers=asked["gate"]).status_code == 403
    publish(house, "    on_top: 2.00\n", "")
    full = client.get("/api/v1/market/full", headers=asked["costs"]).json()
    standard = next(
        each for each in full["tiers"] if (each["service"], each["tier"]) == ("treatment", "standard")
    )
    assert {price["who"]["en"]: price["counts"] for price in standard["prices"]} == {
        "Bayside Physiotherapy": True, "Hillside Clinic": True, "Station Therapy": True, "Lakeside Rehab": True,
        "Garden Street Physio": False,
    }  # fmt: skip
    assert standard["count"] == 4 and standard["prices"][2]["source"] == "the list at their front desk"
