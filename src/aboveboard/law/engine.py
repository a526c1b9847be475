"""Judging facts by rules, and saying why.

`compile` takes rules and the facts that are fixed for a batch (where the customer and the business are, the day) and returns
a `Judge`. What the fixed facts settle is worked out once: rules that cannot apply are gone, conditions that hold are not
asked again. `Judge.results(facts)` then gives a `Result` per rule, in a few microseconds each.

A result is one of `pass`, `fail`, `undecided` (a fact is missing, or sources disagree), `not_applicable`, `not_yet`,
`expired`. It names its rule, the pack with version and hash, and the facts it read, so that an old decision can be judged
again under the rule that was then in force. Everything but the outcome is worked out when it is asked for.

Between packs the strictest wins (`strictest`): one fail outweighs every pass, the earliest date is the one to keep.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aboveboard.law import check_form, checks, clocks, nodes, vocabulary
from aboveboard.law.form import Outcome, Rule, Warns
from aboveboard.law.nodes import SKIP, Facts, Fixed, Node, Now
from aboveboard.law.vocabulary import Vocabulary, date_of
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.text import Text

#: Statuses under which a rule is not (or no longer) law, whatever the day.
_NOT_YET = frozenset({"proposed", "draft", "stayed"})
_GONE = frozenset({"repealed", "vacated", "vetoed"})
_OUTCOMES: dict[Any, Outcome] = {True: "pass", False: "fail", None: "undecided", SKIP: "not_applicable"}
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
        return _OUTCOMES[answer]

    def as_if(self, facts: Facts, now: Now) -> Outcome:
        """Return what the outcome would be if the rule were law on that day, whatever its status and dates."""
        applies = self.applies.run(facts, now)
        if applies is not True:
            return "not_applicable" if applies is False else "undecided"
        return _OUTCOMES[self.check.run(facts, now)]


class Result:
    """What one rule says of one set of facts. The outcome is known at once, the rest when it is asked for.

    It refers to the facts that it was given and does not copy them: `record()` gives what is to be kept.
    """

    __slots__ = ("_by", "_facts", "_now", "outcome")

    def __init__(self, outcome: Outcome, by: Compiled, facts: Facts, now: Now) -> None:
        self.outcome = outcome
        self._by = by
        self._facts = facts
        self._now = now

    def __repr__(self) -> str:
        return f"<{self.rule_id}: {self.outcome}>"

    @property
    def rule(self) -> Rule:
        """The rule itself."""
        return self._by.of.rule

    @property
    def rule_id(self) -> str:
        """The rule's id."""
        return self._by.of.rule.id

    @property
    def source(self) -> Source:
        """The pack: its id, version and hash."""
        return self._by.of.source

    @property
    def now(self) -> Now:
        """The day (or moment) on which it was judged."""
        return self._now

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that the rule read, with their values; those that were not given are left out."""
        return {name: self._facts[name] for name in self._by.reads if self._facts.get(name) is not None}

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts (or the calendar) without which it is undecided."""
        if self.outcome != "undecided":
            return ()
        by = self._by
        if by.applies.run(self._facts, self._now) is None:
            return by.applies.missing(self._facts, self._now)
        if by.check.run(self._facts, self._now) is None:
            return by.check.missing(self._facts, self._now)
        return ()  # undecided because the sources are

    @property
    def would(self) -> Outcome | None:
        """What it would be if the rule were law: for rules that are not law yet, and for those that are disputed."""
        if self.outcome == "not_yet" or (self.outcome == "undecided" and self.rule.status == "undecided"):
            return self._by.as_if(self._facts, self._now)
        return None

    @property
    def timing(self) -> clocks.Due | None:
        """How the rule's clock counts, with its steps; None for a rule without one, or if the start is not known."""
        clock = self.rule.deadline
        return None if clock is None else clocks.due(clock, self._facts, explain=True)

    @property
    def due(self) -> vocabulary.Day | None:
        """The last day, if the rule has a clock and the day can be told."""
        clock = self.rule.deadline
        due = None if clock is None else clocks.due(clock, self._facts)
        return None if due is None else due.due

    @property
    def safe(self) -> vocabulary.Day | None:
        """The earliest last day that anyone can defend."""
        clock = self.rule.deadline
        due = None if clock is None else clocks.due(clock, self._facts)
        return None if due is None else due.safe

    @property
    def keep_until(self) -> datetime.date | None:
        """Until when the evidence is kept, if the rule says from when on."""
        retention = self.rule.retention
        if retention is None or retention.start is None:
            return None
        since = vocabulary.day(self._facts.get(retention.start))
        if since is None:
            return None
        amount = retention.years * 12 if retention.years is not None else retention.months or 0
        try:
            return date_of(clocks.last_day(date_of(since), amount, "month"))
        except (OverflowError, ValueError):
            return None

    @property
    def warnings(self) -> tuple[Warns, ...]:
        """What to know before leaning on it."""
        rule, on = self.rule, date_of(self._now)
        enforced, start = rule.effective.enforced_from, rule.effective.start
        told: list[tuple[bool, Warns]] = [
            (rule.verified in ("secondary", "unverified-here"), "not_verified"),
            (on > self.source.next_review_due, "past_review"),
            (enforced is not None and (start is None or start <= on) and on < enforced, "not_enforced_yet"),
            (rule.open_question is not None, "open_question"),
            (any(" " in name for name in self.missing), "no_calendar"),
        ]
        return tuple(name for holds, name in told if holds)

    @property
    def explanation(self) -> Text:
        """What the rule asks, in plain words, filled in with what is known."""
        rule = self.rule
        pattern = rule.explain.words if rule.explain is not None else rule.title.words
        values = _Values(self)
        return Text(values.fill(pattern.en, "en"), values.fill(pattern.zh, "zh"))

    @property
    def verdict(self) -> Text:
        """The outcome as a sentence, with what is missing."""
        texts = Catalogue.load("aboveboard.law")
        if self.outcome == "undecided":
            if not self.missing:
                key = "disputed" if self.rule.status == "undecided" else "by_people"
                return texts.text(f"outcomes.{key}")
            return texts.text("outcomes.undecided").filled(missing=", ".join(self.missing))
        return texts.text(f"outcomes.{self.outcome}")

    def warning_texts(self) -> tuple[Text, ...]:
        """The warnings as sentences."""
        texts = Catalogue.load("aboveboard.law")
        values = {"review": self.source.next_review_due, "question": self.rule.open_question or ""}
        return tuple(texts.text(f"warnings.{name}").filled(**values) for name in self.warnings)

    def record(self) -> dict[str, Any]:
        """Return all of it as plain JSON, to be kept and replayed; days as text, decimals as text."""
        told: dict[str, Any] = {
            "rule": self.rule_id,
            "outcome": self.outcome,
            "pack": self.source.pack,
            "version": self.source.version,
            "sha256": self.source.sha256,
            "on": plain(self._now),
            "facts": plain(self.facts),
            "missing": list(self.missing),
            "warnings": list(self.warnings),
            "citation": self.rule.citation,
            "verified": self.rule.verified,
        }
        optional = {"would": self.would, "due": self.due, "safe": self.safe, "keep_until": self.keep_until}
        return told | {name: plain(value) for name, value in optional.items() if value is not None}


class _Values:
    """What an explanation may name, looked up only if it does."""

    def __init__(self, result: Result) -> None:
        self.result = result

    def fill(self, pattern: str, lang: str) -> str:
        if "{" not in pattern:
            return pattern
        names = {name.replace(".", "_"): name for name in self.result._by.reads}
        return pattern.format_map(_Lookup(lambda name: self.value(name, names, lang)))

    def value(self, name: str, names: Mapping[str, str], lang: str) -> str:
        result = self.result
        facts = result._facts
        known: Any = None
        match name:
            case "due" | "safe":
                known = getattr(result, name)
            case "missing":
                known = ", ".join(result.missing)
            case "rule":
                known = result.rule_id
            case "citation":
                known = result.rule.citation
            case "done":
                known = facts.get(_done(result.rule.check) or "")
            case "lowest":
                known = lowest(result.rule.check, facts)
            case _ if name in names:
                known = facts.get(names[name])
        return _said(known, lang)


class _Lookup(dict[str, str]):
    def __init__(self, find: Any) -> None:
        super().__init__()
        self.find = find

    def __missing__(self, name: str) -> str:
        found: str = self.find(name)
        return found


def _said(value: Any, lang: str) -> str:
    if value is None:
        return Catalogue.load("aboveboard.law")("unknown", lang)
    if isinstance(value, bool):
        return Catalogue.load("aboveboard.law")("yes" if value else "no", lang)
    if isinstance(value, list | tuple | set | frozenset):
        return ("、" if lang == "zh" else ", ").join(str(plain(each)) for each in value)
    return str(plain(value))


def parts(check: check_form.Check) -> Iterable[check_form.Check]:
    """Yield a check and all checks inside it."""
    yield check
    if isinstance(check, check_form.All | check_form.Any_):
        for part in check.of:
            yield from parts(part)


def _done(check: check_form.Check) -> str | None:
    return next((part.done for part in parts(check) if isinstance(part, check_form.Deadline)), None)


def lowest(check: check_form.Check, facts: Facts) -> Any:
    """Return the lowest price that a check that looks back has found in these facts, or None."""
    for part in parts(check):
        if isinstance(part, check_form.LookbackMax):
            kind = "intervals" if part.history_type == "intervals" else "deals"
            history = vocabulary.READ[kind](facts.get(part.history))
            anchor = vocabulary.day(facts.get(part.anchor))
            if history is not None and anchor is not None:
                return checks.lowest_before(part, history, date_of(anchor))
    return None


def plain(value: Any) -> Any:
    """Return a value as JSON has it: days and decimals as text, sets as sorted lists."""
    match value:
        case bool() | int() | str() | None:
            return value
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case dict():
            return {str(name): plain(each) for name, each in value.items()}
        case set() | frozenset():
            return sorted(plain(each) for each in value)
        case vocabulary.Deal() | vocabulary.Interval():
            return {name: plain(each) for name, each in value._asdict().items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case _:
            return str(value)


class Judge:
    """Rules, compiled against what is fixed; asks of each question only what is open."""

    __slots__ = ("_asked", "_fixed", "_now", "dropped", "rules")

    def __init__(
        self, rules: Sequence[Compiled], dropped: Sequence[Compiled], fixed: Facts, now: Now | None
    ) -> None:
        #: The rules that are asked for each question.
        self.rules = tuple(rules)
        #: The rules that the fixed facts (or the day) rule out.
        self.dropped = tuple(dropped)
        self._fixed = dict(fixed)
        self._now = now
        self._asked = tuple((rule, _plainly(rule, now)) for rule in rules)

    def results(self, facts: Facts, now: Now | None = None) -> list[Result]:
        """Return what each rule that is not ruled out says of these facts; fixed facts win over what `facts` says.

        `now` is a day or a moment; left out, the day that was fixed when compiling. Raises `ValueError` without either.
        """
        day = self._now if now is None else now
        if day is None:
            raise ValueError("say on which day: `now` was neither fixed nor given")
        known = {**facts, **self._fixed} if self._fixed else facts
        found = []
        for rule, plainly in self._asked:
            if plainly:
                applies = rule.applies.run(known, day)
                if applies is True:
                    outcome = _OUTCOMES[rule.check.run(known, day)]
                else:
                    outcome = "undecided" if applies is None else "not_applicable"
            else:
                outcome = rule.outcome(known, day)
            found.append(Result(outcome, rule, known, day))
        return found


def _plainly(rule: Compiled, now: Now | None) -> bool:
    """Whether the rule is simply law on the fixed day, so that its dates need not be looked at again."""
    return (
        now is not None and rule.of.rule.status != "undecided" and state(rule.of.rule, date_of(now)) is None
    )


def compile(  # noqa: A001 - the word for what it does; used as engine.compile
    rules: Iterable[Sourced], fixed: Facts | None = None, now: Now | None = None
) -> Judge:
    """Return a judge for these rules. `fixed` holds the facts that are the same for every question, `now` the day if it is.

    With a day, rules that are not law on it are dropped too (`Judge.dropped`); without, they say so each time.
    """
    given = dict(fixed or {})
    kept: list[Compiled] = []
    dropped: list[Compiled] = []
    for rule in rules:
        compiled = Compiled(rule, given)
        off = now is not None and state(rule.rule, date_of(now)) is not None
        (dropped if compiled.never or off else kept).append(compiled)
    return Judge(kept, dropped, given, now)


def evaluate(rule: Sourced, facts: Facts, now: Now) -> Result:
    """Return what one rule says of these facts on that day."""
    compiled = Compiled(rule)
    return Result(compiled.outcome(facts, now), compiled, facts, now)


@dataclass(frozen=True, slots=True)
class Strictest:
    """What several results come to: the weightiest outcome with the rules that say it, and the earliest dates to keep."""

    outcome: Outcome
    by: tuple[Result, ...]
    due: vocabulary.Day | None
    safe: vocabulary.Day | None


#: From the weightiest: one fail outweighs every pass, and what is undecided is not passed.
_WEIGHT: tuple[Outcome, ...] = ("fail", "undecided", "pass", "not_yet", "expired", "not_applicable")


def strictest(results: Iterable[Result]) -> Strictest:
    """Return what holds where several rules speak: the strictest outcome, the earliest due and safe dates."""
    known = list(results)
    said: list[Outcome] = [result.outcome for result in known]
    outcome: Outcome = min(said, key=_WEIGHT.index, default="not_applicable")
    live = [result for result in known if result.outcome in ("pass", "fail", "undecided")]
    return Strictest(
        outcome,
        tuple(result for result in known if result.outcome == outcome),
        _earliest(result.due for result in live),
        _earliest(result.safe for result in live),
    )


def _earliest(days: Iterable[vocabulary.Day | None]) -> vocabulary.Day | None:
    return min((day for day in days if day is not None), key=lambda day: str(plain(day)), default=None)
