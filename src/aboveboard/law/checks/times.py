"""Checks of days: deadline, before, window_before, none_after, kept_for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from aboveboard.law import check_form, clocks, form
from aboveboard.law.checks.operands import dated, decided
from aboveboard.law.nodes import Facts, Fixed, Node, Now, Tri, leaf
from aboveboard.law.vocabulary import date_of, day

ONE_DAY = datetime.timedelta(days=1)
#: What `kept_for` reads as "it is still kept".
NEVER = "never"


def deadline(of: check_form.Deadline, _fixed: Fixed, clock: form.Clock | None) -> Node:
    """Done by the due day; not done is undecided until then."""
    assert clock is not None  # noqa: S101 - loading refuses a check of a deadline without a clock
    timer = clock

    def run(facts: Facts, now: Now) -> Tri:
        due = clocks.due(timer, facts)
        return None if due is None else in_time(due, day(facts.get(of.done)), now)

    def missing(facts: Facts, _now: Now) -> tuple[str, ...]:
        due = clocks.due(timer, facts)
        if due is None:
            return (timer.start,)
        lacks = due.missing if day(facts.get(of.done)) is not None else (*due.missing, of.done)
        return lacks or (of.done,)

    reads = [timer.start, of.done]
    if timer.calendar == "eu-member-state":
        reads.append(timer.country)
    if timer.extension is not None:
        reads += timer.extension.needs
        reads += [clocks.TIMES] if timer.extension.max_times > 1 else []
    names = tuple(dict.fromkeys(reads))
    return Node(run, names, missing)  # never worked out beforehand: it depends on today


def in_time(due: clocks.Due, done: Any, now: Now) -> Tri:
    """Return whether it was done in time; None while it may still be, or while a date cannot be told.

    What was done before the clock started cannot have been done in answer, so it tells nothing.
    """
    if done is not None:
        if clocks.later(due.start, done):
            return None
        if not clocks.later(done, due.certain):
            return True
        return None if due.due is None else not clocks.later(done, due.due)
    return False if due.due is not None and clocks.later(now, due.due) else None


def before(of: check_form.Before, fixed: Fixed, _clock: Any) -> Node:
    """`left` is at least so many days before `right`."""
    if of.days:
        return decided(
            fixed, lambda left, right: (date_of(right) - date_of(left)).days >= of.days, of.left, of.right
        )
    return decided(fixed, lambda left, right: not clocks.later(left, right), of.left, of.right)


def window_before(of: check_form.WindowBefore, fixed: Fixed, _clock: Any) -> Node:
    """The notice came so many days before the event."""
    least, most = of.min_days, of.max_days

    def decide(event: Any, notice: Any) -> bool:
        days = (date_of(event) - date_of(notice)).days
        return (least is None or least <= days) and (most is None or days <= most)

    return decided(fixed, decide, of.event, of.notice)


def none_after(of: check_form.NoneAfter, fixed: Fixed, _clock: Any) -> Node:
    """No event is later than so many days after the cutoff."""

    def decide(cutoff: Any, events: Sequence[Any]) -> bool:
        if not of.days:
            return not any(clocks.later(event, cutoff) for event in events)
        last = date_of(cutoff) + of.days * ONE_DAY
        return not any(date_of(event) > last for event in events)

    return decided(fixed, dated(decide), of.cutoff, of.events)


def kept_for(of: check_form.KeptFor, fixed: Fixed, _clock: Any) -> Node:
    """Not thrown away before its time."""

    def value(facts: Facts) -> Any:
        given = facts.get(of.destroyed)
        return given if given == NEVER else day(given)

    def run(facts: Facts, _now: Now) -> Tri:
        destroyed = value(facts)
        if destroyed == NEVER:
            return True
        since = day(facts.get(of.since))
        if destroyed is None or since is None:
            return None
        return dated(
            lambda: not clocks.later(clocks.last_day(date_of(since), of.amount, of.unit), destroyed)
        )()

    def missing(facts: Facts, _now: Now) -> tuple[str, ...]:
        return tuple(
            name
            for name, given in ((of.destroyed, value(facts)), (of.since, day(facts.get(of.since))))
            if given is None
        )

    return leaf(fixed, run, [of.destroyed, of.since], missing=missing)
