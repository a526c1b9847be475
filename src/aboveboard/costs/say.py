"""The words of the costs that commands and pages share: amounts, reasons, changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from aboveboard import money
from aboveboard.costs.actual import Line, Month
from aboveboard.costs.model import SAYS
from aboveboard.pricing.costs import Moved, say_moved


def amount(exact: Decimal, currency: str, lang: str) -> str:
    """Return exact minor units rounded to whole ones, as people write them."""
    cut, rounding = money.split(exact)
    return money.show(cut + rounding, currency).say(lang)


def sums(line: Line, currency: str, lang: str) -> tuple[str, str, str]:
    """Return planned, paid and the difference; what was paid when it was bought has nothing to set beside its plan."""
    planned = amount(line.planned, currency, lang)
    if line.reason == "bought":
        return planned, "–", "–"
    return planned, amount(line.actual, currency, lang), amount(line.difference, currency, lang)


def totals(month: Month, lang: str) -> tuple[str, str, str, str]:
    """Return the last row of a month: its name, planned, paid, and the difference."""
    bought = any(line.reason == "bought" for line in month.lines)
    values = (month.planned, month.actual, month.actual - month.planned)
    planned, paid, difference = (amount(value, month.currency, lang) for value in values)
    return SAYS("actual.total_without" if bought else "actual.total", lang), planned, paid, difference


def why(line: Line, currency: str, lang: str) -> str:
    """Return why a line parts from its plan, with how much each reason weighs where there are two."""
    price = SAYS.text("why.dearer" if (line.price_effect or 0) > 0 else "why.cheaper")
    quantity = SAYS.text("why.more" if (line.quantity_effect or 0) > 0 else "why.less")
    if line.reason == "both":
        said = SAYS("why.both", lang, price_more=price, quantity_more=quantity)
        effects = SAYS(
            "actual.effects",
            lang,
            price=amount(line.price_effect or Decimal(0), currency, lang),
            quantity=amount(line.quantity_effect or Decimal(0), currency, lang),
        )
        return f"{said} ({effects})" if lang == "en" else f"{said}（{effects}）"
    if line.reason in ("price", "quantity"):
        return SAYS(f"why.{line.reason}", lang, more=price if line.reason == "price" else quantity)
    return SAYS(f"why.{line.reason}", lang)


def moved_lines(moved: Moved, currency: str, lang: str) -> Iterator[str]:
    """Yield a change of costs as lines: the numbers that moved, then the floors."""
    return (text.zh if lang == "zh" else text.en for text in say_moved(moved, currency))
