"""How dates are counted: the values of the law's own examples, the calendars, and what must hold for any start."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.law import calendars, clocks
from aboveboard.law.calendars import UnknownDays
from aboveboard.law.form import Clock, Extension, Within

Day = datetime.date
EU: dict[str, Any] = {"unit": "month", "calendar": "eu-member-state", "roll": "next_working_day"}
TOLD = ["extension.reason", "extension.notice_sent_at"]
MONTH_MORE = Extension(amount=2, unit="month", needs=TOLD, notice_within=Within(amount=1, unit="month"))


def due(start: str, amount: int, *, facts: dict[str, Any] | None = None, **clock: Any) -> clocks.Due:
    known = {"s": Day.fromisoformat(start), "controller.country": "DE"} | (facts or {})
    found = clocks.due(Clock(start="s", amount=amount, **clock), known, explain=True)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("start", "amount", "clock", "expected", "safe"),
    [
        # the month ends on the same date, or on the last day of a shorter month; a weekend or holiday moves it
        ("2026-01-31", 1, EU, "2026-03-02", "2026-02-28"),
        ("2026-03-02", 1, EU, "2026-04-02", "2026-04-02"),
        ("2026-03-03", 1, EU, "2026-04-07", "2026-04-03"),  # Good Friday to Easter Monday
        ("2026-11-20", 1, EU, "2026-12-21", "2026-12-20"),
        ("2028-01-31", 1, EU, "2028-02-29", "2028-02-29"),
        ("2026-11-25", 1, EU, "2026-12-28", "2026-12-25"),
        ("2026-11-30", 3, {"unit": "month"}, "2027-02-28", "2027-02-28"),
        ("2024-02-29", 1, {"unit": "year"}, "2025-02-28", "2025-02-28"),
        ("2026-02-01", 30, {"unit": "calendar_day"}, "2026-03-03", "2026-03-03"),
        ("2026-02-01", 30, {"unit": "calendar_day", "exclude_start_day": False}, "2026-03-02", "2026-03-02"),
        ("2026-02-01", 2, {"unit": "week"}, "2026-02-15", "2026-02-15"),
        ("2026-11-23", 15, {"unit": "business_day", "calendar": "us-ca-earliest"}, "2026-12-11", "2026-12-11"),
        ("2026-11-23", 15, {"unit": "business_day", "calendar": "us-ca-common"}, "2026-12-16", "2026-12-11"),
        ("2026-09-28", 10, {"unit": "business_day", "calendar": "cn-workday"}, "2026-10-16", "2026-10-16"),
        ("2026-02-09", 5, {"unit": "business_day", "calendar": "cn-workday"}, "2026-02-14", "2026-02-14"),
    ],
)  # fmt: skip
def test_golden(start: str, amount: int, clock: dict[str, Any], expected: str, safe: str) -> None:
    found = due(start, amount, **clock)
    assert (found.due, found.safe) == (Day.fromisoformat(expected), Day.fromisoformat(safe))


def test_california_shows_the_latest_date_too() -> None:
    found = due("2026-11-23", 15, unit="business_day", calendar="us-ca-earliest")
    assert (found.due, found.latest) == (Day(2026, 12, 11), Day(2026, 12, 16))
    assert any("Thanksgiving" in step.say("en") for step in found.steps)


def test_a_year_without_notice_is_not_guessed() -> None:
    found = due("2026-12-25", 10, unit="business_day", calendar="cn-workday")
    assert (found.due, found.safe, found.missing) == (None, Day(2027, 1, 8), ("cn-workday 2027",))
    assert found.certain == Day(2027, 1, 4)  # in time even if every day were a working day


def test_made_up_working_days_are_told() -> None:
    steps = [
        step.say("en") for step in due("2026-09-28", 10, unit="business_day", calendar="cn-workday").steps
    ]
    assert "2026-10-10 (Saturday) was made a working day, so it counts." in steps
    assert "2026-10-01 (Thursday) was skipped: a day off by the State Council's notice." in steps


@pytest.mark.parametrize("country", [None, "US", "CN", "Atlantis", 7])
def test_holidays_of_an_unknown_country_are_not_guessed(country: Any) -> None:
    found = due("2026-01-31", 1, facts={"controller.country": country}, **EU)
    assert (found.due, found.safe, found.missing) == (None, Day(2026, 2, 28), ("controller.country",))


def test_a_part_of_a_country_has_the_holidays_of_the_country() -> None:
    assert due("2026-01-31", 1, facts={"controller.country": "DE-BY"}, **EU).due == Day(2026, 3, 2)


@pytest.mark.parametrize(
    ("facts", "expected", "extended"),
    [
        ({}, "2026-04-02", False),
        ({"extension.reason": "many"}, "2026-04-02", False),
        ({"extension.notice_sent_at": Day(2026, 3, 9)}, "2026-04-02", False),
        ({"extension.reason": "", "extension.notice_sent_at": Day(2026, 3, 9)}, "2026-04-02", False),
        ({"extension.reason": "many", "extension.notice_sent_at": Day(2026, 4, 2)}, "2026-06-02", True),
        ({"extension.reason": "many", "extension.notice_sent_at": Day(2026, 4, 3)}, "2026-04-02", False),
    ],
)
def test_an_extension_counts_only_if_told_in_time(
    facts: dict[str, Any], expected: str, extended: bool
) -> None:
    found = due("2026-03-02", 1, facts=facts, extension=MONTH_MORE, **EU)
    assert (found.due, found.extended) == (Day.fromisoformat(expected), extended)


def test_a_second_extension_must_say_that_it_is_one() -> None:
    twice = Extension(amount=10, unit="calendar_day", max_times=2, needs=["extension.notice_sent_at"])
    told = {"extension.notice_sent_at": Day(2026, 3, 9)}
    asked = {"unit": "calendar_day", "extension": twice}
    assert due("2026-03-01", 10, facts=told, **asked).missing == ("extension.times",)
    assert due("2026-03-01", 10, facts=told | {"extension.times": 2}, **asked).due == Day(2026, 3, 31)
    assert due("2026-03-01", 10, facts=told | {"extension.times": 9}, **asked).due == Day(2026, 3, 31)


def test_hours_are_moments() -> None:
    start = datetime.datetime(2026, 3, 28, 23, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
    found = clocks.due(Clock(start="s", amount=72, unit="hour"), {"s": start})
    assert found is not None and found.due == start + datetime.timedelta(hours=72)
    of_a_day = clocks.due(Clock(start="s", amount=24, unit="hour"), {"s": Day(2026, 3, 28)})
    assert of_a_day is not None and of_a_day.due == datetime.datetime(2026, 3, 29, tzinfo=datetime.UTC)


@pytest.mark.parametrize("start", [None, "2026-01-01", 20260101, datetime.datetime(2026, 1, 1), Day.max])  # noqa: DTZ001
def test_a_start_that_is_none_gives_no_date(start: Any) -> None:
    assert clocks.due(Clock(start="s", amount=1, unit="month"), {"s": start}) is None


# ------------------------------------------------------------------------------------------------------ calendars
@pytest.mark.parametrize(
    ("calendar", "day", "off"),
    [
        (calendars.california_earliest, "2026-11-28", False),  # a Saturday
        (calendars.california_earliest, "2026-11-29", True),
        (calendars.california_earliest, "2026-11-26", True),
        (calendars.california_earliest, "2026-11-27", False),  # the day after Thanksgiving
        (calendars.california_earliest, "2026-05-25", True),
        (calendars.california_earliest, "2026-05-18", False),
        (calendars.california_earliest, "2026-09-07", True),
        (calendars.california_earliest, "2026-09-14", False),
        (calendars.california_earliest, "2026-01-19", True),
        (calendars.california_earliest, "2026-02-16", True),
        (calendars.california_earliest, "2026-03-31", False),
        (calendars.california_common, "2026-03-31", True),
        (calendars.california_common, "2026-11-28", True),
        (calendars.california_common, "2026-11-27", True),
        (calendars.china, "2026-10-10", False),
        (calendars.china, "2026-10-01", True),
        (calendars.member_state("DE"), "2026-10-03", True),
        (calendars.member_state("FR"), "2026-07-14", True),
        (calendars.member_state("DE"), "2026-07-14", False),
        (calendars.member_state("GB"), "2026-12-28", True),
    ],
)
def test_which_days_are_off(calendar: calendars.Skips, day: str, off: bool) -> None:
    assert (calendar(Day.fromisoformat(day)) is not None) == off


@pytest.mark.parametrize("country", sorted(calendars.COUNTRIES))
def test_each_country_knows_its_new_year(country: str) -> None:
    assert calendars.member_state(country)(Day(2026, 1, 1)) is not None


def test_years_beyond_what_is_known_raise() -> None:
    with pytest.raises(UnknownDays):
        calendars.member_state("DE")(Day(2300, 1, 4))
    with pytest.raises(UnknownDays):
        calendars.china(Day(1999, 1, 4))


# ----------------------------------------------------------------------------------------------------- properties
STARTS = st.dates(Day(2005, 1, 1), Day(2025, 6, 30))


@given(STARTS, st.integers(1, 60))
def test_the_earliest_reading_is_never_later_than_the_common_one(start: Day, amount: int) -> None:
    found = due(start.isoformat(), amount, unit="business_day", calendar="us-ca-earliest")
    common = due(start.isoformat(), amount, unit="business_day", calendar="us-ca-common")
    assert found.due is not None and common.due is not None
    assert found.due <= common.due and found.due == common.safe


@given(STARTS, st.integers(1, 40), st.sampled_from(["us-ca-earliest", "us-ca-common", "cn-workday"]))
def test_a_last_business_day_is_one_and_there_are_so_many(start: Day, amount: int, name: str) -> None:
    found = due(start.isoformat(), amount, unit="business_day", calendar=name)
    assert isinstance(found.due, Day)
    off = calendars.calendar(name)
    days = [start + datetime.timedelta(days=number + 1) for number in range((found.due - start).days)]
    assert off(found.due) is None and sum(off(day) is None for day in days) == amount


@given(STARTS, st.integers(1, 24), st.sampled_from(["DE", "FR", "PL"]))
def test_months_roll_forward_only_and_onto_a_working_day(start: Day, amount: int, country: str) -> None:
    found = due(start.isoformat(), amount, facts={"controller.country": country}, **EU)
    assert isinstance(found.due, Day) and isinstance(found.safe, Day)
    assert found.safe <= found.due <= found.safe + datetime.timedelta(days=7)
    assert calendars.member_state(country)(found.due) is None
    assert found.safe.day == start.day or (found.safe + datetime.timedelta(days=1)).day == 1


@given(STARTS, st.integers(1, 400), st.sampled_from(["calendar_day", "week", "month"]))
def test_one_more_is_never_sooner(start: Day, amount: int, unit: Any) -> None:
    assert clocks.last_day(start, amount, unit) < clocks.last_day(start, amount + 1, unit)
