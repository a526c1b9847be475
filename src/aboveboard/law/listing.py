"""Every rule of the house in one list: those that judge facts (`library`), and those of the gate (`packs`).

The gate's rules have a form of their own, since they answer another question ("may this be done at all?" of a purpose and a
recipient, in a microsecond). Here both are shown alike, so that whoever asks what holds in a place sees all of it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aboveboard.law import engine, model, packs, places
from aboveboard.law.engine import Sourced, plain
from aboveboard.law.library import Library
from aboveboard.words.text import Text

State = Literal["in_force", "not_yet", "expired", "undecided"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule as lists show it."""

    id: str
    title: Text
    area: str
    places: tuple[str, ...]
    status: str
    state: State
    start: datetime.date | None
    until: datetime.date | None
    citation: str
    verified: str
    pack: str
    version: str
    sha256: str | None
    of: Sourced | model.Rule
    #: Until when its pack should be reviewed, and whether that day has passed.
    review: datetime.date
    late: bool

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return it for JSON."""
        told = {
            "id": self.id,
            "title": self.title.say(lang),
            "area": self.area,
            "jurisdiction": list(self.places),
            "status": self.status,
            "state": self.state,
            "from": plain(self.start),
            "until": plain(self.until),
            "citation": self.citation,
            "verified": self.verified,
            "pack": self.pack,
            "version": self.version,
            "next_review_due": self.review.isoformat(),
            "past_review": self.late,
        }
        return told if self.sha256 is None else {**told, "sha256": self.sha256}


def rules(
    library: Library, on: datetime.date, *, place: str | None = None, area: str | None = None
) -> list[Listed]:
    """Return every rule, or those that may hold in `place` and are of `area`, with how they stand on that day."""
    every = [*_gate(on), *(of_engine(rule, on) for rule in library.rules.values())]
    return [
        rule
        for rule in every
        if (area is None or rule.area == area)
        and (place is None or not rule.places or places.inside(place, rule.places) is not False)
    ]


def find(library: Library, rule_id: str, on: datetime.date) -> Listed:
    """Return one rule by its id; raises `KeyError`."""
    found = next((rule for rule in _gate(on) if rule.id == rule_id), None)
    return found or of_engine(library.rule(rule_id), on)


def of_engine(rule: Sourced, on: datetime.date) -> Listed:
    """Return how a rule that judges facts stands on that day."""
    of = rule.rule
    off = engine.state(of, on)
    state: State = "in_force"
    if off == "not_yet" or off == "expired":
        state = off
    elif of.status == "undecided":
        state = "undecided"
    return Listed(
        of.id,
        of.title.words,
        of.area,
        tuple(of.jurisdiction),
        of.status,
        state,
        of.effective.start,
        of.effective.until,
        of.citation,
        of.verified,
        rule.source.pack,
        rule.source.version,
        rule.source.sha256,
        rule,
        rule.source.next_review_due,
        on > rule.source.next_review_due,
    )


def _gate(on: datetime.date) -> Iterator[Listed]:
    for pack in packs.loaded():
        for rule in pack.rules:
            yield Listed(
                rule.id,
                rule.title.words,
                "privacy",
                tuple(rule.when.place_in or ()),
                rule.status,
                _gate_state(rule, on),
                rule.effective.start,
                rule.effective.until,
                rule.citation,
                rule.verified,
                pack.pack.id,
                pack.pack.version,
                None,
                rule,
                pack.pack.next_review_due,
                on > pack.pack.next_review_due,
            )


def _gate_state(rule: model.Rule, on: datetime.date) -> State:
    start, until = rule.effective.start, rule.effective.until
    if rule.status == "undecided":
        return "undecided"
    if rule.status == "repealed" or (until is not None and on >= until):
        return "expired"
    return "not_yet" if rule.status == "proposed" or (start is not None and on < start) else "in_force"
