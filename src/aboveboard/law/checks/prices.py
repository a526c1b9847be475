"""Checks of prices: lookback_max, pct_matches, rise_max, sum_included, floor_or_reason."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from aboveboard.law import check_form
from aboveboard.law.checks.operands import dated, decided
from aboveboard.law.checks.times import ONE_DAY
from aboveboard.law.nodes import Facts, Fixed, Node, Now, Tri, leaf
from aboveboard.law.vocabulary import Day, Deal, date_of


def lookback_max(of: check_form.LookbackMax, fixed: Fixed, _clock: Any) -> Node:
    """The value is no more than the lowest price of the days before the anchor."""

    def decide(value: Any, history: Any, anchor: Any) -> Tri:
        seen = lookback(of, history, anchor)
        if seen.lowest is None:
            return None
        # A price that nobody knows could only make the lowest lower: what is above a known one fails whatever it was.
        return False if value > seen.lowest else None if seen.known_since is not None else True

    node = decided(fixed, dated(decide), of.value, of.history, of.anchor)

    def missing(facts: Facts, now: Now) -> tuple[str, ...]:
        names = node.missing(facts, now)
        return names if len(names) < len(node.reads) else (of.history,)

    return Node(node.run, node.reads, missing, node.constant)


class Seen(NamedTuple):
    """The lowest price that a look back has found, if any; `known_since` is set where prices are known only from then on."""

    lowest: Any
    known_since: datetime.date | None


def lookback(of: check_form.LookbackMax, history: Sequence[Any], anchor: Day) -> Seen:
    """Return the lowest known price in the days before `anchor`, or what the fallback gives.

    A price counts on every day on which it was in force: a low that was set long ago and kept into the window is in it. The day
    of the anchor is not, unless the anchor is a moment in the course of it: then what is told of that day was before.
    """
    first, last = date_of(anchor) - of.days * ONE_DAY, date_of(anchor) - ONE_DAY
    if isinstance(anchor, datetime.datetime) and anchor.time() != datetime.time():
        last = date_of(anchor)
    inside = [each for each in _spans(history) if each[0] <= last and (each[1] is None or each[1] >= first)]
    since = known_since(inside)
    prices = [price for _, _, price in inside if price is not None]
    if prices or since is not None or of.fallback == "undecided":
        return Seen(min(prices, default=None), since)
    ended = [(until, price) for _, until, price in _spans(history) if until is not None and until < first]
    newest = max((until for until, _ in ended), default=None)
    last_ones = [price for until, price in ended if until == newest]
    return Seen(None if None in last_ones else min(last_ones, default=None), None)


def known_since(history: Iterable[Any]) -> datetime.date | None:
    """Return the first day from which on no price is unknown, or None if every one is known."""
    unknown = [until for _, until, price in _spans(history) if price is None and until is not None]
    return max(unknown) + ONE_DAY if unknown else None


def _spans(history: Iterable[Any]) -> Iterator[tuple[datetime.date, datetime.date | None, Any]]:
    """Yield from when to when each price was in force; a deal is one day long."""
    for one in history:
        yield (one.at, one.at, one.price) if type(one) is Deal else one


def pct_matches(of: check_form.PctMatches, fixed: Fixed, _clock: Any) -> Node:
    """The percentage is what base and price now give, within the tolerance."""

    def decide(pct: Any, base: Any, now: Any) -> Tri:
        if base <= 0:
            return None
        # |pct - (base - now) / base * 100| <= tolerance, without dividing: no digit is lost.
        return bool(abs(pct * base - (base - now) * 100) <= of.tolerance * base)

    return decided(fixed, decide, of.pct, of.base, of.now)


def rise_max(of: check_form.RiseMax, fixed: Fixed, _clock: Any) -> Node:
    """It rose by no more than so many percent."""
    return decided(
        fixed,
        lambda before, after, percent: bool(after * 100 <= before * (100 + percent)),
        of.before,
        of.after,
        of.percent,
    )


def sum_included(of: check_form.SumIncluded, fixed: Fixed, _clock: Any) -> Node:
    """What is shown holds the base and all parts."""
    return decided(
        fixed, lambda shown, base, parts: bool(shown >= sum(parts, base)), of.shown, of.base, of.parts
    )


def floor_or_reason(of: check_form.FloorOrReason, fixed: Fixed, _clock: Any) -> Node:
    """Not under the floor, or for an allowed reason."""
    allowed = frozenset(of.allowed)
    above = decided(fixed, lambda price, floor: bool(price >= floor), of.price, of.floor)
    reason = decided(fixed, lambda given: given in allowed, of.reason)

    def run(facts: Facts, now: Now) -> Any:
        answer = above.run(facts, now)
        return answer if answer is not False else reason.run(facts, now)

    def missing(facts: Facts, now: Now) -> tuple[str, ...]:
        return (above if above.run(facts, now) is None else reason).missing(facts, now)

    return leaf(fixed, run, (*above.reads, *reason.reads), missing=missing)
