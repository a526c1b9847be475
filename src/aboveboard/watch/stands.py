"""Where each tier stands among what others ask: the owner's view with every name, and the customers', as far as it is open."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aboveboard import market, money
from aboveboard.book.model import Book, Service, Tier
from aboveboard.market import Comparable, Standing
from aboveboard.market.says import cash, percent, price_of, sentence
from aboveboard.pricing.compiled import compiled
from aboveboard.watch.model import SAYS
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Observed:
    """One price of others; `minor` is what it comes to for one of ours. To customers `who` and `source` are what is public."""

    id: str
    who: Text
    minor: int
    amount: Text
    how: Text
    learnt: Text
    source: str
    differences: tuple[Text, ...]
    old: bool
    public: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One price of others that counts nowhere, and why."""

    who: Text
    how: Text
    why: Text


@dataclass(frozen=True, slots=True)
class Stand:
    """One tier among what others ask; `ours` is our price of one in minor units, all in. Without `standing` nothing counts."""

    service: Service
    tier: Tier
    currency: str
    ours: int
    standing: Standing | None
    observed: tuple[Observed, ...]
    left: tuple[LeftOut, ...] = ()
    why: Text | None = None

    @property
    def name(self) -> Text:
        """The service, and its tier where there are several."""
        service, tier = self.service.name.words, self.tier.name.words
        if len(self.service.tiers) == 1:
            return service
        return Text(f"{service.en} · {tier.en}", f"{service.zh} · {tier.zh}")

    @property
    def place(self) -> Text:
        """Our place in words: `5.3% below the middle`."""
        if self.standing is None:
            return SAYS.text("place.none")
        gap = self.standing.gap
        if percent(gap) == "0%":
            return SAYS.text("place.same")
        return SAYS.text("place.above" if gap > 0 else "place.below").filled(share=percent(gap))

    @property
    def line(self) -> Text:
        """All of it in one line."""
        price = money.show(self.ours, self.currency)
        if self.standing is None:
            return SAYS.text("show.without").filled(name=self.name, price=price)
        spread = self.standing.spread
        if spread.count == 1:
            values = {"name": self.name, "price": price, "place": self.place}
            return SAYS.text("show.line_one").filled(middle=cash(spread.middle, self.currency), **values)
        numbers = {
            "low": cash(spread.lowest, self.currency),
            "middle": cash(spread.middle, self.currency),
            "high": cash(spread.highest, self.currency),
        }
        return SAYS.text("show.line").filled(
            name=self.name, price=price, place=self.place, n=spread.count, **numbers
        )

    def five(self) -> tuple[Text, ...]:
        """Return lowest, lower quarter, middle, upper quarter and highest as people write them; nothing without prices."""
        if self.standing is None:
            return ()
        spread = self.standing.spread
        numbers = (spread.lowest, spread.lower, spread.middle, spread.upper, spread.highest)
        return tuple(cash(each, self.currency) for each in numbers)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON: minor units, exact where a quarter is no whole one."""
        spread = None if self.standing is None else self.standing.spread
        return {
            "service": self.service.id,
            "tier": self.tier.id,
            "currency": self.currency,
            "ours": self.ours,
            "count": 0 if spread is None else spread.count,
            "lowest": None if spread is None else _number(spread.lowest),
            "lower": None if spread is None else _number(spread.lower),
            "middle": None if spread is None else _number(spread.middle),
            "upper": None if spread is None else _number(spread.upper),
            "highest": None if spread is None else _number(spread.highest),
            "place": None if self.standing is None else self.standing.place,
            "gap": None if self.standing is None else round(float(self.standing.gap), 6),
            "observations": [
                {
                    "id": each.id,
                    "who": each.who.both(),
                    "amount": each.minor,
                    "old": each.old,
                    "source": each.source or None,
                }
                for each in self.observed
            ],
            "left_out": [{"who": each.who.both(), "why": each.why.both()} for each in self.left],
        }


def stands(book: Book, today: datetime.date) -> list[Stand]:
    """Return every tier that anything was observed for, as its owner sees it."""
    found = []
    for service, tier in _tiers(book):
        others = market.comparables(book, service.id, tier.id)
        left = market.left_out(book, service.id, tier.id)
        if others or left:
            found.append(
                Stand(
                    service,
                    tier,
                    book.business.currency,
                    _ours(book, service, tier, today),
                    _standing(book, service, tier, others, today),
                    tuple(_observed(book, each, today, everything=True) for each in others),
                    tuple(
                        LeftOut(each.who.words, sentence(price_of(each)), SAYS.text(f"left.{why}"))
                        for each, why in left
                    ),
                    _why(tier),
                )
            )
    return found


def open_stands(book: Book, service: Service, today: datetime.date) -> list[Stand]:
    """Return the tiers of a service whose position is told to customers; only what a position rests on was checked for that."""
    if book.market.shown == "none":
        return []
    found = []
    for tier in service.tiers:
        if tier.positioned is None:
            continue
        others = market.comparables(book, service.id, tier.id, tier.positioned.observations)
        if others:
            shown = others if book.market.shown == "observations" else ()
            found.append(
                Stand(
                    service,
                    tier,
                    book.business.currency,
                    _ours(book, service, tier, today),
                    _standing(book, service, tier, others, today),
                    tuple(_observed(book, each, today, everything=False) for each in shown),
                    why=_why(tier),
                )
            )
    return found


def _tiers(book: Book) -> Iterator[tuple[Service, Tier]]:
    return ((service, tier) for service in book.services for tier in service.tiers)


def _ours(book: Book, service: Service, tier: Tier, today: datetime.date) -> int:
    return compiled(book).offer(service.id, tier.id, today).all_in


def _standing(
    book: Book, service: Service, tier: Tier, others: tuple[Comparable, ...], today: datetime.date
) -> Standing | None:
    if not others:
        return None
    return Standing(_ours(book, service, tier, today), market.Spread.of(each.exact for each in others))


def _observed(book: Book, each: Comparable, today: datetime.date, *, everything: bool) -> Observed:
    observation, seen = each.observation, market.seen(each)
    return Observed(
        id=each.observation.id,
        who=observation.who.words if everything else seen.who,
        minor=each.amount,
        amount=money.show(each.amount, book.business.currency),
        how=seen.how,
        learnt=seen.learnt,
        source=observation.source if everything else seen.source,
        differences=seen.differences,
        old=market.old(book.market, observation, today),
        public=observation.public,
    )


def _why(tier: Tier) -> Text | None:
    return None if tier.positioned is None else sentence(tier.positioned.why.words)


def _number(exact: Fraction) -> str:
    return str(exact.numerator) if exact.denominator == 1 else f"{float(exact):.2f}"
