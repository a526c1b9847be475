"""Orders that are no plain quantity, in columns: add-ons, seats, paid time, usage, what a customer gives, points."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.book.load import load
from aboveboard.book.model import Charge, Meter
from aboveboard.pricing import NO_BACKGROUND, AllowedFacts, PriceError, PriceRequest, price
from aboveboard.pricing.columns import Columns, price_many, ready
from aboveboard.sample import BOOK
from tests.pricing.books import D, both
from tests.pricing.test_columns import same
from tests.pricing.test_order import studio

SAMPLE = load(BOOK.read_text("utf-8")).book
START = datetime.datetime(2026, 11, 20, 9, tzinfo=datetime.UTC)
NOTHING = AllowedFacts()

#: For each tier of the sample what can be asked of it; everything that a request has is drawn for every tier.
ORDERS = {
    ("members_plan", "family"): {"seats": [None, 2, 3, 6], "add_ons": [()]},
    ("members_plan", "standard"): {"add_ons": [(), (), ("second_treatment",), ("video", "open_classes")], "parts": True},
    ("classes_at_your_firm", "standard"): {"usage": [{}, {"firm_classes": D(3)}, {"firm_classes": D(12)}], "parts": True},
    ("open_evening", "standard"): {"pays": [None, 6000, 10**9]},
    ("exercise_class", "standard"): {"points": [0, 100, 99, 700, 10**6]},
    ("treatment", "standard"): {"points": [0, 5], "offers": [(), ("leaflet",), ("leaflet", "new_room")]},
    ("exercise_kit", "standard"): {"basket": [(), ("treatment",), ("nothing", "treatment")]},
}  # fmt: skip


@st.composite
def asked(draw, service, tier):
    kinds = ORDERS[service, tier]
    more = {name: draw(st.sampled_from(kinds[name])) for name in kinds if name != "parts"}
    if kinds.get("parts") and draw(st.booleans()):
        more["starts"] = START + datetime.timedelta(days=draw(st.sampled_from([0, 11])))
        more["ends"] = more["starts"] + datetime.timedelta(days=draw(st.sampled_from([1, 9, 40])))
    return PriceRequest(
        service,
        tier,
        draw(st.integers(1, 6)),
        draw(st.dates(datetime.date(2026, 9, 1), datetime.date(2027, 9, 1))),
        minute=draw(st.sampled_from([None, 0, 700, 1439])),
        booked=draw(st.sampled_from([None, datetime.date(2026, 8, 20)])),
        place=draw(st.sampled_from([None, "US-CA", "CN"])),
        channel=draw(st.sampled_from([None, "web", "booking_site", "elsewhere"])),
        segment=draw(st.sampled_from([None, "to_the_insurer", "nobody"])),
        month=draw(st.sampled_from([None, 1, 14])),
        groups=draw(st.sampled_from([(), ("students",), ("students", "unknown")])),
        **more,
    )


@pytest.mark.parametrize(("service", "tier"), ORDERS)
def test_whatever_a_tier_of_the_sample_can_be_asked_for(service, tier):
    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(asked(service, tier), st.sampled_from([NOTHING, AllowedFacts(7, 14)])),
            min_size=1,
            max_size=8,
        )
    )
    def held(rows):
        requests, facts = zip(*rows, strict=True)
        same(SAMPLE, service, tier, requests, facts, [NO_BACKGROUND] * len(rows))

    held()


def test_usage_as_fine_as_its_meter_and_time_by_the_hour():
    hours = Meter(id="hours", name=both("Hours"), one=both("hour"), many=both("hours"), decimals=2)
    room = Charge(id="room", name=both("Room"), kind="time", per="hour", price=D("12.34"), begun="exact")
    help_ = Charge(id="help", name=both("Help"), kind="per_unit", counts="hours", price=D("33.33"))
    clinic = studio(tier={"charges": [room, help_]})
    clinic = type(clinic)(**{f: getattr(clinic, f) for f in clinic.__struct_fields__} | {"meters": [hours]})
    requests = [
        PriceRequest(
            "treatment", "plan", many, START.date(), usage={"hours": D(used)}, starts=START, ends=START + last
        )
        for many, used, last in [
            (1, "0.25", datetime.timedelta(minutes=50)),
            (2, "0.25", datetime.timedelta(minutes=50)),
            (1, "0.250", datetime.timedelta(minutes=50)),
            (1, "1.07", datetime.timedelta(minutes=61)),
            (3, "0", datetime.timedelta(seconds=1)),
        ]
    ]
    same(clinic, "treatment", "plan", requests, [NOTHING] * 5, [NO_BACKGROUND] * 5)
    assert len(price_many(clinic, "treatment", "plan", Columns.of(requests)).offers) == 4


def test_equal_orders_are_worked_out_once_and_plain_rows_share_the_tier():
    requests = [
        PriceRequest(
            "treatment",
            "standard",
            1 + n % 3,
            START.date(),
            usage={"treatments": D(1)} if n % 2 else {},
            points=n,
        )
        for n in range(60)
    ]
    many = price_many(SAMPLE, "treatment", "standard", Columns.of(requests))
    assert sorted(each.whole for each in many.offers) == [False, True, True, True]
    same(SAMPLE, "treatment", "standard", requests, [AllowedFacts(9, 3)] * 60, [NO_BACKGROUND] * 60)


def test_what_cannot_be_sold_is_refused_as_one_by_one_or_told_apart():
    good = PriceRequest("members_plan", "standard", 1, START.date(), add_ons=("video",))
    wrong = PriceRequest("members_plan", "standard", 1, START.date(), add_ons=("sauna",))
    seated = PriceRequest("members_plan", "standard", 1, START.date(), seats=3)
    columns = Columns.of([good, wrong, seated, wrong, good])
    found = ready(SAMPLE, "members_plan", "standard", columns)
    assert found.refused == {"unknown_add_on": 2, "no_seats": 1}
    assert found.sold.tolist() == [True, False, False, False, True]
    with pytest.raises(PriceError) as refused:
        found.priced()
    assert refused.value.code == "unknown_add_on"
    left = price_many(SAMPLE, "members_plan", "standard", columns.only(found.sold))
    assert left.total.tolist() == [price(SAMPLE, good).total] * 2


@pytest.mark.parametrize(
    "columns",
    [
        {"request": np.array([0, 1])},
        {"request": np.array([0, -1])},
        {"background": np.array([0, 1])},
        {"request": np.array([0.0, 0.0])},
        {"points": np.array([1, 2, 3])},
        {"points": np.array([0.5, 1.0])},
    ],
)
def test_rows_of_requests_that_are_not_there(columns):
    asked_ = Columns(
        on=np.array([740000, 740001]), requests=(PriceRequest("treatment", None, 1, START.date()),), **columns
    )
    with pytest.raises(ValueError, match=r"not there|whole numbers|different lengths"):
        price_many(SAMPLE, "treatment", None, asked_)
