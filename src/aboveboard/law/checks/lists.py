"""Checks of lists: covers, subset, disjoint, disjoint_unless, every_recipient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aboveboard.law import check_form, nodes
from aboveboard.law.checks.operands import decided, reader
from aboveboard.law.checks.values import is_
from aboveboard.law.nodes import Facts, Fixed, Node, Now, Tri, leaf


def covers(of: check_form.Covers, fixed: Fixed, _clock: Any) -> Node:
    """All of `need` is in `have`."""
    return _sets(fixed, of.have, of.need, lambda have, need: set(need).issubset(have))


def subset(of: check_form.Subset, fixed: Fixed, _clock: Any) -> Node:
    """Each of `left` is allowed."""
    return _sets(fixed, of.left, of.allowed, lambda left, allowed: set(left).issubset(allowed))


def disjoint(of: check_form.Disjoint | check_form.DisjointUnless, fixed: Fixed, _clock: Any) -> Node:
    """`left` and `forbidden` have nothing in common."""
    return _sets(fixed, of.left, of.forbidden, lambda left, forbidden: set(left).isdisjoint(forbidden))


def disjoint_unless(of: check_form.DisjointUnless, fixed: Fixed, _clock: Any) -> Node:
    """The same, or `unless` is true."""
    return nodes.disjunction(
        [disjoint(of, fixed, None), is_(check_form.Is(fact=of.unless, value=True), fixed, None)]
    )


def _sets(fixed: Fixed, left: str, right: str | Sequence[str], decide: Callable[[Any, Any], bool]) -> Node:
    if not isinstance(right, str):
        among = frozenset(right)
        return decided(fixed, lambda have: decide(have, among), left)
    return decided(fixed, decide, left, right)


def every_recipient(of: check_form.EveryRecipient, fixed: Fixed, _clock: Any) -> Node:
    """Each recipient was told, or is excused for a listed reason."""
    recipients, notices, excuses = (
        reader(name, fixed)[0] for name in (of.recipients, of.notices, of.excuses)
    )
    reasons = frozenset(of.excuse_reasons)

    def run(facts: Facts, _now: Now) -> Tri:
        everyone, told = recipients(facts), notices(facts)
        if everyone is None or told is None:
            return True if everyone == () else None
        left = set(everyone) - set(told)
        if not left or not reasons:
            return not left
        excused = excuses(facts)
        return None if excused is None else all(excused.get(name) in reasons for name in left)

    return leaf(fixed, run, [of.recipients, of.notices, of.excuses])
