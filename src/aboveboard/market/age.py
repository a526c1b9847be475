"""How old an observation is, and when it is looked at again.

The book sets after how many days (`review_days`); 180 if it says nothing. Most firms set their prices once a year, so looking
every half year finds each change when it is half a year old at most, and a comparison that rests on older prices may mislead.
"""

from __future__ import annotations

import datetime

from aboveboard.book.model import Market, Observation


def due(market: Market, observation: Observation) -> datetime.date:
    """Return the day on which it should be looked at again."""
    try:
        return observation.seen + datetime.timedelta(days=market.review_days)
    except OverflowError:
        return datetime.date.max


def old(market: Market, observation: Observation, today: datetime.date) -> bool:
    """Return whether that day has come."""
    return due(market, observation) <= today
