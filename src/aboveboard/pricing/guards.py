"""Guards: two promises that hold whatever the rules before them did.

The *floor guard* lifts a price that fell under the floor back up to it, but never above the list price: if the list price
itself is under the floor, that is the owner's mistake (`aboveboard check` refuses it) and not the customer's bill. The *personal
guard* compares with the price that everyone pays: personal facts may only lower a price.
"""

from __future__ import annotations

from decimal import Decimal

from aboveboard.pricing.moves import Move, moved, stayed


def keep_floor(before: int, floor: int, list_price: int) -> Move:
    """Return the move that brings a unit price of `before` up to the floor, if it is under it."""
    if before < min(floor, list_price):
        return moved(before, Decimal(min(floor, list_price) - before), "guard_floor.lifted")
    return stayed(before, "guard_floor.list_is_lower" if before < floor else "guard_floor.above")


def keep_common(before: int, common: int, facts_used: bool) -> Move:
    """Return the move that brings a unit price of `before` down to what everyone pays, if it is above it."""
    if before > common:
        return moved(before, Decimal(common - before), "guard_personal.lowered")
    return stayed(before, "guard_personal.not_higher" if facts_used else "guard_personal.no_data")
