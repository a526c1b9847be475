"""Prices of others that cannot be: of nothing we sell, of a day to come, in other money; and what a tier names of them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from aboveboard.book.check import amounts
from aboveboard.book.check.large import small_enough
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Observation, Positioned
from aboveboard.book.near import nearest
from aboveboard.words.catalogue import Catalogue

_OBSERVATIONS: Path = ("market", "observations")


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about each observation by itself, and about what tiers name of them."""
    first: dict[str, Path] = {}
    own: dict[tuple[str, str, str], Decimal] = {}
    for number, each in enumerate(book.market.observations):
        here = (*_OBSERVATIONS, number)
        if each.id in first:
            line = report.lines.at(first[each.id]).line
            report.add("reference.duplicate_id", (*here, "id"), id=each.id, first=line)
        first.setdefault(each.id, (*here, "id"))
        _numbers(book, each, here, report)
        if each.seen > today:
            report.add("market.future", (*here, "seen"), day=each.seen)
        _compared(book, each, here, own, report)
    for number, service in enumerate(book.services):
        for index, tier in enumerate(service.tiers):
            if tier.positioned is not None:
                path = ("services", number, "tiers", index, "positioned")
                _positioned(book, tier.positioned, (service.id, tier.id), path, report)


def _numbers(book: Book, each: Observation, path: Path, report: Report) -> None:
    currency = book.business.currency
    if each.currency != currency:
        report.add("market.currency", (*path, "currency"), theirs=each.currency, ours=currency)
        return
    sound = amounts.amount(each.amount, currency, (*path, "amount"), report)
    if sound and each.amount == 0:
        report.add("market.nothing_asked", (*path, "amount"))
    _quantity(each.quantity, (*path, "quantity"), report)
    if each.on_top is not None:
        amounts.amount(each.on_top, currency, (*path, "on_top"), report)
        if each.all_in:
            report.add("market.on_top", (*path, "on_top"))
    elif not each.all_in:
        report.add("market.not_all_in", (*path, "all_in"), who=each.who.words)


def _compared(
    book: Book, each: Observation, path: Path, own: dict[tuple[str, str, str], Decimal], report: Report
) -> None:
    seen: set[tuple[str, str]] = set()
    for index, compared in enumerate(each.compared_with):
        here = (*path, "compared_with", index)
        service = book.service(compared.service)
        if service is None:
            _unknown(
                "service", compared.service, [one.id for one in book.services], (*here, "service"), report
            )
        elif all(tier.id != compared.tier for tier in service.tiers):
            _unknown("tier", compared.tier, [tier.id for tier in service.tiers], (*here, "tier"), report)
        _quantity(compared.quantity, (*here, "quantity"), report)
        tier = (compared.service, compared.tier)
        if tier in seen:
            report.add("reference.repeated", here, id=compared.tier)
        seen.add(tier)
        known = own.setdefault((*tier, each.unit), compared.quantity)
        if known != compared.quantity:
            values: dict[str, Any] = {"first": known, "second": compared.quantity, "tier": compared.tier}
            report.add("market.own_quantity", (*here, "quantity"), unit=each.unit, **values)


def _positioned(book: Book, basis: Positioned, tier: tuple[str, str], path: Path, report: Report) -> None:
    known = [each.id for each in book.market.observations]
    for index, name in enumerate(basis.observations):
        here = (*path, "observations", index)
        each = book.market.observation(name)
        if each is None:
            _unknown("observation", name, known, here, report)
        elif all((one.service, one.tier) != tier for one in each.compared_with):
            report.add("market.not_compared", here, id=name, tier=tier[1])
        if name in basis.observations[:index]:
            report.add("reference.repeated", here, id=name)
    if basis.reference is not None and basis.reference not in basis.observations:
        _unknown("observation", basis.reference, basis.observations, (*path, "reference"), report)
    if basis.reference is not None and not basis.differentiation:
        report.add("market.reference_alone", (*path, "reference"))
    if basis.by is not None and not 0 <= basis.by < 10:
        report.add("market.by", (*path, "by"), value=basis.by)
    for index, each_differs in enumerate(basis.differentiation):
        worth, here = each_differs.worth, (*path, "differentiation", index, "worth")
        amounts.amount(abs(worth), book.business.currency, here, report)


def _quantity(value: Decimal, path: Path, report: Report) -> None:
    if small_enough(value, path, report) and value <= 0:
        report.add("market.quantity", path, value=value)


def _unknown(kind: str, name: str, known: list[str], path: Path, report: Report) -> None:
    if name in known:
        return
    values: dict[str, Any] = {"what": Catalogue.load("aboveboard.book").text(f"things.{kind}"), "id": name}
    near = nearest(name, known)
    if near:
        report.add("reference.mistyped", path, near=near, **values)
    else:
        report.add("reference.unknown", path, known=", ".join(known) or "–", **values)
