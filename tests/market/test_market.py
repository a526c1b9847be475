"""What others ask, made comparable; the five numbers; our place; age; what customers see. Tables that a shopkeeper could read."""

from __future__ import annotations

import datetime
import statistics
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from aboveboard import market
from aboveboard.book.load import load
from aboveboard.book.model import Compared, Differs, Observation, Positioned, Text
from aboveboard.market.says import many, percent
from aboveboard.pricing.positioned import all_in
from aboveboard.sample import BOOK

SAMPLE = BOOK.read_text("utf-8")
BOOK_ = load(SAMPLE).book
assert BOOK_ is not None
DAY = datetime.date(2026, 11, 10)


def words(en: str) -> Text:
    return Text(en=en, zh="中文")


def seen(
    amount="95.00", quantity="1", unit="visit", own="1", currency="USD", all_in=True, on_top=None, **more
):
    values = {
        "id": "one", "who": words("One"), "place": "US-CA", "seen": DAY, "learnt": "website",
        "source": "https://one.example.org", "need": words("pain"), **more,
    }  # fmt: skip
    return Observation(
        amount=Decimal(amount),
        quantity=Decimal(quantity),
        unit=unit,
        currency=currency,
        all_in=all_in,
        on_top=None if on_top is None else Decimal(on_top),
        compared_with=[Compared(service="treatment", tier="standard", quantity=Decimal(own))],
        **values,
    )


@pytest.mark.parametrize(
    ("observation", "own", "expected"),
    [
        (seen("95.00"), "1", 9500),
        (seen("850.00", "10"), "1", 8500),
        (seen("850.00", "10"), "10", 85000),
        (seen("120.00", "60", "minute"), "45", 9000),
        (seen("100.00", "3"), "1", Fraction(10000, 3)),
        (seen("98.00", all_in=False, on_top="2.00"), "1", 10000),
        (seen("98.00", all_in=False, on_top="0"), "1", 9800),
        # what the book says of tax and fees counts only where they are not inside
        (seen("98.00", all_in=True, on_top="2.00"), "1", 9800),
        (seen("98.00", all_in=False), "1", "not_all_in"),
        (seen("98.00", currency="EUR"), "1", "currency"),
        (seen("98.00", "0"), "1", "number"),
        (seen("98.00", "-1"), "1", "number"),
        (seen("0"), "1", "number"),
        (seen("-5"), "1", "number"),
        (seen("98.00"), "0", "number"),
        (seen("NaN"), "1", "number"),
        (seen("Infinity"), "1", "number"),
        (seen("1E+30"), "1", "number"),
        (seen("98.00", "1E-30"), "1", "number"),
        (seen("98.00"), "NaN", "number"),
        (seen("98.00", all_in=False, on_top="sNaN"), "1", "number"),
    ],
)
def test_a_price_of_others_comes_to_so_much_for_one_of_ours(observation, own, expected):
    assert market.per_one(observation, Decimal(own), "USD") == expected


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [("JPY", "9500", 9500), ("KWD", "9.500", 9500), ("USD", "95.00", 9500)],
)
def test_money_of_any_exponent_is_whole_minor_units(currency, amount, expected):
    assert market.per_one(seen(amount, currency=currency), Decimal(1), currency) == expected


PRICES = st.lists(st.integers(1, 10**9), min_size=1, max_size=40)


@given(PRICES)
def test_the_five_numbers_are_those_of_numpy_and_of_a_spreadsheet(prices):
    spread = market.Spread.of(map(Fraction, prices))
    told = (spread.lowest, spread.lower, spread.middle, spread.upper, spread.highest)
    assert [float(each) for each in told] == pytest.approx(
        np.quantile(prices, [0, 0.25, 0.5, 0.75, 1]).tolist()
    )
    assert spread.middle == statistics.median(map(Fraction, prices))
    if len(prices) > 1:
        parts = statistics.quantiles(map(Fraction, prices), n=4, method="inclusive")
        assert [spread.lower, spread.middle, spread.upper] == parts
    assert spread.count == len(prices)


def test_no_prices_have_no_middle():
    with pytest.raises(ValueError, match="no middle"):
        market.Spread.of([])


@given(PRICES, st.integers(1, 10**9))
def test_our_place_is_the_gap_to_the_middle(prices, ours):
    standing = market.Standing(ours, market.Spread.of(map(Fraction, prices)))
    assert standing.gap == Fraction(ours) / standing.spread.middle - 1
    assert (standing.place == "near") == (abs(standing.gap) <= market.NEAR)
    assert standing.place == "near" or (standing.place == "above") == (ours > standing.spread.middle)
    assert standing.cheaper == (ours <= min(prices))


def claim(place, by=None, **more):
    by = None if by is None else Decimal(by)
    return Positioned(observations=["one"], place=place, by=by, why=words("why"), **more)


@pytest.mark.parametrize(
    ("place", "by", "gap", "true"),
    [
        ("below", None, "-0.0001", True), ("below", None, "0", False), ("below", None, "0.1", False),
        ("below", "0.05", "-0.05", True), ("below", "0.05", "-0.06", True), ("below", "0.05", "-0.049", False),
        ("above", None, "0.1", True), ("above", None, "0", False), ("above", None, "-0.1", False),
        ("above", "0.10", "0.10", True), ("above", "0.10", "0.08", True), ("above", "0.10", "0.101", False),
        ("above", "0.10", "-0.01", False), ("near", None, "0.02", True), ("near", None, "-0.021", False),
        ("near", "0.05", "-0.05", True), ("near", "0.05", "0.051", False), ("near", "0", "0", True),
    ],
)  # fmt: skip
def test_a_claim_is_true_or_more_modest_than_the_truth(place, by, gap, true):
    assert market.claimed(claim(place, by), Fraction(gap)) is true


def differs(*worths):
    return [Differs(what=words("x"), worth=Decimal(worth)) for worth in worths]


def test_economic_value_is_reference_and_differentiation():
    others = (
        market.Comparable(seen(id="one"), Decimal(1), Fraction(9500)),
        market.Comparable(seen(id="two"), Decimal(1), Fraction(10500)),
    )
    spread = market.Spread.of(each.exact for each in others)
    by_middle = market.value_of(
        claim("below", differentiation=differs("10.00", "-4.00")), others, spread, "USD"
    )
    assert by_middle is not None and by_middle.whole == 10000 + 1000 - 400
    named = claim("below", reference="two", differentiation=differs("1.00"))
    value = market.value_of(named, others, spread, "USD")
    assert value is not None and value.reference == 10500 and value.whole == 10600
    assert market.value_of(claim("below"), others, spread, "USD") is None


@pytest.mark.parametrize(
    ("days", "today", "old"),
    [
        (180, "2027-05-08", False),
        (180, "2027-05-09", True),
        (1, "2026-11-10", False),
        (1, "2026-11-11", True),
    ],
)
def test_a_price_is_old_on_the_day_it_is_looked_at_again(days, today, old):
    book = structs.replace(BOOK_.market, review_days=days)
    assert market.old(book, seen(), datetime.date.fromisoformat(today)) is old


def test_a_price_of_the_last_day_of_the_calendar_is_due_then():
    assert market.due(BOOK_.market, seen(seen=datetime.date.max)) == datetime.date.max


@pytest.mark.parametrize(
    ("exact", "whole"), [("0.5", 1), ("1.4999", 1), ("-0.5", -1), ("-1.49", -1), ("2.5", 3), ("0", 0)]
)
def test_half_a_coin_goes_away_from_zero(exact, whole):
    assert market.rounded(Fraction(exact)) == whole


@pytest.mark.parametrize(
    ("share", "said"),
    [("-1/19", "5.3%"), ("0.05", "5%"), ("0.0004", "0%"), ("1.5", "150%"), ("-0.0996", "10%")],
)
def test_shares_are_said_with_one_decimal(share, said):
    assert percent(Fraction(share)) == said


@pytest.mark.parametrize("unit", ["visit", "hour", "minute", "month", "piece", "course", "person"])
def test_each_unit_is_said_in_one_and_many(unit):
    one, ten = many(Decimal(1), unit), many(Decimal("10.50"), unit)
    assert (
        one.en.startswith("one ") and ten.en.startswith("10.5 ") and ten.zh.startswith("10.5 ") and one != ten
    )


# ------------------------------------------------------------------------------------------------- the sample's own market
def test_of_one_thing_by_one_firm_the_newest_price_counts():
    old = next(each for each in BOOK_.market.observations if each.id == "hillside_45")
    new = structs.replace(old, id="hillside_new", seen=datetime.date(2026, 11, 20), amount=Decimal("97.00"))
    listed = [*BOOK_.market.observations, new]
    book = structs.replace(BOOK_, market=structs.replace(BOOK_.market, observations=listed))
    ids = [each.observation.id for each in market.comparables(book, "treatment", "standard")]
    assert "hillside_new" in ids and "hillside_45" not in ids
    assert market.left_out(book, "treatment", "standard") == ((old, "newer"),)
    named = market.comparables(book, "treatment", "standard", ["hillside_45"])
    assert [each.amount for each in named] == [9500]
    # a price of another quantity is another thing
    hour = structs.replace(new, quantity=Decimal(60))
    book = structs.replace(
        BOOK_, market=structs.replace(BOOK_.market, observations=[*BOOK_.market.observations, hour])
    )
    assert market.left_out(book, "treatment", "standard") == ()


def shown(how):
    return structs.replace(BOOK_, market=structs.replace(BOOK_.market, shown=how))


def basis(book, ours=9000):
    service = book.service("treatment")
    return market.position(book, service, service.tiers[1], ours)


def test_a_position_says_range_middle_place_value_and_why():
    said = basis(shown("summary"))
    assert said is not None and said.observations == ()
    for part in (
        "$85.00 to $110.00", "the middle of 5 prices is $95.00", "We ask $90.00, that is 5.3% less.",
        "your exercises in writing: $10.00; no strength machines here: $4.00 less", "That makes $101.00",
        "$11.00 of it stays with you", "We have no strength machines",
    ):  # fmt: skip
        assert part in said.says.en, part
    for part in (
        "85.00 美元到 110.00 美元",
        "中间价是 95.00 美元",
        "低 5.3%",
        "减 4.00 美元",
        "11.00 美元留给您",
    ):
        assert part in said.says.zh, part
    assert "that is 5.3% more" in basis(shown("summary"), 10000).says.en
    assert "We ask $95.00, the same." in basis(shown("summary"), 9500).says.en


def test_customers_see_as_much_as_the_owner_opens():
    assert basis(shown("none")) is None
    everything = basis(shown("observations"))
    lines = {each.id: each for each in everything.observations}
    assert list(lines) == ["bayside_45", "hillside_45", "station_hour", "garden_visit", "lakeside_ten"]
    assert lines["bayside_45"].who.en == "Bayside Physiotherapy" and lines["bayside_45"].source.startswith(
        "https://"
    )
    assert lines["station_hour"].amount == 9300 and lines["station_hour"].seen == datetime.date(2026, 11, 12)
    told = str(everything)
    for secret in ("Station Therapy", "Garden Street", "车站理疗", "花园街", "Sunday paper", "front desk"):
        assert secret not in told, secret
    assert lines["garden_visit"].who.en == "a practice with a garden" and lines["garden_visit"].source == ""


def test_who_is_not_described_is_somebody():
    line = market.seen(market.Comparable(seen(public=False), Decimal(1), Fraction(9500)))
    assert line.who.en == "Somebody whose name we do not publish" and line.source == ""


def test_brackets_in_a_book_are_what_they_look_like():
    line = market.seen(
        market.Comparable(seen(public=True, who=words("{x} & Sons")), Decimal(1), Fraction(9500))
    )
    assert line.who.en == "{x} & Sons"


def test_a_tier_without_a_position_says_nothing():
    service = BOOK_.service("treatment")
    assert market.position(BOOK_, service, service.tiers[0], 6400) is None


def test_ours_is_all_in_as_theirs_is():
    from aboveboard.pricing.compiled import compiled

    offer = compiled(BOOK_).offer("exercise_kit", "standard", DAY)
    assert offer.list_price == 2900 and offer.all_in == 3172
    added = """
fees:
- {id: desk, name: {en: Desk, zh: 前台}, amount: 2.00, why: {en: For the desk., zh: 前台用。}}
- {id: site, name: {en: Site, zh: 网站}, amount: 9.00, channels: [booking_site], why: {en: Its part., zh: 网站的份。}}

seasons:
"""
    fee = load(SAMPLE.replace("\nseasons:\n", added, 1)).book
    assert fee is not None
    with_fee = compiled(fee).offer("exercise_kit", "standard", DAY)
    assert with_fee.all_in == round((2900 + 200) * Decimal("1.09375"))
    assert all_in(9000, (), Decimal(0)) == 9000
