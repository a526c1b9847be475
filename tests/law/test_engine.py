"""How a rule stands on a day, whom it meets, what it warns of, and that compiling changes nothing but the time it takes."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.law import engine
from aboveboard.law.library import Library
from tests.support import laws

D = datetime.date.fromisoformat
DISPUTED = {"status": "undecided", "open_question": "Which?"}


@pytest.mark.parametrize(
    ("changes", "now", "outcome", "would"),
    [
        ({"effective": "{from: 2026-11-23}"}, "2026-11-23", "fail", None),
        ({"effective": "{from: 2026-11-24}"}, "2026-11-23", "not_yet", "fail"),
        ({"effective": "{until: 2026-11-24}"}, "2026-11-23", "fail", None),
        ({"effective": "{until: 2026-11-23}"}, "2026-11-23", "expired", None),
        ({"status": "proposed"}, "2026-11-23", "not_yet", "fail"),
        ({"status": "draft"}, "2026-11-23", "not_yet", "fail"),
        ({"status": "stayed", "effective": "{from: 2020-01-01}"}, "2026-11-23", "not_yet", "fail"),
        ({"status": "repealed"}, "2026-11-23", "expired", None),
        ({"status": "vacated"}, "2026-11-23", "expired", None),
        ({"status": "vetoed"}, "2026-11-23", "expired", None),
        ({"status": "repealed", "effective": "{until: 2026-11-24}"}, "2026-11-23", "fail", None),
        ({"status": "enacted_not_yet_in_force"}, "2026-11-23", "not_yet", "fail"),
        ({"status": "enacted_not_yet_in_force", "effective": "{from: 2026-11-23}"}, "2026-11-23", "fail", None),
        (DISPUTED, "2026-11-23", "undecided", "fail"),
        (DISPUTED | {"effective": "{from: 2027-01-01}"}, "2026-11-23", "not_yet", "fail"),
    ],
)  # fmt: skip
def test_how_a_rule_stands(changes: dict[str, str], now: str, outcome: str, would: str | None) -> None:
    result = laws.judged({"t.flag": False}, now=D(now), **changes)
    assert (result.outcome, result.would, result.missing) == (outcome, would, ())


def test_what_does_not_apply_is_not_disputed() -> None:
    result = laws.judged(
        {"t.flag": True, "t.other": False}, applies_when="{fact: t.other, is: true}", **DISPUTED
    )
    assert (result.outcome, result.would) == ("not_applicable", None)


@pytest.mark.parametrize(
    ("jurisdiction", "facts", "outcome"),
    [
        ("[US-CA]", {}, "pass"),
        ("[US-CA]", {"consumer.state": "US-CA"}, "pass"),
        ("[US-CA]", {"consumer.state": "US-NV", "consumer.country": "US"}, "not_applicable"),
        ("[US-CA]", {"consumer.country": "US"}, "undecided"),
        ("[US-CA]", {"consumer.country": "US", "business.place": "US-CA"}, "pass"),
        ("[US]", {"consumer.state": "US-NV"}, "pass"),
        ("[EU]", {"consumer.country": "NO"}, "not_applicable"),
        ("[EU, EEA]", {"consumer.country": "NO"}, "pass"),
        ("[EU]", {"controller.country": "DE"}, "pass"),
        ("[EU]", {"consumer.country": "US", "controller.country": "DE"}, "pass"),
        ("[GB]", {"consumer.country": "CN", "business.place": "CN"}, "not_applicable"),
        ("[GB]", {"consumer.country": "Mars"}, "not_applicable"),
        ("[GB]", {"consumer.country": 7}, "undecided"),
    ],
)
def test_where_a_rule_holds(jurisdiction: str, facts: dict[str, Any], outcome: str) -> None:
    result = laws.judged({"t.flag": True} | facts, jurisdiction=jurisdiction)
    assert result.outcome == outcome
    assert (result.missing == ("consumer.state",)) == (outcome == "undecided")


@pytest.mark.parametrize(
    ("changes", "now", "warns"),
    [
        ({}, "2026-11-23", ()),
        ({}, "2027-01-01", ()),
        ({}, "2027-01-02", ("past_review",)),
        ({"authority": "[{instrument: X, verified: secondary}]"}, "2026-11-23", ("not_verified",)),
        ({"authority": "[{instrument: X, verified: secondary}, {instrument: Y, verified: primary}]"}, "2026-11-23", ()),
        ({"authority": "[{instrument: X, verified: secondary}, {instrument: Y, verified: primary, role: time-computation}]"},
         "2026-11-23", ("not_verified",)),
        ({"effective": "{from: 2026-01-01, enforced_from: 2026-11-24}"}, "2026-11-23", ("not_enforced_yet",)),
        ({"effective": "{from: 2026-01-01, enforced_from: 2026-11-23}"}, "2026-11-23", ()),
        ({"effective": "{from: 2027-01-01, enforced_from: 2027-02-01}"}, "2026-11-23", ()),
        ({"open_question": "When?"}, "2026-11-23", ("open_question",)),
    ],
)  # fmt: skip
def test_warnings(changes: dict[str, str], now: str, warns: tuple[str, ...]) -> None:
    result = laws.judged({"t.flag": True}, now=D(now), **changes)
    assert result.warnings == warns and len(result.warning_texts()) == len(warns)


def test_a_result_explains_itself_in_both_languages() -> None:
    result = laws.judged(
        {
            "t.number": Decimal("199.50"),
            "t.day": D("2026-11-11"),
            "t.deals": [{"at": D("2026-11-08"), "price": 180}],
        },
        check="{kind: lookback_max, value: t.number, history: t.deals, anchor: t.day, days: 7}",
        explain=(
            "{en: 'It was {lowest} before {t_day}; {t_number} is more ({citation}).',"
            " zh: '{t_day} 前是 {lowest}，{t_number} 更高（{citation}）。'}"
        ),
    )
    assert result.explanation.en == "It was 180 before 2026-11-11; 199.50 is more (X)."
    assert result.explanation.zh == "2026-11-11 前是 180，199.50 更高（X）。"
    assert result.verdict.say("zh") == "不符合。"
    assert laws.judged({}).verdict.say("en") == "It cannot be said yet. What is missing: t.flag."
    by_people = laws.judged({"t.flag": False}, check=laws.CHECK.replace("}", ", else: undecided}"))
    assert by_people.verdict.say("en").endswith("must look.")
    assert "disagree" in laws.judged({"t.flag": False}, **DISPUTED).verdict.say("en")


def test_a_fact_cannot_smuggle_a_place_into_an_explanation() -> None:
    told = laws.judged(
        {"t.text": "{citation}"},
        check="{kind: is, fact: t.text, value: a}",
        explain="{en: '{t_text}', zh: '{t_text}'}",
    )
    assert told.explanation.en == "{citation}"


DUE = "{kind: deadline, done: t.later}"
CLOCK = "{start: t.day, amount: 1, unit: month, calendar: eu-member-state, roll: next_working_day}"


@pytest.mark.parametrize(
    ("done", "now", "outcome"),
    [
        (D("2026-03-02"), "2026-11-23", "pass"),
        (D("2026-03-03"), "2026-11-23", "fail"),
        (None, "2026-03-02", "undecided"),
        (None, "2026-03-03", "fail"),
        (D("2026-01-30"), "2026-11-23", "undecided"),  # before it was asked for
        (D("2026-01-31"), "2026-11-23", "pass"),
    ],
)
def test_deadlines(done: datetime.date | None, now: str, outcome: str) -> None:
    facts = {"t.day": D("2026-01-31"), "t.later": done, "controller.country": "DE"}
    result = laws.judged(facts, now=D(now), check=DUE, deadline=CLOCK, jurisdiction="[EU]")
    assert (result.outcome, result.due, result.safe) == (outcome, D("2026-03-02"), D("2026-02-28"))
    assert result.missing == (("t.later",) if outcome == "undecided" else ())


def test_without_the_calendar_only_the_sure_answers_are_given() -> None:
    clock = "{start: t.day, amount: 10, unit: business_day, calendar: cn-workday}"
    for done, outcome in (("2027-01-04", "pass"), ("2027-01-05", "undecided"), ("2027-03-01", "undecided")):
        facts = {"t.day": D("2026-12-25"), "t.later": D(done)}
        result = laws.judged(facts, now=D("2027-06-01"), check=DUE, deadline=clock, jurisdiction="[CN]")
        assert result.outcome == outcome
    assert result.missing == ("cn-workday 2027",) and "no_calendar" in result.warnings


def test_how_long_evidence_is_kept() -> None:
    kept = laws.judged({"t.flag": True, "t.day": D("2024-02-29")}, retention="{years: 3, from: t.day}")
    assert kept.keep_until == D("2027-02-28")
    assert laws.judged({"t.flag": True}, retention="{years: 3, from: t.day}").keep_until is None
    assert laws.judged({"t.flag": True}, retention="{years: 3}").keep_until is None


# ---------------------------------------------------------------------------------------------- many, and strictest
def test_the_strictest_wins() -> None:
    clock = "{start: t.day, amount: %d, unit: calendar_day}"
    facts = {"t.day": D("2026-11-20"), "t.later": D("2026-12-02"), "t.flag": True}
    long, short = (laws.judged(facts, check=DUE, deadline=clock % days) for days in (30, 10))
    both = engine.strictest([long, short, laws.judged(facts)])
    assert (both.outcome, [one.due for one in both.by]) == ("fail", [D("2026-11-30")])
    assert (both.due, both.safe) == (D("2026-11-30"), D("2026-11-30"))
    assert engine.strictest([long, laws.judged({})]).outcome == "undecided"
    assert engine.strictest([]).outcome == "not_applicable"
    gone = laws.judged(facts, status="repealed", check=DUE, deadline=clock % 1)
    assert engine.strictest([long, gone]).due == D("2026-12-20")  # what is not law shortens nothing


def test_a_judge_drops_what_is_settled() -> None:
    law = Library.open()
    here = {"consumer.country": "CN", "business.place": "CN"}
    judge = engine.compile(law.at("CN"), here, laws.TODAY)
    dropped = {one.of.rule.id for one in judge.dropped}
    assert "cn.network-trade.art18.five-days" in dropped and len(judge.rules) > 15
    everywhere = {one.of.rule.id for one in engine.compile(law.rules.values(), here, laws.TODAY).rules}
    assert everywhere == {one.of.rule.id for one in judge.rules}
    with pytest.raises(ValueError, match="on which day"):
        engine.compile(law.at("CN"), here).results({})


CASES = [
    (rule, {**rule.rule.given, **fixture.facts}, fixture)
    for rule in Library.open().rules.values()
    for fixture in rule.rule.fixtures
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(CASES), st.data())
def test_compiling_against_fixed_facts_changes_no_answer(case: Any, data: st.DataObject) -> None:
    rule, given_facts, fixture = case
    facts = {name: value for name, value in given_facts.items() if value is not None}
    now = fixture.now or laws.TODAY
    fixed = (
        {name: facts[name] for name in data.draw(st.sets(st.sampled_from(sorted(facts))))} if facts else {}
    )
    asked = {name: value for name, value in facts.items() if name not in fixed}
    plain = engine.evaluate(rule, facts, now)
    judge = engine.compile([rule], fixed)
    found = judge.results(asked, now)
    if not found:
        assert plain.outcome == "not_applicable"
        return
    assert (found[0].outcome, found[0].would) == (plain.outcome, plain.would)
    assert set(found[0].missing) == set(plain.missing)
    dated = engine.compile([rule], fixed, now)
    again = dated.results(asked)
    assert (
        again[0].outcome == plain.outcome
        if again
        else plain.outcome in ("not_applicable", "not_yet", "expired")
    )


@pytest.mark.parametrize("case", CASES[::7], ids=lambda case: f"{case[0].rule.id}-{case[2].name}")
def test_a_kept_result_is_judged_again_alike(case: Any) -> None:
    rule, given_facts, fixture = case
    facts = {name: value for name, value in given_facts.items() if value is not None}
    kept = json.loads(json.dumps(engine.evaluate(rule, facts, fixture.now or laws.TODAY).record()))
    again = Library.open().replay(kept)
    assert json.loads(json.dumps(again.record())) == kept
