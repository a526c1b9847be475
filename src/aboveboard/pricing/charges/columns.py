"""A charge over a million counts at once: the same cents and the same reasons as one by one.

In a band every charge is a straight line, so with all fractions brought to one denominator m the exact amount is
(c + u * a) / m, where u is the number of units as a whole number and c and a belong to the band. That is three whole-number
operations for a column, and rounding half up is another: (2 * (c + u * a) + m) // (2 * m). No binary fraction is involved.

Where a number would leave 64 bits, that one count goes through the one-by-one rule instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor, lcm
from typing import TYPE_CHECKING

from aboveboard.pricing.charges.rule import (
    FIRST_BAND,
    FLAT,
    FREE,
    LEAST,
    MOST,
    MOST_AMOUNT,
    MOST_COUNTED,
    NONE,
    ONE,
    REFUSED,
    TOO_LARGE,
    ChargeRule,
    rounded,
)
from aboveboard.pricing.errors import PriceError

if TYPE_CHECKING:
    from numpy import int16, int64
    from numpy.typing import NDArray

_ROOM = 2**62
_FINEST = 12


def columns(
    rule: ChargeRule, counted: NDArray[int64], places: int = 0, factor: Fraction = ONE
) -> tuple[NDArray[int64], NDArray[int16]]:
    """Return for each count its amount in whole minor units and the place of its code in `rule.codes`.

    `counted` are counts as whole numbers times 10**`places` (time: seconds). What one by one raises an error for has the code
    `bad_usage` or `too_large` and the amount 0. Needs the extra `bulk` (numpy). Raises `ValueError` for a price that the customer
    names, since nothing is counted for it, and for more than 12 places.
    """
    import numpy as np

    if rule.kind == "pay_what_you_want":
        raise ValueError("a price that the customer names is not counted")
    if not 0 <= places <= _FINEST:
        raise ValueError(f"places are 0 to {_FINEST}, not {places}")
    counted = np.asarray(counted, dtype=np.int64)
    form = _form(rule, places, factor)
    near = (counted >= 0) & (counted <= form.largest)
    safe = np.where(near, counted, 0)
    if form.finest > 1:
        near &= safe % form.finest == 0
    if form.largest < 0:  # not even the prices themselves fit
        near[:] = False
        amount, code = np.zeros(counted.shape, np.int64), np.zeros(counted.shape, np.int16)
    else:
        amount, code = form.work_out(safe)
    for place in np.flatnonzero(~near):
        amount[place], code[place] = _one(rule, Fraction(int(counted[place]), 10**places), factor)
    over = amount > MOST_AMOUNT
    code[over], amount[over] = TOO_LARGE, 0
    return amount, code


def _one(rule: ChargeRule, said: Fraction, factor: Fraction) -> tuple[int, int]:
    try:
        outcome = rule.outcome(rule.counted(said))
        return rounded(outcome.exact * factor), outcome.code
    except PriceError as error:
        return 0, TOO_LARGE if error.code == "too_large" else REFUSED


@dataclass(frozen=True, slots=True)
class _Form:
    """A rule over whole numbers. u = count * times - free, for a band the amount is (constant + u * slope) / over.

    With `step`, u is first divided by it, rounded up. `ends` are the ends of the bands in u. `largest` is the largest count for
    which nothing leaves 64 bits, `finest` what a count must be a multiple of to be fine enough.
    """

    times: int
    free: int
    step: int | None
    ends: tuple[int, ...]
    constants: tuple[int, ...]
    slopes: tuple[int, ...]
    over: int
    base: int
    least: int | None
    most: int | None
    least_to_pay: int
    most_to_pay: int
    largest: int
    finest: int
    flat: bool

    def work_out(self, counted: NDArray[int64]) -> tuple[NDArray[int64], NDArray[int16]]:
        """Return amounts and codes of counts that fit."""
        import numpy as np

        if self.flat:
            amount = np.full(counted.shape, _half_up(self.base, self.over), dtype=np.int64)
            return amount, np.full(counted.shape, FLAT, dtype=np.int16)
        units = counted * self.times - self.free
        paid = units > 0
        units = np.where(paid, units, 0)
        if self.step is not None:
            units = -(-units // self.step)
        band = np.searchsorted(np.array(self.ends, dtype=np.int64), units, side="left")
        exact = (
            np.array(self.constants, dtype=np.int64)[band]
            + units * np.array(self.slopes, dtype=np.int64)[band]
        )
        amount = (2 * exact + self.over) // (2 * self.over)
        code = (band + FIRST_BAND).astype(np.int16)
        if self.least is not None:
            low = exact < self.least
            amount, code = np.where(low, self.least_to_pay, amount), np.where(low, LEAST, code)
        if self.most is not None:
            high = (exact > self.most) & (code != LEAST)
            amount, code = np.where(high, self.most_to_pay, amount), np.where(high, MOST, code)
        amount = np.where(paid, amount, _half_up(self.base, self.over))
        code = np.where(paid, code, np.where(counted > 0, FREE, NONE))
        return amount.astype(np.int64), code.astype(np.int16)


def _half_up(exact: int, over: int) -> int:
    return (2 * exact + over) // (2 * over)


@lru_cache(maxsize=256)
def _form(rule: ChargeRule, places: int, factor: Fraction) -> _Form:
    scale = 10**places
    common = lcm(scale, rule.free.denominator)
    times, free = common // scale, int(rule.free * common)
    unit = rule.size * common
    if rule.whole:
        # ceil((count * times - free) / (size * common)), both sides whole
        times, free, step = times * unit.denominator, free * unit.denominator, unit.numerator
        per = ONE
    else:
        step, per = None, 1 / unit
    lines = [(const * factor, slope * per * factor) for const, slope in _lines(rule)]
    over = lcm(
        factor.denominator, (rule.base * factor).denominator, *(n.denominator for pair in lines for n in pair)
    )
    constants, slopes = [tuple(int(line[i] * over) for line in lines) for i in (0, 1)] if lines else ((), ())
    ends = tuple(floor(span.up_to / per) for span in rule.spans if span.up_to is not None)
    least, most = (None if bound is None else int(bound * factor * over) for bound in (rule.least, rule.most))
    base = int(rule.base * factor * over)
    fixed = (base, free, step or 0, least or 0, most or 0, *ends)
    room = _largest(times, step, constants, slopes, over, fixed)
    return _Form(
        times=times,
        free=free,
        step=step,
        ends=ends,
        constants=constants,
        slopes=slopes,
        over=over,
        base=base,
        least=least,
        most=most,
        least_to_pay=_half_up(least or 0, over),
        most_to_pay=_half_up(most or 0, over),
        largest=min(room, MOST_COUNTED * scale),
        finest=_finest(rule, places),
        flat=not rule.spans,
    )


def _lines(rule: ChargeRule) -> list[tuple[Fraction, Fraction]]:
    """Return for each band the constant and the slope of the exact amount over the units."""
    found: list[tuple[Fraction, Fraction]] = []
    before = Fraction(rule.base)
    for span in rule.spans:
        start = before + span.flat
        if rule.by == "volume":
            found.append((start, span.rate))
            continue
        found.append((start - span.over * span.rate, span.rate))
        before = start + ((span.up_to or span.over) - span.over) * span.rate
    return found


def _finest(rule: ChargeRule, places: int) -> int:
    """Return the step of counts that the meter allows."""
    if rule.counts in ("time", "charges") or places <= rule.decimals:
        return 1
    return int(10 ** (places - rule.decimals))


def _largest(
    times: int,
    step: int | None,
    constants: tuple[int, ...],
    slopes: tuple[int, ...],
    over: int,
    fixed: tuple[int, ...],
) -> int:
    """Return the largest count whose way through the form stays within 62 bits, -1 if the prices alone do not."""
    if 2 * max(map(abs, (*constants, *slopes, *fixed, times, over))) + over >= _ROOM:
        return -1
    room = (_ROOM - over) // 2 - max(map(abs, constants), default=0)
    units = room // max(*slopes, 1) if slopes else _ROOM
    return min(units * (step or 1), _ROOM - 1) // times
