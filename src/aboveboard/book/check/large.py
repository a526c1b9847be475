"""Numbers of things that are too large to be meant."""

from __future__ import annotations

from decimal import Decimal

from aboveboard import money
from aboveboard.book.finding import Path, Report


def small_enough(value: Decimal, path: Path, report: Report) -> bool:
    """Return whether a number of things is no slip of the keyboard; else write the finding."""
    if value <= money.LARGEST:
        return True
    report.add("shape.too_large", path, value=value, limit=f"{money.LARGEST:,}")
    return False
