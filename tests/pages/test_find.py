"""Finding a receipt again by its first twelve signs: with the person it opens, without it says nothing, and guessing waits."""

from __future__ import annotations

import re

import pytest

from aboveboard.choices.model import Decision
from aboveboard.people.model import Identity
from tests.pages.conftest import PASSWORD

ANN, BEA = Identity("email", "ann@example.org"), Identity("email", "bea@example.org")


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'")


@pytest.fixture
def rid(house):
    """Ann's no, as a clerk noted it; the number of its receipt."""
    with house.store.write() as tx:
        saved = house.choices.save(
            tx,
            subject=house.people.locate(tx, ANN),
            identity=ANN,
            decisions=[Decision("deny", "all")],
            channel="phone",
            proven=True,
        )
        house.people.locate(tx, BEA)
    return house.record.receipt_id(saved.id)


def find(client, number, who=""):
    return client.post("/receipts", data={"number": number, "who": who})


@pytest.mark.parametrize(
    "dress", [str, str.upper, lambda n: f" {n[:4]} {n[4:8]} {n[8:]} ", lambda n: f"{n[:4]}-{n[4:]}"]
)
def test_the_first_twelve_signs_and_the_person_find_it(client, rid, dress):
    answer = find(client, dress(rid[:12]), "Ann@Example.org ")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/receipts/{rid}")


def test_the_whole_number_needs_nobody(client, rid):
    for written in (rid, rid.replace("-", ""), rid.upper(), f"{rid[:20]} {rid[20:]}"):
        assert find(client, written).headers["location"] == f"/receipts/{rid}"


def test_who_has_proven_it_needs_only_the_signs(client, be, rid):
    be(ANN.value)
    assert 'name="who"' not in client.get("/receipts").text
    assert find(client, rid[:12]).headers["location"] == f"/receipts/{rid}"


def test_whatever_does_not_fit_gets_the_same_answer(client, house, rid):
    from aboveboard.choices.pages import find as module

    mine = client.post("/price", data={"what": "treatment/standard", "quantity": "1"}).headers["location"][7:]
    seen = set()
    for number, who in (
        (rid[:12], ""),  # an entry's id is known to partners: it alone opens nothing
        (rid[:32], ""),
        (rid[:12], BEA.value),
        (rid[:12], "nobody@example.org"),
        (rid[:12], "???"),
        (rid[:11], ANN.value),
        (rid[:13] + "x", ANN.value),
        (rid[:-1] + ("0" if rid[-1] != "0" else "1"), ANN.value),  # a whole number with a wrong code
        ("0" * 12, ANN.value),
        (mine[:12], ANN.value),  # nobody's price
        (rid[:6] + "%" + rid[7:12], ANN.value),
        ("g" * 12, ANN.value),
        ("", ANN.value),
        ("\u0660" * 12, ANN.value),
    ):
        module._asked._seen.clear()
        with house.store.write() as tx:
            from aboveboard.web import limits

            limits.cleared(tx, "receipt:testclient")
        answer = find(client, number, who)
        assert answer.status_code == 422, (number, who)
        form = answer.text.index('<form method="post" action="/receipts">')
        seen.add(re.sub(r"\s+", " ", answer.text[answer.text.index("<main") : form]))
    assert len(seen) == 1 and "We found no receipt with this." in seen.pop()


def test_guessing_waits(client, rid):
    for _ in range(3):
        assert find(client, "0" * 12, ANN.value).status_code == 422
    assert find(client, rid[:12], ANN.value).status_code == 429  # also with the right one


def test_an_address_has_so_many_tries(client, rid):
    for _ in range(10):
        assert find(client, rid).status_code == 303
    assert find(client, rid).status_code == 429


def test_the_receipt_tells_how_to_find_it_again(client, rid):
    page = words(client.get(f"/receipts/{rid}").text)
    assert f"{rid[:4]} {rid[4:8]} {rid[8:12]}" in page
    assert 'href="/receipts"' in client.get("/check").text
    assert "找回回执" in client.get("/receipts", headers={"accept-language": "zh"}).text


# -- at the desk -----------------------------------------------------------------------------------------------------


def test_the_clerk_needs_only_the_signs_that_were_read_out(clerk, rid):
    page = clerk.post("/desk/receipts", data={"number": f"{rid[:4]} {rid[4:8]} {rid[8:12]}"})
    assert (
        page.status_code == 200
        and f'href="/receipts/{rid}"' in page.text
        and "A choice was saved" in page.text
    )
    for wrong in ("", rid[:11], "0" * 12, "%" * 12, "'; drop table--"):
        refused = clerk.post("/desk/receipts", data={"number": wrong})
        assert refused.status_code == 422 and "No receipt begins so" in refused.text


def test_a_program_at_the_desk_waits_too(clerk, rid):
    codes = [clerk.post("/desk/receipts", data={"number": rid[:12]}).status_code for _ in range(61)]
    assert codes[-1] == 429 and set(codes[:-1]) == {200}


def many(house, number):
    with house.store.write() as tx:
        subject = house.people.locate(tx, ANN)
        for _ in range(number):
            house.record.append(
                tx, "credit.moved", subject=subject, facts={"way": "given"}, personal={"amount": 1}
            )
        house.record.append(tx, "agreement.started", subject=subject, facts={}, personal={})


def test_the_desk_sees_a_customers_whole_history_page_by_page(clerk, house, rid):
    many(house, 250)
    seen, before, pages = [], None, 0
    while (pages == 0 or before) and pages < 20:
        page = clerk.post("/desk/history", data={"who": ANN.value} | ({"before": before} if before else {}))
        assert page.status_code == 200 and "On record about a…@example.org" in words(page.text)
        seen += re.findall(r'href="/receipts/([0-9a-f-]{53})"', page.text)
        found = re.search(r'name="before" value="(\d+)"', page.text)
        before, pages = (found[1] if found else None), pages + 1
    assert len(seen) == len(set(seen)) == 252 and pages == 6
    assert seen[-1] == rid and "ann@example.org" not in page.url.path
    assert 'action="/desk/points"' in page.text


def test_the_customer_sees_all_of_it_too(client, house, be, rid):
    many(house, 250)
    be(ANN.value)
    seen, address, pages = [], "/history", 0
    while address and pages < 20:
        page = client.get(address).text
        seen += re.findall(r'href="/receipts/([0-9a-f-]{53})"', page)
        older = re.search(r'href="(/history\?before=\d+)"', page)
        address, pages = (older[1] if older else None), pages + 1
    assert (
        len(seen) == len(set(seen)) == 252
        and pages == 6
        and "A longer agreement began." in client.get("/history").text
    )
    for strange in ("x", "-1", "9" * 18, "9" * 40, "%00", "1e3", "\u0661"):
        assert client.get("/history", params={"before": strange}).status_code == 200
    assert "There is nothing older." in client.get("/history?before=0").text


def test_nobody_sees_anothers_page(client, house, be, rid):
    many(house, 60)
    be(BEA.value)
    assert rid not in client.get("/history?before=999999").text


def test_who_may_look_at_people(client, house, rid):
    assert client.get("/desk/history").headers["location"] == "/desk/sign-in"
    assert client.post("/desk/receipts", data={"number": rid[:12]}).status_code == 401
    with house.store.write() as tx:
        house.staff.add(tx, "eva", "auditor", PASSWORD)
    client.post("/desk/sign-in", data={"name": "eva", "password": PASSWORD})
    assert 'name="who"' not in client.get("/desk/history").text
    assert client.post("/desk/history", data={"who": ANN.value}).status_code == 403
    assert client.post("/desk/receipts", data={"number": rid[:12]}).status_code == 200


def test_strange_customers(clerk, rid):
    assert "We know nobody" in clerk.post("/desk/history", data={"who": "nobody@example.org"}).text
    assert clerk.post("/desk/history", data={"who": "ann@"}).status_code == 422
    assert clerk.post("/desk/history", data={"who": ANN.value, "before": "x"}).status_code == 200
