"""Small rule packs for tests: a head, one rule, and what a test changes in it."""

from __future__ import annotations

import datetime
from typing import Any

from aboveboard.law import engine, loading
from aboveboard.law.engine import Result, Sourced
from aboveboard.law.loading import Loaded

TODAY = datetime.date(2026, 11, 23)
HEAD = (
    'pack: {id: x, version: "2026.11.23", schema: rulepack/1, next_review_due: 2027-01-01, not_legal_advice: true}\n'
    "facts:\n"
    "- {name: t.flag, type: flag, meaning: {en: a, zh: b}}\n"
    "- {name: t.other, type: flag, meaning: {en: a, zh: b}}\n"
    "- {name: t.text, type: text, meaning: {en: a, zh: b}}\n"
    "- {name: t.texts, type: texts, meaning: {en: a, zh: b}}\n"
    "- {name: t.more, type: texts, meaning: {en: a, zh: b}}\n"
    "- {name: t.number, type: number, meaning: {en: a, zh: b}}\n"
    "- {name: t.second, type: number, meaning: {en: a, zh: b}}\n"
    "- {name: t.third, type: number, meaning: {en: a, zh: b}}\n"
    "- {name: t.moneys, type: moneys, meaning: {en: a, zh: b}}\n"
    "- {name: t.day, type: day, meaning: {en: a, zh: b}}\n"
    "- {name: t.later, type: day, meaning: {en: a, zh: b}}\n"
    "- {name: t.days, type: days, meaning: {en: a, zh: b}}\n"
    "- {name: t.place, type: place, meaning: {en: a, zh: b}}\n"
    "- {name: t.places, type: places, meaning: {en: a, zh: b}}\n"
    "- {name: t.deals, type: deals, meaning: {en: a, zh: b}}\n"
    "- {name: t.intervals, type: intervals, meaning: {en: a, zh: b}}\n"
    "- {name: t.reasons, type: reasons, meaning: {en: a, zh: b}}\n"
    "rules:\n"
)
CHECK = "{kind: is, fact: t.flag, value: true}"
FIXTURES = "[{name: a, facts: {t.flag: true}, expect: pass}, {name: b, facts: {t.flag: false}, expect: fail}]"
#: The keys of a rule that a test does not change.
RULE = {
    "id": "gb.x.s1.y",
    "title": "{en: a, zh: b}",
    "jurisdiction": "[GB]",
    "authority": "[{instrument: X, verified: primary}]",
    "status": "in_force",
    "check": CHECK,
    "fixtures": FIXTURES,
}


def pack(*, head: str = HEAD, **changes: str | None) -> str:
    """Return a pack of one rule; a change replaces a key of the rule or adds one, None takes one away."""
    rule = {name: value for name, value in (RULE | changes).items() if value is not None}
    return head + "\n".join(
        f"{'- ' if not number else '  '}{name}: {value}" for number, (name, value) in enumerate(rule.items())
    )


def load(source: str) -> Loaded:
    """Read a pack as a file called `x.yaml`."""
    return loading.load(source, "x.yaml")


def rule(**changes: str | None) -> Sourced:
    """Return the one rule of such a pack; fails with the findings if it does not load."""
    loaded = load(pack(**changes))
    assert not loaded.findings, [finding.say() for finding in loaded.findings]
    return loaded.rules()[0]


def judged(facts: dict[str, Any], *, now: datetime.date = TODAY, **changes: str | None) -> Result:
    """Return what such a rule says of these facts."""
    return engine.evaluate(rule(**changes), facts, now)
