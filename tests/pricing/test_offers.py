"""Offers, conditions, fees and guards through the whole price, as tables read from a price list."""

import datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.model import Condition, Fee, Group, Guards, When
from aboveboard.pricing import AllowedFacts, Background, PriceError, PriceRequest, Prior, explain, price
from aboveboard.pricing.promotions import MOST_SETS, compatible
from tests.pricing.books import D, book, both, data_value, loyalty, promotion, season, service, tier
from tests.pricing.test_order import studio

ON = datetime.date(2026, 3, 4)  # a Wednesday


def offer(name, **more):
    more = {
        key: D(value) if isinstance(value, str) and key not in ("per", "coupon", "code") else value
        for key, value in more.items()
    }
    return promotion(name, more.pop("starts", "2026-01-01"), more.pop("ends", "2026-12-31"), **more)


def ask(clinic, facts=AllowedFacts(), background=Background(), **more):  # noqa: B008
    request = PriceRequest(
        "treatment", more.pop("tier", "standard"), more.pop("quantity", 1), more.pop("on", ON), **more
    )
    return price(clinic, request, facts, background)


def reasons(made, kind="promotion"):
    return {step.id: step.reason for step in made.steps if step.kind == kind}


# -- which offers go together ----------------------------------------


def test_offers_that_exclude_each_other_the_lower_price_counts():
    clinic = book(
        promotions=[offer("small", percent="0.05"), offer("large", percent="0.08", excludes=["small"])]
    )
    made = ask(clinic)
    assert made.total == 9200
    assert reasons(made) == {"small": "promotion.excluded", "large": "promotion.percent"}
    step = next(step for step in made.steps if step.id == "small")
    assert "does not go together with another offer" in step.why_not.en


def test_excluding_holds_in_both_directions():
    for one, other in ({"excludes": ["b"]}, {}), ({}, {"excludes": ["a"]}):
        made = ask(book(promotions=[offer("a", percent="0.05", **one), offer("b", percent="0.06", **other)]))
        assert made.total == 9400


def test_of_sets_that_come_to_the_same_the_first_in_the_book_counts():
    made = ask(book(promotions=[offer("a", amount="5"), offer("b", percent="0.05", excludes=["a"])]))
    assert reasons(made) == {"a": "promotion.amount", "b": "promotion.excluded"}


def test_two_small_ones_beat_one_large_one():
    clinic = book(
        promotions=[
            offer("a", percent="0.05"),
            offer("b", percent="0.05"),
            offer("c", percent="0.08", excludes=["a", "b"]),
        ]
    )
    made = ask(clinic)
    assert made.total == 9025
    assert reasons(made)["c"] == "promotion.excluded"


def test_what_cannot_apply_excludes_nobody():
    clinic = book(
        promotions=[
            offer("a", percent="0.05"),
            offer("b", percent="0.20", excludes=["a"], coupon="code", code="SPRING"),
        ]
    )
    assert ask(clinic).total == 9500
    assert ask(clinic, offers=("b",)).total == 8000


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 6), st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8))
def test_sets_are_all_largest_sets_without_a_clash(number, clashes):
    names = [f"o{n}" for n in range(number)]
    pairs = {frozenset((a, b)) for a, b in clashes if a != b and a < number and b < number}
    offers = [
        offer(
            name,
            percent="0.1",
            excludes=[names[b] for b in range(number) if frozenset((n, b)) in pairs and n < b],
        )
        for n, name in enumerate(names)
    ]

    def fits(chosen):
        return not any(frozenset(pair) in pairs for pair in combinations(chosen, 2))

    every = [frozenset(c) for size in range(number + 1) for c in combinations(range(number), size) if fits(c)]
    largest = {each for each in every if not any(each < other for other in every)}
    found = compatible(offers)
    assert {frozenset(n for n in range(number) if bits >> n & 1) for bits in found} == largest
    assert len(found) == len(set(found))


def test_too_many_sets_are_refused_quickly():
    names = [f"o{n}" for n in range(16)]
    offers = [offer(name, percent="0.1", excludes=[names[n ^ 1]]) for n, name in enumerate(names)]
    assert MOST_SETS < 2**8
    with pytest.raises(PriceError) as refused:
        compatible(offers)
    assert refused.value.code == "book_broken"


# -- what an offer gives, and what it asks ----------------------------------------


@pytest.mark.parametrize(
    ("given_", "more", "total"),
    [
        ({"price": "80"}, {}, 8000),
        ({"price": "80"}, {"quantity": 3}, 24000),
        ({"price": "120"}, {}, 10000),  # never dearer
        ({"free_every": 3}, {"quantity": 2}, 20000),
        ({"free_every": 3}, {"quantity": 3}, 24000),  # down to the floor of 80.00 each
        ({"free_every": 5}, {"quantity": 11}, 90000),
        ({"amount": "7", "per": "order"}, {"quantity": 3}, 29300),
        ({"amount": "7"}, {"quantity": 3}, 27900),
        ({"percent": "0.1", "per": "order"}, {"quantity": 2}, 18000),
    ],
)
def test_what_an_offer_gives(given_, more, total):
    assert ask(book(promotions=[offer("it", **given_)]), **more).total == total


TOGETHER = {"basket": ("kit",)}


@pytest.mark.parametrize(
    ("asks", "without", "with_", "reason"),
    [
        ({"coupon": "code", "code": "SPRING"}, {}, {"offers": ("it",)}, "promotion.no_code"),
        ({"coupon": "own_codes"}, {}, {"offers": ("it",)}, "promotion.no_code"),
        ({"referral": True}, {}, {"offers": ("it",)}, "promotion.no_referral"),
        ({"bundle": ["kit"]}, {}, TOGETHER, "promotion.alone"),
        ({"months": 3}, {"month": 4}, {"month": 3}, "promotion.too_late"),
        ({"months": 3}, {}, {"month": 1}, "promotion.too_late"),
        ({"spend_least": "200"}, {"quantity": 1}, {"quantity": 2}, "promotion.spend"),
        ({"when": When(weekdays=["thu"])}, {}, {"on": datetime.date(2026, 3, 5)}, "promotion.weekday"),
        ({"when": When(least=2)}, {"quantity": 1}, {"quantity": 2}, "promotion.too_few"),
    ],
)
def test_what_an_offer_asks(asks, without, with_, reason):
    services = [
        service(tier("standard", "100.00", ("therapist", "1"))),
        service(tier("standard", "9", ("therapist", "0")), name="kit"),
    ]
    clinic = book(services=services, promotions=[offer("it", percent="0.10", **asks)])
    made = ask(clinic, **without)
    assert reasons(made) == {"it": reason}
    assert made.total == 10000 * without.get("quantity", 1)
    made = ask(clinic, **with_)
    assert made.total == 9000 * with_.get("quantity", 1)
    assert reasons(made) == {"it": "promotion.percent"}


def test_an_offer_that_is_used_up_or_of_somebody_elses_code_does_not_apply():
    clinic = book(
        promotions=[offer("it", percent="0.10", uses=5), offer("other", percent="0.10", coupon="own_codes")]
    )
    made = ask(clinic, background=Background(used_up=frozenset({"it"})), offers=("unknown", "it"))
    assert made.total == 10000
    assert reasons(made) == {"it": "promotion.used_up", "other": "promotion.no_code"}


# -- conditions and fees ----------------------------------------


@pytest.mark.parametrize(
    ("when", "no", "yes", "reason"),
    [
        (When(after="17:00", before="20:00"), {"minute": 20 * 60}, {"minute": 17 * 60}, "condition.hours"),
        (When(after="17:00", before="20:00"), {}, {"minute": 20 * 60 - 1}, "condition.hours"),
        (When(after="22:00", before="02:00"), {"minute": 120}, {"minute": 0}, "condition.hours"),
        (When(after="22:00", before="02:00"), {"minute": 1319}, {"minute": 1320}, "condition.hours"),
        (
            When(lead_least=14),
            {"booked": datetime.date(2026, 2, 19)},
            {"booked": datetime.date(2026, 2, 18)},
            "condition.lead_short",
        ),
        (When(lead_least=14), {}, {"booked": datetime.date(2026, 1, 1)}, "condition.lead_short"),
        (When(lead_most=1), {"booked": datetime.date(2026, 3, 2)}, {"booked": ON}, "condition.lead_long"),
        (When(places=["DE"]), {"place": "FR"}, {"place": "DE"}, "condition.place"),
        (When(channels=["web"]), {"channel": "desk"}, {"channel": "web"}, "condition.channel"),
        (When(groups=["students"]), {}, {"groups": ("students",)}, "condition.group"),
        (When(starts="12-15", ends="03-03"), {}, {"on": datetime.date(2026, 3, 3)}, "condition.not_now"),
    ],
)
def test_conditions(when, no, yes, reason):
    students = Group(id="students", name=both("Students"), criterion=both("A card"), proof=both("Show it"))
    less = Condition(id="less", name=both("less"), when=when, change=D("-0.1"), why=both("why"))
    clinic = book(conditions=[less], groups=[students])
    made = ask(clinic, **no)
    assert (made.total, reasons(made, "condition")) == (10000, {"less": reason})
    assert ask(clinic, **yes).total == 9000


def test_fees_are_inside_the_price_and_taxed():
    fees = [
        Fee(id="card", name=both("Card"), percent=D("0.015"), why=both("The bank")),
        Fee(
            id="door",
            name=both("Door"),
            amount=D("1.50"),
            per="unit",
            why=both("The door"),
            channels=["desk"],
        ),
        Fee(id="once", name=both("Once"), amount=D("2.00"), why=both("Once")),
    ]
    clinic = book(fees=fees, tax="0.10")
    assert ask(clinic, quantity=2).total == (20000 + 300 + 200) * 11 // 10
    assert ask(clinic, quantity=2, channel="desk").total == (20000 + 300 + 300 + 200) * 11 // 10
    assert reasons(ask(clinic), "fee") == {
        "card": "fee.added",
        "door": "fee.other_channel",
        "once": "fee.added",
    }


# -- guards ----------------------------------------


def guard(made, kind):
    return next((step.amount, step.reason) for step in made.steps if step.kind == kind)


def test_the_cap_and_the_rise_hold_a_price_down():
    dear = [season("dear", "01-01", "12-31", "0.50")]
    made = ask(book(seasons=dear, guards=Guards(cap=D("0.2"))), quantity=2)
    assert (made.total, guard(made, "guard_cap")) == (24000, (-6000, "guard_cap.lowered"))
    made = ask(book(seasons=dear, guards=Guards(rise=D("0.1"))), background=Background(lowest=9000))
    assert (made.total, guard(made, "guard_rise")) == (9900, (-5100, "guard_rise.lowered"))
    assert guard(ask(book(seasons=dear, guards=Guards(rise=D("0.1")))), "guard_rise") == (
        0,
        "guard_rise.no_history",
    )


@pytest.mark.parametrize(
    ("lowest", "total"),
    [
        (8500, 8075),  # 5 % off the lowest, though that is under what 5 % off the list price makes
        (9500, 9025),
        (10000, 9500),
        (99999, 9500),  # it has never been cheaper than now: the offer counts from today's price
    ],
)
def test_a_reduction_counts_from_the_lowest_earlier_price(lowest, total):
    clinic = book(
        promotions=[offer("it", percent="0.05")],
        services=[service(tier("standard", "100.00", ("therapist", "1")), margin="0.1")],
    )
    prior = Background(
        prior=Prior(lowest, 30, "eu.pid.art6a.prior-price-30-days", "Directive 98/6/EC Art. 6a")
    )
    made = ask(clinic, background=prior)
    assert made.total == total
    assert guard(made, "guard_prior")[1] == ("guard_prior.counted" if total < 9500 else "guard_prior.true")
    assert not [
        step
        for step in ask(clinic, on=datetime.date(2027, 1, 1), background=prior).steps
        if step.kind == "guard_prior"
    ]


ART6A = "eu.pid.art6a.prior-price-30-days", "Directive 98/6/EC Art. 6a"


@pytest.mark.parametrize("quantity", [1, 3])
def test_an_announced_reduction_is_said_from_the_earlier_price(quantity):
    """60.00 today, 50.00 within the 30 days: 10 % is 5.00 off 50.00, in each step and in the sentence."""
    clinic = book(
        promotions=[offer("Sale", percent="0.1")],
        services=[service(tier("standard", "60.00", ("therapist", "0.1")), margin="0")],
    )
    made = ask(clinic, background=Background(prior=Prior(5000, 30, *ART6A)), quantity=quantity)
    assert (made.total, guard(made, "guard_prior")) == (
        4500 * quantity,
        (-1000 * quantity, "guard_prior.counted"),
    )
    moved = [(step.kind, step.amount) for step in made.steps if step.kind in ("guard_prior", "promotion")]
    assert moved == [("guard_prior", -1000 * quantity), ("promotion", -500 * quantity)]
    many = "" if quantity == 1 else f" × {quantity}"
    assert next(step for step in made.steps if step.kind == "promotion").basis.en.startswith(
        f"10% off $50.00{many}"
    )
    said = next(step for step in made.steps if step.kind == "guard_prior").basis
    assert said.en == (
        "It cost $50.00 at its lowest in the 30 days before the offer. "
        f"The offer counts from there, not from $60.00{many}. Directive 98/6/EC Art. 6a"
    )
    assert "最低价是 50.00 美元。优惠从这个价算起，不从 60.00 美元" in said.zh
    sentence = explain(made)
    less, off = (10 * quantity, 5 * quantity)
    assert sentence.en.endswith(
        f"The offer counts from ${50 * quantity}.00, the lowest price before it, which is ${less}.00 less; "
        f"“Sale” takes off ${off}.00."
    )
    assert (
        f"优惠从之前的最低价 {50 * quantity}.00 美元 算起，少 {less}.00 美元；「「Sale」」减 {off}.00 美元"
        in sentence.zh
    )


@pytest.mark.parametrize(
    ("lowest", "steps"),
    [
        # 60.00 today; only the last days are known. What is lower binds, what is not proves nothing, not even "true".
        (5000, [("guard_prior.counted", -1000)]),
        (6000, []),
        (7000, []),
    ],
)
def test_an_earlier_price_that_may_not_be_the_lowest_binds_where_it_is_lower(lowest, steps):
    clinic = book(
        promotions=[offer("Sale", percent="0.1")],
        services=[service(tier("standard", "60.00", ("therapist", "0.1")), margin="0")],
    )
    known = Prior(lowest, 30, *ART6A, since=datetime.date(2026, 3, 1))
    made = ask(clinic, background=Background(prior=known))
    assert [(step.reason, step.amount) for step in made.steps if step.kind == "guard_prior"] == steps
    for step in made.steps:
        if step.kind == "guard_prior":
            assert "We know our prices since 1 March 2026, and the lowest of them is $50.00." in step.basis.en
            assert "从 2026 年 3 月 1 日起有记录，其中最低是 50.00 美元" in step.basis.zh


def test_no_floor_takes_back_what_counts_from_the_earlier_price():
    clinic = book(
        promotions=[offer("Sale", percent="0.1")],
        services=[service(tier("standard", "60.00", ("therapist", "0.8")), margin="0")],
    )
    made = ask(clinic, background=Background(prior=Prior(5000, 30, *ART6A)))
    assert made.floor == 4800 and made.total == 4500
    told = [
        (step.reason, step.amount)
        for step in made.steps
        if step.amount and step.kind not in ("cost", "margin")
    ]
    assert told == [
        ("guard_prior.counted", -1000),
        ("promotion.percent", -500),
        ("guard_floor.lifted", 300),
        ("guard_prior.lowered", -300),
    ]


def test_a_price_of_the_second_generation_is_made_again_as_it_was():
    clinic = book(
        promotions=[offer("Sale", percent="0.1")],
        services=[service(tier("standard", "60.00", ("therapist", "0.1")), margin="0")],
    )
    made = ask(clinic, background=Background(prior=Prior(5000, 30, *ART6A), rules=2))
    told = [
        (step.reason, step.amount)
        for step in made.steps
        if step.amount and step.kind not in ("cost", "margin")
    ]
    assert told == [("promotion.percent", -600), ("guard_prior.lowered", -900)]


def test_of_three_that_are_charged_as_one_order_the_earlier_price_counts_three_times():
    flat = studio(promotions=[offer("Sale", percent="0.1")])
    request = PriceRequest("treatment", "plan", 3, ON)
    made = price(flat, request, AllowedFacts(), Background(prior=Prior(500, 30, *ART6A)))
    assert made.total == 1350


@pytest.mark.parametrize(
    ("worth", "total", "reason"),
    [
        ([data_value("3.00")], 9700, "guard_data.lifted"),
        ([data_value("8.00")], 9200, "guard_data.within"),
        ([data_value("8.00", low="0")], 10000, "guard_data.no_worth"),  # the interval holds zero
        ([data_value("8.00", low="-1")], 10000, "guard_data.no_worth"),
        ([], 10000, "guard_data.no_worth"),
        ([data_value("8.00", services=["other"])], 10000, "guard_data.no_worth"),
    ],
)
def test_data_takes_off_no_more_than_it_is_worth(worth, total, reason):
    services = [
        service(tier("standard", "100.00", ("therapist", "1"))),
        service(tier("standard", "9", ("therapist", "0")), name="other"),
    ]
    clinic = book(services=services, loyalty=[loyalty("visits", (5, "-0.08"))], data_value=worth)
    made = ask(clinic, AllowedFacts(visits=9))
    assert (made.total, guard(made, "guard_data")[1]) == (total, reason)
    assert ask(clinic).total == 10000
