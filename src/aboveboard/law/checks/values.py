"""Checks of one value, or of two: is, in, nonempty, empty, lte, lt, gte, gt, eq, between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aboveboard.law import check_form, nodes
from aboveboard.law.checks.operands import decided, type_of
from aboveboard.law.nodes import COMPARE, Fixed, Node, leaf
from aboveboard.law.vocabulary import LISTS


def is_(of: check_form.Is, fixed: Fixed, _clock: Any) -> Node:
    """The fact has this value."""
    return leaf(fixed, nodes.tester(of.fact, "equals", of.value, fixed), [of.fact])


def in_(of: check_form.In, fixed: Fixed, _clock: Any) -> Node:
    """The fact has one of these values; a list has only such."""
    if fixed.vocabulary[of.fact].type in LISTS:
        among = frozenset(of.values)
        return decided(fixed, among.issuperset, of.fact)
    return leaf(fixed, nodes.tester(of.fact, "one_of", of.values, fixed), [of.fact])


def nonempty(of: check_form.Nonempty, fixed: Fixed, _clock: Any) -> Node:
    """There is something in it."""
    return decided(fixed, bool, of.fact)


def empty(of: check_form.Empty, fixed: Fixed, _clock: Any) -> Node:
    """There is nothing in it."""
    return decided(fixed, lambda value: not value, of.fact)


def compare(test: str) -> Callable[[Any, Fixed, Any], Node]:
    """Return how checks that compare two operands are built."""
    plain = COMPARE[test]

    def build(of: Any, fixed: Fixed, _clock: Any) -> Node:
        if type_of(fixed, of.left) == "day":
            return decided(fixed, lambda left, right: plain(*nodes.same(left, right)), of.left, of.right)
        return decided(fixed, plain, of.left, of.right)

    return build


def between(of: check_form.Between, fixed: Fixed, _clock: Any) -> Node:
    """The fact lies in the bounds, which belong to it."""
    bounds = [("gte", of.min), ("lte", of.max)]
    parts = [
        compare(test)(check_form.Lte(left=of.fact, right=bound), fixed, None)
        for test, bound in bounds
        if bound is not None
    ]
    return nodes.conjunction(parts)
