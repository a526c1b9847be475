"""What one of a tier costs before tax and before any reduction.

A tier has either a list price or charges. Where a page, a plan of changes or a check wants one number, it is the price of one:
the list price, or the sum of the charges for a quantity of one with nothing used of any meter.
"""

from __future__ import annotations

from aboveboard.book.model import Book, Service, Tier
from aboveboard.money import minor
from aboveboard.pricing.errors import PriceError


def price_of_one(book: Book, service: Service, tier: Tier) -> int:
    """Return the price of one in minor units; raises `PriceError` if the book gives it none."""
    if tier.list_price is None:
        raise PriceError("book_broken", where=f"services.{service.id}.{tier.id}.list_price")
    return minor(tier.list_price, book.business.currency)
