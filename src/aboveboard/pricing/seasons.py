"""Seasons and conditions: when, where and for how many a price differs, by a published share of the list price.

A season runs from one day of the year to another, both included, and may pass over New Year (12-15 to 01-10). Days are
compared as month × 100 + day, so 29 February needs no special case: a season that ends on 02-29 ends on the 28th in other
years. A condition is the same with any other test: an hour, a lead time, a place, a quantity, a group. Where several hold at
once, each counts as a share of the list price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aboveboard.book.model import Condition, Season
from aboveboard.pricing.moves import Move
from aboveboard.pricing.rules import Case, Not, Rule, ShareOfList
from aboveboard.pricing.says import cash, fill, sentence, share, times
from aboveboard.pricing.spoken import Speaking, Stage
from aboveboard.pricing.steps import Kind
from aboveboard.pricing.when import Names, Part, parts, year_part
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class ListPriceRule:
    """One season or condition: a share of the list price if all its parts hold."""

    kind: Kind
    id: str
    name: Text
    rule: Rule
    change: str
    why: Text
    why_not: Mapping[str, Text]
    stage: Stage = "unit"
    fact: str | None = None

    @classmethod
    def season(cls, season: Season) -> ListPriceRule:
        """Return the rule of a season."""
        return cls._of("season", season, [year_part(season.starts, season.ends)])

    @classmethod
    def condition(cls, condition: Condition, names: Names) -> ListPriceRule:
        """Return the rule of a condition."""
        return cls._of("condition", condition, list(parts(condition.when, names)))

    @classmethod
    def _of(cls, kind: Kind, declared: Season | Condition, found: list[Part]) -> ListPriceRule:
        acts = Case(
            None, "season.less" if declared.change <= 0 else "season.more", ShareOfList.of(declared.change)
        )
        return cls(
            kind=kind,
            id=declared.id,
            name=declared.name.words,
            rule=Rule((*(Case(Not(part.test), f"{kind}.{part.code}") for part in found), acts)),
            change=share(declared.change),
            why=sentence(declared.why.words),
            why_not={f"{kind}.{part.code}": part.words for part in found},
        )

    def say(self, move: Move, speaking: Speaking) -> Text:
        """Say from what the step was computed, or where it would apply."""
        if not move.applied:
            return self.why_not[move.code]
        price = cash(speaking.listed, speaking.currency)
        return fill(move.code, share=self.change, price=price, times=times(speaking.times), why=self.why)
