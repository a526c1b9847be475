"""The check and the computation agree: what `aboveboard check` lets through can be priced, whatever stands in a charge."""

from __future__ import annotations

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.check import charges
from aboveboard.book.finding import Report
from aboveboard.book.model import Band, Charge, ChargeKind, TimeUnit
from aboveboard.editions import check_charges
from aboveboard.pricing import PriceError
from aboveboard.pricing.charges import Setting, compile_charge, line, tier_rules
from tests.editions.test_plans_and_charges import TODAY
from tests.pricing.charges.charged import METERS, D, book, both, service, tier

#: Most of them sound, some not. What is no number at all (NaN) is refused before a book is checked.
sound = st.sampled_from(["1", "2", "2.5", "9", "10", "100", "0.5", "3.25", "1000000000000"]).map(D)
hostile = st.sampled_from(["0", "-0", "-1", "0.005", "1000000000001", "0.000000000001"]).map(D)
numbers = st.one_of(sound, sound, sound, sound, sound, hostile)
maybe = st.none() | numbers
shares = st.sampled_from(["0.029", "0.1", "1", "1.1", "0"]).map(D)
wild = st.lists(st.builds(Band, up_to=maybe, over=maybe, price=maybe, flat=maybe), max_size=3)


@st.composite
def in_order(draw):
    ends = [*sorted(draw(st.sets(st.integers(1, 2000), max_size=3))), None]
    return [
        Band(up_to=None if end is None else D(end), price=draw(numbers), flat=draw(st.none() | sound))
        for end in ends
    ]


#: For each kind: the keys it needs, and those it may have.
KEYS = {
    "flat": (("price",), ()),
    "per_unit": (("price",), ("counts", "free")),
    "graduated": (("bands",), ("counts", "free")),
    "volume": (("bands",), ("counts", "free")),
    "package": (("size", "price"), ("counts", "free")),
    "percentage": (("percent", "counts"), ("free", "least", "most")),
    "capacity": (("price", "included", "overage"), ("counts",)),
    "time": (("price", "per"), ("begun", "free")),
    "pay_what_you_want": (("least",), ("suggested",)),
}
VALUES = {
    "bands": st.one_of(in_order(), in_order(), in_order(), wild),
    "percent": shares,
    "per": st.sampled_from(get_args(TimeUnit)),
    "begun": st.sampled_from(["whole", "exact"]),
    "counts": st.sampled_from(["quantity", "seats", "time", "ball", "km", "turnover"]),
}


@st.composite
def charge(draw):
    kind = draw(st.sampled_from(get_args(ChargeKind)))
    needed, allowed = KEYS[kind]
    strange = (
        draw(st.lists(st.sampled_from(sorted({"price", "free", "size", *VALUES})), max_size=1))
        if draw(st.integers(0, 9)) == 0
        else []
    )
    keys = {*needed, *(key for key in allowed if draw(st.booleans())), *strange}
    written = {key: draw(VALUES.get(key, numbers)) for key in sorted(keys)}
    if kind == "percentage":
        written["counts"] = draw(st.sampled_from(["turnover", "turnover", "ball"]))
    return Charge(id="x", name=both("x"), kind=kind, **written)


@settings(max_examples=1500, deadline=None)
@given(charge())
def test_what_the_check_lets_through_can_be_worked_out(written):
    whole = book(service(tier(charges=[written])))
    report = Report("b.yaml")
    charges.check(whole, report)
    if report.failed:
        return
    rule = compile_charge(written, Setting("USD", METERS))
    assert rule.says.en and rule.says.zh
    if written.kind != "pay_what_you_want":
        for count in (0, 1, 10):
            try:
                assert line(rule, count).amount >= 0
            except PriceError as error:
                assert error.code == "too_large"  # noqa: PT017 - the only reason there may be
    assert tier_rules(whole, whole.services[0], whole.services[0].tiers[0]).says
    check_charges.check(whole, report, TODAY)


@settings(max_examples=800, deadline=None)
@given(charge())
def test_what_cannot_be_worked_out_is_found_by_the_check(written):
    try:
        compile_charge(written, Setting("USD", METERS))
    except PriceError:
        report = Report("b.yaml")
        charges.check(book(service(tier(charges=[written]))), report)
        assert report.failed
