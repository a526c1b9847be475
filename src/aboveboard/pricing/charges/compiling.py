"""From a charge of the book to a rule that can be computed with.

What `aboveboard check` refuses is refused here as well, in one sentence: a rule is never made from half a charge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from aboveboard import money
from aboveboard.book.model import Band, Charge, Meter
from aboveboard.book.model import Text as Pair
from aboveboard.book.model.charges import RESERVED
from aboveboard.money import MoneyError, minor
from aboveboard.pricing.charges import words
from aboveboard.pricing.charges.elapsed import SECONDS
from aboveboard.pricing.charges.rule import ZERO, ChargeRule, Span
from aboveboard.pricing.errors import PriceError
from aboveboard.words import Text

_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a charge is compiled for: the currency, the book's meters, what one of the service is, whether months are prorated."""

    currency: str
    meters: tuple[Meter, ...] = ()
    unit: str = "piece"
    prorated: bool = False
    where: str = "charges"


def compile_charge(charge: Charge, setting: Setting | str) -> ChargeRule:
    """Return the rule of one charge; `setting` may be a currency alone. Raises `PriceError` for a charge that cannot be."""
    if isinstance(setting, str):
        setting = Setting(setting)
    try:
        return _with_words(_rule(charge, setting), setting)
    except (MoneyError, ValueError, TypeError, ArithmeticError) as error:
        if isinstance(error, PriceError):
            raise
        raise PriceError("book_broken", where=f"{setting.where}.{charge.id} ({error})") from None


def unit_price(id: str, name: Text, list_price: Decimal, setting: Setting) -> ChargeRule:  # noqa: A002
    """Return the rule of a list price: so much for each of the quantity."""
    named = Pair(en=name.en, zh=name.zh)
    return compile_charge(Charge(id=id, name=named, kind="per_unit", price=list_price), setting)


def _rule(charge: Charge, setting: Setting) -> ChargeRule:
    counts, meter = _counts(charge), None
    if counts not in RESERVED:
        meter = next((each for each in setting.meters if each.id == counts), None)
        if meter is None:
            raise PriceError("book_broken", where=f"{setting.where}.{charge.id}.counts ({counts})")
    one, many = _names(charge, counts, meter, setting)
    rule = ChargeRule(
        id=charge.id,
        name=charge.name.words,
        kind=charge.kind,
        counts=counts,
        currency=setting.currency,
        says=_NOTHING,
        one=one,
        many=many,
        meter=meter.name.words if meter else charge.name.words,
        decimals=meter.places(setting.currency) if meter else 0,
        free=_number(charge.free) if charge.free is not None else ZERO,
        per=charge.per,
    )
    return replace(rule, **_OF_KIND[charge.kind](charge, setting.currency))


def _with_words(rule: ChargeRule, setting: Setting) -> ChargeRule:
    """Return the rule with its published sentence, and with time counted in seconds."""
    if setting.prorated and rule.kind != "pay_what_you_want":
        monthly = rule.kind == "flat" or rule.counts in ("quantity", "seats")
        rule = replace(rule, prorates="all" if monthly else "base" if rule.base else "no")
    if rule.counts == "time" and rule.per is not None:
        length = SECONDS[rule.per]
        rule = replace(rule, free=rule.free * length, size=Fraction(length))
    return replace(rule, says=words.says(rule, prorated=rule.prorates != "no"))


def _counts(charge: Charge) -> str:
    match charge.kind:
        case "time":
            return "time"
        case "pay_what_you_want":
            return "pays"
        case "percentage":
            return charge.counts or "charges"
        case _:
            return charge.counts or "quantity"


def _names(charge: Charge, counts: str, meter: Meter | None, setting: Setting) -> tuple[Text, Text]:
    if meter is not None:
        return meter.one.words, meter.many.words
    return words.unit_name(
        charge.per or "hour" if counts == "time" else "seats" if counts == "seats" else setting.unit
    )


def _flat(charge: Charge, currency: str) -> dict[str, Any]:
    return {"base": Fraction(_coins(charge.price, currency))}


def _per_unit(charge: Charge, currency: str) -> dict[str, Any]:
    return {"spans": (_open(_rate(charge.price, currency)),)}


def _banded(charge: Charge, currency: str) -> dict[str, Any]:
    return {
        "spans": _spans(charge.bands, currency),
        "by": "volume" if charge.kind == "volume" else "graduated",
    }


def _package(charge: Charge, currency: str) -> dict[str, Any]:
    spans = _spans(charge.bands, currency) if charge.bands else (_open(_rate(charge.price, currency)),)
    return {"size": _positive(charge.size), "whole": True, "spans": spans, "by": "volume"}


def _percentage(charge: Charge, currency: str) -> dict[str, Any]:
    """A share of money counted in the main unit: so many minor units for each."""
    percent = _needed(charge.percent)
    found: dict[str, Any] = {"percent": percent}
    found["spans"] = (_open(_number(percent) * _coins_in_one(currency)),)
    for key, bound in (("least", charge.least), ("most", charge.most)):
        if bound is not None:
            found[key] = _coins(bound, currency)
    return found


def _capacity(charge: Charge, currency: str) -> dict[str, Any]:
    included, over = _positive(charge.included), _rate(charge.overage, currency)
    spans = (Span(ZERO, included, ZERO), Span(included, None, over))
    return {"base": Fraction(_coins(charge.price, currency)), "spans": spans}


def _time(charge: Charge, currency: str) -> dict[str, Any]:
    if charge.per is None:
        raise ValueError("per")
    return {"spans": (_open(_rate(charge.price, currency)),), "whole": charge.begun == "whole"}


def _pays(charge: Charge, currency: str) -> dict[str, Any]:
    suggested = None if charge.suggested is None else _coins(charge.suggested, currency)
    return {"least": _coins(charge.least or Decimal(0), currency), "suggested": suggested}


_OF_KIND = {
    "flat": _flat,
    "per_unit": _per_unit,
    "graduated": _banded,
    "volume": _banded,
    "package": _package,
    "percentage": _percentage,
    "capacity": _capacity,
    "time": _time,
    "pay_what_you_want": _pays,
}


def _spans(bands: Iterable[Band], currency: str) -> tuple[Span, ...]:
    found: list[Span] = []
    over: Fraction | None = ZERO
    for band in bands:
        if over is None or (band.over is not None and _number(band.over) != over):
            raise ValueError("bands")
        up_to = None if band.up_to is None else _number(band.up_to)
        if up_to is not None and up_to <= over:
            raise ValueError("bands")
        found.append(
            Span(
                over,
                up_to,
                _rate(band.price or Decimal(0), currency),
                Fraction(_coins(band.flat or Decimal(0), currency)),
            )
        )
        over = up_to
    if over is not None:
        raise ValueError("bands")
    return tuple(found)


def _open(rate: Fraction) -> Span:
    return Span(ZERO, None, rate)


def _coins(value: Decimal | None, currency: str) -> int:
    amount = minor(_needed(value), currency)
    if amount < 0:
        raise ValueError(str(value))
    return amount


def _rate(value: Decimal | None, currency: str) -> Fraction:
    """Return exact minor units; a price for each may be finer than a coin."""
    return _number(_needed(value)) * _coins_in_one(currency)


def _coins_in_one(currency: str) -> int:
    return int(10 ** money.exponent(currency))


def _positive(value: Decimal | None) -> Fraction:
    found = _number(_needed(value))
    if not found:
        raise ValueError(str(value))
    return found


def _number(value: Decimal) -> Fraction:
    found = Fraction(value)
    if not 0 <= found <= money.LARGEST or (found * 10**12).denominator != 1:
        raise ValueError(str(value))
    return found


def _needed(value: Decimal | None) -> Decimal:
    if value is None:
        raise ValueError("a number is missing")
    return value
