"""Points inside a price: what the customer uses of their own, and what a price will cost because it earns some.

Points are the customer's own property, and using them is the customer's act: this room is told how many they want to use, never
how many they have. They come off after every guard, like money: what they are worth was a cost when they were earned, so the
floor does not hold them back. No more is used than the price comes to.

Each price that earns points owes them: a share `worth / per × used` of it (see `Points` in the book) is part of its full cost.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from aboveboard.book.model import Book, Points, Service
from aboveboard.money import in_minor
from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.says import cash, exact_cash, fill
from aboveboard.words import Text


class Spent(NamedTuple):
    """What using points does: how many go, the move on the price, its name and its words."""

    points: int
    move: Move
    name: Text
    says: Text


def use_points(book: Book, wanted: int, before: int) -> Spent:
    """Return what using up to `wanted` points does to a price of `before`, in minor units."""
    points, currency = book.points, book.business.currency
    name = points.name.words if points else fill("points.label")
    if points is None:
        return Spent(0, stayed(before, "points.none"), name, fill("points.none"))
    worth = Fraction(in_minor(points.worth, currency))
    count = min(wanted, int(before // worth)) if worth > 0 else 0
    if wanted < points.least or count <= 0:
        return Spent(0, stayed(before, "points.too_few"), name, fill("points.too_few", n=points.least))
    off = -count * worth
    move = moved(before, off.numerator, "points.used", scale=off.denominator, value=count)
    each = exact_cash(in_minor(points.worth, currency), currency)
    said = fill("points.used", n=count, worth=each, amount=cash(before - move.after, currency))
    return Spent(count, move, name, said)


def earning(book: Book, service: Service | None) -> Points | None:
    """Return the programme in which a service earns points, if there is one."""
    points = book.points
    if points is None or service is None or (points.services and service.id not in points.services):
        return None
    return points


def owed_share(points: Points) -> Fraction:
    """Return the share of a price before tax that the points it earns will cost.

    A level earns `times` as many; what its customers pay of all that earns points (`share`) weighs it. Who pays this price is not
    asked: everyone's price carries the same share.
    """
    faster = 1 + sum(Fraction(level.share) * (Fraction(level.times) - 1) for level in points.levels)
    return Fraction(points.worth) / Fraction(points.per) * Fraction(points.used) * faster


def earned(points: Points, currency: str, paid: int, times: Decimal = Decimal(1)) -> int:
    """Return how many points `paid` minor units (before tax) earn; parts of a point are not given."""
    per = Fraction(in_minor(points.per, currency))
    return int(paid * Fraction(times) // per) if per > 0 and paid > 0 else 0
