"""The yearly reminder, by the clock of its own rule; a rise that was not told does not happen; telling by hand."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from aboveboard.agreements.model import AgreementError
from aboveboard.agreements.notices import Case, Notices
from aboveboard.agreements.renewals import LATE, NOTICE
from aboveboard.book.model import Agreements, Index, IndexValue
from aboveboard.people.model import Identity
from tests.agreements.conftest import Firm, terms, the_book
from tests.pricing.books import D, both

DAY = datetime.timedelta(days=1)
day = datetime.date.fromisoformat


def reminders(firm: Firm):
    return [each for each in firm.told() if each["notice"] == "reminder"]


# ------------------------------------------------------------------------------------------------- the yearly reminder
@pytest.mark.parametrize(
    ("last", "place", "auto", "due"),
    [
        ("2026-03-01", "US-CA", True, "2027-03-01"),
        ("2028-02-29", "US-CA", True, "2029-02-28"),
        ("2024-08-01", "US-CA", True, "2025-08-01"),  # begun before the law, and due under it
        ("2024-06-01", "US-CA", True, None),  # due a month before the law began
        ("2026-03-01", "US-CA", False, None),
        ("2026-03-01", "US-NV", True, None),
        ("2026-03-01", "DE", True, None),
    ],
)
def test_the_clock_of_the_rule_says_when_it_is_due(last, place, auto, due):
    notices = Notices()
    found = notices.remind(
        day(last), Case(place, None, auto=auto, months=24, channel="web"), notices.library()
    )
    assert (found.by if found else None) == (day(due) if due else None)


def test_a_long_agreement_is_remembered_once_a_year(firm: Firm) -> None:
    made = firm.agree(firm.person(), "long")
    due = made.starts.replace(year=made.starts.year + 1)
    firm.work_through(due - 16 * DAY, due - 10 * DAY)
    [told] = reminders(firm)
    assert told["on"] == (due - 14 * DAY).isoformat() and told["rules"] == ["us-ca.arl.17602.yearly-reminder"]
    for words in (
        "We remind you once a year",
        "$94.00 a month",
        "one button ends it",
        "https://clinic.example/agreement/",
    ):
        assert words in told["words"]["en"], words
    assert "每年提醒您一次" in told["words"]["zh"]
    assert {rule["rule"]: rule["outcome"] for rule in told["law"]["rules"]}[told["rules"][0]] == "pass"
    assert firm.again(made).body.reminded == due - 14 * DAY  # the next year counts from here
    firm.work(due + 30 * DAY)
    assert len(reminders(firm)) == 1 and firm.duties(LATE) == []


def test_a_reminder_that_is_late_goes_out_and_is_loud(firm: Firm) -> None:
    made = firm.agree(firm.person(), "long")
    due = made.starts.replace(year=made.starts.year + 1)
    firm.work(due + 20 * DAY)
    [told] = reminders(firm)
    assert told["on"] == (due + 20 * DAY).isoformat()
    verdict = {rule["rule"]: rule["outcome"] for rule in told["law"]["rules"]}[
        "us-ca.arl.17602.yearly-reminder"
    ]
    assert verdict == "fail"  # said as it was, and sent all the same
    [duty] = firm.duties(LATE)
    assert made.id[:8] in duty.what.en and "went out late" in duty.what.en
    firm.work(due + 21 * DAY)
    assert len(reminders(firm)) == 1


def test_the_letter_of_a_renewal_is_that_years_reminder(small: Firm) -> None:
    made = small.agree(small.person(), "year")
    small.answer(made, "auto")
    small.work_through(made.renews - 46 * DAY, made.renews + 3 * DAY)
    assert reminders(small) == [] and [each["notice"] for each in small.told()] == ["renewal"]
    kept = small.again(made)
    assert kept.body.term == 2 and kept.body.reminded == made.renews - 44 * DAY
    # The book says that terms of a year ask: nothing goes on by itself then, and no rule wants it said.
    small.work(made.renews + 330 * DAY)
    assert reminders(small) == []


# ------------------------------------------------------------------------------------------------ rises nobody told of
def indexed(firm: Firm, send: str = "auto"):
    today = datetime.datetime.now(datetime.UTC).date()
    values = [
        IndexValue(published=today - 100 * DAY, value=D(100)),
        IndexValue(published=today + 100 * DAY, value=D(102)),
        IndexValue(published=today + 500 * DAY, value=D(104)),
    ]
    index = Index(id="living", name=both("Prices"), source=both("the office"), values=values)
    long = terms("long", months=36, renewal="auto", index="living", cap=D("0.03"))
    chapter = Agreements(rate=D("0.05"), source=both("bank"), send=send, indices=[index], terms=[long])
    firm.publish(the_book(agreements=chapter))
    return firm.agree(firm.person(), "long", at=today.isoformat())


def paid(firm: Firm, agreement, on):
    with firm.house.store.read() as conn:
        return firm.house.agreements.view(conn, firm.again(agreement), on)


def test_a_rise_that_nobody_was_told_of_does_not_happen(firm: Firm) -> None:
    made = indexed(firm, "desk")
    first, second = (change.on for change in paid(firm, made, made.starts).changes)
    assert paid(firm, made, first - DAY).paid[12] == 9588
    seen = paid(firm, made, first)
    assert seen.paid[:24] == (9400,) * 24 and seen.changes[0].after == 9400
    assert (
        "you were not told of a rise in time" in seen.changes[0].says.en
        and "就不涨" in seen.changes[0].says.zh
    )
    # A year later the index is looked at again, from the price that stayed: 104 after 102.
    assert seen.paid[24] == 9584 and seen.changes[1].on == second


def test_a_rise_that_was_told_in_time_happens(firm: Firm) -> None:
    made = indexed(firm)
    first = paid(firm, made, made.starts).changes[0].on
    firm.work(first - 20 * DAY)
    assert [each["notice"] for each in firm.told()].count("fee") == 1
    assert paid(firm, made, first).paid[12:24] == (9588,) * 12


def test_a_rise_told_too_late_is_held_and_does_not_happen(small: Firm) -> None:
    made = indexed(small)
    first = paid(small, made, made.starts).changes[0].on
    done = small.work(first - 6 * DAY)  # California: no later than seven days before
    assert done.held == 1 and "fee" not in [each["notice"] for each in small.told()]
    assert paid(small, made, first).paid[12] == 9400


# ------------------------------------------------------------------------------------------------------------ by hand
def test_whom_no_letter_reaches_is_told_by_hand(small: Firm) -> None:
    made = small.agree(small.person(Identity("customer", "4711")))
    on = made.renews - 30 * DAY
    assert small.work(on).told == 0
    [duty] = small.duties(NOTICE)
    with small.house.store.read() as conn:
        [found] = small.renewals.due(conn, on)
    with pytest.raises(AgreementError) as error, small.house.store.write() as tx:
        small.renewals.tell(tx, found, on, "clerk")
    assert error.value.code == "unreachable"
    with small.house.store.write() as tx:
        told = small.renewals.tell(tx, found, on, "clerk", by_hand=True)
    assert "ends on" in told.words.en and small.duties(NOTICE) == []
    [entry] = small.told()
    assert entry["by_hand"] is True and duty.kind == NOTICE
    with small.house.store.read() as conn:
        from aboveboard.people import tables as people_tables

        assert conn.execute(people_tables.messages.select()).all() == []


def test_an_agreement_of_before_is_read_as_it_was(small: Firm) -> None:
    """What was sealed before there were first months, reminders and charges still opens, and means the same."""
    made = small.agree(small.person())
    plain = msgspec.to_builtins(made.body)
    for new in ("trial", "express", "reminded", "moved"):
        del plain[new]
    assert msgspec.convert(plain, type(made.body)) == made.body
