"""What each kind of check does, as a function from facts to pass (True), fail (False) or undecided (None).

The kinds are closed: this table is all that a pack can ask for. An *operand* is a fact's name, or a number or a day written
out. Amounts are compared exactly (int and Decimal); days with days, moments with moments, and a day with a moment as days.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from aboveboard.law import check_form, clocks, form, nodes
from aboveboard.law.nodes import COMPARE, SKIP, Facts, Fixed, Node, Now, Tri, leaf
from aboveboard.law.vocabulary import LISTS, Deal, date_of, day

ONE_DAY = datetime.timedelta(days=1)
#: What `kept_for` reads as "it is still kept".
NEVER = "never"

Get = Callable[[Facts], Any]


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


# ------------------------------------------------------------------------------------------------------ operands
def _get(operand: Any, fixed: Fixed) -> tuple[Get, tuple[str, ...]]:
    """Return how to get an operand's value, and which facts that reads."""
    if isinstance(operand, str):
        read = fixed.reader(operand)
        return (lambda facts: read(facts.get(operand))), (operand,)
    return (lambda _facts: operand), ()


def _several(operand: str | Sequence[str], fixed: Fixed) -> tuple[Get, tuple[str, ...]]:
    """The same for a list: written out, or held by a fact."""
    if isinstance(operand, str):
        return _get(operand, fixed)
    among = tuple(operand)
    return (lambda _facts: among), ()


def _of(fixed: Fixed, decide: Callable[..., Tri], *operands: Any) -> Node:
    """Return a check that is undecided while an operand is missing, and then as `decide` says."""
    pairs = [_get(operand, fixed) for operand in operands]
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


def _type(fixed: Fixed, operand: Any) -> str:
    if isinstance(operand, str):
        return fixed.vocabulary[operand].type
    return "day" if isinstance(operand, datetime.date) else "number"


# ---------------------------------------------------------------------------------------------- one fact, or two
def _is(of: check_form.Is, fixed: Fixed, _clock: Any) -> Node:
    return leaf(fixed, nodes.tester(of.fact, "equals", of.value, fixed), [of.fact])


def _in(of: check_form.In, fixed: Fixed, _clock: Any) -> Node:
    if fixed.vocabulary[of.fact].type in LISTS:
        among = frozenset(of.values)
        return _of(fixed, among.issuperset, of.fact)
    return leaf(fixed, nodes.tester(of.fact, "one_of", of.values, fixed), [of.fact])


def _nonempty(of: check_form.Nonempty, fixed: Fixed, _clock: Any) -> Node:
    return _of(fixed, bool, of.fact)


def _empty(of: check_form.Empty, fixed: Fixed, _clock: Any) -> Node:
    return _of(fixed, lambda value: not value, of.fact)


def _compare(test: str) -> Callable[[Any, Fixed, Any], Node]:
    plain = COMPARE[test]

    def build(of: Any, fixed: Fixed, _clock: Any) -> Node:
        if _type(fixed, of.left) == "day":
            return _of(fixed, lambda left, right: plain(*nodes.same(left, right)), of.left, of.right)
        return _of(fixed, plain, of.left, of.right)

    return build


def _between(of: check_form.Between, fixed: Fixed, _clock: Any) -> Node:
    bounds = [("gte", of.min), ("lte", of.max)]
    parts = [
        _compare(test)(check_form.Lte(left=of.fact, right=bound), fixed, None)
        for test, bound in bounds
        if bound is not None
    ]
    return nodes.conjunction(parts)


# ---------------------------------------------------------------------------------------------------------- time
def _deadline(of: check_form.Deadline, _fixed: Fixed, clock: form.Clock | None) -> Node:
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


def _before(of: check_form.Before, fixed: Fixed, _clock: Any) -> Node:
    if of.days:
        return _of(
            fixed, lambda left, right: (date_of(right) - date_of(left)).days >= of.days, of.left, of.right
        )
    return _of(fixed, lambda left, right: not clocks.later(left, right), of.left, of.right)


def _window_before(of: check_form.WindowBefore, fixed: Fixed, _clock: Any) -> Node:
    least, most = of.min_days, of.max_days

    def decide(event: Any, notice: Any) -> bool:
        days = (date_of(event) - date_of(notice)).days
        return (least is None or least <= days) and (most is None or days <= most)

    return _of(fixed, decide, of.event, of.notice)


def _none_after(of: check_form.NoneAfter, fixed: Fixed, _clock: Any) -> Node:
    def decide(cutoff: Any, events: Sequence[Any]) -> bool:
        if not of.days:
            return not any(clocks.later(event, cutoff) for event in events)
        last = date_of(cutoff) + of.days * ONE_DAY
        return not any(date_of(event) > last for event in events)

    return _of(fixed, _dates(decide), of.cutoff, of.events)


def _kept_for(of: check_form.KeptFor, fixed: Fixed, _clock: Any) -> Node:
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
        return _dates(
            lambda: not clocks.later(clocks.last_day(date_of(since), of.amount, of.unit), destroyed)
        )()

    def missing(facts: Facts, _now: Now) -> tuple[str, ...]:
        return tuple(
            name
            for name, given in ((of.destroyed, value(facts)), (of.since, day(facts.get(of.since))))
            if given is None
        )

    return leaf(fixed, run, [of.destroyed, of.since], missing=missing)


def _dates(decide: Callable[..., Tri]) -> Callable[..., Tri]:
    """Return the same decision, undecided where a date would lie beyond the calendar."""

    def run(*values: Any) -> Tri:
        try:
            return decide(*values)
        except (OverflowError, ValueError):
            return None

    return run


# --------------------------------------------------------------------------------------------------------- lists
def _covers(of: check_form.Covers, fixed: Fixed, _clock: Any) -> Node:
    return _sets(fixed, of.have, of.need, lambda have, need: set(need).issubset(have))


def _subset(of: check_form.Subset, fixed: Fixed, _clock: Any) -> Node:
    return _sets(fixed, of.left, of.allowed, lambda left, allowed: set(left).issubset(allowed))


def _disjoint(of: check_form.Disjoint | check_form.DisjointUnless, fixed: Fixed, _clock: Any) -> Node:
    return _sets(fixed, of.left, of.forbidden, lambda left, forbidden: set(left).isdisjoint(forbidden))


def _disjoint_unless(of: check_form.DisjointUnless, fixed: Fixed, _clock: Any) -> Node:
    return nodes.disjunction(
        [_disjoint(of, fixed, None), _is(check_form.Is(fact=of.unless, value=True), fixed, None)]
    )


def _sets(fixed: Fixed, left: str, right: str | Sequence[str], decide: Callable[[Any, Any], bool]) -> Node:
    if not isinstance(right, str):
        among = frozenset(right)
        return _of(fixed, lambda have: decide(have, among), left)
    return _of(fixed, decide, left, right)


def _every_recipient(of: check_form.EveryRecipient, fixed: Fixed, _clock: Any) -> Node:
    recipients, notices, excuses = (_get(name, fixed)[0] for name in (of.recipients, of.notices, of.excuses))
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


# -------------------------------------------------------------------------------------------------------- prices
def _lookback_max(of: check_form.LookbackMax, fixed: Fixed, _clock: Any) -> Node:
    def decide(value: Any, history: Any, anchor: Any) -> Tri:
        lowest = lowest_before(of, history, date_of(anchor))
        return None if lowest is None else bool(value <= lowest)

    node = _of(fixed, _dates(decide), of.value, of.history, of.anchor)

    def missing(facts: Facts, now: Now) -> tuple[str, ...]:
        names = node.missing(facts, now)
        return names if len(names) < len(node.reads) else (of.history,)

    return Node(node.run, node.reads, missing, node.constant)


def lowest_before(of: check_form.LookbackMax, history: Sequence[Any], anchor: datetime.date) -> Any:
    """Return the lowest price in the days before `anchor` (which is not among them), or what the fallback gives, or None.

    A price counts on every day on which it was in force: a low that was set long ago and kept into the window is in it.
    """
    first, last = anchor - of.days * ONE_DAY, anchor - ONE_DAY
    found = None
    for since, until, price in _spans(history):
        if since <= last and (until is None or until >= first) and (found is None or price < found):
            found = price
    if found is not None or of.fallback == "undecided":
        return found
    ended = [(until, price) for _, until, price in _spans(history) if until is not None and until < first]
    newest = max((until for until, _ in ended), default=None)
    return min((price for until, price in ended if until == newest), default=None)


def _spans(history: Sequence[Any]) -> Iterator[tuple[datetime.date, datetime.date | None, Any]]:
    """Yield from when to when each price was in force; a deal is one day long."""
    for one in history:
        yield (one.at, one.at, one.price) if type(one) is Deal else one


def _pct_matches(of: check_form.PctMatches, fixed: Fixed, _clock: Any) -> Node:
    def decide(pct: Any, base: Any, now: Any) -> Tri:
        if base <= 0:
            return None
        # |pct - (base - now) / base * 100| <= tolerance, without dividing: no digit is lost.
        return bool(abs(pct * base - (base - now) * 100) <= of.tolerance * base)

    return _of(fixed, decide, of.pct, of.base, of.now)


def _rise_max(of: check_form.RiseMax, fixed: Fixed, _clock: Any) -> Node:
    return _of(
        fixed,
        lambda before, after, percent: bool(after * 100 <= before * (100 + percent)),
        of.before,
        of.after,
        of.percent,
    )


def _sum_included(of: check_form.SumIncluded, fixed: Fixed, _clock: Any) -> Node:
    return _of(fixed, lambda shown, base, parts: bool(shown >= sum(parts, base)), of.shown, of.base, of.parts)


def _floor_or_reason(of: check_form.FloorOrReason, fixed: Fixed, _clock: Any) -> Node:
    allowed = frozenset(of.allowed)
    above = _of(fixed, lambda price, floor: bool(price >= floor), of.price, of.floor)
    reason = _of(fixed, lambda given: given in allowed, of.reason)

    def run(facts: Facts, now: Now) -> Any:
        answer = above.run(facts, now)
        return answer if answer is not False else reason.run(facts, now)

    def missing(facts: Facts, now: Now) -> tuple[str, ...]:
        return (above if above.run(facts, now) is None else reason).missing(facts, now)

    return leaf(fixed, run, (*above.reads, *reason.reads), missing=missing)


# --------------------------------------------------------------------------------------------------------- words
def _text_present(of: check_form.TextPresent, fixed: Fixed, _clock: Any) -> Node:
    wanted = [_one_line(needle) for needle in _needles(of.needle)]
    return _of(
        fixed,
        lambda words: any(needle in line for line in [_one_line(words)] for needle in wanted),
        of.haystack,
    )


def _text_absent(of: check_form.TextAbsent, fixed: Fixed, _clock: Any) -> Node:
    banned = [_one_line(needle).casefold() for needle in _needles(of.needle)]
    return _of(
        fixed,
        lambda words: not any(needle in line for line in [_one_line(words).casefold()] for needle in banned),
        of.haystack,
    )


def _needles(needle: str | list[str]) -> list[str]:
    return [needle] if isinstance(needle, str) else needle


def _one_line(words: str) -> str:
    return " ".join(words.split())


# ---------------------------------------------------------------------------------------------------------- many
def _all(of: check_form.All, fixed: Fixed, clock: form.Clock | None) -> Node:
    return nodes.conjunction([check(part, fixed, clock) for part in of.of])


def _any(of: check_form.Any_, fixed: Fixed, clock: form.Clock | None) -> Node:
    return nodes.disjunction([check(part, fixed, clock) for part in of.of])


KINDS: dict[type, Callable[..., Node]] = {
    check_form.Deadline: _deadline,
    check_form.Is: _is,
    check_form.In: _in,
    check_form.Nonempty: _nonempty,
    check_form.Empty: _empty,
    check_form.Lte: _compare("lte"),
    check_form.Lt: _compare("lt"),
    check_form.Gte: _compare("gte"),
    check_form.Gt: _compare("gt"),
    check_form.Eq: _compare("eq"),
    check_form.Between: _between,
    check_form.Before: _before,
    check_form.WindowBefore: _window_before,
    check_form.NoneAfter: _none_after,
    check_form.Covers: _covers,
    check_form.EveryRecipient: _every_recipient,
    check_form.LookbackMax: _lookback_max,
    check_form.PctMatches: _pct_matches,
    check_form.RiseMax: _rise_max,
    check_form.SumIncluded: _sum_included,
    check_form.FloorOrReason: _floor_or_reason,
    check_form.TextPresent: _text_present,
    check_form.TextAbsent: _text_absent,
    check_form.Disjoint: _disjoint,
    check_form.DisjointUnless: _disjoint_unless,
    check_form.Subset: _subset,
    check_form.KeptFor: _kept_for,
    check_form.All: _all,
    check_form.Any_: _any,
}
