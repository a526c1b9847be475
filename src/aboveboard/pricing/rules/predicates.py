"""The closed kinds of tests. Each reads one field of a situation, by its position.

`holds` answers for one situation; `mask` for columns, given an array for each field. Both are one line of the same meaning,
and a property test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aboveboard.pricing.rules.situation import FIELDS, Situation


class Test(Protocol):
    """Something that is true or false of a situation."""

    def holds(self, situation: Situation) -> bool:
        """Return whether it is true of this situation."""
        ...

    def mask(self, columns: Sequence[Any]) -> Any:
        """Return an array of truth values; `columns` has an array, or one number for all rows, for each field."""
        ...


@dataclass(frozen=True, slots=True)
class Within:
    """The field lies between `low` and `high`, both included."""

    at: int
    low: int
    high: int

    @classmethod
    def of(cls, field: str, low: int, high: int) -> Within:
        """Return the test on a field by its name."""
        return cls(FIELDS.index(field), low, high)

    def holds(self, situation: Situation) -> bool:
        """Return whether it is true of this situation."""
        return self.low <= situation[self.at] <= self.high

    def mask(self, columns: Sequence[Any]) -> Any:
        """Return an array of truth values."""
        column = columns[self.at]
        return (column >= self.low) & (column <= self.high)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The field lies from `low` on or up to `high`: a season over New Year, an evening that ends after midnight."""

    at: int
    low: int
    high: int

    @classmethod
    def of(cls, field: str, low: int, high: int) -> Wrapped:
        """Return the test on a field by its name."""
        return cls(FIELDS.index(field), low, high)

    def holds(self, situation: Situation) -> bool:
        """Return whether it is true of this situation; something that was not said is in no period."""
        value = situation[self.at]
        return value >= self.low or 0 <= value <= self.high

    def mask(self, columns: Sequence[Any]) -> Any:
        """Return an array of truth values."""
        column = columns[self.at]
        return (column >= self.low) | ((column >= 0) & (column <= self.high))


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field is one of these numbers, all from 0 to 62."""

    at: int
    bits: int

    @classmethod
    def of(cls, field: str, values: Sequence[int]) -> OneOf:
        """Return the test on a field by its name."""
        return cls(FIELDS.index(field), sum(1 << value for value in set(values)))

    def holds(self, situation: Situation) -> bool:
        """Return whether it is true of this situation; something that was not said is none of them."""
        value = situation[self.at]
        return value >= 0 and bool(self.bits >> value & 1)

    def mask(self, columns: Sequence[Any]) -> Any:
        """Return an array of truth values."""
        column = columns[self.at]
        found = column < 0
        found = found & False
        for value in range(self.bits.bit_length()):
            if self.bits >> value & 1:
                found = found | (column == value)
        return found


@dataclass(frozen=True, slots=True)
class Has:
    """The field, read as a set, has at least one of these bits (`every` False) or all of them (`every` True)."""

    at: int
    bits: int
    every: bool = False

    @classmethod
    def of(cls, field: str, values: Sequence[int], *, every: bool = False) -> Has:
        """Return the test on a field by its name."""
        return cls(FIELDS.index(field), sum(1 << value for value in set(values)), every)

    def holds(self, situation: Situation) -> bool:
        """Return whether it is true of this situation."""
        shared = situation[self.at] & self.bits
        return shared == self.bits if self.every else shared != 0

    def mask(self, columns: Sequence[Any]) -> Any:
        """Return an array of truth values."""
        shared = columns[self.at] & self.bits
        return shared == self.bits if self.every else shared != 0


@dataclass(frozen=True, slots=True)
class Not:
    """Another test does not hold."""

    test: Test

    def holds(self, situation: Situation) -> bool:
        """Return whether it is true of this situation."""
        return not self.test.holds(situation)

    def mask(self, columns: Sequence[Any]) -> Any:
        """Return an array of truth values."""
        return self.test.mask(columns) == False  # noqa: E712  (an array is not negated by `not`, nor a number by `~`)
