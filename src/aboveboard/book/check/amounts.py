"""Numbers that cannot be: money below zero or finer than a coin, a capacity of nothing, a margin of everything."""

from __future__ import annotations

from decimal import Decimal

from aboveboard import money
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, CostItem, Service, Tier, Use

#: A single cost that is so many times the price is a slip of the decimal point.
ABSURD = 20


def check(book: Book, report: Report) -> None:
    """Write findings about costs, taxes, margins, list prices and what tiers use."""
    for number, item in enumerate(book.costs):
        _cost(item, ("costs", number), report)
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
        report.add("money.too_large", path, value=value)
    elif value.scaleb(places) != value.scaleb(places).to_integral_value():
        report.add("money.too_fine", path, value=value, currency=currency, places=places)
    else:
        return True
    return False


def _cost(item: CostItem, path: Path, report: Report) -> None:
    by_use = item.rate is not None
    by_month = item.per_month is not None and item.capacity is not None
    if by_use == by_month or (by_use and (item.per_month is not None or item.capacity is not None)):
        report.add("cost.form", path)
    for key, value in (("rate", item.rate), ("per_month", item.per_month)):
        if value is not None and value < 0:
            report.add("money.negative", (*path, key), value=value)
        elif value is not None and value > money.LARGEST:
            report.add("money.too_large", (*path, key), value=value)
    if item.capacity is not None and not 0 < item.capacity <= money.LARGEST:
        report.add("cost.capacity", (*path, "capacity"), value=item.capacity)
    if not 0 <= item.waste < 1:
        report.add("cost.waste", (*path, "waste"), value=item.waste)


def _service(book: Book, service: Service, path: Path, report: Report) -> None:
    if not 0 <= service.margin < 1:
        report.add("price.margin", (*path, "margin"), value=service.margin)
    for number, tier in enumerate(service.tiers):
        here = (*path, "tiers", number)
        listed = tier.list_price
        sound = listed is not None and amount(listed, book.business.currency, (*here, "list_price"), report)
        for index, use in enumerate(tier.uses):
            _use(book, tier, use, (*here, "uses", index), report, sound)


def _use(book: Book, tier: Tier, use: Use, path: Path, report: Report, sound: bool) -> None:
    item = next((cost for cost in book.costs if cost.id == use.item), None)
    if not 0 < use.quantity <= money.LARGEST:
        unit = item.unit if item else "–"
        report.add("cost.quantity", (*path, "quantity"), value=use.quantity, unit=unit)
    elif item is not None and sound and tier.list_price:
        cost = _unit_cost(item) * use.quantity
        if cost > ABSURD * tier.list_price:
            report.add(
                "cost.absurd",
                (*path, "quantity"),
                item=item.name.words,
                cost=round(cost, 2),
                price=tier.list_price,
                times=ABSURD,
            )


def _unit_cost(item: CostItem) -> Decimal:
    """Return roughly what one unit costs; 0 where the item is broken, which is told elsewhere."""
    if item.rate is not None:
        return item.rate
    if item.per_month is None or not item.capacity or item.capacity < 0:
        return Decimal(0)
    return item.per_month / item.capacity
