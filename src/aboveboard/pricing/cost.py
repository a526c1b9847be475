"""How full a price covers its cost.

A tier's *full cost* is what one unit of it uses up: direct items by use (0.75 h of a therapist at her loaded wage),
indirect items by their driver (0.75 h of the room carries 0.75 h's share of the month's rent). Of a material that loses a
share w on the way, a usable quantity q needs q / (1 - w). The *floor* is the price at which the margin the owner asked
for is still left:

    floor = full cost / (1 - margin)

Dividing, not multiplying: 30 % margin on 1,000 is 1,428.57, not 1,300. The floor is rounded up to a whole minor unit; one
that was rounded down would be a price that loses money.

A third of a month's rent has no end as a decimal, and three such thirds must be the rent again, so sums are taken over
fractions and become a `Decimal` (28 digits) only when they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil

from aboveboard import money
from aboveboard.book.model import Book, CostItem, Tier, Use
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.says import exact_cash, fill, number, share
from aboveboard.words import Text

_DIGITS = Context(prec=28)
_DIRECT = frozenset({"time", "equipment", "material", "fee"})


@dataclass(frozen=True, slots=True)
class CostLine:
    """One cost item inside the full cost of one unit: what it is, how much is used, what that comes to.

    `quantity` is the usable amount in the item's `unit`; `amount` is exact minor units; `how` is the sum as people write it.
    """

    item: str
    name: Text
    kind: str
    direct: bool
    quantity: Decimal
    unit: str
    amount: Decimal
    how: Text
    source: Text | None = None


def full_cost(book: Book, tier: Tier) -> Decimal:
    """Return what one unit of `tier` costs, in exact minor units; raises `PriceError` if the book's costs are unusable."""
    return decimal(sum((_cost(book, use)[1] for use in tier.uses), Fraction(0)))


def cost_lines(book: Book, tier: Tier) -> tuple[CostLine, ...]:
    """Return the full cost of `tier` item by item, in the order the tier names them."""
    return tuple(_line(book, use) for use in tier.uses)


def floor(cost: Decimal, margin: Decimal) -> int:
    """Return the lowest price, in minor units, that leaves the share `margin` of itself after `cost` (exact minor units)."""
    if not sound(margin) or margin >= 1:
        raise PriceError("book_broken", where=f"margin {margin}")
    return ceil(Fraction(cost) / (1 - Fraction(margin)))


def decimal(value: Fraction) -> Decimal:
    """Return a fraction as a `Decimal`, exact where it ends within 28 digits."""
    return _DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))


def sound(value: Decimal) -> bool:
    """Return whether a number from a book can be computed with: finite, and not of a size that only a slip produces."""
    return value.is_finite() and -15 <= value.adjusted() <= 15 and len(value.as_tuple().digits) <= 28


def _line(book: Book, use: Use) -> CostLine:
    item, amount = _cost(book, use)
    return CostLine(
        item=item.id,
        name=item.name.words,
        kind=item.kind,
        direct=item.kind in _DIRECT,
        quantity=use.quantity,
        unit=item.unit,
        amount=decimal(amount),
        how=_how(item, use.quantity, book.business.currency),
        source=item.source.words if item.source else None,
    )


def _cost(book: Book, use: Use) -> tuple[CostItem, Fraction]:
    item = next((cost for cost in book.costs if cost.id == use.item), None)
    if item is None or not sound(use.quantity) or not sound(item.waste) or item.waste >= 1:
        raise PriceError("book_broken", where=f"cost {use.item}")
    used = Fraction(use.quantity) / (1 - Fraction(item.waste))
    return item, used * _unit_cost(item, book.business.currency)


def _unit_cost(item: CostItem, currency: str) -> Fraction:
    """Return minor units per unit of use: the rate, or the month's bill over the month's capacity."""
    if item.rate is not None and sound(item.rate):
        return Fraction(money.in_minor(item.rate, currency))
    bill, capacity = _month(item)
    if not sound(bill) or not sound(capacity) or capacity <= 0:
        raise PriceError("book_broken", where=f"cost {item.id}")
    return Fraction(money.in_minor(bill, currency)) / Fraction(capacity)


def _month(item: CostItem) -> tuple[Decimal, Decimal]:
    """Return an indirect item's monthly bill and how many units of its driver carry it."""
    if item.per_month is None or item.capacity is None:
        raise PriceError("book_broken", where=f"cost {item.id}")
    return item.per_month, item.capacity


def _how(item: CostItem, quantity: Decimal, currency: str) -> Text:
    amount = _amount(item.unit, quantity)
    if item.waste:
        amount = fill("amount.waste", amount=amount, waste=share(item.waste))
    if item.rate is not None:
        return fill("amount.direct", amount=amount, money=_cash(item.rate, currency))
    bill, capacity = _month(item)
    month = fill("amount.month", money=_cash(bill, currency), capacity=_amount(item.unit, capacity))
    return fill("amount.indirect", amount=amount, money=month)


def _cash(amount: Decimal, currency: str) -> Text:
    return exact_cash(money.in_minor(amount, currency), currency)


def _amount(unit: str, quantity: Decimal) -> Text:
    if unit == "hour":
        return fill("amount.hour", n=number(quantity))
    return fill(f"amount.{unit}.{'one' if quantity == 1 else 'many'}", n=number(quantity))
