"""Former prices are those that people were asked, after the guards of their day."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from aboveboard.book.model import Book, Guards
from aboveboard.editions.past import Before
from aboveboard.law.library import Library
from tests.editions.conftest import Press
from tests.editions.test_law_past import DAY, days_ago, planned, sale, shop, text, today_of
from tests.pricing.books import promotion

__all__ = ["days_ago"]  # a fixture


def published(press: Press, days_ago: Callable[[float], None], *books: tuple[float, Book]) -> None:
    for ago, made in books:
        days_ago(ago)
        with press.store.write() as tx:
            press.editions.publish(tx, text(made))
    days_ago(0)


def held(made: Book, rise: str, days: int) -> Book:
    guards = Guards(rise=Decimal(rise), rise_days=days)
    return msgspec.structs.replace(made, guards=guards)


def asked(press: Press, day: datetime.date, last: datetime.date | None = None) -> list[Any]:
    with press.store.read() as conn:
        found = press.editions.past.intervals(conn, "treatment", "standard", day, last or day)
    return [each.price for each in found]


@pytest.mark.parametrize(("place", "rule"), [("DE", 30), ("CN", 7)])
def test_an_offer_that_the_law_lowered_was_as_low_as_it_was_asked(
    press: Press, days_ago: Callable[[float], None], place: str, rule: int
) -> None:
    """80.00, then 100.00 less 10 %: asked for were 72.00, not 90.00; so 72.00 is what the next offer counts from."""
    dear = shop(place, "100.00")
    today = today_of(dear)
    first, last = str(today - 6 * DAY), str(today - 4 * DAY)
    once = promotion("once", first, last, percent=Decimal("0.10"), services=["treatment"])
    cut = msgspec.structs.replace(dear, promotions=[once])
    published(press, days_ago, (70, shop(place, "80.00")), (6, cut))
    assert rule >= 6
    assert asked(press, today - 8 * DAY, today - 1 * DAY) == [8000, 7200, 10000]
    plan = planned(press, msgspec.structs.replace(dear, promotions=[sale(dear)]))
    said = next(each for each in plan.findings if each.code == "law.price_lowered")
    assert "72.00" in said.message and "64.80" in said.message


def test_other_rules_make_other_past_prices_at_once(
    press: Press, days_ago: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packs of a deployment can change while the program runs; what was remembered by the old ones must not speak."""
    dear = shop("DE", "100.00")
    today = today_of(dear)
    once = promotion("once", str(today - 6 * DAY), str(today - 4 * DAY), percent=Decimal("0.10"))
    published(
        press, days_ago, (70, shop("DE", "80.00")), (6, msgspec.structs.replace(dear, promotions=[once]))
    )
    assert asked(press, today - 5 * DAY) == [7200]
    none = dataclasses.replace(Library.open(), rules={})
    monkeypatch.setattr(press.editions, "library", lambda _edition: none)
    assert asked(press, today - 5 * DAY) == [9000]


def test_a_rise_that_was_held_down_is_held_down_again(
    press: Press, days_ago: Callable[[float], None]
) -> None:
    """From 100.00 to 200.00, at most 10 % in 30 days: after 35 days it is 121.00, and not at once what the list says."""
    dear = held(shop("DE", "200.00"), "0.10", 30)
    published(press, days_ago, (70, shop("DE", "100.00")), (35, dear))
    today = today_of(dear)
    day = today - 35 * DAY
    assert asked(press, day - DAY) == [10000]
    assert asked(press, day + DAY) == [11000]
    # Of the day of the change itself the lower price counts, which was 100.00.
    assert asked(press, day + 31 * DAY) == [12100]
    with press.store.read() as conn:
        before = Before.now(press.editions.past, conn, dear, today)
        assert before.lowest(dear, "treatment", "standard", today) == 11000


def test_a_long_past_is_worked_out_without_waiting_for_itself(
    press: Press, days_ago: Callable[[float], None]
) -> None:
    """Each day leans on the day before: three years of them are no three thousand questions within each other."""
    dear = held(shop("DE", "200.00"), "0.001", 1)
    published(press, days_ago, (1200, shop("DE", "100.00")), (1100, dear))
    today = today_of(dear)
    [last] = asked(press, today - DAY)
    assert 10000 < last <= 20000
    assert asked(press, today - 1099 * DAY) == [10010]
    assert asked(press, today - 1098 * DAY) == [10020]


def test_an_offer_to_come_counts_from_one_before_it_as_the_law_leaves_it(
    press: Press, days_ago: Callable[[float], None]
) -> None:
    """Two offers in one draft, one after the other: the first is lowered by the law, and the second counts from there."""
    dear = shop("DE", "100.00")
    published(press, days_ago, (70, shop("DE", "80.00")), (20, dear))
    today = today_of(dear)
    first = promotion(
        "first", str(today), str(today + 5 * DAY), percent=Decimal("0.10"), services=["treatment"]
    )
    starts, ends = str(today + 15 * DAY), str(today + 20 * DAY)
    then = promotion("then", starts, ends, percent=Decimal("0.10"), services=["treatment"])
    draft = msgspec.structs.replace(dear, promotions=[first, then])
    with press.store.read() as conn:
        before = Before(press.editions.past, conn, draft, today)
        told = before.intervals("treatment", "standard", today, today + 16 * DAY)
    assert told is not None
    # Of today 100.00 was asked too; the lower price counts. The second offer: 72.00 less 10 %.
    assert [each["price"] for each in told] == [7200, 10000, 6480]


def test_a_rise_to_come_is_held_down_day_by_day(press: Press, days_ago: Callable[[float], None]) -> None:
    dear = held(shop("DE", "200.00"), "0.10", 1)
    published(press, days_ago, (70, shop("DE", "100.00")))
    today = today_of(dear)
    with press.store.read() as conn:
        told = Before(press.editions.past, conn, dear, today).intervals(
            "treatment", "standard", today, today + 2 * DAY
        )
    assert told is not None
    assert [each["price"] for each in told] == [10000, 11000, 12100]
