"""What it costs to leave before the end: nothing, or what the agreement has saved so far, and never more than what is left.

A month that has begun is paid and used; the agreement ends on its last day. So whoever leaves never pays more in all than
somebody who never signed, and never more than somebody who stayed.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from aboveboard.book.model import Terms
from aboveboard.pricing.agreement.dates import month_on, months_of
from aboveboard.pricing.agreement.says import fill
from aboveboard.pricing.says import cash, full_date
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Leaving:
    """The last day, and the amount in minor units (before tax) with its sum in words.

    `saved` is what was saved against the list price in the `used` months, `left` what the remaining months would still cost.
    """

    last: datetime.date
    used: int
    saved: int
    left: int
    amount: int
    says: Text


def leaving(
    terms: Terms,
    listed: int,
    prices: Sequence[int],
    start: datetime.date,
    on: datetime.date,
    currency: str,
) -> Leaving:
    """Return what leaving on the day `on` costs; `prices` are the agreed prices of all months of the term."""
    months = months_of(start, len(prices))
    used = min(month_on(start, on), len(prices))
    # Months that an index made dearer than the list price count against those that were cheaper.
    saved = max(sum(listed - price for price in prices[:used]), 0)
    left = sum(prices[used:])
    amount = min(saved, left) if terms.exit == "pay_back" else 0
    last = months[used - 1].last if used else start - datetime.timedelta(days=1)
    key = (
        "leave.free"
        if terms.exit == "free"
        else "leave.over"
        if not left
        else "leave.never"
        if not used
        else "leave.nothing"
        if not saved
        else None
    )
    said = fill(
        key or ("leave.saved" if saved <= left else "leave.left"),
        last=full_date(last),
        saved=cash(saved, currency),
        left=cash(left, currency),
        amount=cash(amount, currency),
    )
    return Leaving(last, used, saved, left, amount, said)
