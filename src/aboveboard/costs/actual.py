"""A month as it was beside a normal month, item by item, and why they part.

Where a bill says how much it is for, the difference to the plan falls in two, and the two add up to it exactly:

    price effect    = what was paid - planned rate × quantity bought      (it cost more or less each)
    quantity effect = planned rate × (quantity bought - planned quantity) (more or less of it was used)

A bill that comes by the month (rent) has no quantity to plan by: all of its difference is price. A device was paid when it was
bought, so no bill is missed. Bills that no item of the book expects stand by themselves: a cost that no service carries.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from aboveboard.book.model import Book
from aboveboard.costs.model import Bill
from aboveboard.pricing.costs import Planned, planned
from aboveboard.pricing.decimals import decimal
from aboveboard.words import Text

Reason = Literal[
    "as_planned", "price", "quantity", "both", "not_split", "missing", "not_yet", "unplanned", "bought"
]


@dataclass(frozen=True, slots=True)
class Line:
    """One cost item in one month; money in exact minor units, effects None where a bill does not tell them apart.

    `item` is None for bills that the book does not expect; `name` is then what they say.
    """

    item: str | None
    name: Text
    unit: str | None
    planned: Decimal
    actual: Decimal
    planned_quantity: Decimal | None
    actual_quantity: Decimal | None
    price_effect: Decimal | None
    quantity_effect: Decimal | None
    reason: Reason
    bills: int

    @property
    def difference(self) -> Decimal:
        """What was paid beyond the plan."""
        return self.actual - self.planned


@dataclass(frozen=True, slots=True)
class Month:
    """One month: its first day, whether it is over, and its lines in the order of the book, unplanned ones last."""

    first: datetime.date
    over: bool
    currency: str
    lines: tuple[Line, ...]

    @property
    def planned(self) -> Decimal:
        """What a normal month costs, devices aside: they were paid when they were bought."""
        return sum((line.planned for line in self.lines if line.reason != "bought"), Decimal(0))

    @property
    def actual(self) -> Decimal:
        """What was paid, devices aside."""
        return sum((line.actual for line in self.lines if line.reason != "bought"), Decimal(0))


def compare(book: Book, bills: Sequence[Bill], first: datetime.date, today: datetime.date) -> Month:
    """Return a month's bills beside a normal month by the costs of its first day."""
    over = (first + datetime.timedelta(days=32)).replace(day=1) <= today
    items = Items(book)
    matched: dict[str, list[Bill]] = {}
    strange: dict[str, list[Bill]] = {}
    for bill in bills:
        item = items.of(bill)
        if item is not None:
            matched.setdefault(item, []).append(bill)
        else:
            strange.setdefault(bill.item or bill.supplier, []).append(bill)
    lines = [
        _line(each, matched.get(each.item, []), over)
        for each in planned(book, first)
        if each.amount or each.item in matched
    ]
    lines += [_strange(name, found) for name, found in sorted(strange.items())]
    return Month(first, over, book.business.currency, tuple(lines))


def _line(plan: Planned, bills: list[Bill], over: bool) -> Line:
    paid = Fraction(sum(bill.amount for bill in bills))
    quantity = _quantity(bills)
    amount, rate = Fraction(plan.amount), Fraction(plan.rate)
    by_price: Fraction | None = None
    by_quantity: Fraction | None = None
    if bills and plan.by_month:
        by_price, by_quantity = paid - amount, Fraction(0)
    elif bills and quantity is not None:
        by_price = paid - rate * quantity
        by_quantity = paid - amount - by_price
    return Line(
        item=plan.item,
        name=plan.name,
        unit=plan.unit,
        planned=plan.amount,
        actual=decimal(paid),
        planned_quantity=None if plan.by_month else plan.quantity,
        actual_quantity=None if plan.by_month or quantity is None else decimal(quantity),
        price_effect=None if by_price is None else decimal(by_price),
        quantity_effect=None if by_quantity is None else decimal(by_quantity),
        reason=_reason(plan, bills, over, paid - amount, by_price, by_quantity),
        bills=len(bills),
    )


def _reason(
    plan: Planned,
    bills: list[Bill],
    over: bool,
    difference: Fraction,
    by_price: Fraction | None,
    by_quantity: Fraction | None,
) -> Reason:
    if plan.bought:
        return "bought"
    if not bills:
        return "missing" if over else "not_yet"
    if not plan.amount:
        return "unplanned"
    if by_price is None or by_quantity is None:
        return "as_planned" if _small(difference) else "not_split"
    price, quantity = not _small(by_price), not _small(by_quantity)
    if price and quantity:
        return "both"
    return "price" if price else "quantity" if quantity else "as_planned"


def _small(amount: Fraction) -> bool:
    """Whether an amount is nothing once it is rounded to a whole minor unit."""
    return abs(amount) < Fraction(1, 2)


def _strange(name: str, bills: list[Bill]) -> Line:
    quantity = _quantity(bills)
    return Line(
        item=None,
        name=Text(name, name),
        unit=None,
        planned=Decimal(0),
        actual=Decimal(sum(bill.amount for bill in bills)),
        planned_quantity=None,
        actual_quantity=None if quantity is None else decimal(quantity),
        price_effect=None,
        quantity_effect=None,
        reason="unplanned",
        bills=len(bills),
    )


def _quantity(bills: list[Bill]) -> Fraction | None:
    """Return how much all the bills are for; None if one of them does not say."""
    known = [Fraction(bill.quantity) for bill in bills if bill.quantity is not None]
    return sum(known, Fraction(0)) if known and len(known) == len(bills) else None


class Items:
    """Which cost of a book a bill belongs to: by the id of the cost, its name in either language, or what it is billed as."""

    def __init__(self, book: Book) -> None:
        self._ids: dict[str, str] = {}
        self._names = {item.id: item.name.words for item in book.costs}
        for item in book.costs:
            for name in (item.id, item.name.en, item.name.zh, *item.billed_as):
                self._ids.setdefault(_key(name), item.id)
        self._ids.pop("", None)

    def of(self, bill: Bill) -> str | None:
        """Return the id of the cost, or None if the book expects no such bill."""
        return self._ids.get(_key(bill.item)) or self._ids.get(_key(bill.supplier))

    def name_of(self, bill: Bill) -> Text | None:
        """Return the name of the cost, or None."""
        found = self.of(bill)
        return None if found is None else self._names[found]


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in text if sign.isalnum())
