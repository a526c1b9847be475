"""Where a signal and a saved yes contradict each other, the person is shown both: on the choices, the history and the receipt."""

from __future__ import annotations

from typing import Any

import pytest

from aboveboard.choices.model import Decision
from aboveboard.choices.signals.heard import read
from aboveboard.people.model import Identity
from tests.choices.signals.strings import gpp_string, tcf_string

ANN = "ann@example.org"
ME = Identity("email", ANN)
REVIEWS = Decision("allow", "share_review_site")
GPC = {"Sec-GPC": "1"}


@pytest.fixture
def say(house):
    def work(*decisions: Decision) -> None:
        with house.store.write() as tx:
            subject = house.people.locate(tx, ME)
            house.choices.save(
                tx, subject=subject, identity=ME, decisions=decisions, channel="counter", proven=True
            )

    return work


@pytest.fixture
def signal(house):
    def work(**came: Any) -> None:
        with house.store.write() as tx:
            for heard in read(**came):
                house.choices.signal(tx, house.people.locate(tx, ME), "web", heard)

    return work


def test_both_are_shown_with_which_one_holds_and_how_to_change_it(client, be, say, signal, holds):
    say(REVIEWS)
    signal(gpc=True)
    assert holds(ANN, "share_review_site", "review_site") == (False, "signal")
    be(ANN)
    for path in ("/choices", "/history"):
        page = client.get(path).text
        for words in (
            "Two answers from you",
            "You said yes, ",
            "Your browser said “do not sell or share my data”",
            "The no holds, so we don’t do this.",
            "Say yes once more.",
        ):
            assert words in page, (path, words)
        assert page.index("You said yes, ") < page.index(
            "Your browser said"
        )  # in the order in which it happened
        assert '<time datetime="' in page
    chinese = client.get("/choices?lang=zh").text
    assert "您给过两个不同的回答" in chinese and "以“不可以”为准，所以我们不做。" in chinese


def test_without_a_contradiction_nothing_is_shown(client, be, say, signal):
    be(ANN)
    assert "Two answers" not in client.get("/choices").text
    say(REVIEWS)
    assert "Two answers" not in client.get("/history").text
    say(Decision("deny", "all"))
    signal(gpc=True)
    assert "Two answers" not in client.get("/choices").text


def test_nobody_else_sees_it(client, say, signal):
    say(REVIEWS)
    signal(gpc=True)
    assert "Two answers" not in client.get("/choices").text


def test_a_yes_on_the_page_in_spite_of_the_browser_lasts(client, be, house, say, signal, holds):
    say(REVIEWS)
    be(ANN)
    client.headers.update(GPC)
    page = client.get("/choices").text  # the signal of this very page view is on record, and shown
    assert "The no holds" in page
    assert holds(ANN, "share_review_site", "review_site") == (False, "signal")
    answer = client.post("/choices", data={"purpose.share_review_site": "allow"})
    assert answer.status_code == 303
    assert holds(ANN, "share_review_site", "review_site") == (True, "choice")
    receipt = client.get(answer.headers["location"]).text
    assert "Your yes holds, because you gave it later." in receipt and "Don’t want it any more?" in receipt
    for _ in range(3):
        assert "Your yes holds" in client.get("/choices").text
    assert holds(ANN, "share_review_site", "review_site") == (True, "choice")
    # Everything else that the browser refuses stays refused.
    assert holds(ANN, "marketing_email", "mail_service") == (False, "signal")


def test_of_a_use_with_several_partners_the_firm_is_named(client, be, say, signal, holds):
    say(Decision("allow", "marketing_email"))
    signal(gpc=True)
    be(ANN)
    page = client.get("/choices").text
    assert "Say yes once more, to the firm by name." in page
    assert 'name="partner.marketing_email.mail_service" value="allow"' in page
    client.headers.update(GPC)
    client.post("/choices", data={"purpose.marketing_email": "allow"})
    assert "Only a yes to a firm by name stays." in client.get("/history", headers={"Sec-GPC": "0"}).text
    client.get("/choices")
    assert holds(ANN, "marketing_email", "mail_service") == (False, "signal")
    client.post("/choices", data={"partner.marketing_email.mail_service": "allow"})
    client.get("/choices")
    assert holds(ANN, "marketing_email", "mail_service") == (True, "choice")


@pytest.mark.parametrize(
    ("came", "words"),
    [
        (
            {"gpc": True},
            "Your browser asked us not to sell or share your data. It stops: News by e-mail and Invitations to rate us.",
        ),
        ({"gpp": gpp_string("usca", SaleOptOut="opted_out")}, "your no to selling your data"),
        ({"tcf": tcf_string()}, "you did not agree to advertising that follows you and being counted"),
        (
            {"gpp": gpp_string("ustx", KnownChildSensitiveDataConsents="no_consent")},
            "your no to use of a child’s data",
        ),
    ],
)
def test_each_notation_is_told_in_plain_words(client, be, signal, house, came, words):
    signal(**came)
    be(ANN)
    plain = " ".join(client.get("/history").text.replace("</p><p>", " ").split())
    assert words in plain
    with house.store.read() as conn:
        [entry] = house.record.entries(conn, -1, 100, ["signal.seen"])
    receipt = " ".join(client.get(f"/receipts/{house.record.receipt_id(entry.id)}").text.split())
    assert words in receipt


def test_a_signal_that_stops_nothing_says_so(client, be, house, signal):
    with house.store.write() as tx:
        house.people.place(tx, house.people.locate(tx, ME), "US-NV", "person")
    signal(gpp=gpp_string("usca", SensitiveDataProcessing={"health": "opted_out"}))
    be(ANN)
    assert "It stops nothing of what we do, where you live." in client.get("/history").text


def test_whoever_has_the_number_of_an_unproven_receipt_learns_nothing(client, house, say, signal):
    say(REVIEWS)
    signal(gpc=True)
    answer = client.post("/choices", data={"purpose.share_review_site": "allow", "who": ANN})
    assert "Two answers" not in client.get(answer.headers["location"]).text
