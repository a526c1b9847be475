"""Reads the rule packs that ship with the product, once, and refuses a pack that cannot prove its rules.

A pack loads only if every rule in force carries at least one fixture in which it acts and one in which it does not, if every
fixture comes out as it says, and if no id is used twice. Text is read as text (no YAML guesses) and typed by the model.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from importlib.resources import files

import msgspec

from aboveboard.law.model import Effect, Facts, Fixture, Pack, Rule

NAMES = ("bans", "asking", "signals")

#: Makes msgspec work out `Pack` while this module is imported, by one thread: two that met it first at the same moment would take
#: the process down (see `book.load`).
_known = msgspec.json.Decoder(Pack)


class PackError(ValueError):
    """A pack that must not be used; the message names the rule and what is wrong."""


@lru_cache(maxsize=1)
def loaded() -> tuple[Pack, ...]:
    """Return the shipped packs of the gate, in the order of `NAMES`."""
    return tuple(load(_source(name), name) for name in NAMES)


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return every rule of every shipped pack, in the order of the files."""
    found = tuple(rule for pack in loaded() for rule in pack.rules)
    seen: set[str] = set()
    for rule in found:
        if rule.id in seen:
            raise PackError(f"rule '{rule.id}' is there twice; an id names one rule for ever")
        seen.add(rule.id)
    return found


@lru_cache(maxsize=8)
def of(effect: Effect) -> tuple[Rule, ...]:
    """Return the rules with this effect that may ever act (status in force, whatever the day)."""
    return tuple(rule for rule in rules() if rule.effect == effect and rule.status == "in_force")


def late(on: datetime.date) -> dict[str, datetime.date]:
    """Return the packs of the gate that should have been reviewed by that day, with the day on which they should."""
    heads = [pack.pack for pack in loaded()]
    return {head.id: head.next_review_due for head in heads if on > head.next_review_due}


def load(source: str, name: str) -> Pack:
    """Return the pack in `source`, proved by its own fixtures; raises `PackError` otherwise."""
    import yaml  # late: the command line answers before it needs a rule

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        pack = msgspec.convert(yaml.load(source, Loader=loader), Pack, strict=False)  # noqa: S506 - text only, no objects
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise PackError(f"{name}.yaml cannot be read: {error}") from None
    for rule in pack.rules:
        _prove(rule)
    return pack


def _prove(rule: Rule) -> None:
    if rule.status == "in_force" and {fixture.acts for fixture in rule.fixtures} != {True, False}:
        raise PackError(f"rule '{rule.id}' needs a fixture in which it acts and one in which it does not")
    for fixture in rule.fixtures:
        if rule.acts(facts_of(fixture), fixture.day) != fixture.acts:
            raise PackError(f"rule '{rule.id}': the fixture '{fixture.name}' does not come out as it says")


def days(rule: Rule) -> list[tuple[str, datetime.date, datetime.date, bool]]:
    """Return each first and last day of a rule moved by a day: which, as it is, as moved, and whether a fixture notices."""
    tried = []
    for name, day in (("start", rule.effective.start), ("until", rule.effective.until)):
        for step in (1, -1) if day is not None else ():
            moved = day + datetime.timedelta(days=step)  # type: ignore[operator]
            effective = msgspec.structs.replace(rule.effective, **{name: moved})
            mutant = msgspec.structs.replace(rule, effective=effective)
            noticed = any(mutant.acts(facts_of(case), case.day) != case.acts for case in rule.fixtures)
            tried.append(("from" if name == "start" else name, day, moved, noticed))
    return tried  # type: ignore[return-value]


def sizes(rule: Rule) -> list[tuple[str, int, int, bool]]:
    """Return the number that a condition of a rule names, changed by one: which, as it is, as changed, whether it is noticed.

    Beside its days it is the only number that a rule of the gate acts on.
    """
    tried = []
    least = rule.when.square_feet_least
    for changed in () if least is None else (least + 1, least - 1):
        when = msgspec.structs.replace(rule.when, square_feet_least=changed)
        mutant = msgspec.structs.replace(rule, when=when)
        noticed = any(mutant.acts(facts_of(case), case.day) != case.acts for case in rule.fixtures)
        tried.append(("square_feet_least", least, changed, noticed))
    return tried  # type: ignore[return-value]


def facts_of(fixture: Fixture) -> Facts:
    """Return the facts of a fixture in the form that rules are asked with."""
    given = fixture.facts
    return Facts(
        places=tuple(given.places),
        business_kind=given.business_kind,
        hipaa_covered=given.hipaa_covered,
        purpose_kind=given.purpose_kind,
        recipient_kind=given.recipient_kind,
        sensitive=given.sensitive,
        square_feet=given.square_feet,
    )


def _source(name: str) -> str:
    return (files("aboveboard.law") / "packs" / f"{name}.yaml").read_text("utf-8")
