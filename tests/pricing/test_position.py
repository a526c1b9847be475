"""A position in a price: said on the step to the list price, the same in columns, kept with the quote, and made only once."""

from __future__ import annotations

import datetime

import msgspec
import numpy as np
import pytest

from aboveboard.book.load import load
from aboveboard.book.model import Book
from aboveboard.pricing import AllowedFacts, PriceRequest, price
from aboveboard.pricing.columns import Columns, price_many
from aboveboard.pricing.compiled import compiled
from aboveboard.pricing.steps import Price
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text("utf-8")
DAY = datetime.date(2027, 1, 15)


def loaded(*changes: tuple[str, str]) -> Book:
    text = SAMPLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    book = load(text).book
    assert book is not None
    return book


BOOKS = {
    "observations": loaded(),
    "summary": loaded(("  shown: observations\n", "  shown: summary\n")),
    "none": loaded(("  shown: observations\n", "  shown: none\n")),
    "closed costs": loaded(("open_book: items", "open_book: none")),
}


def margin(made: Price):
    return next(step for step in made.steps if step.kind == "margin")


def test_the_step_to_the_list_price_says_where_it_stands():
    step = margin(price(BOOKS["observations"], PriceRequest("treatment", "standard", 1, DAY)))
    assert step.basis.en.startswith(
        "The list price of “Standard” is $90.00. After our cost, 35.3% of it is left. Others ask $85.00 "
    )
    assert "同样的服务，同行连税和各种费用收 85.00 美元到 110.00 美元" in step.basis.zh
    assert [each.id for each in step.observations] == [
        "bayside_45", "hillside_45", "station_hour", "garden_visit", "lakeside_ten",
    ]  # fmt: skip
    assert margin(price(BOOKS["summary"], PriceRequest("treatment", "standard", 1, DAY))).observations == ()
    silent = margin(price(BOOKS["none"], PriceRequest("treatment", "standard", 1, DAY)))
    assert silent.observations == () and "Others" not in silent.basis.en
    assert (
        "Others ask"
        in margin(price(BOOKS["closed costs"], PriceRequest("treatment", "standard", 1, DAY))).basis.en
    )


@pytest.mark.parametrize("name", BOOKS)
def test_cents_are_the_same_whatever_the_market_says(name):
    for tier in ("basic", "standard", "extended"):
        asked = PriceRequest("treatment", tier, 2, DAY)
        made, quiet = (price(book, asked, AllowedFacts(visits=12)) for book in (BOOKS[name], BOOKS["none"]))
        assert made.total == quiet.total
        if name in ("observations", "summary"):
            assert [(step.amount, step.reason) for step in made.steps] == [
                (step.amount, step.reason) for step in quiet.steps
            ]


@pytest.mark.parametrize("name", BOOKS)
def test_columns_say_the_same(name):
    book = BOOKS[name]
    asked = [
        PriceRequest("treatment", "standard", quantity, DAY + datetime.timedelta(days=number))
        for number, quantity in enumerate((1, 2, 3, 10))
    ]
    facts = [AllowedFacts(visits=visits) for visits in (None, 9, 12, 30)]
    many = price_many(book, "treatment", "standard", Columns.of(asked, facts))
    for row, (request, given) in enumerate(zip(asked, facts, strict=True)):
        single = price(book, request, given)
        assert many.price(row).steps == single.steps
        assert int(np.asarray(many.total)[row]) == single.total


def test_a_quote_keeps_what_was_said_and_an_older_one_had_nothing_to_say():
    made = price(BOOKS["observations"], PriceRequest("treatment", "standard", 1, DAY))
    kept = msgspec.json.encode(made)
    assert msgspec.json.decode(kept, type=Price) == made
    older = msgspec.to_builtins(made)
    for step in older["steps"]:
        del step["observations"]
    assert margin(msgspec.convert(older, Price)).observations == ()


def test_words_of_a_position_are_made_once_for_a_tier():
    book = loaded()
    first, second = (
        margin(price(book, PriceRequest("treatment", "standard", quantity, DAY))).observations
        for quantity in (1, 3)
    )
    assert first is second is compiled(book).offer("treatment", "standard", DAY).position.observations


def test_a_tier_with_charges_has_a_position_too():
    at = SAMPLE.index("- id: exercise_class", SAMPLE.index("\nservices:"))
    tier = SAMPLE.index("    charges:", at)
    position = """    positioned:
      observations: [class_there]
      place: below
      why: {en: Our room is small., zh: 我们的房间小。}
"""
    tier_id = SAMPLE[SAMPLE.index("  - id: ", SAMPLE.index("  tiers:", at)) :].split()[2]
    seen = f"""  observations:
  - id: class_there
    who: {{en: There, zh: 那边}}
    amount: 40.00
    currency: USD
    all_in: true
    unit: visit
    place: US-CA
    seen: 2026-11-10
    learnt: price_list
    source: at their door
    need: {{en: Exercise, zh: 练习}}
    compared_with:
    - {{service: exercise_class, tier: {tier_id}}}
"""
    text = (SAMPLE[:tier] + position + SAMPLE[tier:]).replace(
        "  observations:\n  - id: bayside_45", seen + "  - id: bayside_45", 1
    )
    book = load(text).book
    assert book is not None
    step = margin(price(book, PriceRequest("exercise_class", tier_id, 3, DAY)))
    assert "It is the sum of" in step.basis.en and "One other asks $40.00 for one like this" in step.basis.en
    assert [each.amount for each in step.observations] == [4000] and step.charges
