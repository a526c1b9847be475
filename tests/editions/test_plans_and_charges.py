"""What `aboveboard check` says about charges and plans: a table of slips, each with its code and the place it is told at."""

from __future__ import annotations

import datetime

import pytest
from msgspec import structs

from aboveboard.book.check import charges, plans, references
from aboveboard.book.finding import Report
from aboveboard.book.model import AddOn, Band, Contained, Existing, Feature, Held, Limit, Seats, Use
from aboveboard.editions import check_charges, check_plans
from tests.pricing.charges.charged import METERS, D, bands, book, both, charge, meter, service, tier

TODAY = datetime.date(2026, 11, 23)
FEATURES = [
    Feature(id="pool", name=both("Pool"), kind="boolean"),
    Feature(id="size", name=both("Size"), kind="number"),
    Feature(id="help", name=both("Help"), kind="text"),
]
POOL, SIZE = Contained(feature="pool"), Contained(feature="size", number=D(3))


def priced(*made, **more):
    """A book whose one tier has these charges."""
    return book(service(tier(charges=list(made)), **more))


def club(*tiers, add_ons=(), **more):
    return book(service(*tiers, add_ons=list(add_ons), **more), features=FEATURES)


def add_on(name, price="4.00", **more):
    return AddOn(id=name, name=both(name), what=both("what"), list_price=D(price), **more)


def holds(held, of="club", quantity=10):
    return Held(service=of, tier=held, quantity=quantity)


def found(written, *, computed=False):
    report = Report("b.yaml")
    charges.check(written, report)
    plans.check(written, report)
    if computed:
        check_charges.check(written, report, TODAY)
        check_plans.check(written, report, TODAY)
    return [(finding.code, finding.path.removeprefix("services[0].")) for finding in report.findings]


AT = "tiers[0].charges[0]"
HELD = "tiers[0].features[0]"
FIRST = "tiers[0]"
GOOD = bands("100:1.00", "-:0.90")

SLIPS = [
    # what goes with which kind
    (priced(charge("flat")), "charge.needs", AT),
    (priced(charge("flat", price="1", counts="ball")), "charge.not_for", f"{AT}.counts"),
    (priced(charge("flat", price="1", begun="exact")), "charge.not_for", f"{AT}.begun"),
    (priced(charge("per_unit", price="1", bands=GOOD)), "charge.not_for", f"{AT}.bands"),
    (priced(charge("capacity", price="1", included="3", overage="1", free="1")), "charge.not_for", f"{AT}.free"),
    (priced(charge("time", price="1")), "charge.needs", AT),
    (priced(charge("time", price="1", per="hour", counts="ball")), "charge.not_for", f"{AT}.counts"),
    (priced(charge("package", size="10")), "charge.package", AT),
    (priced(charge("package", size="10", price="1", bands=GOOD)), "charge.package", AT),
    (priced(charge("pay_what_you_want", suggested="1.00")), "charge.needs", AT),
    # bands
    (priced(charge("volume", bands=bands("100:1", "100:2", "-:1"))), "charge.band_order", f"{AT}.bands[1].up_to"),
    (priced(charge("volume", bands=bands("100:1", "50:2", "-:1"))), "charge.band_order", f"{AT}.bands[1].up_to"),
    (priced(charge("volume", bands=bands("0:1", "-:1"))), "charge.number", f"{AT}.bands[0].up_to"),
    (priced(charge("graduated", bands=bands("100:1"))), "charge.band_open", f"{AT}.bands[0].up_to"),
    (priced(charge("graduated", bands=bands("-:1", "100:1"))), "charge.band_after_all", f"{AT}.bands[1]"),
    (priced(charge("graduated", bands=[Band(up_to=D(9)), Band(price=D(1))])), "charge.band_price", f"{AT}.bands[0]"),
    (
        priced(charge("graduated", bands=[*bands("9:1"), Band(over=D(10), price=D(1))])),
        "charge.band_gap", f"{AT}.bands[1].over",
    ),
    (
        priced(charge("graduated", bands=[*bands("9:1"), Band(over=D(8), price=D(1))])),
        "charge.band_overlap", f"{AT}.bands[1].over",
    ),
    (priced(charge("graduated", bands=bands("9.5:1", "-:1"), counts="ball")), "charge.too_fine", f"{AT}.bands[0].up_to"),
    (priced(charge("graduated", bands=bands("9:-1", "-:1"))), "money.negative", f"{AT}.bands[0].price"),
    (priced(charge("graduated", bands=bands("9:+1.001", "-:1"))), "money.too_fine", f"{AT}.bands[0].flat"),
    # numbers
    (priced(charge("flat", price="1.001")), "money.too_fine", f"{AT}.price"),
    (priced(charge("per_unit", price="-1")), "money.negative", f"{AT}.price"),
    (priced(charge("per_unit", price="1000000000001")), "money.too_large", f"{AT}.price"),
    (priced(charge("per_unit", price="1", free="-1")), "charge.number", f"{AT}.free"),
    (priced(charge("per_unit", price="1", free="0.25", counts="km")), "charge.too_fine", f"{AT}.free"),
    (priced(charge("package", price="1", size="0")), "charge.number", f"{AT}.size"),
    (priced(charge("percentage", percent="0", counts="turnover")), "charge.percent", f"{AT}.percent"),
    (priced(charge("percentage", percent="2.9", counts="turnover")), "charge.percent", f"{AT}.percent"),
    (
        priced(charge("percentage", percent="0.1", counts="turnover", least="3", most="2")),
        "charge.least_over_most", f"{AT}.least",
    ),
    (priced(charge("pay_what_you_want", least="3", suggested="2")), "charge.suggested", f"{AT}.suggested"),
    # what is counted
    (priced(charge("percentage", percent="0.1")), "charge.nothing_above", AT),
    (priced(charge("percentage", percent="0.1", counts="ball")), "charge.money", f"{AT}.counts"),
    (priced(charge("percentage", percent="0.1", counts="quantity")), "charge.money", f"{AT}.counts"),
    (priced(charge("per_unit", price="1", counts="time")), "charge.counts", f"{AT}.counts"),
    (structs.replace(priced(charge("flat", price="1")), meters=[meter("seats")]), "charge.reserved", "meters[0].id"),
    # the whole price
    (book(service(tier())), "charge.one_price", FIRST),
    (book(service(tier(list_price=D(1), charges=[charge("flat", price="1")]))), "charge.one_price", FIRST),
    (club(tier(list_price=D(1)), add_ons=[add_on("a", charges=[charge("flat", price="1")])]), "charge.one_price", "add_ons[0]"),
    (book(service(tier(list_price=D(1), minimum_spend=D("0.001")))), "money.too_fine", f"{FIRST}.minimum_spend"),
    (priced(charge("flat", price="1"), unit="visit", prorate="day"), "charge.prorate", "prorate"),
    (
        priced(charge("pay_what_you_want", "a", least="1"), charge("pay_what_you_want", "b", least="1")),
        "charge.pays_twice", "tiers[0].charges[1]",
    ),
    # plans
    (structs.replace(club(tier(list_price=D(1))), features=[Feature(id="x", name=both("x"), kind="text", unit=both("u"))]),
     "plan.unit", "features[0].unit"),
    (club(tier(list_price=D(1), features=[Contained(feature="size")])), "plan.feature_value", HELD),
    (club(tier(list_price=D(1), features=[Contained(feature="pool", number=D(1))])), "plan.feature_value", HELD),
    (club(tier(list_price=D(1), features=[Contained(feature="help", number=D(1))])), "plan.feature_value", HELD),
    (club(tier(list_price=D(1), features=[POOL, POOL])), "reference.repeated", f"{FIRST}.features[1].feature"),
    (club(tier(list_price=D(1), features=[Contained(feature="size", number=D(-1))])), "plan.limit", f"{HELD}.number"),
    (club(tier(list_price=D(1), limits=[Limit(meter="ball", most=D(-1))])), "plan.limit", f"{FIRST}.limits[0].most"),
    (club(tier(list_price=D(1), seats=Seats(included=3, most=2))), "plan.seats", f"{FIRST}.seats.most"),
    (club(tier(list_price=D(1), seats=Seats(least=2))), "plan.seats_price", f"{FIRST}.seats.least"),
    (club(tier(list_price=D(1), seats=Seats(extra=charge("flat", price="1")))), "plan.seats_kind", f"{FIRST}.seats.extra.kind"),
    (
        club(tier(list_price=D(1), seats=Seats(extra=charge("per_unit", price="1", counts="ball")))),
        "plan.seats_counts", f"{FIRST}.seats.extra.counts",
    ),
    (club(tier(list_price=D(1)), existing=Existing(way="choose")), "plan.choose_date", "existing"),
    (club(tier(list_price=D(1), holds=holds("basic"))), "plan.holds_itself", f"{FIRST}.holds"),
    (
        club(
            tier(list_price=D(9), holds=holds("ten")), tier(id="ten", list_price=D(5), holds=holds("one")),
            tier(id="one", list_price=D(1)),
        ),
        "plan.holds_course", f"{FIRST}.holds",
    ),
    (
        club(tier(list_price=D("10.01"), holds=holds("one")), tier(id="one", list_price=D(1))),
        "plan.holds_dearer", f"{FIRST}.holds",
    ),
    (club(tier(list_price=D(1)), existing=Existing(way="keep", on=TODAY)), "plan.keep_date", "existing.on"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "code", "place"), SLIPS, ids=[f"{n}-{code}" for n, (_, code, _) in enumerate(SLIPS)]
)
def test_a_slip_is_told_at_its_place(written, code, place):
    assert (code, place) in found(written)


def two(*features_of_each, prices=("20.00", "30.00"), **more):
    names = ("good", "better", "best")
    return club(
        *(
            tier(id=name, list_price=D(price), features=list(features))
            for name, price, features in zip(names, prices, features_of_each, strict=False)
        ),
        **more,
    )


COMPUTED = [
    (priced(charge("volume", bands=bands("100:5.00", "-:4.00"))), "charge.falls", AT),
    (priced(charge("package", size="10", bands=bands("2:8.00", "-:5.00"))), "charge.falls", AT),
    (priced(charge("volume", bands=bands("100.5:5.00", "-:4.99"), counts="km")), "charge.falls", AT),
    (
        structs.replace(
            priced(charge("graduated", bands=bands("9:1.00", "-:0.30"), counts="ball")),
            meters=[structs.replace(METERS[0], uses=[Use(item="hour", quantity=D("0.01"))]), *METERS[1:]],
        ),
        "charge.under_cost", AT,
    ),
    (priced(charge("graduated", bands=bands("9:50.00", "-:0.01"))), "charge.under_floor", "tiers[0].charges"),
    (two([POOL], [POOL]), "plan.identical", "tiers[1]"),
    (two([POOL, SIZE], [POOL]), "plan.contained", "tiers[1]"),
    (two([POOL], [Contained(feature="size", number=D(0)), POOL]), "plan.dead_feature", ""),
    (
        club(tier(list_price=D(1), features=[POOL], limits=[Limit(meter="ball", most=D(0), per="month")])),
        "plan.dead_limit", "",
    ),
    (club(tier(list_price=D(1)), add_ons=[add_on("a", depends_on=["b"]), add_on("b", depends_on=["a"])]),
     "plan.add_on_circle", "add_ons[0]"),
    (
        club(
            tier(id="good", list_price=D(1)), tier(id="better", list_price=D(2)),
            add_ons=[add_on("a", available_for=["good"], depends_on=["b"]), add_on("b", available_for=["better"])],
        ),
        "plan.add_on_unavailable", "add_ons[0]",
    ),
    (
        club(tier(list_price=D(1)), add_ons=[add_on("a", depends_on=["b"], excludes=["b"]), add_on("b")]),
        "plan.add_on_contradiction", "add_ons[0]",
    ),
    (two([POOL], [POOL, SIZE], add_ons=[add_on("a")]), "plan.add_on_nothing", "add_ons[0]"),
    (
        two([POOL], [POOL], add_ons=[add_on("a", features=[SIZE]), add_on("b", features=[SIZE])]),
        "plan.add_on_identical", "add_ons[1]",
    ),
    (
        two([POOL], [POOL], add_ons=[add_on("a", "9.00", features=[SIZE]), add_on("b", features=[SIZE])]),
        "plan.add_on_same", "add_ons[0]",
    ),
    (
        two(
            [POOL], [POOL],
            add_ons=[add_on("a", "9.00", features=[SIZE]), add_on("b", features=[Contained(feature="size", number=D(4))])],
        ),
        "plan.add_on_less", "add_ons[0]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("written", "code", "place"), COMPUTED, ids=[code for _, code, _ in COMPUTED])
def test_what_has_to_be_worked_out_is_told_too(written, code, place):
    assert (code, place or "services[0]") in found(written, computed=True)


@pytest.mark.parametrize(
    "written",
    [
        # each part keeps its price, so it never falls
        priced(charge("graduated", bands=bands("100:50.00", "-:40.00"))),
        priced(charge("volume", bands=bands("100:50.00", "-:49.60"))),  # 100 cost 5000.00, 101 cost 5009.60
        priced(charge("per_unit", price="9.00"), charge("percentage", "fee", percent="0.1")),
        two([POOL], [POOL, SIZE]),
        two([POOL, SIZE], [POOL], prices=("30.00", "20.00")),
        two([], []),  # tiers that name nothing are told apart by their words
        # a course that costs what its parts cost singly
        club(tier(list_price=D("50.00"), holds=holds("one")), tier(id="one", list_price=D("5.00"))),
    ],
)
def test_what_is_sound_is_let_be(written):
    assert found(written, computed=True) == []


def test_a_falling_total_names_both_quantities():
    report = Report("b.yaml")
    check_charges.check(
        priced(charge("volume", "Balls", bands=bands("100:5.00", "-:4.00"), counts="ball")), report, TODAY
    )
    (finding,) = report.findings
    assert finding.message == "Balls: 100 balls cost $500.00, and 101 balls cost only $404.00."
    assert finding.severity == "warning" and "graduated" in finding.mend


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (priced(charge("per_unit", price="1", counts="bal")), "reference.mistyped"),
        (priced(charge("per_unit", price="1", counts="whale")), "reference.unknown"),
        (club(tier(list_price=D(1), features=[Contained(feature="pol")])), "reference.mistyped"),
        (club(tier(list_price=D(1), limits=[Limit(meter="whale")])), "reference.unknown"),
        (club(tier(list_price=D(1)), add_ons=[add_on("a", depends_on=["whale"])]), "reference.unknown"),
        (club(tier(list_price=D(1)), add_ons=[add_on("a", excludes=["whale"])]), "reference.unknown"),
        (club(tier(list_price=D(1)), add_ons=[add_on("a", available_for=["whale"])]), "reference.unknown"),
        (club(tier(list_price=D(1)), add_ons=[add_on("a", available_for=["basic", "basic"])]), "reference.repeated"),
        (club(tier(list_price=D(1)), add_ons=[add_on("a", uses=[Use(item="whale", quantity=D(1))])]), "reference.unknown"),
        (club(tier(list_price=D(1)), add_ons=[add_on("a"), add_on("a")]), "reference.duplicate_id"),
        (priced(charge("flat", price="1"), charge("flat", price="2")), "reference.duplicate_id"),
        (club(tier(list_price=D(1), holds=holds("basic", of="whale"))), "reference.unknown"),
        (club(tier(list_price=D(1), holds=holds("basi"))), "reference.mistyped"),
        (club(tier(list_price=D(1))), "reference.unused"),
    ],
)  # fmt: skip
def test_names_that_are_not_there(written, code):
    report = Report("b.yaml")
    references.check(written, report)
    assert code in [finding.code for finding in report.findings if not finding.path.startswith("imports")]
