"""Guards: promises that hold whatever the rules before them did, in the order in which they act on the whole order.

- *cap*: never more than so much above the list price, if the book promises that.
- *rise*: never more than so much above the lowest price of the same thing in the days before.
- *floor*: not below the lowest price that leaves the owner's margin, but never above the list price for it: if the list price
  itself is under the floor, that is the owner's mistake (`aboveboard check` refuses it) and not the customer's bill.
- *prior price*: an announced reduction counts from the lowest price of the days that the law names (Directive 98/6/EC Art. 6a).
- *data*: a difference for what somebody allows is no larger than the documented worth of the data (11 CCR 7080, 7081).
- *personal*: personal facts may only lower a price.

Each is a limit and a comparison. The limits are plain sums, so that `columns` uses the same lines with arrays.
"""

from __future__ import annotations

from typing import Any

from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.rules.deeds import fraction


def lower(one: Any, other: Any) -> Any:
    """Return the lower of two numbers, or of two arrays number by number."""
    return one - (one - other) * (one > other)


def higher(one: Any, other: Any) -> Any:
    """Return the higher of two numbers, or of two arrays number by number."""
    return one + (other - one) * (one < other)


def cap_limit(listed: Any, cap: Any) -> Any:
    """Return the most that may be asked: `cap` above the list price, cut down to a whole minor unit."""
    share, scale = fraction(cap)
    return listed * (scale + share) // scale


def floor_limit(floor: Any, listed: Any) -> Any:
    """Return what a price is lifted to: the floor, or the list price if that is lower."""
    return lower(floor, listed)


def data_limit(common: Any, worth: Any) -> Any:
    """Return the least that may be asked of somebody who allows their data: the common price less what the data is worth."""
    return higher(common - worth, 0 * common)


def keep_cap(before: int, limit: int) -> Move:
    """Return the move down to the most that the book promises to ask."""
    return _down(before, limit, "guard_cap.lowered", "guard_cap.below")


def keep_rise(before: int, limit: int | None) -> Move:
    """Return the move down to the most that a price may have risen; None if nothing is known of the days before."""
    if limit is None:
        return stayed(before, "guard_rise.no_history")
    return _down(before, limit, "guard_rise.lowered", "guard_rise.below")


def keep_floor(before: int, floor: int, listed: int) -> Move:
    """Return the move that brings a price of `before` up to the floor, if it is under it."""
    limit = floor_limit(floor, listed)
    if before < limit:
        return moved(before, limit - before, "guard_floor.lifted")
    return stayed(before, "guard_floor.list_is_lower" if before < floor else "guard_floor.above")


def keep_prior(before: int, limit: int) -> Move:
    """Return the move down to what the announced reduction leaves of the lowest earlier price."""
    return _down(before, limit, "guard_prior.lowered", "guard_prior.true")


def keep_data(before: int, common: int, worth: int | None) -> Move:
    """Return the move up to where the difference to the common price is what the data is worth; None: nothing documented."""
    limit = data_limit(common, worth or 0)
    if before < limit:
        return moved(before, limit - before, "guard_data.lifted" if worth else "guard_data.no_worth")
    return stayed(before, "guard_data.within")


def keep_common(before: int, common: int, facts_used: bool) -> Move:
    """Return the move that brings a price of `before` down to what everyone pays, if it is above it."""
    if before > common:
        return moved(before, common - before, "guard_personal.lowered")
    return stayed(before, "guard_personal.not_higher" if facts_used else "guard_personal.no_data")


def _down(before: int, limit: int, lowered: str, kept: str) -> Move:
    return moved(before, limit - before, lowered) if before > limit else stayed(before, kept)
