"""The shipped packs prove themselves; a pack that cannot is refused; bans decide by the closed list of conditions."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pytest

from aboveboard.law import packs
from aboveboard.law.bans import forbids, pending
from aboveboard.law.duties import ask_first, honour_signal
from aboveboard.law.model import Fixture, Rule
from aboveboard.law.packs import PackError, facts_of, load, rules
from aboveboard.words.plain import check_pair

CMIA = "us-ca.cmia.56-10.no-medical-details-without-authorisation"
GROCERY = "us-md.13-321.no-personal-grocery-prices"
TODAY = datetime.date(2026, 11, 23)
CASES = [
    pytest.param(rule, fixture, id=f"{rule.id}-{fixture.name}")
    for rule in rules()
    for fixture in rule.fixtures
]


@dataclass(frozen=True)
class Clinic:
    place: str = "US-CA"
    kind: str = "clinic"
    hipaa_covered: bool = True


@dataclass(frozen=True)
class Category:
    id: str
    sensitive: bool


@dataclass(frozen=True)
class Declared:
    business: Clinic = Clinic()
    data: tuple[Category, ...] = (Category("contact", False), Category("health", True))
    size: int | None = None

    def square_feet(self, _on: datetime.date) -> int | None:
        return self.size


@dataclass(frozen=True)
class Of:
    kind: str
    data: tuple[str, ...] = ("contact",)


@pytest.mark.parametrize(("rule", "fixture"), CASES)
def test_each_fixture_comes_out_as_it_says(rule: Rule, fixture: Fixture) -> None:
    assert rule.acts(facts_of(fixture), fixture.day) == fixture.acts


@pytest.mark.parametrize(
    ("business", "purpose", "recipient", "sensitive", "rule"),
    [
        (Clinic(), "marketing", "advertising", False, "us.hipaa.164-508a3.no-patient-data-to-advertisers"),
        (Clinic(), "sharing", "review_site", True, "us.hipaa.164-508a1.no-health-details-to-review-sites"),
        (Clinic(), "sharing", "review_site", False, None),
        (Clinic(), "marketing", "mail_service", False, None),
        (Clinic(), "marketing", None, False, None),
        (Clinic(hipaa_covered=False), "sharing", "advertising", True, CMIA),
        (Clinic(kind="studio", hipaa_covered=False), "sharing", "advertising", True, None),
        (Clinic(place="US-MD", kind="grocery", hipaa_covered=False), "pricing", None, False, GROCERY),
        (Clinic(place="US-NY", kind="grocery", hipaa_covered=False), "pricing", None, False, None),
        (Clinic(place="DE"), "sharing", "advertising", True, None),
    ],
)  # fmt: skip
def test_bans(
    business: Clinic, purpose: str, recipient: str | None, sensitive: bool, rule: str | None
) -> None:
    data = ("contact", "health") if sensitive else ("contact",)
    ban = forbids(Declared(business), Of(purpose, data), Of(recipient) if recipient else None, TODAY)
    assert (ban.rule if ban else None) == rule


def test_a_ban_names_its_source_and_speaks_both_languages() -> None:
    ban = forbids(Declared(), Of("marketing"), Of("advertising"), TODAY)
    assert ban is not None
    assert ban.citation.startswith("45 CFR § 164.508(a)(3)")
    assert ban.verified == "official-mirror"
    assert "advertisers" in ban.explanation.say("en") and "广告" in ban.explanation.say("zh")


def test_the_customers_place_counts_too() -> None:
    shop = Declared(Clinic(place="US-NV", kind="shop", hipaa_covered=False))
    marketing = Of("marketing", ("health",))
    assert forbids(shop, marketing, Of("advertising"), TODAY) is None
    assert forbids(shop, marketing, Of("advertising"), TODAY, places=("US-WA",)) is not None


@pytest.mark.parametrize(("size", "banned"), [(None, True), (15000, True), (14999, False), (0, False)])
def test_the_gates_ban_knows_how_large_a_shop_is(size: int | None, banned: bool) -> None:
    shop = Declared(Clinic("US-MD", "grocery", False), size=size)
    assert (forbids(shop, Of("pricing"), None, TODAY) is not None) == banned


def test_data_that_the_book_does_not_describe_counts_as_sensitive() -> None:
    assert forbids(Declared(), Of("sharing", ("contact",)), Of("review_site"), TODAY) is None
    assert forbids(Declared(), Of("sharing", ("contact", "diary")), Of("review_site"), TODAY) is not None


def test_what_is_not_law_yet_is_listed_and_never_acts() -> None:
    waiting = {rule.id for rule in pending(TODAY)}
    assert waiting == {"us-ny.s8623b.no-personal-prices", "us-nj.pl2026-55.no-personal-grocery-prices"}
    assert {rule.status for rule in packs.of("forbid")} == {"in_force"}


def test_what_the_law_asks_of_defaults() -> None:
    asked = ask_first(Declared(), Of("pricing"), None, TODAY, place="US-CA")
    assert asked is not None and asked.citation == "Cal. Civ. Code § 1798.125(b)(3)"
    assert ask_first(Declared(), Of("sharing"), Of("review_site"), TODAY, place="US-CA") is None
    assert honour_signal(Declared(), Of("sharing"), TODAY, place="US-CA") is not None
    assert honour_signal(Declared(), Of("sharing"), TODAY, place="US-NV") is None
    assert len({rule.when.place_in[0] for rule in packs.of("honour_signal") if rule.when.place_in}) == 13


HEAD = "pack: {id: x, version: '1', next_review_due: 2027-01-01, not_legal_advice: true}\nrules:\n"
RULE = (
    "- id: x.y\n  title: {en: a, zh: b}\n  effect: forbid\n  authority: [{instrument: X, verified: primary}]\n"
    "  status: in_force\n  when: {place_in: [US]}\n  explain: {en: a, zh: b}\n"
)
ACTS = "{name: a, day: 2026-01-01, acts: true, facts: {places: [US]}}"
QUIET = "{name: b, day: 2026-01-01, acts: false, facts: {places: [DE]}}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (HEAD + RULE, "needs a fixture in which it acts"),
        (HEAD + RULE + f"  fixtures: [{ACTS}]\n", "and one in which it does not"),
        (HEAD + RULE + f"  fixtures: [{ACTS}, {QUIET.replace('DE', 'US-CA')}]\n", "'b' does not come out"),
        (HEAD + RULE + "  run: rm\n", "unknown field `run`"),
        (HEAD + RULE.replace("{place_in: [US]}", "{exec: x}"), "unknown field `exec`"),
        ("pack: [", "cannot be read"),
    ],
)
def test_a_pack_that_cannot_prove_itself_does_not_load(source: str, said: str) -> None:
    with pytest.raises(PackError, match=said):
        load(source, "x")


def test_a_good_pack_loads() -> None:
    assert len(load(HEAD + RULE + f"  fixtures: [{ACTS}, {QUIET}]\n", "x").rules) == 1


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_what_a_customer_reads_of_a_rule_is_plain(rule: Rule) -> None:
    remarks = check_pair(rule.explain.words) + check_pair(rule.title.words)
    assert [remark.message.en for remark in remarks] == []
