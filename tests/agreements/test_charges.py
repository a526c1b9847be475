"""A word before each automatic charge, where law wants one: once, in time, and honestly late."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from aboveboard.agreements.renewals import LATE, NOTICE
from tests.agreements.conftest import BEA, Firm, terms, the_book

DAY = datetime.timedelta(days=1)
RULE = "cn.platform-price-rules.art20.notice-before-each-charge"


def on_a_platform(firm: Firm, wanted: str = "year", place: str = "CN", channel: str = "platform"):
    ann = firm.person()
    firm.lives(ann, place)
    return firm.agree(ann, wanted, channel)


def charges_told(firm: Firm):
    return [each for each in firm.told() if each["notice"] == "charge"]


def test_each_charge_of_a_term_is_announced_once_in_both_languages(firm: Firm) -> None:
    made = on_a_platform(firm)
    second, third = (firm.charges(made, made.starts)[number].day for number in (0, 1))
    firm.work_through(made.starts, third - 8 * DAY)
    [told] = charges_told(firm)
    assert (told["event"], told["rules"]) == (second.isoformat(), [RULE])
    # Our own terms say five days; a worker may send it two days before that, and never later than the day before the charge.
    assert datetime.date.fromisoformat(told["on"]) == second - 7 * DAY
    assert (
        "$94.00 is charged" in told["words"]["en"]
        and "end it at https://clinic.example/agreement/" in told["words"]["en"]
    )
    assert "会扣 94.00 美元" in told["words"]["zh"]
    assert {rule["rule"]: rule["outcome"] for rule in told["law"]["rules"]}[RULE] == "pass"
    firm.work(second)  # the day comes: nothing is late, and nothing is said again
    assert len(charges_told(firm)) == 1 and firm.duties(LATE) == []
    first = firm.charges(made, second)[0]
    assert (first.day, first.at, first.told, first.amount) == (second, second, True, 9400)


def test_the_first_month_is_paid_by_whoever_signs(small: Firm) -> None:
    made = on_a_platform(small)
    assert made.starts not in [each.day for each in small.charges(made, made.starts)]
    assert len(small.charges(made, made.starts)) == 11


@pytest.mark.parametrize(
    ("place", "channel"), [("CN", "web"), ("JP", "platform"), ("US-NY", "platform"), ("DE", "api")]
)
def test_where_no_law_asks_no_letter_goes_out_and_the_money_is_due(small: Firm, place, channel) -> None:
    made = on_a_platform(small, place=place, channel=channel)
    charge = small.charges(made, made.starts)[0]
    small.work_through(charge.day - 8 * DAY, charge.day)
    assert charges_told(small) == []
    assert (charge.rules, small.charges(made, charge.day + DAY)[0].at) == ((), charge.day)


def test_bills_are_no_automatic_charges(small: Firm) -> None:
    book = the_book()
    pays = [terms("year", charges="bill")]
    small.publish(
        msgspec.structs.replace(book, agreements=msgspec.structs.replace(book.agreements, terms=pays))
    )
    made = on_a_platform(small)
    assert small.charges(made, made.starts) == []
    small.work_through(made.starts + 20 * DAY, made.starts + 32 * DAY)
    assert charges_told(small) == []


def test_a_charge_that_nobody_announced_is_not_due_and_is_moved(firm: Firm) -> None:
    made = on_a_platform(firm)
    day = firm.charges(made, made.starts)[0].day
    before = firm.charges(made, day)[0]  # the day has come, no worker ran
    assert (before.at, before.told, before.rules) == (None, False, (RULE,))
    firm.work(day + 2 * DAY)
    [told] = charges_told(firm)
    later = day + 7 * DAY  # five days from today
    assert (told["event"], told["day"]) == (day.isoformat(), later.isoformat())
    assert "nothing was due on that day" in told["words"]["en"] and "不用付" in told["words"]["zh"]
    assert {rule["rule"]: rule["outcome"] for rule in told["law"]["rules"]}[RULE] == "pass"
    assert firm.charges(made, day + 2 * DAY)[0].at == later
    [duty] = firm.duties(LATE)
    assert day.isoformat() in duty.what.en and "94" not in duty.what.en and duty.subject is None
    with firm.house.store.read() as conn:
        assert duty in firm.house.duties.overdue(
            conn, datetime.datetime.now(datetime.UTC)
        )  # loud from the start
    firm.work(day + 3 * DAY)  # a worker that starts again says nothing twice
    assert len(charges_told(firm)) == 1 and len(firm.duties(LATE)) == 1


def test_a_worker_that_was_down_for_months_says_each_missed_charge_once(small: Firm) -> None:
    made = on_a_platform(small)
    days = [each.day for each in small.charges(made, made.starts)][:3]
    back = days[2] + DAY
    small.work(back)
    assert [each["event"] for each in charges_told(small)] == [day.isoformat() for day in days]
    assert len(small.duties(LATE)) == 3
    assert [each.at for each in small.charges(made, back)[:3]] == [back + 5 * DAY] * 3
    small.work(back + DAY)
    assert len(charges_told(small)) == 3


def test_one_day_has_one_loud_duty_whoever_is_charged(small: Firm) -> None:
    made = on_a_platform(small)
    bea = small.person(BEA)
    small.lives(bea, "CN")
    small.agree(bea, "year", "platform")
    small.work(small.charges(made, made.starts)[0].day)
    assert len(charges_told(small)) == 2 and len(small.duties(LATE)) == 1


def test_the_letter_of_a_renewal_announces_its_first_charge(small: Firm) -> None:
    made = on_a_platform(small)
    small.answer(made, "auto")
    small.work(made.renews - 31 * DAY)
    [told] = [each for each in small.told() if each["notice"] == "renewal"]
    assert "The first $94.00 is charged by itself on" in told["words"]["en"]
    small.work(made.renews)
    kept = small.again(made)
    assert kept.body.term == 2 and kept.body.told == (f"charge:{made.renews.isoformat()}",)
    first = small.charges(made, made.renews)[0]
    assert (first.day, first.at, first.told) == (made.renews, made.renews, True)


def test_where_the_desk_sends_a_missed_charge_is_loud_and_not_due(small: Firm) -> None:
    book = the_book()
    small.publish(
        msgspec.structs.replace(book, agreements=msgspec.structs.replace(book.agreements, send="desk"))
    )
    made = on_a_platform(small)
    day = small.charges(made, made.starts)[0].day
    small.work(day - 7 * DAY)
    [duty] = [each for each in small.duties(NOTICE) if "charge" in each.what.en]
    assert RULE in duty.why.en
    small.work(day)
    assert len(small.duties(LATE)) == 1 and small.charges(made, day)[0].at is None
    with small.house.store.read() as conn:
        [found] = [each for each in small.renewals.due(conn, day) if each.notice.what == "charge"]
    with small.house.store.write() as tx:
        small.renewals.tell(tx, found, day, "clerk")
    assert small.charges(made, day)[0].at == day + 5 * DAY


def test_who_left_is_charged_no_more(small: Firm) -> None:
    made = on_a_platform(small)
    with small.house.store.write() as tx:
        small.house.agreements.end(tx, made.id)
    assert small.charges(made, made.starts) == []
    small.work(made.starts + 40 * DAY)
    assert charges_told(small) == [] and small.duties(LATE) == []
