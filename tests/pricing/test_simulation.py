"""A draft against what was really asked: sums that a plain loop confirms, and attributes that touch no price."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.model import AddOn, Condition, Guards, Points, When
from aboveboard.pricing import (
    NO_BACKGROUND,
    NO_FACTS,
    AllowedFacts,
    Background,
    PriceError,
    PriceRequest,
    price,
)
from aboveboard.pricing.columns import Columns
from aboveboard.pricing.simulation import Attribute, Demand, Slice, simulate
from tests.pricing.books import D, book, both, cost, loyalty, promotion, season, service, tier

START = datetime.date(2026, 1, 1)


def clinic(list_price="100.00", change="-0.10", **more):
    return book(
        services=[
            service(
                tier("standard", list_price, ("therapist", "1")), tier("long", "150.00", ("therapist", "2"))
            )
        ],
        costs=[cost(rate="40.30")],
        seasons=[season("cold", "01-01", "02-28", change)],
        loyalty=[loyalty("visits", (5, "-0.05"))],
        **more,
    )


def demand(rows, name="standard", **reported):
    day, quantity, visits = (np.array(each, dtype=np.int64) for each in zip(*rows, strict=True))
    columns = Columns(on=START.toordinal() + day, quantity=quantity, visits=visits)
    return Slice("treatment", name, len(rows), columns, reported=reported)


def loop(book_, rows, name="standard"):
    for day, quantity, visits in rows:
        asked = PriceRequest("treatment", name, quantity, START + datetime.timedelta(day))
        yield price(book_, asked, AllowedFacts(visits=None if visits < 0 else visits))


rows_of = st.lists(
    st.tuples(st.integers(0, 364), st.integers(1, 5), st.integers(-1, 9)), min_size=1, max_size=30
)


@settings(max_examples=60, deadline=None)
@given(rows_of, st.integers(90, 130), st.decimals(D("-0.2"), D("0.2"), places=2))
def test_the_sums_are_those_of_a_plain_loop(rows, dearer, change):
    old, new = clinic(), clinic(f"{dearer}.00", str(change))
    found = simulate(old, new, Demand((demand(rows),))).total
    before, after = list(loop(old, rows)), list(loop(new, rows))
    assert found.rows == len(rows)
    assert found.paid_before == sum(made.total for made in before)
    assert found.paid_after == sum(made.total for made in after)
    pairs = list(zip(before, after, strict=True))
    assert found.more == sum(b.total < a.total for b, a in pairs)
    assert found.less == sum(b.total > a.total for b, a in pairs)
    assert found.most_more == max(*(a.total - b.total for b, a in pairs), 0)
    spent = sum(4030 * quantity for _, quantity, _ in rows)
    assert found.margin_before == found.revenue_before - spent


def test_lines_by_tier_and_by_what_is_only_reported():
    rows = [(10, 1, -1), (200, 2, 7), (210, 1, 3)]
    age = np.array([0, 1, -1])
    asked = Demand(
        (demand(rows, age=age), demand([(5, 1, -1)], "long", age=np.array([1]))),
        {"age": Attribute(("young", "old"))},
    )
    found = simulate(clinic(), clinic("110.00"), asked)
    assert [(line.name, line.rows) for line in found.tiers] == [
        ("treatment/standard", 3),
        ("treatment/long", 1),
    ]
    assert [(line.name, line.rows) for line in found.attributes["age"]] == [("young", 1), ("old", 2)]
    assert sum(line.paid_after for line in found.tiers) == found.total.paid_after
    assert found.tiers[1].change == 0


def test_what_is_reported_changes_no_price():
    rows = [(10, 1, -1), (200, 2, 7)]
    one = simulate(
        clinic(),
        clinic("110.00"),
        Demand((demand(rows, age=np.array([0, 1])),), {"age": Attribute(("a", "b"))}),
    )
    other = simulate(
        clinic(),
        clinic("110.00"),
        Demand((demand(rows, age=np.array([1, 0])),), {"age": Attribute(("a", "b"))}),
    )
    assert one.total == other.total


def test_what_the_draft_does_not_sell_any_more_is_told_apart():
    new = book(services=[service(tier("standard", "100.00", ("therapist", "1")))])
    found = simulate(clinic(), new, Demand((demand([(1, 1, -1)] * 3, "long"), demand([(1, 1, -1)]))))
    assert found.unpriced == {"unknown_tier": 3}
    assert found.total.rows == 1


def test_a_guard_that_holds_more_often_is_counted():
    deep = clinic(promotions=[promotion("deep", "2026-01-01", "2026-12-31", percent=D("0.55"))])
    found = simulate(clinic(), deep, Demand((demand([(150, 1, -1)] * 4),)))
    assert found.guards["guard_floor"] == (0, 4)


def test_requests_that_are_not_of_the_first_book():
    with pytest.raises(PriceError):
        simulate(clinic(), clinic(), Demand((demand([(1, 1, -1)], "other"),)))
    assert simulate(clinic(), clinic(), Demand(())).total.rows == 0


def asked_for(*requests, facts=None, backgrounds=NO_BACKGROUND):
    columns = Columns.of(requests, facts, backgrounds)
    return Slice("treatment", "standard", len(requests), columns)


def test_orders_with_points_add_ons_and_a_past_count_as_one_by_one():
    def firm(add_on, points):
        parts = [AddOn(id="tea", name=both("tea"), what=both("what"), list_price=D(add_on))]
        return book(
            services=[service(tier("standard", "100.00", ("therapist", "1")), add_ons=parts)],
            points=Points(
                name=both("stars"),
                per=D("1.00"),
                worth=D(points),
                months=24,
                used=D("0.1"),
                source=both("source"),
            ),
            guards=Guards(rise=D("0.05")),
            tax="0.1",
        )

    old, new = firm("4.00", "0.01"), firm("7.00", "0.02")
    requests = [
        PriceRequest("treatment", "standard", 1 + n % 2, START, points=n * 50, add_ons=("tea",) * (n % 2))
        for n in range(8)
    ]
    past = [Background(lowest=9000) if n % 3 else NO_BACKGROUND for n in range(8)]
    found = simulate(old, new, Demand((asked_for(*requests, backgrounds=past),))).total
    for side, paid, revenue in (
        (old, found.paid_before, found.revenue_before),
        (new, found.paid_after, found.revenue_after),
    ):
        made = [price(side, *row) for row in zip(requests, [NO_FACTS] * 8, past, strict=True)]
        assert paid == sum(each.total for each in made)
        assert revenue == sum(
            next(step.subtotal for step in each.steps if step.kind == "guard_personal") for each in made
        )


def test_both_books_read_the_same_words():
    """A draft may name offers, places and groups in another order, or name some that the book never did."""

    def firm(*names, **more):
        offers = [
            promotion(name, "2026-01-01", "2026-12-31", percent=D(f"0.{n}"), coupon="code", code=name)
            for n, name in names
        ]
        return clinic("200.00", promotions=offers, **more)

    def dearer(*places):
        return Condition(
            id="far", name=both("far"), when=When(places=list(places)), change=D("0.5"), why=both("It is far")
        )

    old = firm((1, "spring"), (2, "friends"), conditions=[dearer("US-CA")])
    new = firm((2, "friends"), (1, "spring"), conditions=[dearer("DE", "US-CA")])
    requests = [
        PriceRequest("treatment", "standard", 1, START, place=place, offers=codes)
        for place in (None, "US-CA", "DE", "FR")
        for codes in ((), ("spring",), ("friends",), ("friends", "spring"))
    ]
    found = simulate(old, new, Demand((asked_for(*requests),))).total
    assert found.paid_before == sum(price(old, each).total for each in requests)
    assert found.paid_after == sum(price(new, each).total for each in requests)
    assert (found.more, found.less) == (4, 0)  # only Germany is dearer


def test_of_one_tier_only_what_the_draft_does_not_sell_is_told_apart():
    def firm(*names):
        parts = [AddOn(id=name, name=both(name), what=both("what"), list_price=D("4.00")) for name in names]
        return book(services=[service(tier("standard", "100.00", ("therapist", "1")), add_ons=parts)])

    requests = [
        PriceRequest("treatment", "standard", 1, START, add_ons=each)
        for each in ((), ("tea",), ("oil",), ("tea",))
    ]
    reported = {"age": np.array([0, 0, 1, 1])}
    columns = Columns.of(requests)
    found = simulate(
        firm("tea", "oil"),
        firm("oil"),
        Demand(
            (Slice("treatment", "standard", 4, columns, reported=reported),),
            {"age": Attribute(("young", "old"))},
        ),
    )
    assert found.unpriced == {"unknown_add_on": 2}
    assert (found.total.rows, found.total.paid_after) == (2, 10000 + 10400)
    assert [(line.name, line.rows) for line in found.attributes["age"]] == [("young", 1), ("old", 1)]


def test_costs_beyond_64_bits_are_summed_all_the_same():
    old = book(
        services=[service(tier("standard", "90000000000.00", ("therapist", "1000000000")))],
        costs=[cost(rate="60.00")],
    )
    found = simulate(
        old, old, Demand((asked_for(*[PriceRequest("treatment", "standard", 900, START)] * 3),))
    ).total
    assert found.margin_before == 3 * 900 * (9_000_000_000_000 - 6_000_000_000_000)
