"""The words of the costs that commands and pages share: amounts, reasons, changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from aboveboard import money
from aboveboard.costs.actual import Line as Part
from aboveboard.costs.actual import Month
from aboveboard.costs.model import SAYS
from aboveboard.costs.service import Line, Read
from aboveboard.pricing.costs import Moved, say_moved
from aboveboard.words import Text


def amount(exact: Decimal, currency: str, lang: str) -> str:
    """Return exact minor units rounded to whole ones, as people write them."""
    cut, rounding = money.split(exact)
    return money.show(cut + rounding, currency).say(lang)


def sums(line: Part, currency: str, lang: str) -> tuple[str, str, str]:
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


def why(line: Part, currency: str, lang: str) -> str:
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


def bad_rows(bad: Iterable[tuple[int, str]]) -> Iterator[tuple[int, Text, Text]]:
    """Yield each row that cannot be read: its line, what is wrong, and what to do about it."""
    return ((line, SAYS.text(f"reason.{code}"), SAYS.text(f"mend.{code}")) for line, code in bad)


def preview_dict(said: Read, lines: Iterable[Line]) -> dict[str, Any]:
    """Return what a file says as JSON: each bill with what would become of it, each bad row with its reason and mend."""
    return {
        "sha256": said.sha256,
        "kind": said.kind,
        "columns": said.columns,
        "bills": [
            {
                "line": one.line,
                "day": one.bill.day.isoformat(),
                "item": one.bill.item,
                "supplier": one.bill.supplier,
                "amount": one.bill.amount,
                "quantity": None if one.bill.quantity is None else f"{one.bill.quantity:f}",
                "note": one.bill.note,
                "state": one.state,
                "again": one.again,
                "cost": None if one.item is None else one.item.both(),
            }
            for one in lines
        ],
        "bad": [
            {"line": line, "code": code, "why": why.both(), "mend": mend.both()}
            for (_, code), (line, why, mend) in zip(said.bad, bad_rows(said.bad), strict=True)
        ],
    }


def moved_lines(moved: Moved, currency: str, lang: str) -> Iterator[str]:
    """Yield a change of costs as lines: the numbers that moved, then the floors."""
    return (text.zh if lang == "zh" else text.en for text in say_moved(moved, currency))


def moved_dict(moved: Moved) -> dict[str, Any]:
    """Return a change of costs as JSON: the numbers that moved, and the floors."""
    return {
        "on": moved.on.isoformat(),
        "numbers": [
            {"key": one.key, "before": _exact(one.before), "after": _exact(one.after)}
            for one in moved.numbers
        ],
        "floors": [
            {
                "service": one.service,
                "tier": one.tier,
                "before": one.before,
                "after": one.after,
                "list_price": one.list_price,
                "under": one.under,
            }
            for one in moved.floors
        ],
    }


def month_dict(month: Month) -> dict[str, Any]:
    """Return a month beside its plan as JSON; exact minor units as decimal text."""
    names = (
        "planned",
        "actual",
        "difference",
        "planned_quantity",
        "actual_quantity",
        "price_effect",
        "quantity_effect",
    )
    return {
        "month": f"{month.first:%Y-%m}",
        "over": month.over,
        "currency": month.currency,
        "planned": _exact(month.planned),
        "actual": _exact(month.actual),
        "items": [
            {
                "item": line.item,
                "name": line.name.both(),
                **{name: _exact(getattr(line, name)) for name in names},
                "reason": line.reason,
                "bills": line.bills,
            }
            for line in month.lines
        ],
    }


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
