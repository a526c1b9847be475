"""A pack proves its rules or is not used: fixtures that fail, outcomes without a fixture, numbers that nobody guards."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import msgspec
import pytest

from aboveboard.law import loading, packs, proving
from tests.support import laws

WINDOW = "{kind: window_before, event: t.later, notice: t.day, min_days: 7}"
AT_7 = "{name: d7, facts: {t.later: 2026-06-30, t.day: 2026-06-23}, expect: pass}"
AT_6 = "{name: d6, facts: {t.later: 2026-06-30, t.day: 2026-06-24}, expect: fail}"
AT_9 = "{name: d9, facts: {t.later: 2026-06-30, t.day: 2026-06-21}, expect: pass}"
AT_2 = "{name: d2, facts: {t.later: 2026-06-30, t.day: 2026-06-28}, expect: fail}"
DATES = laws.HEAD.replace("not_legal_advice: true", "not_legal_advice: true, proves: [numbers, dates]")
T = "facts: {t.flag: true},"
BOTH = laws.FIXTURES.strip("[]")


def prove(**changes: str | None) -> proving.Proof:
    loaded = laws.load(laws.pack(**changes))
    assert not loaded.findings, [finding.say() for finding in loaded.findings]
    return proving.prove(loaded)


def survivors(proof: proving.Proof) -> list[tuple[str, str, bool]]:
    return [(one.path, one.to, one.counts) for one in proof.survivors]


def test_a_pack_that_proves_itself() -> None:
    proof = prove(check=WINDOW, fixtures=f"[{AT_7}, {AT_6}]")
    assert proof.holds and (proof.fixtures, proof.mutants, proof.survivors) == (2, 2, [])


@pytest.mark.parametrize(
    ("fixtures", "left"),
    [
        (f"[{AT_9}, {AT_2}]", [("check.min_days", "8", True), ("check.min_days", "6", True)]),
        (f"[{AT_7}, {AT_2}]", [("check.min_days", "6", True)]),
        (f"[{AT_9}, {AT_6}]", [("check.min_days", "8", True)]),
    ],
)
def test_what_nobody_guards_survives(fixtures: str, left: list[tuple[str, str, bool]]) -> None:
    proof = prove(check=WINDOW, fixtures=fixtures)
    assert not proof.holds and survivors(proof) == left
    assert (
        laws.pack(check=WINDOW, fixtures=fixtures)
        .split("\n")[proof.survivors[0].line - 1]
        .startswith("  check:")
    )


def test_a_first_day_counts_only_where_the_pack_says_so() -> None:
    first = {"effective": "{from: 2026-01-01}"}
    loose = prove(**first)
    assert loose.holds and survivors(loose) == [
        ("effective.from", "2026-01-02", False),
        ("effective.from", "2025-12-31", False),
    ]
    assert not prove(head=DATES, **first).holds
    cases = (
        "{name: c, now: 2026-01-01, facts: {t.flag: true}, expect: pass},"
        "{name: d, now: 2025-12-31, facts: {t.flag: true}, expect: not_yet}"
    )
    assert survivors(prove(head=DATES, **first, fixtures=f"[{BOTH}, {cases}]")) == []


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"applies_when": "{fact: t.number, gte: 12}", "given": "{t.number: 24}"}, ["applies_when.gte"] * 2),
        ({"applies_when": "{fact: t.day, gte: 2026-01-01}", "given": "{t.day: 2026-06-01}"}, ["applies_when.gte"] * 2),
        ({"retention": "{years: 3, from: t.day}", "given": "{t.day: 2026-06-01}"}, ["retention.years"] * 2),
        ({"retention": "{years: 3}"}, []),
        ({"effective": "{amended: [2026-01-01]}"}, []),
    ],
)  # fmt: skip
def test_which_numbers_act(changes: dict[str, str], left: list[str]) -> None:
    assert [one.path for one in prove(**changes).survivors] == left


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"fixtures": f"[{BOTH}, {{name: c, facts: {{t.flag: true}}, expect: fail}}]"}, "fixture.fails", "but it is pass"),
        ({"fixtures": f"[{BOTH}, {{name: c, {T} expect: pass, warns: [past_review]}}]"}, "fixture.fails", "warns"),
        ({"fixtures": f"[{BOTH}, {{name: c, expect: undecided, missing: [t.other]}}]"}, "fixture.fails", "missing"),
        ({"fixtures": "[{name: a, facts: {t.flag: true}, expect: pass}]"}, "fixture.none", "comes out as fail"),
        ({"fixtures": "[{name: a, facts: {t.flag: false}, expect: fail}]"}, "fixture.none", "comes out as pass"),
        ({"fixtures": "[]"}, "fixture.none", "comes out as pass"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told(changes: dict[str, str], code: str, said: str) -> None:
    proof = prove(**changes)
    assert not proof.holds and proof.findings[0].code == code and said in proof.findings[0].say()


def test_a_fail_that_only_people_can_pronounce_is_shown_as_undecided() -> None:
    check = laws.CHECK.replace("}", ", else: undecided}")
    cases = "[{name: a, facts: {t.flag: true}, expect: pass}, {name: b, facts: {t.flag: false}, expect: undecided, missing: []}]"
    assert prove(check=check, fixtures=cases).holds
    unknown = cases.replace("{t.flag: false}", "{}").replace(", missing: []", ", missing: [t.flag]")
    assert not prove(check=check, fixtures=unknown).holds


def test_a_disputed_rule_is_proven_by_what_it_would_say() -> None:
    disputed = {"status": "undecided", "open_question": "q", "check": WINDOW}
    cases = f"[{AT_7}, {AT_6}]".replace("expect: pass", "expect: undecided").replace(
        "expect: fail", "expect: undecided"
    )
    assert [one.path for one in prove(**disputed, fixtures=cases).survivors] == ["check.min_days"] * 2
    would = cases.replace("06-23}, expect: undecided", "06-23}, expect: undecided, would: pass")
    would = would.replace("06-24}, expect: undecided", "06-24}, expect: undecided, would: fail")
    assert prove(**disputed, fixtures=would).survivors == []


# --------------------------------------------------------------------------------------------- the rules of the gate
@pytest.mark.parametrize("rule", packs.rules(), ids=lambda rule: rule.id)
def test_each_rule_of_the_gate_proves_its_first_and_last_day(rule: packs.Rule) -> None:
    assert [moved for *moved, noticed in (*packs.days(rule), *packs.sizes(rule)) if not noticed] == []


def test_a_day_of_the_gate_that_nobody_guards_is_found() -> None:
    rule = next(rule for rule in packs.rules() if rule.effective.start)
    late = [
        msgspec.structs.replace(case, day=datetime.date(2026, 11, 23)) for case in rule.fixtures if case.acts
    ]
    assert [noticed for *_, noticed in packs.days(msgspec.structs.replace(rule, fixtures=late))] == [
        False,
        False,
    ]


# ------------------------------------------------------------------------------------------------ worked examples
NUMBERS = re.compile(r"(?<=: )\d+(\.\d+)?(?=[,}\n])")


@pytest.mark.shared
def test_the_worked_examples_hold(shared_data: Path) -> None:
    file = shared_data.parent / "law-examples.yaml"
    loaded = loading.load(file.read_bytes(), file.name)
    assert [finding.say() for finding in loaded.findings] == []
    proof = proving.prove(loaded)
    assert proof.holds and (proof.fixtures, len(loaded.rules())) == (68, 17)
    assert {one.path for one in proof.survivors} == {"effective.from", "effective.enforced_from"}


@pytest.mark.shared
def test_a_number_changed_in_the_text_of_the_examples_is_noticed(shared_data: Path) -> None:
    source = (shared_data.parent / "law-examples.yaml").read_text(encoding="utf-8")
    lines = source.split("\n")
    tried = 0
    for number, line in enumerate(lines):
        if (
            "fixtures:" in line
            or "name:" in line
            or "retention" in line
            or not re.search(r"amount:|days:|tolerance:", line)
        ):
            continue
        for found in NUMBERS.finditer(line):
            for step in (1, -1):
                value = found.group()
                changed = str(float(value) + step) if "." in value else str(int(value) + step)
                mutant = [*lines]
                mutant[number] = line[: found.start()] + changed + line[found.end() :]
                loaded = loading.load("\n".join(mutant), "x.yaml")
                assert loaded.findings or not proving.prove(loaded).holds, (
                    f"line {number + 1}: {value} to {changed}"
                )
                tried += 1
    assert tried >= 20
