"""The desk's form for where a customer lives."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from aboveboard.choices.erase_commands import people_group
from aboveboard.choices.signals.heard import read
from aboveboard.partners.followers import follow
from aboveboard.people.imports import import_customers
from aboveboard.people.model import Identity
from aboveboard.web import tokens
from tests.choices.signals.strings import gpp_string
from tests.pages.conftest import SAMPLE

ANN = "ann@example.org"
ME = Identity("email", ANN)


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


# -- a signal that counts since we know where somebody lives ---------------------------------------------------------


def _at_the_desk(clerk, house, tmp_path):
    clerk.post("/desk/place", data={"who": ANN, "country": "US", "state": "Oregon", "source": "desk"})


def _by_api(clerk, house, tmp_path):
    with house.store.write() as tx:
        token = tokens.new(tx, "shop", ["choices"])
    body = {"identity": {"email": ANN}, "place": "US-OR", "source": "desk"}
    answer = clerk.post("/api/v1/places", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.json().get("new"), answer.json()


def _by_import(clerk, house, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(f"E-mail,Country,State\n{ANN},US,OR\n", "utf-8")
    import_customers(house, file)


def _by_command(clerk, house, tmp_path):
    assert CliRunner().invoke(people_group, ["place", "US-OR", "--email", ANN], obj=house).exit_code == 0


@pytest.mark.parametrize("way", [_at_the_desk, _by_api, _by_import, _by_command])
def test_each_way_of_saying_a_place_lets_partners_hear_of_an_older_signal(
    clerk, house, be, holds, tmp_path, way
):
    """By law the signal counts in Oregon and not in Nevada, where we thought the person to be."""
    with house.store.write() as tx:
        house.editions.publish(tx, SAMPLE.replace("  gpc: true\n", ""))
        house.people.place(
            tx, house.people.locate(tx, ME), "US-NV", "import" if way is _by_import else "desk"
        )
    with house.store.write() as tx:
        (heard,) = read(gpp=gpp_string("usca", SaleOptOut="opted_out"))
        assert house.choices.signal(tx, house.people.locate(tx, ME), "web", heard)
    way(clerk, house, tmp_path)
    assert holds(ANN, "share_review_site", "review_site") == (False, "signal")
    while follow(house.store, house.partners, "test", 5):
        pass
    with house.store.read() as conn:
        (entry,) = house.record.entries(conn, -1, 100, ["signal.counts"])
        told = house.partners.told(conn, entry.id)
    assert [(one.partner, one.state) for one in told if one.partner == "review_site"] == [
        ("review_site", "waiting")
    ]
    be(ANN)
    words = "The signal that you sent before now also stops: News by e-mail and Invitations to rate us."
    rid = house.record.receipt_id(entry.id)
    assert words in clerk.get("/history").text and f'href="/told/{rid}"' in clerk.get("/history").text
    receipt = clerk.get(f"/receipts/{rid}?lang=zh", follow_redirects=True).text
    assert "您以前发来的信号，现在也让这些停下" in receipt and "review_site" not in receipt
    assert "review site" in clerk.get(f"/told/{rid}?lang=en", follow_redirects=True).text.lower()
