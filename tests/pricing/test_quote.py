"""Whole prices: a price list with one changed circumstance per line."""

import datetime

import pytest

from aboveboard.pricing import NO_FACTS, AllowedFacts, PriceError, PriceRequest, price
from tests.pricing.books import D, book, cost, loyalty, promotion, season, service, tier

# One hour costs 60.00 and the owner wants a quarter left: 80.00 is the floor of `standard`, 160.00 of `long`.
CLINIC = book(
    costs=[cost(rate="60.00")],
    services=[
        service(tier("standard", "100.00", ("therapist", "1")), tier("long", "190.00", ("therapist", "2")))
    ],
    seasons=[
        season("quiet_january", "01-02", "01-31", "-0.07"),
        season("christmas", "12-20", "01-01", "0.10"),
    ],
    promotions=[promotion("spring", "2026-03-01", "2026-03-31", percent=D("0.15"), tiers=["standard"])],
    loyalty=[loyalty("visits", (5, "-0.03"), (10, "-0.05"))],
    tax="0.0925",
)


def quote(on="2026-05-05", facts=NO_FACTS, tier=None, quantity=1, clinic=CLINIC, name="treatment"):
    return price(clinic, PriceRequest(name, tier, quantity, datetime.date.fromisoformat(on)), facts)


def before_tax(made):
    return next(step.subtotal for step in made.steps if step.kind == "guard_personal")


@pytest.mark.parametrize(
    ("case", "net", "total"),
    [
        ({}, 10000, 10925),
        ({"tier": "standard"}, 10000, 10925),
        ({"tier": "long"}, 19000, 20758),  # 1,757.50 of tax, half up
        ({"quantity": 3}, 30000, 32775),
        ({"on": "2026-01-15"}, 9300, 10160),  # 7 % off, 860.25 of tax
        ({"on": "2026-12-24"}, 11000, 12018),
        ({"on": "2027-01-01"}, 11000, 12018),  # Christmas reaches over New Year
        ({"on": "2026-03-10"}, 8500, 9286),
        ({"on": "2026-03-10", "tier": "long"}, 19000, 20758),  # the offer is not for this tier
        ({"facts": AllowedFacts(visits=4)}, 10000, 10925),
        ({"facts": AllowedFacts(visits=5)}, 9700, 10597),
        ({"facts": AllowedFacts(visits=12)}, 9500, 10379),
        ({"facts": AllowedFacts(months=12)}, 10000, 10925),  # no rule reads months
        ({"facts": AllowedFacts(visits=12), "on": "2026-01-15"}, 8835, 9652),
        ({"facts": AllowedFacts(visits=12), "on": "2026-03-10"}, 8075, 8822),
        ({"facts": AllowedFacts(visits=12), "on": "2026-03-10", "quantity": 2}, 16150, 17644),
    ],
)
def test_price_list(case, net, total):
    made = quote(**case)
    assert (before_tax(made), made.total) == (net, total)


def test_the_steps_of_a_personal_price_in_order():
    made = quote("2026-01-15", AllowedFacts(visits=12))
    assert [(step.kind, step.amount, step.subtotal, step.applied) for step in made.steps] == [
        ("cost", 6000, 6000, True),
        ("margin", 4000, 10000, True),
        ("floor", 0, 10000, True),
        ("season", -700, 9300, True),
        ("season", 0, 9300, False),
        ("promotion", 0, 9300, False),
        ("loyalty", -465, 8835, True),
        ("guard_floor", 0, 8835, False),
        ("guard_data", 0, 8835, False),
        ("guard_personal", 0, 8835, False),
        ("tax", 817, 9652, True),
        ("rounding", 0, 9652, True),  # 817.2375: even a rounding that changes nothing is shown
        ("total", 0, 9652, True),
    ]
    assert (made.floor, made.currency, made.facts_used) == (8000, "USD", ("visits",))
    assert [step.facts for step in made.steps if step.facts] == [("visits",)]


def test_what_did_not_apply_says_why():
    made = quote("2026-05-05")
    said = {(step.kind, step.id): step.why_not.en for step in made.steps if not step.applied and step.why_not}
    assert said == {
        ("season", "quiet_january"): "This holds each year from 2 January to 31 January.",
        ("season", "christmas"): "This holds each year from 20 December to 1 January.",
        ("promotion", "spring"): "This ended on 31 March 2026.",
        (
            "loyalty",
            "thanks_for_visits",
        ): "We did not use your visits: that needs your yes to personal prices. "
        "From 5 visits on it is 3% less.",
        ("guard_floor", None): "$100.00 is not below our lowest price of $80.00.",
        ("guard_personal", None): "No data of yours was used.",
    }


def test_the_floor_guard_binds_and_says_so():
    clinic = book(promotions=[promotion("giveaway", "2026-01-01", "2026-12-31", percent=D("0.5"))])
    made = quote(clinic=clinic, quantity=2)
    guard = next(step for step in made.steps if step.kind == "guard_floor")
    assert (guard.amount, guard.subtotal, guard.reason) == (6000, 16000, "guard_floor.lifted")
    assert guard.basis.en == "The steps so far lead to $100.00. We do not go below $160.00."
    assert made.total == 16000 == made.floor


def test_a_list_price_under_the_floor_is_not_lifted():
    clinic = book(
        services=[service(tier("standard", "50.00", ("therapist", "1")))],
        seasons=[season("s", "01-01", "12-31", "-0.1")],
    )
    made = quote(clinic=clinic)
    assert (made.total, made.floor) == (5000, 8000)
    assert next(step for step in made.steps if step.kind == "margin").amount == -1000


def test_a_loyalty_that_punishes_is_taken_back():
    """`aboveboard check` refuses such a book; if one slips through, nobody pays for it."""
    clinic = book(loyalty=[loyalty("visits", (5, "0.20"))], tax="0.10")
    made = quote(clinic=clinic, facts=AllowedFacts(visits=9), quantity=3)
    guard = next(step for step in made.steps if step.kind == "guard_personal")
    assert (guard.amount, guard.applied) == (-6000, True)
    assert made.total == quote(clinic=clinic, quantity=3).total == 33000


def test_several_offers_stop_at_zero():
    clinic = book(
        costs=[cost(rate="0")],
        promotions=[
            promotion("first", "2026-01-01", "2026-12-31", amount=D("60")),
            promotion("second", "2026-01-01", "2026-12-31", amount=D("60")),
            promotion("third", "2026-01-01", "2026-12-31", percent=D("0.5")),
        ],
    )
    made = quote(clinic=clinic)
    assert [step.amount for step in made.steps if step.kind == "promotion"] == [-6000, -4000, 0]
    second = [step for step in made.steps if step.kind == "promotion"][1]
    assert second.basis.en.endswith("No price goes below zero, so it stops there.")
    assert made.total == 0


@pytest.mark.parametrize(
    ("currency", "list_price", "total", "shown"),
    [("JPY", "9800", 9506, "¥9,506"), ("KWD", "9.800", 9506, "9.506 KWD"), ("CNY", "98.00", 9506, "¥95.06")],
)
def test_currencies_with_none_two_and_three_decimals(currency, list_price, total, shown):
    clinic = book(
        currency=currency,
        costs=[cost(rate="1")],
        services=[service(tier("standard", list_price, ("therapist", "1")))],
        seasons=[season("s", "01-01", "12-31", "-0.03")],
    )
    made = quote(clinic=clinic)
    assert made.total == total
    assert any(shown in step.why_not.en for step in made.steps if step.kind == "guard_floor" and step.why_not)


def test_the_default_tier_is_the_one_the_service_names():
    clinic = book(
        services=[
            service(
                tier("a", "100.00", ("therapist", "1")),
                tier("b", "120.00", ("therapist", "1")),
                default_tier="b",
            )
        ]
    )
    made = quote(clinic=clinic)
    assert (made.total, made.request.tier, made.tier.en) == (12000, "b", "b")


def test_rules_of_other_services_are_not_mentioned():
    clinic = book(
        services=[service(tier("standard", "100.00", ("therapist", "1")))],
        seasons=[season("s", "01-01", "12-31", "-0.1", services=["massage"])],
        promotions=[promotion("p", "2026-01-01", "2026-12-31", percent=D("0.1"), services=["massage"])],
        loyalty=[loyalty("visits", (1, "-0.1"), services=["massage"])],
    )
    made = quote(clinic=clinic, facts=AllowedFacts(visits=5))
    assert {step.kind for step in made.steps}.isdisjoint({"season", "promotion", "loyalty"})
    assert made.facts_used == ()


@pytest.mark.parametrize(
    ("case", "code", "sentence"),
    [
        ({"name": "haircut"}, "unknown_service", "There is no service “haircut”. We offer: treatment."),
        ({"name": ""}, "unknown_service", "There is no service “”. We offer: treatment."),
        ({"name": "{x}"}, "unknown_service", "There is no service “{x}”. We offer: treatment."),
        ({"tier": "gold"}, "unknown_tier", "“treatment” has no tier “gold”. It has: standard, long."),
        ({"quantity": 0}, "bad_quantity", "The quantity must be a whole number from 1 to 1,000, not 0."),
        ({"quantity": -1}, "bad_quantity", None),
        ({"quantity": 1001}, "bad_quantity", None),
        ({"quantity": 10**18}, "bad_quantity", None),
        ({"quantity": 1.0}, "bad_quantity", None),
        ({"quantity": float("nan")}, "bad_quantity", None),
        ({"quantity": True}, "bad_quantity", None),
        ({"quantity": "2"}, "bad_quantity", None),
        ({"quantity": None}, "bad_quantity", None),
    ],
)
def test_requests_without_a_price(case, code, sentence):
    with pytest.raises(PriceError) as caught:
        quote(**case)
    assert caught.value.code == code
    assert caught.value.text.zh
    assert sentence is None or caught.value.text.say("en") == sentence


@pytest.mark.parametrize(
    ("chapters", "where"),
    [
        ({"services": [service(tier("standard", "NaN", ("therapist", "1")))]}, "list_price"),
        ({"services": [service(tier("standard", "1E+30", ("therapist", "1")))]}, "list_price"),
        (
            {"services": [service(tier("standard", "1.001", ("therapist", "1")))]},
            "finer than the smallest coin",
        ),
        ({"services": [service(tier("standard", "1.00", ("therapist", "NaN")))]}, "cost therapist"),
        ({"services": [service(tier("standard", "1.00", ("nobody", "1")))]}, "cost nobody"),
        ({"services": [service(tier("standard", "1.00", ("therapist", "1")), margin="1")]}, "margin 1"),
        ({"seasons": [season("s", "01-01", "12-31", "Infinity")]}, "seasons.s.change"),
        (
            {"promotions": [promotion("p", "2026-01-01", "2026-12-31", percent=D("NaN"))]},
            "promotions.p.percent",
        ),
        ({"promotions": [promotion("p", "2026-01-01", "2026-12-31", amount=D("0.001"))]}, "finer than"),
        ({"loyalty": [loyalty("visits", (1, "NaN"))]}, "loyalty.thanks_for_visits"),
        ({"tax": "NaN"}, "taxes.none.rate"),
    ],
)
def test_a_book_that_cannot_be_priced_from_names_the_place(chapters, where):
    with pytest.raises(PriceError) as caught:
        quote(clinic=book(**chapters))
    assert caught.value.code == "book_broken"
    assert where in caught.value.text.en
    assert where in caught.value.text.zh


def test_a_slip_in_one_service_leaves_the_others_alone():
    broken = service(tier("standard", "NaN", ("therapist", "1")), name="broken")
    clinic = book(services=[broken, service(tier("standard", "100.00", ("therapist", "1")))])
    assert quote(clinic=clinic).total == 10000


def test_a_price_that_programs_could_not_read_exactly():
    clinic = book(services=[service(tier("standard", "1000000000000.00", ("therapist", "1")))])
    assert quote(clinic=clinic).total == 10**14
    with pytest.raises(PriceError, match="too large") as caught:
        quote(clinic=clinic, quantity=1000)
    assert caught.value.code == "too_large"


def test_strange_names_are_shown_as_they_are():
    clinic = book(seasons=[season("{0}", "01-01", "12-31", "-0.1")], loyalty=[loyalty("visits", (1, "-0.1"))])
    made = quote(clinic=clinic, facts=AllowedFacts(visits=1))
    assert next(step for step in made.steps if step.kind == "season").basis.en.endswith("{0} is so.")


def test_negative_zero_and_a_price_of_nothing():
    clinic = book(costs=[cost(rate="-0")], services=[service(tier("standard", "-0.00", ("therapist", "1")))])
    made = quote(clinic=clinic)
    assert (made.total, made.floor) == (0, 0)
    assert "-" not in made.steps[0].basis.en
