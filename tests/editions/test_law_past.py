"""What the law says at `plan` and `apply`: of a reduction, by what the thing cost before; of prices that few situations have."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from aboveboard import store as clock
from aboveboard.book.load import load
from aboveboard.book.model import Book, Condition, When
from aboveboard.editions.check import judged
from aboveboard.editions.own_packs import beside
from aboveboard.editions.plan import Plan
from aboveboard.editions.service import EditionError
from tests.editions.conftest import Press
from tests.pricing.books import book, both, promotion, service, tier
from tests.support import laws

DAY = datetime.timedelta(days=1)
EU, CN = "eu.pid.art6a.prior-price-30-days", "cn.samr56.art16.compared-price-7-days"
RAISE = "cn.samr56.art17.no-raise-then-cut"


@pytest.fixture
def days_ago(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    real = clock.now
    return lambda days: monkeypatch.setattr(clock, "now", lambda: real() - datetime.timedelta(days=days))


def shop(place: str, price: str | None, offers: list[Any] | None = None) -> Book:
    """Goods in a place at a price; None: they are not sold, only something else is."""
    sold = (
        []
        if price is None
        else [service(tier("standard", price, ("therapist", "0.1")), margin="0", goods=True)]
    )
    other = service(tier("standard", "70.00", ("therapist", "0.1")), name="other", margin="0", goods=True)
    made = book(services=[*sold, other], promotions=offers or [], currency="EUR" if place == "DE" else "CNY")
    return msgspec.structs.replace(made, business=msgspec.structs.replace(made.business, place=place))


def text(made: Book) -> str:
    return msgspec.yaml.encode(made).decode()


def today_of(made: Book) -> datetime.date:
    return clock.now().astimezone(ZoneInfo(made.business.timezone)).date()


def planned(press: Press, draft: Book) -> Plan:
    with press.store.read() as conn:
        return press.editions.plan(conn, text(draft), today_of(draft))


def sale(made: Book, percent: str = "0.10", **more: Any) -> Any:
    on = today_of(made)
    more = {"services": ["treatment"]} | more
    return promotion("sale", str(on), str(on + 20 * DAY), percent=Decimal(percent), **more)


def lowest(plan: Plan) -> str | None:
    """The earlier price from which a reduction is told to count."""
    said = [finding.message for finding in plan.findings if finding.code == "law.price_lowered"]
    assert all("“" in message for message in said)
    found = [re.search(r"[€¥](\d+\.\d\d)", message) for message in said]
    return found[0].group(1) if found and found[0] else None


CASES = [
    # place, what it cost before (days ago, price), now, the earlier price it must count from (None: its own)
    ("DE", [(70, "100.00")], "100.00", None),
    ("DE", [(70, "80.00"), (20, "100.00")], "100.00", "80.00"),  # raised, then a discount
    ("DE", [(70, "80.00"), (40, "100.00")], "100.00", None),  # the low price is longer ago than 30 days
    ("DE", [(70, "80.00"), (29.5, "100.00")], "100.00", "80.00"),  # it still held inside them: intervals, not changes
    ("DE", [(70, "100.00"), (20, "60.00"), (19, "100.00")], "100.00", "60.00"),  # one day's low is a low
    ("DE", [(70, "100.00"), (5, "120.00"), (2, "110.00")], "110.00", "100.00"),  # a rise announced, then reduced
    ("DE", [(70, "100.00")], "120.00", "100.00"),  # raised and discounted in one edition
    ("DE", [(70, "80.00"), (25, None), (3, "100.00")], "100.00", "80.00"),  # withdrawn for a while: what it was counts
    ("DE", [(70, "80.00"), (50, None), (3, "100.00")], "100.00", None),  # withdrawn before the window begins
    ("DE", [(70, "100.00"), (10, "90.00"), (9.9, "100.00")], "100.00", "90.00"),  # two editions on one day: the lower
    ("CN", [(70, "100.00")], "100.00", None),
    ("CN", [(70, "80.00"), (3, "100.00")], "100.00", "80.00"),
    ("CN", [(70, "80.00"), (8.5, "100.00")], "100.00", "80.00"),  # before the 7 days, but raised and then reduced
    ("CN", [(70, "80.00"), (40, "100.00")], "100.00", None),
    ("CN", [(70, "100.00"), (5, "60.00"), (4, "100.00")], "100.00", "60.00"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "before", "now", "expected"), CASES)
def test_a_reduction_counts_from_the_lowest_price_of_the_days_before(
    press: Press,
    days_ago: Callable[[float], None],
    place: str,
    before: list[Any],
    now: str,
    expected: str | None,
) -> None:
    for ago, price in before:
        days_ago(ago)
        with press.store.write() as tx:
            press.editions.publish(tx, text(shop(place, price)))
    days_ago(0)
    draft = shop(place, now)
    draft = shop(place, now, [sale(draft)])
    plan = planned(press, draft)
    assert plan.ok, [finding.say("en") for finding in plan.findings]
    assert lowest(plan) == expected, [finding.say("en") for finding in plan.findings]
    counted = Decimal(expected or now) * Decimal("0.9")
    change = next(each for each in plan.prices if each.service == "treatment")
    assert change.after is not None and change.after.example == int(counted * 100)
    rule = EU if place == "DE" else RAISE if (8.5, "100.00") in before else CN
    if expected is not None:
        finding = next(each for each in plan.findings if each.code == "law.price_lowered")
        assert rule in finding.message and finding.line == line_of(draft, "sale")
        assert rule in finding.say("zh") and expected in finding.say("zh")
    with press.store.write() as tx:
        press.editions.apply(tx, text(draft), today_of(draft))


def line_of(made: Book, offer: str) -> int:
    written = text(made)
    return written[: written.index(f"id: {offer}\n")].count("\n") + 1 if f"id: {offer}\n" in written else 0


# --------------------------------------------------------------------------- a breach that only some situations show
LIMIT = laws.pack(
    id="us-ca.own-promise.s1.cap", area="pricing", jurisdiction="[US-CA, US-NV]", explain="{en: a, zh: b}",
    check="{kind: lte, left: price.final, right: 12000}",
    fixtures="[{name: a, facts: {price.final: 12000}, expect: pass}, {name: b, facts: {price.final: 12001}, expect: fail}]",
)  # fmt: skip


def raising(when: When) -> Book:
    """100.00, and 30 % more under a condition."""
    condition = Condition(
        id="dear", name=both("Dear"), when=when, change=Decimal("0.30"), why=both("it costs us more")
    )
    made = book(services=[service(tier("standard", "100.00", ("therapist", "0.1")))], conditions=[condition])
    return msgspec.structs.replace(made, law=msgspec.structs.replace(made.law, packs=["own.yaml"]))


WHENS = [
    (When(weekdays=["sat"], lead_least=21), "2026-12-19, booked 21 days ahead"),
    (When(after="22:00", before="02:00"), "2026-11-23, 22:00"),
    (When(places=["US-NV"]), "2026-11-23"),
    (When(channels=["web"]), "2026-11-23, bought by “web”"),
    (When(starts="06-01", ends="06-02"), "2027-06-01"),
]


@pytest.mark.parametrize(("when", "said"), WHENS)
def test_a_rule_that_only_some_situations_break_refuses_the_book(
    press: Press, tmp_path: Any, when: When, said: str
) -> None:
    (tmp_path / "own.yaml").write_text(LIMIT, "utf-8")
    written, today, read = (
        text(raising(when)),
        datetime.date(2026, 11, 23),
        beside(tmp_path / "business.yaml"),
    )
    found = judged(load(written), today, read=read).findings
    [broken] = [finding for finding in found if finding.code == "law.price_fails"]
    place = "US-NV" if when.places else "US-CA"
    assert f"for customers in {place} on {said}:" in broken.message
    assert broken.severity == "error" and broken.mend and said.split(",")[0] in broken.say("zh")
    with pytest.raises(EditionError, match="us-ca.own-promise.s1.cap"), press.store.write() as tx:
        press.editions.apply(tx, written, today, "business.yaml", read)


def test_a_rule_that_becomes_law_later_is_asked_on_its_first_day(tmp_path: Any) -> None:
    later = LIMIT.replace("right: 12000}", "right: 9000}").replace(
        "price.final: 12000}", "price.final: 9000}"
    )
    later = later.replace("price.final: 12001}", "price.final: 9001}")
    later = later.replace("effective: {from: 2020-01-01}", "effective: {from: 2027-03-01}")
    if "2027-03-01" not in later:
        later = later.replace("status: in_force\n", "status: in_force\n  effective: {from: 2027-03-01}\n")
    later = later.replace("expect: pass}", "now: 2027-03-01, expect: pass}").replace(
        "expect: fail}", "now: 2027-03-01, expect: fail}"
    )
    (tmp_path / "own.yaml").write_text(later, "utf-8")
    written = text(raising(When(starts="12-01", ends="12-02")))
    found = judged(
        load(written), datetime.date(2026, 11, 23), read=beside(tmp_path / "business.yaml")
    ).findings
    [broken] = [finding for finding in found if finding.code == "law.price_fails"]
    assert "on 2027-03-01:" in broken.message, broken.message
