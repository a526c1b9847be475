"""Agreements as numbers: months of hostile days, an index with a cap, leaving by rule, a worth that can be added up by hand."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.book.model import Agreements, Index, IndexValue, Monthly, Terms
from aboveboard.pricing import PriceRequest, price
from aboveboard.pricing.agreement import (
    Signed,
    changes,
    leaving,
    month_after,
    month_on,
    monthly,
    months_of,
    signed,
    with_fees_and_tax,
    worth,
)
from tests.pricing.books import D, book, both, service, tier

day = datetime.date.fromisoformat


def terms(**more):
    more.setdefault("months", 12)
    return Terms(id="year", name=both("A year"), what=both("what"), services=["treatment"], **more)


def index(*values):
    table = [IndexValue(published=day(on), value=D(value)) for on, value in values]
    return Index(id="cpi", name=both("Prices"), source=both("the office"), values=table)


# ---------------------------------------------------------------------------------------------------------- dates
@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2027-01-31", 1, "2027-02-28"),
        ("2027-01-31", 2, "2027-03-31"),  # counted from the first day, not from 28 February
        ("2028-01-30", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-08-31", 6, "2027-02-28"),
        (
            "2027-03-14",
            12,
            "2028-03-14",
        ),  # the clock is set forward that day in California; a day stays a day
    ],
)
def test_a_month_begins_on_the_date_that_the_first_one_did(start, months, expected):
    assert month_after(day(start), months) == day(expected)


@given(st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)), st.integers(1, 60))
def test_months_have_no_gaps_and_each_day_lies_in_its_month(start, many):
    months = months_of(start, many)
    assert months[0].first == start
    for one, other in itertools.pairwise(months):
        assert other.first == one.last + datetime.timedelta(days=1)
    for month in months:
        assert month_on(start, month.first) == month_on(start, month.last) == month.number
    assert month_on(start, start - datetime.timedelta(days=1)) == 0


# ---------------------------------------------------------------------------------------------------------- index
@pytest.mark.parametrize(
    ("values", "cap", "after", "known", "capped"),
    [
        ([("2026-01-01", "100"), ("2027-01-01", "102")], "0.03", 10200, True, False),
        ([("2026-01-01", "100"), ("2027-01-01", "110")], "0.03", 10300, True, True),
        (
            [("2026-01-01", "100"), ("2027-01-01", "103")],
            "0.03",
            10300,
            True,
            False,
        ),  # at the cap, not over it
        ([("2026-01-01", "100"), ("2027-01-01", "90")], "0.03", 9000, True, False),
        ([("2026-01-01", "300"), ("2027-01-01", "301")], "0.03", 10033, True, False),  # 10033.33…, cut down
        ([("2026-01-01", "100")], "0.03", 10000, False, False),
        ([("2027-01-01", "100")], "0.03", 10000, False, False),  # nothing was known when it began
        ([("2026-01-01", "100"), ("2027-03-02", "120")], "0.03", 10000, False, False),  # a day too late
        ([("2026-01-01", "0"), ("2027-01-01", "10")], "0.03", 10000, False, False),
    ],
)
def test_the_price_follows_the_index_up_to_the_cap(values, cap, after, known, capped):
    found = changes(
        10000, terms(index="cpi", cap=D(cap), months=24), index(*values), day("2026-03-01"), 24, "USD"
    )
    assert [(each.after, each.known, each.capped) for each in found] == [(after, known, capped)]
    assert found[0].on == day("2027-03-01")
    assert monthly(10000, found, day("2026-03-01"), 24) == (10000,) * 12 + (after,) * 12


def test_a_locked_price_does_not_change_and_a_term_of_a_year_has_no_anniversary_inside():
    table = index(("2026-01-01", "100"), ("2027-01-01", "110"))
    assert changes(10000, terms(months=36), table, day("2026-03-01"), 36, "USD") == ()
    assert changes(10000, terms(index="cpi", cap=D("1")), table, day("2026-03-01"), 12, "USD") == ()


def test_the_words_of_a_change_name_the_index_its_values_and_the_cap():
    table = index(("2026-01-01", "100"), ("2027-01-01", "110"))
    [change] = changes(
        10000, terms(index="cpi", cap=D("0.03"), months=24), table, day("2026-03-01"), 24, "USD"
    )
    for words in (
        "“Prices”",
        "rose by 10%",
        "from 100 (1 January 2026) to 110",
        "at most 3%",
        "$100.00 becomes $103.00",
    ):
        assert words in change.says.en


@given(
    st.integers(0, 10**9),
    st.decimals("0", "0.5", places=3),
    st.lists(
        st.tuples(st.dates(day("2025-01-01"), day("2036-01-01")), st.decimals("1", "999", places=2)),
        min_size=1,
    ),
    st.integers(1, 120),
)
def test_the_price_never_rises_by_more_than_the_cap(net, cap, values, months):
    table = Index(
        id="cpi",
        name=both("P"),
        source=both("s"),
        values=[IndexValue(published=on, value=value) for on, value in values],
    )
    found = changes(net, terms(index="cpi", cap=cap, months=months), table, day("2026-01-31"), months, "USD")
    before = net
    for change in found:
        assert change.before == before and 0 <= change.after <= before * (1 + Fraction(cap))
        assert 0 <= change.exact - change.after < 1
        before = change.after


# -------------------------------------------------------------------------------------------------------- leaving
@pytest.mark.parametrize(
    ("rule", "on", "last", "saved", "left", "amount"),
    [
        ("free", "2026-03-20", "2026-03-31", 1000, 99000, 0),
        ("pay_back", "2026-02-28", "2026-02-28", 0, 108000, 0),  # before it began
        ("pay_back", "2026-03-01", "2026-03-31", 1000, 99000, 1000),
        ("pay_back", "2026-12-31", "2026-12-31", 10000, 18000, 10000),
        ("pay_back", "2027-01-01", "2027-01-31", 11000, 9000, 9000),  # no more than what is left
        ("pay_back", "2027-02-01", "2027-02-28", 12000, 0, 0),
        ("pay_back", "2030-01-01", "2027-02-28", 12000, 0, 0),
    ],
)
def test_leaving_costs_what_was_saved_and_no_more_than_what_is_left(rule, on, last, saved, left, amount):
    found = leaving(terms(exit=rule), 10000, (9000,) * 12, day("2026-03-01"), day(on), "USD")
    assert (found.last, found.saved, found.left, found.amount) == (day(last), saved, left, amount)
    assert ("costs nothing" in found.says.en) == (amount == 0)


@pytest.mark.parametrize(
    ("prices", "saved", "amount"),
    [
        ((9000,) * 12 + (10300,) * 24, 12 * 1000 - 12 * 300, 8400),  # a dearer year takes back what was saved
        ((9000,) * 12 + (11500,) * 24, 0, 0),
    ],
)
def test_months_above_the_list_price_count_against_what_was_saved(prices, saved, amount):
    found = leaving(terms(exit="pay_back"), 10000, prices, day("2026-03-01"), day("2028-02-01"), "USD")
    assert (found.used, found.saved, found.amount) == (24, saved, amount)
    assert ("costs nothing" in found.says.en) == (amount == 0) and found.says.zh


@given(
    st.integers(0, 10**7),
    st.lists(st.integers(0, 10**7), min_size=1, max_size=60),
    st.integers(-40, 2000),
    st.sampled_from(["free", "pay_back"]),
)
def test_whoever_leaves_never_pays_more_than_who_stays_or_who_never_signed(listed, prices, days, rule):
    start = day("2026-01-31")
    found = leaving(terms(exit=rule), listed, prices, start, start + datetime.timedelta(days=days), "USD")
    paid = sum(prices[: found.used])
    assert 0 <= found.amount <= found.left
    assert paid + found.amount <= sum(prices)
    assert paid + found.amount <= max(paid, listed * found.used)  # all months at the list price


# ---------------------------------------------------------------------------------------------------------- worth
def test_the_worth_by_hand():
    agreed = Signed(listed=10000, net=9000, paid=9000, cost=6000, currency="USD")
    both_sides = terms(
        months=2,
        saves=Monthly(amount=D("5.00"), why=both("planned")),
        empties=Monthly(amount=D("2.00"), why=both("empty")),
    )
    found = worth(both_sides, agreed, (9000, 9000), day("2026-03-01"), D("0.12"))
    # 10.00 now, and 10.00 / 1.01 in a month; 90 − 60 + 5 − 2 = 33.00 for the business in each.
    assert found.customer.plain == 2000 and found.customer.exact == 1000 + Fraction(1000, 1) / Fraction(
        101, 100
    )
    assert found.customer.amount == 1990
    assert (found.business.plain, found.business.amount) == (6600, 6567)
    assert (
        "instead of $100.00" in found.says_customer.en
        and "$19.9009…, rounded to $19.90" in found.says_customer.en
    )
    assert "19.90 美元" in found.says_customer.zh and "$65.67" in found.says_business.en


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=40),
    st.decimals("0", "1", places=4),
)
def test_both_sides_share_what_the_list_price_leaves(listed, prices, rate):
    """What one side gains the other gives up: together they have the list price less the cost, whatever was agreed."""
    agreed = Signed(listed=listed, net=prices[0], paid=prices[0], cost=500, currency="USD")
    found = worth(terms(), agreed, prices, day("2026-01-31"), rate)
    factors = sum((row.factor for row in found.rows), Fraction(0))
    assert found.customer.exact + found.business.exact == (listed - 500) * factors
    assert abs(found.customer.amount - found.customer.exact) <= Fraction(1, 2)


# ------------------------------------------------------------------------------------------------- from the price
def test_the_amounts_are_those_of_the_accepted_price():
    from aboveboard.book.model import Condition, When

    change = Condition(
        id="year_price",
        name=both("Together"),
        when=When(terms=["year"]),
        change=D("-0.06"),
        why=both("we plan"),
    )
    made = book(
        tax="0.10",
        conditions=[change],
        services=[service(tier("standard", "100.00", ("therapist", "1")), unit="month")],
        agreements=Agreements(rate=D("0.05"), source=both("ours"), terms=[terms()]),
    )
    with_it = price(made, PriceRequest("treatment", "standard", 1, day("2026-12-01"), terms="year"))
    without = price(made, PriceRequest("treatment", "standard", 1, day("2026-12-01")))
    assert (with_it.total, without.total) == (10340, 11000)
    assert signed(with_it) == Signed(listed=10000, net=9400, paid=10340, cost=6000, currency="USD")
    assert with_fees_and_tax(made, with_it.request, 9400) == 10340
    why_not = next(step.why_not for step in without.steps if step.kind == "condition")
    assert why_not is not None and why_not.en == "This holds if you agree to A year."
    unknown = price(made, PriceRequest("treatment", "standard", 1, day("2026-12-01"), terms="nonsense"))
    assert unknown.total == 11000
    assert Decimal("0.05") == made.agreements.rate
