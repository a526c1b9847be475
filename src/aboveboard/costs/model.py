"""The words of bills: what one says, why a row is set aside, why a file is refused."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from aboveboard.words.catalogue import Catalogue

SAYS = Catalogue.load("aboveboard.costs")


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill: its day, what it says it is for and from whom, minor units (below zero: money back), and how much of it."""

    day: datetime.date
    item: str
    supplier: str
    amount: int
    quantity: Decimal | None = None
    note: str = ""


class BillFileError(ValueError):
    """A file of bills that cannot be taken as a whole; nothing of it was written. `code` is stable."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.text = SAYS.text(f"refused.{code}").filled(**values)
        super().__init__(self.text.en)


class BillError(ValueError):
    """A row that cannot be taken; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
