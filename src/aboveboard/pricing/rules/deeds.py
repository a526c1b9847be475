"""The closed kinds of deeds: by how much a rule moves a price, as a fraction of whole numbers.

`numerator` is written with `+ - * //` only, so the very same line works on Python's integers, however large, and on arrays.
The move is `numerator / scale`, and `scale` is a power of ten, because the book's shares end.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, Protocol


class Standing(NamedTuple):
    """Where a price stands when a rule meets it: numbers, or arrays of them, in minor units.

    `now` is the price so far and `listed` the list price, both of what the stage counts in: one unit, or the whole order.
    `unit` is one unit's price when the order's stage began, `quantity` how many there are.
    """

    now: Any
    listed: Any
    unit: Any
    quantity: Any


class Deed(Protocol):
    """By how much a price moves."""

    @property
    def scale(self) -> int:
        """A power of ten that the numerator is divided by."""
        ...

    def numerator(self, standing: Standing) -> Any:
        """Return the move times `scale`, in minor units."""
        ...


class _Share(NamedTuple):
    numerator: int
    scale: int


@lru_cache(maxsize=1024)
def fraction(share: Decimal) -> _Share:
    """Return a finite decimal as a whole number over a power of ten."""
    sign, digits, exponent = share.as_tuple()
    whole = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    places = int(exponent)
    return _Share(whole * 10**places, 1) if places >= 0 else _Share(whole, 10**-places)


@dataclass(frozen=True, slots=True)
class ShareOfList:
    """A share of the list price."""

    share: int
    scale: int

    @classmethod
    def of(cls, share: Decimal) -> ShareOfList:
        """Return the deed for a share; -0.07 is seven per cent less."""
        return cls(*fraction(share))

    def numerator(self, standing: Standing) -> Any:
        """Return the move times `scale`."""
        return self.share * standing.listed


@dataclass(frozen=True, slots=True)
class ShareOfNow:
    """A share of the price so far."""

    share: int
    scale: int

    @classmethod
    def of(cls, share: Decimal) -> ShareOfNow:
        """Return the deed for a share; -0.07 is seven per cent less."""
        return cls(*fraction(share))

    def numerator(self, standing: Standing) -> Any:
        """Return the move times `scale`."""
        return self.share * standing.now


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount in minor units, less or more."""

    amount: int
    scale: int = 1

    def numerator(self, standing: Standing) -> Any:
        """Return the move times `scale`."""
        return self.amount + 0 * standing.now


@dataclass(frozen=True, slots=True)
class DownTo:
    """Down to a price in minor units, if the price so far is higher."""

    price: int
    scale: int = 1

    def numerator(self, standing: Standing) -> Any:
        """Return the move times `scale`."""
        gap = self.price - standing.now
        return gap * (gap < 0)


@dataclass(frozen=True, slots=True)
class EveryNthFree:
    """Of every n units one is free."""

    n: int
    scale: int = 1

    def numerator(self, standing: Standing) -> Any:
        """Return the move times `scale`."""
        return 0 - (standing.quantity // self.n) * standing.unit
