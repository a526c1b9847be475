"""What the check says about the market of a book: references, numbers, claims, fairness, age; each with its line and mend."""

from __future__ import annotations

import datetime

import pytest

from aboveboard.editions.check import findings
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text("utf-8")
TODAY = datetime.date(2026, 11, 23)
CLAIM = "observations: [bayside_45, hillside_45, station_hour, garden_visit, lakeside_ten]\n      place: below\n      by: 0.05\n"
BAYSIDE = """amount: 110.00
    currency: USD
    all_in: true
    quantity: 45
    unit: minute
    place: US-CA
    seen: 2026-11-10
    learnt: website
    source: https://bayside.example.org/prices
"""
NAMED = "bayside_45, hillside_45, station_hour, garden_visit, lakeside_ten"
BELOW = "place: below\n      by: 0.05"
ONE = "    - {service: treatment, tier: standard, quantity: 45}\n"
GARDEN = "all_in: false\n    on_top: 2.00\n"


def told(*changes, today=TODAY):
    text = SAMPLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    found = [
        each for each in findings(text, today) if each.code not in ("partner.no_contract", "law.forbidden")
    ]
    return found, text


def bayside(old, new):
    assert old in BAYSIDE
    return BAYSIDE, BAYSIDE.replace(old, new)


@pytest.mark.parametrize(
    ("changes", "code", "line"),
    [
        # the observation by itself
        ([bayside("currency: USD", "currency: EUR")], "market.currency", "currency: EUR"),
        ([bayside("amount: 110.00", "amount: 0")], "market.nothing_asked", "amount: 0"),
        ([bayside("amount: 110.00", "amount: -1")], "money.negative", "amount: -1"),
        ([bayside("amount: 110.00", "amount: 110.001")], "money.too_fine", "amount: 110.001"),
        ([bayside("amount: 110.00", "amount: 999999999999999")], "money.too_large", "amount: 99999"),
        ([bayside("quantity: 45", "quantity: 0")], "market.quantity", "quantity: 0\n"),
        ([bayside("seen: 2026-11-10", "seen: 2026-11-24")], "market.future", "seen: 2026-11-24"),
        ([bayside("all_in: true", "all_in: true\n    on_top: 1.00")], "market.on_top", "on_top: 1.00"),
        ([bayside("all_in: true", "all_in: false")], "market.not_all_in", "all_in: false\n    quantity: 45"),
        ([bayside("learnt: website", "learnt: competitor"), (CLAIM, CLAIM.replace("bayside_45, ", ""))],
         "market.from_rival", "learnt: competitor"),
        ([bayside("place: US-CA", "place: CA")], "market.elsewhere", "place: CA\n"),
        ([("  - id: bayside_hour\n", "  - id: bayside_45\n")], "reference.duplicate_id", None),
        ([("tier: standard, quantity: 45}", "tier: standrad, quantity: 45}")], "reference.mistyped", "standrad"),
        ([("{service: treatment, tier: standard, quantity: 45}", "{service: x, tier: standard, quantity: 45}")],
         "reference.unknown", "{service: x,"),
        ([("tier: extended, quantity: 60}", "tier: extended, quantity: 55}")], "market.own_quantity", None),
        ([("tier: standard, quantity: 45}", "tier: standard, quantity: 0}")], "market.quantity", "quantity: 0}"),
        ([(ONE, ONE + ONE)],
         "reference.repeated", None),
        # what a tier claims
        ([(CLAIM, CLAIM.replace("hillside_45", "hilside_45"))], "reference.mistyped", "hilside_45"),
        ([(CLAIM, CLAIM.replace("hillside_45", "bayside_45"))], "reference.repeated", None),
        ([(CLAIM, CLAIM.replace("hillside_45", "kit_shop"))], "market.not_compared", "kit_shop, station"),
        ([(CLAIM, CLAIM.replace("by: 0.05", "by: -0.05"))], "market.by", "by: -0.05"),
        ([(CLAIM, CLAIM.replace("by: 0.05", "by: 0.06"))], "market.claim_untrue", "by: 0.06"),
        ([(CLAIM, CLAIM.replace(BELOW, "place: above"))], "market.claim_untrue", "place: above"),
        ([(CLAIM, CLAIM.replace(BELOW, "place: near"))], "market.claim_untrue", "place: near"),
        ([("list_price: 90.00", "list_price: 99.00")], "market.claim_untrue", "by: 0.05"),
        ([("worth: 10.00", "worth: -6.00")], "market.above_value", "differentiation:"),
        ([(CLAIM, CLAIM + "      reference: kit_shop\n")], "reference.unknown", "reference: kit_shop"),
        ([("      place: below\n      why:", "      place: below\n      reference: bayside_hour\n      why:")],
         "market.reference_alone", "reference: bayside_hour"),
        ([(CLAIM, CLAIM.replace(NAMED, "bayside_45, hillside_45").replace(BELOW, "place: below"))],
         "market.few", "observations: [bayside_45, hillside_45]"),
        ([(CLAIM, CLAIM.replace(NAMED, "garden_visit")), (GARDEN, "all_in: false\n")],
         "market.nothing_to_compare", "observations: [garden_visit]"),
        # what may be shown
        ([("    need: {en: \"Pain in muscles and joints, treated by hand\", zh: 肌肉和关节疼，用手治}\n", "")],
         "market.need", "- id: bayside_45"),
        ([bayside("https://bayside.example.org/prices", "their page")], "market.unverifiable", "- id: bayside_45"),
        ([("We have no strength machines, so we ask less than most.", "Nobody charges less than we do.")],
         "market.cheapest", "    positioned:\n      observations: [bayside_45"),
        ([("place: US-CA\n  currency: USD", "place: CN\n  currency: USD"), ("所以比多数同行收得少", "价格最低")],
         "market.superlative", "    positioned:\n      observations: [bayside_45"),
        ([("place: US-CA\n  currency: USD", "place: DE\n  currency: USD"),
          ("- {en: a pool, zh: 泳池}", "- {en: overpriced soap, zh: 肥皂}")],
         "market.denigrates", "- id: lakeside_ten"),
    ],
)  # fmt: skip
def test_each_fault_is_found_with_its_line(changes, code, line):
    found, text = told(*changes)
    mine = [each for each in found if each.code == code]
    assert mine, [each.say("en") for each in found]
    first = mine[0]
    assert first.mend and first.how.zh and "{" not in first.message
    if line is not None:
        expected = text[: text.index(line)].count("\n") + 1
        assert first.line in (expected, expected + 1), (first.line, expected, first.message)


def test_the_sample_has_no_finding_of_the_market():
    assert told()[0] == []


def test_old_prices_are_told_once_their_day_has_come():
    found, _ = told(today=datetime.date(2027, 4, 27))
    assert not [each for each in found if each.code == "market.old"]
    found, text = told(today=datetime.date(2027, 4, 28))
    [old] = [each for each in found if each.code == "market.old"]
    assert (
        old.message
        == "The price of “Garden Street Physio” was seen 180 days ago; you wanted to look again after 180."
    )
    assert text.splitlines()[old.line - 1].strip() == "seen: 2026-10-30"
    found, _ = told(("market:\n", "market:\n  review_days: 30\n"))
    assert [each.code for each in found] == []
    found, _ = told(("market:\n", "market:\n  review_days: 20\n"))
    assert {each.code for each in found} == {"market.old"} and len(found) == 2


def test_what_customers_do_not_see_need_not_be_fair_but_must_be_true():
    hidden = ("  shown: observations\n", "  shown: none\n")
    page = bayside("https://bayside.example.org/prices", "their page")
    assert told(hidden, page)[0] == []
    found, _ = told(hidden, (CLAIM, CLAIM.replace("by: 0.05", "by: 0.06")))
    assert [each.code for each in found] == ["market.claim_untrue"]
    found, _ = told(hidden, bayside("learnt: website", "learnt: competitor"))
    assert [each.code for each in found] == ["market.from_rival"]


def test_the_sentence_says_what_is_true():
    found, _ = told((CLAIM, CLAIM.replace(BELOW, "place: above")))
    [untrue] = [each for each in found if each.code == "market.claim_untrue"]
    assert untrue.message == (
        "Treatment, Standard: the book says above, but $90.00 against a middle of $95.00 is 5.3% below it."
    )
    assert "[market.claim_untrue]" in untrue.say("zh") and "低 5.3%" in untrue.say("zh")


def test_a_newer_price_of_the_same_firm_is_pointed_at():
    newer = """  observations:
  - id: hillside_new
    who: {en: Hillside Clinic, zh: 山脚诊所}
    public: true
    amount: 95.00
    currency: USD
    all_in: true
    quantity: 45
    unit: minute
    place: US-CA
    seen: 2026-11-20
    learnt: website
    source: https://hillside.example.org/prices
    need: {en: Pain, zh: 疼}
    compared_with:
    - {service: treatment, tier: standard, quantity: 45}
"""
    found, _ = told(("  observations:\n  - id", newer + "  - id"))
    assert [each.code for each in found] == ["market.newer"]
    # and the older one need not be looked up again
    later, _ = told(("  observations:\n  - id", newer + "  - id"), today=datetime.date(2027, 5, 12))
    old = [each.message for each in later if each.code == "market.old" and "Hillside" in each.message]
    assert len(old) == 1  # that of its hour
    assert found[0].message == "“hillside_45” is an older price; “hillside_new” was seen on 2026-11-20."


def test_a_book_without_a_market_is_as_before():
    start, end = SAMPLE.index("market:\n  shown"), SAMPLE.index("# ---", SAMPLE.index("market:\n  shown"))
    text = SAMPLE[:start] + SAMPLE[end:]
    for tier in ("45 minutes of treatment", "An hour for several"):
        at = text.index("    positioned:", text.index(tier))
        text = text[:at] + text[text.index("    uses:", at) :]
    assert [each.code for each in findings(text, TODAY)] == ["partner.no_contract", "law.forbidden"]
