"""What one of a tier costs before tax and before any reduction.

A tier has either a list price or charges. Where a page, a plan of changes or a check wants one number, it is the price of one:
the list price, or the sum of the charges for a quantity of one with nothing used of any meter, for one begun unit of time, and
for what is suggested where the customer names the price.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

from aboveboard.book.model import Book, Service, Tier
from aboveboard.money import MoneyError, minor
from aboveboard.pricing.charges.elapsed import SECONDS
from aboveboard.pricing.charges.total import Asked, Charged, TierRules, tier_rules, total
from aboveboard.pricing.errors import PriceError

if TYPE_CHECKING:
    from aboveboard.pricing.steps import PriceRequest

#: Any moment will do: nothing of a time charge depends on when it starts.
_STARTS = datetime.datetime(2026, 1, 5, 12, tzinfo=datetime.UTC)


def price_of_one(book: Book, service: Service, tier: Tier) -> int:
    """Return the price of one in minor units; raises `PriceError` if the book gives it none."""
    if tier.list_price is not None and not tier.charges and tier.minimum_spend is None:
        try:
            return minor(tier.list_price, book.business.currency)
        except MoneyError as error:
            raise PriceError("book_broken", where=f"services.{service.id}.{tier.id} ({error})") from None
    return charges_of_one(tier_rules(book, service, tier)).amount


def request_for_one(service: Service, tier: Tier, on: datetime.date) -> PriceRequest:
    """Return the request for one of a tier on a day; where time is charged, for one unit of it from noon (UTC) of that day."""
    # Steps hold cost lines, and a move of costs needs the price of one: whichever of the two is loaded first needs the other.
    from aboveboard.pricing.steps import PriceRequest

    seconds = max((SECONDS[charge.per] for charge in tier.charges if charge.per is not None), default=0)
    if not seconds:
        return PriceRequest(service.id, tier.id, 1, on)
    starts = datetime.datetime.combine(on, datetime.time(12), datetime.UTC)
    ends = starts + datetime.timedelta(seconds=seconds)
    return PriceRequest(service.id, tier.id, 1, on, starts=starts, ends=ends)


def charges_of_one(rules: TierRules, seats: int | None = None) -> Charged:
    """Return the lines of one, for whole months, and for one of the longest unit of time that is charged."""
    every = (*rules.rules, *(rule for add_on in rules.add_ons for rule in add_on.rules))
    seconds = max((SECONDS[rule.per] for rule in every if rule.per is not None), default=0)
    ends = _STARTS + datetime.timedelta(seconds=seconds)
    return total(replace(rules, prorated=False), Asked(seats=seats, starts=_STARTS, ends=ends))
