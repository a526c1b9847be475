"""What one rule does to a price, as numbers only.

A `Move` is a step before it is put into words: which case, from which price, by exactly how much. All arithmetic of a price is
moves on whole minor units; words come after. The price that nobody's data touched is walked the same way, without saying
anything, and `columns` does the same sums with arrays.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import NamedTuple

_DIGITS = Context(prec=60)


class Move(NamedTuple):
    """One rule's effect on a price of `before`: `whole` + `rounding` minor units, exactly `numerator` / `scale`.

    `applied` False means that the rule did nothing, for the reason in `code`. `capped`: it wanted to go below zero.
    `value` is the personal fact it read, if it read one; `level` tells cases with the same code apart.
    """

    before: int
    numerator: int
    scale: int
    whole: int
    rounding: int
    code: str
    applied: bool
    capped: bool = False
    value: int | None = None
    level: int = 0

    @property
    def after(self) -> int:
        """The price after this move."""
        return self.before + self.whole + self.rounding

    @property
    def exact(self) -> Decimal:
        """By how much the price moves before it is rounded."""
        if self.scale == 1:
            return Decimal(self.numerator)
        return _DIGITS.divide(Decimal(self.numerator), Decimal(self.scale))


def moved(
    before: int, numerator: int, code: str, *, scale: int = 1, value: int | None = None, level: int = 0
) -> Move:
    """Return the move by `numerator / scale`, rounded half away from zero, and stopped where the price would fall below zero."""
    whole, rounding = halves(numerator, scale)
    if before + whole + rounding < 0:
        return Move(before, -before, 1, -before, 0, code, True, True, value, level)
    return Move(before, numerator, scale, whole, rounding, code, True, False, value, level)


def stayed(before: int, code: str, *, value: int | None = None, level: int = 0) -> Move:
    """Return the move of a rule that did not apply."""
    return Move(before, 0, 1, 0, 0, code, False, False, value, level)


def halves(numerator: int, scale: int) -> tuple[int, int]:
    """Return a fraction as (cut toward zero, rounding that must be added); together they are it, half away from zero."""
    if scale == 1:
        return numerator, 0
    size = abs(numerator)
    cut = size // scale
    up = (2 * size + scale) // (2 * scale) - cut
    return (cut, up) if numerator >= 0 else (-cut, -up)
