"""What would make it cheaper: the three smallest changes by the customer that would lower the price most.

Each change is one that the customer can make (`changes`): another day nearby, another time of day, another tier, a course that
holds what was asked for, more at once, agreeing for longer, earlier booking, another way of buying, an offer that asks for
something. Every candidate is priced by the same code with the same facts, so what it promises is what it would cost. Of each kind
the one that saves most counts; of equal savings the smallest change. Nothing personal is suggested: nobody is told to give more
data to pay less.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from aboveboard.book.model import Book, Service
from aboveboard.pricing.changes import NEAR, Change, Way, changes
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.quote import price
from aboveboard.pricing.says import cash, fill, full_date, listed, t
from aboveboard.pricing.steps import NO_BACKGROUND, Background, Price, PriceRequest
from aboveboard.words import Text

__all__ = ["NAMED", "NEAR", "Alternative", "Way", "alternatives"]

#: Ways that give at least as much as was asked for.
_MORE = ("quantity", "course", "seats")
#: So many changes are named; more would be a catalogue.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """One change: what to do (`words`), the whole `total` then, and how much less that is, in minor units.

    For another `quantity`, and a `course` that costs more as a whole, both are for one unit.
    """

    way: Way
    request: PriceRequest
    total: int
    saves: int
    words: Text


def alternatives(
    book: Book,
    made: Price,
    facts: AllowedFacts = NO_FACTS,
    background: Background = NO_BACKGROUND,
    today: datetime.date | None = None,
    priced: Callable[[PriceRequest], Price] | None = None,
) -> tuple[Alternative, ...]:
    """Return up to three changes that make the price lower, the largest saving first; `today` keeps them out of the past.

    `priced` gives the price of a changed order by all that is known of the firm's past: another tier has past prices of its
    own, and a budget that covers this order may not cover a larger one. Left out, each is priced by the same `background`.
    """
    best: dict[str, tuple[int, int, Alternative]] = {}
    asked = made.request
    for change in changes(book, asked, today):
        there = change.request
        try:
            other = price(book, there, facts, background) if priced is None else priced(there)
        except PriceError:
            continue
        found = _compared(book, change, made, other)
        if found is None:
            continue
        known = best.get(found.way)
        if known is None or (-found.saves, change.distance) < known[:2]:
            best[found.way] = (-found.saves, change.distance, found)
    ranked = sorted(best.values(), key=lambda each: each[:2])
    return tuple(each for _, _, each in ranked[:NAMED])


def _compared(book: Book, change: Change, made: Price, other: Price) -> Alternative | None:
    """Return what the change saves, or None if it saves nothing."""
    way, many, asked = change.way, change.many, made.request.quantity
    saves, total = made.total - other.total, other.total
    key = f"{way}_before" if change.before else way
    if way in _MORE and saves > 0:
        # More for less: volume prices, full packages and courses do that, and nobody should have to find it out.
        key = f"{way}_for_less"
    elif way in ("quantity", "course"):
        # The price of one: a whole that costs more is no saving by itself.
        saves, total = (made.total * many - other.total * asked) // (many * asked), -(-other.total // many)
    if saves <= 0:
        return None
    words = _words(book, change, made, other, (cash(saves, made.currency), cash(total, made.currency)), key)
    return Alternative(change.way, other.request, total, saves, words)


def _words(book: Book, change: Change, made: Price, other: Price, money: tuple[Text, Text], key: str) -> Text:
    asked = other.request
    minute = (asked.minute or 0) + change.before
    offers = [step.label for step in other.steps if step.kind == "promotion" and step.applied]
    new = [each for each in offers if each not in [s.label for s in made.steps if s.applied]]
    also = [_service(book, each).name.words for each in asked.basket if each not in made.request.basket]
    terms = [
        each.name.words
        for each in (book.agreements.terms if book.agreements else ())
        if each.id == asked.terms
    ]
    return fill(
        f"alternative.{key}",
        saves=money[0],
        total=money[1],
        day=full_date(asked.on),
        time=f"{minute // 60:02}:{minute % 60:02}",
        days=(asked.on - asked.booked).days if asked.booked else 0,
        tier=other.tier,
        service=other.service,
        n=asked.quantity if change.way != "course" else change.many,
        seats=asked.seats or 0,
        channel=asked.channel or "",
        terms=terms[0] if terms else "",
        also=listed(also) if also else "",
        offer=new[0] if new else t.text("alternative.an_offer"),
    )


def _service(book: Book, name: str) -> Service:
    found = book.service(name)
    if found is None:
        raise KeyError(name)
    return found
