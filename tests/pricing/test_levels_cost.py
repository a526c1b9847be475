"""What faster points of a level cost: part of every price, weighed by what the customers of that level pay."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from aboveboard.book.model import Level, Points
from aboveboard.pricing.points import owed_share
from tests.pricing.books import D, both


def programme(*levels: tuple[str, str]) -> Points:
    made = [
        Level(id=f"l{number}", name=both("L"), at_least=100 * (number + 1), times=D(times), share=D(share))
        for number, (times, share) in enumerate(levels)
    ]
    return Points(
        name=both("P"), per=D("1.00"), worth=D("0.01"), months=12, least=50, used=D("0.8"), source=both("s"), levels=made,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "share"),
    [
        ((), "0.008"),
        ((("1.5", "0"),), "0.008"),  # nobody of that level pays anything
        ((("1.5", "0.25"),), "0.009"),  # 0.008 x (1 + 0.25 x 0.5)
        ((("1.5", "1"),), "0.012"),
        ((("1.5", "0.25"), ("2", "0.1")), "0.0098"),
        ((("1", "1"),), "0.008"),
    ],
)
def test_a_level_counts_by_what_its_customers_pay(levels: tuple[tuple[str, str], ...], share: str) -> None:
    assert owed_share(programme(*levels)) == Fraction(Decimal(share))
