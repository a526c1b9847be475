"""A charge, ready to compute with: what is counted goes in, an exact amount comes out.

All kinds are one form. From what is counted the free amount is taken, the rest is measured in steps of `size` (begun ones
whole, or not), and the result, the *units*, lies in one of the bands:

    units = (counted - free) / size          (rounded up where begun steps count whole)
    graduated:  each band's own part of the units times its rate, and its flat amount if it is entered
    volume:     all units times the rate of the band in which they end, and that band's flat amount

A flat charge is a base without bands; a capacity is a base, a band at zero and a band for what goes over. A band includes its
end: 100 lies in the band up to 100, and 100.5 in the next. `least` and `most` hold only if something was counted. The exact
amount is a fraction of minor units, and is rounded once, half away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Literal, NamedTuple

from aboveboard.book.model import ChargeKind, TimeUnit
from aboveboard.pricing.errors import PriceError
from aboveboard.words import Text

#: More of anything than this is a slip of the keyboard.
MOST_COUNTED = 10**18
#: Beyond this, programs that read the price as JSON would no longer see the exact cents (RFC 7493 section 2.2).
MOST_AMOUNT = 2**53 - 1

ZERO = Fraction(0)
ONE = Fraction(1)

#: What happened, by the place of its code: the first few are the same for every charge, then come its bands.
NONE, FREE, LEAST, MOST, FLAT, TOO_LARGE, REFUSED = range(7)
_CODES = ("none", "free", "least", "most", "flat", "too_large", "bad_usage")
FIRST_BAND = len(_CODES)


@dataclass(frozen=True, slots=True)
class Span:
    """A band, ready to compute with: units after `over` up to and including `up_to`, at `rate` minor units each, `flat` once."""

    over: Fraction
    up_to: Fraction | None
    rate: Fraction
    flat: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one band in a charge: which band (from 0), how many units, exact minor units."""

    band: int
    units: Fraction
    exact: Fraction


class Outcome(NamedTuple):
    """What a charge comes to: exact minor units, the place of its code, the units, and the parts by band."""

    exact: Fraction
    code: int
    units: Fraction
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ChargeRule:
    """One charge. `counts` is `quantity`, `seats`, `time`, `charges` (the lines above it), `pays`, or the id of a meter.

    `decimals` is how fine it may be counted. `prorates`: whether of a part of a month only the days are paid. `one` and `many`
    name what is counted, `meter` is the name of the meter; `says` is the published sentence. Time is counted in seconds, so
    that `size` 3600 is an hour.
    """

    id: str
    name: Text
    kind: ChargeKind
    counts: str
    currency: str
    says: Text
    one: Text
    many: Text
    meter: Text
    decimals: int = 0
    base: Fraction = ZERO
    spans: tuple[Span, ...] = ()
    by: Literal["graduated", "volume"] = "graduated"
    free: Fraction = ZERO
    size: Fraction = ONE
    whole: bool = False
    least: int | None = None
    most: int | None = None
    per: TimeUnit | None = None
    percent: Decimal | None = None
    suggested: int | None = None
    prorates: Literal["no", "base", "all"] = "no"

    @property
    def codes(self) -> tuple[str, ...]:
        """The names of everything that can happen, in the order of their numbers."""
        return _CODES + tuple(f"band_{number + 1}" for number in range(len(self.spans)))

    def counted(self, said: Decimal | int | Fraction) -> Fraction:
        """Return a number that was counted; raises `PriceError` unless it is finite, not below zero, not too large or fine."""
        try:
            exact = Fraction(said)
        except (ValueError, OverflowError):
            exact = Fraction(-1)
        fine = self.counts in ("time", "charges") or (exact * 10**self.decimals).denominator == 1
        if not 0 <= exact <= MOST_COUNTED or not fine:
            raise PriceError(
                "bad_usage",
                meter=self.meter,
                value=str(said)[:40],
                decimals=self.decimals,
                most=f"{MOST_COUNTED:,}",
            )
        return exact

    def outcome(self, counted: Fraction) -> Outcome:
        """Return what `counted` (as `counted` gave it) comes to, before rounding."""
        if not self.spans:
            return Outcome(self.base, FLAT, ONE, ())
        after = counted - self.free
        if after <= 0:
            return Outcome(self.base, FREE if counted else NONE, ZERO, ())
        units = after / self.size
        if self.whole:
            units = Fraction(ceil(units))
        parts = self._volume(units) if self.by == "volume" else self._graduated(units)
        exact = self.base + sum((part.exact for part in parts), ZERO)
        if self.least is not None and exact < self.least:
            return Outcome(Fraction(self.least), LEAST, units, parts)
        if self.most is not None and exact > self.most:
            return Outcome(Fraction(self.most), MOST, units, parts)
        return Outcome(exact, FIRST_BAND + parts[-1].band, units, parts)

    def for_part(self, part: Fraction) -> ChargeRule:
        """Return the rule for a part of a month: what comes each month is taken that much, what is used stays as it is."""
        if self.prorates == "no":
            return self
        if self.prorates == "base":
            return replace(self, base=self.base * part)
        spans = (replace(span, rate=span.rate * part, flat=span.flat * part) for span in self.spans)
        return replace(self, base=self.base * part, spans=tuple(spans))

    def _volume(self, units: Fraction) -> tuple[Part, ...]:
        band = next(i for i, span in enumerate(self.spans) if span.up_to is None or units <= span.up_to)
        span = self.spans[band]
        return (Part(band, units, units * span.rate + span.flat),)

    def _graduated(self, units: Fraction) -> tuple[Part, ...]:
        parts = []
        for band, span in enumerate(self.spans):
            end = units if span.up_to is None else min(units, span.up_to)
            parts.append(Part(band, end - span.over, (end - span.over) * span.rate + span.flat))
            if end == units:
                break
        return tuple(parts)


def rounded(exact: Fraction) -> int:
    """Return exact minor units (not below zero) as whole ones, half a unit up; raises `PriceError` beyond what JSON holds."""
    amount = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    if amount > MOST_AMOUNT:
        raise PriceError("too_large")
    return amount
