"""Each rule by itself, as a table: season, promotion, loyalty, guards, tax."""

import datetime

import pytest

from aboveboard.pricing.guards import keep_common, keep_floor
from aboveboard.pricing.loyalty import LoyaltyRule
from aboveboard.pricing.promotions import PromotionRule
from aboveboard.pricing.rules import NOT_SAID, Situation, Standing
from aboveboard.pricing.seasons import ListPriceRule
from aboveboard.pricing.tax import add_tax
from aboveboard.pricing.when import Names
from aboveboard.words import Text
from tests.pricing.books import D, book, loyalty, promotion, season


def on_day(text: str, **more) -> Situation:
    on = datetime.date.fromisoformat(text)
    return Situation(
        on.toordinal(), on.month * 100 + on.day, on.weekday(), **({"quantity": 1, "spend": 10000} | more)
    )


def stand(now: int, listed: int | None = None) -> Standing:
    return Standing(now, now if listed is None else listed, now, 1)


@pytest.mark.parametrize(
    ("starts", "ends", "on", "holds"),
    [
        ("07-01", "08-31", "2026-06-30", False),
        ("07-01", "08-31", "2026-07-01", True),
        ("07-01", "08-31", "2026-08-31", True),
        ("07-01", "08-31", "2026-09-01", False),
        ("12-15", "01-10", "2026-12-14", False),  # over New Year
        ("12-15", "01-10", "2026-12-15", True),
        ("12-15", "01-10", "2026-12-31", True),
        ("12-15", "01-10", "2027-01-01", True),
        ("12-15", "01-10", "2027-01-10", True),
        ("12-15", "01-10", "2027-01-11", False),
        ("02-29", "03-05", "2027-02-28", False),  # a year without the 29th
        ("02-29", "03-05", "2027-03-01", True),
        ("02-20", "02-29", "2027-02-28", True),
        ("02-20", "02-29", "2028-02-29", True),
        ("02-20", "02-29", "2027-03-01", False),
        ("06-15", "06-15", "2026-06-15", True),  # a single day
        ("06-15", "06-15", "2026-06-16", False),
        ("01-01", "12-31", "2028-02-29", True),
    ],
)
def test_season_days(starts, ends, on, holds):
    move = ListPriceRule.season(season("s", starts, ends, "-0.1")).rule.move(on_day(on), stand(100))
    assert move.applied is holds
    assert move.code == ("season.less" if holds else "season.not_now")


@pytest.mark.parametrize(
    ("change", "before", "list_price", "whole", "rounding", "after"),
    [
        ("-0.07", 9500, 9500, -665, 0, 8835),
        ("0.10", 9500, 9500, 950, 0, 10450),
        ("-0.07", 9999, 9999, -699, -1, 9299),  # 699.93
        ("-0.125", 8500, 8500, -1062, -1, 7437),  # 1,062.50, half goes to the customer
        ("-0.10", 8000, 10000, -1000, 0, 7000),  # a second season counts from the list price too
        ("-0.60", 4000, 10000, -4000, 0, 0),  # and never below zero
    ],
)
def test_season_move(change, before, list_price, whole, rounding, after):
    rule = ListPriceRule.season(season("s", "01-01", "12-31", change)).rule
    move = rule.move(on_day("2026-05-05"), stand(before, list_price))
    assert (move.whole, move.rounding, move.after) == (whole, rounding, after)
    assert move.capped is (before + D(change) * list_price < 0)


@pytest.mark.parametrize(
    ("offer", "tier", "on", "after", "code"),
    [
        ({"percent": D("0.10")}, "basic", "2026-03-01", 9000, "promotion.percent"),
        ({"percent": D("0.10")}, "basic", "2026-03-31", 9000, "promotion.percent"),
        ({"percent": D("0.10")}, "basic", "2026-02-28", 10000, "promotion.not_yet"),
        ({"percent": D("0.10")}, "basic", "2026-04-01", 10000, "promotion.over"),
        ({"percent": D("0.10"), "tiers": ["deep"]}, "basic", "2026-03-15", 10000, "promotion.other_tier"),
        ({"percent": D("0.10"), "tiers": ["deep"]}, "deep", "2026-03-15", 9000, "promotion.percent"),
        ({"amount": D("7.50")}, "basic", "2026-03-15", 9250, "promotion.amount"),
        ({"amount": D("500.00")}, "basic", "2026-03-15", 0, "promotion.amount"),
        ({"percent": D("1")}, "basic", "2026-03-15", 0, "promotion.percent"),
        ({"percent": D("0.33333")}, "basic", "2026-03-15", 6667, "promotion.percent"),
        ({}, "basic", "2026-03-15", 10000, "promotion.amount"),  # an offer of nothing changes nothing
    ],
)
def test_promotion(offer, tier, on, after, code):
    names = {"basic": Text("Basic", "基础"), "deep": Text("Deep", "深度")}
    made = promotion("p", "2026-03-01", "2026-03-31", **offer)
    rule = PromotionRule.of(made, 0, "USD", tier, names, Names.of(book()))
    move = rule.rule.move(on_day(on), stand(10000))
    assert (move.after, move.code) == (after, code)
    assert move.applied is (code not in rule.why_not)


def test_promotion_says_where_and_when_it_holds():
    names = {"deep": Text("Deep", "深度"), "long": Text("Long", "加时")}
    made = promotion("p", "2026-03-01", "2026-03-31", percent=D("0.1"), tiers=["deep", "long"])
    rule = PromotionRule.of(made, 0, "USD", "basic", names, Names.of(book()))
    assert rule.why_not["promotion.other_tier"] == Text(
        "This is only for Deep, Long.", "只适用于：深度、加时。"
    )
    assert rule.why_not["promotion.not_yet"].en == "This starts on 1 March 2026."
    assert rule.why_not["promotion.over"].zh == "已于 2026 年 3 月 31 日结束。"


@pytest.mark.parametrize(
    ("facts", "after", "code", "value"),
    [
        ({}, 10000, "not_given", None),
        ({"months": 99}, 10000, "not_given", None),  # another fact is no visit count
        ({"visits": 0}, 10000, "not_reached", 0),
        ({"visits": 4}, 10000, "not_reached", 4),
        ({"visits": 5}, 9700, "reached", 5),
        ({"visits": 9}, 9700, "reached", 9),
        ({"visits": 10}, 9500, "reached", 10),
        ({"visits": 10**9}, 9500, "reached", 10**9),
        ({"visits": NOT_SAID}, 10000, "not_given", None),
    ],
)
def test_loyalty(facts, after, code, value):
    rule = LoyaltyRule.of(loyalty("visits", (10, "-0.05"), (5, "-0.03")))  # the book need not sort its levels
    move = rule.rule.move(on_day("2026-03-01", **facts), stand(10000))
    assert (move.after, move.code, move.value) == (after, f"loyalty.visits.{code}", value)


@pytest.mark.parametrize(
    ("before", "floor", "list_price", "after", "code"),
    [
        (9000, 8000, 10000, 9000, "guard_floor.above"),
        (8000, 8000, 10000, 8000, "guard_floor.above"),
        (7999, 8000, 10000, 8000, "guard_floor.lifted"),
        (0, 8000, 10000, 8000, "guard_floor.lifted"),
        (5000, 8000, 5000, 5000, "guard_floor.list_is_lower"),
        (4500, 8000, 5000, 5000, "guard_floor.lifted"),  # up to the list price and no further
        (6000, 8000, 5000, 6000, "guard_floor.list_is_lower"),
        (0, 0, 0, 0, "guard_floor.above"),
    ],
)
def test_floor_guard(before, floor, list_price, after, code):
    move = keep_floor(before, floor, list_price)
    assert (move.after, move.code) == (after, code)


@pytest.mark.parametrize(
    ("before", "common", "used", "after", "code"),
    [
        (9000, 9500, True, 9000, "guard_personal.not_higher"),
        (9500, 9500, True, 9500, "guard_personal.not_higher"),
        (9501, 9500, True, 9500, "guard_personal.lowered"),
        (9500, 9500, False, 9500, "guard_personal.no_data"),
    ],
)
def test_personal_guard(before, common, used, after, code):
    move = keep_common(before, common, used)
    assert (move.after, move.code) == (after, code)


@pytest.mark.parametrize(
    ("price", "rate", "whole", "rounding"),
    [
        (10000, "0", 0, 0),
        (10000, "0.0925", 925, 0),
        (9999, "0.0925", 924, 1),
        (1, "0.5", 0, 1),
        (1, "0.49", 0, 0),
    ],
)
def test_tax(price, rate, whole, rounding):
    move = add_tax(price, D(rate))
    assert (move.whole, move.rounding) == (whole, rounding)
