"""A column of counts against one by one: the same cents, the same reasons, whatever the charge and the counts."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.pricing import PriceError
from aboveboard.pricing.charges import ChargeRule, columns, compile_charge
from aboveboard.pricing.charges.rule import rounded
from tests.pricing.charges.charged import METERS, Setting, charge
from tests.pricing.charges.test_kinds import TABLE


def one_by_one(rule: ChargeRule, counted: Fraction, factor: Fraction = Fraction(1)) -> tuple[int, str]:
    try:
        outcome = rule.outcome(rule.counted(counted))
        return rounded(outcome.exact * factor), rule.codes[outcome.code]
    except PriceError as error:
        return 0, error.code


def in_columns(rule, counts, places=0, factor=Fraction(1)):
    amounts, codes = columns(rule, np.array(counts, dtype=np.int64), places, factor)
    return [(int(amount), rule.codes[code]) for amount, code in zip(amounts, codes, strict=True)]


@pytest.mark.parametrize(("what", "counted", "amount", "code"), TABLE)
def test_the_price_list_in_columns(what, counted, amount, code):
    rule = compile_charge(what, Setting("USD", METERS))
    scaled = int(Decimal(counted).scaleb(2))
    assert in_columns(rule, [scaled], 2) == [(amount, code)]


cents = st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-2))
rates = st.one_of(cents, st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-6)))
sizes = st.integers(1, 10**5).map(lambda n: Decimal(n).scaleb(-1))


@st.composite
def banded(draw):
    from aboveboard.book.model import Band

    ends = sorted(draw(st.sets(st.integers(1, 10**5), max_size=5)))
    bounds = [Decimal(end).scaleb(-1) for end in ends]
    return [Band(up_to=end, price=draw(rates), flat=draw(st.none() | cents)) for end in [*bounds, None]]


@st.composite
def charges(draw):
    kind = draw(
        st.sampled_from(
            ["flat", "per_unit", "graduated", "volume", "package", "percentage", "capacity", "time"]
        )
    )
    counts = draw(st.sampled_from(["quantity", "ball", "km", "gigabyte"]))
    free = draw(st.none() | sizes)
    match kind:
        case "flat":
            return charge(kind, price=draw(cents))
        case "per_unit":
            return charge(kind, price=draw(rates), counts=counts, free=free)
        case "graduated" | "volume":
            return charge(kind, bands=draw(banded()), counts=counts, free=free)
        case "package":
            prices = {"bands": draw(banded())} if draw(st.booleans()) else {"price": draw(rates)}
            return charge(kind, size=draw(sizes), counts=counts, free=free, **prices)
        case "percentage":
            least = draw(st.none() | cents)
            most = draw(st.none() | cents.map(lambda c: c + (least or 0)))
            percent = Decimal(draw(st.integers(1, 10**4))).scaleb(-4)
            return charge(kind, percent=percent, counts="turnover", least=least, most=most, free=free)
        case "capacity":
            return charge(kind, price=draw(cents), included=draw(sizes), overage=draw(rates), counts=counts)
        case _:
            per = draw(st.sampled_from(["minute", "quarter_hour", "hour", "day"]))
            begun = draw(st.sampled_from(["whole", "exact"]))
            return charge("time", price=draw(rates), per=per, begun=begun, free=free)


counts = st.lists(
    st.one_of(
        st.integers(-3, 1200),
        st.integers(0, 10**7),
        st.integers(-(2**63), 2**63 - 1),
        st.sampled_from([0, 10**18, 10**18 + 1, 2**62, 2**63 - 1, -1]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=400, deadline=None)
@given(
    what=charges(),
    currency=st.sampled_from(["USD", "KWD"]),
    counted=counts,
    places=st.integers(0, 6),
    factor=st.sampled_from([Fraction(1), Fraction(2), Fraction(20, 30), Fraction(1, 31) + Fraction(3, 28)]),
)
def test_columns_and_one_by_one_give_the_same_cents_and_reasons(what, currency, counted, places, factor):
    rule = compile_charge(what, Setting(currency, METERS))
    expected = [one_by_one(rule, Fraction(count, 10**places), factor) for count in counted]
    assert in_columns(rule, counted, places, factor) == expected


@settings(max_examples=100, deadline=None)
@given(what=charges(), places=st.integers(0, 3), data=st.data())
def test_around_every_boundary(what, places, data):
    """Boundaries are where two executions part, if they do: each end of a band, just before and just after."""
    rule = compile_charge(what, Setting("USD", METERS))
    ends = [span.up_to for span in rule.spans if span.up_to is not None] or [Fraction(1)]
    at = data.draw(st.sampled_from(ends)) * rule.size + rule.free
    middle = int(at * 10**places)
    counted = [max(middle + step, 0) for step in range(-3, 4)]
    expected = [one_by_one(rule, Fraction(count, 10**places)) for count in counted]
    assert in_columns(rule, counted, places) == expected


def test_what_leaves_64_bits_goes_one_by_one():
    rule = compile_charge(
        charge("per_unit", price="0.123456789012", counts="gigabyte"), Setting("USD", METERS)
    )
    assert in_columns(rule, [10**18, 10**15, 7], 6) == [
        one_by_one(rule, Fraction(10**18, 10**6)), one_by_one(rule, Fraction(10**15, 10**6)),
        one_by_one(rule, Fraction(7, 10**6)),
    ]  # fmt: skip
    assert in_columns(rule, [10**18])[0] == (0, "too_large")


def test_a_price_that_the_customer_names_has_no_column():
    rule = compile_charge(charge("pay_what_you_want", least="1.00"), "USD")
    with pytest.raises(ValueError, match="names"):
        columns(rule, np.array([1]))


def test_an_empty_column():
    amounts, codes = columns(
        compile_charge(charge("per_unit", price="1"), "USD"), np.array([], dtype=np.int64)
    )
    assert amounts.shape == codes.shape == (0,)
