"""Times as people say them, in the business's own time zone."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from aboveboard.web.moments import day, full, when

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime.datetime(2026, 11, 23, 20, 0, tzinfo=datetime.UTC)  # noon in California

TABLE = [
    ("2026-11-23T22:03:00", "today at 14:03", "今天 14:03"),
    ("2026-11-24T07:59:00", "today at 23:59", "今天 23:59"),
    ("2026-11-24T08:00:00", "tomorrow at 00:00", "明天 00:00"),
    ("2026-11-22T17:10:00", "yesterday at 09:10", "昨天 09:10"),
    ("2026-12-07T22:03:00", "on 7 December at 14:03", "12 月 7 日 14:03"),
    ("2025-12-07T22:03:00", "on 7 December 2025 at 14:03", "2025 年 12 月 7 日 14:03"),
]


@pytest.mark.parametrize(("instant", "english", "chinese"), TABLE)
def test_an_instant_is_told_by_its_nearness(instant, english, chinese):
    at = datetime.datetime.fromisoformat(instant).replace(tzinfo=datetime.UTC)
    assert when(at, NOW, ZONE, "en") == english
    assert when(at, NOW, ZONE, "zh") == chinese


def test_a_date_says_its_year_only_when_it_is_another():
    today = datetime.date(2026, 11, 23)
    assert day(datetime.date(2026, 12, 7), today, "en") == "7 December"
    assert day(datetime.date(2027, 1, 31), today, "en") == "31 January 2027"
    assert day(datetime.date(2027, 1, 31), today, "zh") == "2027 年 1 月 31 日"


def test_the_full_instant_has_its_offset():
    assert full(NOW, ZONE) == "2026-11-23 12:00:00-08:00"
