"""The desk's form for where a customer lives."""

from __future__ import annotations

import pytest

from aboveboard.people.model import Identity

ANN = "ann@example.org"


def _known(house):
    with house.store.read() as conn:
        subject = house.people.find(conn, Identity("email", ANN))
        return [] if subject is None else [(p.place, p.source) for p in house.people.places(conn, subject)]


def test_a_clerk_says_where_somebody_lives_and_the_gate_goes_by_it(clerk, house, holds):
    assert holds(ANN, "share_review_site", "review_site") == (True, "default")
    page = clerk.post("/desk/place", data={"who": ANN, "country": "", "state": "Nevada", "source": "person"})
    assert page.status_code == 200
    assert "Nevada, United States, said by the customer" in page.text
    assert _known(house) == [("US-NV", "person")]
    assert holds(ANN, "share_review_site", "review_site") == (False, "default")


def test_what_the_papers_say_stands_beside_it(clerk, house):
    clerk.post("/desk/place", data={"who": ANN, "state": "CA", "source": "person"})
    page = clerk.post("/desk/place", data={"who": ANN, "country": "德国", "source": "desk"}).text
    assert "Germany, from our papers" in page and "California, United States, said by the customer" in page
    assert "They differ. The strictest of them holds." in page
    assert _known(house) == [("DE", "desk"), ("US-CA", "person")]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"who": ANN}, "Say the country or the state."),
        ({"who": ANN, "country": "Narnia"}, "We do not know this country."),
        ({"who": ANN, "country": "US", "state": "Atlantis"}, "We do not know this state."),
        ({"who": "ann@", "country": "US"}, "e-mail address"),
        ({"who": "", "country": "US"}, "customer number"),
        ({"who": ANN, "country": '"><script>alert(1)</script>'}, "We do not know this country."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_saved(clerk, house, said, words):
    page = clerk.post("/desk/place", data=said)
    assert page.status_code == 422 and words in page.text and "<script>alert" not in page.text
    assert _known(house) == []


def test_only_who_may_record_choices_may_say_it(client, house):
    assert client.post("/desk/place", data={"who": ANN, "country": "DE"}).status_code in (303, 401, 403)
    assert _known(house) == []


def test_the_person_sees_it_in_their_history(clerk, be):
    clerk.post("/desk/place", data={"who": ANN, "state": "Nevada", "source": "desk"})
    be(ANN)
    assert "We noted at our desk that you live here: Nevada, United States." in clerk.get("/history").text
    assert "前台记下了，您住在美国内华达州。" in clerk.get("/history?lang=zh").text
