"""The desk's list of prices: found by day, service and state, opened, taken, and shown as far as the role sees."""

import re

import pytest

from tests.pages.conftest import PASSWORD

ASK = {"what": "treatment/standard", "quantity": "1"}
WORDS = re.compile(r"\s+")


def words(page):
    return WORDS.sub(" ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'")


@pytest.fixture
def given(client):
    """A price for anyone; its id."""
    return client.post("/price", data=ASK).headers["location"].removeprefix("/price/")


@pytest.fixture
def hers(client, be, given):
    """A price for somebody who signed in; its id. The client is signed out again."""
    be("zoe@example.org")
    made = client.post("/price", data=ASK).headers["location"].removeprefix("/price/")
    client.post("/sign-out", data={"x": "y"})
    client.cookies.clear()
    return made


def sign_in(client, house, name, role):
    with house.store.write() as tx:
        house.staff.add(tx, name, role, PASSWORD)
    assert client.post("/desk/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303


def test_a_clerk_finds_opens_and_takes_a_price(client, house, hers, given):
    sign_in(client, house, "ann", "clerk")
    page = client.get("/desk/quotes").text
    text = words(page)
    assert "Made for z…@example.org." in text and "For anyone." in text and "zoe@" not in page
    assert page.index(hers) < page.index(given)
    one = client.get(f"/desk/quotes/{hers}")
    for said in (
        "Made for z…@example.org.",
        "You pay",
        "Your therapist's time",
        "may be taken",
        "Take it for the customer",
    ):
        assert said in words(one.text), said
    assert f'action="/desk/quotes/{hers}/take"' in one.text and '<svg class="chart"' in one.text
    assert client.post(f"/desk/quotes/{hers}/take", data={"take": "yes"}).status_code == 303
    after = client.get(f"/desk/quotes/{hers}").text
    assert "Taken" in words(after) and "/take" not in after
    # Once is once, and the list says so.
    assert client.post(f"/desk/quotes/{hers}/take", data={"take": "yes"}).status_code == 303
    taken, still = client.get("/desk/quotes?state=taken").text, client.get("/desk/quotes?state=open").text
    assert hers in taken and given not in taken and given in still and hers not in still


def test_an_auditor_sees_nothing_about_a_person_and_takes_nothing(client, house, hers, given):
    sign_in(client, house, "eva", "auditor")
    page = client.get("/desk/quotes").text
    assert (
        "Your role does not show it" in words(page)
        and hers not in page
        and given in page
        and "z…@" not in page
    )
    one = client.get(f"/desk/quotes/{hers}").text
    assert "Your role does not show it" in words(one)
    for secret in ("You pay", "$9", "z…@", "Treatment", "<svg class"):
        assert secret not in one, secret
    assert "You pay" in client.get(f"/desk/quotes/{given}").text
    # Not even that somebody asked for this service.
    assert "Your role does not show it" not in client.get("/desk/quotes?service=treatment").text
    for quote in (hers, given):
        assert client.post(f"/desk/quotes/{quote}/take", data={"take": "yes"}).status_code == 403


def test_nobody_else_gets_in(client, given):
    for path in ("/desk/quotes", f"/desk/quotes/{given}"):
        assert client.get(path).headers["location"] == "/desk/sign-in"
    assert client.post(f"/desk/quotes/{given}/take", data={"take": "yes"}).status_code == 401


def test_forms_from_elsewhere_take_nothing(clerk, house, given):
    foreign = clerk.post(
        f"/desk/quotes/{given}/take", data={"take": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert "Take it for the customer" in clerk.get(f"/desk/quotes/{given}").text


def test_a_price_with_terms_is_not_taken_by_one_press(client, house, be, given):
    be("zoe@example.org")
    what = re.search(r'name="what" value="([^"]+)"', client.get("/agreement").text)[1]
    made = client.post("/agreement", data={"what": what}).headers["location"].rpartition("/")[2]
    sign_in(client, house, "ann", "clerk")
    assert "This price is for an agreement" in client.get(f"/desk/quotes/{made}").text
    refused = client.post(f"/desk/quotes/{made}/take", data={"take": "yes"})
    assert refused.status_code == 409 and "Nothing was taken" in refused.text
    assert made not in client.get("/desk/quotes?state=taken").text


def test_a_price_that_is_over_cannot_be_taken(clerk):
    past = clerk.post("/price", data=ASK | {"on": "2026-01-05"}).headers["location"].rpartition("/")[2]
    assert "/take" not in clerk.get(f"/desk/quotes/{past}").text
    refused = clerk.post(f"/desk/quotes/{past}/take", data={"take": "yes"})
    assert refused.status_code == 409 and "nothing was taken" in words(refused.text)
    assert past in clerk.get("/desk/quotes?state=expired").text


def test_paging_keeps_the_question(clerk, monkeypatch):
    from aboveboard.quotes import desk_pages

    for _ in range(3):
        clerk.post("/price", data=ASK)
    real = desk_pages.listed
    monkeypatch.setattr(desk_pages, "listed", lambda *asked: real(*asked, limit=2))
    page = clerk.get("/desk/quotes?service=treatment&state=open").text
    older = re.search(r'href="(/desk/quotes\?[^"]*before=[^"]*)"', page)[1].replace("&amp;", "&")
    assert "service=treatment&state=open&before=" in older
    second = clerk.get(older).text
    assert second.count('<li>\n<p class="soft small">') == 1 and "Back to the newest" in second
    assert not set(re.findall(r"/desk/quotes/([0-9a-f]{32})", page)) & set(
        re.findall(r"/desk/quotes/([0-9a-f]{32})", second)
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=soon", 422), ("to=2026-02-30", 422), ("from=2026-11-02&to=2026-11-01", 422), ("service=%00", 422),
        ("state=gone", 422),         ("from=0001-01-01", 422), ("before=x", 200),
        ("before=" + "9" * 17 + "-" + "0" * 32, 200), ("service=nothing_here", 200),
        ("service=" + "x" * 500, 422), ("from=2026-11-01&to=2026-11-02", 200), ("state=%F0%9F", 422),
    ],
)  # fmt: skip
def test_strange_questions(clerk, query, status):
    assert clerk.get(f"/desk/quotes?{query}").status_code == status


def test_prices_that_are_not_there(clerk):
    for nothing in ("0" * 32, "x", "%00", "treatment"):
        assert clerk.get(f"/desk/quotes/{nothing}").status_code == 404
        assert clerk.post(f"/desk/quotes/{nothing}/take", data={"take": "yes"}).status_code == 404


def test_in_chinese(clerk, given):
    zh = {"accept-language": "zh"}
    assert "给出的价格" in clerk.get("/desk/quotes", headers=zh).text
    assert "替顾客成交" in clerk.get(f"/desk/quotes/{given}", headers=zh).text
