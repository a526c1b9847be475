"""Features, limits, plans and add-ons, each from its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

from aboveboard.pricing.pricing2yaml.model import (
    FEATURE_TYPES,
    INFINITE,
    KINDS,
    LIMIT_TYPES,
    OLD_LIMIT_TYPES,
    PERIOD_UNITS,
    RENDERS,
    AddOn,
    Feature,
    Kind,
    PagePrice,
    Period,
    Plan,
    Quantity,
    UsageLimit,
    Value,
)
from aboveboard.pricing.pricing2yaml.place import Place, truth

_FEATURE_KEYS = frozenset(
    {
        "description", "valueType", "defaultValue", "type", "tag", "expression", "serverExpression", "integrationType",
        "automationType", "docUrl", "pricingUrls", "render",
    }
)  # fmt: skip
_LIMIT_KEYS = frozenset(
    [
        "description",
        "valueType",
        "defaultValue",
        "type",
        "unit",
        "linkedFeatures",
        "period",
        "trackable",
        "render",
    ]
)
_PLAN_KEYS = frozenset(
    ["description", "price", "monthlyPrice", "annualPrice", "unit", "features", "usageLimits", "private"]
)
_ADD_ON_KEYS = _PLAN_KEYS | frozenset(
    ["availableFor", "dependsOn", "excludes", "usageLimitsExtensions", "subscriptionConstraints"]
)
_QUANTITY_KEYS = frozenset(["minQuantity", "maxQuantity", "quantityStep", "min", "max", "step"])
#: What stands for a default that could not be read: something, so that one fault does not bring others ("nobody gives it") along.
_UNREAD: dict[Kind, Value] = {"BOOLEAN": True, "NUMERIC": INFINITE, "TEXT": "?"}


def feature(name: str, place: Place) -> Feature:
    """Return a feature."""
    place.has_form(_FEATURE_KEYS)
    kind = _kind(place)
    return Feature(
        name=name,
        kind=kind,
        default=_default(place, kind),
        type=place.at("type").choice(FEATURE_TYPES, "DOMAIN"),
        description=place.said("description"),
        tag=place.said("tag"),
        expression=place.said("expression"),
        server_expression=place.said("serverExpression"),
        integration_type=place.said("integrationType"),
        automation_type=place.said("automationType"),
        doc_url=place.said("docUrl"),
        pricing_urls=place.at("pricingUrls").names(),
        render=place.at("render").choice(RENDERS, "AUTO"),
    )


def limit(features: tuple[Feature, ...]) -> Callable[[str, Place], UsageLimit]:
    """Return a reader of limits on these features."""
    known = {feature.name for feature in features}

    def make(name: str, place: Place) -> UsageLimit:
        place.has_form(_LIMIT_KEYS)
        kind = _kind(place)
        type_ = place.at("type").choice((*LIMIT_TYPES, *OLD_LIMIT_TYPES), "NON_RENEWABLE")
        type_ = OLD_LIMIT_TYPES.get(type_, type_)
        return UsageLimit(
            name=name,
            kind=kind,
            default=_default(place, kind),
            type=type_,
            unit=place.said("unit"),
            linked=_known(place.at("linkedFeatures"), known, "reference.feature"),
            description=place.said("description"),
            period=_period(place.at("period")) if type_ == "RENEWABLE" else None,
            trackable=place.at("trackable").yes(),
            render=place.at("render").choice(RENDERS, "AUTO"),
        )

    return make


@dataclass(frozen=True, slots=True)
class Context:
    """What plans and add-ons refer to, and how a price is read."""

    features: Mapping[str, Feature]
    limits: Mapping[str, UsageLimit]
    price: Callable[[Place], PagePrice]

    def plan(self, name: str, place: Place) -> Plan:
        """Return a plan."""
        place.has_form(_PLAN_KEYS)
        return Plan(
            name=name,
            price=self.price(place),
            unit=place.said("unit"),
            features=self._values(place.at("features"), self.features, "reference.feature"),
            limits=self._values(place.at("usageLimits"), self.limits, "reference.limit"),
            description=place.said("description"),
            private=place.at("private").yes(),
        )

    def add_on(self, name: str, place: Place) -> AddOn:
        """Return an add-on; whether the plans and add-ons it names exist is judged when all are known."""
        place.has_form(_ADD_ON_KEYS)
        available = place.at("availableFor")
        found = AddOn(
            name=name,
            price=self.price(place),
            unit=place.said("unit"),
            available_for=None if available.empty else available.names(),
            depends_on=place.at("dependsOn").names(),
            excludes=place.at("excludes").names(),
            features=self._values(place.at("features"), self.features, "reference.feature"),
            limits=self._values(place.at("usageLimits"), self.limits, "reference.limit"),
            extensions=self._values(place.at("usageLimitsExtensions"), self.limits, "reference.limit"),
            quantity=_quantity(place.at("subscriptionConstraints")),
            description=place.said("description"),
            private=place.at("private").yes(),
        )
        if found.quantity is not None and not found.scalable:
            place.at("subscriptionConstraints").fault("addon.quantity_ignored", name=name)
        return found

    def _values(
        self, place: Place, known: Mapping[str, Feature | UsageLimit], unknown: str
    ) -> Mapping[str, Value]:
        found: dict[str, Value] = {}
        for name, item in place.entries():
            if name not in known:
                item.fault(unknown, name=name)
            elif item.has_form(("value",)) and item.at("value").empty:
                item.fault("value.missing", name=name)
            elif not item.at("value").empty:
                value = _value(item.at("value"), known[name].kind)
                if value is not None:
                    found[name] = value
        return MappingProxyType(found)


def _kind(place: Place) -> Kind:
    if place.at("valueType").empty:
        place.fault("key.missing", key="valueType")
    return cast("Kind", place.at("valueType").choice(KINDS, "BOOLEAN"))


def _default(place: Place, kind: Kind) -> Value:
    if place.at("defaultValue").empty and not _quoted(place.at("defaultValue")):
        place.fault("key.missing", key="defaultValue")
        return _UNREAD[kind]
    value = _value(place.at("defaultValue"), kind)
    return _UNREAD[kind] if value is None else value


def _quoted(place: Place) -> bool:
    return place.node is not None and place.node.kind == "text" and not place.node.plain


def _value(place: Place, kind: Kind) -> Value | None:
    """Return the value here as its kind wants it, or None with a finding."""
    node = place.node
    assert node is not None  # noqa: S101 - asked first
    if kind == "NUMERIC" and node.kind == "text":
        return place.number()
    if kind == "BOOLEAN" and (said := truth(node)) is not None:
        return said
    if kind == "TEXT" and node.kind == "list":
        return place.names()
    if kind == "TEXT" and node.kind == "text":
        return node.text
    place.fault(f"value.{kind.lower()}")
    return None


def _known(place: Place, known: set[str], unknown: str) -> tuple[str, ...]:
    found = place.names()
    for name in found:
        if name not in known:
            place.fault(unknown, name=name)
    return tuple(name for name in found if name in known)


def _period(place: Place) -> Period:
    place.has_form(("value", "unit"))
    value = place.at("value")
    times = Decimal(1) if value.empty else value.number()
    if times is None or not times.is_finite() or times < 1 or times != int(times):
        value.fault("period.value")
        times = Decimal(1)
    return Period(int(times), place.at("unit").choice(PERIOD_UNITS, "MONTH"))


def _quantity(place: Place) -> Quantity | None:
    """Return how many may be bought; the specification and its migration guide name the three keys differently."""
    if place.empty or not place.has_form(_QUANTITY_KEYS):
        return None
    found: dict[str, Any] = {}
    for field, keys in (
        ("least", ("minQuantity", "min")),
        ("most", ("maxQuantity", "max")),
        ("step", ("quantityStep", "step")),
    ):
        for key in keys:
            if not place.at(key).empty and field not in found:
                value = place.at(key).number()
                if value is None:
                    continue
                if value < (1 if field == "step" else 0) or (value == INFINITE and field != "most"):
                    place.at(key).fault("addon.quantity")
                else:
                    found[field] = value
    return Quantity(**found)
