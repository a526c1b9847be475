"""Tax and fees: what comes on top of the price, inside the first price that is shown.

A tax is a rate on the price after all other steps, rounded once for the whole bill. A rate of zero is still a step, because its
reason ("health care is exempt") answers a question the customer has. A fee that nobody can avoid is a step before the tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aboveboard.book.model import Fee
from aboveboard.money import minor
from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.rules import AmountOff, Deed, OneOf, ShareOfNow, Situation, Standing, Test
from aboveboard.pricing.rules.deeds import fraction
from aboveboard.pricing.says import cash, fill, sentence, share
from aboveboard.pricing.when import Names
from aboveboard.words import Text


def add_tax(price: int, rate: Decimal) -> Move:
    """Return the move that adds the tax on `price` (minor units, the whole quantity)."""
    share_, scale = fraction(rate)
    return moved(price, share_ * price, "tax", scale=scale)


@dataclass(frozen=True, slots=True)
class FeeRule:
    """One fee, ready to compute with: its deed on the price before all fees, and where it holds."""

    id: str
    name: Text
    deed: Deed
    per_unit: bool
    test: Test | None
    how: Text
    why: Text

    @classmethod
    def of(cls, fee: Fee, currency: str, names: Names) -> FeeRule:
        """Return the rule that the book's chapter declares."""
        channels = [names.channels[channel] for channel in fee.channels]
        if fee.percent is not None:
            deed: Deed = ShareOfNow.of(fee.percent)
            how = Text(share(fee.percent), share(fee.percent))
        else:
            deed = AmountOff(minor(fee.amount or Decimal(0), currency))
            how = cash(deed.amount, currency)
        return cls(
            id=fee.id,
            name=fee.name.words,
            deed=deed,
            per_unit=fee.per == "unit" and fee.percent is None,
            test=OneOf.of("channel", channels) if channels else None,
            how=how,
            why=sentence(fee.why.words),
        )

    def move(self, base: int, before: int, situation: Situation) -> Move:
        """Return what the fee adds to `before`, counted from `base`, the price before all fees."""
        if self.test is not None and not self.test.holds(situation):
            return stayed(before, "fee.other_channel")
        many = situation.quantity if self.per_unit else 1
        number = self.deed.numerator(Standing(base, base, base, 1)) * many
        return moved(before, number, "fee.added", scale=self.deed.scale)

    def say(self, move: Move) -> Text:
        """Say what it is for."""
        if not move.applied:
            return fill("fee.other_channel", name=self.name)
        return fill("fee.per_unit" if self.per_unit else "fee.added", how=self.how, why=self.why)
