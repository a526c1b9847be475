"""A draft against what was really asked: sums that a plain loop confirms, and attributes that touch no price."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.pricing import AllowedFacts, PriceError, PriceRequest, price
from aboveboard.pricing.columns import Columns
from aboveboard.pricing.simulation import Attribute, Demand, Slice, simulate
from tests.pricing.books import D, book, cost, loyalty, promotion, season, service, tier

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
