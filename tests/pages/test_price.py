"""Your price: asked for, explained, with the person's data only if they allow it, and shown only to them."""

import re

import pytest

from aboveboard.proof import receipt as receipts

ANN = "ann@example.org"
ASK = {"what": "treatment/standard", "quantity": "1", "on": "2027-01-15"}


def ask(client, **changes):
    return client.post("/price", data=ASK | changes)


def test_the_price_that_everyone_pays(client, house):
    answer = ask(client)
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    for words in (
        "You pay $80.37. This visit costs us $58.20, and the list price is $90.00.",
        "“Quiet January” takes off $5.40",
        "our lowest price $72.11",
        "This is the price that everyone pays.",
        "This holds each year from 15 September to 20 December.",
        "Your therapist&#39;s time",
        "No data of yours touched this price.",
    ):
        assert words in page.text, words
    quote = house.store
    with quote.read() as conn:
        [entry] = house.record.entries(conn, -1, 10, ["price.quoted"])
    assert (entry.subject, entry.facts["total"]) == (None, 8037)


def test_the_table_adds_up_to_the_cent(client):
    page = client.get(ask(client, quantity="3", what="exercise_kit/standard").headers["location"]).text
    table = re.search(r'<table class="steps".*?</table>', page, re.DOTALL).group()
    rows = re.findall(
        r'<tr>.*?<td class="right"><span class="money">(−?)\$([\d,.]+)</span>', table, re.DOTALL
    )
    total = re.search(r'class="total">.*?\$([\d,.]+)', table, re.DOTALL).group(1)
    cents = [int(f"{'-' if sign else ''}{amount.replace(',', '').replace('.', '')}") for sign, amount in rows]
    assert sum(cents) == int(total.replace(",", "").replace(".", ""))


def test_the_picture_has_its_words(client):
    page = client.get(ask(client).headers["location"]).text
    picture = re.search(r"<svg class=\"chart\".*?</svg>", page, re.DOTALL).group()
    assert "<title id=" in picture and "from $58.20 that it costs us to $80.37 that you pay" in picture
    assert picture.count('class="c-absent"') == 4  # three seasons and the thanks to regulars
    assert "c-personal" not in picture


def test_visits_lower_the_price_only_after_a_proven_yes(client, be, came):
    came(ANN, 12)
    be(ANN)
    before = client.get(ask(client).headers["location"]).text
    assert "You pay $80.37." in before and "No data of yours touched this price." in before
    client.post("/choices", data={"purpose.personal_prices": "allow"})
    address = ask(client).headers["location"]
    after = client.get(address).text
    for words in (
        "You pay $76.35.",
        "your visits so far (12) take off another $4.02",
        "Without your visit count you would pay $80.37, the same as everyone.",
        "c-personal",
        "We used: your visits.",
    ):
        assert words in after, words
    client.post("/choices", data={"everything": "deny"})
    assert "You pay $80.37." in client.get(ask(client).headers["location"]).text
    assert client.get(address).text.count("$76.35")  # yesterday's price stays what it was


def test_a_price_for_a_person_is_shown_to_that_person_only(client, be, came, codes):
    came(ANN, 12)
    be(ANN)
    address = ask(client).headers["location"]
    client.post("/sign-out")
    assert client.get(address).headers["location"] == f"/code?to={address}"
    be("eve@example.org")
    assert client.get(address).status_code == 404


BAD = [
    ({"what": ""}, "Choose a service first."),
    ({"what": "massage/standard"}, "There is no service"),
    ({"what": "treatment/golden"}, "has no tier"),
    ({"quantity": "0"}, "whole number from 1 to 1,000"),
    ({"quantity": "-2"}, "whole number from 1 to 1,000"),
    ({"quantity": "1.5"}, "whole number from 1 to 1,000"),
    ({"quantity": "1001"}, "whole number from 1 to 1,000"),
    ({"quantity": "many"}, "whole number from 1 to 1,000"),
    ({"quantity": "9" * 400}, "whole number from 1 to 1,000"),
    ({"quantity": "²"}, "whole number from 1 to 1,000"),
    ({"on": "2027-02-30"}, "cannot read that date"),
    ({"on": "soon"}, "cannot read that date"),
    ({"on": "1999-12-31"}, "Pick a day in between"),
    ({"on": "9999-12-31"}, "Pick a day in between"),
]


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_what_cannot_be_priced_is_said_on_the_form(client, house, changes, words):
    page = ask(client, **changes)
    assert page.status_code == 422
    assert (
        words in page.text and 'aria-invalid="true"' in page.text
    ) or 'aria-describedby="problem"' in page.text
    with house.store.read() as conn:
        assert house.record.entries(conn, -1, 10, ["price.quoted"]) == []


def test_the_form_lists_what_there_is_to_buy(client):
    page = client.get("/price").text
    assert page.count('name="what"') == 12 and "45 minutes of treatment" in page


def test_the_first_price_shown_is_the_price_to_pay(client):
    """A driving school was fined for less: no list price that turns into another one on the next page."""
    offers = client.get("/price").text.split('name="what"')[1:]
    for offer in offers:
        what = re.search(r'value="([^"]+)"', offer)[1]
        shown = re.search(r"\$[\d,.]+\d", offer)[0]
        paid = client.get(ask(client, what=what, on="").headers["location"]).text
        assert re.search(r'big-price">\s*(?:<[^>]+>)*(\$[\d,.]+\d)', paid)[1] == shown, what


def test_in_chinese(client):
    page = client.get(ask(client).headers["location"], headers={"accept-language": "zh"}).text
    for words in ("您付 80.37 美元", "不适用", "底价 72.11 美元", "从我们的成本到您的价格"):
        assert words in page, words


def test_the_file_of_a_price_tells_of_a_person_only_to_them(client, house, be, came):
    came(ANN, 3)
    be(ANN)
    address = client.post("/price", data={"what": "treatment/standard"}).headers["location"]
    file = f"/receipts/{house.record.receipt_id(address.removeprefix('/price/'))}.json"
    whole = client.get(file).json()
    assert whole["opened"]["data"]["total"] > 0
    client.post("/sign-out")
    assert client.get(file).json()["opened"] is None
    be("bob@example.org")
    stranger = client.get(file)
    assert stranger.json() == {**whole, "opened": None} | {
        name: stranger.json()[name] for name in ("proof", "checkpoint")
    }
    assert receipts.verify(stranger.content, house.keys.signer.verifier).entry == whole["entry"]


def test_the_file_of_a_price_for_nobody_in_particular_is_open(client, house):
    address = client.post("/price", data={"what": "treatment/standard"}).headers["location"]
    whole = client.get(f"/receipts/{house.record.receipt_id(address.removeprefix('/price/'))}.json").json()
    assert whole["entry"]["facts"]["total"] > 0
