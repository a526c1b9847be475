"""The basis of a list price in words, and each observation behind it as customers may see it.

Three depths, which the owner chooses (`market.shown`): nothing; the summary (range, middle, our place, why); or every
observation as well. A name that is not public is said in other words at every depth, and the place where it can be looked up
is kept back with it, for an address is a name. All of it is made once for a tier of an edition, so a price only points at it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from aboveboard import money
from aboveboard.book.model import Book, Observation, Positioned, Service, Tier
from aboveboard.market.comparable import Comparable, comparables
from aboveboard.market.says import cash, day, fill, joined, many, percent, price_of, sentence, t
from aboveboard.market.spread import Spread
from aboveboard.market.standing import Standing, value_of
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation as customers see it; `amount` is what it comes to for one of ours, minor units, all in.

    `how` says how that was worked out, `learnt` how the price was seen and when, `source` is where to look it up, empty where
    that is not public.
    """

    id: str
    who: Text
    amount: int
    quantity: Decimal
    unit: str
    how: Text
    place: str
    seen: datetime.date
    learnt: Text
    source: str = ""
    differences: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """What the step from cost to list price says of the market, and what it opens to."""

    says: Text
    observations: tuple[Seen, ...]


def position(book: Book, service: Service, tier: Tier, ours: int) -> Position | None:
    """Return the basis of a tier's price, which comes to `ours` for one, all in; None where there is none to show."""
    basis = tier.positioned
    if basis is None or book.market.shown == "none":
        return None
    others = comparables(book, service.id, tier.id, basis.observations)
    if not others:
        return None
    lines = tuple(map(seen, others)) if book.market.shown == "observations" else ()
    return Position(_says(book, basis, others, ours), lines)


def seen(comparable: Comparable) -> Seen:
    """Return an observation as customers see it."""
    each = comparable.observation
    currency = each.currency
    how = price_of(each)
    if comparable.own != each.quantity:
        for_one = many(comparable.own, each.unit)
        how = fill("seen.comes_to", how=how, amount=cash(comparable.exact, currency), much=for_one)
    return Seen(
        id=each.id,
        who=name_of(each),
        amount=comparable.amount,
        quantity=each.quantity,
        unit=each.unit,
        how=sentence(how),
        place=each.place,
        seen=each.seen,
        learnt=fill(f"learnt.{each.learnt}", day=day(each.seen)),
        source=each.source if each.public else "",
        differences=differences(each),
    )


def name_of(observation: Observation) -> Text:
    """Return who it is, as customers read it."""
    if observation.public:
        return observation.who.words
    return observation.described.words if observation.described is not None else t.text("seen.somebody")


def differences(observation: Observation) -> tuple[Text, ...]:
    """Return what both meet, what only theirs has, and what only ours has, a sentence each."""
    found = [] if observation.need is None else [fill("seen.need", need=observation.need.words)]
    for key in ("theirs_only", "ours_only"):
        listed = [text.words for text in getattr(observation, key)]
        if listed:
            found.append(fill(f"seen.{key}", what=joined(listed, "; ", "；")))
    return tuple(map(sentence, found))


def _says(book: Book, basis: Positioned, others: tuple[Comparable, ...], ours: int) -> Text:
    currency = book.business.currency
    spread = Spread.of(each.exact for each in others)
    standing = Standing(ours, spread)
    parts = [_range(spread, currency), _place(standing, currency)]
    value = value_of(basis, others, spread, currency)
    if value is not None:
        more = [
            fill(
                "value.more" if each.worth >= 0 else "value.less",
                what=each.what.words,
                amount=cash(abs(_minor(each.worth, currency)), currency),
            )
            for each in basis.differentiation
        ]
        parts.append(
            fill(
                "value.whole",
                reference=cash(value.reference, currency),
                parts=joined(more, "; ", "；"),
                whole=cash(value.whole, currency),
                left=cash(value.whole - ours, currency),
            )
        )
    return joined([*parts, sentence(basis.why.words)])


def _range(spread: Spread, currency: str) -> Text:
    low, high, middle = (cash(each, currency) for each in (spread.lowest, spread.highest, spread.middle))
    if spread.count == 1:
        return fill("others.one", middle=middle)
    if low == high:
        return fill("others.same", n=spread.count, middle=middle)
    return fill("others.range", n=spread.count, low=low, high=high, middle=middle)


def _place(standing: Standing, currency: str) -> Text:
    price, gap = cash(standing.ours, currency), standing.gap
    if percent(gap) == "0%":
        return fill("ours.same", price=price)
    return fill("ours.more" if gap > 0 else "ours.less", price=price, share=percent(gap))


def _minor(value: Decimal, currency: str) -> int:
    return sum(money.split(money.in_minor(value, currency)))
