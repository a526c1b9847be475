"""The picture of a price: everything stays in its place, in both languages, on the narrowest screen."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.web import charts
from aboveboard.web.charts import NARROWEST, Bar, draw, measure, wrap

LABELS = st.text(alphabet="abc mW,.（，。治疗成本 ", min_size=1, max_size=90)
AMOUNT = st.integers(min_value=0, max_value=10**9)
BARS = st.lists(
    st.builds(
        Bar,
        label=LABELS,
        amount=st.sampled_from(["$84.00", "−$1,234.56", "84.00 美元"]),
        start=AMOUNT,
        end=AMOUNT,
        kind=st.sampled_from(["whole", "more", "less", "total"]),
        personal=st.booleans(),
        why_not=st.one_of(st.just(""), LABELS),
    ),
    min_size=1,
    max_size=12,
)


@given(BARS, st.one_of(st.none(), AMOUNT))
def test_nothing_leaves_the_paper_and_nothing_overlaps(bars, floor):
    chart = draw(bars, floor, "floor")
    bottom = charts.TOP if floor is not None else 0
    for row in chart.rows:
        assert row.x >= 0 and row.x + row.width <= 100.001
        baselines = [y for y, _ in (*row.lines, *row.reasons)]
        assert baselines[0] >= bottom + charts.SIZE
        assert all(b - a == charts.LINE for a, b in itertools.pairwise(baselines))
        assert baselines[-1] < row.y < row.y + row.height < row.bottom
        bottom = row.bottom
    assert chart.height == bottom
    assert chart.floor is None or 0 <= chart.floor <= 100


@given(LABELS, st.integers(60, NARROWEST))
def test_lines_fit_and_lose_no_letter(text, width):
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    longest_piece = max((measure(piece) for piece in charts._pieces(text)), default=0)
    assert all(measure(line) <= max(width, longest_piece) for line in lines)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("You pay", ["You pay"]),
        ("From our cost to the list price", ["From our cost to the list", "price"]),
        ("从我们的成本到标价", ["从我们的成本到标价"]),
        (
            "每年 9 月 15 日至 12 月 20 日才适用，别的时候不变。",
            ["每年 9 月 15 日至 12 月 20 日", "才适用，别的时候不变。"],
        ),
    ],
)
def test_where_lines_break(text, lines):
    assert wrap(text, 220) == lines


def test_no_line_begins_with_a_stop():
    for width in range(40, 200, 3):
        assert not any(
            line[0] in "，。）"
            for line in wrap("我们的成本，是五十八元。（含税）。好了，谢谢。", width)
            if line
        )


def test_a_picture_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        draw([])
