"""Prices that are worked out: exact, closed, and with a sentence for whatever cannot be."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.pricing.pricing2yaml.expression import ExpressionError, evaluate, is_expression

VARIABLES = {
    "x": Decimal("15.00"), "y": Decimal("1.3"), "n": Decimal(3), "zero": Decimal(0), "region": "eu", "yes": True,
    "base": {"eu-price": Decimal(3), "us-price": Decimal(4), "deep": {"er": Decimal(9)}}, "steps": (Decimal(1), Decimal(2)),
}  # fmt: skip

GOOD = [
    ("#x*#y", "19.5"),
    ("5 * #n", "15"),
    ("5 * #base[#region.concat('-price')]", "15"),
    ("#base['us-price']", "4"),
    ("#base.deep.er", "9"),
    ("#steps[1] + #steps[0]", "3"),
    ("2 + 3 * 4 - 6 / 3", "12"),
    ("(2 + 3) * 4", "20"),
    ("-#n + +5", "2"),
    ("10 % 4", "2"),
    ("0.1 + 0.2", "0.3"),
    ("#n > 2 ? 10 : 20", "10"),
    ("#region == 'eu' && #n >= 3 ? 1 : 2", "1"),
    ("#region === \"us\" || !#yes ? 1 : 2", "2"),
    ("Math.max(#n, 7, 5) + Math.min(1, 2)", "8"),
    ("Math.round(2.5) + Math.floor(2.9) + Math.ceil(2.1)", "8"),
    ("Math.round(-2.5)", "-2"),
    ("'a' + 'b' != 'ab' ? 1 : 2", "2"),
    # The side that is not taken is read, and never worked out.
    ("#zero > 0 ? 10 / #zero : 7", "7"),
    ("#zero == 0 ? 7 : 10 % #zero", "7"),
    ("#yes ? 1 : #nothing + #base.nothing + #steps[9]", "1"),
    ("#yes || 1 / #zero > 2 ? 5 : 6", "5"),
    ("!#yes && #region * 2 > #nothing ? 5 : 6", "6"),
    ("#yes ? 1 : #yes ? 1 / #zero : #nothing", "1"),
    ("#yes ? 1 : -#region.concat('a', #nothing)[#nothing] + Math.max(#nothing, 'a')", "1"),
    ("#yes ? 1 : !#yes && (#nothing || #nothing) ? 'a' - 1 : 'b' * 2", "1"),
    ("(!#yes ? 1 / #zero : 3) + (#yes ? 4 : 1 / #zero)", "7"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "wanted"), GOOD)
def test_a_price_is_worked_out_exactly(said: str, wanted: str) -> None:
    assert evaluate(said, VARIABLES) == Decimal(wanted)


BAD = [
    ("#nothing", "price.variable_unknown"),
    ("#base.nothing", "price.member_unknown"),
    ("#steps[5]", "price.member_unknown"),
    ("#steps[-1]", "price.member_unknown"),
    ("#steps[0.5]", "price.member_unknown"),
    ("#x / #zero", "price.expression_number"),
    ("#x % #zero", "price.expression_number"),
    ("#region * 2", "price.not_a_number"),
    ("#yes + 1", "price.not_a_number"),
    ("#base + 1", "price.not_a_number"),
    ("#x +", "price.expression"),
    ("#x #y", "price.expression"),
    ("(#x", "price.expression"),
    ("#x ** 2", "price.expression"),
    ("#x = 2", "price.expression"),
    ("#x; #y", "price.expression"),
    ("import('os') + #x", "price.expression"),
    ("#x.constructor", "price.member_unknown"),
    ("#region.__class__", "price.member_unknown"),
    ("#region.repeat(9)", "price.member_unknown"),
    ("Math.pow(9, 9) + #x", "price.expression"),
    ("__import__('os').system('x')", "price.expression"),
    ("T(java.lang.Runtime).exec('x')", "price.expression"),
    ("(" * 40 + "#x" + ")" * 40, "price.expression_deep"),
    ("#x" + "+1" * 600, "price.expression_long"),
    ("*".join(["9999999999"] * 9), "price.expression_number"),
    ("#region" + ".concat(#region)" * 60, "price.not_a_number"),
    # How the other side is written still counts, and so does the side that is taken.
    ("#yes ? 1 : 2 +", "price.expression"),
    ("#yes ? 1 : Math.pow(2)", "price.expression"),
    ("#yes || (#x", "price.expression"),
    ("#yes ? 1 : " + "(" * 40 + "1" + ")" * 40, "price.expression_deep"),
    ("#yes ? 1 / #zero : 2", "price.expression_number"),
    ("#yes && #nothing", "price.variable_unknown"),
    ("!#yes || #nothing", "price.variable_unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "code"), BAD)
def test_what_cannot_be_worked_out_says_why(said: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value = evaluate(said, VARIABLES)
        if not isinstance(value, Decimal):
            raise ExpressionError("price.not_a_number")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("said", "worked_out"),
    [
        ("Contact us", False), ("#x", True), ("3 * 4", True), ("Call #1 now", True),
        ("On request (from 5 users)", False), ("No. # 7", False),
    ],
)  # fmt: skip
def test_words_are_told_from_expressions(said: str, worked_out: bool) -> None:
    assert is_expression(said) is worked_out


@given(st.text("#xyn0123456789.+-*/%()[]'\"?:<>=!&|, Mathminconcat_", max_size=60))
def test_nothing_but_a_value_or_its_own_error_comes_out(said: str) -> None:
    with contextlib.suppress(ExpressionError):
        evaluate(said, VARIABLES)


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_arithmetic_is_that_of_decimals(a: int, b: int, c: int) -> None:
    variables = {"a": Decimal(a), "b": Decimal(b), "c": Decimal(c)}
    assert evaluate("#a + #b * #c - #a", variables) == b * c
    assert evaluate("(#a * #c) / #c", variables) == a
