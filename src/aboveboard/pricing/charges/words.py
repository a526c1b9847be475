"""What charges say: the published rule before anything is bought, and the sum behind each line of a bill.

The same numbers that are computed with are the ones that are said, so that a page cannot promise another boundary than the one
that counts: a band that ends with 100 is "up to 100", and the next one is "from more than 100".
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache

from aboveboard import money
from aboveboard.pricing.charges.rule import FREE, LEAST, MOST, NONE, ChargeRule, Outcome, Part, Span
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.says import cash
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.months import MONTHS


def fill(key: str, **values: Text | str | int) -> Text:
    """Return the text `key` with its places filled in both languages, never looking for places inside the values."""
    pattern = _texts().text(key)
    return Text(
        pattern.en.format_map({name: v.en if isinstance(v, Text) else v for name, v in values.items()}),
        pattern.zh.format_map({name: v.zh if isinstance(v, Text) else v for name, v in values.items()}),
    )


def _texts() -> Catalogue:
    return Catalogue.load("aboveboard.pricing.charges")


@lru_cache(maxsize=4096)
def rate(exact: Fraction, currency: str) -> Text:
    """Return exact minor units, with as many decimals as they have (at most six more than a coin): `$0.002`."""
    places = money.exponent(currency)
    main = decimal(exact).scaleb(-places)
    shown = round(main, places + 6)
    whole, _, fraction = f"{shown:,f}".partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    unit, pattern = money.plain(1, currency), money.show(1, currency)
    digits = (f"{whole}.{fraction}" if fraction else whole) + ("" if shown == main else "…")
    return Text(pattern.en.replace(unit, digits), pattern.zh.replace(unit, digits))


@lru_cache(maxsize=4096)
def number(value: Fraction) -> str:
    """Return a number as people write it: `1,200`, `0.75`, at most six decimals, `…` where more follow."""
    exact = decimal(value)
    shown = round(exact, 6) if exact.as_tuple().exponent < -6 else exact  # type: ignore[operator]
    text = f"{shown:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if shown == exact else f"{text}…"


def amount(rule: ChargeRule, value: Fraction) -> Text:
    """Return how much of what the rule counts: `3 classes`; money as money, time in its units."""
    if rule.percent is not None:
        return rate(value * 10 ** money.exponent(rule.currency), rule.currency)
    if rule.counts == "time":
        value = value / rule.size
    return _of(value, rule.one, rule.many)


@lru_cache(maxsize=4096)
def _of(value: Fraction, one: Text, many: Text) -> Text:
    return fill("counted.amount", n=number(value), what=one if value == 1 else many)


@cache
def unit_name(unit: str) -> tuple[Text, Text]:
    """Return the name of one and of several of a unit that is no meter: a visit, an hour, a seat."""
    return _texts().text(f"counted.{unit}.one"), _texts().text(f"counted.{unit}.many")


# ------------------------------------------------------------------------------------------------- the published rule
def says(rule: ChargeRule, prorated: bool = False) -> Text:
    """Return the rule as it is published: all prices, all boundaries, what is free, the least and the most."""
    rest = _rule(rule)
    for key, bound in (("least", rule.least), ("most", rule.most)):
        if bound is not None and rule.kind != "pay_what_you_want":
            rest = joined([rest, fill(f"says.{key}", amount=cash(bound, rule.currency))], " ", "")
    if rule.free:
        rest = fill("says.free", free=amount(rule, rule.free), rest=rest)
    if prorated:
        rest = joined([rest, _texts().text("says.prorated")], " ", "")
    return rest


def _rule(rule: ChargeRule) -> Text:
    price = rate(rule.spans[0].rate, rule.currency) if rule.spans else rate(rule.base, rule.currency)
    size = _of(rule.size, rule.one, rule.many)
    match rule.kind:
        case "flat":
            return fill("says.flat", price=price)
        case "package" if len(rule.spans) == 1:
            return fill("says.package", price=price, size=size)
        case "package":
            return fill("says.packages", size=size, bands=_bands(rule))
        case "percentage":
            key = "says.percentage_above" if rule.counts == "charges" else "says.percentage"
            return fill(key, percent=percent(rule), meter=rule.meter)
        case "capacity":
            return _capacity(rule)
        case "time":
            return fill("says.time_whole" if rule.whole else "says.time_exact", price=price, one=rule.one)
        case "pay_what_you_want":
            return _pays(rule)
        case "graduated" | "volume" if len(rule.spans) > 1:
            return fill(f"says.{rule.kind}", bands=_bands(rule))
        case _:
            return fill("says.per_unit", price=price, one=rule.one)


def percent(rule: ChargeRule) -> str:
    """Return the share of a percentage charge: `2.9%`."""
    return f"{number(Fraction(rule.percent or 0) * 100)}%"


def _capacity(rule: ChargeRule) -> Text:
    return fill(
        "says.capacity",
        price=rate(rule.base, rule.currency),
        included=_of(rule.spans[0].up_to or Fraction(0), rule.one, rule.many),
        one=rule.one,
        overage=rate(rule.spans[-1].rate, rule.currency),
    )


def _pays(rule: ChargeRule) -> Text:
    least = cash(rule.least or 0, rule.currency)
    if rule.suggested is None:
        return fill("says.pays", least=least, one=rule.one)
    return fill(
        "says.pays_suggested", least=least, one=rule.one, suggested=cash(rule.suggested, rule.currency)
    )


def _bands(rule: ChargeRule) -> Text:
    """Say each band with its two ends, and to which side an end belongs."""
    said = [_band("says", rule, span, price=_price(rule, span)) for span in rule.spans]
    first = rule.spans[0].up_to
    if first is not None:
        said.append(fill("says.ends", to=number(first)))
    return joined(said, " ", "")


def _price(rule: ChargeRule, span: Span) -> Text:
    each, flat = rate(span.rate, rule.currency), rate(span.flat, rule.currency)
    if not span.rate:
        return fill("says.flat_only", flat=flat) if span.flat else _texts().text("says.nothing")
    return fill("says.each_and_flat" if span.flat else "says.each", price=each, flat=flat, one=rule.one)


def _band(room: str, rule: ChargeRule, span: Span, **said: Text) -> Text:
    """Say a band with its ends: `the first 100` where each part has its price, `up to 100` where one price holds for all."""
    over, to = _units(rule, span.over), _units(rule, span.up_to or Fraction(0))
    if span.up_to is None:
        key = "above" if span.over else "all_of"
    elif span.over:
        key = "between"
    else:
        key = "up_to" if rule.by == "volume" else "first"
    return fill(f"{room}.{key}", over=over, to=to, **said)


def _units(rule: ChargeRule, units: Fraction) -> Text:
    one, many = unit_name("package") if rule.kind == "package" else (rule.one, rule.many)
    return _of(units, one, many)


# ------------------------------------------------------------------------------------------------- the sum of a line
def how(rule: ChargeRule, counted: Fraction, outcome: Outcome) -> Text:
    """Return the sum behind a line, from what was counted to its exact amount."""
    base = rate(rule.base, rule.currency)
    if not rule.spans:
        return _texts().text("how.flat")
    if outcome.code == NONE:
        return fill("how.none_base", base=base) if rule.base else _texts().text("how.none")
    if outcome.code == FREE:
        return fill("how.free", counted=amount(rule, counted), free=amount(rule, rule.free))
    said = _sum(rule, counted, outcome)
    if outcome.code == LEAST:
        said = fill("how.least", rest=said, amount=cash(rule.least or 0, rule.currency))
    if outcome.code == MOST:
        said = fill("how.most", rest=said, amount=cash(rule.most or 0, rule.currency))
    if rule.free:
        said = fill("how.after_free", counted=amount(rule, counted), free=amount(rule, rule.free), rest=said)
    return said


def _sum(rule: ChargeRule, counted: Fraction, outcome: Outcome) -> Text:
    after, last = counted - rule.free, rule.spans[outcome.parts[-1].band]
    price = rate(last.rate, rule.currency)
    match rule.kind:
        case "percentage":
            return fill("how.percentage", percent=percent(rule), amount=amount(rule, after))
        case "package":
            size, units = _of(rule.size, rule.one, rule.many), _units(rule, outcome.units)
            one = len(rule.spans) == 1
            return fill(
                "how.packages" if one else "how.packages_of",
                counted=amount(rule, after), size=size, units=units, price=price,
                rest=joined([part(rule, each) for each in outcome.parts]),
            )  # fmt: skip
        case "capacity":
            return _used(rule, after, outcome)
        case "time":
            key = "how.begun" if rule.whole else "how.exact"
            begun = _of(outcome.units, rule.one, rule.many)
            return fill(key, lasted=lasted(after, rule), units=begun, price=price, one=rule.one)
        case _:
            return joined([part(rule, each) for each in outcome.parts])


def _used(rule: ChargeRule, after: Fraction, outcome: Outcome) -> Text:
    included = _of(rule.spans[0].up_to or Fraction(0), rule.one, rule.many)
    base, over = rate(rule.base, rule.currency), outcome.parts[-1]
    if over.band == 0:
        return fill("how.within", base=base, included=included, counted=amount(rule, after))
    more, overage = _of(over.units, rule.one, rule.many), rate(rule.spans[over.band].rate, rule.currency)
    return fill("how.over", base=base, included=included, more=more, overage=overage)


def part(rule: ChargeRule, part: Part) -> Text:
    """Return what one band adds, with its boundaries: `from more than 100 up to 500: 50 pieces × $0.80`."""
    span = rule.spans[part.band]
    counted = _units(rule, part.units)
    key = ("times_flat" if span.flat else "times") if span.rate or not span.flat else "flat_band"
    flat = rate(span.flat, rule.currency)
    said = fill(f"how.{key}", counted=counted, price=rate(span.rate, rule.currency), flat=flat)
    return _band("how", rule, span, sum=said)


def lasted(seconds: Fraction, rule: ChargeRule) -> Text:
    """Return a time in days (only where days are counted), hours, minutes and seconds: `2 hours 20 minutes`."""
    said: list[Text] = []
    left = seconds
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if unit == "day" and rule.per != "day":
            continue
        many = left / length if unit == "second" else Fraction(left // length)
        left -= many * length
        if many or (unit == "second" and not said):
            said.append(_of(many, *unit_name(unit)))
    return joined(said, " ", " ")


def paid(rule: ChargeRule, quantity: int, amount: int, *, chosen: bool) -> Text:
    """Return what a line says whose amount the customer names."""
    least = cash((rule.least or 0) * quantity, rule.currency)
    return fill("how.chosen" if chosen else "how.suggested", amount=cash(amount, rule.currency), least=least)


def factored(how: Text, because: Text) -> Text:
    """Return the sum with the reason why it is taken a part of, or several times."""
    return fill("how.factored", how=how, because=because)


def month(year: int, month: int) -> Text:
    """Return a month as people write it: `November 2026`, `2026 年 11 月`."""
    return Text(f"{MONTHS[month - 1]} {year}", f"{year} 年 {month} 月")


def joined(said: list[Text], en: str = "; ", zh: str = "；") -> Text:
    """Return several texts in a row."""
    return Text(en.join(each.en for each in said), zh.join(each.zh for each in said))


def number_of(value: Decimal, what: Text) -> Text:
    """Return a number with what it counts, or the number alone: `45 minutes`."""
    said = number(Fraction(value))
    return fill("counted.amount", n=said, what=what) if what.en else Text(said, said)
