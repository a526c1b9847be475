"""What the law asks of the owner: the question with its line, the answer judged, the question gone."""

from __future__ import annotations

import datetime
import re

import pytest

from aboveboard.book.finding import Finding
from aboveboard.editions.check import failed, findings
from aboveboard.law import vocabulary
from aboveboard.pricing import lawful as laws
from aboveboard.sample import BOOK
from aboveboard.words.plain import check_pair

TODAY = datetime.date(2026, 11, 23)
SAMPLE = BOOK.read_text("utf-8")
#: The sample as a food shop in Maryland, where a rule asks how large it is.
GROCER = SAMPLE.replace("kind: clinic", "kind: grocery").replace("place: US-CA", "place: US-MD")
FEET = "store.square_feet"


def answered(*lines: str, text: str = GROCER) -> str:
    return text.replace("\nlaw:\n  facts:\n", "\nlaw:\n  facts:\n" + "".join(f"  {line}\n" for line in lines))


def line(fact: str, value: str, since: str = "2026-01-01", more: str = "") -> str:
    return f"- {{fact: {fact}, value: {value}, since: {since}{more}, source: {{en: The lease, zh: 租约}}}}"


def law(text: str) -> list[Finding]:
    return [
        each
        for each in findings(text, TODAY)
        if each.code.startswith("law.") and each.code != "law.forbidden"
    ]


def codes(text: str) -> list[str]:
    return [each.code for each in law(text)]


def test_what_only_the_owner_knows_is_asked_once_with_the_line_to_add() -> None:
    (asked,) = [each for each in law(GROCER) if each.code == "law.question"]
    assert asked.severity == "warning" and asked.message.startswith("How many square feet is your shop?")
    assert asked.text.say("zh").startswith("您的店有多少平方英尺？")
    assert "us-md.13-321.grocery-price-without-personal-data" in asked.message
    asks = re.search(r"- \{fact: .*\}\}", asked.mend)
    assert asks is not None and asks.group() == re.search(r"- \{fact: .*\}\}", asked.how.say("zh")).group()  # type: ignore[union-attr]
    mended = asks.group().replace("value: ...", "value: 14000")
    again = law(answered(mended))
    assert "law.question" not in [each.code for each in again] and not failed(again)


def test_where_no_rule_asks_nothing_is_asked() -> None:
    assert "law.question" not in codes(SAMPLE)


def test_a_question_is_not_also_told_as_open() -> None:
    told = [each for each in law(GROCER) if each.code == "law.price_open"]
    assert not any("square_feet" in each.mend for each in told)


def test_an_answer_changes_what_the_law_does() -> None:
    large, small = answered(line(FEET, "15000")), answered(line(FEET, "14999"))
    assert "law.price_ban" in codes(large) and "law.price_ban" not in codes(small)
    forbidden = [[e.code for e in findings(text, TODAY)].count("law.forbidden") for text in (large, small)]
    assert forbidden == [2, 1]  # the gate's own ban goes too; what is left is the advertiser


def test_an_answer_that_begins_later_leaves_the_question_open() -> None:
    later = codes(answered(line(FEET, "14000", "2026-12-01")))
    assert "law.fact_later" in later and "law.question" in later


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        ([line("store.square_foot", "1")], "law.fact_mistyped", "Did you mean store.square_feet?"),
        ([line("moon.phase", "full")], "law.fact_unknown", "No rule knows a fact “moon.phase”."),
        ([line("price.final", "1")], "law.fact_not_yours", "worked out and never taken on trust"),
        ([line("cost.floor", "1")], "law.fact_not_yours", "follows from each price or case itself"),
        ([line("price.intervals", "[]")], "law.fact_not_yours", "cannot be told here"),
        ([line("consumer.state", "US-VA")], "law.fact_not_yours", "cannot be told here"),
        ([line(FEET, "large")], "law.fact_type", "Write a number from 1 to 10000000."),
        ([line(FEET, "14000.5")], "law.fact_type", "“14000.5” is no answer to store.square_feet."),
        ([line(FEET, "14000 sq m")], "law.fact_type", "14000 sq m"),
        ([line(FEET, "[14000]")], "law.fact_type", "“14000” is no answer"),
        ([line(FEET, "0")], "law.fact_range", "0 is out of bounds"),
        ([line(FEET, "99999999")], "law.fact_range", "99999999 is out of bounds"),
        ([line("price.agreed_with_rivals", '"no"')], "law.fact_type", "Write true or false."),
        ([line("contract.gives", "[reminders, cake]")], "law.fact_choice", "reminders, cake"),
        ([line("promo.claims_true", "true")], "law.fact_needs", "Add promotions with their ids."),
        ([line("promo.claims_true", "true", more=", services: [treatment]")], "law.fact_scope", "is not about services"),
        ([line(FEET, "14000", more=", promotions: [winter]")], "reference.unknown", "winter"),
        ([line(FEET, "14000", more=", services: [treatmnt]")], "reference.mistyped", "treatment"),
        ([line(FEET, "14000"), line(FEET, "15000")], "law.fact_twice", "answered twice for the same day"),
        ([line(FEET, "14000", "2026-02-30")], "shape.no_such_day", "2026-02-30"),
        (["- {fact: store.square_feet, value: 1, since: 2026-01-01}"], "shape.missing_key", "source"),
        (["- {fact: store.square_feet, since: 2026-01-01, source: {en: a, zh: b}}"], "shape.missing_key", "value"),
        ([line(FEET, "{a: 1}")], "shape.wrong_kind", ""),
        ([line(FEET, '""')], "shape.empty", ""),
        (["- 14000"], "shape.wrong_kind", ""),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_named_with_its_line(lines: list[str], code: str, said: str) -> None:
    text = answered(*lines)
    found = next(each for each in findings(text, TODAY) if each.code == code)
    assert said in f"{found.message} {found.mend}" and found.severity == "error"
    assert text.splitlines()[found.line - 1].strip().startswith("- ")


def test_the_same_question_for_other_days_or_services_is_no_double() -> None:
    lines = [
        line(FEET, "14000"),
        line(FEET, "15000", "2026-06-01"),
        line(FEET, "900", more=", services: [treatment]"),
    ]
    assert "law.fact_twice" not in codes(answered(*lines))


def test_no_fact_of_a_price_can_be_told() -> None:
    """What the program works out itself carries no question, so no line in a book can talk it away."""
    from aboveboard.book.load import load
    from aboveboard.pricing import PriceRequest, price

    book = load(SAMPLE).book
    assert book is not None
    known = vocabulary.shipped()
    for service in book.services:
        made = price(book, PriceRequest(service.id, None, 1, TODAY))
        given = {*laws.facts(book, service, made), *laws.setting(book, service, "US-CA", "web").fixed}
        # Where nothing is on offer, the program says so itself; of an offer it does not know.
        assert {name for name in given if known[name].asks is not None} <= {"promo.claims_true"}


@pytest.mark.parametrize(
    "fact", [each for each in vocabulary.shipped().values() if each.asks], ids=lambda f: f.name
)
def test_a_question_is_plain_and_can_be_answered(fact: vocabulary.Fact) -> None:
    assert fact.asks is not None and vocabulary.askable(fact)
    assert [remark.message.en for remark in check_pair(fact.asks.words)] == []
    assert "?" in fact.asks.en and "？" in fact.asks.zh


# --------------------------------------------------------------------------------------------- terms of agreements
def asked(text: str) -> set[str]:
    return {
        found.mend.split("fact: ")[1].split(",")[0] for found in law(text) if found.code == "law.question"
    }


@pytest.mark.parametrize(
    ("place", "facts"),
    [
        ("US-CA", {"consent.record_destroyed_at"}),
        ("US-NY", {"exit.days_after_charge", "exit.refund_pro_rata"}),
        (
            "DE",
            {
                "display.withdrawal_function",
                "display.withdrawal_confirm_step",
                "withdrawal.acknowledged_durably",
                # The kit is goods, and an offer makes it cheaper together with a treatment.
                "offer.perishable",
                "promo.progressive",
            },
        ),
        ("GB", set()),
    ],
)
def test_rules_on_contracts_ask_once_what_holds_for_all_of_them(place: str, facts: set[str]) -> None:
    silent = re.sub(r"\nlaw:\n(?:  .*\n)+", "\n", SAMPLE).replace("place: US-CA", f"place: {place}")
    assert asked(silent) == facts
    lines = [
        line(
            fact,
            {"exit.days_after_charge": "14", "consent.record_destroyed_at": "never"}.get(fact, "true"),
            more={
                "offer.perishable": ", services: [exercise_kit]",
                "promo.progressive": ", promotions: [kit_with_treatment]",
            }.get(fact, ""),
        )
        for fact in facts
    ]
    assert asked(silent + "\nlaw:\n  facts:\n" + "".join(f"  {each}\n" for each in lines)) == set()


def test_who_offers_no_terms_is_not_asked_about_contracts() -> None:
    book = re.sub(r"\nlaw:\n(?:  .*\n)+", "\n", SAMPLE).replace("renewal: auto", "renewal: ask")
    assert asked(book) == set()


# ------------------------------------------------------------------------------------------------------ past review
@pytest.mark.parametrize(
    ("day", "late"),
    [
        (datetime.date(2027, 2, 1), set()),
        (datetime.date(2027, 2, 2), {"bans", "asking", "signals", "prices-us-ca"}),
    ],
)
def test_a_book_is_warned_of_the_packs_that_it_leans_on(day: datetime.date, late: set[str]) -> None:
    found = [each for each in findings(SAMPLE, day) if each.code == "law.pack_past_review"]
    assert {each.message.split("“")[1].split("”")[0] for each in found} == late
    assert {each.severity for each in found} <= {"warning"}
