"""Charges in one line, for tables: `charge("per_unit", price="3")`; and a small book around them."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from msgspec import structs

from aboveboard.book.load import load
from aboveboard.book.model import Band, Book, Charge, Meter, Service, Text, Tier, Use
from aboveboard.pricing.charges import Setting
from tests.support.books import BOOK

D = Decimal
_WORDS = {"counts", "per", "begun"}


def both(en: str, zh: str | None = None) -> Text:
    return Text(en=en, zh=zh or f"「{en}」")


def bands(*written: str) -> list[Band]:
    """Read `100:1.00` (up to 100, 1.00 each), `-:0.80` (the rest), `100:1.00+5` (and 5.00 once)."""
    found = []
    for one in written:
        end, _, price = one.partition(":")
        each, _, flat = price.partition("+")
        found.append(
            Band(
                up_to=None if end == "-" else D(end),
                price=D(each) if each else None,
                flat=D(flat) if flat else None,
            )
        )
    return found


def charge(kind: Any, name: str = "use", **more: Any) -> Charge:
    read = {
        key: D(value) if isinstance(value, str) and key not in _WORDS else value
        for key, value in more.items()
    }
    return Charge(id=name, name=both(name), kind=kind, **read)


def meter(name: str, decimals: int = 0, **more: Any) -> Meter:
    return Meter(id=name, name=both(name), one=both(name), many=both(f"{name}s"), decimals=decimals, **more)


METERS = (meter("ball"), meter("km", 1), meter("gigabyte", 6), meter("turnover", 2, unit="money"))
SETTING = Setting("USD", METERS)


@cache
def _studio() -> Book:
    found = load(BOOK).book
    assert found is not None
    return found


def tier(**more: Any) -> Tier:
    name = more.pop("id", "basic")
    return Tier(
        id=name, name=both(name), what=both("what"), uses=[Use(item="hour", quantity=D("0.1"))], **more
    )


def service(*tiers: Tier, **more: Any) -> Service:
    return Service(
        **{
            "id": "club", "name": both("club"), "what": both("what"), "unit": "month", "margin": D("0.1"),
            "tax": _studio().taxes[0].id, "tiers": list(tiers),
        } | more
    )  # fmt: skip


def book(*services: Service, currency: str = "USD", **more: Any) -> Book:
    business = structs.replace(_studio().business, currency=currency)
    return structs.replace(
        _studio(), business=business, services=list(services), **{"meters": list(METERS)} | more
    )
