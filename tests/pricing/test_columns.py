"""One definition, two executions: a column of prices has the same cents, the same reasons and the same words as single prices."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.model import Condition, Fee, Group, Guards, When
from aboveboard.pricing import NO_BACKGROUND, AllowedFacts, Background, PriceError, PriceRequest, Prior, price
from aboveboard.pricing.columns import Columns, price_many
from aboveboard.pricing.compiled import compiled
from tests.pricing.books import D, book, both, cost, data_value, loyalty, promotion, season, service, tier
from tests.pricing.test_order import studio

START = datetime.date(2026, 1, 1)
OFFERS = ["spring", "code", "tenth", "down", "friends"]


def shares(low: str, high: str) -> st.SearchStrategy:
    return st.decimals(D(low), D(high), places=3)


@st.composite
def whens(draw) -> When:
    found = {}
    if draw(st.booleans()):
        found["weekdays"] = draw(
            st.lists(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1, unique=True)
        )
    if draw(st.booleans()):
        found["after"], found["before"] = draw(st.sampled_from([("08:00", "10:00"), ("22:00", "02:00")]))
    if draw(st.booleans()):
        found["lead_least"] = draw(st.integers(0, 30))
    if draw(st.booleans()):
        found["least"] = draw(st.integers(1, 4))
    if draw(st.booleans()):
        found["places"] = draw(st.lists(st.sampled_from(["US-CA", "DE"]), min_size=1, unique=True))
    if draw(st.booleans()):
        found["groups"] = draw(st.lists(st.sampled_from(["students", "seniors"]), min_size=1, unique=True))
    return When(**found) if found else When(most=3)


@st.composite
def offers(draw, name: str):
    form = draw(
        st.sampled_from(
            [
                {"percent": draw(shares("0.01", "0.99"))},
                {"amount": draw(st.decimals(D("0.01"), D("150"), places=2))},
                {"amount": draw(st.decimals(D("0.01"), D("150"), places=2)), "per": "order"},
                {"price": draw(st.decimals(D("1"), D("120"), places=2))},
                {"free_every": draw(st.integers(2, 5))},
            ]
        )
    )
    if draw(st.booleans()):
        form["coupon"], form["code"] = "code", "SPRING"
    if draw(st.booleans()):
        form["spend_least"] = draw(st.decimals(D("1"), D("400"), places=2))
    if draw(st.booleans()):
        form["uses"] = 10
    if draw(st.booleans()):
        form["when"] = draw(whens())
    excluded = draw(st.lists(st.sampled_from(OFFERS), max_size=2, unique=True))
    form["excludes"] = [each for each in excluded if each != name]
    starts = START + datetime.timedelta(draw(st.integers(0, 100)))
    ends = starts + datetime.timedelta(draw(st.integers(0, 200)))
    return promotion(name, starts.isoformat(), ends.isoformat(), **form)


@st.composite
def books(draw):
    names = draw(st.lists(st.sampled_from(OFFERS), max_size=4, unique=True))
    conditions = [
        Condition(
            id=f"c{n}",
            name=both(f"c{n}"),
            when=draw(whens()),
            change=draw(shares("-0.3", "0.3")),
            why=both("why"),
        )
        for n in range(draw(st.integers(0, 2)))
    ]
    groups = [
        Group(id=each, name=both(each), criterion=both("A card"), proof=both("Show it"))
        for each in ("students", "seniors")
    ]
    return book(
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])) if not names else "USD",
        services=[
            service(tier("standard", str(draw(st.integers(60, 400))), ("therapist", "1")), margin="0.1")
        ],
        costs=[cost(rate="40")],
        groups=groups,
        conditions=conditions,
        seasons=[season("warm", "06-01", "09-30", str(draw(shares("-0.2", "0.2"))))],
        promotions=[draw(offers(name)) for name in names],
        loyalty=[
            loyalty("visits", (5, "-0.03"), (10, "-0.05")),
            loyalty("months", (6, str(draw(shares("-0.3", "0.1"))))),
        ],
        data_value=[data_value("7")] if draw(st.booleans()) else [],
        fees=[Fee(id="card", name=both("card"), percent=D("0.015"), why=both("why"))]
        if draw(st.booleans())
        else [],
        guards=draw(st.sampled_from([Guards(), Guards(cap=D("0.1")), Guards(rise=D("0.05"))])),
        tax=str(draw(st.sampled_from(["0", "0.0925"]))),
    )


requests = st.builds(
    PriceRequest,
    service=st.just("treatment"),
    tier=st.just("standard"),
    quantity=st.integers(1, 12),
    on=st.dates(START, START + datetime.timedelta(400)),
    minute=st.one_of(st.none(), st.integers(0, 1439)),
    booked=st.one_of(st.none(), st.just(START)),
    place=st.sampled_from([None, "US-CA", "DE", "FR"]),
    offers=st.lists(st.sampled_from(OFFERS), unique=True).map(tuple),
    groups=st.lists(st.sampled_from(["students", "seniors", "nobody"]), unique=True).map(tuple),
)
facts = st.builds(
    AllowedFacts,
    visits=st.one_of(st.none(), st.integers(0, 20)),
    months=st.one_of(st.none(), st.integers(0, 20)),
)
backgrounds = st.builds(
    Background,
    used_up=st.frozensets(st.sampled_from(OFFERS)),
    lowest=st.one_of(st.none(), st.integers(3000, 40000)),
    prior=st.one_of(
        st.none(), st.builds(Prior, st.integers(2000, 40000), st.just(30), st.just("eu"), st.just("Art. 6a"))
    ),
)


@settings(max_examples=250, deadline=None)
@given(books(), st.lists(st.tuples(requests, facts), min_size=1, max_size=6), backgrounds)
def test_the_same_cents_for_the_same_reasons_in_the_same_words(clinic, rows, background):
    asked, given_facts = [each for each, _ in rows], [each for _, each in rows]
    offer = compiled(clinic).offer("treatment", "standard", START)
    many = price_many(
        clinic, "treatment", "standard", Columns.of(offer, asked, given_facts, background), background
    )
    for row, (request, allowed) in enumerate(rows):
        single = price(clinic, request, allowed, background)
        assert int(many.total[row]) == single.total
        assert many.price(row).steps == single.steps
        assert many.price(row).facts_used == single.facts_used
        without = price(clinic, request, AllowedFacts(), background)
        assert int(many.without[row]) == without.total
        codes = {
            (step.kind, step.id): int(np.broadcast_to(step.code, many.rows)[row])
            for step in many.steps()
            if step.id
        }
        named = {(step.kind, step.id): step.codes for step in many.steps() if step.id}
        for step in single.steps:
            if step.kind in ("season", "condition", "promotion", "loyalty"):
                assert named[(step.kind, step.id)][codes[(step.kind, step.id)]] == step.reason


def test_the_amounts_of_the_steps_lead_from_the_list_price_to_the_net_price():
    clinic = book(
        seasons=[season("warm", "06-01", "09-30", "-0.075")],
        promotions=[promotion("spring", "2026-01-01", "2026-12-31", percent=D("0.333"))],
        loyalty=[loyalty("visits", (5, "-0.03"))],
    )
    on = np.arange(START.toordinal(), START.toordinal() + 365)
    many = price_many(clinic, "treatment", None, Columns(on=on, quantity=on % 5 + 1, visits=on % 9 - 1))
    moved = sum(np.broadcast_to(step.amount, many.rows) for step in many.steps())
    assert (many.offer.list_price * (on % 5 + 1) + moved == many.net).all()


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"on": np.array([0])}, ValueError),
        ({"on": np.array([10**9])}, ValueError),
        ({"on": np.array([739000.5])}, ValueError),
        ({"on": np.array([739000]), "quantity": np.array([0])}, PriceError),
        ({"on": np.array([739000]), "quantity": np.array([1001])}, PriceError),
        ({"on": np.array([739000]), "quantity": np.array([-1])}, PriceError),
        ({"on": np.array([739000]), "quantity": np.array([float("nan")])}, ValueError),
        ({"on": np.array([739000, 739001]), "visits": np.array([1, 2, 3])}, ValueError),
        ({"on": np.array([[739000]])}, ValueError),
    ],
)
def test_columns_that_are_no_requests(columns, error):
    with pytest.raises(error):
        price_many(book(), "treatment", None, Columns(**columns))


def test_no_rows_at_all_and_one_number_for_all_rows():
    assert (
        price_many(book(), "treatment", None, Columns(on=np.array([], dtype=np.int64))).total.tolist() == []
    )
    assert price_many(book(), "treatment", None, Columns(on=START.toordinal())).total.tolist() == [10000]


def test_amounts_that_columns_cannot_count_are_refused_and_not_counted_wrong():
    clinic = book(
        services=[service(tier("standard", "999999999999", ("therapist", "1")))],
        promotions=[promotion("fine", "2026-01-01", "2026-12-31", percent=D("0.000000000001"))],
    )
    with pytest.raises(OverflowError):
        price_many(clinic, "treatment", None, Columns(on=np.array([START.toordinal()])))
    assert price(clinic, PriceRequest("treatment", None, 1, START), background=NO_BACKGROUND).total > 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 5), st.integers(-1, 9), st.integers(0, 400)),
        min_size=1,
        max_size=20,
    )
)
def test_orders_charged_as_a_whole(rows):
    clinic = studio(
        seasons=[season("cold", "03-01", "05-31", "-0.075")],
        promotions=[
            promotion("spring", "2026-01-01", "2026-12-31", percent=D("0.05")),
            promotion("fifth", "2026-01-01", "2026-12-31", free_every=3),
        ],
        loyalty=[loyalty("visits", (5, "-0.021"))],
    )
    usage, quantity, visits, day = (np.array(each) for each in zip(*rows, strict=True))
    columns = Columns(on=START.toordinal() + day, quantity=quantity, visits=visits, usage={"photos": usage})
    many = price_many(clinic, "treatment", "plan", columns)
    for row, (used, some, came, after) in enumerate(rows):
        request = PriceRequest(
            "treatment", "plan", some, START + datetime.timedelta(after), usage={"photos": D(used)}
        )
        single = price(clinic, request, AllowedFacts(visits=None if came < 0 else came))
        assert int(many.total[row]) == single.total
        assert many.price(row).steps == single.steps
