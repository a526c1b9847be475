"""Lowest, lower quarter, middle, upper quarter, highest: five numbers for what others ask.

The middle is the median, and not the mean: one dear clinic must not move it. Quarters lie between two prices in proportion
(type 7 of Hyndman and Fan 1996, what spreadsheets call QUARTILE.INC): the q-th of n sorted prices stands at q × (n - 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True, slots=True)
class Spread:
    """The five numbers of some prices, exact minor units; `count` is how many there are."""

    count: int
    lowest: Fraction
    lower: Fraction
    middle: Fraction
    upper: Fraction
    highest: Fraction

    @classmethod
    def of(cls, prices: Iterable[Fraction]) -> Spread:
        """Return the spread of at least one price; raises `ValueError` for none, which have no middle."""
        ordered = sorted(prices)
        if not ordered:
            raise ValueError("there is no middle of no prices")
        quarters = (quantile(ordered, Fraction(part, 4)) for part in range(5))
        return cls(len(ordered), *quarters)


def quantile(ordered: list[Fraction], share: Fraction) -> Fraction:
    """Return the price below which `share` (0 to 1) of the sorted prices lie."""
    at = share * (len(ordered) - 1)
    below = floor(at)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] + (at - below) * (ordered[below + 1] - ordered[below])
