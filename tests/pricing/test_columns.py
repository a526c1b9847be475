"""One definition, two executions: a column of prices has the same cents, the same reasons and the same words as single prices."""

import datetime
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.model import Condition, Fee, Group, Guards, Points, When
from aboveboard.pricing import NO_BACKGROUND, AllowedFacts, Background, PriceError, PriceRequest, Prior, price
from aboveboard.pricing.columns import Columns, price_many
from aboveboard.pricing.compiled import compiled
from tests.pricing.books import D, book, both, cost, data_value, loyalty, promotion, season, service, tier
from tests.pricing.test_order import studio

START = datetime.date(2026, 1, 1)
OFFERS = ["spring", "code", "tenth", "down", "friends"]


def shares(low: str, high: str) -> st.SearchStrategy:
    return st.decimals(D(low), D(high), places=3)


def points(worth, **more):
    return Points(
        name=both("stars"),
        months=24,
        per=D("1.00"),
        worth=D(worth),
        used=D("0.1"),
        source=both("source"),
        **more,
    )


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
        points=draw(st.sampled_from([None, points("1.00"), points("0.07"), points("0.003", least=200)])),
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
    points=st.sampled_from([0, 0, -3, 1, 7, 250, 10**6, 10**30]),
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
        st.none(),
        st.builds(
            Prior,
            st.integers(2000, 40000),
            st.just(30),
            st.just("eu"),
            st.just("Art. 6a"),
            st.sampled_from([None, datetime.date(2026, 11, 23)]),
        ),
    ),
    rules=st.sampled_from([1, 2, 3]),
)


def told(many, row):
    """Return the steps after the list price as columns tell them: kind, rule, amount and reason of one row."""
    for step in many.steps():
        code = step.codes[int(np.broadcast_to(step.code, many.rows)[row])]
        if code:
            yield step.kind, step.id, int(np.broadcast_to(step.amount, many.rows)[row]), code


def written(single):
    """Return the same of a single price: a rounding belongs to the step before it."""
    found = []
    for step in single.steps:
        if step.kind == "rounding" and found:
            kind, rule, amount, code = found[-1]
            found[-1] = (kind, rule, amount + step.amount, code)
        elif step.kind not in ("cost", "margin", "floor", "total", "rounding"):
            rule = step.id if step.kind not in GUARDS else None
            found.append((step.kind, rule, step.amount, step.reason))
    return found


GUARDS = ("guard_prior", "guard_data")


def same(clinic, service, level, requests, facts_, backgrounds):
    """Hold that columns and single prices are the same, row by row: cents, reasons, words, and what is asked."""
    columns = Columns.of(requests, facts_, backgrounds)
    many = price_many(clinic, service, level, columns)
    paid = many.ground.listed * many.ground.times + sum(step.amount for step in many.steps())
    assert (np.broadcast_to(paid, many.rows) == many.total).all()
    for row, (request, allowed, background) in enumerate(zip(requests, facts_, backgrounds, strict=True)):
        single = price(clinic, request, allowed, background)
        assert int(many.total[row]) == single.total
        made = many.price(row)
        assert made.steps == single.steps
        assert (made.facts_used, made.background, made.floor) == (single.facts_used, background, single.floor)
        # A day of booking after the day itself is booked on it, and no price takes more points than a column holds.
        usable = min(request.points, 2**62)
        assert replace(made.request, booked=None) == replace(single.request, booked=None, points=usable)
        assert int(many.without[row]) == price(clinic, request, AllowedFacts(), background).total
        assert list(told(many, row)) == written(single)


@settings(max_examples=250, deadline=None)
@given(books(), st.lists(st.tuples(requests, facts, backgrounds), min_size=1, max_size=6))
def test_the_same_cents_for_the_same_reasons_in_the_same_words(clinic, rows):
    same(clinic, "treatment", "standard", *zip(*rows, strict=True))


def test_the_amounts_of_the_steps_lead_from_the_list_price_to_the_net_price():
    clinic = book(
        seasons=[season("warm", "06-01", "09-30", "-0.075")],
        promotions=[promotion("spring", "2026-01-01", "2026-12-31", percent=D("0.333"))],
        loyalty=[loyalty("visits", (5, "-0.03"))],
    )
    on = np.arange(START.toordinal(), START.toordinal() + 365)
    many = price_many(clinic, "treatment", None, Columns(on=on, quantity=on % 5 + 1, visits=on % 9 - 1))
    moved = sum(np.broadcast_to(step.amount, many.rows) for step in many.steps())
    assert (many.offer.list_price * (on % 5 + 1) + moved == many.total).all()
    assert (many.net == many.total).all()  # no points, no fees, no tax


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


@pytest.mark.parametrize(
    ("listed", "most", "chapters"),
    [
        ("999999999999", 2, {}),
        ("99999999999", 900, {"promotions": [{"percent": D("0.000000000001")}]}),
        ("9999999999", 1000, {"promotions": [{"percent": D("0.333333333333333")}], "tax": "0.092512345678"}),
        ("90071992547", 1000, {"promotions": [{"free_every": 3}], "points": ("0.000000001", {"least": 1})}),
    ],
)
def test_amounts_beyond_64_bits_are_counted_all_the_same(listed, most, chapters):
    offers = [
        promotion("fine", "2026-01-01", "2026-12-31", **each) for each in chapters.get("promotions", ())
    ]
    clinic = book(
        services=[service(tier("standard", listed, ("therapist", "1")))],
        promotions=offers,
        loyalty=[loyalty("visits", (5, "-0.03"))],
        tax=chapters.get("tax", "0"),
        points=points(chapters["points"][0], **chapters["points"][1]) if "points" in chapters else None,
    )
    asked = [
        PriceRequest("treatment", "standard", many, START, points=use)
        for many in (1, most)
        for use in (0, 10**18)
    ]
    known = [AllowedFacts(visits=6), AllowedFacts()] * 2
    same(clinic, "treatment", "standard", asked, known, [NO_BACKGROUND] * 4)


@pytest.mark.parametrize("cost_of_it", ["1", "90000000000000"])
def test_what_no_price_may_come_to_is_refused_as_one_by_one(cost_of_it):
    clinic = book(
        services=[service(tier("standard", "99999999999.00", ("therapist", cost_of_it)))],
        costs=[cost(rate="60.00")],
    )
    request = PriceRequest("treatment", "standard", 1000, START)
    for work in (
        lambda: price(clinic, request),
        lambda: price_many(clinic, "treatment", "standard", Columns.of([request])),
    ):
        with pytest.raises(PriceError) as refused:
            work()
        assert refused.value.code == "too_large"


def test_more_sets_of_offers_than_an_array_has_hands():
    names = [f"o{n}" for n in range(12)]
    groups = [names[n : n + 3] for n in range(0, 12, 3)]
    clinic = book(
        promotions=[
            promotion(
                name, "2026-01-01", "2026-12-31", percent=D(n + 1) / 100, coupon="code", code=name,
                excludes=[each for each in next(g for g in groups if name in g) if each != name],
            )
            for n, name in enumerate(names)
        ]
    )  # fmt: skip
    assert len(compiled(clinic).offer("treatment", None, START).sets) == 81
    chance = np.random.default_rng(3)
    asked = [
        PriceRequest(
            "treatment", "standard", int(chance.integers(1, 5)), START,
            offers=tuple(name for name in names if chance.random() < 0.6),
        )
        for _ in range(40)
    ]  # fmt: skip
    same(clinic, "treatment", "standard", asked, [AllowedFacts()] * 40, [NO_BACKGROUND] * 40)


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
