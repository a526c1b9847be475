"""Options of the member states for goods: what the program knows of them itself, and what it asks the owner."""

from __future__ import annotations

import pytest

from aboveboard.pricing import lawful as laws
from tests.pricing.lawful.test_lawful import TODAY, Told, judge, said, shop

NEW = "eu.pid.art6a.new-arrivals"
STEPS = "eu.pid.art6a.progressive-reductions"
SPOILS = "eu.pid.art6a.perishable-goods"
#: The offer of these books began on 20 November; the day before is the 19th.
CASES = [
    ([("2026-10-21", "2026-11-19", 10000)], None, None),
    ([("2026-10-22", "2026-11-19", 10000)], "undecided", None),
    ([("2026-11-10", "2026-11-19", 10000)], "undecided", None),
    ([("2026-10-21", "2026-11-09", 10000), ("2026-11-10", "2026-11-19", 9000)], None, "undecided"),
    ([("2026-10-21", "2026-11-09", 12000), ("2026-11-10", "2026-11-19", 10000)], None, "undecided"),
    ([("2026-10-21", "2026-11-09", 9000), ("2026-11-10", "2026-11-19", 10000)], None, None),
]


@pytest.mark.parametrize(("prices", "new", "steps"), CASES)
def test_what_the_prices_before_tell_of_the_options(
    prices: list[tuple[str, str, int]], new: str | None, steps: str | None
) -> None:
    _, judged, _ = judge(shop("DE", goods=True, currency="EUR"), history=Told(*prices))
    assert (said(judged).get(NEW), said(judged).get(STEPS)) == (new, steps)


def test_without_known_prices_both_are_open_and_a_service_is_not_asked() -> None:
    _, goods, _ = judge(shop("DE", goods=True, currency="EUR"))
    assert {name: said(goods)[name] for name in (NEW, STEPS, SPOILS)} == dict.fromkeys(
        (NEW, STEPS, SPOILS), "undecided"
    )
    _, service, _ = judge(shop("DE", currency="EUR"))
    assert not {NEW, STEPS, SPOILS} & said(service).keys()


def test_outside_the_union_nobody_asks() -> None:
    _, judged, _ = judge(shop("US-CA", goods=True))
    assert not {NEW, STEPS, SPOILS} & said(judged).keys()


def test_the_rule_for_all_goods_is_asked_all_the_same() -> None:
    _, judged, _ = judge(
        shop("DE", goods=True, currency="EUR"), history=Told(("2026-10-21", "2026-11-19", 10000))
    )
    assert said(judged)["eu.pid.art6a.prior-price-30-days"] == "pass"
    assert laws.setting(shop("DE"), shop("DE").services[0], on=TODAY).answers == {}
