"""A charge as a line of a bill: what was counted, how it was worked out, the exact amount and the one to pay."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from aboveboard.book.model import ChargeKind
from aboveboard.pricing.charges import words
from aboveboard.pricing.charges.rule import ONE, ChargeRule, Outcome, rounded
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.says import cash
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class BandLine:
    """What one band adds to a line: which band (from 1), how many units lie in it, exact minor units, and in words."""

    band: int
    units: Decimal
    exact: Decimal
    how: Text


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One charge of an order. `exact` and `amount` are minor units; `amount` is `exact` rounded once, half away from zero.

    `counted` is in the unit of the meter (time: in seconds). `code` says what happened: none, free, least, most, flat, or the
    band (band_1 …) in which the count ended. `how` is the sum as people write it, `says` the published rule behind it.
    """

    id: str
    name: Text
    kind: ChargeKind | str
    counted: Decimal
    exact: Decimal
    amount: int
    how: Text
    code: str
    says: Text
    bands: tuple[BandLine, ...] = ()

    @property
    def rounding(self) -> Decimal:
        """What rounding added, in minor units."""
        return self.amount - self.exact


def line(
    rule: ChargeRule,
    said: Decimal | int | Fraction,
    *,
    part: Fraction = ONE,
    times: int = 1,
    because: Text | None = None,
) -> ChargeLine:
    """Return the line of `rule` for what was counted; raises `PriceError` for a count that cannot be.

    `part` of a month is paid where the rule says so, and the whole is taken `times`, both before rounding; `because` says why.
    """
    counted = rule.counted(said)
    outcome = rule.outcome(counted)
    exact = (outcome.exact if part == ONE else rule.for_part(part).outcome(counted).exact) * times
    how = words.how(rule, counted, outcome)
    return ChargeLine(
        id=rule.id,
        name=rule.name,
        kind=rule.kind,
        counted=decimal(counted),
        exact=decimal(exact),
        amount=rounded(exact),
        how=how if because is None else words.factored(how, because),
        code=rule.codes[outcome.code],
        says=rule.says,
        bands=tuple(_bands(rule, outcome)) if len(rule.spans) > 1 else (),
    )


def _bands(rule: ChargeRule, outcome: Outcome) -> list[BandLine]:
    return [
        BandLine(part.band + 1, decimal(part.units), decimal(part.exact), words.part(rule, part))
        for part in outcome.parts
    ]


def pays_line(rule: ChargeRule, quantity: int, pays: int | None) -> ChargeLine:
    """Return the line of a price that the customer names: `pays` minor units for all `quantity`, or what is suggested.

    Raises `PriceError` if it is less than the least for each times the quantity.
    """
    least, suggested = (rule.least or 0) * quantity, (rule.suggested or rule.least or 0) * quantity
    amount = suggested if pays is None else pays
    if type(amount) is not int or amount < least:
        raise PriceError("pays_too_little", least=cash(least, rule.currency))
    exact = Fraction(amount)
    return ChargeLine(
        id=rule.id,
        name=rule.name,
        kind=rule.kind,
        counted=Decimal(quantity),
        exact=Decimal(amount),
        amount=rounded(exact),
        how=words.paid(rule, quantity, amount, chosen=pays is not None),
        code="suggested" if pays is None else "chosen",
        says=rule.says,
    )
