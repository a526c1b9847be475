"""What a check looks at: the values of its operands, and a check that is undecided while one of them is missing."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from aboveboard.law.nodes import Facts, Fixed, Node, Now, Tri, leaf

Get = Callable[[Facts], Any]


def reader(operand: Any, fixed: Fixed) -> tuple[Get, tuple[str, ...]]:
    """Return how to get an operand's value, and which facts that reads."""
    if isinstance(operand, str):
        read = fixed.reader(operand)
        return (lambda facts: read(facts.get(operand))), (operand,)
    return (lambda _facts: operand), ()


def decided(fixed: Fixed, decide: Callable[..., Tri], *operands: Any) -> Node:
    """Return a check that is undecided while an operand is missing, and then as `decide` says."""
    pairs = [reader(operand, fixed) for operand in operands]
    reads = [name for _, names in pairs for name in names]
    gets = tuple(get for get, _ in pairs)
    if len(gets) == 1:
        only = gets[0]
        return leaf(fixed, lambda facts, _now: None if (v := only(facts)) is None else decide(v), reads)
    if len(gets) == 2:
        first, second = gets

        def run_two(facts: Facts, _now: Now) -> Tri:
            left, right = first(facts), second(facts)
            return None if left is None or right is None else decide(left, right)

        return leaf(fixed, run_two, reads)

    def run(facts: Facts, _now: Now) -> Tri:
        values = [get(facts) for get in gets]
        return None if None in values else decide(*values)

    return leaf(fixed, run, reads)


def type_of(fixed: Fixed, operand: Any) -> str:
    """Return the type of an operand."""
    if isinstance(operand, str):
        return fixed.vocabulary[operand].type
    return "day" if isinstance(operand, datetime.date) else "number"


def dated(decide: Callable[..., Tri]) -> Callable[..., Tri]:
    """Return the same decision, undecided where a date would lie beyond the calendar."""

    def run(*values: Any) -> Tri:
        try:
            return decide(*values)
        except (OverflowError, ValueError):
            return None

    return run
