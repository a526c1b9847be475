"""The owner's answers: from words in a book to values that rules read, and nothing that does not fit."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from aboveboard.book import answers
from aboveboard.book.model import Book, Law, LawFact, Text
from aboveboard.law.vocabulary import Asks, Fact, Pair
from tests.pricing.books import book as a_book
from tests.pricing.books import service, tier

DAY = datetime.date
SOURCE = Text(en="The lease", zh="租约")


def fact(kind: Any, **asks: Any) -> Fact:
    return Fact("t.fact", kind, Pair("a", "b"), None, Asks("A?", "问？", **asks))


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("flag", "true", True), ("flag", "false", False), ("flag", "True", None), ("flag", "yes", None), ("flag", "1", None),
        ("count", "14000", 14000), ("count", " 0 ", 0), ("count", "-1", None), ("count", "1.5", None), ("count", "1e5", None),
        ("count", "１４", None), ("count", "9" * 16, None), ("count", "", None),
        ("number", "0.75", Decimal("0.75")), ("number", "-3", Decimal(-3)), ("number", "NaN", None), ("number", "Infinity", None),
        ("percent", "12.5", Decimal("12.5")), ("percent", "12.5 %", None),
        ("money", "84.00", 8400), ("money", "84.001", None), ("money", "$84", None), ("money", "1e3", None),
        ("day", "2026-11-23", DAY(2026, 11, 23)), ("day", "2026-02-30", None), ("day", "soon", None), ("day", "never", None),
        ("place", "US-CA", "US-CA"), ("place", "Texas", None),
        ("text", " own ", "own"), ("text", "  ", None),
        ("texts", ["own", "public"], ("own", "public")), ("texts", [], ()), ("texts", "own", None), ("texts", ["own", ""], None),
        ("places", ["CN", "DE"], ("CN", "DE")), ("places", ["CN", "x"], None),
        ("flag", ["true"], None), ("deals", ["1"], None), ("intervals", "1", None), ("reasons", "1", None),
    ],
)  # fmt: skip
def test_what_is_written_as_rules_read_it(kind: str, said: Any, value: Any) -> None:
    assert answers.read(fact(kind), said, "USD") == value


def test_an_amount_is_in_the_money_of_the_book() -> None:
    assert [answers.read(fact("money"), "84", currency) for currency in ("JPY", "KWD")] == [84, 84000]


def test_beside_a_day_a_word_may_stand() -> None:
    kept = fact("day", one_of=["never"])
    assert answers.read(kept, "never", "USD") == "never"
    assert answers.read(kept, "always", "USD") is None
    assert answers.outside(kept, "never") is None


@pytest.mark.parametrize(
    ("of", "value", "why"),
    [
        (fact("count", min=1, max=9), 1, None), (fact("count", min=1, max=9), 9, None),
        (fact("count", min=1, max=9), 0, "range"), (fact("count", min=1, max=9), 10, "range"),
        (fact("text", one_of=["a"]), "a", None), (fact("text", one_of=["a"]), "b", "choice"),
        (fact("texts", one_of=["a", "b"]), ("b", "a"), None), (fact("texts", one_of=["a"]), ("a", "c"), "choice"),
        (Fact("t.fact", "count", Pair("a", "b")), -5, None),
    ],
)  # fmt: skip
def test_bounds_and_choices(of: Fact, value: Any, why: str | None) -> None:
    assert answers.outside(of, value) == why


def told(*facts: LawFact) -> Book:
    made = a_book(services=[service(tier("standard", "100.00", ("therapist", "1")))])
    return msgspec.structs.replace(made, law=Law(facts=list(facts)))


def says(name: str, value: Any, since: str = "2026-01-01", **scope: list[str]) -> LawFact:
    return LawFact(fact=name, value=value, since=DAY.fromisoformat(since), source=SOURCE, **scope)


FEET = "store.square_feet"
ON = DAY(2026, 11, 23)


@pytest.mark.parametrize(
    ("facts", "value"),
    [
        ([], None),
        ([says(FEET, "14000")], 14000),
        ([says(FEET, "14000", "2026-11-23")], 14000),
        ([says(FEET, "14000", "2026-11-24")], None),
        ([says(FEET, "14000"), says(FEET, "16000", "2026-06-01")], 16000),
        ([says(FEET, "16000", "2026-06-01"), says(FEET, "14000")], 16000),
        ([says(FEET, "14000"), says(FEET, "16000", "2027-01-01")], 14000),
        ([says(FEET, "900", services=["treatment"]), says(FEET, "14000", "2026-06-01")], 900),
        ([says(FEET, "900", services=["other"]), says(FEET, "14000")], 14000),
        ([says(FEET, "900", services=["other"])], None),
        ([says(FEET, "many")], None),
        ([says(FEET, "0")], None),
        ([says("price.final", "1")], None),
        ([says("nobody.knows", "1")], None),
    ],
)
def test_which_answer_holds(facts: list[LawFact], value: Any) -> None:
    held = answers.for_service(told(*facts), "treatment", ON)
    assert {name: answer.value for name, answer in held.items()} == ({} if value is None else {FEET: value})


TRUE = "promo.claims_true"


@pytest.mark.parametrize(
    ("facts", "offers", "value"),
    [
        ([says(TRUE, "true", promotions=["sale"])], ["sale"], True),
        ([says(TRUE, "true", promotions=["sale"])], ["sale", "winter"], None),
        ([says(TRUE, "true", promotions=["sale", "winter"])], ["sale", "winter"], True),
        ([says(TRUE, "true", promotions=["sale"]), says(TRUE, "false", promotions=["winter"])], ["sale", "winter"], None),
        ([says(TRUE, "true")], ["sale"], None),
        ([says(TRUE, "true", promotions=["sale"])], [], None),
        ([says(FEET, "14000")], ["sale"], None),
    ],
)  # fmt: skip
def test_of_several_offers_all_must_be_answered_alike(
    facts: list[LawFact], offers: list[str], value: Any
) -> None:
    held = answers.for_offers(told(*facts), offers, ON)
    assert {name: answer.value for name, answer in held.items()} == ({} if value is None else {TRUE: value})


def test_no_answer_is_about_an_offer_and_everything() -> None:
    assert answers.for_service(told(says(TRUE, "true", promotions=["sale"])), "treatment", ON) == {}


@pytest.mark.parametrize(
    ("facts", "feet"),
    [
        ([], None), ([says(FEET, "14999")], 14999), ([says(FEET, "14999", services=["treatment"])], None),
        ([says(FEET, "14999", "2027-01-01")], None), ([says(FEET, "large")], None), ([says(FEET, ["1"])], None),
    ],
)  # fmt: skip
def test_what_the_gate_knows_of_the_size(facts: list[LawFact], feet: int | None) -> None:
    assert told(*facts).square_feet(ON) == feet


@pytest.mark.parametrize(
    ("of", "en", "zh"),
    [
        (fact("flag"), "true or false", "true 或 false"),
        (fact("count"), "a whole number", "整数"),
        (fact("count", min=1, max=9), "a number from 1 to 9", "1 到 9 之间的数字"),
        (fact("texts", one_of=["a", "b"]), "a list of these: a, b", "从 a, b 里选的清单"),
        (
            fact("day", one_of=["never"]),
            "a day such as 2026-11-23, or never",
            "日期，如 2026-11-23，或者 never",
        ),
        (fact("text", one_of=["a"]), "one of a", "a 里的一个"),
    ],
)
def test_what_an_answer_may_be_in_words(of: Fact, en: str, zh: str) -> None:
    said = answers.wanted(of)
    assert (said.say("en"), said.say("zh")) == (en, zh)


def test_what_answers_a_question_is_read_back_as_it_was_written() -> None:
    from aboveboard.book.load import load
    from aboveboard.sample import BOOK

    lease = Fact("store.square_feet", "count", Pair("a", "b"), None, Asks("A?", "问？", "service"))
    text = BOOK.read_text("utf-8")
    bare = text[: text.index("\nlaw:\n")] + text[text.index("\n# ", text.index("\nlaw:\n")) :]
    for written in (
        "law:\n  facts:\n  " + answers.line(lease, ON, ["treatment"], []),
        answers.block(lease, ON, ["treatment"], []),
    ):
        loaded = load(f"{bare}\n{written.replace('value: ...', 'value: 900')}\n")
        assert loaded.book is not None, [finding.message for finding in loaded.findings]
        (said,) = loaded.book.law.facts
        assert (said.fact, said.value, said.since, said.services) == (
            "store.square_feet",
            "900",
            ON,
            ["treatment"],
        )
