"""Quantities, days, moments and amounts that nobody means: a price, or a sentence that says what is wrong."""

from __future__ import annotations

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from aboveboard.book.model import Charge, Meter
from aboveboard.pricing import AllowedFacts, PriceError, PriceRequest, price
from tests.pricing.books import D, book, both, loyalty, season, service, tier
from tests.pricing.test_order import PHOTOS, studio

ON = datetime.date(2026, 3, 2)
HERE = ZoneInfo("America/Los_Angeles")


def said(clinic, *request, facts=AllowedFacts(), **more):  # noqa: B008
    """Return the code of the refusal; the sentence has to be there in both languages."""
    with pytest.raises(PriceError) as refused:
        price(clinic, PriceRequest(*request, **more), facts)
    for lang in ("en", "zh"):
        assert refused.value.text.say(lang).strip()
    return refused.value.code


QUANTITIES = [
    0, -1, -0.0, 0.5, 1.0, 1001, 10**18, 10**30, float("nan"), float("inf"), 0.1 + 0.2, True, False, None, "3", "１", [3],
    D("1"), D("NaN"), D("sNaN"), D("-0"), D("1e999"),
]  # fmt: skip


@pytest.mark.parametrize("quantity", QUANTITIES, ids=repr)
def test_a_quantity_is_a_whole_number_from_one_to_a_thousand(quantity):
    assert said(book(), "treatment", "standard", quantity, ON) == "bad_quantity"


@pytest.mark.parametrize(
    "used",
    [
        D("-1"), D("-0.01"), D("NaN"), D("sNaN"), D("Infinity"), D("1e999"), 10**30, 0.1 + 0.2, float("nan"), D("0.5"),
        D("1e-30"), 10**18 + 1,
    ],
    ids=repr,
)  # fmt: skip
def test_usage_that_cannot_be(used):
    assert said(studio(), "treatment", "plan", 1, ON, usage={"photos": used}) == "bad_usage"


@pytest.mark.parametrize("used", [D("-0"), D("0"), 0, D("0E+9")], ids=repr)
def test_nothing_used_is_nothing_however_it_is_written(used):
    assert price(studio(), PriceRequest("treatment", "plan", 1, ON, usage={"photos": used})).total == 2000


def test_as_much_as_can_be_counted_is_too_much_to_pay():
    assert said(studio(), "treatment", "plan", 1, ON, usage={"photos": 10**18}) == "too_large"


@pytest.mark.parametrize("seats", [0, -1, 10**30, True])
def test_seats_where_there_are_none(seats):
    assert said(studio(), "treatment", "plan", 1, ON, seats=seats) in ("no_seats", "bad_seats")


def test_one_seat_and_yes_are_not_the_same_even_after_one_another():
    clinic = studio()
    price(clinic, PriceRequest("treatment", "plan", 1, ON, seats=1))
    assert said(clinic, "treatment", "plan", 1, ON, seats=True) in ("no_seats", "bad_seats")


@pytest.mark.parametrize("pays", [-1, 0.1 + 0.2, True, float("nan"), D("1000"), "1000"], ids=repr)
def test_what_nobody_can_give(pays):
    gift = Charge(id="gift", name=both("Gift"), kind="pay_what_you_want", least=D("5.00"))
    assert said(studio(tier={"charges": [gift]}), "treatment", "plan", 1, ON, pays=pays) == "pays_too_little"


@pytest.mark.parametrize(
    ("on", "total"),
    [
        (datetime.date.min, 9000),
        (datetime.date(1, 3, 1), 10000),
        (datetime.date.max, 9000),
        (datetime.date(2028, 2, 29), 9000),
        (datetime.date(1900, 2, 28), 9000),
        (datetime.date(2027, 3, 1), 10000),
    ],
)
def test_the_ends_of_the_calendar_and_leap_days(on, total):
    clinic = book(seasons=[season("cold", "12-15", "02-29", "-0.10")])
    assert price(clinic, PriceRequest("treatment", "standard", 1, on)).total == total


def moment(text, fold=0):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=HERE, fold=fold)


@pytest.mark.parametrize(
    ("starts", "ends", "hours"),
    [
        (moment("2026-11-01T00:30"), moment("2026-11-01T03:30"), 4),  # the clock goes back: one hour more
        (moment("2026-03-08T00:30"), moment("2026-03-08T03:30"), 2),  # the clock goes forward: one hour less
        (moment("2026-11-01T01:30"), moment("2026-11-01T01:30", fold=1), 1),  # the same hour, twice
        (moment("2026-03-08T02:30"), moment("2026-03-08T03:30"), 0),  # an hour that no clock shows
        (moment("2028-02-28T12:00"), moment("2028-03-01T12:00"), 48),  # over a leap day
        (moment("2026-06-01T12:00"), moment("2026-06-01T12:00"), 0),
    ],
)
def test_hours_of_the_clock_that_is_changed(starts, ends, hours):
    room = Charge(id="room", name=both("Room"), kind="time", per="hour", price=D("10.00"), begun="exact")
    asked = PriceRequest("treatment", "plan", 1, ON, starts=starts, ends=ends)
    assert price(studio(tier={"charges": [room]}), asked).total == hours * 1000


@pytest.mark.parametrize(
    ("starts", "ends", "code"),
    [
        (None, None, "time_missing"),
        (moment("2026-06-01T12:00"), None, "time_missing"),
        (datetime.datetime(2026, 6, 1), moment("2026-06-02T12:00"), "time_without_zone"),  # noqa: DTZ001
        (moment("2026-06-01T12:00"), moment("2026-06-01T11:59"), "time_backwards"),
        (moment("2026-11-01T01:30", fold=1), moment("2026-11-01T01:30"), "time_backwards"),
        (moment("9999-12-31T23:00"), moment("9999-12-31T23:59"), "bad_time"),
    ],
)
def test_moments_that_cannot_be(starts, ends, code):
    room = Charge(id="room", name=both("Room"), kind="time", per="day", price=D("10.00"), begun="exact")
    assert (
        said(studio(tier={"charges": [room]}), "treatment", "plan", 1, ON, starts=starts, ends=ends) == code
    )


@pytest.mark.parametrize(
    ("currency", "listed", "total"), [("JPY", "5800", 6380), ("KWD", "5.805", 6386), ("USD", "58.05", 6386)]
)
def test_currencies_without_small_coins_and_with_three_decimals(currency, listed, total):
    clinic = book(
        currency=currency,
        services=[service(tier("standard", listed, ("therapist", "1")), margin="0")],
        costs=[],
        tax="0.1",
    )
    clinic = type(clinic)(
        **{f: getattr(clinic, f) for f in clinic.__struct_fields__}
        | {"services": [service(tier("standard", listed), margin="0")]}
    )
    assert price(clinic, PriceRequest("treatment", "standard", 1, ON)).total == total


@pytest.mark.parametrize(("currency", "listed"), [("JPY", "58.50"), ("KWD", "5.8051"), ("USD", "58.051")])
def test_prices_finer_than_the_smallest_coin(currency, listed):
    clinic = book(currency=currency, services=[service(tier("standard", listed, ("therapist", "1")))])
    assert said(clinic, "treatment", "standard", 1, ON) == "book_broken"


@pytest.mark.parametrize(
    "listed", ["NaN", "sNaN", "Infinity", "-Infinity", "1e18", "1e30", "1e-30", "0." + "1" * 40], ids=str
)
def test_prices_of_a_book_that_are_no_prices(listed):
    clinic = book(services=[service(tier("standard", listed, ("therapist", "1")))])
    assert said(clinic, "treatment", "standard", 1, ON) == "book_broken"


@pytest.mark.parametrize("change", ["NaN", "sNaN", "Infinity", "1e18", "1e-30"])
def test_changes_of_a_season_that_are_no_numbers(change):
    assert (
        said(book(seasons=[season("odd", "01-01", "12-31", change)]), "treatment", "standard", 1, ON)
        == "book_broken"
    )


def test_a_tenth_and_two_tenths_are_three_tenths():
    hours = Meter(id="hours", name=both("Hours"), one=both("hour"), many=both("hours"), decimals=1)
    help_ = Charge(id="help", name=both("Help"), kind="per_unit", counts="hours", price=D("10.00"))
    clinic = studio(tier={"charges": [help_]})
    clinic = type(clinic)(
        **{f: getattr(clinic, f) for f in clinic.__struct_fields__} | {"meters": [hours, PHOTOS]}
    )
    asked = PriceRequest("treatment", "plan", 1, ON, usage={"hours": Decimal("0.1") + Decimal("0.2")})
    assert price(clinic, asked).total == 300
    assert said(clinic, "treatment", "plan", 1, ON, usage={"hours": 0.1 + 0.2}) == "bad_usage"


@pytest.mark.parametrize("visits", [-1, -(10**30), 10**18, 10**30])
def test_facts_that_nobody_has_raise_no_price(visits):
    clinic = book(loyalty=[loyalty("visits", (5, "-0.03"))])
    made = price(clinic, PriceRequest("treatment", "standard", 1, ON), AllowedFacts(visits=visits))
    assert made.total in (10000, 9700)
    assert sum(step.amount for step in made.steps) == made.total


@pytest.mark.parametrize("points", [-1, 0, 1, 10**18, 10**30])
def test_points_where_there_are_none(points):
    assert price(book(), PriceRequest("treatment", "standard", 1, ON, points=points)).total == 10000


@pytest.mark.parametrize("name", ["", "x" * 10_000, "{x}", "\x00", "ночь", "standard "])
def test_names_that_nobody_gave(name):
    assert said(book(), name, "standard", 1, ON) == "unknown_service"
    if name:
        assert said(book(), "treatment", name, 1, ON) == "unknown_tier"
