"""Real hours over a change of the clock, days of the clock, days of the very month."""

from __future__ import annotations

import datetime
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.pricing import PriceError
from aboveboard.pricing.charges.elapsed import elapsed, local_days, month_parts, months

HERE = ZoneInfo(
    "America/Los_Angeles"
)  # the clock goes forward on 2026-03-08 at 2:00 and back on 2026-11-01 at 2:00
SHANGHAI = ZoneInfo("Asia/Shanghai")


def moment(text: str, zone: ZoneInfo = HERE) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("starts", "ends", "per", "units"),
    [
        ("2026-06-01T10:00", "2026-06-01T12:20", "hour", Fraction(7, 3)),
        ("2026-03-07T22:00", "2026-03-08T06:00", "hour", 7),  # eight on the clock, seven in truth
        ("2026-10-31T22:00", "2026-11-01T06:00", "hour", 9),
        ("2026-03-07T12:00", "2026-03-08T12:00", "hour", 23),
        ("2026-10-31T12:00", "2026-11-01T12:00", "hour", 25),
        ("2026-03-07T12:00", "2026-03-08T12:00", "day", 1),  # noon to noon is a day, be it 23 hours
        ("2026-10-31T12:00", "2026-11-01T12:00", "day", 1),
        ("2026-10-31T12:00", "2026-11-01T00:00", "day", Fraction(12, 25)),
        ("2026-03-07T12:00", "2026-03-09T18:00", "day", Fraction(9, 4)),
        ("2028-02-28T12:00", "2028-03-01T12:00", "day", 2),  # a leap day is a day
        ("2026-02-28T12:00", "2026-03-01T12:00", "day", 1),
        ("2026-06-01T10:00", "2026-06-01T10:00", "hour", 0),
        ("2026-06-01T10:00", "2026-06-01T10:01", "minute", 1),
        ("2026-06-01T10:00", "2026-06-02T10:00", "quarter_hour", 96),
    ],
)
def test_how_long_something_lasts(starts, ends, per, units):
    from aboveboard.pricing.charges.elapsed import SECONDS

    assert elapsed(moment(starts), moment(ends), per, HERE) == units * SECONDS[per]


def test_the_hour_that_comes_twice():
    first = moment("2026-11-01T01:30").replace(fold=0)
    second = moment("2026-11-01T01:30").replace(fold=1)
    assert elapsed(first, second, "hour", HERE) == 3600
    with pytest.raises(PriceError, match="before the start"):
        elapsed(second, first, "hour", HERE)


def test_where_the_moments_are_written_does_not_matter():
    starts, ends = moment("2026-10-31T22:00"), moment("2026-11-01T06:00")
    for zone in (SHANGHAI, datetime.UTC):
        assert elapsed(starts.astimezone(zone), ends.astimezone(zone), "hour", HERE) == 9 * 3600


@pytest.mark.parametrize("per", ["hour", "day"])
def test_moments_that_cannot_be(per):
    at = moment("2026-06-01T10:00")
    with pytest.raises(PriceError) as refused:
        elapsed(at.replace(tzinfo=None), at, per, HERE)
    assert refused.value.code == "time_without_zone"
    with pytest.raises(PriceError) as refused:
        elapsed(at, at - datetime.timedelta(microseconds=1), per, HERE)
    assert refused.value.code == "time_backwards"


def test_the_last_day_of_all():
    late = datetime.datetime(9999, 12, 30, tzinfo=datetime.UTC)
    with pytest.raises(PriceError) as refused:
        elapsed(late, late + datetime.timedelta(hours=40), "day", HERE)
    assert refused.value.code == "bad_time"


#: Moments that one clock still shows, and another no more.
LATEST = datetime.datetime(9999, 12, 31, 23, tzinfo=HERE)
FIRST = datetime.datetime(1, 1, 1, 1, tzinfo=SHANGHAI)


@pytest.mark.parametrize("at", [LATEST, FIRST])
@pytest.mark.parametrize("per", ["hour", "day"])
def test_moments_outside_the_calendar(at, per):
    with pytest.raises(PriceError) as refused:
        elapsed(at, at, per, HERE)
    assert refused.value.code == "bad_time"


@pytest.mark.parametrize(
    ("at", "zone"), [(LATEST, HERE), (FIRST, SHANGHAI), (LATEST.replace(tzinfo=datetime.UTC), SHANGHAI)]
)
def test_days_outside_the_calendar(at, zone):
    with pytest.raises(PriceError) as refused:
        local_days(at, at, zone)
    assert refused.value.code == "bad_time"


@pytest.mark.parametrize(
    ("first", "last", "parts"),
    [
        ("2026-11-11", "2026-11-30", [(20, 30)]),
        ("2026-11-01", "2026-11-30", [(30, 30)]),
        ("2026-02-15", "2026-02-28", [(14, 28)]),
        ("2028-02-15", "2028-02-29", [(15, 29)]),
        ("2027-12-20", "2028-02-01", [(12, 31), (31, 31), (1, 29)]),
        ("2026-11-23", "2026-11-23", [(1, 30)]),
        ("9999-12-31", "9999-12-31", [(1, 31)]),
    ],
)
def test_days_of_the_very_month(first, last, parts):
    found = month_parts(date.fromisoformat(first), date.fromisoformat(last))
    assert [(part.days, part.of) for part in found] == parts
    assert months(found) == sum(Fraction(days, of) for days, of in parts)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900), st.integers(0, 900))
def test_two_halves_of_a_time_make_the_whole(first, one, two):
    middle = first + datetime.timedelta(days=one)
    last = middle + datetime.timedelta(days=two + 1)
    halves = months(month_parts(first, middle)) + months(
        month_parts(middle + datetime.timedelta(days=1), last)
    )
    assert halves == months(month_parts(first, last))


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900))
def test_whole_days_of_the_clock_are_whole(first, days):
    starts = datetime.datetime.combine(first, datetime.time(12), HERE)
    ends = datetime.datetime.combine(first + datetime.timedelta(days=days), datetime.time(12), HERE)
    assert elapsed(starts, ends, "day", HERE) == days * 86400


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [
        ("2026-11-11T00:00", "2026-12-01T00:00", ("2026-11-11", "2026-11-30")),
        ("2026-11-11T09:00", "2026-11-30T18:00", ("2026-11-11", "2026-11-30")),
        ("2026-11-11T00:00", "2026-11-11T00:00", ("2026-11-11", "2026-11-11")),
    ],
)
def test_which_days_a_time_takes_place_on(starts, ends, days):
    found = local_days(moment(starts), moment(ends), HERE)
    assert tuple(day.isoformat() for day in found) == days
    with pytest.raises(PriceError):
        local_days(moment(ends) + datetime.timedelta(seconds=1), moment(starts), HERE)
