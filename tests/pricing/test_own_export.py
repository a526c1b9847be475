"""Our own plans as a page for others: sound or told why not; no number that is not the price, nothing that we do not sell."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from aboveboard.book.check import check as check_book
from aboveboard.book.finding import Report
from aboveboard.book.load import load
from aboveboard.book.model import AddOn, Contained, Limit, Seats, Use
from aboveboard.editions import check_charges, check_plans, check_prices
from aboveboard.editions.check import failed
from aboveboard.pricing import PriceError
from aboveboard.pricing.charges import Asked, total
from aboveboard.pricing.own_export import exported
from aboveboard.pricing.plans import chosen
from aboveboard.pricing.pricing2yaml import analyse, export
from aboveboard.sample import BOOK as SAMPLE
from tests.pricing.charges.charged import METERS, D, bands, book, both, charge, meter, service, tier
from tests.pricing.test_plans import BOOK, CLUB, FEATURES
from tests.support.books import BOOK as STUDIO

LINES = load(STUDIO).lines
TODAY = datetime.date(2026, 11, 24)
#: What may lie between the plans room and the page: faults of the plans, each told by name.
OF_THE_PLANS = {
    "plan.identical", "plan.contained", "addon.identical", "addon.less_for_more", "feature.dead", "limit.dead",
}  # fmt: skip


def add_on(name, **more):
    more = {"list_price": D("4.00")} | more if "charges" not in more else more
    return AddOn(
        id=name, name=both(name), what=both("what"), uses=[Use(item="hour", quantity=D("0.01"))], **more
    )


def made(of, **more):
    found = exported(of, of.services[0], "2026-11-24")
    return found, analyse(export(found.page), "club.yml")


def accepted(of) -> bool:
    """Whether `aboveboard check` accepts a book, as far as its plans and prices go."""
    report = Report("b.yaml", LINES)
    if failed(check_book(of, LINES, TODAY, "b.yaml") + check_prices.check(of, LINES, TODAY, "b.yaml")):
        return False
    check_charges.check(of, report, TODAY)
    check_plans.check(of, report, TODAY)
    return not failed(report.findings)


def sold(of) -> int:
    """Count by asking the plans room for each tier with each set of add-ons, and with or without one more seat."""
    club, count = of.services[0], 0
    for level in club.tiers:
        ids = [each.id for each in club.add_ons]
        for some in itertools.chain.from_iterable(
            itertools.combinations(ids, n) for n in range(len(ids) + 1)
        ):
            for seats in (None, 1 + max(level.seats.included, level.seats.least) if level.seats else 2):
                try:
                    chosen(of, club.id, level.id, some, seats)
                except PriceError:
                    continue
                count += 1
    return count


def test_every_service_of_the_sample_is_a_sound_page_of_what_it_sells():
    of = load(SAMPLE.read_text("utf-8")).book
    assert of is not None
    for each in of.services:
        found = exported(of, each, "2026-11-24")
        judged = analyse(export(found.page), each.id)
        assert judged.valid, (each.id, judged.findings)
        assert judged.page == found.page
        alone = book_of(of, each)
        assert judged.configuration_space == sold(alone)


def book_of(of, each):
    return structs.replace(of, services=[each])


def test_our_own_plans_as_a_price_page_and_back():
    found = exported(BOOK, CLUB, "2026-11-23")
    again = analyse(export(found.page), "club.yaml")
    assert again.page == found.page and again.valid, again.findings
    # Without or with towels (and then without or with a robe), and cold, warm or neither; better also with or without seats.
    assert again.configuration_space == 2 * 3 + 3 * 3 * 2 + 3 * 3
    assert again.dearest is not None and again.dearest.plan == "best"
    extra = found.page.add_ons[-1]
    assert (extra.name, extra.price.amount, extra.quantity.most) == ("extra_seat_better", D("9.00"), 3)
    assert [(note.name, note.code) for note in found.notes] == [("towels", "times")]


@pytest.mark.parametrize(
    ("charges", "code", "said"),
    [
        ([charge("per_unit", price="3")], None, "3"),
        ([charge("per_unit", price="0.0025")], None, "0.0025"),
        ([charge("graduated", bands=bands("-:7"))], None, "7"),
        ([charge("per_unit", price="3"), charge("per_unit", "more", price="2")], None, "5"),
        ([charge("flat", price="20")], "once", "20"),
        ([charge("flat", price="20"), charge("per_unit", "more", price="2")], "mixed", "$20.00 for each order"),
        ([charge("graduated", bands=bands("5:4", "-:3"))], "graduated", "The first 5 months: $4.00"),
        ([charge("volume", bands=bands("5:4", "-:3"))], "volume", "Up to 5 months: $4.00"),
        ([charge("package", size="10", price="9")], "package", "10 months"),
        ([charge("package", size="1", price="9")], None, "9"),
        ([charge("per_unit", price="3", free="2")], "free", "No charge for the first 2 months"),
        ([charge("per_unit", counts="ball", price="3")], "usage", "$3.00 for each ball"),
        ([charge("graduated", counts="km", bands=bands("-:3"))], "usage", "$3.00 for each km"),
        ([charge("percentage", counts="turnover", percent="0.029")], "percentage", "2.9%"),
        ([charge("flat", price="9"), charge("percentage", "fee", percent="0.1")], "percentage", "10%"),
        ([charge("capacity", counts="ball", price="9", included="4", overage="2")], "capacity", "4 balls included"),
        ([charge("time", per="hour", price="9")], "time", "$9.00 for each hour. A begun one counts whole."),
        ([charge("pay_what_you_want", least="5")], "pay_what_you_want", "from $5.00"),
        ([charge("per_unit", price="0.0000000025")], "fine", "$0.0000000025"),
    ],
)  # fmt: skip
def test_a_number_only_where_the_price_is_one(charges, code, said):
    for in_add_on in (False, True):
        if in_add_on:
            club = service(tier(list_price=D("1")), add_ons=[add_on("basic", charges=charges)])
        else:
            club = service(tier(charges=charges))
        found, judged = made(book(club))
        assert judged.valid and judged.page == found.page
        price = (found.page.add_ons if in_add_on else found.page.plans)[0].price
        assert [note.code for note in found.notes] == ([] if code is None else [code])
        if code in (None, "once"):
            assert price.amount == D(said) and price.written is None
        else:
            assert price.amount is None
            assert price.written.startswith("$0.00") if code == "fine" else said in price.written, price
            (note,) = found.notes
            assert note.kind == ("add_on" if in_add_on else "plan") and note.name == "basic"
            assert price.written in note.text.say("en") and price.written in note.text.say("zh")


def test_a_least_amount_of_an_order_counts_only_if_one_costs_less():
    found, _ = made(book(service(tier(list_price=D("20"), minimum_spend=D("50")))))
    assert [note.code for note in found.notes] == ["minimum"] and "$50.00" in found.page.plans[
        0
    ].price.written
    found, _ = made(book(service(tier(list_price=D("50"), minimum_spend=D("50")))))
    assert not found.notes and found.page.plans[0].price.amount == 50


def test_who_must_take_more_seats_than_are_included_sees_their_price():
    seats = Seats(least=3, most=5, extra=charge("per_unit", "seat", price="9.00"))
    of = book(service(tier(list_price=D("30.00"), seats=seats)))
    found, judged = made(of)
    (plan,), (extra,) = found.page.plans, found.page.add_ons
    assert (plan.price.amount, plan.limits["seats"]) == (48, 3)
    assert (extra.price.amount, extra.quantity.most) == (9, 2)
    assert judged.valid and judged.configuration_space == sold(of) == 2


def test_names_that_would_fall_on_each_other_are_kept_apart():
    seats = Seats(extra=charge("per_unit", "seat", price="9.00"))
    twin = meter("ball_per_month")
    level = tier(
        list_price=D("30"),
        seats=seats,
        limits=[Limit(meter="ball", most=D(2), per="month"), Limit(meter="ball_per_month", most=D(5))],
    )
    club = service(
        level,
        add_ons=[add_on("extra_seat_basic", features=[Contained(feature="pool")])],
    )
    found, judged = made(book(club, meters=[*METERS, twin], features=FEATURES))
    assert judged.valid and judged.page == found.page
    assert [add.name for add in found.page.add_ons] == ["extra_seat_basic", "extra_seat_basic_2"]
    assert sorted(str(most) for most in found.page.plans[0].limits.values()) == ["1", "2", "5"]


def test_a_tier_with_limits_alone_has_the_service_as_its_feature():
    less = tier(id="less", list_price=D("1"), limits=[Limit(meter="ball", most=D(2))])
    more = tier(id="more", list_price=D("2"), limits=[Limit(meter="ball", most=D(5))])
    _, judged = made(book(service(less, more)))
    assert judged.valid and [feature.name for feature in judged.page.features] == ["club"]
    less = tier(id="less", list_price=D("3"), limits=[Limit(meter="ball", most=D(2))])
    _, judged = made(book(service(less, more)))
    assert [finding.code for finding in judged.findings] == ["plan.contained"]


def test_words_that_look_like_a_variable_or_fill_a_sentence():
    odd = meter("ball", 0)
    odd = structs.replace(odd, one=both("#1 {ball}"), many=both("#1 {balls}"))
    level = tier(charges=[charge("per_unit", counts="ball", price="3")])
    found, judged = made(book(service(level), meters=[odd]))
    assert judged.valid and judged.page == found.page
    assert "#" not in found.page.plans[0].price.written
    assert "{ball}" in found.notes[0].text.say("en")


# ----------------------------------------------------------------------------------------------- books that nobody wrote
_money = st.decimals(0, 900, places=2)
_count = st.integers(1, 9).map(Decimal)
_counts = st.sampled_from([None, "quantity", "ball", "km"])


@st.composite
def _charges(draw: st.DrawFn) -> list:
    found = []
    for number in range(draw(st.integers(1, 2))):
        name, price = f"charge{number}", draw(_money)
        match draw(
            st.sampled_from(["flat", "per_unit", "graduated", "volume", "package", "capacity", "percentage"])
        ):
            case "flat":
                found.append(charge("flat", name, price=price))
            case "per_unit":
                free = draw(st.none() | _count)
                found.append(charge("per_unit", name, price=price, counts=draw(_counts), free=free))
            case "graduated" | "volume" as kind:
                end = draw(_count)
                found.append(charge(kind, name, bands=bands(f"{end}:{price}", f"-:{draw(_money)}")))
            case "package":
                found.append(charge("package", name, size=draw(_count), price=price, counts=draw(_counts)))
            case "capacity":
                included = draw(_count)
                found.append(charge("capacity", name, price=price, included=included, overage=draw(_money)))
            case _:
                found.append(charge("percentage", name, percent="0.1", counts="turnover"))
    return found  # fmt: skip


def _priced(draw: st.DrawFn) -> dict:
    return {"list_price": draw(_money)} if draw(st.booleans()) else {"charges": draw(_charges())}


def _contents(draw: st.DrawFn) -> dict:
    features = []
    if draw(st.booleans()):
        features.append(Contained(feature="pool"))
    if draw(st.booleans()):
        features.append(Contained(feature="minutes", number=draw(st.integers(0, 60).map(Decimal))))
    if draw(st.booleans()):
        features.append(Contained(feature="help", text=both(draw(st.sampled_from(["By phone", "#1", "7"])))))
    limits = []
    for name in draw(st.sets(st.sampled_from(["ball", "km"]))):
        most = draw(st.none() | _count)
        limits.append(Limit(meter=name, most=most, per=draw(st.sampled_from([None, "day", "month"]))))
    return {"features": features, "limits": limits} if draw(st.booleans()) else {}


def _seats(draw: st.DrawFn) -> dict:
    if draw(st.booleans()):
        return {}
    included, least, room = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(0, 4))
    kind = draw(st.sampled_from(["per_unit", "graduated"]))
    extra = (
        charge("per_unit", "seat", price=draw(_money))
        if kind == "per_unit"
        else charge("graduated", "seat", bands=bands("2:9", "-:8"))
    )
    most = draw(st.sampled_from([None, max(included, least) + room]))
    return {"seats": Seats(included=included, least=least, most=most, extra=extra)}


@st.composite
def _services(draw: st.DrawFn):
    tiers = []
    for number in range(draw(st.integers(1, 3))):
        more = _priced(draw) | _contents(draw) | _seats(draw)
        if draw(st.integers(0, 4)) == 0:
            more["minimum_spend"] = draw(_money)
        tiers.append(tier(id=f"tier{number}", **more))
    add_ons = []
    for number in range(draw(st.integers(0, 3))):
        more = _priced(draw) | _contents(draw)
        more["available_for"] = draw(st.lists(st.sampled_from([t.id for t in tiers]), unique=True))
        before = [each.id for each in add_ons]
        if before:
            more["depends_on"] = draw(st.lists(st.sampled_from(before), unique=True, max_size=1))
            left = [name for name in before if name not in more["depends_on"]]
            more["excludes"] = draw(st.lists(st.sampled_from(left), max_size=1)) if left else []
        more["most"] = draw(st.integers(1, 3))
        add_ons.append(add_on(f"extra{number}", **more))
    unit = draw(st.sampled_from(["month", "visit"]))
    return service(*tiers, add_ons=add_ons, unit=unit, prorate="day" if unit == "month" else "none")


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(_services())
@example(service(tier(id="a", list_price=D(1)), tier(id="b", list_price=D(2))))
@example(
    service(
        tier(
            list_price=D(1),
            features=[Contained(feature="pool")],
            seats=Seats(least=2, extra=charge("graduated", "seat", bands=bands("2:9", "-:8"))),
        )
    )
)
@example(
    service(
        tier(
            charges=[charge("flat", price="1")],
            seats=Seats(least=2, extra=charge("per_unit", "seat", price="9")),
        )
    )
)
def test_any_book_that_check_accepts_is_exported_as_it_is(club):  # fmt: skip
    of = book(club, features=FEATURES)
    assume(accepted(of))
    found, judged = made(of)
    assert judged.page == found.page
    errors = {finding.code for finding in judged.findings if finding.severity == "error"}
    assert errors <= OF_THE_PLANS, judged.findings
    assert judged.configuration_space == sold(of)
    for level, plan in zip(club.tiers, found.page.plans, strict=True):
        if plan.price.amount is None:
            (note,) = (note for note in found.notes if (note.kind, note.name) == ("plan", plan.name))
            assert plan.price.written in note.text.say("en")
            continue
        once = any((note.name, note.code) == (plan.name, "once") for note in found.notes)
        rules = chosen(of, club.id, level.id).rules
        for many in (1, 2, 7, 40):
            for used in ({}, {"ball": D(3), "km": D(5), "turnover": D(80)}):
                asked = Asked(quantity=many, usage=used)
                exact = Fraction(plan.price.amount) * 100 * (1 if once else many)
                assert total(rules, asked).amount == exact, (plan, many, used)  # fmt: skip
