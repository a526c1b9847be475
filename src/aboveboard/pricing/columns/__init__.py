"""A whole book, or a million quotes, priced in columns: the same rules, the same cents, the same reasons.

`price_many(book, service, tier, Columns(...))` returns a `Many`: for each step an array of amounts and one of reason codes. The
rules are those of `pricing.rules`; only the machine that reads them differs. `Many.price(row)` writes the full explained price of
one row, equal to what `pricing.price` gives. Needs numpy (the extra `bulk`), imported when it is called.
"""

from aboveboard.pricing.columns.closing import StepColumn
from aboveboard.pricing.columns.many import Many, Ready, price_many, ready
from aboveboard.pricing.columns.table import Columns

__all__ = ["Columns", "Many", "Ready", "StepColumn", "price_many", "ready"]
