"""Agreements as numbers: months of a term, a price that follows an index, what leaving costs, what it is worth to both sides.

Pure, like all of `pricing`: amounts are whole minor units for one month, before tax, and nobody's name is among them. Fractions
inside; every rounding is visible.
"""

from aboveboard.pricing.agreement.dates import Month, month_after, month_on, months_of
from aboveboard.pricing.agreement.escalation import Change, changes, monthly
from aboveboard.pricing.agreement.leaving import Leaving, leaving
from aboveboard.pricing.agreement.signed import Signed, signed, with_fees_and_tax
from aboveboard.pricing.agreement.worth import Row, Side, Worth, worth

__all__ = [
    "Change",
    "Leaving",
    "Month",
    "Row",
    "Side",
    "Signed",
    "Worth",
    "changes",
    "leaving",
    "month_after",
    "month_on",
    "monthly",
    "months_of",
    "signed",
    "with_fees_and_tax",
    "worth",
]
