"""Days: what customers type, in which zone it falls, and how long a price is kept."""

import datetime
import json
from pathlib import Path

import msgspec
import pytest

from aboveboard.book.load import load
from aboveboard.pricing import price
from aboveboard.quotes.model import Body, QuoteError, day_of, valid_until

NOW = datetime.datetime(
    2026, 11, 24, 6, 30, tzinfo=datetime.UTC
)  # still the evening of the 23rd in California


@pytest.mark.parametrize(
    ("at", "zone", "day"),
    [
        (None, "America/Los_Angeles", "2026-11-23"),
        (None, "Asia/Shanghai", "2026-11-24"),
        ("2027-01-15", "America/Los_Angeles", "2027-01-15"),
        (" 2027-01-15 ", "America/Los_Angeles", "2027-01-15"),
        ("2027-01-15T02:00:00Z", "America/Los_Angeles", "2027-01-14"),
        ("2027-01-15T02:00:00Z", "Asia/Shanghai", "2027-01-15"),
        ("2027-01-15T23:30:00-08:00", "Asia/Shanghai", "2027-01-16"),
        ("2027-01-15T23:30", "Asia/Shanghai", "2027-01-15"),  # the business's own time
        ("2026-03-08T02:30", "America/Los_Angeles", "2026-03-08"),  # an hour that daylight saving skips
        ("2028-02-29", "Asia/Shanghai", "2028-02-29"),
        ("2000-01-01", "Asia/Shanghai", "2000-01-01"),
        ("2028-11-23", "America/Los_Angeles", "2028-11-23"),
    ],
)
def test_days(at, zone, day):
    assert day_of(at, NOW, zone).isoformat() == day


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("", "bad_date"),
        ("soon", "bad_date"),
        ("15.01.2027", "bad_date"),
        ("2027-1-5", "bad_date"),
        ("2027-02-29", "bad_date"),
        ("2027-13-01", "bad_date"),
        ("20270115", "bad_date"),
        ("2027-W03-5", "bad_date"),
        ("2027-01-15T25:00:00Z", "bad_date"),
        ("0001-01-01T00:00:00+23:59", "bad_date"),
        ("2027-01-15; DROP TABLE", "bad_date"),
        ("９" * 4 + "-01-01", "bad_date"),
        ("1999-12-31", "date_out_of_range"),
        ("2028-11-24", "date_out_of_range"),
        ("9999-12-31", "date_out_of_range"),
        ("0001-01-01", "date_out_of_range"),
    ],
)
def test_days_that_have_no_price(at, code):
    with pytest.raises(QuoteError) as caught:
        day_of(at, NOW, "America/Los_Angeles")
    assert caught.value.code == code
    assert "othing was saved" in caught.value.text.en
    assert "没有保存" in caught.value.text.zh


def test_two_years_ahead_of_a_leap_day():
    leap = datetime.datetime(2028, 2, 29, 12, tzinfo=datetime.UTC)
    assert day_of("2030-02-28", leap, "UTC").isoformat() == "2030-02-28"


@pytest.mark.parametrize(
    ("on", "kept"),
    [
        ("2026-11-23", "2026-11-23"),
        ("2026-11-30", "2026-11-30"),
        ("2027-05-01", "2026-12-07"),
        ("2026-11-22", None),
    ],
)
def test_how_long_a_price_is_kept(on, kept):
    until = valid_until(datetime.date.fromisoformat(on), datetime.date(2026, 11, 23))
    assert (until.isoformat() if until else None) == kept


def test_a_price_that_the_first_version_kept_is_read_and_made_again_to_the_cent():
    kept = json.loads((Path(__file__).parent / "first_quote.json").read_text("utf-8"))
    body = msgspec.convert(kept["body"], Body)
    assert (body.price.total, body.without.total) == (26620, 28023)
    assert body.alternatives == ()
    clinic = load(kept["book"]).book
    again = price(clinic, body.price.request, body.facts, body.price.background)
    assert again.total == body.price.total
    assert [(step.kind, step.amount) for step in again.steps] == [
        (step.kind, step.amount) for step in body.price.steps
    ]
    # The same book today: nobody has worked out what the data is worth, so it may take nothing off.
    assert price(clinic, body.price.request, body.facts).total == body.without.total
