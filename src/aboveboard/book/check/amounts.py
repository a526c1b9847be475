"""Numbers that cannot be: money below zero or finer than a coin, a margin of everything, a tax of more than all."""

from __future__ import annotations

from decimal import Decimal

from aboveboard import money
from aboveboard.book.check import costs
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Service


def check(book: Book, report: Report) -> None:
    """Write findings about costs, taxes, margins, list prices and what tiers use."""
    costs.check(book, report)
    for number, tax in enumerate(book.taxes):
        if not 0 <= tax.rate < 1:
            report.add("tax.rate", ("taxes", number, "rate"), value=tax.rate)
    for number, service in enumerate(book.services):
        _service(book, service, ("services", number), report)


def amount(value: Decimal, currency: str, path: Path, report: Report) -> bool:
    """Return whether `value` can be asked for: not below zero, not absurd, whole coins; else write why not."""
    places = money.exponent(currency)
    if value < 0:
        report.add("money.negative", path, value=value)
    elif value > money.LARGEST:
        report.add("money.too_large", path, value=value, limit=f"{money.LARGEST:,}")
    elif value.scaleb(places) != value.scaleb(places).to_integral_value():
        report.add("money.too_fine", path, value=value, currency=currency, places=places)
    else:
        return True
    return False


def _service(book: Book, service: Service, path: Path, report: Report) -> None:
    if not 0 <= service.margin < 1:
        report.add("price.margin", (*path, "margin"), value=service.margin)
    for number, tier in enumerate(service.tiers):
        here = (*path, "tiers", number)
        listed = tier.list_price
        sound = listed is not None and amount(listed, book.business.currency, (*here, "list_price"), report)
        for index, use in enumerate(tier.uses):
            costs.use(book, use, listed if sound else None, (*here, "uses", index), report)
