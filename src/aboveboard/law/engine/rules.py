"""A rule with its pack and vocabulary, how it stands on a day, and the rule compiled against facts that are fixed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aboveboard.law import check_form, checks, nodes
from aboveboard.law.form import Outcome, Rule
from aboveboard.law.nodes import SKIP, Facts, Fixed, Node, Now
from aboveboard.law.vocabulary import Vocabulary, date_of

#: Statuses under which a rule is not (or no longer) law, whatever the day.
_NOT_YET = frozenset({"proposed", "draft", "stayed"})
_GONE = frozenset({"repealed", "vacated", "vetoed"})
OUTCOMES: dict[Any, Outcome] = {True: "pass", False: "fail", None: "undecided", SKIP: "not_applicable"}
_FAR = datetime.date.max


@dataclass(frozen=True, slots=True)
class Source:
    """The pack that a rule came from, as results name it."""

    pack: str
    version: str
    sha256: str
    next_review_due: datetime.date


@dataclass(frozen=True, slots=True)
class Sourced:
    """A rule with its pack and the vocabulary that it was written in."""

    rule: Rule
    source: Source
    vocabulary: Vocabulary = field(repr=False, compare=False)


def state(rule: Rule, on: datetime.date) -> Outcome | None:
    """Return `not_yet` or `expired` where the rule does not hold on that day, else None."""
    start, until = rule.effective.start, rule.effective.until
    if (rule.status in _GONE and until is None) or (until is not None and on >= until):
        return "expired"
    if rule.status in _NOT_YET or (start is not None and on < start):
        return "not_yet"
    if rule.status == "enacted_not_yet_in_force" and start is None:
        return "not_yet"
    return None


def parts(check: check_form.Check) -> Iterable[check_form.Check]:
    """Yield a check and all checks inside it."""
    yield check
    if isinstance(check, check_form.All | check_form.Any_):
        for part in check.of:
            yield from parts(part)


class Compiled:
    """One rule, compiled against fixed facts."""

    __slots__ = ("applies", "check", "fixed", "of", "reads")

    def __init__(self, of: Sourced, fixed: Facts | None = None) -> None:
        self.of = of
        self.fixed = fixed or {}
        given = Fixed(of.vocabulary, self.fixed)
        conditions = [nodes.jurisdiction(of.rule.jurisdiction, given)]
        if of.rule.applies_when is not None:
            conditions.append(nodes.condition(of.rule.applies_when, given))
        self.applies: Node = nodes.conjunction(conditions)
        self.check: Node = checks.check(of.rule.check, given, of.rule.deadline)
        retention = of.rule.retention
        kept = [retention.start] if retention is not None and retention.start is not None else []
        self.reads = tuple(dict.fromkeys((*self.applies.reads, *self.check.reads, *kept)))

    @property
    def never(self) -> bool:
        """Whether the fixed facts alone say that the rule does not apply."""
        return self.applies.constant and self.applies.run({}, _FAR) is False

    def outcome(self, facts: Facts, now: Now) -> Outcome:
        """Return what the rule says of these facts on that day."""
        applies = self.applies.run(facts, now)
        if applies is False:
            return "not_applicable"
        rule = self.of.rule
        off = state(rule, date_of(now))
        if off is not None:
            return off
        if applies is None:
            return "undecided"
        answer = self.check.run(facts, now)
        if rule.status == "undecided" and answer is not SKIP:
            return "undecided"
        return OUTCOMES[answer]

    def as_if(self, facts: Facts, now: Now) -> Outcome:
        """Return what the outcome would be if the rule were law on that day, whatever its status and dates."""
        applies = self.applies.run(facts, now)
        if applies is not True:
            return "not_applicable" if applies is False else "undecided"
        return OUTCOMES[self.check.run(facts, now)]
