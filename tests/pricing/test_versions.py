"""What a new edition means for those who subscribe already: who pays what, from when, by which way."""

from __future__ import annotations

import datetime

import pytest
from msgspec import structs

from aboveboard.book.model import AddOn, Contained, Existing, Feature, Limit, Seats
from aboveboard.pricing import PriceError
from aboveboard.pricing.charges import Asked
from aboveboard.pricing.versions import Subscription, preview
from tests.pricing.charges.charged import D, book, both, charge, service, tier

ON = datetime.date(2027, 1, 1)
SINCE = datetime.date(2025, 5, 1)
FEATURES = [
    Feature(id="pool", name=both("Pool"), kind="boolean"),
    Feature(id="size", name=both("Size"), kind="number"),
]
TOWELS = AddOn(id="towels", name=both("towels"), what=both("what"), list_price=D("4.00"))


def club(price="20.00", way=None, on=None, add_ons=(TOWELS,), **more):
    existing = None if way is None else Existing(way=way, on=on)
    level = tier(**{"list_price": D(price)} | more)
    return book(service(level, existing=existing, add_ons=list(add_ons)), features=FEATURES)


def had(**more):
    return Subscription(
        **{"ref": "a", "service": "club", "tier": "basic", "since": SINCE, "edition": 3} | more
    )


def only(old, new, subscription=None, notice=None):
    (found,) = preview(old, new, [subscription or had()], ON, notice).passages
    return found


@pytest.mark.parametrize(
    ("way", "on", "before", "after", "starts", "said"),
    [
        (None, None, 2000, 2000, ON, "You keep what you have at $20.00. New customers pay $25.00."),
        ("keep", None, 2000, 2000, ON, "You keep"),
        ("move", None, 2000, 2500, ON, "From 1 January 2027 on you pay $25.00 instead of $20.00."),
        ("move", datetime.date(2027, 3, 1), 2000, 2500, datetime.date(2027, 3, 1), "From 1 March 2027"),
        (
            "move",
            datetime.date(2026, 3, 1),
            2000,
            2500,
            ON,
            "From 1 January 2027",
        ),  # never before it is published
        (
            "choose",
            datetime.date(2027, 3, 1),
            2000,
            2000,
            datetime.date(2027, 3, 1),
            "If you say nothing, you keep",
        ),
    ],
)
def test_three_ways(way, on, before, after, starts, said):
    found = only(club(way=way, on=on), club("25.00", way=way, on=on))
    assert (found.before, found.after, found.offered, found.starts) == (before, after, 2500, starts)
    assert found.way == (way or "keep") and said in found.says.en and found.says.zh


def test_the_promise_of_the_old_book_holds():
    """A new book cannot take back what the book said that somebody subscribed under."""
    assert only(club(way="keep"), club("25.00", way="move")).after == 2000
    assert only(club(way="move"), club("25.00", way="keep")).after == 2500


def test_nothing_changes():
    found = only(club(way="move"), club(way="keep"))
    assert (found.way, found.change, found.notice_by) == ("same", 0, None)


def test_what_the_tier_gains_and_loses():
    old = club(
        way="move",
        features=[Contained(feature="pool"), Contained(feature="size", number=D(3))],
        limits=[Limit(meter="ball", most=D(4), per="month"), Limit(meter="km", per="month")],
    )
    new = club(
        features=[Contained(feature="size", number=D(5))],
        limits=[Limit(meter="ball", per="month"), Limit(meter="km", most=D(9), per="month")],
        seats=Seats(included=2),
    )
    found = only(old, new)
    assert found.way == "move"  # the same price, and yet not the same
    assert sorted(text.en for text in found.gained) == ["People", "Size", "ball"]
    assert sorted(text.en for text in found.lost) == ["Pool", "km"]


@pytest.mark.parametrize(
    ("new", "way", "why"),
    [
        (book(), "ended", "There is no service"),
        (club(id="other"), "keep", "has no tier"),
        (club(add_ons=()), "keep", "has no add-on"),
        (club(seats=Seats(included=1)), "keep", "not 4"),
    ],
)
def test_what_is_not_there_any_more_is_kept(new, way, why):
    old = club(way="move", seats=Seats(extra=charge("per_unit", "seat", price="5.00")))
    found = only(old, new, had(add_ons=("towels",), seats=4))
    assert (found.way, found.before, found.after, found.offered) == (way, 2000 + 400 + 1500, 3900, None)
    assert found.why_not is not None and why in found.why_not.en
    assert "keep" in found.says.en


def test_a_usual_month_says_what_changes_for_those_who_use_it():
    old = club(way="move", list_price=None, charges=[charge("per_unit", price="2.00", counts="ball")])
    new = club(list_price=None, charges=[charge("per_unit", price="2.50", counts="ball")])
    usual = Asked(usage={"ball": D(8)})
    assert only(old, new, had(ask=usual)).change == 400
    assert only(old, new).change == 0


def test_the_caller_knows_the_law_about_notice():
    asked = []

    def notice(service, starts, dearer):
        asked.append((service.id, starts, dearer))
        return starts - datetime.timedelta(days=30 if dearer else 7)

    assert only(club(way="move"), club("25.00"), notice=notice).notice_by == datetime.date(2026, 12, 2)
    assert only(club(way="move"), club("15.00"), notice=notice).notice_by == datetime.date(2026, 12, 25)
    assert asked == [("club", ON, True), ("club", ON, False)]


def test_a_subscription_that_begins_later_moves_when_it_begins():
    late = datetime.date(2027, 2, 1)
    assert only(club(way="move"), club("25.00"), had(since=late)).starts == late


def test_the_sums():
    people = [had(ref="a"), had(ref="b", add_ons=("towels",)), had(ref="c")]
    found = preview(club(way="move"), club("25.00"), people, ON)
    assert (found.ways, found.more, found.less) == ({"move": 3}, 3, 0)
    assert (found.before, found.after) == (6400, 7900)
    assert [each.ref for each in found.passages] == ["a", "b", "c"]
    assert preview(club(), club(), [], ON).passages == ()


def test_a_subscription_of_another_book_is_refused():
    with pytest.raises(PriceError):
        preview(club(), club(), [had(tier="gold")], ON)
    broken = structs.replace(club(), services=[service(tier())])
    with pytest.raises(PriceError):
        preview(club(), broken, [had()], ON)


@pytest.mark.parametrize(
    ("seats", "asked", "before", "after"),
    [(None, None, 2000, 2000), (3, None, 3000, 3400), (3, 1, 3000, 3400), (None, 4, 3500, 4100)],
)
def test_the_seats_of_a_subscription_are_paid_for_whatever_its_usual_month_says(seats, asked, before, after):
    def team(extra):
        return club(seats=Seats(included=1, extra=charge("per_unit", "seat", price=extra)), way="move")

    found = only(team("5.00"), team("7.00"), had(seats=seats, ask=Asked(seats=asked)))
    assert (found.before, found.offered) == (before, after)
