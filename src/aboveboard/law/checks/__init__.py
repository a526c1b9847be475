"""What each kind of check does, as a function from facts to pass (True), fail (False) or undecided (None).

The kinds are closed: this table is all that a pack can ask for. An *operand* is a fact's name, or a number or a day written
out. Amounts are compared exactly (int and Decimal); days with days, moments with moments, and a day with a moment as days.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from aboveboard.law import check_form, form, nodes
from aboveboard.law.checks import lists, prices, times, values, words
from aboveboard.law.checks.prices import Seen, known_since, lookback
from aboveboard.law.checks.times import NEVER, in_time
from aboveboard.law.nodes import SKIP, Facts, Fixed, Node, Now

__all__ = ["KINDS", "NEVER", "Seen", "check", "in_time", "known_since", "lookback"]


def check(of: check_form.Check, fixed: Fixed, clock: form.Clock | None) -> Node:
    """Compile a check; `clock` is the rule's deadline, if it has one."""
    node = KINDS[type(of)](of, fixed, clock)
    if of.otherwise == "undecided":
        node = _judged_by_people(node)
    if of.only_if is not None:
        node = _only(nodes.condition(of.only_if, fixed), node)
    return node


def _judged_by_people(node: Node) -> Node:
    """Return the check whose fail only a person can pronounce. It names what to look at."""
    inner = node.run

    def run(facts: Facts, now: Now) -> Any:
        answer = inner(facts, now)
        return None if answer is False else answer

    def missing(facts: Facts, now: Now) -> tuple[str, ...]:
        return () if inner(facts, now) is False else node.missing(facts, now)

    return Node(run, node.reads, missing, node.constant)


def _only(condition: Node, node: Node) -> Node:
    if condition.constant:
        answer = condition.run({}, datetime.date.min)
        if answer is True:
            return node
        if answer is False:
            return nodes.constant(SKIP)
    asks, inner = condition.run, node.run

    def run(facts: Facts, now: Now) -> Any:
        answer = asks(facts, now)
        if answer is True:
            return inner(facts, now)
        return SKIP if answer is False else None

    def missing(facts: Facts, now: Now) -> tuple[str, ...]:
        return condition.missing(facts, now) if asks(facts, now) is None else node.missing(facts, now)

    return Node(run, tuple(dict.fromkeys((*condition.reads, *node.reads))), missing)


def _all(of: check_form.All, fixed: Fixed, clock: form.Clock | None) -> Node:
    return nodes.conjunction([check(part, fixed, clock) for part in of.of])


def _any(of: check_form.Any_, fixed: Fixed, clock: form.Clock | None) -> Node:
    return nodes.disjunction([check(part, fixed, clock) for part in of.of])


KINDS: dict[type, Callable[..., Node]] = {
    check_form.Deadline: times.deadline,
    check_form.Is: values.is_,
    check_form.In: values.in_,
    check_form.Nonempty: values.nonempty,
    check_form.Empty: values.empty,
    check_form.Lte: values.compare("lte"),
    check_form.Lt: values.compare("lt"),
    check_form.Gte: values.compare("gte"),
    check_form.Gt: values.compare("gt"),
    check_form.Eq: values.compare("eq"),
    check_form.Between: values.between,
    check_form.Before: times.before,
    check_form.WindowBefore: times.window_before,
    check_form.NoneAfter: times.none_after,
    check_form.Covers: lists.covers,
    check_form.EveryRecipient: lists.every_recipient,
    check_form.LookbackMax: prices.lookback_max,
    check_form.PctMatches: prices.pct_matches,
    check_form.RiseMax: prices.rise_max,
    check_form.SumIncluded: prices.sum_included,
    check_form.FloorOrReason: prices.floor_or_reason,
    check_form.TextPresent: words.text_present,
    check_form.TextAbsent: words.text_absent,
    check_form.Disjoint: lists.disjoint,
    check_form.DisjointUnless: lists.disjoint_unless,
    check_form.Subset: lists.subset,
    check_form.KeptFor: times.kept_for,
    check_form.All: _all,
    check_form.Any_: _any,
}
