"""Prices before the law, place by place: what each rule says, what binds, what is banned, what must stand beside a price."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aboveboard.book.model import Book
from aboveboard.law.library import Library
from aboveboard.pricing import NO_FACTS, AllowedFacts, Background, PriceRequest, price
from aboveboard.pricing import lawful as laws
from tests.pricing.books import book, data_value, loyalty, promotion, service, tier
from tests.support import laws as own

TODAY = datetime.date(2026, 11, 23)
REGULAR = AllowedFacts(visits=12)
NY = "THIS PRICE WAS SET BY AN ALGORITHM USING YOUR PERSONAL DATA"
D = Decimal


class Told:
    """A history that knows what it is told."""

    def __init__(self, *prices: tuple[str, str, int]) -> None:
        self.prices = [
            {"from": datetime.date.fromisoformat(a), "to": datetime.date.fromisoformat(b), "price": price}
            for a, b, price in prices
        ]

    def began(self, offer: laws.Offered) -> datetime.date:
        return offer.starts

    def intervals(self, _service: str, _tier: str, _first: Any, _last: Any) -> list[dict[str, Any]]:
        return self.prices

    def deals(self, _service: str, _tier: str, _first: Any, _last: Any) -> list[dict[str, Any]]:
        return [{"at": each["to"], "price": each["price"]} for each in self.prices]


def shop(place: str = "US-CA", *, goods: bool | None = None, sector: str | None = None, **more: Any) -> Book:
    """Return a book for a place: one thing for 100.00, thanks to regulars, and 20 % off since 20 November."""
    more.setdefault("promotions", [promotion("spring", "2026-11-20", "2026-12-20", percent=D("0.20"))])
    more.setdefault("loyalty", [loyalty("visits", (10, "-0.05"))])
    sold = service(
        tier("standard", "100.00", ("therapist", "1")),
        margin="0",
        goods=goods,
        sector=sector,
        unit=more.pop("unit", "visit"),
    )
    made = book(services=[sold], **more)
    return msgspec.structs.replace(made, business=msgspec.structs.replace(made.business, place=place))


def judge(made_for: Book, place: str | None = None, facts: AllowedFacts = NO_FACTS, **more: Any) -> Any:
    """Return (price, judged, ban) as a quote would have them."""
    history = more.pop("history", laws.NoHistory())
    on = more.pop("on", TODAY)
    sold = made_for.services[0]
    bench = laws.Bench().judge(laws.setting(made_for, sold, place, "web"), on)
    asked = PriceRequest(sold.id, sold.tiers[0].id, 1, on)
    ban = laws.ban(bench, facts.given(), on)
    facts = NO_FACTS if ban else facts
    made = price(made_for, asked, facts)
    offer = laws.offered(made_for, made)
    prior = laws.prior(bench, offer, history, sold.id, sold.tiers[0].id) if offer else None
    if prior is not None:
        made = price(made_for, asked, facts, Background(prior=prior))
    without = price(made_for, asked, NO_FACTS, made.background) if made.facts_used else None
    found = laws.facts(made_for, sold, made, without, history)
    found["display.text_near_price"] = "\n".join(laws.sentences(bench, found, on))
    return made, laws.judged(bench, found, on), ban


def said(judged: Any) -> dict[str, str]:
    return {each.rule: each.outcome for each in judged.rules}


@pytest.mark.parametrize(
    ("place", "more", "rule", "outcome"),
    [
        pytest.param(
            "US-CA", {}, "us-ca.clra.1770a29.all-in-price", "pass", id="the first price holds every fee"
        ),
        pytest.param(
            "US-CA", {}, "us-ca.ccpa.7080.price-gap-within-data-value", "pass", id="gap within the worth"
        ),
        pytest.param(
            "US-CA",
            {"data_value": []},
            "us-ca.ccpa.7081.documented-method",
            None,
            id="nothing documented, nothing differs",
        ),
        pytest.param(
            "US-CA", {"loyalty": []}, "us-ca.ccpa.7081.documented-method", None, id="nothing depends on a yes"
        ),
        pytest.param(
            "US-CA",
            {},
            "us-ca.ab325.16729.no-common-pricing-algorithm",
            "pass",
            id="only the firm's own numbers",
        ),
        pytest.param("GB", {"tax": "0.20"}, "gb.dmcca.s230.total-price-first", "pass", id="tax is inside"),
        pytest.param("DE", {}, "eu.ucpd.art7-4c.total-price", "pass", id="the European Union too"),
        pytest.param(
            "DE", {}, "eu.crd.art6-1ea.say-price-is-personal", "pass", id="said before the contract"
        ),
        pytest.param("DE", {}, "eu.pid.art6a.prior-price-30-days", None, id="a service is not goods"),
        pytest.param("DE", {}, "eu.pid.art6a.prior-price-services", "undecided", id="disputed for services"),
        pytest.param(
            "DE",
            {"unit": "piece"},
            "eu.pid.art6a.prior-price-30-days",
            "undecided",
            id="a piece may be goods",
        ),
        pytest.param(
            "DE",
            {"goods": True},
            "eu.pid.art6a.prior-price-30-days",
            "undecided",
            id="nothing known of the days before",
        ),
        pytest.param(
            "DE",
            {"goods": True, "promotions": []},
            "eu.pid.art6a.prior-price-30-days",
            None,
            id="nothing announced",
        ),
        pytest.param("CN", {"currency": "CNY"}, "cn.samr56.rmb-and-chinese", "pass", id="yuan"),
        pytest.param("CN", {}, "cn.samr56.rmb-and-chinese", "fail", id="dollars in China"),
        pytest.param(
            "CN", {}, "cn.samr56.art16.compared-price-7-days", "undecided", id="nothing sold that we know of"
        ),
        pytest.param(
            "CN",
            {},
            "cn.price-law.art14-4.no-false-price",
            "undecided",
            id="nobody checked the words of the offer",
        ),
        pytest.param(
            "CN", {"promotions": []}, "cn.price-law.art14-4.no-false-price", "pass", id="nothing is claimed"
        ),
        pytest.param(
            "CN", {}, "cn.no-hidden-differential-price", "pass", id="the rule for regulars is published"
        ),
        pytest.param("CN", {}, "cn.price-law.art14-2.no-below-cost-dumping", "pass", id="above cost"),
        pytest.param(
            "US-NY", {}, "us-ny.gbl349-a.algorithm-sentence", "pass", id="the sentence stands there"
        ),
        pytest.param(
            "US-NY",
            {},
            "us-ny.s8623b.price-without-personal-data",
            "undecided",
            id="a bill that nobody has found again",
        ),
        pytest.param(
            "US-MD",
            {"sector": "grocery"},
            "us-md.13-321.grocery-price-without-personal-data",
            "undecided",
            id="how large is the shop?",
        ),
        pytest.param(
            "US-CT", {}, "us-ct.pa26-130.s11.increase-sentence", None, id="data never raises a price"
        ),
    ],
)
def test_what_a_rule_says_to_a_regulars_price(
    place: str, more: dict[str, Any], rule: str, outcome: str | None
) -> None:
    _, judged, _ = judge(shop(place, **more), facts=REGULAR)
    assert said(judged).get(rule) == outcome


PRIOR = "eu.pid.art6a.prior-price-30-days"


def raised(on: str, before: int = 8000, since: str = "2026-10-01") -> list[tuple[str, str, int]]:
    """Return prices before the offer: `before` until the day `on`, when it became 100.00."""
    eve = datetime.date.fromisoformat(on) - datetime.timedelta(days=1)
    return [(since, eve.isoformat(), before), (on, "2026-11-19", 10000)]


@pytest.mark.parametrize(
    ("place", "goods", "prices", "total", "rule"),
    [
        # 100.00 since 3 November, 80.00 before: 20 % off must count from 80.00.
        pytest.param("DE", True, raised("2026-11-03"), 6400, PRIOR, id="raised 17 days before"),
        pytest.param("DE", True, raised("2026-10-22"), 6400, PRIOR, id="the low ended 30 days before"),
        pytest.param("DE", True, raised("2026-10-21"), 8000, None, id="the low ended 31 days before"),
        pytest.param("DE", False, raised("2026-11-03"), 8000, None, id="a service in Germany"),
        pytest.param("CN", False, raised("2026-11-15", 9000, "2026-11-10"), 7200, "cn.", id="sold for less in the 7 days before"),
        pytest.param("CN", False, raised("2026-11-09", 9000), 7200, "cn.samr56.art17", id="raised, then cut"),
        pytest.param("CN", False, [("2026-10-01", "2026-11-19", 10000)], 8000, None, id="a true reduction in China"),
        pytest.param("US-CA", True, [("2026-10-01", "2026-11-19", 5000)], 8000, None, id="no such rule in California"),
    ],
)  # fmt: skip
def test_a_reduction_counts_from_the_price_before(
    place: str, goods: bool, prices: list[tuple[str, str, int]], total: int, rule: str | None
) -> None:
    made, judged, _ = judge(shop(place, goods=goods, loyalty=[], currency="EUR"), history=Told(*prices))
    assert made.total == total
    guard = next((step for step in made.steps if step.kind == "guard_prior" and step.applied), None)
    assert (guard.id or "").startswith(rule) if guard and rule else guard is None and rule is None
    told = said(judged)
    for each in (
        "eu.pid.art6a.prior-price-30-days",
        "cn.samr56.art16.compared-price-7-days",
        "cn.samr56.art17.no-raise-then-cut",
    ):
        assert told.get(each, "pass") == "pass"


def test_without_the_guard_the_same_reduction_breaks_the_rule() -> None:
    made_for = shop("DE", goods=True, loyalty=[])
    sold, on = made_for.services[0], TODAY
    history = Told(*raised("2026-11-03"))
    bench = laws.Bench().judge(laws.setting(made_for, sold), on)
    made = price(made_for, PriceRequest("treatment", "standard", 1, on))
    result = laws.judged(bench, laws.facts(made_for, sold, made, None, history), on)
    assert said(result)["eu.pid.art6a.prior-price-30-days"] == "fail" and result.failed


@pytest.mark.parametrize(
    ("place", "sector", "on", "facts", "rule"),
    [
        ("US-MD", "grocery", TODAY, REGULAR, "us-md.13-321.grocery-price-without-personal-data"),
        ("US-MD", "grocery", datetime.date(2026, 9, 30), REGULAR, None),
        ("US-MD", "clinic", TODAY, REGULAR, None),
        ("US-MD", "grocery", TODAY, NO_FACTS, None),
        ("US-NJ", "grocery", datetime.date(2027, 7, 31), REGULAR, None),
        (
            "US-NJ",
            "grocery",
            datetime.date(2027, 8, 1),
            REGULAR,
            "us-nj.pl2026-55.grocery-price-without-personal-data",
        ),
        ("US-CO", "grocery", TODAY, REGULAR, None),
        ("US-NY", "grocery", TODAY, REGULAR, None),
    ],
)
def test_a_ban_beats_a_yes(
    place: str, sector: str, on: datetime.date, facts: AllowedFacts, rule: str | None
) -> None:
    made, judged, ban = judge(shop(place, sector=sector, promotions=[]), facts=facts, on=on)
    assert (ban.rule if ban else None) == rule
    assert bool(made.facts_used) == (facts == REGULAR and rule is None)
    assert not judged.failed


@pytest.mark.parametrize(
    ("place", "facts", "shown"),
    [
        ("US-NY", REGULAR, (NY,)),
        ("US-NY", NO_FACTS, ()),
        ("US-CA", REGULAR, ()),
        ("US-CT", REGULAR, ()),
        ("CN", REGULAR, ()),
    ],
)
def test_the_sentence_stands_only_where_a_law_wants_it(
    place: str, facts: AllowedFacts, shown: tuple[str, ...]
) -> None:
    made_for = shop(place)
    sold = made_for.services[0]
    bench = laws.Bench().judge(laws.setting(made_for, sold), TODAY)
    made = price(made_for, PriceRequest("treatment", "standard", 1, TODAY), facts)
    assert laws.sentences(bench, laws.facts(made_for, sold, made), TODAY) == shown


def test_customers_elsewhere_bring_their_own_law() -> None:
    _, judged, _ = judge(shop("US-CA"), "DE", REGULAR)
    told = said(judged)
    assert {"us-ca.clra.1770a29.all-in-price", "eu.ucpd.art7-4c.total-price"} <= told.keys()


@pytest.mark.parametrize(
    ("place", "rules"), [("US-CA", 5), ("US-NY", 2), ("DE", 4), ("CN", 14), ("GB", 1), ("US-MD", 0)]
)
def test_each_word_of_a_rule_is_found_again_from_what_is_kept(place: str, rules: int) -> None:
    history = Told(*raised("2026-11-03"))
    _, judged, _ = judge(shop(place, goods=place == "DE"), facts=REGULAR, history=history)
    kept = msgspec.json.decode(msgspec.json.encode(judged), type=laws.Judged)
    again = [Library.open().replay(record).outcome for record in kept.records()]
    assert again == [each.outcome for each in judged.rules] and len(again) >= rules


def test_every_fact_that_is_told_is_one_that_rules_know() -> None:
    from aboveboard.law import vocabulary

    made_for = shop("CN", data_value=[data_value("10.00")])
    sold = made_for.services[0]
    made = price(made_for, PriceRequest("treatment", "standard", 2, TODAY), REGULAR)
    history = Told(("2026-10-01", "2026-11-19", 9000))
    told = {
        **laws.setting(made_for, sold, "US-NY", "web").fixed,
        **laws.facts(made_for, sold, made, None, history, "x"),
    }
    known = vocabulary.shipped()
    for name, value in told.items():
        assert vocabulary.READ[known[name].type](value) is not None, name


def test_an_owners_pack_that_changed_is_judged_as_it_is_now(tmp_path: Path) -> None:
    made_for, file = shop("GB"), tmp_path / "own.yaml"
    bench = laws.Bench(str(tmp_path))
    asked = laws.setting(made_for, made_for.services[0])
    for name in [f"gb.own.s{number}.promise" for number in range(12)]:  # more than the shelf remembers
        file.write_text(own.pack(id=name, area="pricing"), encoding="utf-8")
        assert [
            rule.of.rule.id for rule in bench.judge(asked, TODAY).rules if ".own." in rule.of.rule.id
        ] == [name]
    assert bench.judge(asked, TODAY) is bench.judge(asked, TODAY)
