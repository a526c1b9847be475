"""Small books for tests: a clinic with one service, so that a table of prices can be read like a price list."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from aboveboard.book.model import (
    Book,
    Business,
    Contact,
    CostItem,
    DataCategory,
    DataValue,
    Loyalty,
    LoyaltyLevel,
    Notice,
    NoticeSection,
    Promotion,
    Purpose,
    Season,
    Service,
    Tax,
    Text,
    Tier,
    Use,
)

D = Decimal


def both(en: str, zh: str | None = None) -> Text:
    return Text(en=en, zh=zh or f"「{en}」")


def season(name: str, starts: str, ends: str, change: str, **more: Any) -> Season:
    return Season(
        id=name,
        name=both(name),
        starts=starts,
        ends=ends,
        change=D(change),
        why=both(f"{name} is so"),
        **more,
    )


def promotion(name: str, starts: str, ends: str, **more: Any) -> Promotion:
    start, end = datetime.date.fromisoformat(starts), datetime.date.fromisoformat(ends)
    return Promotion(id=name, name=both(name), starts=start, ends=end, why=both(f"{name} is so"), **more)


def loyalty(fact: Any, *levels: tuple[int, str], **more: Any) -> Loyalty:
    rungs = [LoyaltyLevel(at_least=at_least, change=D(change)) for at_least, change in levels]
    name = f"thanks_for_{fact}"
    return Loyalty(
        id=name, name=both(name), fact=fact, levels=rungs, why=both("We know our regulars"), **more
    )


def data_value(amount: str, low: str = "1.00", **more: Any) -> DataValue:
    return DataValue(
        amount=D(amount),
        low=D(low),
        high=D(amount) * 2,
        method=both("We counted the time it saves"),
        source=both("Our own bills"),
        worked_out=datetime.date(2026, 1, 1),
        **more,
    )


def cost(kind: Any = "time", name: str = "therapist", unit: Any = "hour", **more: Any) -> CostItem:
    words = ("role", "driver")
    more = {
        key: D(value) if isinstance(value, str) and key not in words else value for key, value in more.items()
    }
    return CostItem(id=name, name=both(name), kind=kind, unit=unit, **more)


def tier(name: str, list_price: str, *uses: tuple[str, str]) -> Tier:
    parts = [Use(item=item, quantity=D(quantity)) for item, quantity in uses]
    return Tier(id=name, name=both(name), what=both("what"), list_price=D(list_price), uses=parts)


def service(
    *tiers: Tier, name: str = "treatment", margin: str = "0.25", unit: Any = "visit", **more: Any
) -> Service:
    return Service(
        id=name,
        name=both(name),
        what=both("what"),
        unit=unit,
        margin=D(margin),
        tax="none",
        tiers=list(tiers),
        **more,
    )


def book(**chapters: Any) -> Book:
    """Return a book with the given chapters: by default one treatment for 100.00 that costs 60.00, and no tax."""
    currency = chapters.pop("currency", "USD")
    rate = chapters.pop("tax", "0")
    plain = both("word")
    contact = Contact(email="desk@clinic.example", phone="+1 415 555 0100", address=plain)
    chapters.setdefault("open_book", "items")
    chapters.setdefault("costs", [cost(rate="60.00")])
    chapters.setdefault("data_value", [data_value("1000.00")])
    chapters.setdefault("services", [service(tier("standard", "100.00", ("therapist", "1")))])
    return Book(
        book=1,
        business=Business(
            id="clinic",
            name=both("Clinic"),
            kind="clinic",
            place="US-CA",
            currency=currency,
            timezone="America/Los_Angeles",
            contact=contact,
        ),
        data=[DataCategory(id="visits", name=plain, example=plain)],
        purposes=[
            Purpose(
                id="personal_prices",
                name=plain,
                what=plain,
                why=plain,
                example=plain,
                benefit=plain,
                if_no=plain,
                kind="pricing",
                basis="consent",
                data=["visits"],
                facts=["visits", "months"],
            )
        ],
        notice=Notice(
            version="1",
            effective=datetime.date(2026, 1, 1),
            title=plain,
            sections=[NoticeSection(heading=plain, body=plain)],
        ),
        taxes=[Tax(id="none", name=both("Sales tax"), rate=D(rate), why=both("The law says so"))],
        **chapters,
    )
