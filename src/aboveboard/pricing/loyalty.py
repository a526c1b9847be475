"""Loyalty: a thank-you that grows with one personal fact, and the only place where a fact enters a price.

The levels are published for everyone; the highest one that is reached counts, as a share of the price so far. Without the fact,
because the customer did not allow it or because nothing is known, the rule says what the first level would bring, and
nothing about the customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aboveboard.book.model import Loyalty
from aboveboard.pricing.moves import Move
from aboveboard.pricing.rules import FIELDS, Case, Rule, ShareOfNow, Within
from aboveboard.pricing.says import cash, fill, sentence, share, times
from aboveboard.pricing.spoken import Speaking, Stage
from aboveboard.pricing.steps import Kind
from aboveboard.words import Text

_ALWAYS = 10**9


@dataclass(frozen=True, slots=True)
class LoyaltyRule:
    """One loyalty rule, ready to compute with; `levels` are (at least, change), lowest first."""

    id: str
    name: Text
    fact: str
    levels: tuple[tuple[int, Decimal], ...]
    why: Text
    rule: Rule
    kind: Kind = "loyalty"
    stage: Stage = "unit"

    @classmethod
    def of(cls, loyalty: Loyalty) -> LoyaltyRule:
        """Return the rule that the book's chapter declares."""
        levels = tuple(sorted((level.at_least, level.change) for level in loyalty.levels))
        fact = loyalty.fact
        reached = (
            Case(Within.of(fact, at_least, _ALWAYS), f"loyalty.{fact}.reached", ShareOfNow.of(change), level)
            for level, (at_least, change) in reversed(list(enumerate(levels)))
        )
        known = Case(Within.of(fact, 0, _ALWAYS), f"loyalty.{fact}.not_reached")
        rule = Rule((*reached, known, Case(None, f"loyalty.{fact}.not_given")), FIELDS.index(fact))
        return cls(loyalty.id, loyalty.name.words, fact, levels, sentence(loyalty.why.words), rule)

    def say(self, move: Move, speaking: Speaking) -> Text:
        """Say what was counted, or what would count."""
        at_least, change = self.levels[move.level]
        return fill(
            move.code,
            n=0 if move.value is None else move.value,
            level=at_least,
            share=share(change),
            price=cash(move.before, speaking.currency),
            times=times(speaking.times),
            why=self.why,
        )
