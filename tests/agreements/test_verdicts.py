"""The law judges a renewal before it is published: what breaks a rule is held, what is open is shown, and all of it is kept."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from aboveboard.agreements.model import HeldError
from aboveboard.agreements.notices import Case
from aboveboard.agreements.preview import draft
from aboveboard.agreements.renewals import HELD, NOTICE
from aboveboard.agreements.verdicts import Event, Verdicts, read, replayed
from aboveboard.book.model import Existing, Law, LawFact
from aboveboard.law.library import Library
from tests.agreements.conftest import Firm, the_book
from tests.pricing.books import both, service, tier

DAY = datetime.timedelta(days=1)
day = datetime.date.fromisoformat
EVENT = day("2027-06-01")
OWN = """
pack:
  id: house-rules
  version: "1"
  schema: rulepack/1
  languages: [en, zh-CN]
  proves: [numbers, dates]
  next_review_due: 2030-01-01
  not_legal_advice: true
rules:
- id: us.house.rise.ten-percent
  title: {en: No renewal more than ten percent dearer, zh: 续约最多贵百分之十}
  area: contracts
  jurisdiction: [US]
  authority:
  - {instrument: House rule, provision: "1", kind: contract, verified: primary, retrieved: 2026-11-23}
  status: in_force
  effective: {from: 2026-01-01}
  applies_when: {all: [{fact: renewal.event, in: [renewal, fee]}]}
  check: {kind: rise_max, before: renewal.price_before, after: renewal.price_after, percent: 10}
  evidence: [renewal.price_before, renewal.price_after]
  explain: {en: We never ask more than a tenth more at a renewal., zh: 续约时，我们最多贵十分之一。}
  given: {consumer.country: US, renewal.event: renewal, renewal.price_before: 10000, renewal.price_after: 10500}
  fixtures:
  - {name: five percent, expect: pass}
  - {name: boundary - ten, facts: {renewal.price_after: 11000}, expect: pass}
  - {name: boundary - a cent more, facts: {renewal.price_after: 11001}, expect: fail}
  - {name: boundary - eleven, facts: {renewal.price_after: 11100}, expect: fail}
  - {name: a charge, facts: {renewal.event: charge}, expect: not_applicable}
  - {name: boundary - the day before, now: 2025-12-31, expect: not_yet}
  - {name: boundary - the first day, now: 2026-01-01, expect: pass}
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "house.yaml").write_text(OWN, "utf-8")
    return folder


def judge(what: Any = "renewal", sent: int = 30, before: int = 9400, after: int = 9400, **more: Any):
    given = {"auto": True, "months": 12, "channel": "web"} | {
        name: more.pop(name)
        for name in ("auto", "months", "channel", "express", "trial_days", "answers")
        if name in more
    }
    case = Case(more.pop("place", "US-CA"), more.pop("home", None), **given)
    event = Event(what, EVENT, before, after, **more)
    found = Verdicts().judge(event, case, EVENT - sent * DAY, library=Library.open())
    return {said.rule: said.outcome for said in found.rules}


# --------------------------------------------------------------------------------------------- what rules say of it
@pytest.mark.parametrize(
    ("asked", "rule", "outcome"),
    [
        ({}, "us-ca.arl.17602.express-yes", "pass"),
        ({"express": False}, "us-ca.arl.17602.express-yes", "fail"),
        ({"express": None}, "us-ca.arl.17602.express-yes", "undecided"),
        ({"auto": False}, "us-ca.arl.17602.express-yes", None),
        ({}, "us-ca.arl.17602.long-term-renewal-notice", "pass"),
        ({"sent": 14}, "us-ca.arl.17602.long-term-renewal-notice", "fail"),
        ({"sent": 46}, "us-ca.arl.17602.long-term-renewal-notice", "fail"),
        ({"sent": 46, "months": 11}, "us-ca.arl.17602.long-term-renewal-notice", None),
        ({}, "us-ca.arl.17602g.fee-change-window", None),  # the same price is no change of the fee
        ({"after": 9900}, "us-ca.arl.17602g.fee-change-window", "pass"),
        ({"after": 9900, "sent": 31}, "us-ca.arl.17602g.fee-change-window", "fail"),
        ({"after": 9300, "sent": 6}, "us-ca.arl.17602g.fee-change-window", "fail"),
        ({"what": "fee", "after": 9900, "sent": 6}, "us-ca.arl.17602g.fee-change-window", "fail"),
        ({"place": "JP", "home": "US-CA", "express": False}, "us-ca.arl.17602.express-yes", "fail"),
        ({"place": "JP", "express": False}, "us-ca.arl.17602.express-yes", None),
        # New York: a dearer renewal needs a yes, or two weeks after the charge with money back.
        ({"place": "US-NY", "after": 9900, "agreed": False, "answers": (("exit.refund_pro_rata", False),)},
         "us-ny.gbl527-a.rise-or-cancel-in-14-days", "fail"),
        ({"place": "US-NY", "after": 9900, "agreed": False}, "us-ny.gbl527-a.rise-or-cancel-in-14-days", "undecided"),
        ({"place": "US-NY", "after": 9900, "agreed": True}, "us-ny.gbl527-a.rise-or-cancel-in-14-days", "pass"),
        ({"place": "US-CA", "after": 9900, "agreed": False}, "us-ny.gbl527-a.rise-or-cancel-in-14-days", None),
        # Nobody answers for the program what the program itself does.
        ({"answers": (("exit.simple", False),)}, "us.rosca.8401.clear-terms-and-simple-stop", "pass"),
        ({"place": "CN", "sent": 0}, "cn.consumer-reg.art10.renewal-notice", "fail"),
        ({"place": "CN", "sent": 1}, "cn.consumer-reg.art10.renewal-notice", "pass"),
        # A letter about one thing is not asked for the windows of another.
        ({"place": "CN", "channel": "platform"}, "cn.platform-price-rules.art20.notice-before-each-charge", None),
        ({"what": "charge", "place": "CN", "channel": "platform"},
         "cn.platform-price-rules.art20.notice-before-each-charge", "pass"),
        ({"what": "trial", "trial_days": 60, "sent": 10}, "us-ca.arl.17602.trial-over-31-days", "pass"),
        ({"what": "trial", "trial_days": 60, "sent": 2}, "us-ca.arl.17602.trial-over-31-days", "fail"),
        ({"what": "trial", "trial_days": 31, "sent": 2}, "us-ca.arl.17602.trial-over-31-days", None),
    ],
)  # fmt: skip
def test_what_a_rule_says_of_an_event(asked, rule, outcome):
    assert judge(**asked).get(rule) == outcome


def test_a_rule_that_nobody_asked_about_renewals_stays_out():
    assert "eu.crd.art11a.withdrawal-function" not in judge(place="DE")
    assert judge(place="DE")["de.bgb.312k.cancel-button"] == "pass"


# ------------------------------------------------------------------------------------------------ held, and mended
def dearer(firm: Firm, price: str = "120.00", answered: tuple[str, str] | None = None):
    """An agreement at 94.00 whose customers move to a book at `price` with their next term; what the owner answers in it."""
    first = the_book()
    law = Law()
    if answered is not None:
        said = LawFact(
            fact=answered[0], value=answered[1], since=day("2020-01-01"), source=both("our own books")
        )
        law = Law(facts=[said])
    one = service(
        tier("standard", "100.00", ("therapist", "1")),
        name="plan",
        unit="month",
        existing=Existing(way="move"),
    )
    firm.publish(the_book(services=[one, first.services[1]]))
    made = firm.agree(firm.person())
    firm.answer(made, "auto")
    two = service(tier("standard", price, ("therapist", "1")), name="plan", unit="month")
    firm.publish(the_book(services=[two, first.services[1]], law=law))
    return made


def test_a_renewal_that_breaks_a_rule_is_held_loudly_and_does_not_happen(make_firm, store, packs) -> None:
    firm = make_firm(store, str(packs))
    made = dearer(firm)
    on = made.renews - 29 * DAY
    done = firm.work(on)
    assert (done.told, done.held) == (0, 1)
    [duty] = firm.duties(HELD)
    assert "No renewal more than ten percent dearer" in duty.what.en and "续约最多贵百分之十" in duty.what.zh
    for words in ("House rule", "us.house.rise.ten-percent", "version 1", "agreements answer"):
        assert words in duty.why.en, words
    [held] = firm.told("agreement.held")
    verdict = {rule["rule"]: rule for rule in held["law"]["rules"]}["us.house.rise.ten-percent"]
    assert verdict["outcome"] == "fail" and len(verdict["sha256"]) == 64
    assert (held["law"]["facts"]["renewal.price_before"], held["law"]["facts"]["renewal.price_after"]) == (
        9400,
        11280,
    )
    # A worker that looks every minute says it once, and prices it once.
    firm.work(on)
    firm.work(on + DAY)
    assert len(firm.told("agreement.held")) == 1 and len(firm.duties(HELD)) == 1
    assert len(firm.told("price.quoted")) == 2
    # Nothing renews that nobody was told of.
    assert firm.work(made.renews).ended == 1


def test_the_desk_is_refused_the_same_letter_with_the_rule(make_firm, store, packs) -> None:
    firm = make_firm(store, str(packs))
    made = dearer(firm)
    on = made.renews - 29 * DAY
    with firm.house.store.read() as conn:
        [found] = [each for each in firm.renewals.due(conn, on) if each.notice.what == "renewal"]
    with pytest.raises(HeldError) as error, firm.house.store.write() as tx:
        firm.renewals.tell(tx, found, on, "clerk")
    assert error.value.code == "held" and "ten percent" in error.value.text.en
    assert [said.rule for said in error.value.judged.failed] == ["us.house.rise.ten-percent"]
    assert firm.told() == []


def test_a_book_that_mends_it_lets_the_letter_go(make_firm, store, packs) -> None:
    firm = make_firm(store, str(packs))
    made = dearer(firm)
    on = made.renews - 29 * DAY
    firm.work(on)
    mended = service(tier("standard", "105.00", ("therapist", "1")), name="plan", unit="month")
    firm.publish(the_book(services=[mended, the_book().services[1]]))
    assert firm.work(on + DAY).told == 1
    assert firm.duties(HELD) == [] and firm.duties(NOTICE) == []
    [told] = firm.told()
    assert "at $98.70 a month" in told["words"]["en"]
    assert firm.work(made.renews).renewed == 1 and firm.again(made).body.signed.paid == 9870


def test_new_york_wants_a_yes_to_a_dearer_renewal_and_asking_for_it_mends_it(small: Firm) -> None:
    made = dearer(small, "105.00", answered=("exit.refund_pro_rata", "false"))
    small.lives(made.subject, "US-NY")
    on = made.renews - 29 * DAY
    assert small.work(on).held == 1
    [duty] = small.duties(HELD)
    assert "us-ny.gbl527-a.rise-or-cancel-in-14-days" in duty.why.en
    small.answer(made, "ask")
    assert small.work(on).told == 1 and small.duties(HELD) == []
    [told] = small.told()
    assert "If you want it to go on" in told["words"]["en"]
    small.answer(made, "auto")
    assert small.work(made.renews).renewed == 1


def test_a_yes_that_nobody_kept_is_a_question_and_stays_one(small: Firm) -> None:
    made = small.agree(small.person(), "long", "command")
    on = made.renews - 40 * DAY
    small.work(on)
    [told] = [each for each in small.told() if each["notice"] == "renewal"]
    verdict = {rule["rule"]: rule for rule in told["law"]["rules"]}["us-ca.arl.17602.express-yes"]
    assert (verdict["outcome"], verdict["missing"]) == ("undecided", ["consent.express"])
    with small.house.store.read() as conn:
        duties = [each for each in small.house.duties.recent(conn) if each.kind == NOTICE]
    assert any("consent.express" in duty.why.en and "consent.express" in duty.why.zh for duty in duties)


def test_a_yes_that_was_no_clear_one_holds_the_renewal(small: Firm) -> None:
    made = small.agree(small.person(), "long", "command", express=False)
    assert small.work(made.renews - 40 * DAY).held == 1
    assert [duty.due_at for duty in small.duties(HELD)] and small.work(made.renews).ended == 1


def test_a_dearer_renewal_is_told_where_both_windows_meet(small: Firm) -> None:
    made = dearer(small, "105.00")
    with small.house.store.read() as conn:
        [found] = small.renewals.coming(conn, small.again(made), made.starts)
    # 15 to 45 days before the renewal of a long contract, and 7 to 30 before a new fee.
    assert (found.notice.first, found.notice.last) == (made.renews - 30 * DAY, made.renews - 15 * DAY)


# ---------------------------------------------------------------------------------------------------- kept, replayed
def test_an_old_verdict_is_replayed_by_the_pack_that_was_used(make_firm, sqlite_store, packs) -> None:
    firm = make_firm(sqlite_store, str(packs))
    made = dearer(firm)
    firm.work(made.renews - 29 * DAY)
    old = packs / "old"
    old.mkdir()
    (packs / "house.yaml").rename(old / "house-1.yaml")
    looser = OWN.replace("percent: 10}", "percent: 50}").replace("11000", "15000").replace("11001", "15001")
    (packs / "house.yaml").write_text(
        looser.replace("11100", "15100").replace('version: "1"', 'version: "2"'), "utf-8"
    )
    [held] = firm.told("agreement.held")
    kept = read(held["law"])
    again = {said.rule: (said.outcome, now) for said, now in replayed(kept, Library.open(str(packs)))}
    assert again["us.house.rise.ten-percent"] == ("fail", "fail")
    assert all(was == now for was, now in again.values()) and len(again) > 3
    # By the new rules the letter may go.
    assert firm.work(made.renews - 28 * DAY).told == 1 and firm.duties(HELD) == []
    with firm.house.store.read() as conn:
        letters = firm.renewals.kept(conn, firm.again(made))
    assert [each.sent for each in letters] == [False, True]


# ----------------------------------------------------------------------------------------------------------- preview
def test_a_draft_says_which_renewals_would_break_which_rule(make_firm, sqlite_store, packs) -> None:
    firm = make_firm(sqlite_store, str(packs))
    made = dearer(firm, "100.00")
    worse = service(tier("standard", "130.00", ("therapist", "1")), name="plan", unit="month")
    new = the_book(services=[worse, the_book().services[1]])
    size = len(firm.told("price.quoted"))
    with firm.house.store.read() as conn:
        found = draft(firm.renewals, conn, new, made.starts)
    counts = found.counts()
    assert (counts["dearer"], counts["breaks"], counts["after"]) == (1, 1, 12220)
    [broken] = [each for each in found.broken() if each.said.outcome == "fail"]
    assert broken.agreements == (made.id,) and broken.said.rule == "us.house.rise.ten-percent"
    told = broken.as_dict("zh")
    assert (
        told["agreements"] == 1 and told["explanation"] == "续约时，我们最多贵十分之一。" and told["citation"]
    )
    assert len(firm.told("price.quoted")) == size  # a preview writes nothing


def test_whoever_leaves_anyway_is_not_touched_by_a_draft(small: Firm) -> None:
    made = dearer(small, "100.00")
    small.answer(made, "no")
    worse = service(tier("standard", "130.00", ("therapist", "1")), name="plan", unit="month")
    with small.house.store.read() as conn:
        found = draft(small.renewals, conn, the_book(services=[worse, the_book().services[1]]), made.starts)
    assert found.counts()["dearer"] == 0 and found.broken() == []
