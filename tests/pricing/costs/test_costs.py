"""What things cost: wages, devices, drivers, fees by share, empty time, ways of buying; each case a sum on paper."""

import datetime
from fractions import Fraction

import msgspec
import pytest

from aboveboard.book.model import (
    Channel,
    CostChange,
    Driver,
    DriverChange,
    NoShows,
    Role,
    RoleChange,
    Segment,
    Sold,
    Use,
    UseStep,
)
from aboveboard.pricing import PriceError, PriceRequest, price
from aboveboard.pricing.costs import (
    as_on,
    between,
    cost_lines,
    dated,
    decimal,
    floor,
    floor_of,
    full_cost,
    idle,
    loaded,
    opened,
    planned,
    tornado,
    turns,
)
from tests.pricing.books import D, book, both, cost, service, tier

JULY, EVE = datetime.date(2027, 7, 1), datetime.date(2027, 6, 30)


def role(wage="40.00", burden="0.20", billed="0.80", **more):
    return Role(id="crew", name=both("Crew"), wage=D(wage), burden=D(burden), billed=D(billed), **more)


def driver(unit="hour", capacity="1200", **more):
    return Driver(id="rooms", name=both("Rooms"), unit=unit, capacity=D(capacity), **more)


def shop(*items, uses, price="100.00", margin="0.20", **more):
    """A book with one service of one tier."""
    made = service(tier("standard", price, *uses), margin=margin)
    return book(costs=list(items), services=[made], **more)


def only(made):
    return made.services[0].tiers[0]


def cents(made, **ways):
    return full_cost(made, only(made), **ways)


ONE = [("thing", "1")]


@pytest.mark.parametrize(
    ("wage", "burden", "billed", "hour"),
    [
        ("40.00", "0.20", "0.80", 6000),
        ("49.60", "0.25", "1", 6200),
        ("30.00", "0", "1", 3000),
        ("10.00", "0", "0.30", Fraction(10000, 3)),
    ],
)
def test_a_billed_hour_of_a_role(wage, burden, billed, hour):
    assert loaded(role(wage, burden, billed), "USD") == hour


@pytest.mark.parametrize(
    ("item", "uses", "amount", "how"),
    [
        pytest.param(
            cost(name="thing", role="crew"),
            [("thing", "0.75")],
            D(4500),
            "0.75 h × $60.00 (wage of $40.00 × (1 + 20%) ÷ 80% of paid hours)",
            id="three quarters of an hour of a role",
        ),
        pytest.param(
            cost(name="thing", unit="minute", role="crew"),
            [("thing", "5")],
            D(500),
            "5 min × ($60.00 an hour ÷ 60; wage of $40.00 × (1 + 20%) ÷ 80% of paid hours)",
            id="five minutes of a role",
        ),
        pytest.param(
            cost("equipment", "thing", price="16800", upkeep="2400", life="12000"),
            [("thing", "0.75")],
            D(120),
            "0.75 h × (($16,800.00 + $2,400.00 upkeep) ÷ 12,000 h)",
            id="a device by the hour of its life",
        ),
        pytest.param(
            cost("equipment", "thing", "piece", price="500", life="1000"),
            ONE,
            D(50),
            "1 piece × ($500.00 ÷ 1,000 pieces)",
            id="a device by its uses",
        ),
        pytest.param(
            cost("rent", "thing", per_month="4800", driver="rooms"),
            [("thing", "0.75")],
            D(300),
            "0.75 h × ($4,800.00 a month ÷ 1,200 h)",
            id="rent by the hours of a driver",
        ),
        pytest.param(
            cost("rent", "thing", "minute", per_month="4800", driver="rooms"),
            [("thing", "45")],
            D(300),
            "45 min × ($4,800.00 a month ÷ 72,000 min)",
            id="the same, counted in minutes",
        ),
        pytest.param(
            cost("fee", "thing", "visit", rate="0.30", share="0.029"),
            ONE,
            D(320),
            "1 visit × (2.9% of $100.00 + $0.30)",
            id="a card fee: a share and a flat part",
        ),
        pytest.param(
            cost("fee", "thing", "visit", share="0.029"),
            ONE,
            D(290),
            "1 visit × 2.9% of $100.00",
            id="a share alone",
        ),
    ],
)
def test_one_item(item, uses, amount, how):
    made = shop(item, uses=uses, roles=[role()], drivers=[driver()])
    [line] = cost_lines(made, only(made))
    assert (line.amount, line.how.en) == (amount, how)
    assert cents(made) == amount


def test_a_time_equation_adds_its_steps_by_how_often_they_happen():
    """Kaplan and Anderson's form: minutes = 3 + 1 + 2 × (asked the insurer)."""
    steps = [
        UseStep(what=both("greet"), quantity=D(3)),
        UseStep(what=both("bill"), quantity=D(1)),
        UseStep(what=both("insurer"), quantity=D(2), share=D("0.19")),
    ]
    made = shop(cost("administration", "thing", "minute", per_month="4200", capacity="8400"), uses=ONE)
    level = msgspec.structs.replace(only(made), uses=[Use(item="thing", steps=steps)])
    [line] = cost_lines(made, level)
    assert (line.quantity, line.amount) == (D("4.38"), D(219))
    assert line.how.en == "(3 min + 1 min + 19% × 2 min) × ($4,200.00 a month ÷ 8,400 min)"
    assert [part.en for part in line.parts] == [
        "greet: 3 min",
        "bill: 1 min",
        "insurer: 2 min, in 19% of all cases",
    ]


def test_those_who_do_not_come_are_paid_by_those_who_do():
    """Of 100 bookings 4 stay away: 96 visits carry what stood ready for 100, so each carries 4/96 more."""
    away = NoShows(id="away", name=both("Away"), share=D("0.04"), items=["thing"])
    items = [cost(name="thing", rate="48.00"), cost("material", "gel", "piece", rate="1.00")]
    made = shop(*items, uses=[("thing", "1"), ("gel", "1")], no_shows=[away])
    *_, empty = cost_lines(made, only(made))
    assert (empty.kind, empty.amount, empty.direct) == ("empty", D(200), False)
    assert cents(made) == D(5100)
    elsewhere = msgspec.structs.replace(away, services=["massage"])
    assert cents(msgspec.structs.replace(made, no_shows=[elsewhere])) == D(4900)


@pytest.mark.parametrize(
    ("fixed", "margin", "share", "lowest"),
    [
        (D(5559), D("0.20"), D("0.029"), 7211),  # 55.59 / 0.771 = 72.1011…
        (D(106250), D("0.30"), D(0), 151786),
        (D(38000), D("0.35"), D(0), 58462),
        (D(100), D("0.50"), D("0.25"), 400),
        (D(0), D("0.50"), D("0.25"), 0),
    ],
)
def test_a_share_of_the_price_is_taken_of_the_floor_too(fixed, margin, share, lowest):
    assert floor(fixed, margin, share) == lowest
    left = lowest - fixed - share * lowest
    assert left >= margin * lowest


def test_the_bank_takes_its_share_of_the_tax_as_well():
    """29.00 and 10 % tax make 31.90 to pay, of which 10 % are 3.19; the floor is 20 / (1 - 0.3 - 0.11)."""
    made = shop(
        cost("fee", "thing", "visit", rate="20.00", share="0.10"),
        uses=ONE,
        price="29.00",
        margin="0.30",
        tax="0.10",
    )
    assert cents(made) == D(2319)
    found = floor_of(made, made.services[0], only(made))
    assert (found.share, found.amount) == (D("0.11"), 3390)  # 20 / 0.59 = 33.898…, up


@pytest.mark.parametrize("share", ["0.8", "0.9", "1"])
def test_margin_and_fees_that_take_all_have_no_floor(share):
    made = shop(cost("fee", "thing", "visit", share=share), uses=ONE)
    with pytest.raises(PriceError):
        floor_of(made, made.services[0], only(made))


def test_costs_have_dates():
    change = RoleChange(from_=JULY, wage=D("41.00"))
    later = CostChange(from_=datetime.date(2027, 8, 1), rate=D("2.00"), waste=D("0.20"))
    items = [cost(name="thing", role="crew"), cost("material", "gel", "piece", rate="1.00", changes=[later])]
    made = shop(*items, uses=[("thing", "1"), ("gel", "1")], roles=[role(changes=[change])])
    assert turns(made) == [JULY, datetime.date(2027, 8, 1)]
    days = [None, EVE, JULY, datetime.date(2027, 7, 31), datetime.date(2027, 8, 1)]
    assert [cents(made, on=day) for day in days] == [D(6100), D(6100), D(6250), D(6250), D(6400)]
    assert turns(as_on(made, JULY)) == []
    first, second = dated(made, EVE)
    assert [(one.key, one.before, one.after) for one in first.numbers] == [
        ("roles.crew.wage", D("40.00"), D("41.00"))
    ]
    assert [one.key for one in second.numbers] == ["costs.gel.rate", "costs.gel.waste"]
    assert [(move.before, move.after, move.under) for move in first.floors] == [(7625, 7813, False)]
    assert dated(made, datetime.date(2027, 8, 1)) == []


def test_a_price_is_made_from_the_costs_of_its_day():
    change = CostChange(from_=JULY, rate=D("70.00"))
    made = shop(cost(name="thing", rate="60.00", changes=[change]), uses=ONE)
    seen = [price(made, PriceRequest("treatment", None, 1, day)) for day in (EVE, JULY)]
    assert [(one.steps[0].amount, one.floor) for one in seen] == [(6000, 7500), (7000, 8750)]
    assert [one.total for one in seen] == [10000, 10000]


def test_a_drivers_capacity_changes_too():
    change = DriverChange(from_=JULY, capacity=D("600"))
    item = cost("rent", "thing", per_month="4800", driver="rooms")
    made = shop(item, uses=ONE, drivers=[driver(changes=[change])])
    assert [cents(made, on=day) for day in (EVE, JULY)] == [D(400), D(800)]


def test_ways_of_buying_and_kinds_of_work():
    items = [
        cost(name="thing", rate="40.00"),
        cost("administration", "desk", "minute", rate="0.50"),
        cost("fee", "site", "visit", share="0.10"),
    ]
    site = Channel(id="site", name=both("Site"), uses=[Use(item="site", quantity=D(1))], without=["desk"])
    home = Segment(id="home", name=both("At home"), uses=[Use(item="thing", quantity=D("0.5"))])
    made = shop(*items, uses=[("thing", "1"), ("desk", "4")], channels=[site], segments=[home])
    assert cents(made) == D(4200)
    assert cents(made, channel="site") == D(5000)  # no desk, and a tenth of 100.00
    assert cents(made, segment="home") == D(6200)
    assert cents(made, channel="site", segment="home", price=20000) == D(8000)
    one = price(made, PriceRequest("treatment", None, 1, JULY, channel="site", segment="home"))
    assert one.steps[0].amount == 7000
    assert price(made, PriceRequest("treatment", None, 1, JULY, channel="unheard_of")).steps[0].amount == 4200
    for unknown in ({"channel": "x"}, {"segment": "x"}):
        with pytest.raises(PriceError):
            cents(made, **unknown)


@pytest.mark.parametrize(
    "broken",
    [
        cost(name="thing", role="nobody"),
        cost("rent", "thing", per_month="100", driver="nothing"),
        cost("rent", "thing", "piece", per_month="100", driver="rooms"),
        cost("equipment", "thing", price="100", life="0"),
        cost("equipment", "thing", price="100"),
        cost("equipment", "thing", price="NaN", life="1"),
        cost("fee", "thing", "visit", share="Infinity"),
        cost("material", "thing", "piece", rate="1", waste="1"),
    ],
    ids=str,
)
def test_unusable_costs_are_named(broken):
    made = shop(broken, uses=ONE, roles=[role(billed="0.8")], drivers=[driver()])
    with pytest.raises(PriceError, match="cost thing"):
        cents(made)


def test_a_role_of_which_nothing_is_billed_has_no_price():
    made = shop(cost(name="thing", role="crew"), uses=ONE, roles=[role(billed="0")])
    with pytest.raises(PriceError, match="role crew"):
        cents(made)


def test_a_normal_month_and_what_of_it_stays_empty():
    away = NoShows(id="away", name=both("Away"), share=D("0.20"), items=["room"])
    items = [
        cost("rent", "room", per_month="4800", capacity="1200"),
        cost("material", "gel", "piece", rate="0.90", waste="0.10"),
        cost("equipment", "table", price="1000", life="1000"),
    ]
    made = shop(
        *items,
        uses=[("room", "0.8"), ("gel", "1"), ("table", "1")],
        no_shows=[away],
        normal_month=[Sold(service="treatment", number=D(900))],
    )
    room, gel, table = planned(made)
    assert (room.quantity, room.amount, room.by_month) == (
        D(900),
        D(480000),
        True,
    )  # 900 × 0.8 h / 0.8 who come
    assert (gel.quantity, gel.amount) == (D(1000), D(90000))
    assert (table.amount, table.bought) == (D(90000), True)
    [empty] = idle(made)
    assert (empty.item, empty.unused, empty.cost) == ("room", D(300), D(120000))
    busy = msgspec.structs.replace(made, normal_month=[Sold(service="treatment", number=D(1500))])
    assert idle(busy)[0].cost == D(-120000)
    assert idle(msgspec.structs.replace(made, normal_month=[])) == []


def test_what_is_not_used_is_in_no_price():
    """The cost of unused capacity stays apart: selling less makes no visit dearer."""
    item = cost("rent", "thing", per_month="4800", capacity="1200")
    full, empty = (
        shop(item, uses=ONE, normal_month=[Sold(service="treatment", number=D(number))])
        for number in (1200, 100)
    )
    assert cents(full) == cents(empty) == D(400)


def test_the_tornado_names_what_moves_the_floor_most():
    items = [cost(name="thing", role="crew"), cost("material", "gel", "piece", rate="1.00")]
    made = shop(*items, uses=[("thing", "1"), ("gel", "1")], roles=[role()])
    found = tornado(made, made.services[0], only(made), 0.10)
    assert [one.width for one in found] == sorted((one.width for one in found), reverse=True)
    wage = next(one for one in found if one.key == "roles.crew.wage")
    assert (wage.low, wage.high) == (6875, 8375)  # (54 + 1) / 0.8 and (66 + 1) / 0.8
    assert found[0].key == "roles.crew.billed"  # a tenth less billed is more than a tenth dearer
    assert found[-1].key in ("costs.gel.rate", "services.treatment.standard.gel")
    for wrong in (0, 1, -0.1, 2):
        with pytest.raises(ValueError, match="a share above 0"):
            tornado(made, made.services[0], only(made), wrong)


def test_a_share_that_is_turned_past_all_of_the_price_has_no_bar():
    made = shop(cost("fee", "thing", "visit", rate="1.00", share="0.75"), uses=ONE)
    keys = {one.key for one in tornado(made, made.services[0], only(made), 0.5)}
    assert "costs.thing.rate" in keys and "costs.thing.share" not in keys


@pytest.mark.parametrize(
    ("how_far", "seen"),
    [
        ("items", ["crew", "table", "gel"]),
        ("groups", ["people", "places", "materials"]),
        ("total", []),
        ("none", []),
    ],
)
def test_customers_see_as_far_as_the_book_is_open(how_far, seen):
    items = [
        cost(name="crew", rate="40.00"),
        cost("equipment", "table", rate="1.00"),
        cost("material", "gel", "piece", rate="1.00"),
    ]
    made = shop(*items, uses=[("crew", "1"), ("table", "1"), ("gel", "1")], open_book=how_far)
    lines = cost_lines(made, only(made))
    shown = opened(lines, how_far)
    assert [line.item for line in shown] == seen
    assert not shown or sum(line.amount for line in shown) == sum(line.amount for line in lines)
    step = price(made, PriceRequest("treatment", None, 1, JULY)).steps[0]
    assert [line.item for line in step.detail] == seen


def test_between_two_books_the_prices_under_their_floor_are_named():
    before = shop(cost(name="thing", rate="60.00"), uses=ONE)
    after = shop(cost(name="thing", rate="90.00"), uses=ONE)
    moved = between(before, after, JULY)
    assert [one.key for one in moved.numbers] == ["costs.thing.rate"]
    [move] = moved.floors
    assert (move.before, move.after, move.list_price, move.under) == (7500, 11250, 10000, True)
    assert between(before, before, JULY).floors == ()


def test_science_floor_arithmetic():
    """2 × 4 h × 75 + 250 = 850; +25 % overhead = 1,062.50; / (1 - 0.30) = 1,517.86. 380 at 35 % margin = 584.62."""
    items = [
        cost(name="crew", role="crew"),
        cost("material", "parts", "piece", rate="250"),
        cost("rent", "hall", "visit", per_month="2125", driver="rooms"),
    ]
    made = shop(
        *items,
        uses=[("crew", "8"), ("parts", "1"), ("hall", "1")],
        margin="0.30",
        roles=[role("60.00", "0", "0.80")],
        drivers=[driver("visit", "10")],
    )
    assert sum(line.amount for line in cost_lines(made, only(made)) if line.direct) == D(85000)
    assert cents(made) == D(106250)
    assert floor_of(made, made.services[0], only(made)).amount == 151786
    assert floor(D(38000), D("0.35")) == 58462
    assert decimal(Fraction(1, 4)) == D("0.25")
