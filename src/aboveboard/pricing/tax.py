"""Tax: a rate on the price after all other steps, rounded once for the whole bill.

A rate of zero is still a step, because its reason ("health care is exempt") answers a question the customer has.
"""

from __future__ import annotations

from decimal import Decimal

from aboveboard.pricing.moves import Move, moved


def add_tax(price: int, rate: Decimal) -> Move:
    """Return the move that adds the tax on `price` (minor units, the whole quantity)."""
    return moved(price, rate * price, "tax")
