"""What an agreement is worth over its life, to the customer and to the business, and both may see both.

For the customer, each month: the list price of the day of signing less the agreed price. For the business: the agreed price less
the full cost, and what a planned month saves, less what places that stand empty in it cost. Money later counts less: a month
that begins k months from now counts 1 / (1 + rate / 12)^k. Exact fractions; each sum is rounded once, half away from zero,
and the exact sum stands beside it.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from aboveboard.book.model import Terms
from aboveboard.money import minor
from aboveboard.pricing.agreement.dates import month_after
from aboveboard.pricing.agreement.says import exactly, fill
from aboveboard.pricing.agreement.signed import Signed
from aboveboard.pricing.moves import halves
from aboveboard.pricing.says import Value, cash, share
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Row:
    """One month: what both sides have of it, in minor units, and by how much it counts today."""

    month: int
    on: datetime.date
    listed: int
    agreed: int
    cost: int
    saves: int
    empties: int
    factor: Fraction

    @property
    def customer(self) -> int:
        """What the customer saves in this month."""
        return self.listed - self.agreed

    @property
    def business(self) -> int:
        """What the business has of this month."""
        return self.agreed - self.cost + self.saves - self.empties


@dataclass(frozen=True, slots=True)
class Side:
    """What one side has of it: month by month added up (`plain`), and as it counts today (`exact`, rounded `amount`)."""

    plain: int
    exact: Fraction
    amount: int


@dataclass(frozen=True, slots=True)
class Worth:
    """Both sides, the months behind them, and a sentence for each side."""

    rows: tuple[Row, ...]
    customer: Side
    business: Side
    says_customer: Text
    says_business: Text


def worth(terms: Terms, agreed: Signed, prices: Sequence[int], start: datetime.date, rate: Decimal) -> Worth:
    """Return the worth of an agreement whose months cost `prices`, discounted by `rate` a year to the day it starts."""
    currency = agreed.currency
    saves = minor(terms.saves.amount, currency) if terms.saves else 0
    empties = minor(terms.empties.amount, currency) if terms.empties else 0
    step = 1 / (1 + Fraction(rate) / 12)
    rows = tuple(
        Row(
            month + 1,
            month_after(start, month),
            agreed.listed,
            price,
            agreed.cost,
            saves,
            empties,
            step**month,
        )
        for month, price in enumerate(prices)
    )
    customer = _side([row.customer for row in rows], rows)
    business = _side([row.business for row in rows], rows)
    said: dict[str, Value] = {"n": len(rows), "rate": share(rate)}
    return Worth(
        rows,
        customer,
        business,
        fill(
            "worth.customer" if customer.amount >= 0 else "worth.customer_less",
            **said,
            amount=cash(abs(customer.amount), currency),
            plain=cash(abs(customer.plain), currency),
            exact=exactly(abs(customer.exact), currency),
            listed=cash(agreed.listed, currency),
            agreed=cash(prices[0] if prices else 0, currency),
        ),
        fill(
            "worth.business" if business.amount >= 0 else "worth.business_less",
            **said,
            amount=cash(abs(business.amount), currency),
            plain=cash(abs(business.plain), currency),
            exact=exactly(abs(business.exact), currency),
            cost=cash(agreed.cost, currency),
            saves=cash(saves, currency),
            empties=cash(empties, currency),
        ),
    )


def _side(each: Sequence[int], rows: Sequence[Row]) -> Side:
    exact = sum((amount * row.factor for amount, row in zip(each, rows, strict=True)), Fraction(0))
    return Side(sum(each), exact, sum(halves(exact.numerator, exact.denominator)))
