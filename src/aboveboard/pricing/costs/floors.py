"""The floor: the lowest price at which the margin the owner asked for is still left.

    floor = full cost / (1 - margin)

Dividing, not multiplying: 30 % margin on 1,000 is 1,428.57, not 1,300. A fee that takes a share of the price takes it of
the floor as well, so the floor solves price = fixed cost + share × price + margin × price:

    floor = fixed cost / (1 - margin - share)

It is rounded up to a whole minor unit; one that was rounded down would be a price that loses money.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from aboveboard.book.model import Book, Service, Tier
from aboveboard.pricing.costs.lines import Costing, costing
from aboveboard.pricing.costs.numbers import exact
from aboveboard.pricing.costs.says import fill
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.says import cash, exact_cash
from aboveboard.pricing.says import share as percent
from aboveboard.words import Text

_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor with the cost it is made of: `amount` in minor units, and the `margin` of the price."""

    amount: int
    made: Costing
    margin: Decimal

    @property
    def fixed(self) -> Decimal:
        """What has to be covered whatever the price, in exact minor units."""
        return decimal(self.made.fixed)

    @property
    def share(self) -> Decimal:
        """What fees take of the price."""
        return decimal(self.made.share)

    def basis(self, currency: str, times: Text = _NOTHING) -> Text:
        """Return the sum as people write it; `times` is ` × 3` for three of them."""
        said: dict[str, Text | str | int] = {
            "cost": exact_cash(self.fixed, currency),
            "margin": percent(self.margin),
            "floor": cash(self.amount, currency),
            "times": times,
        }
        if not self.share:
            return fill("floor.basis", **said)
        return fill("floor.basis_share", **said, share=percent(self.share))


def floor(cost: Decimal, margin: Decimal, share: Decimal = Decimal(0)) -> int:
    """Return the lowest price, in minor units, that leaves the share `margin` of itself after `cost` and the share of fees."""
    return ceil(_exact(Fraction(exact(cost, "cost")), margin, exact(share, "share")))


def floor_of(
    book: Book,
    service: Service,
    tier: Tier,
    *,
    on: datetime.date | None = None,
    channel: str | None = None,
    segment: str | None = None,
) -> Floor:
    """Return the floor of one unit of a tier by the costs of a day; raises `PriceError` if there is none."""
    made = costing(book, tier, on=on, channel=channel, segment=segment, service=service)
    return floor_from(made, service.margin)


def floor_from(made: Costing, margin: Decimal) -> Floor:
    """Return the floor of a cost that is worked out already."""
    return Floor(_ceiling(made.fixed, margin, made.share), made, margin)


def exact_floor(made: Costing, margin: Decimal) -> Fraction:
    """Return the floor before rounding, in minor units."""
    return _exact(made.fixed, margin, made.share)


def _ceiling(fixed: Fraction, margin: Decimal, share: Fraction) -> int:
    """Return `_exact`, rounded up, over whole numbers alone: a book has as many floors as it has tiers."""
    wanted = exact(margin, f"margin {margin}")
    over = wanted.denominator * share.denominator
    left = over - wanted.numerator * share.denominator - share.numerator * wanted.denominator
    if left <= 0:
        raise PriceError("book_broken", where=f"margin {margin}")
    return -(-fixed.numerator * over // (fixed.denominator * left))


def _exact(fixed: Fraction, margin: Decimal, share: Fraction) -> Fraction:
    left = 1 - exact(margin, f"margin {margin}") - share
    if left <= 0:
        raise PriceError("book_broken", where=f"margin {margin}")
    return fixed / left
