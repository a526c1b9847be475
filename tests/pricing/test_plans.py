"""Subscriptions: what goes together, what it uses up, and tiers side by side."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from aboveboard.book.model import AddOn, Contained, Feature, Limit, Seats, Use
from aboveboard.pricing import PriceError
from aboveboard.pricing.charges import Asked, total
from aboveboard.pricing.plans import chosen, compare, uses
from tests.pricing.charges.charged import METERS, D, book, both, charge, service, tier

FEATURES = [
    Feature(id="pool", name=both("Pool"), kind="boolean"),
    Feature(id="minutes", name=both("Minutes"), kind="number", unit=both("minutes")),
    Feature(id="help", name=both("Help"), kind="text"),
]


def add_on(name, **more):
    return AddOn(
        id=name, name=both(name), what=both("what"),
        uses=[Use(item="hour", quantity=D("0.05"))], **{"list_price": D("4.00")} | more,
    )  # fmt: skip


CLUB = service(
    tier(
        id="good", list_price=D("20.00"), features=[Contained(feature="minutes", number=D(30))],
        limits=[Limit(meter="ball", most=D(4), per="month")],
    ),
    tier(
        id="better", list_price=D("35.00"),
        features=[Contained(feature="pool"), Contained(feature="minutes", number=D(45))],
        limits=[Limit(meter="ball", per="month")],
        seats=Seats(included=2, least=2, most=5, extra=charge("per_unit", "seat", price="9.00")),
    ),
    tier(
        id="best", list_price=D("50.00"), seats=Seats(included=3),
        features=[Contained(feature="pool"), Contained(feature="help", text=both("By phone"))],
        limits=[Limit(meter="ball", per="month"), Limit(meter="km", most=D(1))],
    ),
    default_tier="better",
    add_ons=[
        add_on("towels", most=2),
        add_on("robe", depends_on=["towels"], available_for=["better", "best"]),
        add_on("cold", excludes=["warm"]),
        add_on("warm", features=[Contained(feature="help", text=both("Warm"))]),
    ],
)  # fmt: skip
BOOK = book(CLUB, features=FEATURES)


def test_a_selection_holds_everything_that_is_charged():
    made = chosen(BOOK, "club", "better", ["robe", "towels", "towels"], 4)
    assert (made.tier.id, made.add_ons, made.seats) == ("better", ("towels", "towels", "robe"), 4)
    assert total(made.rules, Asked(seats=made.seats)).amount == 3500 + 2 * 900 + 2 * 400 + 400


@pytest.mark.parametrize(
    ("tier_id", "seats", "found"), [("good", None, 1), (None, None, 2), ("better", 5, 5), ("best", None, 3)]
)
def test_seats_that_are_meant(tier_id, seats, found):
    assert chosen(BOOK, "club", tier_id, (), seats).seats == found


@pytest.mark.parametrize(
    ("want", "code", "said"),
    [
        (("clab",), "unknown_service", "club"),
        (("club", "gold"), "unknown_tier", "good, better, best"),
        (("club", "good", ["sauna"]), "unknown_add_on", "towels, robe, cold, warm"),
        (("club", "good", ["robe", "towels"]), "add_on_tier", "better, best"),
        (("club", "better", ["robe"]), "add_on_needs", "“towels”"),
        (("club", "good", ["cold", "warm"]), "add_on_excludes", "“cold” and “warm”"),
        (("club", "good", ["warm", "cold"]), "add_on_excludes", "together"),
        (("club", "good", ["towels"] * 3), "add_on_often", "2 times at most, not 3"),
        (("club", "good", [], 2), "no_seats", "not sold by seats"),
        (("club", "better", [], 1), "bad_seats", "2 to 5 seats, not 1"),
        (("club", "better", [], 6), "bad_seats", "not 6"),
        (("club", "best", [], 4), "bad_seats", "1 to 3"),
        (("club", "best", [], 0), "bad_seats", "not 0"),
    ],
)
def test_what_does_not_go_together_says_why(want, code, said):
    with pytest.raises(PriceError) as refused:
        chosen(BOOK, *want)
    assert refused.value.code == code and said in refused.value.text.en
    assert refused.value.text.zh


def test_all_that_an_order_uses_up():
    made = chosen(BOOK, "club", "better", ["towels", "towels"])
    assert uses(BOOK, made, Asked(quantity=3)) == (
        Use(item="hour", quantity=D("0.60")),
    )  # 3 × (0.1 + 2 × 0.05)


def test_extra_seats_meters_and_parts_of_a_month_use_up_their_share():
    seats = Seats(extra=charge("per_unit", "seat", price="9.00"), uses=[Use(item="hour", quantity=D("0.2"))])
    club = service(tier(list_price=D("30.00"), seats=seats), prorate="day")
    ball = structs.replace(METERS[0], uses=[Use(item="hour", quantity=D("0.01"))])
    small = book(club, meters=[ball])
    made = chosen(small, "club", seats=3)
    assert uses(small, made, Asked(usage={"ball": D(5)})) == (Use(item="hour", quantity=D("0.55")),)
    here = ZoneInfo("America/Los_Angeles")
    starts, ends = (datetime.datetime(2026, 11, 1, tzinfo=here), datetime.datetime(2026, 11, 16, tzinfo=here))
    assert uses(small, made, Asked(starts=starts, ends=ends)) == (Use(item="hour", quantity=D("0.25")),)


def test_who_must_take_more_seats_than_are_included_pays_for_them():
    seats = Seats(least=3, extra=charge("per_unit", "seat", price="9.00"))
    club = service(tier(list_price=D("30.00"), seats=seats))
    made = chosen(book(club), "club")
    assert (made.seats, total(made.rules, Asked()).amount) == (3, 4800)


def test_tiers_side_by_side():
    found = compare(BOOK, CLUB)
    shown = {row.id: [cell.text.en for cell in row.cells] for row in found.rows}
    assert shown == {
        "pool": ["no", "yes", "yes"],
        "minutes": ["30 minutes", "45 minutes", "no"],
        "help": ["no", "no", "By phone"],
        "ball": ["up to 4 balls a month", "as much as you like", "as much as you like"],
        "km": ["no", "no", "up to 1 km"],
        "seats": ["for 1 person", "2 included, more at a price", "for 3 people"],
        "towels": ["$4.00 for each month."] * 3,
        "robe": ["no", "$4.00 for each month.", "$4.00 for each month."],
        "cold": ["$4.00 for each month."] * 3,
        "warm": ["$4.00 for each month."] * 3,
    }
    assert [row.kind for row in found.rows][5:7] == ["seats", "add_on"]
    assert all(cell.text.zh for row in found.rows for cell in row.cells)
    assert found.rules[0][0].en == "$20.00 for each month."


def test_a_service_without_features_has_nothing_to_compare():
    assert compare(BOOK, service(tier(list_price=D("1.00")))).rows == ()
