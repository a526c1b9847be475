"""What one unit of a cost item costs: a flat amount, a share of what the customer pays, or both, with its sum in words.

- An hour of a role: wage × (1 + burden) / billed. A therapist paid 40.00 with 20 % on top, of whose paid hours 80 % are
  billed, costs 60.00 for each hour that somebody pays for.
- A month's bill over the month's practical capacity (of the item itself, or of the driver that carries it).
- A device: purchase price and upkeep over its life in the item's unit.
- A rate as it is written, or a share of the price: what a bank takes of a payment it takes of the tax as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from aboveboard.book.model import Book, CostItem, Driver, Role
from aboveboard.pricing.costs.numbers import exact, minor, positive
from aboveboard.pricing.costs.says import Value, amount_of, cash, fill
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.says import exact_cash
from aboveboard.pricing.says import share as percent
from aboveboard.words import Text

#: How many of the smaller unit are one of the larger.
_CONVERTED = {("hour", "minute"): Fraction(60), ("minute", "hour"): Fraction(1, 60)}


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit costs: `flat` exact minor units, and a `share` of the payment; `said` is the sum behind `flat`.

    `source` is where the number comes from, if that is told elsewhere than in the item (a role's wage).
    """

    flat: Fraction
    share: Fraction
    said: Text
    source: Text | None = None


def rate_of(book: Book, item: CostItem) -> Rate:
    """Return what one unit of `item` costs, by the values that are written in it; raises `PriceError` for a broken item."""
    where, currency = f"cost {item.id}", book.business.currency
    if item.role is not None:
        return _of_role(_role(book, item.role, where), item, currency)
    if item.rate is not None or item.share is not None:
        flat = minor(item.rate or Decimal(0), currency, where)
        taken = exact(item.share or Decimal(0), where)
        return Rate(flat, taken, cash(item.rate or Decimal(0), currency))
    if item.price is not None:
        return _of_life(item, currency, where)
    return _of_month(book, item, currency, where)


def loaded(role: Role, currency: str) -> Fraction:
    """Return what a billed hour of a role costs, in exact minor units: wage × (1 + burden) / billed."""
    where = f"role {role.id}"
    wage, burden = minor(role.wage, currency, where), exact(role.burden, where)
    return wage * (1 + burden) / positive(role.billed, where)


def capacity_of(book: Book, item: CostItem) -> Fraction | None:
    """Return how many units of `item` one month can carry; None for an item that no month carries."""
    if item.per_month is None:
        return None
    where = f"cost {item.id}"
    if item.driver is None:
        return positive(item.capacity, where)
    driver = _driver(book, item.driver, where)
    return positive(driver.capacity, f"driver {driver.id}") * _converted(driver.unit, item, where)


def _of_role(role: Role, item: CostItem, currency: str) -> Rate:
    hour = loaded(role, currency)
    source = role.source.words if role.source else None
    sums: dict[str, Value] = {
        "money": exact_cash(decimal(hour), currency),
        "wage": cash(role.wage, currency),
        "burden": percent(role.burden),
        "billed": percent(role.billed),
    }
    if item.unit == "minute":
        return Rate(hour / 60, Fraction(0), fill("unit.role_minute", **sums), source)
    return Rate(hour, Fraction(0), fill("unit.role", **sums), source)


def _of_life(item: CostItem, currency: str, where: str) -> Rate:
    upkeep = item.upkeep or Decimal(0)
    whole = minor(item.price, currency, where) + minor(upkeep, currency, where)
    life = positive(item.life, where)
    said = fill(
        "unit.life_upkeep" if upkeep else "unit.life",
        price=cash(item.price or Decimal(0), currency),
        life=amount_of(item.unit, decimal(life)),
        **({"upkeep": cash(upkeep, currency)} if upkeep else {}),
    )
    return Rate(whole / life, Fraction(0), said)


def _of_month(book: Book, item: CostItem, currency: str, where: str) -> Rate:
    bill, capacity = minor(item.per_month, currency, where), capacity_of(book, item)
    if capacity is None:
        raise PriceError("book_broken", where=where)
    said = fill(
        "unit.month",
        money=cash(item.per_month or Decimal(0), currency),
        capacity=amount_of(item.unit, decimal(capacity)),
    )
    return Rate(bill / capacity, Fraction(0), said)


def _role(book: Book, role: str, where: str) -> Role:
    found = next((each for each in book.roles if each.id == role), None)
    if found is None:
        raise PriceError("book_broken", where=where)
    return found


def _driver(book: Book, driver: str, where: str) -> Driver:
    found = next((each for each in book.drivers if each.id == driver), None)
    if found is None:
        raise PriceError("book_broken", where=where)
    return found


def _converted(unit: str, item: CostItem, where: str) -> Fraction:
    """Return how many of the item's units one of the driver's is; raises `PriceError` for hours that are counted in pieces."""
    if unit == item.unit:
        return Fraction(1)
    try:
        return _CONVERTED[unit, item.unit]
    except KeyError:
        raise PriceError("book_broken", where=where) from None
