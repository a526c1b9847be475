"""The picture of a price among others: one middle for all rows, nothing off the paper, left is cheaper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.web.charts import NARROWEST, measure
from aboveboard.web.ranges import BOX, Placed, draw


def placed(
    name="Standard", ours=0.9, five=(0.8, 0.9, 1.0, 1.1, 1.2), others=(0.8, 1.0, 1.2), said="80 … 100 … 120"
):
    return Placed(name, "$90.00", said, ours, five, others)


def test_left_of_the_middle_is_cheaper_in_every_row():
    chart = draw([placed(), placed("Extended", ours=1.1)], "the middle")
    standard, extended = chart.rows
    assert (standard.line_x, chart.middle, standard.line_to) == (4.0, 50.0, 96.0)
    assert standard.box_x == 27.0 and standard.box_x + standard.box_width == 73.0
    assert standard.mark == 27.0 < chart.middle < extended.mark == 73.0
    assert standard.rings == (4.0, 50.0, 96.0)
    assert standard.amount == (standard.lines[0][0], "$90.00")
    assert (
        standard.lines[0][0] < standard.y - BOX // 2
        and standard.y + BOX // 2 < standard.said[0][0] <= standard.bottom
    )
    assert standard.bottom <= extended.lines[0][0] and extended.bottom == chart.height


def test_one_price_is_its_own_middle():
    [row] = draw([placed(ours=1.0, five=(1.0,) * 5, others=(1.0,))], "m").rows
    assert row.line_x == row.line_to == row.mark == 4.0 and row.box_width == 0


def test_a_picture_of_nothing_misleads():
    with pytest.raises(ValueError, match="at least one"):
        draw([], "m")


shares = st.floats(0.001, 1000)
rows = st.builds(
    lambda name, ours, five, others: placed(name, ours, tuple(sorted(five)), tuple(others)),
    st.text("an W宽，", min_size=1, max_size=60),
    shares,
    st.lists(shares, min_size=5, max_size=5),
    st.lists(shares, max_size=5),
)


@given(st.lists(rows, min_size=1, max_size=6))
def test_nothing_leaves_the_paper(found):
    chart = draw(found, "the middle")
    before = 0
    for row in chart.rows:
        for x in (
            row.line_x,
            row.line_to,
            row.box_x,
            row.box_x + row.box_width,
            row.mark,
            *row.rings,
            chart.middle,
        ):
            assert 3.99 <= x <= 96.01
        assert row.line_x <= row.box_x + 0.001 and row.box_x + row.box_width <= row.line_to + 0.01
        assert before < row.lines[0][0] < row.bottom
        before = row.bottom
        assert all(measure(line) <= NARROWEST for _, line in row.said)
    assert chart.height == before
