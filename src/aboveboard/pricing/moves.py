"""What one rule does to the price of one unit, as numbers only.

A `Move` is a step before it is put into words: which rule, from which price, by exactly how much, and a code for what
happened. All arithmetic of seasons, promotions, loyalty and the floor guard is moves on whole minor units; words come
after. The price that nobody's data touched is walked the same way, without saying anything.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from aboveboard.money import split

ZERO = Decimal(0)


class Move(NamedTuple):
    """One rule's effect on a unit price of `before`: `whole` + `rounding` minor units, exactly `exact`.

    `applied` False means that the rule did nothing, for the reason in `code`. `capped`: it wanted to go below zero.
    `value` is the personal fact it read, if it read one; `level` the loyalty level that was reached or comes next.
    """

    before: int
    exact: Decimal
    whole: int
    rounding: int
    code: str
    applied: bool
    capped: bool = False
    value: int | None = None
    level: int = 0

    @property
    def after(self) -> int:
        """The unit price after this move."""
        return self.before + self.whole + self.rounding


def moved(before: int, exact: Decimal, code: str, *, value: int | None = None, level: int = 0) -> Move:
    """Return the move by `exact`, rounded half away from zero, and stopped where the price would fall below zero."""
    whole, rounding = split(exact)
    if before + whole + rounding < 0:
        return Move(before, Decimal(-before), -before, 0, code, True, True, value, level)
    return Move(before, exact, whole, rounding, code, True, False, value, level)


def stayed(before: int, code: str, *, value: int | None = None, level: int = 0) -> Move:
    """Return the move of a rule that did not apply."""
    return Move(before, ZERO, 0, 0, code, False, False, value, level)
