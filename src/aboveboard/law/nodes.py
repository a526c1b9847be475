"""Conditions and checks as small compiled functions over facts.

A node answers True, False or None (not known: a fact is missing), after Kleene: in an `all` one False settles it, in an `any`
one True. Checks use the same three values: True passes, False fails, None is undecided; besides, a member of an `all` may be
left out (`SKIP`).

Compiling takes the facts that are fixed for a whole batch (the places, the kind of business) and works them out once: what
they settle is no longer asked for each quote. A leaf reads its facts through the type that the vocabulary gives them; a value
of another type counts as missing.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aboveboard.law import places
from aboveboard.law.check_form import Condition
from aboveboard.law.vocabulary import LISTS, READ, Vocabulary, date_of

Facts = Mapping[str, Any]
Now = datetime.date | datetime.datetime
Tri = bool | None
Run = Callable[[Facts, Now], Any]

#: What a member of an `all` or `any` says when its `only_if` is false.
SKIP = "skip"


@dataclass(slots=True, frozen=True)
class Node:
    """A compiled condition or check. `constant` nodes are settled by fixed facts; `missing` names what is lacking."""

    run: Run
    reads: tuple[str, ...]
    missing: Callable[[Facts, Now], tuple[str, ...]]
    constant: bool = False


@dataclass(slots=True, frozen=True)
class Fixed:
    """What compiling knows: the vocabulary, and the facts that hold for every question that will be asked."""

    vocabulary: Vocabulary
    facts: Facts

    def reader(self, name: str) -> Callable[[Any], Any]:
        """Return the function that reads a value of this fact's type."""
        return READ[self.vocabulary[name].type]


def leaf(
    fixed: Fixed,
    run: Run,
    reads: Sequence[str],
    *,
    missing: Callable[[Facts, Now], tuple[str, ...]] | None = None,
) -> Node:
    """Return a node that reads these facts; if all of them are fixed, it is worked out now."""
    names = tuple(dict.fromkeys(reads))

    def lacking(facts: Facts, _now: Now) -> tuple[str, ...]:
        without = tuple(name for name in names if fixed.reader(name)(facts.get(name)) is None)
        return (
            without or names
        )  # all are there, and yet do not tell: a bare `US`, where a part of it is meant

    node = Node(run, names, missing or lacking)
    return settled(node, fixed) if all(name in fixed.facts for name in names) else node


def settled(node: Node, fixed: Fixed) -> Node:
    """Return a node that always answers what it answers for the fixed facts."""
    answer = node.run(fixed.facts, datetime.date.min)
    lacks = node.missing(fixed.facts, datetime.date.min) if answer is None else ()
    return Node(lambda _f, _n: answer, node.reads, lambda _f, _n: lacks, constant=True)


def constant(answer: Any) -> Node:
    """Return a node that always answers this."""
    return Node(lambda _f, _n: answer, (), lambda _f, _n: (), constant=True)


_NEVER = datetime.date.min


def conjunction(nodes: Sequence[Node]) -> Node:
    """Return the `all` of nodes: one False settles it, then one unknown makes it unknown. Members may answer `SKIP`."""
    return _join(nodes, False)


def disjunction(nodes: Sequence[Node]) -> Node:
    """Return the `any` of nodes: one True settles it, then one unknown makes it unknown. Members may answer `SKIP`."""
    return _join(nodes, True)


def _join(nodes: Sequence[Node], settles: bool) -> Node:
    reads = tuple(dict.fromkeys(name for node in nodes for name in node.reads))
    fixed_answers = [node.run({}, _NEVER) for node in nodes if node.constant]
    if settles in fixed_answers:
        answer = settles
        return Node(lambda _f, _n: answer, reads, lambda _f, _n: (), constant=True)
    # What is settled the other way (or left out) need not be asked again; one that says more is kept for `SKIP`.
    open_ones = [node for node in nodes if not node.constant or node.run({}, _NEVER) is None]
    skipped_all = all(answer == SKIP for answer in fixed_answers) and not open_ones
    if not open_ones:
        last: Any = SKIP if skipped_all else (not settles)
        return Node(lambda _f, _n: last, reads, lambda _f, _n: (), constant=True)
    some = any(answer is (not settles) for answer in fixed_answers)
    runs = tuple(node.run for node in open_ones)

    def run(facts: Facts, now: Now) -> Any:
        unknown, spoke = False, some
        for each in runs:
            answer = each(facts, now)
            if answer is settles:
                return settles
            if answer is None:
                unknown = True
            elif answer is not SKIP:
                spoke = True
        if unknown:
            return None
        return (not settles) if spoke else SKIP

    def missing(facts: Facts, now: Now) -> tuple[str, ...]:
        names = [
            name for node in open_ones if node.run(facts, now) is None for name in node.missing(facts, now)
        ]
        return tuple(dict.fromkeys(names))

    return Node(run, reads, missing, constant=all(node.constant for node in open_ones))


def negation(node: Node) -> Node:
    """Return the opposite; unknown stays unknown."""
    inner = node.run

    def run(facts: Facts, now: Now) -> Tri:
        answer = inner(facts, now)
        return None if answer is None else not answer

    return Node(run, node.reads, node.missing, node.constant)


# ---------------------------------------------------------------------------------------------------- conditions
def condition(form: Condition, fixed: Fixed) -> Node:
    """Compile a condition of a pack; its facts and types were checked when the pack was loaded."""
    if form.all_of is not None:
        return conjunction([condition(part, fixed) for part in form.all_of])
    if form.any_of is not None:
        return disjunction([condition(part, fixed) for part in form.any_of])
    if form.negated is not None:
        return negation(condition(form.negated, fixed))
    assert form.fact is not None  # noqa: S101 - the form has exactly one of the four
    test = form.test
    return leaf(fixed, tester(form.fact, test, getattr(form, test), fixed), [form.fact])


def tester(fact: str, test: str, wanted: Any, fixed: Fixed) -> Run:
    """Return the function that tests one fact against a value that the rule writes out."""
    read, kind = fixed.reader(fact), fixed.vocabulary[fact].type
    if test == "none_of":
        positive = tester(fact, "one_of", wanted, fixed)

        def run_not(facts: Facts, now: Now) -> Tri:
            answer = positive(facts, now)
            return None if answer is None else not answer

        return run_not
    holds = _holds(kind, test, wanted)

    def run(facts: Facts, _now: Now) -> Tri:
        value = read(facts.get(fact))
        return None if value is None else holds(value)

    return run


def _holds(kind: str, test: str, wanted: Any) -> Callable[[Any], Tri]:
    match test:
        case "one_of" if kind == "place":
            return lambda value: places.inside(value, wanted)
        case "one_of" if kind == "places":
            return lambda value: _any_place(value, wanted)
        case "one_of" if kind in LISTS:
            among = frozenset(wanted)
            return lambda value: not among.isdisjoint(value)
        case "one_of":
            among = frozenset(wanted)
            return lambda value: value in among
        case "equals" if kind == "place":
            return lambda value: places.inside(value, (wanted,))
        case "equals" if kind == "day":
            return lambda value: date_of(value) == wanted
        case "equals":
            return lambda value: value == wanted
        case "has":
            return lambda value: wanted in value
        case "nonempty":
            return lambda value: bool(value) is wanted
        case _:
            return comparison(test, wanted)


def _any_place(given: Sequence[str], wanted: Sequence[str]) -> Tri:
    answers = [places.inside(place, wanted) for place in given]
    return True if True in answers else None if None in answers else False


def comparison(test: str, wanted: Any) -> Callable[[Any], bool]:
    """Return the function that compares a value (a number, or a day) with a fixed one."""
    if isinstance(wanted, datetime.date):
        compare = COMPARE[test]
        return lambda value: compare(*same(value, wanted))
    match test:
        case "gt":
            return lambda value: bool(value > wanted)
        case "gte":
            return lambda value: bool(value >= wanted)
        case "lt":
            return lambda value: bool(value < wanted)
        case _:
            return lambda value: bool(value <= wanted)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "eq": lambda left, right: left == right,
}


def same(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two days or moments in a form in which they can be compared: as days unless both are moments."""
    if isinstance(left, datetime.datetime) and isinstance(right, datetime.datetime):
        return left, right
    return date_of(left), date_of(right)


# -------------------------------------------------------------------------------------------------- jurisdiction
CONSUMER = ("consumer.state", "consumer.country")
BUSINESS = ("business.place", "controller.country")


def jurisdiction(wanted: Sequence[str], fixed: Fixed) -> Node:
    """Return whether the places that are known lie in the rule's jurisdiction; if none is known, the caller chose the rule."""
    names = (*CONSUMER, *BUSINESS)

    def run(facts: Facts, _now: Now) -> Tri:
        known = False
        maybe = False
        get = facts.get
        consumer = get("consumer.state") or get("consumer.country")
        for value in (consumer, get("business.place"), get("controller.country")):
            if value is not None:
                known = True
                answer = places.inside(value, wanted) if type(value) is str else None
                if answer:
                    return True
                maybe = maybe or answer is None
        if not known:
            return True
        return None if maybe else False

    def missing(facts: Facts, _now: Now) -> tuple[str, ...]:
        return ("consumer.state",) if facts.get("consumer.state") is None else ("business.place",)

    node = Node(run, names, missing)
    answer = run(fixed.facts, _NEVER) if any(name in fixed.facts for name in names) else None
    return settled(node, fixed) if answer or (answer is False and _complete(fixed.facts)) else node


def _complete(facts: Facts) -> bool:
    """Return whether the fixed facts say where both customer and business are, so that no question can bring another place.

    A part that a question may add (`consumer.state`) lies in the country that is fixed.
    """
    return all(any(name in facts for name in side) for side in (CONSUMER, BUSINESS))
