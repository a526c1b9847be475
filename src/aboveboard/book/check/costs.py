"""Costs that cannot be: two prices for one thing, a capacity of nothing, hours carried by pieces, changes out of order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import structs

from aboveboard import money
from aboveboard.book.check.large import small_enough
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import (
    Book,
    CostChange,
    CostItem,
    Driver,
    DriverChange,
    NoShows,
    Role,
    RoleChange,
    Use,
)
from aboveboard.words.catalogue import Catalogue

#: A single cost that is so many times the price is a slip of the decimal point.
ABSURD = 20
_TIME = frozenset({"hour", "minute"})
#: Keys of an item by what a wrong number in them means.
_MONEY = ("rate", "per_month", "price", "upkeep")


def check(book: Book, report: Report) -> None:
    """Write findings about roles, drivers, cost items, no-shows, channels, segments and the normal month."""
    for number, role in enumerate(book.roles):
        _role(role, ("roles", number), report)
        _changes(role, role.changes, ("roles", number), report)
    for number, driver in enumerate(book.drivers):
        _above_zero(driver.capacity, "cost.capacity", ("drivers", number, "capacity"), report)
        _changes(driver, driver.changes, ("drivers", number), report)
    for number, item in enumerate(book.costs):
        _item(book, item, ("costs", number), report)
    for number, entry in enumerate(book.no_shows):
        _no_shows(book, entry, ("no_shows", number), report)
    for chapter in ("channels", "segments"):
        for number, each in enumerate(getattr(book, chapter)):
            for index, one in enumerate(each.uses):
                use(book, one, None, (chapter, number, "uses", index), report)
    for number, sold in enumerate(book.normal_month):
        here = ("normal_month", number, "number")
        if small_enough(sold.number, here, report) and sold.number < 0:
            report.add("money.negative", here, value=sold.number)


def use(book: Book, used: Use, price: Decimal | None, path: Path, report: Report) -> None:
    """Write findings about one use; `price` is the list price of what uses it, if it has a sound one."""
    item = next((cost for cost in book.costs if cost.id == used.item), None)
    if (used.quantity is None) == (not used.steps):
        report.add("cost.amount", path)
        return
    for index, step in enumerate(used.steps):
        _share(step.share, (*path, "steps", index, "share"), report, most=Decimal(1))
    if not small_enough(used.amount, (*path, "quantity"), report):
        return
    if used.amount <= 0:
        unit = item.unit if item else "–"
        report.add("cost.quantity", (*path, "quantity"), value=used.amount, unit=unit)
    elif item is not None and price:
        cost = _unit_cost(book, item) * used.amount
        if cost > ABSURD * price:
            here, name = (*path, "quantity"), item.name.words
            report.add("cost.absurd", here, item=name, cost=round(cost, 2), price=price, times=ABSURD)


def _role(role: Role | RoleChange, path: Path, report: Report) -> None:
    for key in ("wage", "burden"):
        value: Decimal | None = getattr(role, key)
        if value is not None:
            _amount(value, (*path, key), report)
    if role.billed is not None and not 0 < role.billed <= 1:
        report.add("cost.billed", (*path, "billed"), value=role.billed)


def _item(book: Book, item: CostItem, path: Path, report: Report) -> None:
    _form(item, path, report)
    _numbers(item, path, report)
    _changes(item, item.changes, path, report)
    if item.share is not None and item.kind != "fee":
        report.add("cost.kind", (*path, "share"), key="share", kind="fee")
    if item.role is not None:
        if item.kind != "time":
            report.add("cost.kind", (*path, "role"), key="role", kind="time")
        if item.unit not in _TIME:
            _unit(item, "role", item.role, "hour", path, report)
    driver = next((each for each in book.drivers if each.id == item.driver), None)
    if driver is not None and driver.unit != item.unit and not {driver.unit, item.unit} <= _TIME:
        _unit(item, "driver", driver.id, driver.unit, path, report)


def _form(item: CostItem, path: Path, report: Report) -> None:
    """Write a finding unless exactly one of the four ways to know a price is there, and whole."""
    by_rate = item.rate is not None or item.share is not None
    by_life = item.price is not None or item.life is not None or item.upkeep is not None
    by_month = item.per_month is not None or item.capacity is not None or item.driver is not None
    whole = (
        (not by_life or (item.price is not None and item.life is not None))
        and (not by_month or (item.per_month is not None and (item.capacity is None) != (item.driver is None)))
    )  # fmt: skip
    if [by_rate, item.role is not None, by_life, by_month].count(True) != 1 or not whole:
        report.add("cost.form", path)


def _numbers(item: CostItem | CostChange, path: Path, report: Report) -> None:
    for key in _MONEY:
        value: Decimal | None = getattr(item, key)
        if value is not None:
            _amount(value, (*path, key), report)
    if item.capacity is not None:
        _above_zero(item.capacity, "cost.capacity", (*path, "capacity"), report)
    if item.life is not None:
        _above_zero(item.life, "cost.life", (*path, "life"), report)
    if item.share is not None:
        _share(item.share, (*path, "share"), report)
    if item.waste is not None and not 0 <= item.waste < 1:
        report.add("cost.waste", (*path, "waste"), value=item.waste)


def _changes(
    entry: Role | Driver | CostItem,
    changes: Sequence[RoleChange | DriverChange | CostChange],
    path: Path,
    report: Report,
) -> None:
    """Write findings about changes: in order, of something that is there, and with numbers that can be."""
    before = None
    for number, change in enumerate(changes):
        here = (*path, "changes", number)
        given = {name for name, value in structs.asdict(change).items() if value is not None} - {"from_"}
        if before is not None and change.from_ <= before:
            report.add("cost.change_order", (*here, "from"), day=change.from_)
        before = change.from_
        if not given - {"source"}:
            report.add("cost.change_empty", here, day=change.from_)
        for name in sorted(given - {"source"}):
            if getattr(entry, name) is None:
                report.add("cost.change", (*here, name), key=name)
        match change:
            case RoleChange():
                _role(change, here, report)
            case DriverChange():
                _above_zero(change.capacity, "cost.capacity", (*here, "capacity"), report)
            case CostChange():
                _numbers(change, here, report)


def _no_shows(book: Book, entry: NoShows, path: Path, report: Report) -> None:
    _share(entry.share, (*path, "share"), report)
    for service in book.services:
        if entry.services and service.id not in entry.services:
            continue
        used = {use.item for tier in service.tiers for use in tier.uses}
        for index, item in enumerate(entry.items):
            if item not in used and any(cost.id == item for cost in book.costs):
                report.add("cost.not_ready", (*path, "items", index), item=item, service=service.name.words)


def _unit(item: CostItem, kind: str, other: str, unit: str, path: Path, report: Report) -> None:
    what = Catalogue.load("aboveboard.book").text(f"things.{kind}")
    report.add("cost.unit", (*path, "unit"), unit=item.unit, what=what, id=other, other=unit)


def _amount(value: Decimal, path: Path, report: Report) -> None:
    if value < 0:
        report.add("money.negative", path, value=value)
    elif value > money.LARGEST:
        report.add("money.too_large", path, value=value, limit=f"{money.LARGEST:,}")


def _above_zero(value: Decimal, code: str, path: Path, report: Report) -> None:
    if small_enough(value, path, report) and value <= 0:
        report.add(code, path, value=value)


def _share(value: Decimal, path: Path, report: Report, most: Decimal | None = None) -> None:
    if not 0 <= value < 1 and value != most:
        report.add("cost.share", path, value=value)


def _unit_cost(book: Book, item: CostItem) -> Decimal:
    """Return roughly what one unit costs; 0 where the item is broken, which is told elsewhere."""
    role = next((each for each in book.roles if each.id == item.role), None)
    driver = next((each for each in book.drivers if each.id == item.driver), None)
    if role is not None:
        return role.wage * (1 + role.burden) / role.billed if role.billed > 0 else Decimal(0)
    if item.rate is not None:
        return item.rate
    bill, units = item.per_month, driver.capacity if driver is not None else item.capacity
    if item.price is not None:
        bill, units = item.price + (item.upkeep or 0), item.life
    return bill / units if bill is not None and units is not None and units > 0 else Decimal(0)
