"""The walk of a price over arrays: what `quote.walk` does for one situation, for all rows at once.

A value that is the same for every row stays one number, so a season that nobody's day meets costs nothing. Sums are int64; a book
whose numbers could pass that is refused here (`fits`) and priced row by row instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.guards import cap_limit, floor_limit, lower
from aboveboard.pricing.rules import Case, Rule, Standing
from aboveboard.pricing.spoken import Spoken
from aboveboard.pricing.steps import Background

_SAFE = 2**62


@dataclass(slots=True)
class Moved:
    """One rule's moves: `by` is the rounded amount, `number`/`scale` the exact one; arrays, or one number for all rows.

    `case` is the index of the case that decided, `excluded` that another offer was the better choice, `capped` where the price
    would have gone below zero.
    """

    before: Any
    by: Any
    number: Any
    scale: Any
    case: Any
    capped: Any = False
    excluded: bool = False


@dataclass(slots=True)
class Walked:
    """The moves of all rules and guards for one set of offers; `net` is the price before fees and tax.

    `guards` are (kind, by how much); `before_guards` is where they begin, `low` the lowest earlier price after the offers.
    """

    unit: list[Moved]
    order: list[Moved]
    guards: list[tuple[str, Any]]
    net: Any
    before_guards: Any
    low: Any


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rows are priced from: `listed` and `floor` of one, by row or for all, and how many times that counts.

    For an order that is charged as a whole, `times` is 1 and `listed` is that of the order.
    """

    listed: Any
    floor: Any
    times: Any
    whole: bool


def fits(offer: Offer, background: Background, most: int = 1000) -> bool:
    """Return whether every sum of this tier stays within int64, whatever the request."""
    before = background.prior.lowest if background.prior else 1
    top = max(offer.list_price, offer.floor, background.lowest or 1, before) * most * 4
    widest = 1
    for rule in (*offer.unit_rules, *offer.order_rules):
        for deed in rule.rule.deeds:
            widest = max(widest, deed.scale * 4, abs(int(deed.numerator(Standing(1, 1, 1, 1)))) * 4)
    for fee in offer.fees:
        widest = max(widest, fee.deed.scale * 4, abs(int(fee.deed.numerator(Standing(1, 1, 1, 1)))) * 4)
    _, digits, exponent = offer.tax_rate.as_tuple()
    widest = max(widest, 4 * int(10 ** max(-int(exponent), len(digits))))
    return top * widest < _SAFE


def walk(offer: Offer, fields: list[Any], ground: Ground, background: Background, chosen: int) -> Walked:
    """Take all orders from list price to the price before fees and tax, with the offers in `chosen` only."""
    import numpy as np

    times, listed = ground.times, ground.listed
    unit: Any = listed
    low: Any = None if background.prior is None else background.prior.lowest
    reduced: Any = False
    found: list[Moved] = []
    for rule in offer.unit_rules:
        standing = Standing(unit, listed, unit, times)
        if rule.kind != "promotion":
            found.append(_move(rule.rule, fields, standing))
        else:
            found.append(_offered(offer, rule, chosen, fields, standing))
            if low is not None:
                low, reduced = _prior(
                    rule, found[-1], fields, Standing(low, listed, low, times), unit, reduced
                )
        unit = unit + found[-1].by
    now, each = unit * times, unit // fields[3] if ground.whole else unit
    order: list[Moved] = []
    for rule in offer.order_rules:
        standing = Standing(now, listed * times, each, fields[3])
        order.append(_offered(offer, rule, chosen, fields, standing))
        now = now + order[-1].by
    guarding = _Guarding(now)
    guarding.all(offer, ground, background, low if np.any(reduced) else None, reduced)
    return Walked(found, order, guarding.found, guarding.now, now, low)


def open_offers(offer: Offer, fields: list[Any]) -> int:
    """Return the offers that would apply to any row, as bits; sets that differ only in others need no walk of their own."""
    import numpy as np

    found = 0
    for rule in (*offer.unit_rules, *offer.order_rules):
        if rule.kind == "promotion":
            case, _ = _cases(rule.rule, fields)
            acts = np.array([each.deed is not None for each in rule.rule.cases])
            if np.any(acts[case]):
                found |= offer.bit(rule)
    return found


def _prior(rule: Spoken, moved: Moved, fields: list[Any], standing: Standing, unit: Any, reduced: Any) -> Any:
    """Follow the lowest earlier price through the offers that applied; see `quote.walk`."""
    import numpy as np

    applied = _applied(rule.rule, moved)
    low = np.where(reduced, standing.now, lower(standing.now, unit))
    again = _move(rule.rule, fields, Standing(low, standing.listed, low, standing.quantity))
    return np.where(applied, low + again.by, low), reduced | applied


def _applied(rule: Rule, moved: Moved) -> Any:
    """Return where the rule did something."""
    import numpy as np

    if moved.excluded:
        return np.False_
    table = np.array([case.deed is not None for case in rule.cases])
    return table[moved.case]


def _offered(offer: Offer, rule: Spoken, chosen: int, fields: list[Any], standing: Standing) -> Moved:
    if offer.bit(rule) & chosen:
        return _move(rule.rule, fields, standing)
    case, _ = _cases(rule.rule, fields)
    return Moved(standing.now, 0, 0, 1, case, excluded=True)


def _move(rule: Rule, fields: list[Any], standing: Standing) -> Moved:
    """Return what a rule does to all rows."""
    import numpy as np

    case, masks = _cases(rule, fields)
    number: Any = 0
    scale = max((deed.scale for deed in rule.deeds), default=1)
    for each, mask in masks:
        if each.deed is None:
            continue
        moved = each.deed.numerator(standing) * (scale // each.deed.scale)
        number = moved if mask is True else np.where(mask, moved, number)
    if isinstance(number, int) and number == 0:
        return Moved(standing.now, 0, 0, scale, case)
    by = _rounded(number, scale)
    capped = standing.now + by < 0
    if np.any(capped):
        by = np.where(capped, -standing.now, by)
    return Moved(standing.now, by, number, scale, case, capped)


def _cases(rule: Rule, fields: list[Any]) -> tuple[Any, list[tuple[Case, Any]]]:
    """Return the index of the case that decides each row, and for each case the rows that it decides."""
    import numpy as np

    masks: list[tuple[Case, Any]] = []
    index: Any = 0
    left: Any = True
    for place, case in enumerate(rule.cases):
        holds: Any = True if case.when is None else case.when.mask(fields)
        if isinstance(holds, bool | np.bool_):
            if not holds:
                continue
            mask = left
            left = False
        else:
            mask = holds if left is True else left & holds
            left = ~holds if left is True else left & ~holds
        index = place if mask is True else np.where(mask, place, index)
        masks.append((case, mask))
        if left is False:
            break
    return index, masks


@dataclass(slots=True)
class _Guarding:
    """The guards of `quote.guards_of` over arrays: the same limits, in the same order."""

    now: Any
    found: list[tuple[str, Any]] = field(default_factory=list)

    def all(self, offer: Offer, ground: Ground, background: Background, low: Any, reduced: Any) -> None:
        """Apply every guard that this book and this day have."""
        times, listed = ground.times, ground.listed * ground.times
        if offer.cap is not None:
            self._down("guard_cap", cap_limit(listed, offer.cap))
        if offer.rise is not None:
            lowest = background.lowest
            limit = None if lowest is None else cap_limit(lowest, offer.rise) * times
            self._down("guard_rise", self.now if limit is None else limit)
        limit = floor_limit(ground.floor * times, listed)
        self._by("guard_floor", (limit - self.now) * (self.now < limit))
        if low is not None:
            self._down("guard_prior", low * times, reduced)

    def _down(self, kind: str, limit: Any, where: Any = True) -> None:
        self._by(kind, lower(limit - self.now, 0 * self.now) * where)

    def _by(self, kind: str, gap: Any) -> None:
        self.found.append((kind, gap))
        self.now = self.now + gap


def _rounded(number: Any, scale: int) -> Any:
    """Return `number / scale` rounded half away from zero."""
    import numpy as np

    if scale == 1:
        return number
    size = (2 * np.abs(number) + scale) // (2 * scale)
    return np.where(number < 0, -size, size) if np.ndim(number) else (-int(size) if number < 0 else int(size))


rounded = _rounded
