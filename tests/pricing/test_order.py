"""Orders that are not simply so much for each, through the whole pipeline: charges, add-ons, seats, usage, part of a month."""

import datetime

import pytest

from aboveboard.book.model import AddOn, Band, Charge, Meter, Seats
from aboveboard.pricing import AllowedFacts, PriceError, PriceRequest, explain, price
from tests.pricing.books import D, book, both, loyalty, promotion, season, service, tier

ON = datetime.date(2026, 3, 2)
PHOTOS = Meter(id="photos", name=both("Photos"), one=both("photo"), many=both("photos"))
GRADUATED = Charge(
    id="prints",
    name=both("Prints"),
    kind="graduated",
    counts="photos",
    bands=[Band(up_to=D(100), price=D("0.50")), Band(price=D("0.30"))],
)


def studio(**more):
    plan = tier("plan", "0", ("therapist", "0.1"))
    charged = {
        "list_price": None,
        "charges": [Charge(id="base", name=both("Base"), kind="flat", price=D("20.00")), GRADUATED],
    }
    made = type(plan)(
        **{f: getattr(plan, f) for f in plan.__struct_fields__} | charged | more.pop("tier", {})
    )
    return book(meters=[PHOTOS], services=[service(made, **more.pop("service", {}))], **more)


def ask(clinic, facts=AllowedFacts(), **more):  # noqa: B008
    return price(
        clinic, PriceRequest("treatment", "plan", more.pop("quantity", 1), more.pop("on", ON), **more), facts
    )


def test_a_charged_order_adds_up_and_shows_its_lines():
    made = ask(studio(), usage={"photos": D(120)})
    assert made.total == 2000 + 5000 + 600
    margin = next(step for step in made.steps if step.kind == "margin")
    assert [line.amount for line in margin.charges] == [2000, 5600]
    assert sum(step.amount for step in made.steps) == made.total
    assert explain(made).en.startswith("You pay $76.00.")


def test_rules_count_from_the_list_price_of_the_order():
    clinic = studio(
        seasons=[season("cold", "03-01", "03-31", "-0.10")],
        promotions=[promotion("spring", "2026-01-01", "2026-12-31", percent=D("0.05"))],
        loyalty=[loyalty("visits", (5, "-0.02"))],
    )
    made = ask(clinic, AllowedFacts(visits=5), usage={"photos": D(120)})
    assert [
        (s.kind, s.amount) for s in made.steps if s.kind in ("season", "promotion", "loyalty", "rounding")
    ] == [
        ("season", -760),
        ("promotion", -342),
        ("loyalty", -129),
        ("rounding", -1),
    ]
    assert made.total == 7600 - 760 - 342 - 130


def test_what_an_order_uses_up_counts_for_its_cost_and_floor():
    little, much = ask(studio(), usage={}), ask(studio(), usage={}, quantity=4)
    assert (little.steps[0].amount, much.steps[0].amount) == (600, 2400)
    assert (little.floor, much.floor) == (800, 3200)


def test_seats_and_add_ons():
    clinic = studio(
        tier={
            "seats": Seats(
                included=2, least=1, extra=Charge(id="seat", name=both("Seat"), kind="per_unit", price=D("5"))
            )
        },
        service={"add_ons": [AddOn(id="rush", name=both("Rush"), what=both("Sooner"), list_price=D("9.00"))]},
    )
    assert ask(clinic, seats=4, add_ons=("rush",)).total == 2000 + 2 * 500 + 900


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"usage": {"films": D(1)}}, "unknown_meter"),
        ({"usage": {"photos": D("-1")}}, "bad_usage"),
        ({"usage": {"photos": D("NaN")}}, "bad_usage"),
        ({"usage": {"photos": D("1.5")}}, "bad_usage"),
        ({"usage": {"photos": D("1e18")}}, "too_large"),
        ({"add_ons": ("rush",)}, "unknown_add_on"),
        ({"seats": 3}, "no_seats"),
    ],
)
def test_orders_that_cannot_be(more, code):
    with pytest.raises(PriceError) as refused:
        ask(studio(), **more)
    assert refused.value.code == code


def test_a_way_of_buying_that_the_book_does_not_declare_costs_nothing_besides():
    plan = service(tier("standard", "100.00", ("therapist", "1")), unit="month", prorate="day")
    made, day = book(services=[plan]), datetime.date(2026, 12, 1)
    found = {
        price(made, PriceRequest("treatment", None, 1, day, channel=way)).total for way in (None, "command")
    }
    assert found == {10000}
