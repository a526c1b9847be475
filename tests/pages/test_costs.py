"""Costs on pages: everything for the desk, and for customers as far as the owner opens the book."""

import re

import pytest

from tests.pages.conftest import SAMPLE

ASK = {"what": "treatment/standard", "quantity": "1", "on": "2027-01-15"}


def publish(house, old, new):
    assert old in SAMPLE
    with house.store.write() as tx:
        house.editions.publish(tx, SAMPLE.replace(old, new))


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_the_desk_sees_cost_floor_and_what_moves_it(clerk, house, tmp_path):
    bills = tmp_path / "bills.csv"
    bills.write_text(
        "Date,Supplier,Amount\n2026-10-02,Alameda Properties,5000\n2026-09-02,Coffee,9\n", "utf-8"
    )
    with house.store.write() as tx:
        from aboveboard import store as clock

        house.bills.take(tx, house.editions.current(tx.conn).book, bills, clock.now().date())
    page = clerk.get("/desk/costs").text
    text = words(page)
    for said in (
        "Treatment · Standard $58.20 $72.11 $90.00",
        "0.75 h × $60.00 (wage of $40.00 × (1 + 20%) ÷ 80% of paid hours)",
        "Asking your insurer: 2 min, in 19% of all cases",
        "Through a booking site $62.70 $77.11",
        "Therapist: wage $66.03 $78.19",
        "What stays empty in a normal month",
        "2026-10: what was paid beside a normal month",
        "each costs more",
        "From 1 July 2027 on:",
    ):
        assert said in text, said
    picture = re.search(r'<svg class="chart".*?</svg>', page, re.DOTALL).group()
    assert "The floor is $72.11." in picture and picture.count("<rect") == 20
    assert "Exercise kit uses up" in clerk.get("/desk/costs?of=exercise_kit/standard").text
    assert "2026-09: what was paid" in clerk.get("/desk/costs?month=2026-09").text
    for strange in ("?of=nothing", "?month=13", "?month=0000-01", "?of=%00&month=%F0%9F"):
        assert clerk.get(f"/desk/costs{strange}").status_code == 200


def test_only_the_desk_sees_it(client):
    assert client.get("/desk/costs").headers["location"] == "/desk/sign-in"


@pytest.mark.parametrize(
    ("how_far", "seen", "hidden"),
    [
        ("items", ["$58.20", "Your therapist's time", "0.75 h × $60.00"], []),
        ("groups", ["$58.20", "People's time", "$45.00", "Rooms and devices"], ["therapist", "$40.00"]),
        ("total", ["$58.20", "$31.80"], ["People's time", "$45.00"]),
        ("none", ["keeps its costs to itself"], ["$58.20", "$45.00", "$72.11"]),
    ],
)
def test_customers_see_as_far_as_the_book_is_open(client, house, how_far, seen, hidden):
    publish(house, "open_book: items", f"open_book: {how_far}")
    page = words(client.get("/costs/treatment").text).replace("&#39;", "'")
    for said in seen:
        assert said in page, said
    for said in hidden:
        assert said not in page, said


def test_a_closed_book_tells_no_cost_anywhere(client, house):
    publish(house, "open_book: items", "open_book: none")
    answer = client.post("/price", data=ASK)
    page = client.get(answer.headers["location"]).text
    assert "You pay $80.37. The list price is $90.00." in page
    file = f"/receipts/{house.record.receipt_id(answer.headers['location'].removeprefix('/price/'))}.json"
    receipt = client.get(file).text
    for secret in ("58.20", "72.11", "5820", "7211", "therapist", "costs us"):
        assert secret not in page, secret
        assert secret not in receipt, secret


def test_the_price_leads_to_its_costs(client):
    page = client.get(client.post("/price", data=ASK).headers["location"]).text
    assert 'href="/costs/treatment"' in page and "Asking your insurer" in page


@pytest.mark.parametrize("how_far", ["items", "groups", "total", "none"])
def test_all_costs_are_one_page(client, house, how_far):
    publish(house, "open_book: items", f"open_book: {how_far}")
    page = words(client.get("/costs").text)
    assert ("Standard $58.20 $90.00" in page) == (how_far != "none")
    assert ("keeps its costs to itself" in page) == (how_far == "none")
    assert client.get("/costs/").status_code == 200


def test_the_picture_shows_cents_and_the_sums_are_exact(client):
    page = client.get("/costs/treatment").text
    picture = re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    assert "$1.33<" in picture[0] and "…" not in "".join(picture)
    assert "Each part is shown to the cent." in page and "$1.3333…" in page


def test_the_desk_is_told_of_prices_under_their_floor(clerk, house):
    assert "Prices under their floor" not in clerk.get("/desk/costs").text
    publish(house, "wage: 40.00", "wage: 55.00")
    page = words(clerk.get("/desk/costs").text)
    assert re.search(
        r"Treatment · Standard: the list price of \$90\.00 is \$[0-9.]+ under the floor of", page
    )
    assert "Treatment · Standard, Through a booking site: the list price" in page


def test_in_chinese_and_of_nothing(client):
    page = client.get("/costs/treatment", headers={"accept-language": "zh"}).text
    assert "单次治疗的成本" in page and "58.20 美元" in page
    for nothing in ("massage", "x" * 80, "%00", "..%2f"):
        assert client.get(f"/costs/{nothing}").status_code == 404
