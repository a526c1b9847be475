"""Fractions that become decimals when they are shown.

Sums are taken over fractions, because a third of a month's rent has no end as a decimal, and three such thirds must be the rent
again. Twenty-eight digits are kept: more than any price has.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

_DIGITS = Context(prec=28)


def decimal(value: Fraction) -> Decimal:
    """Return a fraction as a `Decimal`, exact where it ends within 28 digits."""
    return _DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))
