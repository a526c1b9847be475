"""The walk of a price over arrays: what `quote.walk` does for one situation, for all rows at once.

A value that is the same for every row stays one number, so a season that nobody's day meets costs nothing. Sums are int64; where
they could pass that, the very same lines run over arrays of Python's integers (`grounds.ground_of`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aboveboard.pricing.columns.grounds import Behind, Ground
from aboveboard.pricing.columns.guarding import Guarded, guarded
from aboveboard.pricing.columns.table import AT
from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.guards import lower
from aboveboard.pricing.rules import NOT_SAID, Case, Rule, Standing
from aboveboard.pricing.spoken import Spoken

_QUANTITY = AT["quantity"]


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

    `before_guards` is where the guards begin, `low` the lowest earlier price after the offers, `reduced` where offers applied and
    an earlier price is known. `counted` is how far one goes down to the earlier price before its first offer.
    """

    unit: list[Moved]
    order: list[Moved]
    guards: list[Guarded]
    net: Any
    before_guards: Any
    low: Any
    reduced: Any
    counted: Any = 0


class Asked:
    """The fields of all rows, and for each rule the case that decides each row: no test looks at a price, so it is told once."""

    def __init__(self, fields: list[Any]) -> None:
        self.fields = fields
        self._cases: dict[int, tuple[Rule, Any, list[tuple[Case, Any]]]] = {}

    def cases(self, rule: Rule) -> tuple[Any, list[tuple[Case, Any]]]:
        """Return the index of the case that decides each row, and for each case the rows that it decides."""
        known = self._cases.get(id(rule))
        if known is None:
            known = self._cases[id(rule)] = (rule, *_cases(rule, self.fields))
        return known[1:]

    def without(self, facts: Sequence[int]) -> Asked:
        """Return the same rows with nobody's facts, by their positions; what rules without facts said stays as it is."""
        fields = list(self.fields)
        for place in facts:
            fields[place] = NOT_SAID
        found = Asked(fields)
        found._cases = {key: each for key, each in self._cases.items() if each[0].reads is None}
        return found


def walk(offer: Offer, asked: Asked, ground: Ground, behind: Behind, chosen: int) -> Walked:
    """Take all orders from list price to the price before fees and tax, with the offers in `chosen` only."""
    times, listed = ground.times, ground.listed
    unit: Any = listed
    low, known = _lowest(behind, ground)
    reduced: Any = False
    counted: Any = None
    found: list[Moved] = []
    for rule in offer.unit_rules:
        if rule.kind != "promotion":
            found.append(_move(rule.rule, asked, Standing(unit, listed, unit, times)))
        else:
            if low is not None and counted is None:
                known, counted = _counted(offer, asked, behind, chosen, unit, low, known)
                unit = unit + counted
            found.append(_offered(offer, rule, chosen, asked, Standing(unit, listed, unit, times)))
            if low is not None:
                low, reduced = _prior(
                    rule, found[-1], asked, Standing(low, listed, low, times), unit, reduced
                )
        unit = unit + found[-1].by
    now, each = unit * times, unit if ground.parts is None else unit // ground.parts
    order: list[Moved] = []
    for rule in offer.order_rules:
        standing = Standing(now, listed * times, each, asked.fields[_QUANTITY])
        order.append(_offered(offer, rule, chosen, asked, standing))
        now = now + order[-1].by
    reduced = reduced & known
    counted = 0 if counted is None else counted
    guards, net = guarded(offer, ground, behind, now, low, reduced, counted)
    return Walked(found, order, guards, net, now, low, reduced, counted)


def _lowest(behind: Behind, ground: Ground) -> tuple[Any, Any]:
    """Return the lowest earlier price that offers are followed from (None: nowhere known), and where it is known.

    Where it is not, any number will do, since no guard counts there.
    """
    import numpy as np

    known = np.not_equal(behind.prior, NOT_SAID)
    if not np.any(known):
        return None, known
    low = behind.prior
    if ground.parts is not None:
        low = low * np.where(behind.first, ground.parts, 1)
    return low if np.all(known) else np.where(known, low, ground.listed), known


def _counted(
    offer: Offer, asked: Asked, behind: Behind, chosen: int, unit: Any, low: Any, known: Any
) -> tuple[Any, Any]:
    """Return where an earlier price counts, and how far each row goes down to it before its offers; see `quote._counted`."""
    import numpy as np

    known = known & ~(behind.partial & np.greater_equal(low, unit))
    reduced: Any = False
    for rule in offer.unit_rules:
        if rule.kind == "promotion" and offer.bit(rule) & chosen:
            reduced = reduced | _acts(rule.rule, asked.cases(rule.rule)[0])
    return known, (known & behind.first & reduced) * lower(low - unit, 0 * unit)


def open_offers(offer: Offer, asked: Asked) -> int:
    """Return the offers that would apply to any row, as bits; sets that differ only in others need no walk of their own."""
    import numpy as np

    found = 0
    for rule in (*offer.unit_rules, *offer.order_rules):
        if rule.kind == "promotion" and np.any(_acts(rule.rule, asked.cases(rule.rule)[0])):
            found |= offer.bit(rule)
    return found


def _prior(rule: Spoken, moved: Moved, asked: Asked, standing: Standing, unit: Any, reduced: Any) -> Any:
    """Follow the lowest earlier price through the offers that applied; see `quote.walk`."""
    import numpy as np

    applied = _applied(rule.rule, moved)
    low = np.where(reduced, standing.now, lower(standing.now, unit))
    again = _move(rule.rule, asked, Standing(low, standing.listed, low, standing.quantity))
    return np.where(applied, low + again.by, low), reduced | applied


def _applied(rule: Rule, moved: Moved) -> Any:
    """Return where the rule did something."""
    import numpy as np

    return np.False_ if moved.excluded else _acts(rule, moved.case)


def _acts(rule: Rule, case: Any) -> Any:
    """Return where the case that decides does something."""
    import numpy as np

    return np.array([each.deed is not None for each in rule.cases])[case]


def _offered(offer: Offer, rule: Spoken, chosen: int, asked: Asked, standing: Standing) -> Moved:
    if offer.bit(rule) & chosen:
        return _move(rule.rule, asked, standing)
    case, _ = asked.cases(rule.rule)
    return Moved(standing.now, 0, 0, 1, case, excluded=True)


def _move(rule: Rule, asked: Asked, standing: Standing) -> Moved:
    """Return what a rule does to all rows."""
    import numpy as np

    case, masks = asked.cases(rule)
    number: Any = 0
    scale = max((deed.scale for deed in rule.deeds), default=1)
    for each, mask in masks:
        if each.deed is None:
            continue
        moved = each.deed.numerator(standing) * (scale // each.deed.scale)
        number = moved if mask is True else np.where(mask, moved, number)
    if isinstance(number, int) and number == 0:
        return Moved(standing.now, 0, 0, scale, case)
    by = rounded(number, scale)
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


def rounded(number: Any, scale: int) -> Any:
    """Return `number / scale` rounded half away from zero."""
    import numpy as np

    if scale == 1:
        return number
    size = (2 * np.abs(number) + scale) // (2 * scale)
    return np.where(number < 0, -size, size) if np.ndim(number) else (-int(size) if number < 0 else int(size))
