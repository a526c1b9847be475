"""A `PricePage` as Pricing2Yaml 3.1.

What equals its default is left out, so that a page reads as short as one written by hand. Names and texts are put in quotes
unless they are plain words: `no`, `1.0` and `2024-11-19` would otherwise be something else to another reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from aboveboard.pricing.pricing2yaml.model import (
    INFINITE,
    AddOn,
    Feature,
    PagePrice,
    Plan,
    PricePage,
    Quantity,
    UsageLimit,
    Value,
)

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ /-][A-Za-z0-9_]+)*")
#: Words that some reader of YAML takes for a yes, a no or nothing.
_TAKEN = frozenset(["true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "nan", "inf"])
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def export(page: PricePage) -> str:
    """Return the text of a page in Pricing2Yaml 3.1, with all that the page holds; reading it gives an equal page."""
    return "\n".join([*_lines(_page(page), ""), ""])


def _page(page: PricePage) -> dict[str, Any]:
    return _full(
        syntaxVersion="3.1",
        saasName=page.name,
        version=page.version if page.version != page.created else None,
        createdAt=page.created,
        url=page.url,
        tags=page.tags,
        currency=page.currency,
        billing=page.billing,
        variables=page.variables,
        features={feature.name: _feature(feature) for feature in page.features},
        usageLimits={limit.name: _limit(limit) for limit in page.limits},
        plans={plan.name: _plan(plan) for plan in page.plans},
        addOns={add_on.name: _add_on(add_on) for add_on in page.add_ons},
    ) | ({} if page.custom is None else {"custom": page.custom})


def _feature(feature: Feature) -> dict[str, Any]:
    return _default(feature.default) | _full(
        description=feature.description,
        tag=feature.tag,
        type=feature.type,
        valueType=feature.kind,
        expression=feature.expression,
        serverExpression=feature.server_expression,
        integrationType=feature.integration_type,
        automationType=feature.automation_type,
        docUrl=feature.doc_url,
        pricingUrls=feature.pricing_urls,
        render=feature.render if feature.render != "AUTO" else None,
    )


def _limit(limit: UsageLimit) -> dict[str, Any]:
    period = limit.period
    return _default(limit.default) | _full(
        description=limit.description,
        type=limit.type,
        valueType=limit.kind,
        unit=limit.unit,
        period={"value": Decimal(period.value), "unit": period.unit} if period else None,
        trackable=limit.trackable or None,
        linkedFeatures=limit.linked,
        render=limit.render if limit.render != "AUTO" else None,
    )


def _plan(plan: Plan) -> dict[str, Any]:
    return _full(
        description=plan.description,
        private=plan.private or None,
        price=_price(plan.price),
        unit=plan.unit,
        features=_values(plan.features),
        usageLimits=_values(plan.limits),
    )


def _add_on(add_on: AddOn) -> dict[str, Any]:
    found = _full(
        description=add_on.description,
        private=add_on.private or None,
        dependsOn=add_on.depends_on,
        excludes=add_on.excludes,
        price=_price(add_on.price),
        unit=add_on.unit,
        features=_values(add_on.features),
        usageLimits=_values(add_on.limits),
        usageLimitsExtensions=_values(add_on.extensions),
        subscriptionConstraints=_quantity(add_on.quantity),
    )
    # With no plan at all is said by an empty list, with every plan by none.
    return found if add_on.available_for is None else {"availableFor": add_on.available_for, **found}


def _quantity(quantity: Quantity | None) -> dict[str, Decimal] | None:
    if quantity is None:
        return None
    return {"minQuantity": quantity.least, "maxQuantity": quantity.most, "quantityStep": quantity.step}


def _price(price: PagePrice) -> Decimal | str | None:
    return price.amount if price.written is None else price.written


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: {"value": value} for name, value in values.items()}


def _default(value: Value) -> dict[str, Any]:
    return {"defaultValue": value}


def _full(**values: Any) -> dict[str, Any]:
    """Return the values that say something."""
    return {key: value for key, value in values.items() if value not in (None, "", (), {})}


# ---------------------------------------------------------------------------------------------------------- as YAML
def _lines(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        yield from _entry(f"{indent}{_text(key)}:", value, indent)


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield start
        yield from _lines(value, indent + "  ")
    elif isinstance(value, list | tuple) and value:
        yield start
        for item in value:
            yield from _entry(f"{indent}  -", item, indent + "  ")
    else:
        yield f"{start} {_scalar(value)}"


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return _number(value)
        case str():
            return _text(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def _number(value: Decimal) -> str:
    if value == INFINITE:
        return ".inf"
    return str(value) if abs(value.adjusted()) > 30 else f"{value:f}"


def _text(said: str) -> str:
    if _WORD.fullmatch(said) and said.lower() not in _TAKEN and len(said) <= 80:
        return said
    return '"' + "".join(_ESCAPES.get(sign) or _printed(sign) for sign in said) + '"'


def _printed(sign: str) -> str:
    """Return a sign as it may stand between double quotes in YAML 1.1 and 1.2."""
    if sign == " " or sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
