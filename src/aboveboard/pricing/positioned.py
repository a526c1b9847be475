"""Where a list price stands among what others ask: what is compared, and the basis that the step to the list price tells.

What others ask is compared all in, so ours is too: the list price of one with every fee that nobody can avoid, and the tax.
Seasons and offers are left out on both sides: a position is that of a list price, and not of a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from aboveboard.book.model import Book, Service, Tier
from aboveboard.market import Position, position
from aboveboard.pricing.moves import moved
from aboveboard.pricing.rules import Standing
from aboveboard.pricing.tax import FeeRule, add_tax


def all_in(list_price: int, fees: Sequence[FeeRule], rate: Decimal) -> int:
    """Return a list price of one in minor units with tax and each fee that holds for every way of buying."""
    price, standing = list_price, Standing(list_price, list_price, list_price, 1)
    for fee in fees:
        if fee.test is None:
            number = fee.deed.numerator(standing)
            price = moved(price, number, "fee.added", scale=fee.deed.scale).after
    return add_tax(price, rate).after


def position_of(
    book: Book, service: Service, tier: Tier, list_price: int, fees: Sequence[FeeRule], rate: Decimal
) -> Position | None:
    """Return what the list price of a tier says of the market, None where the book says nothing or shows nothing."""
    if tier.positioned is None:
        return None
    return position(book, service, tier, all_in(list_price, fees, rate))


def positioned(book: Book, service: str, tier: str | None) -> bool:
    """Return whether the price of a tier tells customers where it stands among what others ask."""
    known = book.service(service)
    mine = None if known is None else next((each for each in known.tiers if each.id == tier), None)
    return mine is not None and mine.positioned is not None and book.market.shown != "none"
