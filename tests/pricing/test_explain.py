"""The sentence under the picture, in both languages."""

import datetime

import pytest

from aboveboard.pricing import NO_FACTS, AllowedFacts, PriceRequest, explain, explain_without, price
from aboveboard.words.catalogue import Catalogue
from tests.pricing.books import D, book, both, cost, loyalty, promotion, season, service, tier


def ask(clinic, facts=NO_FACTS, quantity=1):
    return price(clinic, PriceRequest("treatment", None, quantity, datetime.date(2026, 1, 15)), facts)


def clinic(**more):
    more.setdefault("costs", [cost(rate="58.20")])
    more.setdefault("services", [service(tier("standard", "95.00", ("therapist", "1")))])
    return book(**more)


JANUARY = season("January", "01-02", "01-31", "-0.06")
REGULARS = loyalty("visits", (10, "-0.056"))


@pytest.mark.parametrize(
    ("made", "en", "zh"),
    [
        pytest.param(
            ask(clinic()),
            "You pay $95.00. This visit costs us $58.20, and the list price is $95.00.",
            "您付 95.00 美元。这次服务的成本是 58.20 美元，标价是 95.00 美元。",
            id="nothing special",
        ),
        pytest.param(
            ask(clinic(seasons=[JANUARY], loyalty=[REGULARS]), AllowedFacts(visits=10)),
            "You pay $84.30. This visit costs us $58.20, and the list price is $95.00. “January” takes off $5.70; "
            "your visits so far (10) take off another $5.00.",
            "您付 84.30 美元。这次服务的成本是 58.20 美元，标价是 95.00 美元。"
            "「「January」」减 5.70 美元；您来过 10 次，再减 5.00 美元。",
            id="season and loyalty",
        ),
        pytest.param(
            ask(clinic(loyalty=[loyalty("months", (12, "-0.10"))], tax="0.0925"), AllowedFacts(months=14), 3),
            "You pay $280.23. These 3 visits cost us $174.60, and the list price is $285.00. "
            "Your months with us (14) take off $28.50; Sales tax adds $23.73.",
            "您付 280.23 美元。这 3 次服务的成本是 174.60 美元，标价是 285.00 美元。"
            "您成为顾客已有 14 个月，减 28.50 美元；「Sales tax」加 23.73 美元。",
            id="three visits, months, tax with its rounding",
        ),
        pytest.param(
            ask(
                clinic(
                    seasons=[season("Winter", "01-01", "02-28", "0.10")],
                    promotions=[promotion("Giveaway", "2026-01-01", "2026-12-31", amount=D("50"))],
                )
            ),
            "You pay $77.60. This visit costs us $58.20, and the list price is $95.00. “Winter” adds $9.50; "
            "“Giveaway” takes off $50.00; $23.10 is added back, because we do not go below our lowest price.",
            None,
            id="dearer, cheaper, lifted to the floor",
        ),
        pytest.param(
            ask(clinic(loyalty=[loyalty("visits", (1, "0.10"))]), AllowedFacts(visits=1)),
            "You pay $95.00. This visit costs us $58.20, and the list price is $95.00. “thanks_for_visits” adds $9.50; "
            "$9.50 is taken off again, because your data never makes a price higher.",
            None,
            id="a fact that would raise it",
        ),
        pytest.param(
            ask(clinic(services=[service(tier("standard", "95.00", ("therapist", "1")), unit="course")])),
            "You pay $95.00. This course costs us $58.20, and the list price is $95.00.",
            "您付 95.00 美元。这个疗程的成本是 58.20 美元，标价是 95.00 美元。",
            id="a course",
        ),
    ],
)
def test_sentence(made, en, zh):
    said = explain(made)
    assert said.en == en
    assert zh is None or said.zh == zh


@pytest.mark.parametrize(
    ("facts", "en", "zh"),
    [
        (
            NO_FACTS,
            "No data of yours touched this price. Everyone pays the same.",
            "这个价格没有用到您的任何资料，人人相同。",
        ),
        (
            AllowedFacts(visits=10),
            "Without your visit count you would pay $95.00, the same as everyone.",
            "如果不用您的到访次数，您付 95.00 美元，和大家一样。",
        ),
        (
            AllowedFacts(visits=9),
            "We looked at your visit count. Without it you would pay the same.",
            "我们看了您的到访次数。不看的话，您付的也一样。",
        ),
        (
            AllowedFacts(visits=10, months=20),
            "Without your visit count and your time with us you would pay $95.00, the same as everyone.",
            "如果不用您的到访次数和您成为顾客的时间，您付 95.00 美元，和大家一样。",
        ),
    ],
)
def test_without(facts, en, zh):
    made = clinic(loyalty=[REGULARS, loyalty("months", (12, "-0.01"))])
    said = explain_without(ask(made, facts), ask(made))
    assert (said.en, said.zh) == (en, zh)


def test_every_unit_of_the_book_has_its_words():
    texts = Catalogue.load("aboveboard.pricing")
    for unit in ("visit", "course", "month", "piece"):
        made = ask(
            clinic(services=[service(tier("standard", "95.00", ("therapist", "1")), unit=unit)]), quantity=2
        )
        assert f"These 2 {unit}s cost us $116.40" in explain(made).en
        assert f"unit.{unit}.one" in texts


def test_a_reason_without_a_full_stop_gets_one():
    quiet = season("q", "01-01", "12-31", "-0.1")
    assert ask(clinic(seasons=[quiet])).steps[3].basis.en == "10% off the list price of $95.00. q is so."
    assert both("x").en == "x"
