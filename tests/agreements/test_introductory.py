"""Introductory months: they end, their end is announced by the rule's own window, and where it was not they go on."""

from __future__ import annotations

import datetime

import pytest

from aboveboard.agreements.renewals import LATE
from tests.agreements.conftest import ANN, Firm, the_book
from tests.pricing.books import D, promotion

DAY = datetime.timedelta(days=1)
RULE = "us-ca.arl.17602.trial-over-31-days"


def with_first_months(months: int = 2, **more):
    first = promotion(
        "start", "2026-01-01", "2030-12-31", amount=D("10.00"), months=months, services=["plan"], **more
    )
    return the_book(promotions=[first, *the_book().promotions])


def introduced(firm: Firm, months: int = 2, wanted: str = "long", place: str = "US-CA", **more):
    firm.publish(with_first_months(months, **more))
    ann = firm.person()
    firm.lives(ann, place)
    return firm.agree(ann, wanted, month=1)


def ends(firm: Firm, agreement, months: int = 2) -> datetime.date:
    """The last day of the introductory months as they were agreed."""
    with firm.house.store.read() as conn:
        return firm.house.agreements.run(conn, agreement, agreement.starts).months[months - 1].last


def prices(firm: Firm, agreement, on):
    with firm.house.store.read() as conn:
        return firm.house.agreements.view(conn, firm.again(agreement), on).paid


def trials(firm: Firm):
    return [each for each in firm.told() if each["notice"] == "trial"]


def test_the_first_price_holds_for_the_first_months_only(firm: Firm) -> None:
    made = introduced(firm, wanted="year")
    assert prices(firm, made, made.starts) == (8400,) * 2 + (9400,) * 10
    assert made.body.trial.nets == (8400, 8400) and made.body.trial.after.paid == 9400
    [started] = firm.told("agreement.started")
    assert started["trial"] == [8400, 8400]


def test_a_price_that_was_not_asked_for_the_first_month_has_none(small: Firm) -> None:
    small.publish(with_first_months())
    made = small.agree(small.person())
    assert made.body.trial is None and set(prices(small, made, made.starts)) == {9400}


def test_what_first_months_saved_is_a_gift_when_somebody_leaves(small: Firm) -> None:
    made = introduced(small, wanted="year")
    with small.house.store.read() as conn:
        seen = small.house.agreements.view(conn, made, made.starts)
    assert seen.leaving.amount == 600  # the 6.00 of the agreement, and not the 10.00 of the offer
    assert seen.worth.rows[0].agreed == 8400


def test_its_end_is_announced_inside_the_window_of_the_rule(firm: Firm) -> None:
    made = introduced(firm)
    last = ends(firm, made)
    with firm.house.store.read() as conn:
        [found] = [
            each for each in firm.renewals.coming(conn, made, made.starts) if each.notice.what == "trial"
        ]
    # 3 to 21 days before (Cal. Bus. & Prof. Code 17602); our own terms say 30, which would be too early.
    assert (found.notice.first, found.notice.last) == (last - 21 * DAY, last - 3 * DAY)
    firm.work(last - 22 * DAY)
    assert trials(firm) == []
    firm.work_through(last - 21 * DAY, last - 15 * DAY)
    [told] = trials(firm)
    assert told["event"] == last.isoformat() and RULE in told["rules"]
    assert "you pay $84.00 a month" in told["words"]["en"] and "$94.00 a month" in told["words"]["en"]
    assert "优惠期到" in told["words"]["zh"] and "84.00 美元" in told["words"]["zh"]
    assert {rule["rule"]: rule["outcome"] for rule in told["law"]["rules"]}[RULE] == "pass"
    assert prices(firm, made, last + DAY)[:3] == (8400, 8400, 9400)


def test_thirty_one_days_and_fewer_are_no_trial_of_that_rule(small: Firm) -> None:
    made = introduced(small, 1)
    with small.house.store.read() as conn:
        [found] = [
            each for each in small.renewals.coming(conn, made, made.starts) if each.notice.what == "trial"
        ]
    assert RULE not in found.notice.rules


@pytest.mark.parametrize("days_late", [0, 20, 40])
def test_an_end_that_nobody_announced_in_time_moves_a_month(firm: Firm, days_late: int) -> None:
    made = introduced(firm)
    last = ends(firm, made)
    back = last - 2 * DAY + days_late * DAY  # one day after the last good one, and later
    for _ in range(4):
        firm.work(back)
    kept = firm.again(made)
    longer = len(kept.body.trial.nets)
    until = ends(firm, made, longer)
    assert longer > 2 and until - 3 * DAY >= back and ends(firm, made, longer - 1) - 3 * DAY < back
    assert prices(firm, made, back)[:longer] == (8400,) * longer and prices(firm, made, back)[longer] == 9400
    assert firm.duties(LATE) and all("month more" in duty.what.en for duty in firm.duties(LATE))
    changed = [each for each in firm.told("agreement.changed") if "trial_until" in each]
    assert len(changed) == longer - 2 and changed[-1]["trial_until"] == until.isoformat()
    firm.work_through(max(back, until - 21 * DAY), until - 3 * DAY)
    assert [each["event"] for each in trials(firm)] == [until.isoformat()]


def test_where_no_law_asks_our_own_terms_announce_it(small: Firm) -> None:
    import msgspec

    book = with_first_months()
    small.publish(msgspec.structs.replace(book, business=msgspec.structs.replace(book.business, place="JP")))
    ann = small.person()
    small.lives(ann, "JP")
    made = small.agree(ann, "long", month=1)
    last = ends(small, made)
    small.work(last + DAY)  # too late for our own terms: the price that was agreed holds
    assert prices(small, made, last + DAY)[2] == 9400 and small.duties(LATE) == []


def test_a_renewal_after_first_months_is_at_the_price_that_came_after_them(small: Firm) -> None:
    made = introduced(small, 12, wanted="year")  # every month of the term was a first one
    small.answer(made, "auto")
    small.work(made.renews - 30 * DAY)
    [told] = [each for each in small.told() if each["notice"] == "renewal"]
    assert "at $94.00 a month" in told["words"]["en"]
    small.work(made.renews)
    kept = small.again(made)
    assert kept.body.trial is None and kept.body.signed.paid == 9400 and kept.body.term == 2


def test_ann_can_be_told_at_a_whole_address(small: Firm) -> None:
    made = introduced(small)
    small.work(ends(small, made) - 10 * DAY)
    [told] = trials(small)
    assert f"https://clinic.example/agreement/{made.id}" in told["words"]["en"]
    assert f"https://clinic.example/agreement/{made.id}" in told["words"]["zh"]
    assert ANN.value not in str(told)
