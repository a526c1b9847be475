"""What comes after the guards, over arrays: points, fees, tax; the same sums as `points` and `tax` make for one price."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from aboveboard.book.model import Book
from aboveboard.money import in_minor
from aboveboard.pricing.columns.table import AT, column
from aboveboard.pricing.columns.walking import rounded
from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.rules import Standing
from aboveboard.pricing.rules.deeds import fraction

_QUANTITY = AT["quantity"]
_POINTS = ("points.used", "points.too_few", "points.none", "")


class StepColumn(NamedTuple):
    """One step of all rows: `amount` in minor units for the whole order, `code` an index into `codes` (stable reasons).

    `id` is the rule's id in the book. Both arrays may be one number that holds for every row. An empty code means that this row
    has no such step: it uses no points, or nobody's data.
    """

    kind: str
    id: str | None
    amount: Any
    code: Any
    codes: tuple[str, ...]


class Closed(NamedTuple):
    """The last steps of all rows, and what is paid in the end."""

    steps: tuple[StepColumn, ...]
    total: Any


def closed(book: Book, offer: Offer, fields: list[Any], wanted: Any, net: Any) -> Closed:
    """Return what points, fees and tax make of the prices in `net`; `wanted` is how many points each customer would use."""
    steps = _points(book, wanted, net)
    base = price = net + sum(step.amount for step in steps)
    for fee in offer.fees:
        number = fee.deed.numerator(Standing(base, base, base, 1))
        if fee.per_unit:
            number = number * fields[_QUANTITY]
        holds = True if fee.test is None else fee.test.mask(fields)
        added = rounded(number, fee.deed.scale) * holds
        steps = (*steps, StepColumn("fee", fee.id, added, 1 - holds * 1, ("fee.added", "fee.other_channel")))
        price = price + added
    share, scale = fraction(offer.tax_rate)
    tax = rounded(share * price, scale) if share else 0 * price
    return Closed((*steps, StepColumn("tax", offer.tax_id, tax, 0, ("tax",))), price + tax)


def finest(book: Book) -> int:
    """Return into how many parts a coin is cut where points are counted."""
    return (
        1
        if book.points is None
        else Fraction(in_minor(book.points.worth, book.business.currency)).denominator
    )


def _points(book: Book, wanted: Any, before: Any) -> tuple[StepColumn, ...]:
    """Return what using points does, if any row uses some; see `points.use_points`."""
    import numpy as np

    wanted = column(wanted)
    asked = np.not_equal(wanted, 0)
    if not np.any(asked):
        return ()
    points = book.points
    worth = Fraction(0) if points is None else Fraction(in_minor(points.worth, book.business.currency))
    if points is None or worth <= 0:
        code = np.where(asked, 2 if points is None else 1, 3)
        return (StepColumn("points", None, 0 * before, code, _POINTS),)
    count = np.minimum(wanted, before * worth.denominator // worth.numerator)
    used = np.greater_equal(wanted, points.least) & np.greater(count, 0)
    off = rounded(-(count * used) * worth.numerator, worth.denominator)
    code = np.where(used, 0, np.where(asked, 1, 3))
    return (StepColumn("points", None, off, code, _POINTS),)
