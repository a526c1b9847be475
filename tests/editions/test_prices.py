"""The checks that need a price: each mix of season, promotion and thanks is tried, on the real computation."""

from __future__ import annotations

import datetime

import pytest

from aboveboard.book.load import load
from aboveboard.editions.check import business_day, findings, judge
from aboveboard.editions.check_prices import _situations
from aboveboard.editions.situations import MOST, Situations
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
    messages = [
        text for _, text in prices(SAMPLE.replace(old, new, 1)) if "Standard" in text or "kit" in text
    ]
    if said is None:
        assert not any("Standard: the list price" in text for text in messages)
        assert "amount" not in new or not any("takes" in text for text in messages)
    else:
        assert any(said in text for text in messages), messages


def test_a_promotion_that_is_over_is_not_tried() -> None:
    cheap = SAMPLE.replace("percent: 0.05", "percent: 0.30", 1)
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


# ------------------------------------------------------------------------------- what only some of the situations show
LAST = "- id: together\n  name: {en: For staying"


def condition(when: str, change: str, services: str = "treatment", name: str = "far_saturday") -> str:
    """The sample with one more condition."""
    added = added_condition(when, change, services, name)
    assert LAST in SAMPLE
    return SAMPLE.replace(LAST, added + LAST, 1)


def added_condition(when: str, change: str, services: str = "treatment", name: str = "far_saturday") -> str:
    return f"""- id: {name}
  name: {{en: Far Saturday, zh: 提前订周六}}
  when: {when}
  change: {change}
  why: {{en: We try it., zh: 试一试。}}
  services: [{services}]
"""


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


CHANNEL = "{channels: [booking_site]}"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{weekdays: [sat], lead_least: 21}", "2027-01-02, booked 21 days ahead"),
        ("{weekdays: [sat]}", "2027-01-02"),
        ("{lead_least: 45, lead_most: 60}", "2027-01-07, booked 45 days ahead"),
        ("{lead_most: 2}", "2027-01-02, booked 0 days ahead"),
        ('{after: "06:00", before: "07:30"}', "2027-01-02, 06:00"),
        ('{after: "23:00", before: "01:00", weekdays: [sun]}', "2027-01-03, 23:00"),
        ("{least: 5, most: 9}", "2027-01-02, 5 at once"),
        ("{places: [NV, US-NV]}", "2027-01-02, in NV"),
        (CHANNEL, "2027-01-02, bought by “Through a booking site”"),
        ("{groups: [students]}", "2027-01-02, for “Students”"),
        ("{starts: 02-29, ends: 02-29}", "2028-02-29"),
        ("{starts: 12-31, ends: 01-01, weekdays: [thu]}", "2026-12-31"),
        ('{weekdays: [sat], lead_least: 21, after: "06:00", before: "07:30", least: 3}',
         "2027-01-02, 06:00, booked 21 days ahead, 3 at once"),
    ],
)  # fmt: skip
def test_a_condition_that_leads_under_the_floor_is_found_where_it_stands(when: str, said: str) -> None:
    text = condition(when, "-0.30")
    # Within a year and a day of the sample's day there is no leap day.
    today = datetime.date(2027, 6, 1) if "02-29" in when else TODAY
    found = [f for f in findings(text, today) if f.code == "price.condition_under_floor"]
    assert {f.line for f in found} == {line_of(text, "change: -0.30")}
    standard = next(f.message for f in found if "Treatment, Standard" in f.message)
    assert f" on {said} (" in standard and "under the floor $" in standard
    assert all(f.severity == "error" and f.mend and "{" not in f.say("zh") for f in found)


@pytest.mark.parametrize(
    "when", ["{weekdays: [sat], lead_least: 21}", "{lead_least: 400}", "{starts: 02-29, ends: 02-29}"]
)
def test_a_small_or_a_far_condition_is_no_fault(when: str) -> None:
    change = "-0.01" if "sat" in when else "-0.30"
    assert not [code for code, _ in prices(condition(when, change)) if "under_floor" in code]


def test_two_conditions_that_only_together_lead_under_the_floor_are_told_as_that() -> None:
    one = condition("{weekdays: [sat]}", "-0.09")
    both = one.replace(LAST, added_condition("{least: 5}", "-0.09", name="five") + LAST, 1)
    of_everyone = without_thanks(one), without_thanks(both)
    alone, together = (
        [each for each in prices(text) if "Treatment, Standard" in each[1]] for text in of_everyone
    )
    assert alone == []
    assert [code for code, _ in together] == ["price.guard_binds"]
    assert "on 2027-01-02, 5 at once all reductions together lead to $64.85" in together[0][1]


def without_thanks(text: str) -> str:
    """The text without thanks for regulars of treatments and without the code, so that only conditions are left."""
    return (
        text.replace("at_least: 10, change: -0.05", "at_least: 10, change: -0.001")
        .replace("at_least: 20, change: -0.08", "at_least: 20, change: -0.002")
        .replace("amount: 8.00", "amount: 0.10")
        .replace("percent: 0.10", "percent: 0.001")
    )


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{weekdays: [sat], lead_least: 21}", "2027-09-18, booked 21 days ahead"),
        ('{weekdays: [sat], after: "08:00", before: "12:00"}', "2027-09-18, 08:00"),
    ],
)
def test_raises_over_the_cap_are_found_where_they_stand(when: str, said: str) -> None:
    text = condition(when, "0.09")  # 4 % in autumn and 9 %: over the 10 % that the book promises
    found = [f for f in findings(text, TODAY) if f.code == "price.cap_binds"]
    assert {f.line for f in found} == {line_of(text, "change: 0.09")}
    standard = next(f for f in found if "Treatment, Standard" in f.message)
    assert standard.severity == "warning"
    assert (
        f"on {said} all raises together lead to $101.70, over your cap of 10 %, which is $99.00"
        in standard.message
    )
    assert "Busy autumn, Far Saturday" in standard.message
    assert not [code for code, _ in prices(condition(when, "0.05")) if code == "price.cap_binds"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("amount: 8.00", "amount: 60.00", "with the code of “The code on our leaflet”"),
        ("percent: 0.05\n  bundle: [treatment]", "percent: 0.35\n  bundle: [treatment]", "together with Treatment"),
        ("percent: 0.10\n  when: {groups: [students]}", "percent: 0.35\n  when: {groups: [students]}", "for “Students”"),
    ],
)  # fmt: skip
def test_an_offer_that_asks_for_something_is_tried_too(old: str, new: str, said: str) -> None:
    assert old in SAMPLE
    text = SAMPLE.replace(old, new, 1)
    found = [f for f in findings(text, TODAY) if f.code == "price.promotion_under_floor"]
    assert found and all(said in f.message for f in found)
    assert {f.line for f in found} == {line_of(text, new)}
    assert not [
        f for f in findings(text, datetime.date(2027, 7, 1)) if f.code == "price.promotion_under_floor"
    ]


def test_nobody_is_tried_with_the_code_of_an_offer_that_does_not_run() -> None:
    book = load(SAMPLE).book
    assert book is not None
    treatment = book.service("treatment")
    assert treatment is not None
    asked = Situations(book, TODAY).of(treatment, treatment.tiers[1], lambda *_: 0)
    with_code = [each for each in asked if "leaflet" in each.offers]
    assert with_code and all(each.on <= datetime.date(2027, 3, 31) for each in with_code)


def test_of_very_many_mixes_those_that_move_most_are_tried() -> None:
    many = "".join(
        added_condition(f"{{{key}}}", f"-0.0{number:02}", name=f"c{number}")
        for number, key in enumerate(
            ("least: 3", 'after: "09:00", before: "10:00"', "places: [NV]", "channels: [x]", "terms: [year]", "places: [OR]",
             "channels: [y]",
             "groups: [students]", "lead_least: 9", "weekdays: [sun]", "starts: 05-01, ends: 05-09"), start=1
        )
    )  # fmt: skip
    book = load(SAMPLE.replace(LAST, many + LAST, 1)).book
    assert book is not None
    treatment = book.service("treatment")
    assert treatment is not None
    asked = Situations(book, TODAY).of(treatment, treatment.tiers[1], lambda *_: 0)
    deepest = {each.quantity >= 3 and each.place == "NV" and each.channel == "x" for each in asked}
    assert True in deepest and len(asked) < 40 * MOST
