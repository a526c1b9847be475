"""From the text of a price page, in any version from 1.0 to 3.1, to one `PricePage`.

The versions differ little, so none is converted into the next: each thing is looked for wherever a version put it.

    1.0   day, month, year; hasAnnualPayment; monthlyPrice and annualPrice
    1.1   createdAt instead of day, month and year; starts, ends; add-ons that depend on others
    2.0   price and billing instead of two prices; url, tags, variables; add-ons that exclude others; render, private
    2.1   syntaxVersion says the version of the format, version that of the page
    3.0   two types of limits instead of four; period, trackable; subscriptionConstraints; custom
    3.1   variables may be lists and maps

Reading never stops at a fault. What cannot be read is left out, with a finding that says where and how to mend it, so that a
page with three faults shows all three, and as much of it as possible can still be counted.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from aboveboard.book import source
from aboveboard.book.finding import Full
from aboveboard.pricing.pricing2yaml import parts
from aboveboard.pricing.pricing2yaml.expression import ExpressionError, evaluate, is_expression
from aboveboard.pricing.pricing2yaml.model import LARGEST, PagePrice, PricePage
from aboveboard.pricing.pricing2yaml.place import PageReport, Place, data, number

VERSIONS = ("1.0", "1.1", "2.0", "2.1", "3.0", "3.1")
_KEYS = frozenset(
    {
        "syntaxVersion", "saasName", "version", "day", "month", "year", "createdAt", "starts", "ends", "currency",
        "hasAnnualPayment", "url", "tags", "billing", "variables", "features", "usageLimits", "plans", "addOns", "custom",
    }
)  # fmt: skip
#: More of a kind than any page has; what comes after is left out. Comparing all with all would take too long.
MOST = {"features": 2_000, "usageLimits": 1_000, "plans": 50, "addOns": 300, "variables": 1_000}

T = TypeVar("T")


def read(text: str | bytes, report: PageReport) -> PricePage | None:
    """Return the page, or None if the file is no YAML or holds no page at all; faults go to `report`. Never raises for a file."""
    try:
        decoded = source.decode(text, report)
        root = source.read(decoded, report) if decoded is not None else None
        if root is None:
            return None
        report.root = root
        top = Place(root, report)
        if not top.has_form(_KEYS) or not {"saasName", "features", "plans", "addOns"} & root.entries.keys():
            report.add("page.none", ())
            return None
        return _page(top)
    except Full:
        report.findings.pop()
        report.add("page.too_many", ())
        return None


def _page(top: Place) -> PricePage:
    old = _version(top)
    variables = {name: data(place.node) for name, place in _some(top, "variables") if place.node is not None}
    features = tuple(_each(top, "features", parts.feature))
    limits = tuple(_each(top, "usageLimits", parts.limit(features)))
    context = parts.Context(
        features={feature.name: feature for feature in features},
        limits={limit.name: limit for limit in limits},
        price=lambda place: _price(place, variables),
    )
    sold = {key: _some(top, key) for key in ("plans", "addOns")}
    plans = tuple(context.plan(name, place) for name, place in sold["plans"])
    add_ons = tuple(context.add_on(name, place) for name, place in sold["addOns"])
    created = _created(top)
    if top.at("features").empty:
        top.fault("key.missing", key="features")
    if not plans and not add_ons:
        top.fault("page.empty")
    return PricePage(
        name=_required(top, "saasName"),
        currency=_required(top, "currency"),
        created=created,
        version=created if old else top.said("version") or created,
        url=top.said("url"),
        tags=top.at("tags").names(),
        billing=_billing(top, [place for places in sold.values() for _, place in places]),
        variables=MappingProxyType(variables),
        features=features,
        limits=limits,
        plans=plans,
        add_ons=add_ons,
        custom=None if (custom := top.at("custom").node) is None else data(custom),
    )


def _some(top: Place, key: str) -> list[tuple[str, Place]]:
    """Return the things under a key, at most as many as anyone has."""
    found = list(top.at(key).entries())
    if len(found) > MOST[key]:
        top.at(key).fault("page.too_large", key=key, limit=f"{MOST[key]:,}", count=f"{len(found):,}")
    return found[: MOST[key]]


def _each(top: Place, key: str, make: Callable[[str, Place], T]) -> list[T]:
    return [make(name, place) for name, place in _some(top, key)]


def _version(top: Place) -> bool:
    """Check the version of the format; return whether it is one in which `version` means just that (1.0 to 2.0)."""
    key = "syntaxVersion" if not top.at("syntaxVersion").empty else "version"
    said = top.said(key).strip()
    if key == "version" and said not in VERSIONS[:3]:
        if said in VERSIONS:
            top.at(key).fault("page.version_place", said=said)
        else:
            top.fault("page.version_missing", known=", ".join(VERSIONS))
    elif said not in VERSIONS:
        top.at(key).fault("page.version_unknown", said=said[:20], known=", ".join(VERSIONS))
    return key == "version" and said in VERSIONS


def _created(top: Place) -> str:
    """Return the day on which the page was written down, like 2024-11-19."""
    place = top.at("createdAt")
    if place.empty and any(not top.at(key).empty for key in ("day", "month", "year")):
        parts_ = [top.at(key).number() for key in ("year", "month", "day")]
        if None in parts_:
            return ""
        place, said = top.at("day"), "-".join(f"{part or 0:02f}".split(".")[0].zfill(2) for part in parts_)
    else:
        said = _required(top, "createdAt")
    if not said:
        return ""
    try:
        return datetime.date.fromisoformat(said[:10]).isoformat()
    except ValueError:
        place.fault("page.date_wrong", said=said[:20])
        return ""


def _required(top: Place, key: str) -> str:
    said = top.said(key).strip()
    if not said and (top.at(key).empty or top.at(key).node.kind == "text"):  # type: ignore[union-attr]
        top.fault("key.missing", key=key)
    return said


def _billing(top: Place, sold: list[Place]) -> Mapping[str, Decimal]:
    """Return the ways to pay. A page that names none is paid by the month, an old one with yearly prices alone by the year."""
    found = {}
    for name, place in top.at("billing").entries():
        factor = place.number()
        if factor is not None and 0 < factor <= 1:
            found[name] = factor
        elif factor is not None:
            place.fault("billing.factor", name=name)
    by_year = any(_which(place)[0] == "annualPrice" for place in sold)
    return MappingProxyType(found or {"annual" if by_year else "monthly": Decimal(1)})


def _which(place: Place) -> tuple[str, Place]:
    """Return under which key a plan or an add-on says its price: the monthly price comes before the yearly one."""
    for key in ("price", "monthlyPrice", "annualPrice"):
        if not place.at(key).empty:
            return key, place.at(key)
    return "price", place.at("price")


def _price(item: Place, variables: dict[str, Any]) -> PagePrice:
    """Return the price of a plan or an add-on."""
    _, place = _which(item)
    said = "" if place.empty else place.text().strip()
    if not said and (place.empty or (place.node is not None and place.node.kind == "text")):
        item.fault("price.missing")
        return PagePrice(None)
    if number(said) is None and not is_expression(said):
        return PagePrice(None, said or None)
    if number(said) is not None:
        return PagePrice(_amount(place, number(said)))
    try:
        value = evaluate(said, variables)
    except ExpressionError as error:
        place.fault(error.code, **error.values)
        return PagePrice(None, said)
    if not isinstance(value, Decimal):
        place.fault("price.not_a_number", said=str(value)[:60])
        return PagePrice(None, said)
    return PagePrice(_amount(place, value), said)


def _amount(place: Place, value: Decimal | None) -> Decimal | None:
    """Return a price that can be a price, or None with a finding."""
    if value is None or not value.is_finite():
        place.fault("price.endless")
    elif value < 0:
        place.fault("price.negative")
    elif value > LARGEST or value != round(value, 8):
        place.fault("price.absurd", limit=f"{LARGEST:,}")
    else:
        return abs(value)  # no negative zero
    return None
