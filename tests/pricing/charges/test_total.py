"""An order of several charges: which lines, in which order, and what they come to."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.book.model import AddOn, Seats
from aboveboard.pricing import PriceError, PriceRequest
from aboveboard.pricing.charges import Asked, tier_rules, total
from aboveboard.pricing.listed import price_of_one
from tests.pricing.charges.charged import D, bands, book, both, charge, service, tier

HERE = ZoneInfo("America/Los_Angeles")


def amounts(made):
    return [(line.id, line.amount) for line in made.lines]


def shop(*charges, add_ons=(), unit="month", prorate="none", currency="USD", **more):
    basic = tier(charges=list(charges), **more) if charges else tier(**more)
    club = service(basic, add_ons=list(add_ons), unit=unit, prorate=prorate)
    return book(club, currency=currency), club, basic


def day(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=HERE)


def test_a_list_price_is_one_charge_for_each():
    rules = tier_rules(*shop(list_price=D("29.00")))
    assert amounts(total(rules, Asked(quantity=3))) == [("basic", 8700)]


def test_lines_stand_in_the_order_of_the_book_and_add_up():
    rules = tier_rules(
        *shop(
            charge("flat", "base", price="20.00"),
            charge("graduated", "classes", bands=bands("4:10.00", "-:8.00"), counts="ball"),
            charge("percentage", "service", percent="0.029"),
            minimum_spend=D("50.00"),
        )
    )
    made = total(rules, Asked(usage={"ball": D(6)}))
    assert amounts(made) == [("base", 2000), ("classes", 5600), ("service", 220)]  # 2.9 % of 76.00 is 2.204
    assert made.amount == 7820
    least = total(rules, Asked())
    assert amounts(least) == [("base", 2000), ("classes", 0), ("service", 58), ("minimum_spend", 2942)]
    assert least.amount == 5000
    assert least.lines[-1].how.en == "the lines above come to $20.58; an order costs at least $50.00"
    assert rules.says[-1].en == "An order costs at least $50.00."


def test_a_request_for_a_price_is_a_request_for_charges():
    rules = tier_rules(*shop(charge("per_unit", price="2.00", counts="km")))
    request = PriceRequest("club", "basic", 1, datetime.date(2027, 1, 15), usage={"km": D("7.5")})
    assert total(rules, request).amount == 1500


@pytest.mark.parametrize(
    ("seats", "quantity", "extra"),
    [(None, 1, 0), (1, 1, 0), (3, 1, 0), (4, 1, 500), (7, 1, 2000), (7, 3, 6000)],
)
def test_seats_beyond_the_included_cost_extra(seats, quantity, extra):
    own = Seats(included=3, extra=charge("per_unit", "seat", price="5.00"))
    rules = tier_rules(*shop(list_price=D("20.00"), seats=own))
    made = total(rules, Asked(quantity=quantity, seats=seats))
    assert amounts(made) == [("basic", 2000 * quantity), ("seat", extra)]


def test_seats_may_have_bands_of_their_own():
    own = Seats(extra=charge("volume", "seat", bands=bands("9:5.00", "-:4.00")))
    rules = tier_rules(*shop(list_price=D("20.00"), seats=own))
    assert total(rules, Asked(seats=10)).lines[1].amount == 4500
    assert total(rules, Asked(seats=11)).lines[1].amount == 4000


ADD_ONS = (
    AddOn(id="towels", name=both("towels"), what=both("what"), list_price=D("4.00"), most=3),
    AddOn(id="pool", name=both("pool"), what=both("what"), charges=[charge("flat", "key", price="9.00")]),
)


def test_add_ons_follow_and_one_named_twice_counts_twice():
    parts = shop(list_price=D("20.00"), add_ons=ADD_ONS)
    made = total(tier_rules(*parts, ["towels", "pool", "towels"]), Asked(quantity=2))
    assert amounts(made) == [("basic", 4000), ("towels", 1600), ("key", 900)]
    assert made.lines[1].how.en.endswith("times 2")
    with pytest.raises(PriceError) as refused:
        tier_rules(*parts, ["sauna"])
    assert refused.value.code == "unknown_add_on" and "towels, pool" in str(refused.value)


@pytest.mark.parametrize(
    ("starts", "ends", "amount", "how"),
    [
        ("2026-11-11T00:00", "2026-12-01T00:00", 2000, "20 of 30 days of November 2026"),
        ("2026-11-01T00:00", "2026-12-01T00:00", 3000, "30 of 30 days"),
        ("2027-02-15T00:00", "2027-03-01T00:00", 1500, "14 of 28 days of February 2027"),
        ("2028-02-15T00:00", "2028-03-01T00:00", 1552, "15 of 29 days of February 2028"),  # 1551.72
        ("2027-12-31T00:00", "2028-02-02T00:00", 97 + 3000 + 103, None),  # 1/31 + 1 + 1/29 of 30.00: 3200.2
    ],
)
def test_part_of_a_month_is_paid_by_its_days(starts, ends, amount, how):
    for parts in (
        shop(charge("flat", price="30.00"), prorate="day"),
        shop(list_price=D("30.00"), prorate="day"),
        shop(charge("capacity", price="30.00", included="5", overage="1.00", counts="ball"), prorate="day"),
    ):
        made = total(tier_rules(*parts), Asked(starts=day(starts), ends=day(ends)))
        assert made.amount == amount
        assert how is None or how in made.lines[0].how.en
        assert "you pay for its days" in made.lines[0].says.en


def test_what_was_used_is_paid_whole_whatever_part_of_the_month():
    parts = shop(
        charge("capacity", "balls", price="30.00", included="5", overage="1.00", counts="ball"),
        charge("per_unit", "way", price="2.00", counts="km"),
        prorate="day",
        minimum_spend=D("60.00"),
    )
    ask = Asked(
        usage={"ball": D(8), "km": D(3)}, starts=day("2026-11-11T00:00"), ends=day("2026-12-01T00:00")
    )
    made = total(tier_rules(*parts), ask)
    assert amounts(made) == [
        ("balls", 2300),
        ("way", 600),
        ("minimum_spend", 1100),
    ]  # at least 20/30 of 60.00


def test_without_proration_a_month_is_a_month():
    parts = shop(charge("flat", price="30.00"))
    assert (
        total(tier_rules(*parts), Asked(starts=day("2026-11-11T00:00"), ends=day("2026-12-01T00:00"))).amount
        == 3000
    )


@pytest.mark.parametrize(
    ("starts", "ends", "amount"),
    [
        ("2026-06-01T10:00", "2026-06-01T12:20", 3600),
        ("2026-10-31T22:00", "2026-11-01T06:00", 9 * 1200),  # nine real hours: the clock went back
        ("2026-03-07T22:00", "2026-03-08T06:00", 7 * 1200),
    ],
)
def test_time_is_counted_in_real_hours(starts, ends, amount):
    parts = shop(charge("time", price="12.00", per="hour"), unit="visit")
    assert total(tier_rules(*parts), Asked(starts=day(starts), ends=day(ends))).amount == amount


def test_a_time_charge_needs_its_moments():
    parts = shop(charge("time", "room", price="12.00", per="hour"), unit="visit")
    with pytest.raises(PriceError) as refused:
        total(tier_rules(*parts), Asked())
    assert refused.value.code == "time_missing" and "room" in str(refused.value)
    assert price_of_one(*parts) == 1200


@pytest.mark.parametrize(
    ("pays", "quantity", "amount", "code"),
    [
        (None, 1, 1200, "suggested"),
        (500, 1, 500, "chosen"),
        (2000, 1, 2000, "chosen"),
        (1000, 2, 1000, "chosen"),
    ],
)
def test_pay_what_you_want(pays, quantity, amount, code):
    parts = shop(charge("pay_what_you_want", least="5.00", suggested="12.00"), unit="visit")
    made = total(tier_rules(*parts), Asked(quantity=quantity, pays=pays))
    assert (made.amount, made.lines[0].code) == (amount, code)


@pytest.mark.parametrize(("pays", "quantity"), [(499, 1), (999, 2), (-1, 1), (0, 1), (True, 1)])
def test_less_than_the_least_is_refused(pays, quantity):
    parts = shop(charge("pay_what_you_want", least="5.00"), unit="visit")
    with pytest.raises(PriceError) as refused:
        total(tier_rules(*parts), Asked(quantity=quantity, pays=pays))
    assert refused.value.code == "pays_too_little"


def test_usage_of_what_nobody_counts_is_refused():
    parts = shop(charge("per_unit", price="1.00", counts="ball"))
    with pytest.raises(PriceError) as refused:
        total(tier_rules(*parts), Asked(usage={"bal": D(1)}))
    assert refused.value.code == "unknown_meter" and "ball" in str(refused.value)


def test_a_sum_that_json_cannot_hold_is_refused():
    large = [charge("per_unit", f"c{n}", price="9000000000.00", counts="ball") for n in range(2)]
    with pytest.raises(PriceError) as refused:
        total(tier_rules(*shop(*large)), Asked(usage={"ball": D(9000)}))
    assert refused.value.code == "too_large"


@pytest.mark.parametrize(("currency", "price", "amount"), [("JPY", "980", 980), ("KWD", "1.250", 1250)])
def test_orders_in_currencies_with_none_and_three_decimals(currency, price, amount):
    parts = shop(charge("flat", price=price), charge("percentage", "fee", percent="0.05"), currency=currency)
    assert total(tier_rules(*parts), Asked()).amount == amount + {"JPY": 49, "KWD": 63}[currency]


def test_both_a_list_price_and_charges_is_no_price():
    for broken in (shop(charge("flat", price="1.00"), list_price=D("1.00")), shop()):
        with pytest.raises(PriceError) as refused:
            tier_rules(*broken)
        assert refused.value.code == "book_broken"


@given(
    st.integers(1, 50), st.decimals(0, 5000, places=0), st.decimals(0, 5000, places=1), st.integers(1, 40),
    st.integers(0, 525_600), st.integers(0, 10**6),
)  # fmt: skip
def test_the_lines_always_add_up_and_each_is_rounded_once(quantity, balls, way, seats, begins, minutes):
    own = Seats(included=2, extra=charge("per_unit", "seat", price="3.333"))
    parts = shop(
        charge("flat", "base", price="19.99"),
        charge("volume", "balls", bands=bands("100:0.333", "-:0.25"), counts="ball"),
        charge("per_unit", "way", price="0.1234", counts="km", free="3"),
        charge("percentage", "fee", percent="0.0333", least="0.50"),
        prorate="day", minimum_spend=D("25.00"), seats=own, add_ons=ADD_ONS,
    )  # fmt: skip
    starts = day("2026-01-01T00:00") + datetime.timedelta(minutes=begins)
    ends = starts + datetime.timedelta(minutes=minutes)
    ask = Asked(
        quantity,
        {"ball": balls, "km": way},
        seats,
        None,
        starts,
        ends,
    )
    made = total(tier_rules(*parts, ["towels"]), ask)
    assert made.amount == sum(line.amount for line in made.lines)
    assert all(abs(line.rounding) <= D("0.5") for line in made.lines)
