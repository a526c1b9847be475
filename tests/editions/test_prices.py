"""The checks that need a price: each mix of season, promotion and thanks is tried, on the real computation."""

from __future__ import annotations

import datetime

import pytest

from aboveboard.book.load import load
from aboveboard.editions.check import business_day, findings, judge
from aboveboard.editions.check_prices import _situations
from aboveboard.pricing.facts import AllowedFacts
from aboveboard.pricing.quote import price
from aboveboard.pricing.steps import PriceRequest
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text("utf-8")
TODAY = datetime.date(2026, 11, 23)


def prices(text: str, today: datetime.date = TODAY) -> list[tuple[str, str]]:
    return [(f.code, f.message) for f in findings(text, today) if f.code.startswith("price.")]


def test_each_mix_of_season_and_promotion_is_tried_once() -> None:
    book = load(SAMPLE).book
    assert book is not None
    treatment, kit = book.service("treatment"), book.service("exercise_kit")
    assert treatment is not None and kit is not None
    assert list(_situations(book, treatment, TODAY)) == [
        datetime.date(2026, 11, 23),  # autumn, promotion
        datetime.date(2026, 12, 21),  # promotion alone
        datetime.date(2027, 1, 2),  # January, promotion
        datetime.date(2027, 2, 1),  # no season; what students and readers of the leaflet get goes on
        datetime.date(2027, 4, 1),
        datetime.date(2027, 5, 16),  # the students' alone
        datetime.date(2027, 7, 1),  # and from now on therapists cost more
        datetime.date(2027, 8, 16),  # the same without the season
        datetime.date(2027, 9, 15),
    ]
    assert list(_situations(book, kit, TODAY)) == [TODAY, datetime.date(2027, 7, 1)]  # its offer ends in June


def test_the_sample_stays_above_its_floors_on_every_day_and_for_everyone() -> None:
    book = load(SAMPLE).book
    assert book is not None
    for service in book.services:
        for tier in service.tiers:
            for number in range(0, 400, 7):
                on = TODAY + datetime.timedelta(days=number)
                for facts in (AllowedFacts(None, None), AllowedFacts(10, 12), AllowedFacts(20, 24)):
                    made = price(book, PriceRequest(service.id, tier.id, 1, on), facts)
                    guard = next(step for step in made.steps if step.kind == "guard_floor")
                    assert guard.amount == 0, (service.id, tier.id, on, facts)


def test_the_samples_standard_treatment_costs_what_its_page_says() -> None:
    book = load(SAMPLE).book
    assert book is not None
    made = price(book, PriceRequest("treatment", None, 1, datetime.date(2027, 1, 10)), AllowedFacts(10, 3))
    said = {step.kind: step.subtotal for step in made.steps if step.applied}
    assert made.floor == 7211
    assert [said[kind] for kind in ("cost", "margin", "season", "promotion", "total")] == [
        5820,
        9000,
        8460,
        8037,
        7635,
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("list_price: 90.00", "list_price: 72.11", None),  # as low as it may be: then only offers go under it
        ("list_price: 90.00", "list_price: 72.10", "is $0.01 under the floor $72.11"),
        ("margin: 0.25", "margin: 0.50", "the list price $29.00 is $3.89 under the floor $32.89 (full cost $16.32"),
        ("percent: 0.05", "percent: 0.15", "to $71.91 on 2027-01-02 (Quiet January); that is $0.20 under"),
        ("percent: 0.05", "amount: 12.49", None),  # 84.60 - 12.49 is the floor itself
        ("percent: 0.05", "amount: 12.50", "to $72.10 on 2027-01-02 (Quiet January); that is $0.01 under"),
        ("change: -0.06", "change: -0.20", "on 2027-01-02 all reductions together lead to $62.93, under the floor $72.11"),
    ],
)  # fmt: skip
def test_how_far_under_the_floor(old: str, new: str, said: str | None) -> None:
    messages = [text for _, text in prices(SAMPLE.replace(old, new)) if "Standard" in text or "kit" in text]
    if said is None:
        assert not any("Standard: the list price" in text for text in messages)
        assert "amount" not in new or not any("takes" in text for text in messages)
    else:
        assert any(said in text for text in messages), messages


def test_a_promotion_that_is_over_is_not_tried() -> None:
    cheap = SAMPLE.replace("percent: 0.05", "percent: 0.30")
    assert any(code == "price.promotion_under_floor" for code, _ in prices(cheap))
    assert not any("takes" in text for _, text in prices(cheap, datetime.date(2027, 2, 1)))


def test_a_promotion_of_next_year_is_tried_too() -> None:
    later = SAMPLE.replace("starts: 2026-11-23\n  ends: 2027-01-31", "starts: 2027-06-20\n  ends: 2027-07-10")
    codes = [text for code, text in prices(later.replace("percent: 0.05", "percent: 0.20"))]
    assert any("on 2027-07-01 (Summer holidays)" in text for text in codes)


def test_prices_are_not_tried_on_a_book_with_errors() -> None:
    broken = SAMPLE.replace("list_price: 90.00", "list_price: 1.00").replace("margin: 0.25", "margin: 25")
    assert [finding.code for finding in findings(broken, TODAY) if finding.severity == "error"] == [
        "price.margin"
    ]


def test_the_day_is_the_businesss_own() -> None:
    evening = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)
    assert business_day(load(SAMPLE), evening) == datetime.date(2026, 11, 23)
    nowhere = load(SAMPLE.replace("America/Los_Angeles", "America/Nowhere"))
    assert business_day(nowhere, evening) == datetime.date(2026, 11, 24)
    assert business_day(load(""), evening) == datetime.date(2026, 11, 24)
    assert judge(load(SAMPLE), TODAY, "mine.yaml")[0].file == "mine.yaml"
