"""Numbers of the book that can be computed with, as exact fractions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from aboveboard import money
from aboveboard.pricing.errors import PriceError


def sound(value: Decimal) -> bool:
    """Return whether a number from a book can be computed with: finite, and not of a size that only a slip produces."""
    return value.is_finite() and -15 <= value.adjusted() <= 15 and len(value.as_tuple().digits) <= 28


def exact(value: Decimal | None, where: str) -> Fraction:
    """Return a number of the book as a fraction; raises `PriceError` naming `where` if it is missing or unusable."""
    if value is None or not value.is_finite() or not _sound(value):
        raise PriceError("book_broken", where=where)
    return _fraction(value)


@lru_cache(maxsize=4096)
def _sound(value: Decimal) -> bool:
    return sound(value)


@lru_cache(maxsize=4096)
def _fraction(value: Decimal) -> Fraction:
    return Fraction(value)


def summed(values: Iterable[Fraction]) -> Fraction:
    """Return the sum of fractions, reduced once at the end and not at every step."""
    above, below = 0, 1
    for value in values:
        one, other = value.numerator, value.denominator
        if other == below:
            above += one
        else:
            above, below = above * other + one * below, below * other
    return Fraction(above, below)


def positive(value: Decimal | None, where: str) -> Fraction:
    """Return the same of a number that must be above zero, for it divides."""
    found = exact(value, where)
    if found <= 0:
        raise PriceError("book_broken", where=where)
    return found


def minor(value: Decimal | None, currency: str, where: str) -> Fraction:
    """Return an amount of the main unit as exact minor units."""
    exact(value, where)
    return Fraction(money.in_minor(value or Decimal(0), currency))
