"""Does a pack make sense? Every fact declared and of the type that is asked of it, every date in order, every place known.

What is found here would otherwise show itself only when a rule stays undecided for ever, or decides by accident.
"""

from __future__ import annotations

import datetime
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from aboveboard.law import check_form, checks, form, nodes, places, vocabulary
from aboveboard.law.engine import parts
from aboveboard.law.finding import Path, Report
from aboveboard.law.vocabulary import LISTS, NUMBERS, READ, Vocabulary
from aboveboard.words.text import Text

_ID = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,3})?(\.[a-z0-9][a-z0-9-]*){1,4}")
_PACK = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_FACT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_LIST_TEXT = frozenset({"texts", "places"})
_TEXT = frozenset({"text", "place"})
_DAY = frozenset({"day"})
_SIZED = LISTS | {"text", "reasons"}

#: For each kind of check, the types that each of its facts may have; operands may also be written out.
_WANTS: dict[type, dict[str, frozenset[str]]] = {
    check_form.Deadline: {"done": _DAY},
    check_form.Nonempty: {"fact": _SIZED},
    check_form.Empty: {"fact": _SIZED},
    check_form.Before: {"left": _DAY, "right": _DAY},
    check_form.WindowBefore: {"event": _DAY, "notice": _DAY},
    check_form.NoneAfter: {"cutoff": _DAY, "events": frozenset({"days"})},
    check_form.KeptFor: {"destroyed": _DAY, "since": _DAY},
    check_form.Covers: {"have": _LIST_TEXT, "need": _LIST_TEXT},
    check_form.Subset: {"left": _LIST_TEXT, "allowed": _LIST_TEXT},
    check_form.Disjoint: {"left": _LIST_TEXT, "forbidden": _LIST_TEXT},
    check_form.DisjointUnless: {"left": _LIST_TEXT, "forbidden": _LIST_TEXT, "unless": frozenset({"flag"})},
    check_form.EveryRecipient: {
        "recipients": _LIST_TEXT,
        "notices": _LIST_TEXT,
        "excuses": frozenset({"reasons"}),
    },
    check_form.LookbackMax: {"value": NUMBERS, "history": frozenset({"deals", "intervals"}), "anchor": _DAY},
    check_form.PctMatches: {"pct": NUMBERS, "base": NUMBERS, "now": NUMBERS},
    check_form.RiseMax: {"before": NUMBERS, "after": NUMBERS, "percent": NUMBERS},
    check_form.SumIncluded: {"shown": NUMBERS, "base": NUMBERS, "parts": frozenset({"moneys"})},
    check_form.FloorOrReason: {"price": NUMBERS, "floor": NUMBERS, "reason": frozenset({"text"})},
    check_form.TextPresent: {"haystack": frozenset({"text"})},
    check_form.TextAbsent: {"haystack": frozenset({"text"})},
}
#: Places that every explanation may name, beside the rule's own facts.
_PLACES = frozenset({"due", "safe", "done", "missing", "rule", "citation", "lowest"})


def check(pack: form.Pack, report: Report) -> Vocabulary:
    """Write findings about the whole pack, and return the vocabulary that its rules are written in."""
    known = _vocabulary(pack, report)
    if not _PACK.fullmatch(pack.pack.id):
        report.add("pack.id", ("pack", "id"), id=pack.pack.id)
    seen: dict[str, int] = {}
    for number, rule in enumerate(pack.rules):
        path: Path = ("rules", number)
        if rule.id in seen:
            report.add(
                "rule.duplicate_id", (*path, "id"), id=rule.id, first=report.at(("rules", seen[rule.id])).line
            )
        seen.setdefault(rule.id, number)
        _Check(rule, path, known, report).all()
    return known


def _vocabulary(pack: form.Pack, report: Report) -> Vocabulary:
    known = dict(vocabulary.shipped())
    for number, fact in enumerate(pack.facts):
        if fact.name in known:
            report.add("fact.twice", ("facts", number, "name"), fact=fact.name)
        if not _FACT.fullmatch(fact.name):
            report.add("fact.name", ("facts", number, "name"), fact=fact.name)
        if not vocabulary.askable(fact):
            report.add("fact.asks", ("facts", number, "asks"), fact=fact.name, type=fact.type)
        known.setdefault(fact.name, fact)
    return known


class _Check:
    """One rule's meaning."""

    def __init__(self, rule: form.Rule, path: Path, known: Vocabulary, report: Report) -> None:
        self.rule, self.path, self.known, self.report = rule, path, known, report

    def add(self, code: str, *path: str | int, **values: object) -> None:
        self.report.add(code, (*self.path, *path), mark=None, **values)

    def all(self) -> None:
        before = len(self.report.findings)
        self.names()
        self.dates()
        if self.rule.applies_when is not None:
            self.condition(self.rule.applies_when, ("applies_when",))
        self.clock()
        self.check(self.rule.check, ("check",))
        retention = self.rule.retention
        if retention is not None and retention.start is not None:
            self.fact(retention.start, _DAY, ("retention", "from"))
        if len(self.report.findings) == before:  # an unknown fact is told once, not once per fixture
            self.explanation()
            self.fixtures()

    # ------------------------------------------------------------------------------------------ names and dates
    def names(self) -> None:
        rule = self.rule
        if not _ID.fullmatch(rule.id):
            self.add("rule.id", "id", id=rule.id)
        for number, place in enumerate(rule.jurisdiction):
            if not places.known(place):
                self.add("rule.place", "jurisdiction", number, place=place)
        if not rule.jurisdiction:
            self.add("rule.nowhere", "jurisdiction")
        if not rule.authority:
            self.add("rule.no_authority", "authority")
        for number, source in enumerate(rule.authority):
            quote = source.quote
            if quote is not None and _too_long(quote):
                self.add("rule.long_quote", "authority", number, "quote")
        if rule.status == "undecided" and not rule.open_question:
            self.add("rule.no_question")

    def dates(self) -> None:
        rule, effective = self.rule, self.rule.effective
        order = [
            day for day in (effective.start, effective.enforced_from, effective.until) if day is not None
        ]
        if order != sorted(order) or (effective.until is not None and effective.until == effective.start):
            self.add("rule.dates", "effective")
        if (
            rule.status == "enacted_not_yet_in_force"
            and effective.until is not None
            and effective.start is None
        ):
            self.add("rule.dates", "effective")

    # ---------------------------------------------------------------------------------------- facts and types
    def fact(self, name: Any, types: Iterable[str], path: Path) -> str | None:
        """Check that a fact is declared and of one of these types; return its type."""
        if not isinstance(name, str) or name not in self.known:
            said = name if isinstance(name, str) else repr(name)
            near = get_close_matches(str(name), self.known, 1, 0.7)
            self.add("fact.unknown", *path, fact=said, near=near[0] if near else "—")
            return None
        kind = self.known[name].type
        if types and kind not in types:
            self.add("fact.type", *path, fact=name, type=kind, wanted=", ".join(sorted(types)))
            return None
        return kind

    def operand(self, value: Any, types: frozenset[str], path: Path) -> str | None:
        """Check a fact's name, or a number or day written out; return its type."""
        if isinstance(value, str):
            return self.fact(value, types, path)
        if _written(value) == "number" and types & NUMBERS:
            return "number"
        if _written(value) == "day" and "day" in types:
            return "day"
        self.add("check.operand", *path)
        return None

    def condition(self, of: check_form.Condition, path: Path) -> None:
        for name, several in (("all", of.all_of), ("any", of.any_of)):
            for number, part in enumerate(several or ()):
                self.condition(part, (*path, name, number))
        if of.negated is not None:
            self.condition(of.negated, (*path, "not"))
        if of.fact is None:
            return
        kind = self.fact(of.fact, (), (*path, "fact"))
        if kind is not None:
            self.tested(of, kind, path)

    def tested(self, of: check_form.Condition, kind: str, path: Path) -> None:
        value = getattr(of, of.test)
        match of.test:
            case "nonempty":
                fits = kind in _SIZED
            case "one_of" | "none_of":
                fits = bool(value) and all(_of_type(one, kind) for one in value)
            case "has":
                fits = kind in LISTS and _of_type(value, kind)
            case "equals":
                fits = kind not in LISTS and kind != "reasons" and _of_type(value, kind)
            case _:
                wanted = "day" if kind == "day" else "number" if kind in NUMBERS else ""
                fits = _written(value) == wanted
        if not fits:
            self.add("check.value", *path, fact=of.fact, type=kind)

    def clock(self) -> None:
        clock = self.rule.deadline
        used = any(isinstance(part, check_form.Deadline) for part in parts(self.rule.check))
        if clock is None:
            if used:
                self.add("check.needs_clock", "check")
            return
        if not used:
            self.add("clock.unused", "deadline")
        self.fact(clock.start, _DAY, ("deadline", "start"))
        if clock.calendar == "eu-member-state":
            self.fact(clock.country, _TEXT, ("deadline", "country"))
        for number, name in enumerate(clock.extension.needs if clock.extension else ()):
            kind = _DAY if clock.extension and name == clock.extension.notice else frozenset[str]()
            self.fact(name, kind, ("deadline", "extension", "needs", number))

    def check(self, of: check_form.Check, path: Path) -> None:
        if of.only_if is not None:
            self.condition(of.only_if, (*path, "only_if"))
        match of:
            case check_form.All() | check_form.Any_():
                for number, part in enumerate(of.of):
                    self.check(part, (*path, "of", number))
            case check_form.Is():
                self.value(of.fact, [of.value], path)
            case check_form.In():
                self.value(of.fact, of.values, path)
            case check_form.Lte() | check_form.Lt() | check_form.Gte() | check_form.Gt() | check_form.Eq():
                self.pair(of.left, of.right, path)
            case check_form.Between():
                for bound in (of.min, of.max):
                    if bound is not None:
                        self.pair(of.fact, bound, path)
            case _:
                self.named(of, path)

    def named(self, of: check_form.Check, path: Path) -> None:
        for name, types in _WANTS[type(of)].items():
            value = getattr(of, name)
            if isinstance(value, list):
                if not value and name != "allowed":
                    self.add("check.operand", *path, name)
                continue
            self.operand(value, types, (*path, name))
        if isinstance(of, check_form.LookbackMax) and self.known.get(of.history, None) is not None:
            kind = self.known[of.history].type
            if kind != of.history_type:
                self.add("fact.type", *path, "history", fact=of.history, type=kind, wanted=of.history_type)
        needle = getattr(of, "needle", None)
        if needle is not None and not all(
            one.strip() for one in ([needle] if isinstance(needle, str) else needle or [""])
        ):
            self.add("check.operand", *path, "needle")

    def value(self, fact: str, values: list[Any], path: Path) -> None:
        kind = self.fact(fact, (), (*path, "fact"))
        if kind is not None and not (values and all(_of_type(value, kind) for value in values)):
            self.add("check.value", *path, fact=fact, type=kind)

    def pair(self, left: Any, right: Any, path: Path) -> None:
        one = self.operand(left, NUMBERS | _DAY, path)
        other = self.operand(right, NUMBERS | _DAY, path)
        days = [kind == "day" for kind in (one, other) if kind is not None]
        if len(days) == 2 and days[0] != days[1]:
            self.add("check.mixed", *path)
        if not isinstance(left, str) and not isinstance(right, str):
            self.add("check.operand", *path)

    # ----------------------------------------------------------------------------------- explanation, fixtures
    def explanation(self) -> None:
        if self.rule.explain is None:
            return
        words = self.rule.explain.words
        named = {name.replace(".", "_") for name in self.reads()} | _PLACES
        try:
            en, zh = words.places()
        except ValueError:
            self.add("explain.brackets", "explain")
            return
        for name in sorted((en | zh) - named):
            self.add("explain.place", "explain", place=name)
        if en != zh:
            self.add("explain.differ", "explain", places=", ".join(sorted(en ^ zh)))
        if any(_formats(words)):
            self.add("explain.brackets", "explain")

    def reads(self) -> set[str]:
        fixed = nodes.Fixed(self.known, {})
        found = set(checks.check(self.rule.check, fixed, self.rule.deadline).reads)
        if self.rule.applies_when is not None:
            found |= set(nodes.condition(self.rule.applies_when, fixed).reads)
        return found

    def fixtures(self) -> None:
        kept = {part.destroyed for part in parts(self.rule.check) if isinstance(part, check_form.KeptFor)}
        self.given(self.rule.given, ("given",), kept)
        seen: set[str] = set()
        for number, fixture in enumerate(self.rule.fixtures):
            if fixture.name in seen:
                self.add("fixture.twice", "fixtures", number, "name", name=fixture.name)
            seen.add(fixture.name)
            self.given(fixture.facts, ("fixtures", number, "facts"), kept)
            if fixture.now is not None and vocabulary.day(fixture.now) is None:
                self.add("fixture.now", "fixtures", number, "now")

    def given(self, facts: Mapping[str, Any], path: Path, kept: set[str]) -> None:
        for name, value in facts.items():
            kind = self.fact(name, (), (*path, name))
            if kind is None or value is None or (name in kept and value == checks.NEVER):
                continue
            if READ[kind](value) is None:
                self.add("fixture.value", *path, name, fact=name, type=kind)


def _of_type(value: Any, kind: str) -> bool:
    """Whether a value that a rule writes out fits a fact of this type (for a list: one of its members)."""
    single = {"texts": "text", "places": "place", "days": "day", "moneys": "money"}.get(kind, kind)
    return single not in ("deals", "intervals", "reasons") and READ[single](value) is not None


def _written(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return "number"
    return "day" if isinstance(value, datetime.date) else ""


def _too_long(quote: form.Quote) -> bool:
    if quote.lang.startswith("zh"):
        return len(quote.text) > 60
    return len(quote.text.split()) >= 25


def _formats(words: Text) -> Iterator[bool]:
    """Say of each place whether it is more than a name (`{a.b}`, `{a!r}`, `{0}`): those would reach into objects."""
    for pattern in (words.en, words.zh):
        for _, name, spec, conversion in string.Formatter().parse(pattern):
            yield name is not None and bool(not name.isidentifier() or spec or conversion)
