"""What is wrong with a pack is found when it is read, with its line; nothing of such a pack is used."""

from __future__ import annotations

import pytest

from aboveboard.law import loading
from tests.support import laws

DUE = "{kind: deadline, done: t.later}"
CLOCK = "{start: t.day, amount: 1, unit: month}"
UNTOLD = CLOCK.replace(
    "}", ", extension: {amount: 1, unit: month, needs: [t.text], notice_within: {amount: 1, unit: month}}}"
)
MIXED = (
    "{kind: lookback_max, value: t.number, history: t.deals, history_type: intervals, anchor: t.day, days: 3}"
)
BACKWARDS = "[{name: a, facts: {t.intervals: [{from: 2026-02-02, to: 2026-02-01, price: 1}]}, expect: pass}]"


def codes(source: str) -> list[str]:
    return [finding.code for finding in laws.load(source).findings]


def test_the_plain_pack_loads() -> None:
    loaded = laws.load(laws.pack())
    assert loaded.findings == [] and [one.rule.id for one in loaded.rules()] == ["gb.x.s1.y"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        # form: closed keys, closed kinds
        ({"run": "rm -rf"}, "form.unknown_key"),
        ({"check": "{kind: exec, code: import os}"}, "form.kind"),
        ({"check": "{kind: is, fact: t.flag, value: true, lambda: x}"}, "form.unknown_key"),
        ({"check": "{fact: t.flag, value: true}"}, "form.missing_key"),
        ({"check": None}, "form.missing_key"),
        ({"title": "{en: only}"}, "form.missing_key"),
        ({"status": "in_power"}, "form.choice"),
        ({"fixtures": "7"}, "form.type"),
        ({"check": "{kind: all, of: []}"}, "form.refused"),
        ({"applies_when": "{all: [], fact: t.flag, is: true}"}, "form.refused"),
        ({"applies_when": "{all: []}"}, "form.refused"),
        ({"applies_when": "{fact: t.flag}"}, "form.refused"),
        ({"applies_when": "{fact: t.flag, is: true, in: [true]}"}, "form.refused"),
        ({"applies_when": "{eval: t.flag}"}, "form.unknown_key"),
        ({"deadline": "{start: t.day, amount: 0, unit: month}", "check": DUE}, "form.refused"),
        ({"deadline": "{start: t.day, amount: 99999, unit: month}", "check": DUE}, "form.refused"),
        ({"deadline": "{start: t.day, amount: 1.5, unit: month}", "check": DUE}, "form.type"),
        ({"deadline": "{start: t.day, amount: 3, unit: business_day}", "check": DUE}, "form.refused"),
        ({"deadline": "{start: t.day, amount: 3, unit: fortnight}", "check": DUE}, "form.choice"),
        ({"retention": "{years: 3, months: 1, from: t.day}"}, "form.refused"),
        ({"check": "{kind: window_before, event: t.day, notice: t.later}"}, "form.refused"),
        ({"check": "{kind: window_before, event: t.day, notice: t.later, min_days: 5, max_days: 3}"}, "form.refused"),
        ({"check": "{kind: pct_matches, pct: t.number, base: t.second, now: t.third, tolerance: -1}"}, "form.refused"),
        ({"check": "{kind: pct_matches, pct: t.number, base: t.second, now: t.third, tolerance: NaN}"}, "form.refused"),
        # names and dates
        ({"id": "GB.x"}, "rule.id"),
        ({"id": "../../etc"}, "rule.id"),
        ({"jurisdiction": "[Mars]"}, "rule.place"),
        ({"jurisdiction": "[]"}, "rule.nowhere"),
        ({"authority": "[]"}, "rule.no_authority"),
        ({"status": "undecided"}, "rule.no_question"),
        ({"effective": "{from: 2026-01-02, until: 2026-01-01}"}, "rule.dates"),
        ({"effective": "{from: 2026-01-02, enforced_from: 2026-01-01}"}, "rule.dates"),
        ({"effective": "{from: 2026-01-02, until: 2026-01-02}"}, "rule.dates"),
        ({"authority": f"[{{instrument: X, verified: primary, quote: {{lang: en, text: {'word ' * 26}}}}}]"}, "rule.long_quote"),
        # facts and their types
        ({"check": "{kind: is, fact: t.flagg, value: true}"}, "fact.unknown"),
        ({"check": "{kind: is, fact: t.flag, value: 1}"}, "check.value"),
        ({"check": "{kind: is, fact: t.number, value: NaN}"}, "check.value"),
        ({"check": "{kind: in, fact: t.text, values: [1]}"}, "check.value"),
        ({"check": "{kind: lte, left: t.text, right: t.number}"}, "fact.type"),
        ({"check": "{kind: lte, left: t.day, right: t.number}"}, "check.mixed"),
        ({"check": "{kind: lte, left: 1, right: 2}"}, "check.operand"),
        ({"check": "{kind: lte, left: t.number, right: [1]}"}, "check.operand"),
        ({"check": "{kind: before, left: t.day, right: t.flag}"}, "fact.type"),
        ({"check": "{kind: covers, have: t.texts, need: []}"}, "check.operand"),
        ({"check": "{kind: text_present, needle: ' ', haystack: t.text}"}, "check.operand"),
        ({"check": MIXED}, "fact.type"),
        ({"applies_when": "{fact: t.texts, is: a}"}, "check.value"),
        ({"applies_when": "{fact: t.text, gt: 3}"}, "check.value"),
        ({"applies_when": "{fact: t.number, gt: three}"}, "check.value"),
        ({"applies_when": "{not: {fact: t.nobody, is: 1}}"}, "fact.unknown"),
        ({"check": "{kind: is, fact: t.flag, value: true, only_if: {fact: t.nobody, is: 1}}"}, "fact.unknown"),
        # clocks
        ({"check": DUE}, "check.needs_clock"),
        ({"deadline": CLOCK}, "clock.unused"),
        ({"deadline": "{start: t.flag, amount: 1, unit: month}", "check": DUE}, "fact.type"),
        ({"deadline": UNTOLD, "check": DUE}, "form.refused"),
        # explanation: places are plain names, the same in both languages
        ({"explain": "{en: '{due.__class__}', zh: '{due.__class__}'}"}, "explain.place"),
        ({"explain": "{en: '{due!r}', zh: '{due!r}'}"}, "explain.brackets"),
        ({"explain": "{en: '{due:>99999999}', zh: '{due:>99999999}'}"}, "explain.brackets"),
        ({"explain": "{en: '{', zh: '{'}"}, "explain.brackets"),
        ({"explain": "{en: '{0}', zh: '{0}'}"}, "explain.place"),
        ({"explain": "{en: '{nobody}', zh: '{nobody}'}"}, "explain.place"),
        ({"explain": "{en: '{due}', zh: b}"}, "explain.differ"),
        # fixtures
        ({"fixtures": "[{name: a, facts: {t.nobody: 1}, expect: pass}]"}, "fact.unknown"),
        ({"fixtures": "[{name: a, facts: {t.flag: 'true'}, expect: pass}]"}, "fixture.value"),
        ({"fixtures": "[{name: a, facts: {t.number: NaN}, expect: pass}]"}, "fixture.value"),
        ({"fixtures": "[{name: a, facts: {t.day: never}, expect: pass}]"}, "fixture.value"),
        ({"fixtures": BACKWARDS}, "fixture.value"),
        ({"fixtures": "[{name: a, now: soon, expect: pass}]"}, "fixture.now"),
        ({"fixtures": "[{name: a, expect: maybe}]"}, "form.choice"),
        ({"fixtures": "[{name: a, expect: pass}, {name: a, expect: fail}]"}, "fixture.twice"),
        ({"given": "{t.nobody: 1}"}, "fact.unknown"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(changes: dict[str, str | None], code: str) -> None:
    assert code in codes(laws.pack(**changes))


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (laws.HEAD.replace("id: x,", "id: X Y,"), "pack.id"),
        (laws.HEAD.replace("rulepack/1", "rulepack/2"), "form.choice"),
        (laws.HEAD.replace("advice: true", "advice: false"), "form.refused"),
        (laws.HEAD.replace("pack:", "pakc:"), "form.unknown_key"),
        (laws.HEAD.replace("{name: t.flag, type: flag", "{name: t.flag, type: boolean"), "form.choice"),
        (laws.HEAD.replace("name: t.flag", "name: price.base"), "fact.twice"),
        (laws.HEAD.replace("name: t.flag", "name: Flag"), "fact.name"),
        (laws.HEAD.replace("not_legal_advice: true", "not_legal_advice: true, conflict_policy: mildest_wins"), "form.choice"),
        (laws.HEAD.replace("not_legal_advice: true", "not_legal_advice: true, on_missing_fact: pass"), "form.choice"),
    ],
)  # fmt: skip
def test_a_head_that_is_wrong_is_found(head: str, code: str) -> None:
    assert code in codes(laws.pack(head=head))


def test_an_id_names_one_rule() -> None:
    source = laws.pack() + "\n" + laws.pack().removeprefix(laws.HEAD)
    assert codes(source) == ["rule.duplicate_id"]


def test_each_rule_has_its_findings_at_its_line() -> None:
    source = laws.pack(run="x") + "\n" + laws.pack(status="x").removeprefix(laws.HEAD)
    found = laws.load(source).findings
    lines = source.split("\n")
    assert [(one.code, lines[one.line - 1].strip()) for one in found] == [
        ("form.unknown_key", "run: x"),
        ("form.choice", "status: x"),
    ]


def test_a_slip_of_the_pen_is_met_with_what_was_meant() -> None:
    found = laws.load(laws.pack(check="{kind: is, fact: t.flagg, value: true}")).findings[0]
    assert "t.flag" in found.how.say("en") and found.path == "rules[0].check.fact"
    assert "applies_when" in laws.load(laws.pack(aplies_when="{fact: t.flag, is: true}")).findings[0].how.say(
        "en"
    )


def test_the_hash_is_of_what_is_said_not_of_how_it_is_laid_out() -> None:
    plain = laws.load(laws.pack()).sha256
    assert (
        laws.load("# a comment\n" + laws.pack().replace("{en: a, zh: b}", "{en:   a, 'zh': b}")).sha256
        == plain
    )
    assert laws.load(laws.pack(notes="another")).sha256 != plain
    assert loading.fingerprint({"a": "1"}) != loading.fingerprint({"a": 1})
    assert loading.fingerprint({"a": "2026-01-01"}) != loading.fingerprint(
        loading.reading.read("a: 2026-01-01", loading.Report("x"))
    )


def test_a_pack_that_did_not_load_gives_no_rules() -> None:
    with pytest.raises(ValueError, match=r"x.yaml did not load"):
        laws.load("a: 1").rules()
