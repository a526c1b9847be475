"""Counting subscriptions, and finding the cheapest and the dearest: against a plain listing of all sets."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.pricing.pricing2yaml import AddOn, PagePrice, Plan, PricePage, Quantity
from aboveboard.pricing.pricing2yaml.space import TooTangled, cheapest, dearest, size

WORDS = PagePrice(None, "Contact us")


def price(amount: int | None) -> PagePrice:
    return WORDS if amount is None else PagePrice(Decimal(amount))


def page(
    count: int = 0,
    *,
    plans: tuple[int | None, ...] = (1,),
    needs: object = (),
    bars: object = (),
    prices: tuple[int | None, ...] = (),
    sold: dict[int, tuple[int, ...]] | None = None,
) -> PricePage:
    """Return a page of `count` add-ons: `needs` and `bars` are pairs of their numbers, `sold` says with which plans."""
    sold = sold or {}
    return PricePage(
        "P", "EUR", "2026-11-01", (),
        plans=tuple(Plan(f"p{i}", price(amount)) for i, amount in enumerate(plans)),
        add_ons=tuple(
            AddOn(
                f"a{i}",
                price(prices[i] if i < len(prices) else 1),
                depends_on=tuple(f"a{b}" for a, b in needs if a == i),  # type: ignore[attr-defined]
                excludes=tuple(f"a{b}" for a, b in bars if a == i),  # type: ignore[attr-defined]
                available_for=tuple(f"p{p}" for p in sold[i]) if i in sold else None,
            )
            for i in range(count)
        ),
    )  # fmt: skip


def listed(of: PricePage) -> Iterator[tuple[Plan | None, tuple[AddOn, ...]]]:
    """Yield every subscription, the slow way: all sets, each tried against the rules as they are written."""
    for plan in of.plans or (None,):
        for many in range(len(of.add_ons) + 1):
            for chosen in itertools.combinations(of.add_ons, many):
                names = {add_on.name for add_on in chosen}
                if (plan is not None or chosen) and all(
                    (plan is None or a.available_for is None or plan.name in a.available_for)
                    and set(a.depends_on) <= names
                    and not set(a.excludes) & names
                    for a in chosen
                ):
                    yield plan, chosen


def amounts(of: PricePage) -> list[Decimal]:
    return [
        sum(prices, Decimal(0))
        for plan, chosen in listed(of)
        if None not in (prices := [item.price.amount for item in (*([plan] if plan else []), *chosen)])
    ]


TABLE = [
    # what the page has, subscriptions, cheapest, dearest
    ("one plan", page(), 1, 1, 1),
    ("three plans", page(plans=(5, 0, 9)), 3, 0, 9),
    ("a plan in words counts, and is neither", page(plans=(5, None)), 2, 5, 5),
    ("only words", page(1, plans=(None,)), 2, None, None),
    ("one free add-on with each plan", page(1, plans=(5, 7), prices=(0,)), 4, 5, 7),
    ("two that have nothing to do with each other", page(2, prices=(2, 3)), 4, 1, 6),
    ("the second needs the first", page(2, needs=[(1, 0)], prices=(2, 3)), 3, 1, 6),
    ("they rule each other out", page(2, bars=[(0, 1)], prices=(2, 3)), 3, 1, 4),
    ("both say so", page(2, bars=[(0, 1), (1, 0)], prices=(2, 3)), 3, 1, 4),
    ("each needs the other", page(2, needs=[(0, 1), (1, 0)]), 2, 1, 3),
    ("it needs itself", page(1, needs=[(0, 0)]), 2, 1, 2),
    ("it rules itself out", page(1, bars=[(0, 0)]), 1, 1, 1),
    ("it needs what it rules out", page(2, needs=[(0, 1)], bars=[(0, 1)], prices=(8, 2)), 2, 1, 3),
    ("what it needs does not exist", page(1, needs=[(0, 7)], prices=(8,)), 1, 1, 1),
    ("what it rules out does not exist", page(1, bars=[(0, 7)]), 2, 1, 2),
    ("with one plan only", page(1, plans=(1, 2), sold={0: (1,)}, prices=(9,)), 3, 1, 11),
    ("with no plan", page(1, sold={0: ()}), 1, 1, 1),
    ("what it needs is sold with another plan", page(2, plans=(1, 2), needs=[(0, 1)], sold={0: (0,), 1: (1,)}), 3, 1, 3),
    ("the dearer way leads through words", page(2, needs=[(1, 0)], prices=(None, 50)), 3, 1, 1),
    ("no plans: not the empty one", page(2, plans=(), prices=(2, 3)), 3, 2, 5),
    ("no plans, free add-ons", page(2, plans=(), prices=(0, 0)), 3, 0, 0),
    ("no plans, cheapest with what it needs", page(3, plans=(), needs=[(0, 1)], prices=(1, 5, 7)), 5, 5, 13),
    ("no plans, all in words", page(2, plans=(), prices=(None, None)), 3, None, None),
    ("a triangle of exclusions", page(3, bars=[(0, 1), (1, 2), (2, 0)], prices=(2, 7, 3)), 4, 1, 8),
    ("a chain of needs", page(4, needs=[(1, 0), (2, 1), (3, 2)]), 5, 1, 5),
]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "count", "low", "high"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_page_sells_so_many(of: PricePage, count: int, low: int | None, high: int | None) -> None:
    assert size(of) == count
    assert [found and found.price for found in (cheapest(of), dearest(of))] == [low, high]


_some = st.integers(0, 8)
_pages = st.builds(
    lambda count, plans, needs, bars, prices, sold: page(
        count, plans=tuple(plans), needs=needs, bars=bars, prices=tuple(prices), sold=sold
    ),
    _some,
    st.lists(st.none() | st.integers(0, 30), max_size=3),
    st.sets(st.tuples(_some, _some), max_size=6),
    st.sets(st.tuples(_some, _some), max_size=6),
    st.lists(st.none() | st.integers(0, 30), min_size=8, max_size=8),
    st.dictionaries(_some, st.lists(st.integers(0, 2), max_size=3).map(tuple), max_size=3),
)


@settings(max_examples=400, deadline=None)
@given(_pages)
def test_every_page_as_a_plain_listing_has_it(of: PricePage) -> None:
    everything = [({a.name for a in chosen}, plan and plan.name) for plan, chosen in listed(of)]
    assert size(of) == len(everything)
    known = amounts(of)
    for found, wanted in ((cheapest(of), min(known, default=None)), (dearest(of), max(known, default=None))):
        assert (found and found.price) == wanted
        if found is not None:
            assert (set(found.add_ons), found.plan) in everything
            of_it = [i for i in (*of.plans, *of.add_ons) if i.name == found.plan or i.name in found.add_ons]
            assert sum((i.price.amount or Decimal(0) for i in of_it), Decimal(0)) == found.price


@pytest.mark.parametrize(
    ("of", "count"),
    [
        (page(25), 2**25),
        (page(300), 2**300),
        (page(300, needs=[(i, i + 1) for i in range(299)]), 301),
        (page(300, bars=list(itertools.combinations(range(300), 2))), 301),
        (page(60, bars=[(0, i) for i in range(1, 60)]), 2**59 + 1),
        (page(60, needs=[(0, i) for i in range(1, 60)]), 2**59 + 1),
        # The sets without neighbours on a line of n are Fibonacci's n + 2nd number, on a ring Lucas's nth.
        (page(30, bars=[(i, i + 1) for i in range(29)]), 2_178_309),
        (page(30, bars=[(i, (i + 1) % 30) for i in range(30)]), 1_860_498),
        # And on a grid of six by six: OEIS A006506.
        (
            page(
                36,
                bars=[(i, i + 1) for i in range(36) if i % 6 < 5] + [(i, i + 6) for i in range(30)],
            ),
            5_598_861,
        ),
    ],
    ids=[
        "25 free",
        "300 free",
        "chain",
        "all exclude all",
        "hub excludes",
        "hub needs",
        "line",
        "ring",
        "grid",
    ],
)
def test_many_add_ons_are_counted_without_being_listed(of: PricePage, count: int) -> None:
    began = time.process_time()
    assert size(of) == count
    assert dearest(of) is not None
    assert time.process_time() - began < 2


def test_a_net_too_dense_is_given_up_in_words_and_in_time() -> None:
    tangled = page(
        144, bars=[(i, i + 1) for i in range(144) if i % 12 < 11] + [(i, i + 12) for i in range(132)]
    )
    with pytest.raises(TooTangled):
        size(tangled)


@pytest.mark.parametrize(
    ("quantity", "smallest"),
    [
        (Quantity(), 1),
        (Quantity(least=Decimal(4), step=Decimal(4)), 4),
        (Quantity(least=Decimal(1), most=Decimal(10), step=Decimal(2)), 2),
        (Quantity(least=Decimal(5), step=Decimal(3)), 6),
        (Quantity(least=Decimal(0)), 1),
        (Quantity(least=Decimal(5), most=Decimal(5), step=Decimal(3)), None),
        (Quantity(least=Decimal(3), most=Decimal(2)), None),
    ],
)
def test_a_scalable_add_on_costs_its_smallest_number(quantity: Quantity, smallest: int | None) -> None:
    seats = AddOn("seats", price(3), extensions={"seat": Decimal(1)}, quantity=quantity)
    of = PricePage("P", "EUR", "2026-11-01", (), plans=(Plan("p", price(10)),), add_ons=(seats,))
    found = dearest(of)
    assert found is not None
    assert (size(of), found.price) == ((1, 10) if smallest is None else (2, 10 + 3 * smallest))
