"""By when a customer must be told: the windows of each place, the strictest of them, and what stays a question."""

from __future__ import annotations

import datetime

import pytest

from aboveboard.agreements.notices import Case, notice

day = datetime.date.fromisoformat
EVENT = day("2027-03-31")


def ask(what, place, days=30, *, auto=True, months=12, channel="web"):
    return notice(what, EVENT, Case(place, None, auto=auto, months=months, channel=channel), days)


@pytest.mark.parametrize(
    ("what", "place", "days", "more", "first", "by"),
    [
        # California: 15 to 45 days before a long contract renews, 7 to 30 before a new fee.
        ("renewal", "US-CA", 30, {}, "2027-02-14", "2027-03-01"),
        ("renewal", "US-CA", 90, {}, "2027-02-14", "2027-02-14"),  # our own 90 days would be too early
        ("renewal", "US-CA", 3, {}, "2027-02-14", "2027-03-16"),  # and 3 too late
        ("renewal", "US-CA", 3, {"months": 11}, None, "2027-03-28"),
        ("renewal", "US-CA", 3, {"auto": False}, None, "2027-03-28"),
        ("fee", "US-CA", 30, {}, "2027-03-01", "2027-03-01"),
        ("fee", "US-CA", 1, {}, "2027-03-01", "2027-03-24"),
        # China: before each renewal and each automatic charge on a platform, without a number of days.
        ("renewal", "CN", 30, {}, None, "2027-03-01"),
        ("renewal", "CN", 0, {}, None, "2027-03-30"),
        ("charge", "CN", 0, {"channel": "platform"}, None, "2027-03-30"),
        ("charge", "CN", 0, {}, None, "2027-03-31"),
        # Nothing known of Japan: our own terms.
        ("renewal", "JP", 20, {}, None, "2027-03-11"),
    ],
)
def test_the_day_by_which_it_must_be_out(what, place, days, more, first, by):
    found = ask(what, place, days, **more)
    assert (found.first, found.by) == (day(first) if first else None, day(by))


def test_the_rules_behind_a_day_are_named():
    assert ask("renewal", "US-CA").rules == ("us-ca.arl.17602.long-term-renewal-notice",)
    assert ask("fee", "US-CA").rules == ("us-ca.arl.17602g.fee-change-window",)
    assert ask("renewal", "CN").rules == ("cn.consumer-reg.art10.renewal-notice",)
    assert ask("charge", "CN", channel="platform").rules == (
        "cn.platform-price-rules.art20.notice-before-each-charge",
    )


def test_where_only_the_country_is_known_the_open_rule_is_a_question():
    found = ask("renewal", "US")
    assert any("consumer.state" in said.en for said in found.questions)
    assert found.by is not None and all(said.zh for said in found.questions)
