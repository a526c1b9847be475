"""The law at the desk: open questions with their line, answers with their source, packs past their review."""

import datetime
import html
import re

import pytest

from aboveboard import store as clock
from aboveboard.law.library import Own
from aboveboard.quotes.model import QuoteRequest
from tests.pages.conftest import SAMPLE
from tests.quotes.test_lawful import OWN

GROCER = SAMPLE.replace("kind: clinic", "kind: grocery").replace("place: US-CA", "place: US-MD")
SILENT = re.sub(r"\nlaw:\n(?:  .*\n)+", "\n", GROCER)
ANSWER = "\nlaw:\n  facts:\n  - {fact: store.square_feet, value: 14000, since: 2026-01-01, source: {en: The lease, zh: 租约}}\n"


def publish(house, text, own=()):
    with house.store.write() as tx:
        house.editions.publish(tx, text, own)


def words(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def test_an_open_question_stands_at_the_desk_with_the_line_that_answers_it(clerk, house):
    publish(house, SILENT)
    text = words(clerk.get("/desk/law").text)
    assert "How many square feet is your shop?" in text and "Food in Maryland" in text
    assert "law: facts: - fact: store.square_feet value: ... since: " in text
    assert "The book holds no answers to the law yet." in text
    chinese = words(clerk.get("/desk/law?lang=zh").text)
    assert "您的店有多少平方英尺？" in chinese and "只有您能回答的问题" in chinese


def test_an_answer_stands_with_its_source_and_the_question_is_gone(clerk, house):
    publish(house, SILENT.rstrip() + ANSWER)
    text = words(clerk.get("/desk/law").text)
    assert "How large the shop is. store.square_feet 14000" in text and "The lease" in text
    assert "How many square feet is your shop?" not in text
    assert "No rule in force is waiting for an answer from you." in text


def test_own_rules_and_a_broken_price_are_there(clerk, house):
    publish(house, SAMPLE, (Own("own.yaml", OWN.format(limit=100, more=101)),))
    with house.store.write() as tx:
        house.quotes.quote(tx, QuoteRequest("treatment"))
    text = words(clerk.get("/desk/law").text)
    assert "own our own" in text and "us-ca.own-promise.s1.no-price-above" in text


def test_a_pack_past_its_review_is_loud(clerk, house, monkeypatch):
    assert "should have been reviewed" not in words(clerk.get("/desk/law").text)
    later = datetime.datetime(2027, 2, 2, 12, tzinfo=datetime.UTC)
    monkeypatch.setattr(clock, "now", lambda: later)
    from aboveboard.law.library import Library
    from aboveboard.quotes.law_pages import _shelf

    late = {pack.id for pack in _shelf(Library.open(), later.date()) if pack.late}
    assert {"prices-us-ca", "prices-eu", "prices-cn"} <= late


def test_rules_that_must_not_be_used_are_told_and_not_an_error(clerk, house, tmp_path):
    house.editions.law_packs = str(tmp_path / "nowhere")
    answer = clerk.get("/desk/law")
    assert answer.status_code == 200 and "must not be used" in answer.text and "is no folder" in answer.text


@pytest.mark.parametrize("path", ["/desk/law", "/desk/law?lang=zh"])
def test_only_staff_see_it(client, path):
    assert client.get(path).headers["location"] == "/desk/sign-in"
