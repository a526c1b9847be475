"""One price, made and explained.

The order is fixed and public: full cost → list price of the tier (the floor is drawn beside it) → season → promotions →
loyalty → floor guard → personal guard → tax → total. `_walk` does the arithmetic, on the price of one unit; `writer` puts its
moves into words, for the whole quantity. The price that everyone pays is the same walk with `NO_FACTS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from aboveboard.book.model import Book
from aboveboard.pricing.compiled import Offer, compiled
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.guards import keep_common, keep_floor
from aboveboard.pricing.moves import Move
from aboveboard.pricing.steps import Price, PriceRequest
from aboveboard.pricing.tax import add_tax
from aboveboard.pricing.writer import StepWriter

#: The largest quantity of one quote; a larger one is a slip of the keyboard or a contract of its own.
MOST = 1000


def price(book: Book, request: PriceRequest, facts: AllowedFacts = NO_FACTS) -> Price:
    """Return the price of `request` under `book`, using of the customer only `facts`.

    The amounts of the steps add up to the total, and facts never raise it. Raises `PriceError` for an unknown service or
    tier, a quantity that is no whole number from 1 to 1,000, a price that JSON cannot hold exactly, or a book that
    `aboveboard check` would refuse.
    """
    offer, quantity = compiled(book).offer(request.service, request.tier), _checked(request.quantity)
    read = _read(offer, facts)
    walk = _walk(offer, request, facts)
    common = _walk(offer, request, NO_FACTS).unit if read else walk.unit
    steps = StepWriter(offer, quantity)
    steps.add_cost()
    steps.add_list_price()
    for season, move in zip(offer.seasons, walk.seasons, strict=True):
        steps.add_season(season, move)
    for promotion, move in zip(offer.promotions, walk.promotions, strict=True):
        steps.add_promotion(promotion, move)
    for loyalty, move in zip(offer.loyalty, walk.loyalty, strict=True):
        steps.add_loyalty(loyalty, move)
    steps.add_floor_guard(walk.guard_floor)
    steps.add_personal_guard(keep_common(walk.unit, common, bool(read)), common)
    steps.add_tax(add_tax(steps.subtotal, offer.tax_rate))
    steps.add_total()
    return Price(
        total=steps.subtotal,
        currency=offer.currency,
        floor=offer.floor * quantity,
        steps=steps.done(),
        facts_used=read,
        request=request if request.tier == offer.tier.id else replace(request, tier=offer.tier.id),
        service=offer.service_name,
        tier=offer.tier_name,
        unit=offer.service.unit,
    )


class _Walk(NamedTuple):
    """The moves of one unit's price, from the list price to before tax; `unit` is where they end."""

    seasons: list[Move]
    promotions: list[Move]
    loyalty: list[Move]
    guard_floor: Move

    @property
    def unit(self) -> int:
        return self.guard_floor.after


def _walk(offer: Offer, request: PriceRequest, facts: AllowedFacts) -> _Walk:
    """Take one unit from its list price to the price before tax."""
    unit = offer.list_price
    seasons, promotions, loyalty = [], [], []
    for season in offer.seasons:
        seasons.append(season.move(unit, offer.list_price, request.on))
        unit = seasons[-1].after
    for promotion in offer.promotions:
        promotions.append(promotion.move(unit, offer.tier.id, request.on))
        unit = promotions[-1].after
    for rule in offer.loyalty:
        loyalty.append(rule.move(unit, facts))
        unit = loyalty[-1].after
    return _Walk(seasons, promotions, loyalty, keep_floor(unit, offer.floor, offer.list_price))


def _read(offer: Offer, facts: AllowedFacts) -> tuple[str, ...]:
    """Return the facts that are given and that a rule of this offer reads."""
    wanted = {rule.fact for rule in offer.loyalty}
    return tuple(fact for fact in facts.given() if fact in wanted)


def _checked(quantity: object) -> int:
    """Return the quantity; raises `PriceError` for anything that is not a whole number from 1 to `MOST`."""
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MOST:
        raise PriceError("bad_quantity", quantity=str(quantity)[:40], most=f"{MOST:,}")
    return quantity
