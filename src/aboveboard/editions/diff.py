"""What one book says that another does not: chapters by id, prices by tier. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from aboveboard.book.model import Book, DataValue, Service, Sold, Tier
from aboveboard.pricing.costs import floor_of
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.listed import price_of_one, request_for_one
from aboveboard.pricing.quote import price
from aboveboard.pricing.steps import NO_BACKGROUND, Background, PriceRequest
from aboveboard.words import Text

#: Chapters that are lists of things with an id, with what one is called in the texts of the book.
CHAPTERS = {
    "data": "data",
    "purposes": "purpose",
    "partners": "partner",
    "roles": "role",
    "drivers": "driver",
    "costs": "cost",
    "no_shows": "no_shows",
    "channels": "channel",
    "segments": "segment",
    "taxes": "tax",
    "meters": "meter",
    "features": "feature",
    "services": "service",
    "groups": "group",
    "seasons": "season",
    "conditions": "condition",
    "promotions": "promotion",
    "loyalty": "loyalty",
    "fees": "fee",
    "witnesses": "witness",
}
#: Chapters that are one thing, or a list without ids.
SINGLE = (
    "business", "notice", "open_book", "normal_month", "guards", "data_value", "agreements", "points", "credit", "market",
    "law", "imports",
)  # fmt: skip


#: What a price for anyone must know beside its book.
Behind = Callable[[Service, PriceRequest], Background]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is new, gone or different; `keys` names what differs in it (in the book's own words)."""

    chapter: str
    id: str
    what: Literal["added", "removed", "changed"]
    name: Text
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prices:
    """The numbers of one tier, in minor units: list price, floor, and what one costs on the day, tax included, for anyone."""

    listed: int
    floor: int
    example: int
    currency: str


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One tier whose numbers change; None where it is not sold."""

    service: str
    tier: str
    service_name: Text
    tier_name: Text
    unit: str
    before: Prices | None
    after: Prices | None


def changes(before: Book | None, after: Book) -> list[Change]:
    """Return what is new, gone or different, chapter by chapter, in the order of the book."""
    found = [] if before is None else list(_single(before, after))
    for chapter in CHAPTERS:
        old = {each.id: each for each in getattr(before, chapter)} if before is not None else {}
        new = {each.id: each for each in getattr(after, chapter)}
        for key, entry in new.items():
            if key not in old:
                found.append(Change(chapter, key, "added", entry.name.words))
            elif old[key] != entry:
                found.append(Change(chapter, key, "changed", entry.name.words, _keys(old[key], entry)))
        found += [
            Change(chapter, key, "removed", entry.name.words) for key, entry in old.items() if key not in new
        ]
    return found


def price_changes(
    before: Book | None, after: Book, on: datetime.date, behind: tuple[Behind, Behind] | None = None
) -> list[PriceChange]:
    """Return every tier whose list price, floor or price of the day differs.

    `behind` tells for either book what a price must know beside it; without it, nothing.
    """
    was, is_ = behind or (_nothing, _nothing)
    old = {(service.id, tier.id): (service, tier) for service, tier in _tiers(before)}
    new = {(service.id, tier.id): (service, tier) for service, tier in _tiers(after)}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        then = _prices(before, *old[key], on, was) if before is not None and key in old else None
        now = _prices(after, *new[key], on, is_) if key in new else None
        if then != now:
            service, tier = new.get(key) or old[key]
            names = service.name.words, tier.name.words
            found.append(PriceChange(*key, *names, service.unit, then, now))
    return found


def _single(before: Book, after: Book) -> Iterator[Change]:
    for chapter in SINGLE:
        old, new = getattr(before, chapter), getattr(after, chapter)
        name = Text(en=chapter, zh=chapter)
        if old is None or new is None:
            if old is not new:
                yield Change(chapter, chapter, "added" if old is None else "removed", name)
        elif old != new:
            yield Change(chapter, chapter, "changed", name, _what(old, new))


def _what(old: Any, new: Any) -> tuple[str, ...]:
    """Return what differs in a chapter that is one thing: its keys, the services of its lines, or the word that changed."""
    if isinstance(new, list):
        differing = [line for line in (*old, *new) if (line in old) is not (line in new)]
        concerned = (service for line in differing for service in _services(line))
        return tuple(dict.fromkeys(concerned)) or ("order",)
    return _keys(old, new) if isinstance(new, msgspec.Struct) else (f"{old} → {new}",)


def _services(line: Sold | DataValue) -> list[str]:
    return [line.service] if isinstance(line, Sold) else line.services or ["all"]


def _keys(old: msgspec.Struct, new: msgspec.Struct) -> tuple[str, ...]:
    def differs(name: str) -> bool:
        one: Any = getattr(old, name)
        return bool(one != getattr(new, name))

    return tuple(name for name in new.__struct_fields__ if differs(name))


def _tiers(book: Book | None) -> Iterator[tuple[Service, Tier]]:
    for service in book.services if book is not None else ():
        for tier in service.tiers:
            yield service, tier


def _nothing(_service: Service, _asked: PriceRequest) -> Background:
    return NO_BACKGROUND


def _prices(book: Book, service: Service, tier: Tier, on: datetime.date, behind: Behind) -> Prices:
    currency, asked = book.business.currency, request_for_one(service, tier, on)
    return Prices(
        listed=price_of_one(book, service, tier),
        floor=floor_of(book, service, tier, on=on).amount,
        example=price(book, asked, NO_FACTS, behind(service, asked)).total,
        currency=currency,
    )
