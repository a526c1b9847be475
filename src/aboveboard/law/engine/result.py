"""What one rule says of one set of facts: the outcome at once, and words, dates and warnings when they are asked for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from aboveboard.law import check_form, checks, clocks, vocabulary
from aboveboard.law.engine.rules import Compiled, Source, parts
from aboveboard.law.form import Outcome, Rule, Warns
from aboveboard.law.nodes import Facts, Now
from aboveboard.law.vocabulary import date_of
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.text import Text


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
    def known_since(self) -> datetime.date | None:
        """The day since when prices are known, where it is open only because those before it are not."""
        seen = _seen(self.rule.check, self._facts) if self.outcome == "undecided" else None
        return None if seen is None or seen.lowest is None else seen.known_since

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
            since = self.known_since
            if since is not None:
                return texts.text("outcomes.known_since").filled(since=since)
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


def _done(check: check_form.Check) -> str | None:
    return next((part.done for part in parts(check) if isinstance(part, check_form.Deadline)), None)


def lowest(check: check_form.Check, facts: Facts) -> Any:
    """Return the lowest price that a check that looks back has found in these facts, or None."""
    seen = _seen(check, facts)
    return None if seen is None else seen.lowest


def _seen(check: check_form.Check, facts: Facts) -> checks.Seen | None:
    for part in parts(check):
        if isinstance(part, check_form.LookbackMax):
            kind = "intervals" if part.history_type == "intervals" else "deals"
            history = vocabulary.READ[kind](facts.get(part.history))
            anchor = vocabulary.day(facts.get(part.anchor))
            if history is not None and anchor is not None:
                return checks.lookback(part, history, anchor)
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
