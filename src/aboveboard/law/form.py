"""The form of a rule pack: what may stand in the YAML, and nothing else.

A pack has a head and rules. A rule says *where it stands* (authority), *when it holds* (status, dates), *whom it meets*
(`jurisdiction`, `applies_when`), *by when* (`deadline`) and *what must hold* (`check`), and it carries the cases that prove
it (`fixtures`). Conditions and checks are closed lists: who writes rules cannot run anything, and who reads them needs no
Python.

A key that nobody declared stops the pack. docs/law.md explains each key; a test compares the two.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from aboveboard.law.check_form import Check, Condition
from aboveboard.law.vocabulary import Fact, Pair

Status = Literal[
    "in_force", "enacted_not_yet_in_force", "proposed", "draft", "stayed", "repealed", "vacated", "vetoed", "undecided",
]  # fmt: skip
Verified = Literal["primary", "official-mirror", "secondary", "unverified-here"]
VERIFIED: tuple[Verified, ...] = ("primary", "official-mirror", "secondary", "unverified-here")
Outcome = Literal["pass", "fail", "undecided", "not_applicable", "not_yet", "expired"]
Warns = Literal["not_verified", "past_review", "not_enforced_yet", "open_question", "no_calendar"]
Unit = Literal["hour", "calendar_day", "business_day", "week", "month", "year"]
Calendar = Literal["calendar_day", "eu-member-state", "us-ca-earliest", "us-ca-common", "cn-workday"]
#: Days, or moments.
Day = datetime.date


class _Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all parts of a pack share: a key that nobody declared stops the pack."""


# -------------------------------------------------------------------------------------------------------- clocks
class Within(_Form, frozen=True, kw_only=True):
    """An amount of time in the law's own unit."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 < self.amount <= 10_000:
            raise ValueError("an amount of time is from 1 to 10000")


class Extension(_Form, frozen=True, kw_only=True):
    """More time, if it was asked for in time."""

    amount: int
    unit: Unit
    max_times: int = 1
    needs: list[str] = []
    notice_within: Within | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount <= 10_000 or not 0 < self.max_times <= 10:
            raise ValueError("an extension has an amount from 1 to 10000 and max_times from 1 to 10")
        if self.notice_within is not None and self.notice is None:
            raise ValueError("notice_within needs a fact in `needs` whose name ends in notice_sent_at")

    @property
    def notice(self) -> str | None:
        """The fact that says when the person was told."""
        return next((name for name in self.needs if name.endswith("notice_sent_at")), None)


class Clock(_Form, frozen=True, kw_only=True):
    """By when: the law's own number and unit, from a fact on."""

    start: str
    amount: int
    unit: Unit
    calendar: Calendar = "calendar_day"
    country: str = "controller.country"
    exclude_start_day: bool = True
    month_end: Literal["clip_to_last_day"] = "clip_to_last_day"
    roll: Literal["none", "next_working_day"] = "none"
    extension: Extension | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount <= 10_000:
            raise ValueError("an amount of time is from 1 to 10000")
        days = self.unit == "business_day" or self.roll != "none"
        if days and self.calendar == "calendar_day":
            raise ValueError(
                "business days and a roll to the next working day need a calendar that knows holidays"
            )


# --------------------------------------------------------------------------------------------------------- rules
class Quote(_Form, frozen=True, kw_only=True):
    """A few of the law's own words."""

    lang: str
    text: str


class Effective(_Form, frozen=True, kw_only=True):
    """From which day the rule holds (included), and until which (excluded)."""

    start: Day | None = field(default=None, name="from")
    enforced_from: Day | None = None
    until: Day | None = None
    amended: list[Day] = []
    applies_to: str | None = None


class Authority(_Form, frozen=True, kw_only=True):
    """Where the rule stands, and how well we know it."""

    instrument: str
    provision: str | None = None
    kind: Literal["statute", "regulation", "case", "guidance", "standard", "contract", "bill", "draft"] = (
        "statute"
    )
    official_id: str | None = None
    url: str | None = None
    quote: Quote | None = None
    verified: Verified
    verified_at: str | None = None
    retrieved: Day | None = None
    role: Literal["time-computation", "definition", "penalty", "interpretation"] | None = None
    effective: Effective | None = None
    notes: str | None = None

    @property
    def citation(self) -> str:
        """The place as a lawyer writes it: `45 CFR § 164.524(b)(2)`."""
        return f"{self.instrument} {self.provision}" if self.provision else self.instrument


class Retention(_Form, frozen=True, kw_only=True):
    """How long to keep the evidence, and which law says so. With `from` (a fact) the last day can be told."""

    years: int | None = None
    months: int | None = None
    start: str | None = field(default=None, name="from")
    rule: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if self.start is not None and (self.years is None) == (self.months is None):
            raise ValueError("retention with `from` needs either years or months")
        if any(n is not None and not 0 < n <= 1200 for n in (self.years, self.months)):
            raise ValueError("retention is from 1 to 1200 years or months")


class Fixture(_Form, frozen=True, kw_only=True):
    """A case that proves the rule. What is given must come out exactly."""

    name: str
    facts: dict[str, Any] = {}
    #: A day, or a moment.
    now: Any = None
    expect: Outcome
    would: Outcome | None = None
    due: Day | None = None
    safe: Day | None = None
    missing: list[str] | None = None
    warns: list[Literal["past_review", "not_enforced_yet"]] | None = None
    keep_until: Day | None = None


class Rule(_Form, frozen=True, kw_only=True):
    """One rule. `id` is jurisdiction.instrument.provision.duty: stable, never used again for another."""

    id: str
    title: Pair
    area: Literal["privacy", "pricing", "requests", "records", "contracts"] = "privacy"
    jurisdiction: list[str]
    authority: list[Authority]
    status: Status
    effective: Effective = Effective()
    supersedes: list[str] = []
    superseded_by: str | None = None
    watch: list[str] = []
    open_question: str | None = None
    applies_when: Condition | None = None
    deadline: Clock | None = None
    check: Check
    measure: str | None = None
    evidence: list[str] = []
    retention: Retention | None = None
    explain: Pair | None = None
    notes: str | None = None
    scope_note: str | None = None
    trap: str | None = None
    precedent: str | None = None
    given: dict[str, Any] = {}
    fixtures: list[Fixture]

    @property
    def citation(self) -> str:
        """All places where the rule stands."""
        return "; ".join(authority.citation for authority in self.authority)

    @property
    def verified(self) -> Verified:
        """The best verification among the sources of the duty itself (not of how time is counted)."""
        duty = [source for source in self.authority if source.role is None] or self.authority
        return min((source.verified for source in duty), key=VERIFIED.index)


class Head(_Form, frozen=True, kw_only=True):
    """What a pack says about itself."""

    id: str
    #: Text or a number, by custom the day: `2026.11.23`.
    version: Any
    schema: Literal["rulepack/1"]
    #: After this day every result of the pack carries a warning.
    next_review_due: Day
    not_legal_advice: bool
    languages: list[str] = []
    text_licence: str | None = None
    conflict_policy: Literal["stricter_wins"] = "stricter_wins"
    on_missing_fact: Literal["undecided"] = "undecided"
    proves: list[Literal["numbers", "dates"]] = field(default_factory=lambda: ["numbers"])
    default_now: Day | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.version, str | int | Decimal) or isinstance(self.version, bool):
            raise ValueError(  # noqa: TRY004 - msgspec reports ValueError as a fault of the file
                "version is a text or a number, like 2026.11.23"
            )
        if not self.not_legal_advice:
            raise ValueError("not_legal_advice is true for every pack")
        if "numbers" not in self.proves:
            raise ValueError("proves holds at least numbers")

    @property
    def judged_on(self) -> Day:
        """The day on which a fixture without `now` is judged: never today, or a proof would change with the time."""
        if self.default_now is not None:
            return self.default_now
        try:
            return datetime.date.fromisoformat(str(self.version).replace(".", "-"))
        except ValueError:
            return self.next_review_due


class Pack(_Form, frozen=True, kw_only=True):
    """A file of rules."""

    pack: Head
    facts: list[Fact] = []
    rules: list[Rule]


#: Makes msgspec work the types out while this module is imported, by one thread: two that met them first at the same moment would
#: take the process down.
_known = msgspec.json.Decoder(Pack)
