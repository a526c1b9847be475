"""Charges tried out: totals that fall as more is bought, and prices under what the thing costs us.

A total can fall only where a band ends, so each end is tried: the last count of a band against the next one that can be
counted. That may be meant (who takes 101 pays less than who takes 100), but nobody should find it out from a customer.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import floor as whole

from aboveboard import money
from aboveboard.book.check.charges import every
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Charge, Meter, Service, Tier
from aboveboard.pricing.charges import ChargeRule, Setting, compile_charge, tier_rules
from aboveboard.pricing.charges.rule import rounded
from aboveboard.pricing.charges.words import amount, number_of, rate, unit_name
from aboveboard.pricing.costs import cost_of
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.quote import MOST, price
from aboveboard.pricing.says import cash
from aboveboard.pricing.steps import PriceRequest
from aboveboard.words import Text


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about the charges of a book that can be priced."""
    for path, charge, _ in every(book):
        service = book.services[int(path[1])]
        rule = compile_charge(charge, Setting(book.business.currency, tuple(book.meters), service.unit))
        _falls(charge, rule, path, report)
        _under_cost(book, charge, rule, path, report)
    for number, service in enumerate(book.services):
        for place, tier in enumerate(service.tiers):
            if tier.charges:
                _many(book, service, tier, ("services", number, "tiers", place, "charges"), report, today)


def _falls(charge: Charge, rule: ChargeRule, path: Path, report: Report) -> None:
    for few, many in _steps(rule):
        try:
            dear, cheap = (rounded(rule.outcome(count).exact) for count in (few, many))
        except PriceError:
            return
        if cheap < dear:
            report.add(
                "charge.falls",
                path,
                charge=charge.name.words,
                few=amount(rule, few),
                many=amount(rule, many),
                dear=cash(dear, rule.currency),
                cheap=cash(cheap, rule.currency),
            )
            return


def _steps(rule: ChargeRule) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield the last count of each band and the first after it."""
    step = Fraction(1, 10**rule.decimals)
    for span in rule.spans:
        if span.up_to is not None:
            end = span.up_to * rule.size + rule.free
            few = whole(end / step) * step
            yield few, few + step


def _under_cost(book: Book, charge: Charge, rule: ChargeRule, path: Path, report: Report) -> None:
    """A price for one more of a meter that is less than what one more uses up."""
    meter: Meter | None = next((each for each in book.meters if each.id == charge.counts), None)
    if meter is None or not meter.uses or rule.percent is not None or not rule.spans:
        return
    cost = Fraction(cost_of(book, meter.uses))
    prices = [span.rate / rule.size for span in rule.spans if span.rate]
    lowest = min(prices, default=cost)
    if lowest < cost:
        report.add(
            "charge.under_cost",
            path,
            charge=charge.name.words,
            one=meter.one.words,
            price=rate(lowest, rule.currency),
            cost=rate(cost, rule.currency),
        )


def _many(book: Book, service: Service, tier: Tier, path: Path, report: Report, today: datetime.date) -> None:
    """Orders of many: whether their price still covers the floor, at each end of a band and at the largest order."""
    rules = tier_rules(book, service, tier)
    if any(rule.counts not in ("quantity", "charges") for rule in rules.rules):
        return
    counts = sorted({MOST} | {int(many) for rule in rules.rules for _, many in _steps(rule) if many <= MOST})
    for count in counts:
        try:
            made = price(book, PriceRequest(service.id, tier.id, count, today))
        except PriceError:  # so many cannot be ordered at once, and whoever tries is told why
            return
        paid, lowest = next(step.subtotal for step in made.steps if step.kind == "margin"), made.floor
        if paid < lowest:
            report.add(
                "charge.under_floor",
                path,
                tier=tier.name.words,
                many=_of(count, service.unit),
                price=money.show(paid, rules.currency),
                floor=money.show(lowest, rules.currency),
                short=money.show(lowest - paid, rules.currency),
            )
            return


def _of(count: int, unit: str) -> Text:
    one, many = unit_name(unit)
    return number_of(Decimal(count), one if count == 1 else many)
