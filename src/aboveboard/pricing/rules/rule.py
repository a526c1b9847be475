"""A rule is its cases, in order; the first one whose test holds decides."""

from __future__ import annotations

from dataclasses import dataclass

from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.rules.deeds import Deed, Standing
from aboveboard.pricing.rules.predicates import Test
from aboveboard.pricing.rules.situation import Situation


@dataclass(frozen=True, slots=True)
class Case:
    """If `when` holds (None: always), this happened: `code`, by `deed`, or nothing if that is None.

    `level` numbers the case among several with the same code.
    """

    when: Test | None
    code: str
    deed: Deed | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """Cases that together cover everything: the last one has no test. `reads` is the personal field it looks at, by position."""

    cases: tuple[Case, ...]
    reads: int | None = None

    def case(self, situation: Situation) -> Case:
        """Return the case that decides."""
        for case in self.cases:
            if case.when is None or case.when.holds(situation):
                return case
        raise AssertionError("the last case of a rule has no test")

    def move(self, situation: Situation, standing: Standing) -> Move:
        """Return what the rule does to a price that stands there."""
        case = self.case(situation)
        value = None if self.reads is None or situation[self.reads] < 0 else situation[self.reads]
        if case.deed is None:
            return stayed(standing.now, case.code, value=value, level=case.level)
        number = case.deed.numerator(standing)
        return moved(standing.now, number, case.code, scale=case.deed.scale, value=value, level=case.level)

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """Everything the rule can do."""
        return tuple(case.deed for case in self.cases if case.deed is not None)
