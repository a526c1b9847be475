"""Full cost and floor: what a shopkeeper would work out on paper."""

import pytest

from aboveboard.pricing import PriceError, cost_lines, floor, full_cost
from tests.pricing.books import D, book, cost, service, tier

THERAPIST = cost("time", "therapist", "hour", rate="52.00")
ROOM = cost("rent", "room", "hour", per_month="2400", capacity="320")
GEL = cost("material", "gel", "piece", rate="1.20", waste="0.20")
SOFTWARE = cost("software", "booking", "visit", per_month="100", capacity="300")


def one(*uses, costs=(THERAPIST, ROOM, GEL, SOFTWARE), **more):
    return book(costs=list(costs), services=[service(tier("standard", "100.00", *uses))], **more)


@pytest.mark.parametrize(
    ("uses", "cents", "how"),
    [
        pytest.param(
            [("therapist", "0.75")], D(3900), ["0.75 h × $52.00"], id="three quarters of an hour at 52.00"
        ),
        pytest.param(
            [("room", "2")], D(1500), ["2 h × ($2,400.00 a month ÷ 320 h)"], id="two hours of a room"
        ),
        pytest.param(
            [("gel", "2")], D(300), ["2 pieces ÷ (1 − 20% lost) × $1.20"], id="a fifth of the gel is lost"
        ),
        pytest.param(
            [("gel", "1")], D(150), ["1 piece ÷ (1 − 20% lost) × $1.20"], id="one piece is not 'pieces'"
        ),
        pytest.param(
            [("booking", "3")],
            D(100),
            ["3 visits × ($100.00 a month ÷ 300 visits)"],
            id="three thirds are whole",
        ),
        pytest.param(
            [("therapist", "1"), ("booking", "1")],
            D("5233." + "3" * 24),
            ["1 h × $52.00", "1 visit × ($100.00 a month ÷ 300 visits)"],
            id="a third of a month never ends",
        ),
    ],
)
def test_full_cost(uses, cents, how):
    sample = one(*uses)
    (only,) = sample.services[0].tiers
    assert full_cost(sample, only) == cents
    lines = cost_lines(sample, only)
    assert [line.how.en for line in lines] == how
    assert sum(line.amount for line in lines) == pytest.approx(cents)


def test_a_line_tells_the_item_in_both_languages():
    sample = one(("therapist", "0.5"), ("room", "0.5"))
    therapist, room = cost_lines(sample, sample.services[0].tiers[0])
    assert (therapist.item, therapist.kind, therapist.direct, therapist.unit) == (
        "therapist",
        "time",
        True,
        "hour",
    )
    assert (room.direct, room.amount) == (False, D(375))
    assert room.how.zh == "0.5 小时 ×（每月 2,400.00 美元 ÷ 320 小时）"


@pytest.mark.parametrize(
    ("cost_of_one", "margin", "lowest"),
    [
        (D(106250), D("0.30"), 151786),  # 1,062.50 / 0.7 = 1,517.857…, up
        (D(38000), D("0.35"), 58462),  # 380.00 / 0.65 = 584.615…, up
        (D(100000), D("0.30"), 142858),  # dividing, not multiplying: not 1,300.00
        (D(7000), D("0.30"), 10000),  # nothing to round
        (D("5820.3333333333"), D(0), 5821),  # a third of a cent more is a cent
        (D("0.0001"), D("0.5"), 1),
        (D(0), D("0.9"), 0),
        (D(100), D("-0.25"), 80),  # an owner who gives a service away on purpose
    ],
)
def test_floor(cost_of_one, margin, lowest):
    assert floor(cost_of_one, margin) == lowest


def test_science_example_of_the_floor():
    """2 × 4 h × 75 + 250 = 850; +25 % overhead = 1,062.50; / (1 - 0.30) = 1,517.86."""
    sample = one(
        ("crew", "8"),
        ("parts", "1"),
        ("overhead", "1"),
        costs=[
            cost("time", "crew", "hour", rate="75"),
            cost("material", "parts", "piece", rate="250"),
            cost("administration", "overhead", "visit", per_month="2125", capacity="10"),
        ],
    )
    total = full_cost(sample, sample.services[0].tiers[0])
    assert total == D(106250)
    assert floor(total, D("0.30")) == 151786


@pytest.mark.parametrize(
    "broken",
    [
        cost("time", "therapist", "hour"),
        cost("time", "therapist", "hour", rate="NaN"),
        cost("time", "therapist", "hour", rate="Infinity"),
        cost("time", "therapist", "hour", rate="1E+999999"),
        cost("rent", "therapist", "hour", per_month="100"),
        cost("rent", "therapist", "hour", per_month="100", capacity="0"),
        cost("rent", "therapist", "hour", per_month="100", capacity="-1"),
        cost("material", "therapist", "hour", rate="1", waste="1"),
        cost("time", "somebody_else", "hour", rate="1"),
    ],
    ids=str,
)
def test_unusable_costs_are_named(broken):
    sample = one(("therapist", "1"), costs=[broken])
    with pytest.raises(PriceError, match="cost therapist") as caught:
        full_cost(sample, sample.services[0].tiers[0])
    assert caught.value.code == "book_broken"


@pytest.mark.parametrize("margin", ["1", "1.5", "NaN", "Infinity"])
def test_a_margin_that_leaves_nothing_has_no_floor(margin):
    with pytest.raises(PriceError):
        floor(D(100), D(margin))
