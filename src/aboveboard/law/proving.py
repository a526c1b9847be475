"""Does a pack prove its rules? Every fixture comes out as it says, and no number can be changed without a fixture noticing.

A rule that says 15 days and is only tried with 3 and with 90 would say the same with 14. So each number that a rule acts on
is changed by one, up and down, and some fixture must then come out otherwise. The same holds, where the pack says `proves:
[numbers, dates]`, for the first and the last day of a rule. What survives is printed, and the pack is not used.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aboveboard.law import form, loading
from aboveboard.law.engine import Compiled, Result, Sourced
from aboveboard.law.finding import Finding, Full, Path, Report, dotted
from aboveboard.law.loading import Loaded

#: Parts of a rule whose numbers decide something.
_ACTING = ("deadline", "check", "applies_when")
_DATES = ("from", "until", "enforced_from")
_BOTH = ("pass", "fail")


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no fixture notices: of which rule, where, from what to what. `counts` if the pack proves such."""

    rule: str
    path: str
    line: int
    was: str
    to: str
    counts: bool


@dataclass(frozen=True)
class Proof:
    """What trying a pack gave."""

    findings: list[Finding] = field(default_factory=list)
    fixtures: int = 0
    mutants: int = 0
    survivors: list[Survivor] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the pack may be used."""
        return not self.findings and not any(survivor.counts for survivor in self.survivors)


def prove(loaded: Loaded) -> Proof:
    """Try every fixture of a pack that was read, and every change by one; raises `ValueError` if the pack did not load."""
    rules, pack = loaded.rules(), loaded.pack
    assert pack is not None  # noqa: S101 - rules() has said so
    report = Report(loaded.name, loaded.report.marks)
    try:
        for number, rule in enumerate(rules):
            _fixtures(rule, pack.pack, ("rules", number), report)
    except Full:
        pass
    count = sum(len(rule.rule.fixtures) for rule in rules)
    if report.findings:
        return Proof(sorted(report.findings, key=lambda finding: finding.line), count)
    tried = [mutant for number in range(len(rules)) for mutant in _mutants(loaded, number)]
    survivors = [mutant for mutant, noticed in tried if not noticed]
    return Proof([], count, len(tried), survivors)


# ------------------------------------------------------------------------------------------------------ fixtures
def judge(compiled: Compiled, fixture: form.Fixture, head: form.Head) -> Result:
    """Return what a rule says of one of its fixtures."""
    facts = {
        name: value
        for name, value in {**compiled.of.rule.given, **fixture.facts}.items()
        if value is not None
    }
    now = fixture.now if fixture.now is not None else head.judged_on
    return Result(compiled.outcome(facts, now), compiled, facts, now)


def _fixtures(rule: Sourced, head: form.Head, path: Path, report: Report) -> None:
    compiled = Compiled(rule)
    for number, fixture in enumerate(rule.rule.fixtures):
        for what, wanted, got in differences(judge(compiled, fixture, head), fixture):
            at = (*path, "fixtures", number)
            report.add("fixture.fails", at, name=fixture.name, what=what, wanted=wanted, got=got)
    if rule.rule.status == "in_force":
        outcomes = {fixture.expect for fixture in rule.rule.fixtures}
        for outcome in _BOTH:
            if outcome not in outcomes and not _never_so(rule.rule, outcome):
                report.add("fixture.none", path, id=rule.rule.id, outcome=outcome)


def _never_so(rule: form.Rule, outcome: str) -> bool:
    """Whether only people can pronounce this rule's fail: then an undecided fixture stands for it."""
    return (
        outcome == "fail"
        and rule.check.otherwise == "undecided"
        and any(fixture.expect == "undecided" and not fixture.missing for fixture in rule.fixtures)
    )


def differences(result: Result, fixture: form.Fixture) -> Iterator[tuple[str, str, str]]:
    """Yield what came out otherwise than the fixture says: what, as it says, as it is."""
    got = result.outcome
    if got != fixture.expect:
        yield "expect", fixture.expect, got
        return
    warned = [name for name in result.warnings if name in ("past_review", "not_enforced_yet")]
    for name, wanted, found in (
        ("would", fixture.would, result.would),
        ("due", fixture.due, result.due if fixture.due else None),
        ("safe", fixture.safe, result.safe if fixture.safe else None),
        ("missing", _sorted(fixture.missing), _sorted(list(result.missing))),
        ("warns", _sorted(fixture.warns), _sorted(list(warned))),
        ("keep_until", fixture.keep_until, result.keep_until if fixture.keep_until else None),
    ):
        if wanted is not None and wanted != found:
            yield name, str(wanted), str(found)


def _sorted(names: Any) -> list[str] | None:
    return None if names is None else sorted(names)


# ------------------------------------------------------------------------------------------------------- mutants
def _mutants(loaded: Loaded, number: int) -> Iterator[tuple[Survivor, bool]]:
    """Yield each change by one in a rule, and whether a fixture notices it (or the pack no longer loads)."""
    assert loaded.pack is not None  # noqa: S101 - the caller has rules
    values = loaded.values["rules"][number]
    rule = loaded.pack.rules[number]
    one: dict[str, Any] = {**loaded.values, "rules": [values]}
    for path, value, changed in _changes(values):
        dated = path[0] == "effective"
        mutated = deepcopy(one)
        _put(mutated["rules"][0], path, changed)
        mutant = loading.from_values(mutated, Report(loaded.name))
        yield (
            Survivor(
                rule.id,
                dotted(path),
                loaded.report.at(("rules", number, *path)).line,
                str(value),
                str(changed),
                not dated or "dates" in loaded.pack.pack.proves,
            ),
            mutant.pack is None or _noticed(mutant),
        )


def _noticed(mutant: Loaded) -> bool:
    assert mutant.pack is not None  # noqa: S101 - the caller has looked
    compiled = Compiled(mutant.rules()[0])
    head = mutant.pack.pack
    return any(
        next(differences(judge(compiled, fixture, head), fixture), None) is not None
        for fixture in compiled.of.rule.fixtures
    )


def _changes(rule: dict[str, Any]) -> Iterator[tuple[Path, Any, Any]]:
    """Yield every number that a rule acts on, and its first and last days, each changed by one up and down."""
    for part in _ACTING:
        for path, value in loading.walk(rule.get(part), (part,)):
            if isinstance(value, int | Decimal) and not isinstance(value, bool):
                yield from ((path, value, value + step) for step in (1, -1))
            elif isinstance(value, datetime.date):
                yield from _days(path, value)
    retention = rule.get("retention") or {}
    if retention.get("from"):
        for name in ("years", "months"):
            if isinstance(retention.get(name), int):
                yield from (
                    (("retention", name), retention[name], retention[name] + step) for step in (1, -1)
                )
    for name in _DATES:
        value = (rule.get("effective") or {}).get(name)
        if isinstance(value, datetime.date):
            yield from _days(("effective", name), value)


def _days(path: Path, value: datetime.date) -> Iterator[tuple[Path, Any, Any]]:
    for step in (1, -1):
        try:
            yield path, value, value + datetime.timedelta(days=step)
        except OverflowError:
            continue


def _put(values: Any, path: Path, value: Any) -> None:
    for part in path[:-1]:
        values = values[part]
    values[path[-1]] = value
