"""The three smallest changes that would lower a price most: each is what it would really cost, and none asks for data."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from aboveboard.book.model import Agreements, Condition, Guards, Held, Seats, Terms, When
from aboveboard.pricing import AllowedFacts, Background, PriceRequest, price
from aboveboard.pricing import price as charged_price
from aboveboard.pricing.alternatives import NEAR, alternatives
from tests.pricing.books import D, book, both, promotion, season, service, tier
from tests.pricing.charges import charged

ON = datetime.date(2026, 3, 4)


def condition(name, change, **when):
    return Condition(id=name, name=both(name), change=D(change), when=When(**when), why=both("why"))


def ask(clinic, today=None, **more):
    request = PriceRequest(
        "treatment", more.pop("tier", "standard"), more.pop("quantity", 1), more.pop("on", ON), **more
    )
    made = price(clinic, request)
    return made, alternatives(clinic, made, today=today)


def said(found):
    return [(each.way, each.total, each.saves) for each in found]


def test_another_day_nearby_the_nearest_of_equal_savings():
    clinic = book(seasons=[season("cold", "03-06", "03-20", "-0.10")])
    _, found = ask(clinic)
    assert said(found) == [("day", 9000, 1000)]
    assert found[0].request.on == datetime.date(2026, 3, 6)
    assert found[0].words.en == "On 6 March 2026 it is $90.00: $10.00 less."
    assert found[0].words.zh == "改到 2026 年 3 月 6 日是 90.00 美元，少付 10.00 美元。"


def test_a_day_that_has_passed_is_not_named():
    clinic = book(seasons=[season("cold", "02-20", "03-02", "-0.10")])
    assert said(ask(clinic)[1]) == [("day", 9000, 1000)]
    assert said(ask(clinic, today=ON)[1]) == []


def test_another_tier_more_at_once_and_an_earlier_booking_by_what_they_save():
    clinic = book(
        services=[
            service(
                tier("standard", "100.00", ("therapist", "1")), tier("short", "70.00", ("therapist", "0.5"))
            )
        ],
        conditions=[condition("five", "-0.08", least=5), condition("early", "-0.05", lead_least=30)],
    )
    _, found = ask(clinic, booked=ON)
    assert said(found) == [("tier", 7000, 3000), ("quantity", 9200, 800), ("lead", 9500, 500)]
    assert found[1].words.en == "With 5 at once, each is $92.00: $8.00 less."
    assert found[2].words.en == "Booked 30 days ahead, for 3 April 2026, it is $95.00: $5.00 less."


def test_another_time_and_another_way_of_buying():
    clinic = book(
        conditions=[
            condition("evening", "0.10", after="17:00", before="20:00"),
            condition("online", "-0.03", channels=["web"]),
        ]
    )
    _, found = ask(clinic, minute=18 * 60, channel="desk")
    assert [each.way for each in found] == ["time", "channel"]
    # The smallest move of the two: an hour earlier, not two hours later.
    assert found[0].words.en == "Just before 17:00 it is $100.00: $10.00 less."
    assert found[0].request.minute == 17 * 60 - 1
    _, found = ask(clinic, minute=19 * 60 + 30)
    assert found[0].words.en == "At 20:00 it is $100.00: $10.00 less."


def test_an_offer_that_asks_for_something_else_bought_with_it():
    clinic = book(
        services=[
            service(tier("standard", "100.00", ("therapist", "1"))),
            service(tier("standard", "30.00", ("therapist", "0.1")), name="kit"),
        ],
        promotions=[
            promotion(
                "together",
                "2026-01-01",
                "2026-12-31",
                percent=D("0.05"),
                bundle=["kit"],
                services=["treatment"],
            )
        ],
    )
    _, found = ask(clinic)
    assert found[-1].words.en == "If you also buy “kit”, this is $95.00: $5.00 less (“together”)."
    assert (
        found[-1].words.zh == "同时买「「kit」」，这一项是 95.00 美元，少付 5.00 美元（「「together」」）。"
    )
    # Who has it in the order already is not told to buy it, and the kit itself is not bought together with a kit.
    assert ask(clinic, basket=("kit",))[1] == ()


def course(price, quantity=10):
    held = Held(service="treatment", tier="standard", quantity=quantity)
    return service(
        structs.replace(tier("ten", price, ("therapist", "5")), holds=held), name="course", unit="course"
    )


@pytest.mark.parametrize(
    ("price", "quantity", "said"),
    [
        # Ten singly are 1,000.00: the whole is cheaper.
        ("790.00", 10, "“course” holds 10 and is $790.00 in all: $210.00 less."),
        # Nine singly are 900.00, and ten in the course less than that.
        ("790.00", 9, "“course” holds 10 and is $790.00 in all: $110.00 less."),
        # Three singly are less than a course, which is cheaper for each.
        ("790.00", 3, "“course” holds 10, and each is $79.00: $21.00 less."),
        # Eleven need two courses.
        ("500.00", 11, "“course” holds 20 and is $1,000.00 in all: $100.00 less."),
        ("1000.00", 10, None),
        ("1200.00", 3, None),
    ],
)
def test_a_course_that_holds_what_was_asked_for(price, quantity, said):
    clinic = book(services=[service(tier("standard", "100.00", ("therapist", "0.5"))), course(price)])
    made, found = ask(clinic, quantity=quantity)
    courses = [each for each in found if each.way == "course"]
    assert [each.words.en for each in courses] == ([said] if said else [])
    for each in courses:
        many = each.request.quantity * 10
        assert many >= quantity and each.request.service == "course"
        whole = charged_price(clinic, each.request).total
        assert each.saves == (
            made.total - whole
            if whole < made.total
            else (made.total * many - whole * quantity) // (many * quantity)
        )


def sold(*charges, **more):
    """One tier that costs us a cent, with charges instead of a list price."""
    parts = structs.replace(
        tier("standard", "1.00", ("therapist", "0.0001")), list_price=None, charges=list(charges)
    )
    return book(services=[service(structs.replace(parts, **more))])


@pytest.mark.parametrize(
    ("charges", "quantity", "total", "said"),
    [
        # Volume up to 100 at 5.00, then 4.00 for all: 90 are 450.00, 101 are 404.00.
        (
            [charged.charge("volume", bands=charged.bands("100:5.00", "-:4.00"))],
            90,
            45000,
            "101 at once are $404.00 in all: $46.00 less.",
        ),
        # Graduated: the sixth and every one after it are 14.00, so six are 15.67 each.
        (
            [charged.charge("graduated", bands=charged.bands("5:16.00", "-:14.00"))],
            4,
            6400,
            "With 6 at once, each is $15.67: $0.33 less.",
        ),
        # Eleven need two packages of ten; twenty cost the same.
        (
            [charged.charge("package", size=D(10), price=D("80.00"))],
            11,
            16000,
            "With 20 at once, each is $8.00: $6.54 less.",
        ),
        # Twelve are included in the flat price.
        (
            [charged.charge("capacity", included=D(12), price=D("60.00"), overage=D("9.00"))],
            8,
            6000,
            "With 12 at once, each is $5.00: $2.50 less.",
        ),
    ],
)
def test_more_at_once_where_a_charge_begins_to_count_otherwise(charges, quantity, total, said):
    made, found = ask(sold(*charges), quantity=quantity)
    assert made.total == total
    assert said in [each.words.en for each in found]


def test_seats_where_more_of_them_cost_less():
    extra = charged.charge("volume", counts="seats", bands=charged.bands("20:10.00", "-:8.00"))
    team = structs.replace(
        tier("standard", "100.00", ("therapist", "0.0001")), seats=Seats(included=1, extra=extra)
    )
    shop = book(services=[service(team)])
    made, found = ask(shop, seats=20)
    # 19 more at 10.00 are 190.00; 21 more at 8.00 are 168.00.
    assert made.total == 29000
    assert [(each.way, each.words.en, each.request.seats) for each in found] == [
        ("seats", "22 seats are $268.00 in all: $22.00 less.", 22)
    ]
    # More seats that cost more are no saving, also where each is cheaper then.
    assert ask(shop, seats=12)[1] == ()


def test_one_free_of_every_three_is_told_at_the_next_three():
    clinic = book(
        services=[service(tier("standard", "100.00", ("therapist", "0.5")))],
        promotions=[promotion("third", "2026-01-01", "2026-12-31", free_every=3)],
    )
    made, found = ask(clinic, quantity=7)
    assert made.total == 50000
    assert [each.words.en for each in found] == ["With 9 at once, each is $66.67: $4.76 less."]


def test_an_amount_to_spend_is_told_as_how_many_that_is():
    clinic = book(
        promotions=[promotion("big", "2026-01-01", "2026-12-31", percent=D("0.10"), spend_least=D("450.00"))]
    )
    _, found = ask(clinic, quantity=3)
    assert [each.words.en for each in found] == ["With 5 at once, each is $90.00: $10.00 less."]
    # Three hundred at once for somebody who wants one is no small change.
    far = book(
        promotions=[
            promotion("big", "2026-01-01", "2026-12-31", percent=D("0.10"), spend_least=D("30000.00"))
        ]
    )
    assert ask(far)[1] == ()


def test_agreeing_for_longer():
    year = Terms(
        id="year", name=both("Twelve months"), what=both("what"), months=12, least=2, services=["treatment"]
    )
    clinic = book(
        conditions=[condition("loyal", "-0.04", terms=["year"])],
        agreements=Agreements(rate=D("0.05"), source=both("source"), terms=[year]),
    )
    _, found = ask(clinic, quantity=2)
    assert [each.words.en for each in found] == ["If you agree to “Twelve months” it is $192.00: $8.00 less."]
    # One is less than the agreement asks for; and who has agreed is not told to agree again.
    assert ask(clinic)[1] == ()
    assert ask(clinic, quantity=2, terms="year")[1] == ()


def test_another_tier_is_measured_by_its_own_past():
    """A guard against rises knows the lowest price of the tier asked for; another tier has one of its own."""
    clinic = book(
        services=[
            service(tier("standard", "100.00", ("therapist", "1")), tier("long", "99.00", ("therapist", "1")))
        ],
        guards=Guards(rise=D("0.10")),
    )
    made, _ = ask(clinic)
    asked = []

    def priced(request):
        asked.append((request.service, request.tier))
        return price(clinic, request, background=Background(lowest=8000 if request.tier == "long" else 10000))

    found = alternatives(clinic, made, background=Background(lowest=10000), priced=priced)
    assert ("treatment", "long") in asked
    assert said(found) == [("tier", 8800, 1200)]


def test_nothing_is_named_where_nothing_saves():
    assert ask(book())[1] == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.decimals(D("-0.3"), D("0.3"), places=2), min_size=2, max_size=4),
    st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 12, 1)),
    st.integers(1, 4),
)
def test_each_alternative_costs_what_it_says(changes, on, quantity):
    clinic = book(
        seasons=[
            season(f"s{n}", f"{n + 1:02}-05", f"{n + 2:02}-20", str(change))
            for n, change in enumerate(changes)
        ],
        conditions=[
            condition("many", "-0.11", least=3),
            condition("weekend", "0.07", weekdays=["sat", "sun"]),
        ],
    )
    made, found = ask(clinic, on=on, quantity=quantity)
    assert len(found) <= 3
    assert [each.saves for each in found] == sorted((each.saves for each in found), reverse=True)
    for each in found:
        again = price(clinic, each.request)
        if each.way == "quantity":
            assert each.total * each.request.quantity >= again.total
            assert again.total / again.request.quantity < made.total / quantity
        else:
            assert again.total == each.total == made.total - each.saves
        assert abs((each.request.on - on).days) <= NEAR


def test_no_alternative_reads_more_of_the_customer():
    clinic = book(seasons=[season("cold", "03-06", "03-20", "-0.10")])
    made = price(clinic, PriceRequest("treatment", "standard", 1, ON), AllowedFacts(visits=3))
    for each in alternatives(clinic, made, AllowedFacts(visits=3)):
        assert each.request.groups == made.request.groups
        assert each.request.offers == made.request.offers
