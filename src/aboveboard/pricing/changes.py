"""What a customer could change about an order, the smallest change of each kind first.

These are only candidates; `alternatives` prices each one. Where a rule of the book has a threshold (a band, a package, a lead
time, an hour, an amount to spend) the candidates are the nearest points on its other side, since only there a price can change.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from aboveboard.book.model import Book, Charge, Promotion, Service, Tier, When
from aboveboard.pricing.quote import MOST
from aboveboard.pricing.steps import PriceRequest

Way = Literal["day", "time", "lead", "tier", "course", "quantity", "seats", "terms", "channel", "offer"]

#: How many days before and after the one that was asked are looked at; most people can move a visit by two weeks.
NEAR = 14
#: So many more at once are still a small change, or twice as many; a hundred for somebody who asks for one is another order.
FEW = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A candidate: what would be asked then, and how far that is from what was asked, in the unit of its kind.

    `many` is how many of what was asked for it gives. `before` is 1 where the time is the minute before a threshold.
    """

    way: Way
    request: PriceRequest
    distance: int
    many: int = 1
    before: int = 0


def changes(book: Book, asked: PriceRequest, today: datetime.date | None) -> Iterator[Change]:
    """Yield every change worth trying; days before `today`, or before the day of booking, are not."""
    service = book.service(asked.service)
    if service is None:
        return
    usual = asked.tier or service.default_tier or service.tiers[0].id
    tier = next((tier for tier in service.tiers if tier.id == usual), service.tiers[0])
    asked = replace(asked, tier=tier.id)
    whens = list(_whens(book, asked.service))
    yield from _moments(asked, whens, today)
    yield from _tiers(service, asked)
    yield from _courses(book, asked)
    for many in _amounts(book, tier, asked, whens):
        yield Change("quantity", replace(asked, quantity=many), many - asked.quantity, many)
    for seats in _seats(tier, asked):
        yield Change("seats", replace(asked, seats=seats), seats - (asked.seats or 0))
    yield from _terms(book, asked)
    if asked.channel is not None:
        for channel in sorted({channel for when in whens for channel in when.channels} - {asked.channel}):
            yield Change("channel", replace(asked, channel=channel), 1)
    for promotion in book.promotions:
        if promotion.bundle and not promotion.coupon and not promotion.referral:
            basket = tuple(dict.fromkeys((*asked.basket, *promotion.bundle)))
            if asked.service not in promotion.bundle and basket != asked.basket:
                yield Change("offer", replace(asked, basket=basket), len(promotion.bundle))


# ------------------------------------------------------------------------------------------------------ another moment
def _moments(asked: PriceRequest, whens: Sequence[When], today: datetime.date | None) -> Iterator[Change]:
    for step in range(1, NEAR + 1):
        for on in (asked.on + datetime.timedelta(step), asked.on - datetime.timedelta(step)):
            if (today is None or on >= today) and (asked.booked is None or on >= asked.booked):
                yield Change("day", replace(asked, on=on), step)
    if asked.minute is not None:
        for minute, before in _times(whens):
            if minute != asked.minute:
                moved = replace(asked, minute=minute)
                yield Change("time", moved, abs(minute - asked.minute), before=before)
    if asked.booked is not None:
        for lead in sorted({when.lead_least for when in whens if when.lead_least is not None}):
            on = asked.booked + datetime.timedelta(lead)
            if on > asked.on:
                yield Change("lead", replace(asked, on=on), lead)


def _times(whens: Sequence[When]) -> Iterator[tuple[int, int]]:
    """Yield (minute of the day, 1 if it is the last one before a threshold); midday stands for a day without hours."""
    edges = {_minute(edge) for when in whens for edge in (when.after, when.before) if edge is not None}
    for minute in sorted({edge % 1440 for edge in edges} | {12 * 60}):
        yield minute, 0
    for when in whens:
        if when.after is not None and _minute(when.after) > 0:
            yield _minute(when.after) - 1, 1


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


# ------------------------------------------------------------------------------------------------- another thing, or more
def _tiers(service: Service, asked: PriceRequest) -> Iterator[Change]:
    tiers = [tier.id for tier in service.tiers]
    for place, tier in enumerate(tiers):
        if tier != asked.tier:
            yield Change("tier", replace(asked, tier=tier), abs(place - tiers.index(asked.tier or tiers[0])))


def _courses(book: Book, asked: PriceRequest) -> Iterator[Change]:
    """Yield the courses that hold what was asked for, as many of each as it takes."""
    for service in book.services:
        for tier in service.tiers:
            held = tier.holds
            if held is None or held.service != asked.service or held.tier != asked.tier:
                continue
            courses = -(-asked.quantity // held.quantity)
            many = courses * held.quantity
            if courses <= MOST and _few(many, max(asked.quantity, held.quantity)):
                there = replace(
                    asked, service=service.id, tier=tier.id, quantity=courses, terms=None, add_ons=()
                )
                yield Change("course", there, many - asked.quantity, many)


def _terms(book: Book, asked: PriceRequest) -> Iterator[Change]:
    """Yield what the customer could agree to for longer; who has agreed to something is not told to agree to more."""
    if book.agreements is None or asked.terms is not None:
        return
    for terms in book.agreements.terms:
        meant = asked.service in terms.services and (not terms.tiers or asked.tier in terms.tiers)
        if meant and asked.quantity >= terms.least:
            yield Change("terms", replace(asked, terms=terms.id), terms.months)


def _amounts(book: Book, tier: Tier, asked: PriceRequest, whens: Sequence[When]) -> list[int]:
    """Return the quantities above the one asked for at which something of the book begins, the smallest first."""
    now = asked.quantity
    found = {now + 1}
    found |= {when.least for when in whens if when.least is not None}
    found |= {when.most + 1 for when in whens if when.most is not None}
    for promotion in _promotions(book, asked.service):
        if promotion.free_every:
            found.add((now // promotion.free_every + 1) * promotion.free_every)
        if promotion.spend_least and tier.list_price:
            found.add(_whole(promotion.spend_least / tier.list_price, up=True))
    for charge in tier.charges:
        if charge.kind != "time" and charge.counts in (None, "quantity"):
            found |= set(_thresholds(charge, now))
    return [many for many in sorted(found) if now < many <= MOST and _few(many, now)]


def _seats(tier: Tier, asked: PriceRequest) -> list[int]:
    """Return numbers of seats at which a charge begins to count otherwise."""
    if asked.seats is None:
        return []
    now = asked.seats
    found = {many for charge in tier.charges if charge.counts == "seats" for many in _thresholds(charge, now)}
    if tier.seats is not None and tier.seats.extra is not None:
        more = now - tier.seats.included
        found |= {tier.seats.included + many for many in _thresholds(tier.seats.extra, more)}
    return [seats for seats in sorted(found) if now < seats <= MOST and _few(seats, now)]


def _thresholds(charge: Charge, now: int) -> Iterator[int]:
    """Yield how many must be counted for the next band, a full package, or all that is included."""
    free = charge.free or Decimal(0)
    for band in charge.bands:
        if band.up_to is not None:
            yield _whole(free + band.up_to) + 1
    if charge.size and now > free:
        yield _whole(free + _whole((now - free) / charge.size, up=True) * charge.size)
    if charge.included is not None:
        yield _whole(free + charge.included)


def _few(many: int, asked: int) -> bool:
    return many <= max(asked + FEW, asked * 2)


def _whole(number: Decimal, *, up: bool = False) -> int:
    return int(number.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))


# ------------------------------------------------------------------------------------------------------- what the book has
def _promotions(book: Book, service: str) -> Iterator[Promotion]:
    for promotion in book.promotions:
        if not promotion.services or service in promotion.services:
            yield promotion


def _whens(book: Book, service: str) -> Iterator[When]:
    for condition in book.conditions:
        if not condition.services or service in condition.services:
            yield condition.when
    for promotion in _promotions(book, service):
        if promotion.when is not None:
            yield promotion.when
