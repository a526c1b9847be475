"""Promotions: an offer to everyone between two dates, both included.

An offer is a share of the price so far (after the season) or an amount off each unit. Several offers at once apply one after
the other in the order of the book, and together they never bring a price below zero.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from aboveboard.book.model import Promotion
from aboveboard.money import minor
from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.says import cash, fill, full_date, listed, sentence, share, times
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class PromotionRule:
    """One offer, ready to compute with: `percent` is a share, `amount` minor units off each unit; one of both is None.

    `why_not` says, for each code of a move that did not apply, why, and where or when it would.
    """

    id: str
    name: Text
    starts: datetime.date
    ends: datetime.date
    percent: Decimal | None
    amount: int | None
    why: Text
    tiers: frozenset[str]
    why_not: Mapping[str, Text]

    @classmethod
    def of(cls, promotion: Promotion, currency: str, tier_names: dict[str, Text]) -> PromotionRule:
        """Return the rule that the book's chapter declares; `tier_names` are the tiers of the service it is compiled for."""
        tiers = [tier_names[tier] for tier in promotion.tiers if tier in tier_names]
        return cls(
            id=promotion.id,
            name=promotion.name.words,
            starts=promotion.starts,
            ends=promotion.ends,
            percent=promotion.percent,
            amount=None if promotion.amount is None else minor(promotion.amount, currency),
            why=sentence(promotion.why.words),
            tiers=frozenset(promotion.tiers),
            why_not={
                "promotion.other_tier": fill("promotion.other_tier", tiers=listed(tiers)),
                "promotion.not_yet": fill("promotion.not_yet", starts=full_date(promotion.starts)),
                "promotion.over": fill("promotion.over", ends=full_date(promotion.ends)),
            },
        )

    def move(self, before: int, tier: str, on: datetime.date) -> Move:
        """Return what the offer does on that date to a unit price of `before`."""
        if self.tiers and tier not in self.tiers:
            return stayed(before, "promotion.other_tier")
        if on < self.starts:
            return stayed(before, "promotion.not_yet")
        if on > self.ends:
            return stayed(before, "promotion.over")
        if self.percent is not None:
            return moved(before, -self.percent * before, "promotion.percent")
        return moved(before, Decimal(-(self.amount or 0)), "promotion.amount")

    def basis(self, move: Move, currency: str, quantity: int) -> Text:
        """Say from what the step was computed."""
        return fill(
            move.code,
            share=share(self.percent or Decimal(0)),
            price=cash(move.before, currency),
            amount=cash(self.amount or 0, currency),
            times=times(quantity),
            starts=full_date(self.starts),
            ends=full_date(self.ends),
            why=self.why,
        )
