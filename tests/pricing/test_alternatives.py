"""The three smallest changes that would lower a price most: each is what it would really cost, and none asks for data."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.model import Condition, When
from aboveboard.pricing import AllowedFacts, PriceRequest, price
from aboveboard.pricing.alternatives import NEAR, alternatives
from tests.pricing.books import D, book, both, promotion, season, service, tier

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
    assert found[-1].words.en == "With “together” it is $95.00: $5.00 less."


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
