"""What was signed: the amounts of one month, as the accepted price gave them.

`listed` is the list price of that day, `net` what was agreed before fees and tax, `paid` with them, `cost` the full cost.
They are read off the steps of the price, so an agreement cannot say anything else than the price that was accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

from aboveboard.book.model import Book
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.order import offer_for
from aboveboard.pricing.quote import situate
from aboveboard.pricing.steps import NO_BACKGROUND, Price, PriceRequest
from aboveboard.pricing.tax import add_tax


@dataclass(frozen=True, slots=True)
class Signed:
    """The amounts of one month in minor units."""

    listed: int
    net: int
    paid: int
    cost: int
    currency: str


def signed(price: Price) -> Signed:
    """Return the amounts of a price."""
    cost = listed = net = 0
    for step in price.steps:
        if step.kind == "margin":
            cost, listed = step.subtotal - step.amount, step.subtotal
        if step.kind in ("fee", "tax", "points"):
            break
        net = step.subtotal
    return Signed(listed, net, price.total, cost, price.currency)


def with_fees_and_tax(book: Book, request: PriceRequest, net: int) -> int:
    """Return what is to pay where `net` is the price before fees and tax; raises `PriceError` for what is not sold."""
    offer = offer_for(book, request)
    situation = situate(offer, request, NO_FACTS, NO_BACKGROUND)
    total = net
    for fee in offer.fees:
        move = fee.move(net, total, situation)
        total = move.after
    return add_tax(total, offer.tax_rate).after
