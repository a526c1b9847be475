"""Judging a price, and doing what the rules ask.

Rules decide here by what they are, not by their names: a rule that looks back from an offer's compared price makes a `Prior`; a
rule that wants no fact about a person in a price makes a `Ban`; a rule that wants words near the price gives a sentence. So a
pack of an owner's own acts in the same way as those that ship.

A ban that cannot be decided because a fact is missing bans. A rule that is disputed, or not yet law, never acts.
"""

from __future__ import annotations

import datetime
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from aboveboard.book.answers import Answer
from aboveboard.book.model import Book
from aboveboard.law import check_form, checks, engine, form, vocabulary
from aboveboard.law.engine import Judge, Result, Sourced
from aboveboard.law.library import Library, Own
from aboveboard.pricing.lawful.facts import before_raise
from aboveboard.pricing.lawful.past import ONE_DAY, History, Offered, comparable, eve, offered
from aboveboard.pricing.lawful.setting import Setting
from aboveboard.pricing.steps import Background, Price, Prior
from aboveboard.words import Text

AREAS = ("pricing", "records")
_PERSONAL = "price.personal_data_factors"
_NEAR = "display.text_near_price"
_RAISE = "promo.price_before_raise"
#: So many days before an offer a rise is looked for.
_RAISED = 30
_KEPT = 256
_DECIDED = ("pass", "fail", "undecided")


@dataclass(frozen=True, slots=True)
class Ban:
    """A rule by which no fact about a person may be used for this price."""

    rule: str
    citation: str
    explanation: Text


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule said of a price: in words, with the names of the facts that it read. `sha256` is the pack's."""

    rule: str
    outcome: str
    pack: str
    version: str
    sha256: str
    citation: str
    verified: str
    title: Text
    explanation: Text
    facts: tuple[str, ...]
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: Where it is open only because prices are not known for all the days that it looks back to: since when they are.
    known_since: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the law said to a price: on which day, with which facts, rule by rule; `near` are the words beside the price."""

    on: datetime.date | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    rules: tuple[Said, ...] = ()
    near: tuple[Text, ...] = ()
    #: Those of the facts that the owner told in the book.
    answers: tuple[Answer, ...] = ()

    @property
    def failed(self) -> tuple[Said, ...]:
        """The rules that this price breaks."""
        return tuple(said for said in self.rules if said.outcome == "fail")

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield for each rule what `Library.replay` asks for."""
        for said in self.rules:
            facts = {name: self.facts[name] for name in said.facts if name in self.facts}
            on = None if self.on is None else self.on.isoformat()
            yield {"rule": said.rule, "sha256": said.sha256, "on": on, "facts": facts}


class Bench:
    """Judges, one for each setting and day, made when they are first asked for. `folder` holds the deployment's packs."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self._judges: OrderedDict[object, Judge] = OrderedDict()
        self._library: Library | None = None

    def library(self, own: tuple[Own, ...] = ()) -> Library:
        """Return the rules in use; `own` are the packs of the book. Raises `LibraryError` for one that must not be used."""
        return Library.open(self.folder, own)

    def judge(self, setting: Setting, on: datetime.date, own: tuple[Own, ...] = ()) -> Judge:
        """Return the judge for prices of this setting on that day; raises `LibraryError` for a pack that must not be used."""
        library = self.library(own)
        # Where the packs have changed, no judge of the old ones may speak.
        if library is not self._library:
            self._library, self._judges = library, OrderedDict()
        judges, key = self._judges, (setting.key, on)
        judge = judges.get(key)
        if judge is None:
            judge = judges[key] = compiled(library.rules.values(), setting, on)
            while len(judges) > _KEPT:
                judges.popitem(last=False)
        return judge


def compiled(rules: Iterable[Sourced], setting: Setting, on: datetime.date) -> Judge:
    """Return the judge of some rules for prices of this setting on that day."""
    asked = [rule for rule in rules if rule.rule.area in AREAS]
    return engine.compile(asked, setting.fixed, on)


def judge_of(rules: Iterable[Sourced], setting: Setting) -> Judge:
    """Return the judge of some rules for prices of this setting on any day: the day is told with each question."""
    return engine.compile([rule for rule in rules if rule.rule.area in AREAS], setting.fixed)


# ------------------------------------------------------------------------------------------------------ what is asked
def ban(judge: Judge, given: tuple[str, ...], on: datetime.date) -> Ban | None:
    """Return the rule that bans these facts about a person from the price, or None."""
    if not given:
        return None
    known = {_PERSONAL: given}
    for rule in judge.rules:
        if rule.of.rule.status == "undecided" or not _holds(
            rule.of.rule, check_form.Empty, "fact", _PERSONAL
        ):
            continue
        result = engine.Result(rule.outcome({**known, **rule.fixed}, on), rule, known, on)
        if result.outcome in ("fail", "undecided"):
            return Ban(result.rule_id, result.rule.citation, result.rule.title.words)
    return None


def sentences(judge: Judge, found: Mapping[str, Any], on: datetime.date) -> tuple[str, ...]:
    """Return the words that a law wants beside this price, each once."""
    told: dict[str, None] = {}
    for rule in judge.rules:
        for part in engine.parts(rule.of.rule.check):
            if (
                isinstance(part, check_form.TextPresent)
                and part.haystack == _NEAR
                and isinstance(part.needle, str)
                and engine.state(rule.of.rule, on) is None
                and rule.applies.run({**found, **rule.fixed}, on) is True
            ):
                told[part.needle] = None
    return tuple(told)


def windows(judge: Judge) -> bool:
    """Return whether any rule of this judge compares an offer with what the thing cost before."""
    return any(True for _ in _backward(judge))


def prior(judge: Judge, offer: Offered, history: History, service: str, tier: str) -> Prior | None:
    """Return the earlier price from which the law counts this offer, the lowest of those that its rules name; or None.

    Where not all days are known, what is known of them counts, and the prior says since when they are.
    """
    found: list[Prior] = []
    began = history.began(offer)
    for rule, part in _backward(judge):
        if engine.state(rule.of.rule, vocabulary.date_of(began)) is not None:
            continue
        seen = _seen(part, offer, began, history, service, tier)
        if seen is not None and seen.lowest is not None:
            days = part.days if isinstance(part, check_form.LookbackMax) else _RAISED
            found.append(
                Prior(int(seen.lowest), days, rule.of.rule.id, rule.of.rule.citation, seen.known_since)
            )
    return min(found, key=lambda each: (each.lowest, each.since is not None), default=None)


def behind(book: Book, made: Price, judge: Judge, history: History) -> Background:
    """Return what a price must know of the days before, beside what it knew when it was made: what its offers count from."""
    if not windows(judge) or not comparable(made.request):
        return made.background
    offer = offered(book, made)
    if offer is None:
        return made.background
    found = prior(judge, offer, history, made.request.service, made.request.tier or "")
    return made.background if found is None else replace(made.background, prior=found)


def _seen(
    part: check_form.Check, offer: Offered, began: vocabulary.Day, history: History, service: str, tier: str
) -> checks.Seen | None:
    """Return the price that one check looks back for."""
    if not isinstance(part, check_form.LookbackMax):
        first = vocabulary.date_of(began) - _RAISED * ONE_DAY
        known = history.intervals(service, tier, first, eve(began))
        since = checks.known_since(vocabulary.READ["intervals"](known) or ())
        return checks.Seen(before_raise(known, offer), since) if known else None
    first = vocabulary.date_of(began) - part.days * ONE_DAY
    look = history.intervals if part.history_type == "intervals" else history.deals
    read = vocabulary.READ[part.history_type](look(service, tier, first, eve(began)))
    return checks.lookback(part, read, began) if read else None


def _backward(judge: Judge) -> Iterator[tuple[engine.Compiled, check_form.Check]]:
    """Yield the checks that compare an offer's reference with earlier prices, of rules that may hold here."""
    announced = {"promo.announces_reduction": True, "promo.has_compared_price": True}
    announced["promo.compared_price_explained"] = False
    for rule in judge.rules:
        if rule.of.rule.status == "undecided":
            continue
        for part in engine.parts(rule.of.rule.check):
            looks = isinstance(part, check_form.LookbackMax) and part.value.startswith("promo.")
            raised = isinstance(part, check_form.Lte) and part.right == _RAISE
            if looks or raised:
                # Where the kind of offer is not known, the rule may hold, and then the guard had better bind.
                if rule.applies.run({**announced, **rule.fixed}, datetime.date.max) is not False:
                    yield rule, part
                break


def _holds(rule: form.Rule, kind: type, attribute: str, value: str) -> bool:
    return any(
        isinstance(part, kind) and getattr(part, attribute) == value for part in engine.parts(rule.check)
    )


# --------------------------------------------------------------------------------------------------------- to keep
def judged(
    judge: Judge,
    found: Mapping[str, Any],
    on: datetime.date,
    near: tuple[Text, ...] = (),
    answers: Mapping[str, Answer] = MappingProxyType({}),
) -> Judged:
    """Return what the rules say of these facts, in the form that is kept: rules that do not meet the case are left out.

    `answers` are those of the facts that the owner told; only those that a rule read are kept.
    """
    results = [each for each in judge.results(dict(found), on) if each.outcome in _DECIDED]
    said = tuple(_said(each) for each in results)
    names = {name for each in said for name in each.facts}
    fixed = results[0]._facts if results else {}
    kept = {name: engine.plain(fixed[name]) for name in sorted(names) if fixed.get(name) is not None}
    told = tuple(replace(answers[name], value=kept[name]) for name in sorted(answers.keys() & kept.keys()))
    return Judged(on, kept, said, near, told)


def _said(result: Result) -> Said:
    rule, source = result.rule, result.source
    return Said(
        rule=rule.id,
        outcome=result.outcome,
        pack=source.pack,
        version=source.version,
        sha256=source.sha256,
        citation=rule.citation,
        verified=str(rule.verified),
        title=rule.title.words,
        explanation=result.explanation,
        facts=_reads(result._by.of),
        missing=result.missing,
        warnings=result.warnings,
        known_since=result.known_since,
    )


def _reads(of: Sourced) -> tuple[str, ...]:
    """Return every fact that a rule reads when nothing is settled beforehand: what a replay needs."""
    key = (of.rule.id, of.source.sha256)
    if key not in _known:
        _known[key] = engine.Compiled(of).reads
    return _known[key]


#: By rule and pack; a pack's hash never means other rules.
_known: dict[tuple[str, str], tuple[str, ...]] = {}
