"""What holds for every price, whatever the book, the day and the customer: hypothesis looks for one where it does not."""

import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.pricing import NO_FACTS, AllowedFacts, PriceRequest, explain, explain_without, price
from tests.pricing.books import book, cost, loyalty, promotion, season, service, tier


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[str]:
    return st.decimals(low, high, places=places, allow_nan=False).map(str)


days = st.dates(datetime.date(2025, 1, 1), datetime.date(2027, 12, 31))
month_days = st.tuples(st.integers(1, 12), st.integers(1, 31)).map(lambda day: f"{day[0]:02}-{day[1]:02}")
facts = st.builds(
    AllowedFacts,
    visits=st.none() | st.integers(-5, 10**6),
    months=st.none() | st.integers(-5, 10**4),
)
seasons = st.lists(
    st.builds(lambda a, b, c: season("s", a, b, c), month_days, month_days, decimals("-1", "1", 3)),
    max_size=3,
)
promotions = st.lists(
    st.builds(
        lambda start, length, share, off: promotion(
            "p",
            start.isoformat(),
            (start + datetime.timedelta(days=length)).isoformat(),
            **({"percent": Decimal(share)} if off is None else {"amount": Decimal(off)}),
        ),
        st.dates(datetime.date(2025, 1, 1), datetime.date(2027, 6, 30)),
        st.integers(0, 700),
        decimals("0", "1", 4),
        st.none() | decimals("0", "300", 2),
    ),
    max_size=3,
)
# Also levels that would raise the price: `check` refuses them, the guard must hold all the same.
levels = st.lists(st.tuples(st.integers(1, 20), decimals("-1", "0.5", 3)), min_size=1, max_size=3)
loyalties = st.lists(
    st.builds(lambda fact, rungs: loyalty(fact, *rungs), st.sampled_from(["visits", "months"]), levels),
    max_size=2,
)
books = st.builds(
    lambda rate, rent, price, margin, seasons, promotions, loyalties, tax: book(
        costs=[cost(rate=rate), cost("rent", "room", per_month=rent, capacity="310")],
        services=[service(tier("standard", price, ("therapist", "0.75"), ("room", "1")), margin=margin)],
        seasons=seasons,
        promotions=promotions,
        loyalty=loyalties,
        tax=tax,
    ),
    decimals("0", "200", 3),
    decimals("0", "9000", 2),
    decimals("0", "400", 2),
    decimals("0", "0.9", 3),
    seasons,
    promotions,
    loyalties,
    decimals("0", "0.3", 5),
)
quantities = st.integers(1, 1000)


def ask(clinic, on, given=NO_FACTS, quantity=1):
    return price(clinic, PriceRequest("treatment", None, quantity, on), given)


def unit(exact, kind, quantity):
    """Cost, margin and tax are worked out once, all other steps for each unit."""
    return exact if kind in {"cost", "margin", "tax"} else Fraction(exact) / quantity


def net(made):
    return next(step.subtotal for step in made.steps if step.kind == "guard_personal")


@settings(max_examples=300, deadline=None)
@given(books, days, facts, quantities)
def test_the_steps_add_up_to_the_cent(clinic, on, given_facts, quantity):
    made = ask(clinic, on, given_facts, quantity)
    running = 0
    for step in made.steps:
        running += step.amount
        assert step.subtotal == running
        assert (step.why_not is None) is step.applied
        assert step.applied or step.amount == 0
    assert running == made.total >= 0
    for step, following in pairwise(made.steps):
        if step.kind != "rounding":
            assert (following.kind == "rounding") is (
                step.exact is not None and unit(step.exact, step.kind, quantity) % 1 != 0
            )
    assert all(abs(step.amount) <= quantity for step in made.steps if step.kind == "rounding")
    assert made.steps[0].kind == "cost"
    assert made.steps[-1].kind == "total"


@settings(max_examples=200, deadline=None)
@given(books, days, facts, quantities)
def test_facts_only_lower_a_price_and_nothing_goes_under_the_floor(clinic, on, given_facts, quantity):
    personal, common = ask(clinic, on, given_facts, quantity), ask(clinic, on, NO_FACTS, quantity)
    assert personal.total <= common.total
    list_price = next(step.subtotal for step in common.steps if step.kind == "margin")
    for made in (personal, common):
        assert net(made) >= min(made.floor, list_price)
    assert set(personal.facts_used) <= set(given_facts.given())
    assert {fact for step in personal.steps for fact in step.facts} == set(personal.facts_used)


@settings(max_examples=100, deadline=None)
@given(books, days, facts, facts, quantities)
def test_no_personal_fact_reaches_the_price_without_facts(clinic, on, one, other, quantity):
    """Fairness (1): the price of everyone is the same to the bit, whoever asked just before."""
    ask(clinic, on, one, quantity)
    first = ask(clinic, on, NO_FACTS, quantity)
    ask(clinic, on, other, quantity)
    assert ask(clinic, on, NO_FACTS, quantity) == first
    assert first.facts_used == ()
    assert all(step.value is None for step in first.steps)


@settings(max_examples=100, deadline=None)
@given(books, days, facts, quantities)
def test_more_never_costs_less(clinic, on, given_facts, quantity):
    some, more = ask(clinic, on, given_facts, quantity), ask(clinic, on, given_facts, min(quantity + 1, 1000))
    assert some.total <= more.total
    assert net(some) == quantity * net(ask(clinic, on, given_facts))


@settings(max_examples=100, deadline=None)
@given(books, days, facts, quantities)
def test_every_price_can_be_said(clinic, on, given_facts, quantity):
    made = ask(clinic, on, given_facts, quantity)
    for text in (explain(made), explain_without(made, ask(clinic, on, NO_FACTS, quantity))):
        for said in (text.en, text.zh):
            assert said
            assert "{" not in said
            assert "Decimal" not in said
