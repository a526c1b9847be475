"""The shipped rules on prices and requests: which there are, that they prove themselves, and what they say to real stories.

The stories stand in `price_stories.yaml`: what somebody did, on which day, and what the rule must say to it. They are other cases
than the fixtures in the packs, so that a rule is not only tried by who wrote it down.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aboveboard.cli import aboveboard
from aboveboard.law import loading, proving, reading, vocabulary
from aboveboard.law.engine import Compiled, Result, Sourced
from aboveboard.law.finding import Report
from aboveboard.law.loading import Loaded
from aboveboard.words.plain import check_pair
from tests.support import rules as page

PACKS = ("prices/cn", "prices/eu", "prices/gb", "prices/us", "prices/us-ca", "prices/us-states", "requests")

#: An id names one rule for ever: none of these may go, and none may come to mean another duty.
IDS = """
    cn.consumer-law.art55.three-times-back cn.consumer-reg.art10.renewal-notice
    cn.ecommerce.art18.results-for-everyone cn.ecommerce.art19.no-preticked-extras
    cn.livestream.117.art32.compared-price-shown cn.network-trade.art18.cancel-any-time
    cn.network-trade.art18.five-days cn.no-hidden-differential-price cn.platform-price-rules.art10.true-promotions
    cn.platform-price-rules.art15.no-undisclosed-difference cn.platform-price-rules.art20.notice-before-each-charge
    cn.platform-price-rules.art24.keep-price-data cn.platform-price-rules.art24.register-the-program
    cn.platform-price-rules.art7.marked-price cn.platform-price-rules.art8.publish-the-rule
    cn.platform-price-rules.no-below-cost cn.platform-rules.116.fifteen-days
    cn.platform-rules.116.seven-days-before-a-change cn.price-law.art10.cost-records cn.price-law.art13.marked-price
    cn.price-law.art13.no-unmarked-fee cn.price-law.art14-1.no-agreement-with-rivals
    cn.price-law.art14-2.no-below-cost-dumping cn.price-law.art14-4.no-false-price
    cn.price-law.art14-5.equal-terms-for-firms cn.samr56.art15.itemised-bill-before-payment
    cn.samr56.art16.compared-price-7-days cn.samr56.art17.no-raise-then-cut cn.samr56.art18.gift-told
    cn.samr56.art19.no-price-fraud cn.samr56.art20.home-page-as-detail-page
    cn.samr56.art6-9.conditions-with-the-price cn.samr56.art6-9.service-marking cn.samr56.rmb-and-chinese
    de.bgb.312k.cancel-button eu.crd.art11a.withdrawal-function eu.crd.art6-1ea.say-price-is-personal
    eu.geoblocking.2018-302.no-price-by-nationality-or-residence eu.pid.art6a.new-arrivals
    eu.pid.art6a.perishable-goods eu.pid.art6a.prior-price-30-days eu.pid.art6a.prior-price-services
    eu.pid.art6a.progressive-reductions eu.ucpd.art7-4c.say-how-it-is-worked-out eu.ucpd.art7-4c.total-price
    gb.dmcca.part4-ch2.subscriptions gb.dmcca.s230.say-how-it-is-worked-out gb.dmcca.s230.total-price-first
    us-ca.ab325.16729.no-common-pricing-algorithm us-ca.ab325.16729.no-forced-price us-ca.arl.17602.express-yes
    us-ca.arl.17602.keep-the-yes us-ca.arl.17602.long-term-renewal-notice us-ca.arl.17602.online-exit
    us-ca.arl.17602.trial-over-31-days us-ca.arl.17602.yearly-reminder us-ca.arl.17602g.fee-change-window
    us-ca.ccpa.7080.price-gap-within-data-value us-ca.ccpa.7081.documented-method us-ca.clra.1770a29.all-in-price
    us-co.hb26-1210.price-without-personal-data us-ct.pa26-130.s11.increase-sentence
    us-md.13-321.grocery-price-without-personal-data us-nj.pl2026-55.grocery-price-without-personal-data
    us-ny.gbl349-a.algorithm-sentence us-ny.gbl527-a.rise-or-cancel-in-14-days
    us-ny.s8623b.price-without-personal-data us.ftc.464-1.in-the-language-of-the-claim us.ftc.464.total-price-first
    us.ftc.click-to-cancel us.ftc.personalised-pricing-statement us.robinson-patman.13.one-price-for-competing-shops
    us.rosca.8401.clear-terms-and-simple-stop
""".split()  # noqa: SIM905 - a list that people read
REQUEST_IDS = """
    cn.gbt35273.8-7.answer-30-days cn.own-promise.answer-10-working-days cn.pipl.art50.easy-way-and-reasons
    eu.gdpr.art12-3.respond-one-month gb.dpa.s164a.acknowledge-30-days us-ca.ccpa.7021.answer-45-days
    us-ca.ccpa.7021.confirm-10-business-days us-ca.ccpa.7026.opt-out-15-business-days
    us-ca.delete-act.delete-45-days us-ca.delete-act.look-every-45-days us.hipaa.164-524b2.access-30-days
    us.hipaa.164-526b.amend-60-days us.hipaa.164-528.accounting-60-days
""".split()  # noqa: SIM905 - a list that people read

#: The rules whose law, or a copy of it, was read. All others warn that they were not; nobody may claim more without reading it.
READ = """
    cn.consumer-law.art55.three-times-back cn.ecommerce.art18.results-for-everyone
    cn.ecommerce.art19.no-preticked-extras cn.no-hidden-differential-price
    cn.platform-price-rules.art24.keep-price-data cn.price-law.art10.cost-records cn.price-law.art13.marked-price
    cn.price-law.art13.no-unmarked-fee cn.price-law.art14-1.no-agreement-with-rivals
    cn.price-law.art14-2.no-below-cost-dumping cn.price-law.art14-4.no-false-price
    cn.price-law.art14-5.equal-terms-for-firms cn.samr56.art15.itemised-bill-before-payment
    cn.samr56.art16.compared-price-7-days cn.samr56.art17.no-raise-then-cut cn.samr56.art18.gift-told
    cn.samr56.art19.no-price-fraud cn.samr56.art20.home-page-as-detail-page
    cn.samr56.art6-9.conditions-with-the-price cn.samr56.art6-9.service-marking cn.samr56.rmb-and-chinese
    eu.pid.art6a.prior-price-30-days us-ca.ccpa.7080.price-gap-within-data-value us-ca.ccpa.7081.documented-method
    us-ny.gbl349-a.algorithm-sentence us.ftc.464-1.in-the-language-of-the-claim us.ftc.464.total-price-first
""".split()  # noqa: SIM905 - a list that people read


@cache
def _pack(name: str) -> Loaded:
    return loading.load((page.PACKS / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


@cache
def _rules() -> dict[str, Sourced]:
    return {sourced.rule.id: sourced for name in PACKS for sourced in _pack(name).rules()}


def _result(rule: str, facts: dict[str, Any], now: datetime.date) -> Result:
    compiled = Compiled(_rules()[rule])
    return Result(compiled.outcome(facts, now), compiled, facts, now)


def _stories() -> list[dict[str, Any]]:
    report = Report("price_stories.yaml")
    found = reading.read((Path(__file__).parent / "price_stories.yaml").read_bytes(), report)
    assert report.findings == []
    return list(found)


STORIES = [pytest.param(story, id=f"{story['rule']} - {story['story']}") for story in _stories()]
DISPUTED = [
    pytest.param(one.rule, id=one.rule.id) for one in _rules().values() if one.rule.status == "undecided"
]
EACH = [pytest.param(rule.rule, id=rule.rule.id) for rule in _rules().values()]


# ------------------------------------------------------------------------------------------------ which there are
def test_the_rules_that_there_are() -> None:
    prices = [
        sourced.rule.id for name in PACKS if name.startswith("prices/") for sourced in _pack(name).rules()
    ]
    assert sorted(prices) == sorted(IDS) and len(set(prices)) == len(prices) >= 25
    assert sorted(sourced.rule.id for sourced in _pack("requests").rules()) == sorted(REQUEST_IDS)


def test_nobody_claims_to_have_read_more_law_than_was_read() -> None:
    read = {name for name in IDS if _rules()[name].rule.verified in ("primary", "official-mirror")}
    assert read == set(READ)


@pytest.mark.parametrize("rule", EACH)
def test_a_source_that_was_looked_at_says_when(rule: Any) -> None:
    for source in rule.authority:
        assert (source.retrieved is None) == (source.verified == "unverified-here"), source.citation


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_proves_itself_to_the_last_number_and_day(name: str) -> None:
    loaded = _pack(name)
    assert [finding.say() for finding in loaded.findings] == []
    proof = proving.prove(loaded)
    assert [finding.say() for finding in proof.findings] == []
    assert proof.survivors == [] and proof.mutants > 0 and loaded.pack is not None
    assert set(loaded.pack.pack.proves) == {"numbers", "dates"}


# ------------------------------------------------------------------------------------ not a word may be too many
def _weaker(values: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a rule's values with one member of a list taken out, or one true and false exchanged."""
    for part in ("applies_when", "check", "deadline"):
        for path in _inner(values.get(part), (part,)):
            changed = deepcopy(values)
            inside: Any = changed
            for step in path[:-1]:
                inside = inside[step]
            if isinstance(inside[path[-1]], bool):
                inside[path[-1]] = not inside[path[-1]]
            else:
                del inside[path[-1]]
            yield ".".join(map(str, path)), changed


def _inner(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _inner(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield (*path, number)
            yield from _inner(each, (*path, number))
    elif isinstance(value, bool) and path[-1] != "exclude_start_day":
        yield path


@pytest.mark.parametrize("name", PACKS)
def test_each_word_of_a_rule_is_needed(name: str) -> None:
    loaded = _pack(name)
    assert loaded.pack is not None
    kept = []
    for number, values in enumerate(loaded.values["rules"]):
        if loaded.pack.rules[number].status == "vacated":
            continue  # says the same whatever it holds
        for place, changed in _weaker(values):
            mutant = loading.from_values({**loaded.values, "rules": [changed]}, Report(name))
            if mutant.pack is not None and not proving._noticed(mutant):
                kept.append(f"{values['id']}: {place}")
    assert kept == []


@pytest.mark.parametrize("rule", EACH)
def test_what_a_check_reads_is_kept_as_evidence(rule: Any) -> None:
    reads = set(Compiled(_rules()[rule.id]).check.reads) - {"controller.country", "extension.times"}
    assert reads - set(rule.evidence) == set()


# --------------------------------------------------------------------------------------------------------- stories
@pytest.mark.parametrize("story", STORIES)
def test_what_a_rule_says_to_a_story(story: dict[str, Any]) -> None:
    for name, value in story["facts"].items():
        known = vocabulary.shipped()[name]
        assert vocabulary.READ[known.type](value) is not None, f"{name} is no {known.type}"
    assert _result(story["rule"], story["facts"], story["day"]).outcome == story["expect"]


def test_each_price_rule_has_a_story() -> None:
    assert {story["rule"] for story in _stories()} == set(IDS)


GOODS = (
    "eu.pid.art6a.prior-price-30-days",
    "eu.pid.art6a.perishable-goods",
    "eu.pid.art6a.new-arrivals",
    "eu.pid.art6a.progressive-reductions",
    "us.robinson-patman.13.one-price-for-competing-shops",
)


@pytest.mark.parametrize("name", GOODS)
def test_a_rule_for_goods_is_not_asked_about_a_service(name: str) -> None:
    for fixture in _rules()[name].rule.fixtures:
        facts = {
            name: value
            for name, value in (_rules()[name].rule.given | fixture.facts).items()
            if value is not None
        }
        assert (
            _result(name, facts | {"offer.kind": "service"}, datetime.date(2026, 11, 23)).outcome
            == "not_applicable"
        )


@pytest.mark.parametrize("rule", DISPUTED)
def test_what_is_disputed_never_decides(rule: Any) -> None:
    assert rule.open_question
    for year in (2025, 2026, 2027, 2030):
        for fixture in rule.fixtures:
            facts = {name: value for name, value in (rule.given | fixture.facts).items() if value is not None}
            result = _result(rule.id, facts, datetime.date(year, 12, 31))
            assert result.outcome in ("undecided", "not_applicable", "not_yet")


@pytest.mark.parametrize("rule", EACH)
def test_without_facts_nothing_passes(rule: Any) -> None:
    assert _result(rule.id, {}, datetime.date(2026, 11, 23)).outcome in ("undecided", "not_yet", "expired")


@pytest.mark.parametrize("rule", EACH)
def test_what_is_forgotten_turns_no_answer_into_its_opposite(rule: Any) -> None:
    """With a fact less, a pass is a pass or open, a fail is a fail or open; only a clock may run out while nobody looks."""
    for fixture in rule.fixtures:
        facts = {name: value for name, value in (rule.given | fixture.facts).items() if value is not None}
        for name in facts:
            if rule.deadline is not None or name.startswith(("consumer.", "controller.")):
                continue
            less = {other: value for other, value in facts.items() if other != name}
            now = fixture.now or datetime.date(2026, 11, 23)
            allowed = {fixture.expect, "undecided"}
            if fixture.expect == "not_applicable":
                allowed |= {"not_yet", "expired"}  # it is no law that day, whomever it meets
            assert _result(rule.id, less, now).outcome in allowed, (fixture.name, name)


# ---------------------------------------------------------------------------------------------------------- words
@pytest.mark.parametrize("rule", EACH)
def test_what_a_customer_reads_is_plain(rule: Any) -> None:
    assert rule.explain is not None
    remarks = check_pair(rule.title.words) + check_pair(rule.explain.words)
    assert [remark.message.en for remark in remarks] == []


_DAYS = ("days", "min_days", "max_days")


def _numbers(value: Any, unit: str = "") -> Iterator[int]:
    """Yield every number of days that a rule acts on."""
    if isinstance(value, dict):
        inner = str(value.get("unit", unit))
        for key, each in value.items():
            if type(each) is int and (key in _DAYS or (key == "amount" and inner.endswith("_day"))):
                yield each
            else:
                yield from _numbers(each, inner)
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, unit)


@pytest.mark.parametrize("name", PACKS)
def test_a_number_of_days_stands_in_the_words_too(name: str) -> None:
    for values in _pack(name).values["rules"]:
        if values["id"] == "cn.network-trade.art18.five-days":
            continue  # says it in words: gone
        for number in {*_numbers(values.get("check")), *_numbers(values.get("deadline"))}:
            for lang in ("en", "zh"):
                said = values["explain"][lang] + values["title"][lang]
                assert re.search(rf"(?<!\d){number}(?!\d)", said), (
                    f"{values['id']} ({lang}) does not say {number}"
                )


@pytest.mark.parametrize("file", ["prices.yaml", "requests.yaml"])
def test_what_a_fact_means_is_plain(file: str) -> None:
    source = (page.PACKS.parent / "facts" / file).read_text(encoding="utf-8")
    facts = vocabulary.parse(source, file)
    assert [fact.name for fact in facts] == sorted(fact.name for fact in facts)
    remarks = [remark for fact in facts for remark in check_pair(fact.meaning.words)]
    assert [remark.message.en for remark in remarks] == []


def test_no_fact_is_declared_that_no_rule_reads() -> None:
    read = {name for sourced in _rules().values() for name in Compiled(sourced).reads}
    read |= {name for sourced in _rules().values() for name in sourced.rule.evidence}
    for file in ("prices.yaml", "requests.yaml"):
        source = (page.PACKS.parent / "facts" / file).read_text(encoding="utf-8")
        assert {fact.name for fact in vocabulary.parse(source, file)} <= read


# ------------------------------------------------------------------------------------------------ how days are counted
@pytest.mark.parametrize(
    ("rule", "start", "due", "place"),
    [
        ("us-ca.ccpa.7026.opt-out-15-business-days", "2026-11-23", "2026-12-11", "US-CA"),
        ("eu.gdpr.art12-3.respond-one-month", "2026-01-31", "2026-03-02", "DE"),
        ("us.hipaa.164-524b2.access-30-days", "2026-02-01", "2026-03-03", "US-CA"),
        ("us.hipaa.164-526b.amend-60-days", "2026-02-01", "2026-04-02", "US-CA"),
        ("us.hipaa.164-528.accounting-60-days", "2026-02-01", "2026-04-02", "US-CA"),
        ("cn.own-promise.answer-10-working-days", "2026-09-28", "2026-10-16", "CN"),
        ("cn.own-promise.answer-10-working-days", "2026-12-25", None, "CN"),
        ("us-ca.ccpa.7021.answer-45-days", "2026-12-31", "2027-02-14", "US-CA"),
        ("gb.dpa.s164a.acknowledge-30-days", "2026-12-31", "2027-01-30", "GB"),
        ("cn.gbt35273.8-7.answer-30-days", "2028-01-31", "2028-03-01", "CN"),
    ],
)
def test_how_the_days_are_counted(rule: str, start: str, due: str | None, place: str) -> None:
    facts = {
        "request.received_at": datetime.date.fromisoformat(start),
        "controller.country": place[:2],
        "consumer.state": place,
    }
    result = _result(rule, facts, datetime.date.fromisoformat(start))
    assert result.due == (None if due is None else datetime.date.fromisoformat(due))


def test_a_year_without_a_calendar_still_has_a_safe_day() -> None:
    facts = {"request.received_at": datetime.date(2026, 12, 25), "consumer.country": "CN"}
    result = _result("cn.own-promise.answer-10-working-days", facts, datetime.date(2026, 12, 25))
    assert (result.due, result.safe) == (None, datetime.date(2027, 1, 8))


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (["us-ca.ccpa.7026.opt-out-15-business-days", "--start", "2026-11-23"], ["Due:  2026-12-11", "until 2026-12-16"]),
        (["eu.gdpr.art12-3.respond-one-month", "--start", "2026-01-31", "--country", "DE"], ["Due:  2026-03-02"]),
        (["us.hipaa.164-524b2.access-30-days", "--start", "2026-02-01"], ["Due:  2026-03-03"]),
        (["cn.own-promise.answer-10-working-days", "--start", "2026-09-28"], ["Due:  2026-10-16", "2026-10-10 (Saturday)"]),
        (["cn.own-promise.answer-10-working-days", "--start", "2026-12-25"], ["cn-workday 2027", "Safe: 2027-01-08"]),
        (["us-ca.ccpa.7021.answer-45-days", "--start", "2026-07-01"], ["Due:  2026-08-15"]),
        (["us-ca.delete-act.delete-45-days", "--start", "2026-08-03"], ["Due:  2026-09-17"]),
        (["gb.dpa.s164a.acknowledge-30-days", "--start", "2026-07-01"], ["Due:  2026-07-31"]),
        (["cn.gbt35273.8-7.answer-30-days", "--start", "2026-09-01"], ["Due:  2026-10-01"]),
    ],
)  # fmt: skip
def test_the_command_counts_as_the_law_does(asked: list[str], lines: list[str]) -> None:
    done = CliRunner().invoke(aboveboard, ["law", "deadline", *asked])
    assert done.exit_code == 0, done.output
    for line in lines:
        assert line in done.output


# ------------------------------------------------------------------------------------------------------- the page
def test_the_page_lists_each_rule_as_its_pack_has_it() -> None:
    tables = page.written(page.PAGE.read_text(encoding="utf-8"))
    assert set(tables) == set(page.names())
    for name, table in tables.items():
        assert table == page.table(name), "python -m tests.support.rules writes the tables anew"
