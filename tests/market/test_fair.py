"""Which comparisons may be shown, under which law: a table of faults, and of what is none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from msgspec import structs

from aboveboard import market
from aboveboard.book.model import Differs, Positioned, Text
from tests.market.test_market import seen

EVERYWHERE = ("DE", "IS", "GB", "CN", "US-CA", "BR")


def basis(why="We are open late.", zh="我们开得晚。", **more):
    return Positioned(observations=["one"], place="below", why=Text(en=why, zh=zh), **more)


def standing(ours=9000):
    return market.Standing(ours, market.Spread.of([Fraction(8500), Fraction(9500)]))


def faults(observation=None, place="DE", of=None, ours=9000):
    used = [observation or seen()]
    return [(each.rule, each.word) for each in market.unfair(of or basis(), used, standing(ours), (place,))]


@pytest.mark.parametrize("place", EVERYWHERE)
def test_a_fair_comparison_has_no_fault_anywhere(place):
    assert faults(place=place) == []


@pytest.mark.parametrize("place", EVERYWHERE)
@pytest.mark.parametrize(
    ("observation", "rule"),
    [
        (seen(need=None), "need"),
        (seen(learnt="customer", source="a customer said so"), "unverifiable"),
        (seen(learnt="website", source="their web page"), "unverifiable"),
        (seen(learnt="website", source="https://a.example.org and more"), "unverifiable"),
    ],
)
def test_the_same_need_and_something_to_check_are_asked_everywhere(place, observation, rule):
    assert faults(observation, place) == [(rule, "")]


@pytest.mark.parametrize("learnt", ["price_list", "advertisement", "bought", "survey"])
def test_what_was_seen_in_the_open_needs_no_address(learnt):
    assert market.verifiable(seen(learnt=learnt, source="at their door"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Theirs is a rip-off.", "rip-off"), ("an OVERPRICED room", "OVERPRICED"), ("quacks", "quacks"),
        ("they cheat", None), ("cheats", "cheats"), ("Their room is smaller.", None), ("scampi", None),
        ("那家黑心", "黑心"), ("骗子", "骗子"), ("东西劣质", "劣质"), ("他们的房间小", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["why", "theirs_only", "ours_only", "described", "need", "differs"])
def test_running_others_down_is_found_in_every_text(text, word, where):
    if text == "they cheat":
        text, word = "They cheat.", "cheat"
    said = Text(en=text, zh=text)
    observation, of = seen(), basis()
    if where == "why":
        of = structs.replace(of, why=said)
    elif where == "differs":
        of = structs.replace(of, differentiation=[Differs(what=said, worth=Decimal(1))])
    elif where in ("described", "need"):
        observation = structs.replace(observation, **{where: said})
    else:
        observation = structs.replace(observation, **{where: [said]})
    expected = [] if word is None else [("denigrates", word)]
    assert faults(observation, "DE", of) == expected
    # In the United States what is true may be said harshly.
    assert faults(observation, "US", of) == []


@pytest.mark.parametrize(
    ("why", "zh", "place", "expected"),
    [
        ("We are the best.", "我们很好。", "CN", [("superlative", "best")]),
        ("Good work.", "全城最好", "CN", [("superlative", "最好")]),
        ("Good work.", "第一次来的客人多。", "CN", []),
        ("Good work.", "质量第一", "CN", [("superlative", "第一")]),
        ("We are the best.", "最好", "DE", []),
        ("The cheapest in town.", "便宜。", "DE", [("cheapest", "cheapest")]),
        ("Nobody charges less.", "便宜。", "US-CA", [("cheapest", "Nobody charges less")]),
        ("Fair.", "价格最低", "DE", [("cheapest", "价格最低")]),
    ],
)
def test_superlatives_and_being_cheapest(why, zh, place, expected):
    assert faults(place=place, of=basis(why, zh)) == expected


def test_who_really_is_cheapest_may_say_so():
    assert faults(place="DE", of=basis("The cheapest in town."), ours=8500) == []
    assert faults(place="DE", of=basis("The cheapest in town."), ours=8501) == [("cheapest", "cheapest")]


@pytest.mark.parametrize(
    ("place", "rule", "law"),
    [
        ("FR", "need", "Directive 2006/114/EC Art. 4(b)"),
        ("NO", "unverifiable", "Directive 2006/114/EC Art. 4(c)"),
        ("GB", "denigrates", "SI 2008/1276 reg. 4"),
        ("CN", "unverifiable", "广告法 (Advertising Law) Art. 11"),
        ("US-NY", "from_rival", "15 U.S.C. 1"),
        ("US", "denigrates", None),
        ("DE", "superlative", None),
        ("BR", "need", "our own rule; the law of this place is not in our list"),
        ("BR", "superlative", None),
    ],
)
def test_each_place_has_its_law(place, rule, law):
    assert market.law_of((place,), rule) == law


def test_the_laws_of_several_places_add_up():
    law = market.law_of(("US-CA", "DE", "FR"), "need")
    assert law == "15 U.S.C. 45; 16 CFR 233.2; Directive 2006/114/EC Art. 4(b)"


@pytest.mark.parametrize("place", EVERYWHERE)
def test_a_price_that_a_competitor_told_is_none(place):
    fault = market.from_rival(seen(learnt="competitor"), (place,))
    assert fault is not None and fault.rule == "from_rival" and fault.law
    assert market.from_rival(seen(), (place,)) is None
