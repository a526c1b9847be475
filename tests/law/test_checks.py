"""Each kind of check as a table: facts, and what they come to. A missing fact never passes."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.law import check_form, engine, vocabulary
from aboveboard.law.vocabulary import Deal, Interval
from tests.support import laws

D = datetime.date.fromisoformat
NAIVE = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 - which is the point
NIGHT = datetime.datetime(2026, 1, 2, 23, 0, tzinfo=datetime.UTC)


def said(check: str, facts: dict[str, Any], applies_when: str | None = None) -> str:
    changes = {} if applies_when is None else {"applies_when": applies_when}
    return laws.judged(facts, check=check, fixtures="[]", **changes).outcome


N, S, T = "t.number", "t.second", "t.third"
LTE = "{kind: lte, left: t.number, right: t.second}"
BETWEEN = "{kind: between, fact: t.number, min: 2, max: 4}"
WINDOW = "{kind: window_before, event: t.later, notice: t.day, min_days: 7, max_days: 30}"
TOLD = "{kind: every_recipient, recipients: t.texts, notices: t.more, excuses: t.reasons, excuse_reasons: [gone]}"
FLOOR = "{kind: floor_or_reason, price: t.number, floor: t.second, reason: t.text, allowed: [overstock]}"
PCT = "{kind: pct_matches, pct: t.number, base: t.second, now: t.third, tolerance: 0.5}"
SUM = "{kind: sum_included, shown: t.number, base: t.second, parts: t.moneys}"
DEALS = (
    "{kind: lookback_max, value: t.number, history: t.deals, anchor: t.day, days: 7, fallback: last_before}"
)
SPANS = "{kind: lookback_max, value: t.number, history: t.intervals, history_type: intervals, anchor: t.day, days: 30}"
KEPT = "{kind: kept_for, destroyed: t.later, since: t.day, amount: 3, unit: year}"


@pytest.mark.parametrize(
    ("check", "facts", "outcome"),
    [
        ("{kind: is, fact: t.text, value: a}", {"t.text": "a"}, "pass"),
        ("{kind: is, fact: t.text, value: a}", {"t.text": "A"}, "fail"),
        ("{kind: is, fact: t.day, value: 2026-01-02}", {"t.day": NIGHT}, "pass"),
        ("{kind: is, fact: t.place, value: EU}", {"t.place": "FR"}, "pass"),
        ("{kind: is, fact: t.number, value: 3.10}", {N: Decimal("3.1")}, "pass"),
        ("{kind: in, fact: t.text, values: [a, b]}", {"t.text": "b"}, "pass"),
        ("{kind: in, fact: t.texts, values: [a, b]}", {"t.texts": ["b", "c"]}, "fail"),
        ("{kind: in, fact: t.place, values: [US-CA]}", {"t.place": "US"}, "undecided"),
        ("{kind: nonempty, fact: t.texts}", {"t.texts": []}, "fail"),
        ("{kind: nonempty, fact: t.text}", {"t.text": "x"}, "pass"),
        ("{kind: empty, fact: t.reasons}", {"t.reasons": {}}, "pass"),
        (LTE, {N: 5, S: 5}, "pass"),
        (LTE, {N: 5, S: Decimal("4.99")}, "fail"),
        ("{kind: lt, left: t.number, right: 5}", {N: 5}, "fail"),
        ("{kind: gt, left: t.number, right: 5}", {N: 5}, "fail"),
        ("{kind: gte, left: 5, right: t.number}", {N: 5}, "pass"),
        ("{kind: eq, left: t.day, right: t.later}", {"t.day": D("2026-01-02"), "t.later": NIGHT}, "pass"),
        ("{kind: lte, left: t.day, right: 2026-01-01}", {"t.day": NIGHT}, "fail"),
        (BETWEEN, {N: 2}, "pass"),
        (BETWEEN, {N: 4}, "pass"),
        (BETWEEN, {N: Decimal("4.01")}, "fail"),
        (BETWEEN, {N: 1}, "fail"),
        ("{kind: before, left: t.day, right: t.later}", {"t.day": NIGHT, "t.later": D("2026-01-02")}, "pass"),
        ("{kind: before, left: t.day, right: t.later}", {"t.day": D("2026-01-03"), "t.later": NIGHT}, "fail"),
        ("{kind: before, left: t.day, right: t.later, days: 7}", {"t.day": D("2026-01-01"), "t.later": D("2026-01-08")}, "pass"),
        ("{kind: before, left: t.day, right: t.later, days: 8}", {"t.day": D("2026-01-01"), "t.later": D("2026-01-08")}, "fail"),
        (WINDOW, {"t.day": D("2026-06-23"), "t.later": D("2026-06-30")}, "pass"),
        (WINDOW, {"t.day": D("2026-06-24"), "t.later": D("2026-06-30")}, "fail"),
        (WINDOW, {"t.day": D("2026-05-31"), "t.later": D("2026-06-30")}, "pass"),
        (WINDOW, {"t.day": D("2026-05-30"), "t.later": D("2026-06-30")}, "fail"),
        ("{kind: none_after, cutoff: t.day, events: t.days}", {"t.day": D("2026-01-02"), "t.days": [NIGHT]}, "pass"),
        ("{kind: none_after, cutoff: t.day, events: t.days}", {"t.day": D("2026-01-01"), "t.days": [NIGHT]}, "fail"),
        ("{kind: none_after, cutoff: t.day, events: t.days, days: 1}", {"t.day": D("2026-01-01"), "t.days": [NIGHT]}, "pass"),
        ("{kind: none_after, cutoff: t.day, events: t.days}", {"t.day": D("2026-01-01"), "t.days": []}, "pass"),
        ("{kind: covers, have: t.texts, need: [a, b]}", {"t.texts": ["b", "a", "c"]}, "pass"),
        ("{kind: covers, have: t.texts, need: [a, b]}", {"t.texts": ["b"]}, "fail"),
        ("{kind: covers, have: t.texts, need: t.more}", {"t.texts": ["b"], "t.more": []}, "pass"),
        ("{kind: subset, left: t.texts, allowed: [a]}", {"t.texts": ["a", "b"]}, "fail"),
        ("{kind: disjoint, left: t.texts, forbidden: [a]}", {"t.texts": ["b"]}, "pass"),
        ("{kind: disjoint_unless, left: t.texts, forbidden: [a], unless: t.flag}", {"t.texts": ["b"]}, "pass"),
        ("{kind: disjoint_unless, left: t.texts, forbidden: [a], unless: t.flag}", {"t.texts": ["a"]}, "undecided"),
        ("{kind: disjoint_unless, left: t.texts, forbidden: [a], unless: t.flag}", {"t.texts": ["a"], "t.flag": False}, "fail"),
        ("{kind: disjoint_unless, left: t.texts, forbidden: [a], unless: t.flag}", {"t.texts": ["a"], "t.flag": True}, "pass"),
        (TOLD, {"t.texts": ["a"], "t.more": ["a"]}, "pass"),
        (TOLD, {"t.texts": [], "t.more": None}, "pass"),
        (TOLD, {"t.texts": ["a"], "t.more": [], "t.reasons": {}}, "fail"),
        (TOLD, {"t.texts": ["a"], "t.more": []}, "undecided"),
        (TOLD, {"t.texts": ["a"], "t.more": [], "t.reasons": {"a": "gone"}}, "pass"),
        (TOLD, {"t.texts": ["a"], "t.more": [], "t.reasons": {"a": "forgot"}}, "fail"),
        (TOLD.replace("[gone]", "[]"), {"t.texts": ["a"], "t.more": []}, "fail"),
        (FLOOR, {N: 95, S: 95}, "pass"),
        (FLOOR, {N: 94, S: 95}, "undecided"),
        (FLOOR, {N: 94, S: 95, "t.text": "overstock"}, "pass"),
        (FLOOR, {N: 94, S: 95, "t.text": ""}, "fail"),
        (PCT, {N: 25, S: 80, T: 60}, "pass"),
        (PCT, {N: Decimal("25.5"), S: 80, T: 60}, "pass"),
        (PCT, {N: Decimal("25.51"), S: 80, T: 60}, "fail"),
        (PCT, {N: 33, S: 3, T: 2}, "pass"),
        (PCT, {N: 25, S: 0, T: 0}, "undecided"),
        ("{kind: rise_max, before: t.number, after: t.second, percent: 10}", {N: 1000, S: 1100}, "pass"),
        ("{kind: rise_max, before: t.number, after: t.second, percent: 10}", {N: 1000, S: 1101}, "fail"),
        (SUM, {N: 38, S: 35, "t.moneys": [3]}, "pass"),
        (SUM, {N: Decimal("37.99"), S: 35, "t.moneys": [1, Decimal("2.00")]}, "fail"),
        (SUM, {N: 35, S: 35, "t.moneys": []}, "pass"),
        ("{kind: text_present, needle: THIS PRICE, haystack: t.text}", {"t.text": "$4.  THIS\nPRICE."}, "pass"),
        ("{kind: text_present, needle: THIS PRICE, haystack: t.text}", {"t.text": "this price"}, "fail"),
        ("{kind: text_present, needle: [a, b], haystack: t.text}", {"t.text": "xbx"}, "pass"),
        ("{kind: text_present, needle: a, haystack: t.text, else: undecided}", {"t.text": "x"}, "undecided"),
        ("{kind: text_absent, needle: [best price], haystack: t.text}", {"t.text": "The BEST price!"}, "fail"),
        (KEPT, {"t.day": D("2023-01-01"), "t.later": D("2026-01-01")}, "pass"),
        (KEPT, {"t.day": D("2023-01-01"), "t.later": D("2025-12-31")}, "fail"),
        (KEPT, {"t.day": D("2023-01-01"), "t.later": "never"}, "pass"),
        (KEPT, {"t.later": "never"}, "pass"),
        (KEPT, {"t.day": datetime.date.max, "t.later": datetime.date.max}, "undecided"),
    ],
)  # fmt: skip
def test_what_each_kind_says(check: str, facts: dict[str, Any], outcome: str) -> None:
    assert said(check, facts) == outcome


A = "2026-11-11"
TALL = [{"at": D("2026-11-05"), "price": 199}, {"at": D("2026-11-08"), "price": 180}]


SOLD_SINCE = {"from": D("2026-11-19"), "price": 78}


def known_after(day: str) -> list[Interval]:
    """Return prices of 80 that are known from the day after; until then nobody knows."""
    last = D(day)
    return [Interval(D("2026-10-01"), last, None), Interval(last + datetime.timedelta(days=1), None, 80)]


@pytest.mark.parametrize(
    ("check", "value", "anchor", "history", "outcome"),
    [
        (DEALS, 180, A, TALL, "pass"),
        (DEALS, 181, A, TALL, "fail"),
        (DEALS, 150, A, [Deal(D("2026-11-04"), 150)], "pass"),
        (DEALS, 151, A, [Deal(D("2026-11-04"), 150), Deal(D("2026-11-09"), 199)], "fail"),
        (DEALS, 199, A, [Deal(D("2026-11-03"), 150), Deal(D("2026-11-09"), 199)], "pass"),
        (DEALS, 151, A, [Deal(D("2026-11-03"), 150), Deal(D("2026-10-03"), 199)], "fail"),
        (DEALS, 150, A, [Deal(D("2026-11-03"), 150), Deal(D("2026-11-03"), 160)], "pass"),
        (DEALS, 150, A, [Deal(D("2026-11-11"), 10)], "undecided"),
        (DEALS, 150, A, [], "undecided"),
        (SPANS, 80, "2026-11-20", [Interval(D("2026-09-01"), D("2026-10-21"), 80)], "pass"),
        (SPANS, 81, "2026-11-20", [Interval(D("2026-09-01"), D("2026-10-21"), 80), Interval(D("2026-10-22"), None, 99)], "fail"),
        (SPANS, 99, "2026-11-20", [Interval(D("2026-09-01"), D("2026-10-20"), 80), Interval(D("2026-10-21"), None, 99)], "pass"),
        (SPANS, 99, "2026-11-20", [Interval(D("2026-11-20"), None, 1)], "undecided"),
        (SPANS, 99, "2026-11-20", [{"from": D("2026-09-01"), "price": 100}], "pass"),
        (SPANS, 99, "2026-11-20", [Interval(D("2026-09-01"), D("2026-10-20"), 80)], "undecided"),
        (SPANS, 1, "0001-01-02", [Interval(D("2026-09-01"), None, 80)], "undecided"),
        # Nobody knows the price until 17 November: a known low fails whatever it was, and nothing lower leaves it open.
        (SPANS, 81, "2026-11-20", known_after("2026-11-17"), "fail"),
        (SPANS, 80, "2026-11-20", known_after("2026-11-17"), "undecided"),
        (SPANS, 80, "2026-11-20", known_after("2026-10-20"), "pass"),
        (SPANS, 80, "2026-11-20", known_after("2026-10-21"), "undecided"),
        (SPANS, 1, "2026-11-20", known_after("2026-11-19")[:1], "undecided"),
        (SPANS, 79, "2026-11-20", [{"from": D("2026-11-01"), "to": D("2026-11-18"), "price": None}, SOLD_SINCE], "fail"),
        (DEALS, 150, A, [Deal(D("2026-11-05"), None), Deal(D("2026-11-09"), 149)], "fail"),
        (DEALS, 149, A, [Deal(D("2026-11-05"), None), Deal(D("2026-11-09"), 149)], "undecided"),
        (DEALS, 149, A, [Deal(D("2026-11-05"), None), Deal(D("2026-10-01"), 149)], "undecided"),
        (DEALS, 149, A, [Deal(D("2026-11-03"), None), Deal(D("2026-11-09"), 149)], "pass"),
        (DEALS, 149, A, [Deal(D("2026-11-03"), None), Deal(D("2026-10-01"), 149)], "undecided"),
    ],
)  # fmt: skip
def test_looking_back(check: str, value: int, anchor: str, history: list[Any], outcome: str) -> None:
    name = "t.intervals" if check == SPANS else "t.deals"
    assert said(check, {N: value, "t.day": D(anchor), name: history}) == outcome


@pytest.mark.parametrize(
    ("anchor", "outcome"),
    [
        ("2026-11-20T00:00:00+01:00", "undecided"),
        ("2026-11-20T00:00:01+01:00", "fail"),
        ("2026-11-20T00:57:00+01:00", "fail"),
        ("2026-11-21T00:00:00+01:00", "fail"),
    ],
)
def test_of_the_day_of_a_moment_what_is_told_was_before_it(anchor: str, outcome: str) -> None:
    told = [Interval(D("2026-11-20"), D("2026-11-20"), 50)]
    moment = datetime.datetime.fromisoformat(anchor)
    assert said(SPANS, {N: 60, "t.day": moment, "t.intervals": told}) == outcome


def test_an_open_look_back_says_since_when_prices_are_known() -> None:
    told = known_after("2026-11-17")
    facts = {N: 80, "t.day": D("2026-11-20"), "t.intervals": told}
    result = laws.judged(facts, check=SPANS)
    assert (result.outcome, result.missing, result.known_since) == (
        "undecided",
        ("t.intervals",),
        D("2026-11-18"),
    )
    assert "since 2026-11-18" in result.verdict.say("en") and "从 2026-11-18 起" in result.verdict.say("zh")
    assert laws.judged(facts | {N: 81}, check=SPANS).known_since is None
    nothing = laws.judged(facts | {"t.intervals": told[:1]}, check=SPANS)
    assert nothing.known_since is None and "t.intervals" in nothing.verdict.say("en")


# ------------------------------------------------------------------------------------------ nothing missing passes
WRONG = [
    None,
    float("nan"),
    1.0,
    "1",
    True,
    Decimal("NaN"),
    Decimal("Infinity"),
    10**19,
    [1],
    NAIVE,
]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_number_of_the_wrong_kind_counts_as_missing(value: Any) -> None:
    result = laws.judged({N: value, S: 5}, check=LTE)
    assert (result.outcome, result.missing) == ("undecided", (N,))


@pytest.mark.parametrize("value", [None, 1, "true", 0, 1.0], ids=repr)
def test_a_flag_of_the_wrong_kind_counts_as_missing(value: Any) -> None:
    assert laws.judged({"t.flag": value}).missing == ("t.flag",)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("day", "2026-01-01"), ("day", NAIVE), ("texts", "abc"), ("texts", [1]), ("places", ["Mars"]),
        ("deals", [{"at": 1, "price": 1}]), ("deals", [{"at": D("2026-01-01"), "price": 1.5}]), ("deals", [{}]),
        ("intervals", [{"from": D("2026-01-02"), "to": D("2026-01-01"), "price": 1}]),
        ("intervals", [{"from": D("2026-01-02"), "to": "?", "price": 1}]), ("intervals", [{"price": 1}]),
        ("deals", [{"at": D("2026-01-01"), "to": 1}]), ("deals", [{"at": D("2026-01-01"), "price": "?"}]),
        ("intervals", [{"from": D("2026-01-01"), "to": D("2026-01-02")}]),
        ("intervals", [{"from": D("2026-01-01"), "price": None}]),
        ("intervals", [{"from": D("2026-01-01"), "to": D("2026-01-02"), "price": "?"}]),
        ("reasons", {"a": 1}), ("count", -1), ("count", Decimal(1)), ("moneys", [1, None]),
    ],
)  # fmt: skip
def test_values_of_the_wrong_type_are_not_read(kind: str, value: Any) -> None:
    assert vocabulary.READ[kind](value) is None


KINDS = {
    "is": laws.CHECK, "in": "{kind: in, fact: t.text, values: [a]}", "nonempty": "{kind: nonempty, fact: t.texts}",
    "empty": "{kind: empty, fact: t.texts}", "lte": LTE, "lt": LTE.replace("lte", "lt"), "gte": LTE.replace("lte", "gte"),
    "gt": LTE.replace("lte", "gt"), "eq": LTE.replace("lte", "eq"), "between": BETWEEN,
    "before": "{kind: before, left: t.day, right: t.later}", "window_before": WINDOW,
    "none_after": "{kind: none_after, cutoff: t.day, events: t.days}", "covers": "{kind: covers, have: t.texts, need: [a]}",
    "every_recipient": TOLD, "lookback_max": SPANS, "pct_matches": PCT,
    "rise_max": "{kind: rise_max, before: t.number, after: t.second, percent: 10}", "sum_included": SUM,
    "floor_or_reason": FLOOR, "text_present": "{kind: text_present, needle: a, haystack: t.text}",
    "text_absent": "{kind: text_absent, needle: a, haystack: t.text}",
    "disjoint": "{kind: disjoint, left: t.texts, forbidden: [a]}",
    "disjoint_unless": "{kind: disjoint_unless, left: t.texts, forbidden: [a], unless: t.flag}",
    "subset": "{kind: subset, left: t.texts, allowed: [a]}", "kept_for": KEPT, "all": f"{{kind: all, of: [{LTE}]}}",
    "any": f"{{kind: any, of: [{LTE}]}}",
}  # fmt: skip


def test_every_kind_is_tried_here() -> None:
    assert {*KINDS, "deadline"} == set(check_form.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_with_nothing_known_no_kind_decides(kind: str) -> None:
    result = laws.judged({}, check=KINDS[kind])
    assert result.outcome == "undecided" and result.missing


# ------------------------------------------------------------------------------------------------ many, conditions
def flags(*values: bool | None) -> dict[str, Any]:
    return dict(zip(("t.flag", "t.other"), values, strict=True))


OTHER = laws.CHECK.replace("t.flag", "t.other")


@pytest.mark.parametrize(
    ("join", "first", "second", "outcome"),
    [
        ("all", True, True, "pass"), ("all", True, False, "fail"), ("all", None, False, "fail"),
        ("all", None, True, "undecided"),
        ("any", False, False, "fail"), ("any", None, True, "pass"), ("any", None, False, "undecided"),
        ("any", True, False, "pass"),
    ],
)  # fmt: skip
def test_all_and_any(join: str, first: bool | None, second: bool | None, outcome: str) -> None:
    assert said(f"{{kind: {join}, of: [{laws.CHECK}, {OTHER}]}}", flags(first, second)) == outcome


@pytest.mark.parametrize(
    ("flag", "other", "outcome"),
    [
        (True, False, "fail"),
        (True, True, "pass"),
        (False, False, "not_applicable"),
        (None, True, "undecided"),
    ],
)
def test_only_if(flag: bool | None, other: bool, outcome: str) -> None:
    check = OTHER.replace("}", ", only_if: {fact: t.flag, is: true}}")
    assert said(check, flags(flag, other)) == outcome
    assert said(f"{{kind: all, of: [{check}]}}", flags(flag, other)) == outcome


@pytest.mark.parametrize(
    ("condition", "facts", "applies"),
    [
        ("{all: [{fact: t.flag, is: true}, {fact: t.other, is: true}]}", flags(None, False), False),
        ("{all: [{fact: t.flag, is: true}, {fact: t.other, is: true}]}", flags(None, True), None),
        ("{any: [{fact: t.flag, is: true}, {fact: t.other, is: true}]}", flags(None, True), True),
        ("{any: [{fact: t.flag, is: true}, {fact: t.other, is: true}]}", flags(None, False), None),
        ("{not: {fact: t.flag, is: true}}", flags(None, True), None),
        ("{not: {fact: t.flag, is: true}}", flags(False, True), True),
        ("{fact: t.text, in: [a]}", {"t.text": "b"}, False),
        ("{fact: t.text, not_in: [a]}", {"t.text": "b"}, True),
        ("{fact: t.texts, in: [a]}", {"t.texts": ["a", "b"]}, True),
        ("{fact: t.texts, has: a}", {"t.texts": ["b"]}, False),
        ("{fact: t.texts, nonempty: false}", {"t.texts": []}, True),
        ("{fact: t.place, in: [US]}", {"t.place": "US-CA"}, True),
        ("{fact: t.place, in: [EEA]}", {"t.place": "NO"}, True),
        ("{fact: t.place, in: [EU]}", {"t.place": "NO"}, False),
        ("{fact: t.place, in: [US-CA]}", {"t.place": "US"}, None),
        ("{fact: t.place, not_in: [US-CA]}", {"t.place": "US"}, None),
        ("{fact: t.places, in: [US-CA]}", {"t.places": ["DE", "US-CA"]}, True),
        ("{fact: t.number, gt: 31}", {N: 31}, False),
        ("{fact: t.number, gte: 31}", {N: 31}, True),
        ("{fact: t.number, lt: 31}", {N: 31}, False),
        ("{fact: t.number, lte: 31}", {N: 31}, True),
        ("{fact: t.day, gte: 2026-01-02}", {"t.day": NIGHT}, True),
        ("{fact: t.day, lt: 2026-01-02}", {"t.day": NIGHT}, False),
    ],
)
def test_conditions(condition: str, facts: dict[str, Any], applies: bool | None) -> None:
    expected = {True: "pass", False: "not_applicable", None: "undecided"}[applies]
    check = "{kind: text_present, needle: a, haystack: display.text_near_price}"
    assert said(check, {"display.text_near_price": "a"} | facts, applies_when=condition) == expected


# ----------------------------------------------------------------------------------------------------- properties
AMOUNT = st.integers(0, 10**9) | st.decimals(0, 10**9, places=2)


@given(AMOUNT, AMOUNT, st.lists(AMOUNT, max_size=6))
def test_a_sum_is_exact(shown: Any, base: Any, parts: list[Any]) -> None:
    wanted = Fraction(shown) >= Fraction(base) + sum(map(Fraction, parts))
    assert _judged(SUM, {N: shown, S: base, "t.moneys": parts}) == ("pass" if wanted else "fail")


@given(
    st.decimals(-100, 200, places=2), st.decimals("0.01", 10**7, places=2), st.decimals(0, 10**7, places=2)
)
def test_a_percentage_is_exact(pct: Decimal, base: Decimal, now: Decimal) -> None:
    apart = abs(Fraction(pct) - (Fraction(base) - Fraction(now)) * 100 / Fraction(base))
    assert _judged(PCT, {N: pct, S: base, T: now}) == ("pass" if apart <= Fraction(1, 2) else "fail")


SPAN = st.tuples(st.integers(1, 90), st.integers(0, 40), st.integers(1, 500))


@given(st.lists(SPAN, max_size=8), st.integers(1, 500))
def test_looking_back_is_looking_at_each_day(spans: list[tuple[int, int, int]], value: int) -> None:
    anchor = D("2026-11-20")
    day = datetime.timedelta(days=1)
    history = [
        Interval(anchor - (ago + length) * day, anchor - ago * day, price) for ago, length, price in spans
    ]
    window = [anchor - number * day for number in range(1, 31)]
    lows = [
        one.price
        for one in history
        for date in window
        if one.until is not None and one.since <= date <= one.until
    ]
    expected = "undecided" if not lows else "pass" if value <= min(lows) else "fail"
    assert _judged(SPANS, {N: value, "t.day": anchor, "t.intervals": history}) == expected


_COMPILED: dict[str, engine.Compiled] = {}


def _judged(check: str, facts: dict[str, Any]) -> str:
    if check not in _COMPILED:
        _COMPILED[check] = engine.Compiled(laws.rule(check=check, fixtures="[]"))
    return _COMPILED[check].outcome(facts, laws.TODAY)
