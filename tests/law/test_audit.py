"""The price rules and the counting of days against the notes that they were written from, line by line.

The tables below were written by hand from the notes of 2026-11-23, not from the packs: for each duty its rule, from when, until
when, how it stands, how well its source was checked, and its numbers. The deadlines were counted on paper.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner

from aboveboard.law.engine import Sourced
from aboveboard.law.library import Library
from aboveboard.law.loading import walk
from aboveboard.quotes.law_commands import law_group

#: Enacted, and law from a day to come.
COMING = "enacted_not_yet_in_force"
#: rule, from, enforced from, until, status, best verification, numbers that it acts on
AUDIT: list[tuple[str, str | None, str | None, str | None, str, str, tuple[Any, ...]]] = [
    # European Union
    ("eu.pid.art6a.prior-price-30-days", "2022-05-28", None, None, "in_force", "official-mirror", (30, Decimal("0.5"))),
    ("eu.pid.art6a.prior-price-services", None, None, None, "undecided", "secondary", ()),
    ("eu.pid.art6a.perishable-goods", None, None, None, "undecided", "secondary", ()),
    ("eu.pid.art6a.new-arrivals", None, None, None, "undecided", "secondary", (30,)),
    ("eu.pid.art6a.progressive-reductions", None, None, None, "undecided", "secondary", ()),
    ("eu.crd.art6-1ea.say-price-is-personal", "2022-05-28", None, None, "in_force", "secondary", ()),
    ("eu.ucpd.art7-4c.total-price", None, None, None, "in_force", "secondary", ()),
    ("eu.ucpd.art7-4c.say-how-it-is-worked-out", None, None, None, "in_force", "secondary", ()),
    ("eu.geoblocking.2018-302.no-price-by-nationality-or-residence", None, None, None, "in_force", "secondary", ()),
    ("eu.crd.art11a.withdrawal-function", "2026-06-19", None, None, "in_force", "secondary", ()),
    ("de.bgb.312k.cancel-button", "2022-07-01", None, None, "in_force", "secondary", ()),
    # United Kingdom
    ("gb.dmcca.s230.total-price-first", "2025-04-06", None, None, "in_force", "secondary", ()),
    ("gb.dmcca.s230.say-how-it-is-worked-out", "2025-04-06", None, None, "in_force", "secondary", ()),
    ("gb.dmcca.part4-ch2.subscriptions", None, None, None, COMING, "secondary", (12, 14)),
    # United States
    ("us.ftc.464.total-price-first", "2025-05-12", None, None, "in_force", "primary", ()),
    ("us.ftc.464-1.in-the-language-of-the-claim", "2025-05-12", None, None, "in_force", "primary", ()),
    ("us.rosca.8401.clear-terms-and-simple-stop", None, None, None, "in_force", "secondary", ()),
    ("us.ftc.click-to-cancel", None, None, None, "vacated", "secondary", ()),
    ("us.ftc.personalised-pricing-statement", None, None, None, "proposed", "secondary", ()),
    ("us.robinson-patman.13.one-price-for-competing-shops", None, None, None, "in_force", "secondary", ()),
    ("us-ca.clra.1770a29.all-in-price", "2024-07-01", None, None, "in_force", "secondary", ()),
    ("us-ca.arl.17602.express-yes", "2025-07-01", None, None, "in_force", "secondary", ()),
    ("us-ca.arl.17602.keep-the-yes", "2025-07-01", None, None, "in_force", "secondary", (3, 1)),
    ("us-ca.arl.17602g.fee-change-window", "2025-07-01", None, None, "in_force", "secondary", (7, 30)),
    ("us-ca.arl.17602.yearly-reminder", "2025-07-01", None, None, "in_force", "secondary", (1,)),
    ("us-ca.arl.17602.trial-over-31-days", "2025-07-01", None, None, "in_force", "secondary", (31, 3, 21)),
    ("us-ca.arl.17602.long-term-renewal-notice", "2025-07-01", None, None, "in_force", "secondary", (12, 15, 45)),
    ("us-ca.arl.17602.online-exit", "2025-07-01", None, None, "in_force", "secondary", ()),
    ("us-ca.ccpa.7080.price-gap-within-data-value", "2023-03-29", None, None, "in_force", "official-mirror", ()),
    ("us-ca.ccpa.7081.documented-method", "2023-03-29", None, None, "in_force", "official-mirror", ()),
    ("us-ca.ab325.16729.no-common-pricing-algorithm", "2026-01-01", None, None, "in_force", "secondary", (2,)),
    ("us-ca.ab325.16729.no-forced-price", "2026-01-01", None, None, "in_force", "secondary", (2,)),
    ("us-ny.gbl349-a.algorithm-sentence", "2025-07-08", "2025-11-10", None, "in_force", "official-mirror", ()),
    ("us-ny.s8623b.price-without-personal-data", None, None, None, "undecided", "secondary", ()),
    ("us-ny.gbl527-a.rise-or-cancel-in-14-days", None, None, None, "in_force", "secondary", (14,)),
    ("us-ct.pa26-130.s11.increase-sentence", None, None, None, "undecided", "secondary", ()),
    ("us-md.13-321.grocery-price-without-personal-data", "2026-10-01", None, None, "in_force", "secondary", (15000,)),
    ("us-nj.pl2026-55.grocery-price-without-personal-data", "2027-08-01", None, None, COMING, "secondary", ()),
    ("us-co.hb26-1210.price-without-personal-data", None, None, None, "vetoed", "secondary", ()),
    # China
    ("cn.price-law.art13.marked-price", "1998-05-01", None, None, "in_force", "official-mirror", ()),
    ("cn.price-law.art13.no-unmarked-fee", "1998-05-01", None, None, "in_force", "official-mirror", ()),
    ("cn.price-law.art10.cost-records", "1998-05-01", None, None, "in_force", "official-mirror", ()),
    ("cn.price-law.art14-1.no-agreement-with-rivals", "1998-05-01", None, None, "in_force", "official-mirror", ()),
    ("cn.price-law.art14-2.no-below-cost-dumping", "1998-05-01", None, None, "in_force", "official-mirror", ()),
    ("cn.price-law.art14-4.no-false-price", "1998-05-01", None, None, "in_force", "official-mirror", ()),
    ("cn.price-law.art14-5.equal-terms-for-firms", "1998-05-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.art6-9.conditions-with-the-price", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.art6-9.service-marking", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.rmb-and-chinese", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.art15.itemised-bill-before-payment", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.art16.compared-price-7-days", "2022-07-01", None, None, "in_force", "official-mirror", (7,)),
    ("cn.samr56.art17.no-raise-then-cut", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.art18.gift-told", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.art19.no-price-fraud", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.samr56.art20.home-page-as-detail-page", "2022-07-01", None, None, "in_force", "official-mirror", ()),
    ("cn.consumer-law.art55.three-times-back", None, None, None, "in_force", "official-mirror", (3, 500)),
    ("cn.no-hidden-differential-price", "2021-11-01", None, None, "in_force", "official-mirror", ()),
    ("cn.consumer-reg.art10.renewal-notice", "2024-07-01", None, None, "in_force", "secondary", ()),
    ("cn.network-trade.art18.five-days", None, None, "2025-03-18", "repealed", "secondary", (5,)),
    ("cn.network-trade.art18.cancel-any-time", "2025-03-18", None, None, "in_force", "secondary", ()),
    ("cn.platform-price-rules.art7.marked-price", "2026-04-10", None, "2031-04-10", "in_force", "secondary", ()),
    ("cn.platform-price-rules.art8.publish-the-rule", "2026-04-10", None, "2031-04-10", "in_force", "secondary", ()),
    ("cn.platform-price-rules.art10.true-promotions", "2026-04-10", None, "2031-04-10", "in_force", "secondary", ()),
    ("cn.platform-price-rules.art15.no-undisclosed-difference", "2026-04-10", None, "2031-04-10", "in_force", "secondary", ()),
    ("cn.platform-price-rules.art20.notice-before-each-charge", "2026-04-10", None, "2031-04-10", "in_force", "secondary", ()),
    ("cn.platform-price-rules.art24.keep-price-data", "2026-04-10", None, "2031-04-10", "in_force", "official-mirror", (3,)),
    ("cn.platform-price-rules.art24.register-the-program", "2026-04-10", None, "2031-04-10", "in_force", "secondary", ()),
    ("cn.platform-price-rules.no-below-cost", "2026-04-10", None, "2031-04-10", "undecided", "secondary", ()),
    ("cn.platform-rules.116.seven-days-before-a-change", "2026-02-01", None, None, "in_force", "secondary", (7,)),
    ("cn.platform-rules.116.fifteen-days", "2026-02-01", None, None, "undecided", "secondary", (15,)),
    ("cn.livestream.117.art32.compared-price-shown", "2026-02-01", None, None, "in_force", "secondary", ()),
    ("cn.ecommerce.art18.results-for-everyone", None, None, None, "in_force", "official-mirror", ()),
    ("cn.ecommerce.art19.no-preticked-extras", None, None, None, "in_force", "official-mirror", ()),
]  # fmt: skip


@cache
def _rules() -> dict[str, Sourced]:
    return dict(Library.open().rules)


def _numbers(rule: str) -> tuple[Any, ...]:
    """Return every number that a rule acts on, in the order of its clock, condition and check."""
    pack = next(each for each in Library.open().packs if any(one.rule.id == rule for one in each.rules()))
    values = next(each for each in pack.values["rules"] if each["id"] == rule)
    return tuple(
        value
        for part in ("applies_when", "deadline", "check")
        for _, value in walk(values.get(part), (part,))
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
    )


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()


@pytest.mark.parametrize("line", AUDIT, ids=lambda line: line[0])
def test_a_rule_is_what_the_notes_say(line: tuple[Any, ...]) -> None:
    name, start, enforced, until, status, verified, numbers = line
    rule = _rules()[name].rule
    effective = rule.effective
    assert (_day(effective.start), _day(effective.enforced_from), _day(effective.until)) == (
        start,
        enforced,
        until,
    )
    assert (rule.status, rule.verified) == (status, verified)
    assert set(numbers) == set(_numbers(name)), _numbers(name)
    assert (rule.open_question is not None) or status != "undecided"


def test_no_price_rule_is_without_a_line() -> None:
    shipped = {name for name, rule in _rules().items() if rule.source.pack.startswith("prices-")}
    assert shipped == {line[0] for line in AUDIT}


@pytest.mark.parametrize(
    "name", [line[0] for line in AUDIT if line[0].startswith(("eu.pid.", "us.robinson"))]
)
def test_rules_for_goods_say_so_and_only_they(name: str) -> None:
    reads = str(_rules()[name].rule.applies_when)
    assert ("goods" in reads) == (name != "eu.pid.art6a.prior-price-services")


def test_the_federal_fee_rule_is_for_tickets_and_short_stays_only() -> None:
    for name in ("us.ftc.464.total-price-first", "us.ftc.464-1.in-the-language-of-the-claim"):
        condition = _rules()[name].rule.applies_when
        assert condition is not None and condition.all_of is not None
        assert [part.one_of for part in condition.all_of] == [["ticket", "lodging"]]


# ------------------------------------------------------------------------------------------------- counted on paper
CCPA, GDPR = "us-ca.ccpa.7021", "eu.gdpr.art12-3.respond-one-month"
DEADLINES = [
    # rule, options, due, safe, latest
    (GDPR, "--start 2026-01-31 --country DE", "2026-03-02", "2026-02-28", None),
    (GDPR, "--start 2026-03-02 --country DE", "2026-04-02", "2026-04-02", None),
    (GDPR, "--start 2026-11-20 --country DE", "2026-12-21", "2026-12-20", None),
    (GDPR, "--start 2026-03-02 --country DE --extended-at 2026-03-30", "2026-06-02", "2026-06-02", None),
    (GDPR, "--start 2026-11-24 --country FR", "2026-12-24", "2026-12-24", None),
    (GDPR, "--start 2026-11-25 --country FR", "2026-12-28", "2026-12-25", None),
    ("us-ca.ccpa.7026.opt-out-15-business-days", "--start 2026-11-23", "2026-12-11", "2026-12-11", "2026-12-16"),
    (f"{CCPA}.confirm-10-business-days", "--start 2026-11-23", "2026-12-05", "2026-12-05", "2026-12-09"),
    (f"{CCPA}.answer-45-days", "--start 2026-11-23", "2027-01-07", "2027-01-07", None),
    (f"{CCPA}.answer-45-days", "--start 2026-11-23 --extended-at 2027-01-07", "2027-02-21", "2027-02-21", None),
    (f"{CCPA}.answer-45-days", "--start 2026-11-23 --extended-at 2027-01-08", "2027-01-07", "2027-01-07", None),
    ("us-ca.delete-act.delete-45-days", "--start 2026-08-01", "2026-09-15", "2026-09-15", None),
    ("us-ca.delete-act.look-every-45-days", "--start 2026-08-01", "2026-09-15", "2026-09-15", None),
    ("us.hipaa.164-524b2.access-30-days", "--start 2026-02-01", "2026-03-03", "2026-03-03", None),
    ("us.hipaa.164-524b2.access-30-days", "--start 2026-02-01 --extended-at 2026-03-03", "2026-04-02", "2026-04-02", None),
    ("us.hipaa.164-524b2.access-30-days", "--start 2026-02-01 --extended-at 2026-03-04", "2026-03-03", "2026-03-03", None),
    ("us.hipaa.164-526b.amend-60-days", "--start 2026-02-01", "2026-04-02", "2026-04-02", None),
    ("us.hipaa.164-526b.amend-60-days", "--start 2026-02-01 --extended-at 2026-04-02", "2026-05-02", "2026-05-02", None),
    ("us.hipaa.164-528.accounting-60-days", "--start 2026-02-01", "2026-04-02", "2026-04-02", None),
    ("us.hipaa.164-528.accounting-60-days", "--start 2026-02-01 --extended-at 2026-04-02", "2026-05-02", "2026-05-02", None),
    ("gb.dpa.s164a.acknowledge-30-days", "--start 2026-06-19", "2026-07-19", "2026-07-19", None),
    ("cn.gbt35273.8-7.answer-30-days", "--start 2026-11-23", "2026-12-23", "2026-12-23", None),
    ("cn.own-promise.answer-10-working-days", "--start 2026-09-28", "2026-10-16", "2026-10-16", None),
    ("cn.own-promise.answer-10-working-days", "--start 2026-12-25", None, "2027-01-08", None),
    ("us-ca.arl.17602.yearly-reminder", "--start 2025-09-15", "2026-09-15", "2026-09-15", None),
    ("us-ca.arl.17602.yearly-reminder", "--start 2028-02-29", "2029-02-28", "2029-02-28", None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "options", "due", "safe", "latest"), DEADLINES)
def test_the_command_counts_as_on_paper(
    rule: str, options: str, due: str | None, safe: str, latest: str | None
) -> None:
    ran = CliRunner().invoke(law_group, ["deadline", rule, *options.split(), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.output)
    assert (told["due"], told["safe"], told["latest"]) == (due, safe, latest)


def test_every_rule_with_a_clock_was_counted() -> None:
    clocks = {name for name, rule in _rules().items() if rule.rule.deadline is not None}
    assert clocks == {line[0] for line in DEADLINES}
