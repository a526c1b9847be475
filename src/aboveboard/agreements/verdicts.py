"""What the law says of a renewal, a new fee, a charge, the end of a trial, a reminder, before its letter goes out.

A letter that would tell of something that a rule forbids does not go out, and then the thing does not happen either: nothing
renews and nothing grows dearer that was not announced. What no rule can decide goes out, and the question stays with it. The
entry that keeps the letter keeps every verdict too: the rule, the version and hash of its pack, and the facts it read. So an
old renewal is judged again by the rule that then held (`replayed`).

Asked are the rules about agreements (area `contracts`) of the places of customer and firm that read anything of this event. Rules
that watch another kind of letter are asked when that one is written.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from aboveboard.agreements.notices import FACTS, Case, What, facts_about, kinds
from aboveboard.law import engine
from aboveboard.law.library import Library
from aboveboard.pricing.lawful import Judged, Said, judged
from aboveboard.words import Text

#: A rule speaks of an event if it reads a fact of one of these, or one that the event itself brings.
_GROUPS = ("renewal.", "change.", "contract.auto_renews", "contract.running")
#: Facts of other letters, and of the times they hang on.
_ALL = {name for pair in FACTS.values() for name in pair} | {"contract.trial_days"}


@dataclass(frozen=True, slots=True)
class Event:
    """What is about to happen: prices of one month in minor units, with fees and tax.

    `way` is where a new price comes from: keep, move, choose, index or agreed. `agreed` says that the customer said yes to it.
    """

    what: What
    day: datetime.date
    before: int
    after: int
    way: str = "keep"
    agreed: bool | None = None
    reached: bool | None = None

    @property
    def dearer(self) -> bool:
        """Whether it is a change of the fee."""
        return self.after != self.before

    def facts(self, sent: datetime.date | None) -> dict[str, Any]:
        """Return what rules may ask of it, if its letter goes out on a day."""
        known: dict[str, Any] = {
            **facts_about(self.what, self.day, sent, self.dearer),
            "renewal.event": self.what,
            "renewal.way": self.way,
            "renewal.price_before": self.before,
            "renewal.price_after": self.after,
        }
        if sent is not None:
            known["renewal.notice_days"] = max((self.day - sent).days, 0)
        asked = {"change.agreed": self.agreed, "renewal.reached": self.reached}
        return known | {name: value for name, value in asked.items() if value is not None}


class Verdicts:
    """Judges of events, one for each kind of case."""

    def __init__(self) -> None:
        self._library: Library | None = None
        self._judges: dict[object, engine.Judge] = {}

    def judge(
        self,
        event: Event,
        case: Case,
        sent: datetime.date | None,
        *,
        library: Library,
        extra: Mapping[str, Any] | None = None,
    ) -> Judged:
        """Return what each rule of `library` says of an event if its letter goes out on the day `sent`."""
        if library is not self._library:
            self._library, self._judges = library, {}
        key = event.what, event.dearer, case
        if key not in self._judges:
            asked = [
                rule
                for rule in library.at(*case.places, area="contracts")
                if _speaks_of(rule, event.what, event.dearer)
            ]
            self._judges[key] = engine.compile(asked, case.facts())
        # A clock is read on the day of the letter; whether a rule is law is asked of the day on which the thing happens.
        on = event.day if event.what != "reminder" or sent is None else sent
        return judged(self._judges[key], {**event.facts(sent), **(extra or {})}, on)


def _speaks_of(rule: engine.Sourced, what: What, dearer: bool) -> bool:
    reads = engine.Compiled(rule).reads
    own = {name for kind in kinds(what, dearer) for name in FACTS[kind]}
    if what == "trial":
        own |= {"contract.trial_days"}
    if any(name in _ALL - own for name in reads):
        return False
    return any(name in own or name.startswith(_GROUPS) for name in reads)


# ------------------------------------------------------------------------------------------------------ to keep it
def kept(said: Judged) -> dict[str, Any]:
    """Return verdicts as an entry keeps them."""
    plain: dict[str, Any] = msgspec.to_builtins(said)
    return plain


def read(plain: Mapping[str, Any]) -> Judged:
    """Return verdicts from an entry."""
    return msgspec.convert(plain, Judged)


def replayed(said: Judged, library: Library) -> Iterator[tuple[Said, str]]:
    """Yield each verdict with what its rule says again of the same facts; raises `KeyError` for a pack that nobody kept."""
    for each, record in zip(said.rules, said.records(), strict=True):
        yield each, library.replay(record).outcome


def questions(said: Judged) -> tuple[Text, ...]:
    """Return what no rule could decide, with the facts that are missing."""
    return tuple(
        Text(
            f"{each.title.en}: {', '.join(each.missing) or '?'}",
            f"{each.title.zh}：{'、'.join(each.missing) or '？'}",
        )
        for each in said.rules
        if each.outcome == "undecided"
    )
