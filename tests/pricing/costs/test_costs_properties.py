"""What holds for every cost, whatever its numbers."""

import datetime
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.model import CostChange, NoShows, Role
from aboveboard.pricing.costs import cost_lines, costing, floor_of, full_cost, opened, tornado
from tests.pricing.books import D, book, both, cost, service, tier


def decimals(low, high, places):
    return st.decimals(low, high, places=places, allow_nan=False).map(str)


START = datetime.date(2026, 1, 1)
changes = st.lists(
    st.tuples(st.integers(0, 700), decimals("0", "90", 2)), max_size=4, unique_by=lambda one: one[0]
)


@st.composite
def shops(draw):
    steps = sorted(draw(changes))
    dated = [CostChange(from_=START + datetime.timedelta(days=day), rate=D(rate)) for day, rate in steps]
    items = [
        cost(name="crew", role="crew"),
        cost(
            "material",
            "gel",
            "piece",
            rate=draw(decimals("0", "50", 2)),
            waste=draw(decimals("0", "0.9", 3)),
            changes=dated,
        ),
        cost("fee", "card", "visit", rate=draw(decimals("0", "2", 2)), share=draw(decimals("0", "0.2", 4))),
        cost(
            "rent", "room", per_month=draw(decimals("0", "9000", 2)), capacity=draw(decimals("1", "2000", 1))
        ),
    ]
    away = NoShows(
        id="away", name=both("Away"), share=D(draw(decimals("0", "0.5", 3))), items=["crew", "room"]
    )
    role = Role(
        id="crew",
        name=both("Crew"),
        wage=D(draw(decimals("0", "200", 2))),
        burden=D(draw(decimals("0", "1", 3))),
        billed=D(draw(decimals("0.1", "1", 2))),
    )
    uses = [(name, draw(decimals("0.01", "9", 2))) for name in ("crew", "gel", "room")] + [("card", "1")]
    made = service(
        tier("standard", draw(decimals("0", "900", 2)), *uses), margin=draw(decimals("0", "0.7", 3))
    )
    return book(
        costs=items, services=[made], roles=[role], no_shows=[away], tax=draw(decimals("0", "0.2", 4))
    )


days = st.integers(0, 800).map(lambda number: START + datetime.timedelta(days=number))


@settings(max_examples=150, deadline=None)
@given(shops(), days)
def test_the_lines_add_up_to_the_cost_at_every_depth(made, on):
    level = made.services[0].tiers[0]
    lines = cost_lines(made, level, on=on)
    whole = full_cost(made, level, on=on)
    tiny = Fraction(1, 10**18)
    assert abs(sum(Fraction(line.amount) for line in lines) - Fraction(whole)) < tiny
    for how_far in ("items", "groups"):
        assert abs(sum(Fraction(line.amount) for line in opened(lines, how_far)) - Fraction(whole)) < tiny


@settings(max_examples=150, deadline=None)
@given(shops(), days)
def test_at_the_floor_the_margin_is_left_and_a_cent_lower_it_is_not(made, on):
    shop, level = made.services[0], made.services[0].tiers[0]
    lowest = floor_of(made, shop, level, on=on).amount
    exact = costing(made, level, on=on, service=shop)

    def left(price):
        return price - exact.at(Fraction(price)) - Fraction(shop.margin) * price

    assert left(lowest) >= 0
    assert lowest == 0 or left(lowest - 1) < 0


@settings(max_examples=100, deadline=None)
@given(shops(), days)
def test_a_cost_is_that_of_the_change_in_force(made, on):
    gel = next(item for item in made.costs if item.id == "gel")
    rate = next((change.rate for change in reversed(gel.changes) if change.from_ <= on), gel.rate)
    fresh = msgspec.structs.replace(gel, rate=rate, changes=[])
    costs = [fresh if item.id == "gel" else item for item in made.costs]
    plain = msgspec.structs.replace(made, costs=costs)
    level = made.services[0].tiers[0]
    assert full_cost(made, level, on=on) == full_cost(plain, level)


@settings(max_examples=40, deadline=None)
@given(shops(), st.integers(1, 60))
def test_the_tornado_is_sorted_and_its_bars_hold_the_floor(made, swing):
    shop, level = made.services[0], made.services[0].tiers[0]
    lowest = floor_of(made, shop, level).amount
    found = tornado(made, shop, level, D(swing) / 100)
    assert [one.width for one in found] == sorted((one.width for one in found), reverse=True)
    for one in found:
        assert min(one.low, one.high) <= lowest <= max(one.low, one.high)
