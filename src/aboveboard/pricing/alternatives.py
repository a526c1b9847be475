"""What would make it cheaper: the three smallest changes by the customer that would lower the price most.

Each change is one that the customer can make: another day nearby, another time of day, another tier, more at once, earlier
booking, another way of buying, an offer that asks for something. Every candidate is priced by the same code with the same
facts, so what it promises is what it would cost. Of each kind the one that saves most counts; of equal savings the smallest
change. Nothing personal is suggested: nobody is told to give more data to pay less.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from aboveboard.book.model import Book, When
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.quote import MOST, price
from aboveboard.pricing.says import cash, fill, full_date, t
from aboveboard.pricing.steps import NO_BACKGROUND, Background, Price, PriceRequest
from aboveboard.words import Text

Way = Literal["day", "time", "lead", "tier", "quantity", "channel", "offer"]

#: How many days before and after the one that was asked are looked at; most people can move a visit by two weeks.
NEAR = 14
#: So many changes are named; more would be a catalogue.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """One change: what to do (`words`), the whole `total` then, and how much less that is, in minor units.

    For another quantity both are for one unit, since the whole costs more.
    """

    way: Way
    request: PriceRequest
    total: int
    saves: int
    words: Text


@dataclass(frozen=True, slots=True)
class _Candidate:
    way: Way
    request: PriceRequest
    distance: int


def alternatives(
    book: Book,
    made: Price,
    facts: AllowedFacts = NO_FACTS,
    background: Background = NO_BACKGROUND,
    today: datetime.date | None = None,
) -> tuple[Alternative, ...]:
    """Return up to three changes that make the price lower, the largest saving first; `today` keeps them out of the past."""
    best: dict[str, tuple[int, int, Alternative]] = {}
    for candidate in _candidates(book, made.request, today):
        try:
            other = price(book, candidate.request, facts, background)
        except PriceError:
            continue
        found = _compared(candidate, made, other)
        if found is None:
            continue
        known = best.get(found.way)
        if known is None or (-found.saves, candidate.distance) < known[:2]:
            best[found.way] = (-found.saves, candidate.distance, found)
    ranked = sorted(best.values(), key=lambda each: each[:2])
    return tuple(each for _, _, each in ranked[:NAMED])


def _compared(candidate: _Candidate, made: Price, other: Price) -> Alternative | None:
    """Return what the change saves, or None if it saves nothing."""
    many, asked = other.request.quantity, made.request.quantity
    if candidate.way == "quantity":
        # The price of one: a whole that costs more is no saving by itself.
        before, after = made.total * many, other.total * asked
        saves = (before - after) // (many * asked)
        total = -(-other.total // many)
    else:
        saves, total = made.total - other.total, other.total
    if saves <= 0:
        return None
    words = _words(candidate, made, other, cash(saves, made.currency), cash(total, made.currency))
    return Alternative(candidate.way, other.request, total, saves, words)


def _words(candidate: _Candidate, made: Price, other: Price, saves: Text, total: Text) -> Text:
    asked = other.request
    minute = asked.minute or 0
    offers = [step.label for step in other.steps if step.kind == "promotion" and step.applied]
    new = [each for each in offers if each not in [s.label for s in made.steps if s.applied]]
    return fill(
        f"alternative.{candidate.way}",
        saves=saves,
        total=total,
        day=full_date(asked.on),
        time=f"{minute // 60:02}:{minute % 60:02}",
        days=(asked.on - asked.booked).days if asked.booked else 0,
        tier=other.tier,
        n=asked.quantity,
        channel=asked.channel or "",
        offer=new[0] if new else t.text("alternative.an_offer"),
    )


def _candidates(book: Book, asked: PriceRequest, today: datetime.date | None) -> Iterator[_Candidate]:
    """Yield every change worth trying, the smallest of each kind first."""
    for step in range(1, NEAR + 1):
        for on in (asked.on + datetime.timedelta(step), asked.on - datetime.timedelta(step)):
            if (today is None or on >= today) and (asked.booked is None or on >= asked.booked):
                yield _Candidate("day", replace(asked, on=on), step)
    whens = list(_whens(book, asked.service))
    if asked.minute is not None:
        for minute in sorted(
            {_minute(when.after) for when in whens} | {_minute(when.before) for when in whens} | {12 * 60}
        ):
            if minute % 1440 != asked.minute:
                moved = replace(asked, minute=minute % 1440)
                yield _Candidate("time", moved, abs(minute - asked.minute))
    if asked.booked is not None:
        for lead in sorted({when.lead_least for when in whens if when.lead_least is not None}):
            on = asked.booked + datetime.timedelta(lead)
            if on > asked.on:
                yield _Candidate("lead", replace(asked, on=on), lead)
    yield from _other_orders(book, asked, whens)


def _other_orders(book: Book, asked: PriceRequest, whens: list[When]) -> Iterator[_Candidate]:
    service = book.service(asked.service)
    tiers = [] if service is None else [tier.id for tier in service.tiers]
    for place, tier in enumerate(tiers):
        if tier != asked.tier:
            distance = abs(place - tiers.index(asked.tier)) if asked.tier in tiers else 1
            yield _Candidate("tier", replace(asked, tier=tier), distance)
    steps = {when.least for when in whens if when.least is not None}
    steps |= {promotion.free_every for promotion in book.promotions if promotion.free_every}
    for many in sorted(steps | {asked.quantity + 1}):
        if asked.quantity < many <= MOST:
            yield _Candidate("quantity", replace(asked, quantity=many), many - asked.quantity)
    if asked.channel is not None:
        for channel in sorted({channel for when in whens for channel in when.channels} - {asked.channel}):
            yield _Candidate("channel", replace(asked, channel=channel), 1)
    for promotion in book.promotions:
        if promotion.bundle and not promotion.coupon and not promotion.referral:
            basket = tuple(dict.fromkeys((*asked.basket, *promotion.bundle)))
            yield _Candidate("offer", replace(asked, basket=basket), len(promotion.bundle))


def _whens(book: Book, service: str) -> Iterator[When]:
    for condition in book.conditions:
        if not condition.services or service in condition.services:
            yield condition.when
    for promotion in book.promotions:
        if promotion.when is not None and (not promotion.services or service in promotion.services):
            yield promotion.when


def _minute(text: str | None) -> int:
    hours, _, minutes = (text or "12:00").partition(":")
    return int(hours) * 60 + int(minutes)
