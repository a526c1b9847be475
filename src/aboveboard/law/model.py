"""The form of a rule of law.

A rule says *where it stands* (authority, with how well we verified it), *when it holds* (dates and status), *whom it meets*
(`when`, a closed list of conditions, all of which must hold) and *what follows* (`effect`). There is no code in a pack: who
writes rules cannot run anything, and who reads them needs no Python.

Three effects exist so far:

- `forbid`: it must not be done, whatever the customer says;
- `ask_first`: silence is not a yes, so the book's default may not allow it;
- `honour_signal`: a Global Privacy Control signal is a no.

Only a rule whose status is `in_force` acts, and only from `effective.from` (included) until `effective.until` (excluded). A
rule that is `proposed` or `undecided` (sources disagree) never acts; it is listed, so that nobody is surprised later.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct, field

from aboveboard.words.text import Text

Effect = Literal["forbid", "ask_first", "honour_signal"]
Status = Literal["in_force", "proposed", "undecided", "repealed"]
Verified = Literal["primary", "official-mirror", "secondary", "unverified-here"]


class _Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all parts of a pack share: a key that nobody declared stops the pack."""


class Pair(_Form, frozen=True, kw_only=True):
    """A text in both languages."""

    en: str
    zh: str

    @property
    def words(self) -> Text:
        """The same pair as the product's own text."""
        return Text(en=self.en, zh=self.zh)


class Authority(_Form, frozen=True, kw_only=True):
    """Where the rule stands, and how well we know it."""

    instrument: str
    provision: str | None = None
    url: str | None = None
    #: `primary`: the law's own text was read; `official-mirror`: a copy of it; `secondary`: what others say it says.
    verified: Verified
    retrieved: datetime.date | None = None

    @property
    def citation(self) -> str:
        """The place as a lawyer writes it: `45 CFR § 164.508(a)(3)`."""
        return f"{self.instrument} {self.provision}" if self.provision else self.instrument


class Effective(_Form, frozen=True, kw_only=True):
    """From which day the rule acts (included) and until which (excluded)."""

    start: datetime.date | None = field(default=None, name="from")
    until: datetime.date | None = None


class When(_Form, frozen=True, kw_only=True):
    """The conditions of a rule; all that are given must hold. A missing fact never satisfies a ban's way out, see `Facts`."""

    #: ISO 3166 codes; `US` holds for `US-CA` too.
    place_in: list[str] | None = None
    business_kind_in: list[str] | None = None
    hipaa_covered: bool | None = None
    purpose_kind_in: list[str] | None = None
    recipient_kind_in: list[str] | None = None
    data_sensitive: bool | None = None
    #: The shop is at least so large; one whose size nobody told counts as large.
    square_feet_least: int | None = None


class GivenFacts(_Form, frozen=True, kw_only=True):
    """The facts of a fixture, with plain defaults, so that a fixture shows only what matters."""

    places: list[str] = field(default_factory=lambda: ["ZZ"])
    business_kind: str = "other"
    hipaa_covered: bool = False
    purpose_kind: str = "service"
    recipient_kind: str | None = None
    sensitive: bool = False
    square_feet: int | None = None


class Fixture(_Form, frozen=True, kw_only=True):
    """A case that proves the rule: on `day`, with these facts, it must act or must not."""

    name: str
    facts: GivenFacts
    day: datetime.date
    acts: bool


class Rule(_Form, frozen=True, kw_only=True):
    """One rule. `id` is jurisdiction.instrument.provision.duty: stable, never used again for another."""

    id: str
    title: Pair
    effect: Effect
    authority: list[Authority]
    status: Status
    effective: Effective = Effective()
    when: When
    #: What a customer reads when the rule decides.
    explain: Pair
    open_question: str | None = None
    notes: str | None = None
    watch: list[str] = []
    fixtures: list[Fixture] = []

    @property
    def citation(self) -> str:
        """All places where the rule stands."""
        return "; ".join(authority.citation for authority in self.authority)

    @property
    def verified(self) -> Verified:
        """The best verification among its sources."""
        order: tuple[Verified, ...] = ("primary", "official-mirror", "secondary", "unverified-here")
        return min((authority.verified for authority in self.authority), key=order.index)

    def in_force(self, on: datetime.date) -> bool:
        """Return whether the rule acts at all on this day."""
        start, until = self.effective.start, self.effective.until
        return self.status == "in_force" and (start is None or start <= on) and (until is None or on < until)

    def meets(self, facts: Facts) -> bool:
        """Return whether all conditions hold for these facts."""
        when = self.when
        return (
            (when.place_in is None or any(_inside(place, when.place_in) for place in facts.places))
            and (when.business_kind_in is None or facts.business_kind in when.business_kind_in)
            and (when.hipaa_covered is None or when.hipaa_covered == facts.hipaa_covered)
            and (when.purpose_kind_in is None or facts.purpose_kind in when.purpose_kind_in)
            and (when.recipient_kind_in is None or facts.recipient_kind in when.recipient_kind_in)
            and (when.data_sensitive is None or when.data_sensitive == facts.sensitive)
            and (
                when.square_feet_least is None
                or facts.square_feet is None
                or facts.square_feet >= when.square_feet_least
            )
        )

    def acts(self, facts: Facts, on: datetime.date) -> bool:
        """Return whether the rule decides this case on this day."""
        return self.in_force(on) and self.meets(facts)


class PackHead(_Form, frozen=True, kw_only=True):
    """What a pack says about itself."""

    id: str
    version: str
    #: After this day `check`, the desk and the lists of rules warn.
    next_review_due: datetime.date
    not_legal_advice: bool


class Pack(_Form, frozen=True, kw_only=True):
    """A file of rules."""

    pack: PackHead
    rules: list[Rule]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may look at. Places are ISO 3166 codes of the business and, if known, of the customer."""

    places: tuple[str, ...]
    business_kind: str
    hipaa_covered: bool
    purpose_kind: str
    recipient_kind: str | None
    sensitive: bool
    square_feet: int | None = None


def _inside(place: str, wanted: list[str]) -> bool:
    return place in wanted or place.partition("-")[0] in wanted
