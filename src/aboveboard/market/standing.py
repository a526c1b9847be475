"""Our place among what others ask, and whether what we claim of it is true.

The place is the gap to the middle, as a share of it: 90.00 against a middle of 95.00 is 5.3 % below. Within two per cent we say
*near*: prices end in round numbers, and nobody chooses by one coin. A claim may say less than is true in the customer's favour,
never more: who claims 5 % below may be 6 % below, who claims 10 % above may be 8 % above.

A *value-based* price goes further (Nagle and Müller): reference value, plus what is worth more here, less what is missed.
It is true as long as the price leaves the customer something of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from aboveboard import money
from aboveboard.book.model import MarketPlace, Positioned
from aboveboard.market.comparable import Comparable
from aboveboard.market.spread import Spread

#: As near as this to the middle is the middle.
NEAR = Fraction(2, 100)


@dataclass(frozen=True, slots=True)
class Standing:
    """Our price of one (`ours`, minor units, all in) among what others ask."""

    ours: int
    spread: Spread

    @property
    def gap(self) -> Fraction:
        """How far above the middle we are, as a share of it; below zero if we are below."""
        return Fraction(self.ours) / self.spread.middle - 1

    @property
    def place(self) -> MarketPlace:
        """Where that is."""
        return place_of(self.gap)

    @property
    def cheaper(self) -> bool:
        """Whether nobody asks less."""
        return self.ours <= self.spread.lowest


@dataclass(frozen=True, slots=True)
class Value:
    """The economic value of one of ours in minor units: `reference` and what it is worth beyond (`differentiation`)."""

    reference: Fraction
    differentiation: Fraction

    @property
    def whole(self) -> Fraction:
        """What one of ours is worth to a customer."""
        return self.reference + self.differentiation


def place_of(gap: Fraction, near: Fraction = NEAR) -> MarketPlace:
    """Return the place that a gap to the middle is."""
    if abs(gap) <= near:
        return "near"
    return "above" if gap > 0 else "below"


def claimed(basis: Positioned, gap: Fraction) -> bool:
    """Return whether what the book claims of our place is true, or more modest than the truth."""
    by = None if basis.by is None else Fraction(basis.by)
    if basis.place == "near":
        return abs(gap) <= (NEAR if by is None else by)
    if basis.place == "below":
        return gap < 0 if by is None else gap <= -by
    return gap > 0 if by is None else 0 < gap <= by


def value_of(basis: Positioned, others: Sequence[Comparable], spread: Spread, currency: str) -> Value | None:
    """Return the economic value that the book declares, None for a price that is not based on one.

    The reference value is the named observation; the middle where none is named or the named one cannot be compared.
    """
    if not basis.differentiation:
        return None
    named = next((each.exact for each in others if each.observation.id == basis.reference), spread.middle)
    worth = sum((each.worth for each in basis.differentiation), Decimal(0))
    return Value(named, Fraction(money.in_minor(worth, currency)))
