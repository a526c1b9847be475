"""A whole book before the law: each tier priced for anyone on a day, and judged by every rule of a place.

Nothing is written in words. Of a price without an offer, the law asks for a few numbers, and they come straight from the moves;
one that announces a reduction is made step by step, since there the law asks how it was counted. Both say the same to every
rule as the finished price does (tests/pricing/lawful/test_lines.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from aboveboard.book.model import Book, Service, Tier
from aboveboard.law.engine import Judge, Result
from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.lawful.facts import AMOUNTS, RULES, Figures, facts, facts_of
from aboveboard.pricing.listed import request_for_one
from aboveboard.pricing.moves import Move
from aboveboard.pricing.order import offer_for
from aboveboard.pricing.outline import Outliner
from aboveboard.pricing.quote import Walk, best, situate, written
from aboveboard.pricing.rules import Situation
from aboveboard.pricing.steps import NO_BACKGROUND, PriceRequest
from aboveboard.pricing.tax import add_tax

#: Far under what a price may come to, so that whatever is near it is made step by step, and refused where a price would be.
_PLAIN = 2**45


class Line(NamedTuple):
    """One tier: what anyone pays for one of it, in minor units, and what each rule says."""

    service: Service
    tier: Tier
    total: int
    results: list[Result]


def lines(book: Book, on: datetime.date, judge_for: Callable[[Service], Judge]) -> Iterator[Line]:
    """Yield every tier of a book on a day, with what each rule says; raises `PriceError` for one that has no price."""
    for service in book.services:
        asked = _Asked(judge_for(service), on)
        for tier in service.tiers:
            found = line_facts(book, service, tier, on)
            yield Line(service, tier, found["bill.total"], asked.results(found))


class _Asked:
    """A judge who is asked only once what does not depend on amounts: most tiers of a service differ in nothing else."""

    def __init__(self, judge: Judge, on: datetime.date) -> None:
        self.on = on
        self._same, self._amounts = judge.apart(AMOUNTS)
        self._said: dict[tuple[Any, ...], list[Result]] = {}

    def results(self, found: dict[str, Any]) -> list[Result]:
        """Return what each rule says of these facts."""
        if found["promo.announces_reduction"]:  # with histories, which no two tiers share
            same = self._same.results(found, self.on)
        else:
            key = tuple(value for name, value in found.items() if name not in AMOUNTS)
            known = self._said.get(key)
            same = known or self._said.setdefault(key, self._same.results(found, self.on))
        return same + self._amounts.results(found, self.on)


def line_facts(book: Book, service: Service, tier: Tier, on: datetime.date) -> dict[str, Any]:
    """Return the facts of what anyone pays for one of a tier."""
    request = request_for_one(service, tier, on)
    offer = offer_for(book, request)
    situation = situate(offer, request, NO_FACTS, NO_BACKGROUND)
    made = best(offer, situation, NO_BACKGROUND)
    if _reduced(offer, made) or max(offer.list_price, offer.floor, made.net) > _PLAIN:
        return facts(
            book, service, written(offer, request, situation, made, made.net, NO_BACKGROUND, Outliner)
        )
    return facts_of(book, service, offer, _figures(offer, request, situation, made))


def _figures(offer: Offer, request: PriceRequest, situation: Situation, made: Walk) -> Figures:
    """Return the figures of a price without an offer."""
    charges, billed, total = _charged(offer, made.net, situation)
    return Figures(
        net=made.net,
        total=total,
        common=(made.net, total),
        floor=offer.floor,
        charges=charges,
        billed=(request.service, *billed),
        kinds=frozenset([rule.kind for rule in (*offer.unit_rules, *offer.order_rules)]) & RULES,
        used=(),
        quantity=request.quantity,
        told=None,
    )


def _reduced(offer: Offer, made: Walk) -> bool:
    for rules, moves in ((offer.unit_rules, made.unit_moves), (offer.order_rules, made.order_moves)):
        for rule, move in zip(rules, moves, strict=True):
            if move.applied and rule.kind == "promotion":
                return True
    return False


def _charged(offer: Offer, net: int, situation: Situation) -> tuple[tuple[int, ...], list[str], int]:
    """Return fees and tax with their roundings, their names, and the total."""
    charges: list[int] = []
    billed: list[str] = []
    now = net
    for fee in offer.fees:
        move = fee.move(net, now, situation)
        charges += _amounts(move)
        billed.append(fee.id)
        now = move.after
    tax = add_tax(now, offer.tax_rate)
    return (*charges, *_amounts(tax)), [*billed, offer.tax_id], tax.after


def _amounts(move: Move) -> tuple[int, ...]:
    """Return the amounts of a move's steps: one, or two where a rounding follows."""
    return (move.whole,) if move.numerator % move.scale == 0 else (move.whole, move.rounding)
