"""One price, made and explained.

The order is fixed and public: full cost → list price of the tier (the floor is drawn beside it) → seasons and conditions →
offers on each → loyalty → times the quantity → offers on the whole → guards → points → fees → tax → total. `walk` does the
arithmetic; `writer` puts its moves into words. The price that everyone pays is the same walk with `NO_FACTS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from aboveboard.book.model import Book
from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.guards import (
    cap_limit,
    keep_cap,
    keep_common,
    keep_data,
    keep_floor,
    keep_prior,
    keep_rise,
)
from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.order import offer_for
from aboveboard.pricing.points import use_points
from aboveboard.pricing.rules import NOT_SAID, Situation, Standing
from aboveboard.pricing.spoken import Spoken
from aboveboard.pricing.steps import NO_BACKGROUND, Background, Price, PriceRequest
from aboveboard.pricing.tax import add_tax
from aboveboard.pricing.writer import StepWriter

#: The largest quantity of one quote; a larger one is a slip of the keyboard or a contract of its own.
MOST = 1000


def price(
    book: Book,
    request: PriceRequest,
    facts: AllowedFacts = NO_FACTS,
    background: Background = NO_BACKGROUND,
    *,
    writer: type[StepWriter] = StepWriter,
) -> Price:
    """Return the price of `request` under `book`, using of the customer only `facts`.

    The amounts of the steps add up to the total, and facts never raise it. Raises `PriceError` for an unknown service or
    tier, a quantity that is no whole number from 1 to 1,000, a price that JSON cannot hold exactly, or a book that
    `aboveboard check` would refuse.
    """
    checked(request.quantity)
    offer = offer_for(book, request)
    situation = situate(offer, request, facts, background)
    made = best(offer, situation, background)
    common = best(offer, _everyone(situation), background).net if facts_read(offer, situation) else made.net
    return written(offer, request, situation, made, common, background, writer)


def written(
    offer: Offer,
    request: PriceRequest,
    situation: Situation,
    made: Walk,
    common: int,
    background: Background,
    writer: type[StepWriter] = StepWriter,
) -> Price:
    """Return the price that a walk leads to, with its steps in words; `common` is the net price without personal facts."""
    read, times = facts_read(offer, situation), offer.times(situation.quantity)
    steps = writer(offer, times)
    steps.add_opening()
    counted = made.counted
    for rule, move in zip(offer.unit_rules, made.unit_moves, strict=True):
        if counted is not None and rule.kind == "promotion":
            steps.add_counted(counted, background, times)
            counted = None
        steps.add_rule(rule, move, times=times)
    for rule, move in zip(offer.order_rules, made.order_moves, strict=True):
        steps.add_rule(rule, move, times=1)
    for kind, move in made.guards:
        steps.add_guard(kind, move, background)
    kept = made.net
    if read and background.rules > 1:
        worth = None if offer.worth is None else offer.worth.amount * situation.quantity
        guard = keep_data(made.net, common, worth)
        steps.add_data_guard(guard, common, situation.quantity)
        kept = guard.after
    steps.add_personal_guard(keep_common(kept, common, bool(read)), common)
    if request.points:
        steps.add_points(use_points(offer.names.book, request.points, steps.subtotal))
    base = steps.subtotal
    for fee in offer.fees:
        steps.add_fee(fee, fee.move(base, steps.subtotal, situation))
    steps.add_tax(add_tax(steps.subtotal, offer.tax_rate))
    steps.add_total()
    return Price(
        total=steps.subtotal,
        currency=offer.currency,
        floor=offer.floor * times,
        steps=steps.done(),
        facts_used=read,
        request=request if request.tier == offer.tier.id else replace(request, tier=offer.tier.id),
        service=offer.service_name,
        tier=offer.tier_name,
        unit=offer.service.unit,
        background=background,
    )


class Walk(NamedTuple):
    """The moves of one price, from the list price to before fees and tax; `net` is where they end.

    `counted` is the move down to the earlier price that the law counts offers from; it comes before the first offer on one.
    """

    unit_moves: list[Move]
    order_moves: list[Move]
    guards: list[tuple[Any, Move]]
    net: int
    counted: Move | None = None


def best(offer: Offer, situation: Situation, background: Background) -> Walk:
    """Return the walk with the set of offers that leads lowest; of equal sets, the one that stands first in the book."""
    sets = offer.sets
    if len(sets) == 1:
        return walk(offer, situation, background, sets[0])
    open_ = _open(offer, situation, (*offer.unit_rules, *offer.order_rules))
    tried: dict[int, Walk] = {}
    for each in sets:
        if each & open_ not in tried:
            tried[each & open_] = walk(offer, situation, background, each)
    return min(tried.values(), key=lambda found: found.net)


def walk(offer: Offer, situation: Situation, background: Background, chosen: int) -> Walk:
    """Take an order from its list price to the price before fees and tax, with the offers in `chosen` (bits) only."""
    unit, times, listed = offer.list_price, offer.times(situation.quantity), offer.list_price
    unit_moves: list[Move] = []
    low = _earlier(offer, situation, background)
    reduced, counted, begun = False, None, False
    for rule in offer.unit_rules:
        if rule.kind == "promotion":
            if low is not None and not begun:
                begun, counted, low = True, *_counted(offer, situation, background, chosen, unit, low)
                unit = unit if counted is None else counted.after
            if not reduced and low is not None:
                low = min(low, unit)
            move = _offered(offer, rule, chosen, situation, Standing(unit, listed, unit, times))
            if move.applied and low is not None:
                low = rule.rule.move(situation, Standing(low, listed, low, times)).after
            reduced = reduced or move.applied
        else:
            move = rule.rule.move(situation, Standing(unit, listed, unit, times))
        unit_moves.append(move)
        if move.applied:
            unit = move.after
    now, each = unit * times, unit // situation.quantity if offer.whole else unit
    order_moves: list[Move] = []
    for rule in offer.order_rules:
        order_moves.append(
            _offered(offer, rule, chosen, situation, Standing(now, listed * times, each, situation.quantity))
        )
        now = order_moves[-1].after
    guards = guards_of(offer, now, times, background, low if reduced else None, counted is not None)
    return Walk(unit_moves, order_moves, guards, guards[-1][1].after, counted)


def _earlier(offer: Offer, situation: Situation, background: Background) -> int | None:
    """Return the earlier price that the law counts offers from, for as much as a list price of this offer is for."""
    if background.prior is None:
        return None
    many = situation.quantity if offer.whole and background.rules > 2 else 1
    return background.prior.lowest * many


def _counted(
    offer: Offer, situation: Situation, background: Background, chosen: int, unit: int, low: int
) -> tuple[Move | None, int | None]:
    """Return the move from the price before the offers down to the earlier one (None: no such move), and the earlier one.

    Of an earlier price that may not be the lowest, nothing is left where it is not lower.
    """
    if low >= unit:
        return None, low if background.prior is None or background.prior.since is None else None
    if background.rules < 3 or not _open(offer, situation, offer.unit_rules) & chosen:
        return None, low
    return moved(unit, low - unit, "guard_prior.counted"), low


def situate(offer: Offer, request: PriceRequest, facts: AllowedFacts, background: Background) -> Situation:
    """Return the fields of a request that rules may look at."""
    on, names = request.on, offer.names
    return Situation(
        day=on.toordinal(),
        year_day=on.month * 100 + on.day,
        weekday=on.weekday(),
        quantity=request.quantity,
        spend=offer.list_price * offer.times(request.quantity),
        minute=NOT_SAID if request.minute is None else request.minute,
        lead=NOT_SAID if request.booked is None else max((on - request.booked).days, 0),
        place=_position(names.places, request.place),
        channel=_position(names.channels, request.channel),
        month=NOT_SAID if request.month is None else request.month,
        term=_position(names.terms, request.terms),
        coupons=_bits(offer.offers, request.offers) if request.offers else 0,
        used_up=_bits(offer.offers, background.used_up) if background.used_up else 0,
        groups=names.bits(names.groups, request.groups) if request.groups else 0,
        basket=names.bits(names.services, request.basket) if request.basket else 0,
        visits=NOT_SAID if facts.visits is None else max(facts.visits, 0),
        months=NOT_SAID if facts.months is None else max(facts.months, 0),
    )


def checked(quantity: object) -> int:
    """Return the quantity; raises `PriceError` for anything that is not a whole number from 1 to `MOST`."""
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MOST:
        raise PriceError("bad_quantity", quantity=str(quantity)[:40], most=f"{MOST:,}")
    return quantity


def guards_of(
    offer: Offer, now: int, times: int, background: Background, low: int | None, counted: bool = False
) -> list[tuple[Any, Move]]:
    """Return the guards that this book and this day have, in their order.

    `low` is where offers lead from the earlier price that the law names; where they were `counted` from it, that guard has no
    more to say unless another one lifted the price again.
    """
    listed = offer.list_price * times
    found: list[tuple[Any, Move]] = []
    if offer.cap is not None:
        found.append(("guard_cap", keep_cap(now, cap_limit(listed, offer.cap))))
        now = found[-1][1].after
    if offer.rise is not None:
        lowest = background.lowest
        limit = None if lowest is None else cap_limit(lowest, offer.rise) * times
        found.append(("guard_rise", keep_rise(now, limit)))
        now = found[-1][1].after
    found.append(("guard_floor", keep_floor(now, offer.floor * times, listed)))
    if low is not None:
        move = keep_prior(found[-1][1].after, low * times)
        if move.applied or not counted:
            found.append(("guard_prior", move))
    return found


def _offered(offer: Offer, rule: Any, chosen: int, situation: Situation, standing: Standing) -> Move:
    """Return what an offer does, or that another one that excludes it is the better choice."""
    move: Move = rule.rule.move(situation, standing)
    if move.applied and not offer.bit(rule) & chosen:
        return stayed(standing.now, "promotion.excluded")
    return move


def _open(offer: Offer, situation: Situation, rules: tuple[Spoken, ...]) -> int:
    """Return the offers among these rules that would apply, as bits."""
    found = 0
    for rule in rules:
        if rule.kind == "promotion" and rule.rule.case(situation).deed is not None:
            found |= offer.bit(rule)
    return found


def _everyone(situation: Situation) -> Situation:
    return situation._replace(visits=NOT_SAID, months=NOT_SAID)


def facts_read(offer: Offer, situation: Situation) -> tuple[str, ...]:
    """Return the personal facts that are given and that a rule of this offer reads."""
    wanted = {rule.fact for rule in offer.unit_rules}
    given = (("visits", situation.visits), ("months", situation.months))
    return tuple(fact for fact, value in given if value != NOT_SAID and fact in wanted)


def _position(known: Any, asked: str | None) -> int:
    return NOT_SAID if asked is None else known.get(asked, NOT_SAID)


def _bits(known: tuple[str, ...], asked: Any) -> int:
    return sum(1 << index for index, each in enumerate(known) if each in asked)
