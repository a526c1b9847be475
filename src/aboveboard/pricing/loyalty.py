"""Loyalty: a thank-you that grows with one personal fact, and the only place where a fact enters a price.

The levels are published for everyone; the highest one that is reached counts, as a share of the price so far. Without the fact,
because the customer did not allow it or because nothing is known, the rule says what the first level would bring, and
nothing about the customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aboveboard.book.model import Loyalty
from aboveboard.pricing.facts import AllowedFacts
from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.says import cash, fill, sentence, share, times
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class LoyaltyRule:
    """One loyalty rule, ready to compute with; `levels` are (at least, change), lowest first."""

    id: str
    name: Text
    fact: str
    levels: tuple[tuple[int, Decimal], ...]
    why: Text

    @classmethod
    def of(cls, loyalty: Loyalty) -> LoyaltyRule:
        """Return the rule that the book's chapter declares."""
        levels = sorted((level.at_least, level.change) for level in loyalty.levels)
        return cls(loyalty.id, loyalty.name.words, loyalty.fact, tuple(levels), sentence(loyalty.why.words))

    def level(self, value: int) -> int | None:
        """Return the index of the highest level that `value` reaches, or None."""
        reached = [index for index, (at_least, _) in enumerate(self.levels) if value >= at_least]
        return reached[-1] if reached else None

    def move(self, before: int, facts: AllowedFacts) -> Move:
        """Return what the rule does to a unit price of `before` with these facts."""
        value = facts.get(self.fact)
        if value is None:
            return stayed(before, "not_given")
        level = self.level(value)
        if level is None:
            return stayed(before, "not_reached", value=value)
        return moved(before, self.levels[level][1] * before, "reached", value=value, level=level)

    def say(self, move: Move, currency: str, quantity: int) -> Text:
        """Say what was counted, or what would count."""
        at_least, change = self.levels[move.level]
        return fill(
            f"loyalty.{self.fact}.{move.code}",
            n=0 if move.value is None else move.value,
            level=at_least,
            share=share(change),
            price=cash(move.before, currency),
            times=times(quantity),
            why=self.why,
        )
