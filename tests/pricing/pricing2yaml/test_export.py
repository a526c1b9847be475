"""Writing: whatever a page holds, reading it again gives an equal page, for us and for other readers of YAML."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.pricing.pricing2yaml import (
    AddOn,
    Feature,
    PagePrice,
    Period,
    Plan,
    PricePage,
    Quantity,
    UsageLimit,
    export,
    read,
)
from aboveboard.pricing.pricing2yaml.place import PageReport

# YAML keeps no carriage return or other line break as it was, unless it stands between double quotes; those are ours to test.
_signs = st.characters(exclude_categories=["Cs", "Cn"])
_texts = st.text(_signs, max_size=12)
_names = st.text(_signs, min_size=1, max_size=12).filter(str.strip) | st.sampled_from(
    [
        "no",
        "yes",
        "null",
        "~",
        "1.0",
        "2026-11-01",
        "24/7",
        ".inf",
        "- a",
        "# b",
        "a: b",
        "'",
        '"',
        "true",
        "1e3",
        "客服",
        "😀",
    ]
)
_numbers = st.decimals(0, 10**12, places=2, allow_nan=False) | st.just(Decimal("Infinity"))
_amounts = st.builds(PagePrice, st.decimals(0, 10**9, places=2)) | st.sampled_from(
    [PagePrice(None, "Contact us"), PagePrice(None, "请联系我们"), PagePrice(Decimal(15), "5 * 3")]
)
_of = {"BOOLEAN": st.booleans(), "NUMERIC": _numbers, "TEXT": _texts.filter(str.strip)}


@st.composite
def pages(draw: Any) -> PricePage:
    def named(most: int) -> list[str]:
        return draw(st.lists(_names, max_size=most, unique=True))

    features = []
    for name in named(4):
        kind = draw(st.sampled_from(["BOOLEAN", "NUMERIC", "TEXT"]))
        features.append(Feature(name, kind, draw(_of[kind]), description=draw(_texts), tag=draw(_texts)))
    limits = []
    for name in named(3):
        kind = draw(st.sampled_from(["BOOLEAN", "NUMERIC", "TEXT"]))
        type_ = draw(st.sampled_from(["RENEWABLE", "NON_RENEWABLE"]))
        limits.append(
            UsageLimit(
                name, kind, draw(_of[kind]), type_, unit=draw(_texts), trackable=draw(st.booleans()),
                linked=tuple(draw(st.lists(st.sampled_from([f.name for f in features]), unique=True))) if features else (),
                period=Period(draw(st.integers(1, 99)), "DAY") if type_ == "RENEWABLE" else None,
            )
        )  # fmt: skip

    def values(of: list[Any]) -> dict[str, Any]:
        return {item.name: draw(_of[item.kind]) for item in of if draw(st.booleans())}

    plans = tuple(
        Plan(
            name,
            draw(_amounts),
            draw(_texts),
            values(features),
            values(limits),
            draw(_texts),
            draw(st.booleans()),
        )
        for name in named(3)
    )
    names = named(4)
    add_ons = tuple(
        AddOn(
            name, draw(_amounts), draw(_texts),
            draw(st.none() | st.lists(_names, max_size=2, unique=True).map(tuple)),
            tuple(draw(st.lists(st.sampled_from(names), unique=True))), tuple(draw(st.lists(_names, max_size=2, unique=True))),
            values(features), values(limits), values(limits),
            draw(st.none() | st.just(Quantity(Decimal(2), Decimal(8), Decimal(2)))), draw(_texts), draw(st.booleans()),
        )
        for name in names
    )  # fmt: skip
    return PricePage(
        draw(_names).strip(), "EUR", "2026-11-01", tuple(features), tuple(limits), plans, add_ons, version="2026-11-01",
        tags=tuple(draw(st.lists(_names, max_size=2, unique=True))), variables={"x": Decimal(3), "of": {"eu": ("a", Decimal(4))}},
        billing={"monthly": Decimal(1), "annual": Decimal("0.8")}, custom=draw(st.none() | st.just({"a": (True, None, "1", {})})),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(pages())
def test_what_is_written_is_read_back(page: PricePage) -> None:
    text = export(page)
    assert read(text, PageReport(file="x")) == page
    assert yaml.load(text, Loader=yaml.SafeLoader)["syntaxVersion"] == "3.1"


def test_a_page_reads_like_one_written_by_hand() -> None:
    page = PricePage(
        "Lamp", "EUR", "2026-11-01",
        (Feature("notes", default=True), Feature("no", description="Say: no")),
        plans=(Plan("FREE", PagePrice(Decimal(0))), Plan("TEAM", PagePrice(Decimal("12.50")), "user/month", {"no": True})),
        add_ons=(AddOn("more", PagePrice(None, "Contact us"), available_for=("TEAM",), features={"notes": True}),),
    )  # fmt: skip
    assert (
        export(page)
        == """\
syntaxVersion: "3.1"
saasName: Lamp
createdAt: "2026-11-01"
currency: EUR
billing:
  monthly: 1
features:
  notes:
    defaultValue: true
    type: DOMAIN
    valueType: BOOLEAN
  "no":
    defaultValue: false
    description: "Say: no"
    type: DOMAIN
    valueType: BOOLEAN
plans:
  FREE:
    price: 0
  TEAM:
    price: 12.50
    unit: user/month
    features:
      "no":
        value: true
addOns:
  more:
    availableFor:
      - TEAM
    price: Contact us
    features:
      notes:
        value: true
"""
    )


@pytest.mark.parametrize(
    "name", ["no", "1.0", "~", "a: b", "#x", "😀", "x\u2028y", "\x7f", "a\nb", "\ufeffx", 'q"']
)
def test_other_readers_find_the_same_names(name: str) -> None:
    page = PricePage(
        "P", "EUR", "2026-11-01", (Feature(name, default=True),), plans=(Plan(name, PagePrice(Decimal(1))),)
    )
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        found = yaml.load(export(page), Loader=loader)  # noqa: S506 - safe ones, both
        assert list(found["features"]) == [name] and list(found["plans"]) == [name]
