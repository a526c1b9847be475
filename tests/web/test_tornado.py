"""The picture of what moves a floor: on one scale, inside its edges, the line where the floor is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.web.charts import NARROWEST, measure
from aboveboard.web.tornado import Turned, draw


def test_bars_stand_at_both_sides_of_the_line():
    chart = draw(
        [Turned("Wage", 6600, 7800, "…"), Turned("Rent, paid ahead", 7300, 7100, "…")], 7200, "Floor"
    )
    wage, rent = chart.rows
    assert (wage.low_x, wage.high_x) == (2.0, chart.middle) == (2.0, 50.0)
    assert wage.low_width == wage.high_width == 48.0
    assert rent.low_x == chart.middle and rent.high_x + rent.high_width == pytest.approx(chart.middle)
    assert rent.low_width == pytest.approx(8.0)
    assert wage.bottom <= rent.lines[0][0] <= rent.y < rent.bottom == chart.height


def test_a_picture_of_nothing_misleads():
    with pytest.raises(ValueError, match="at least one"):
        draw([], 100, "Floor")


money = st.integers(0, 10**9)


@given(
    st.lists(st.tuples(st.text("an W宽，", min_size=1, max_size=80), money, money), min_size=1, max_size=9),
    money,
)
def test_nothing_leaves_the_paper(turned, floor):
    chart = draw([Turned(name, low, high, "") for name, low, high in turned], floor, "Floor")
    assert 2 <= chart.middle <= 98
    for row in chart.rows:
        for x, width in ((row.low_x, row.low_width), (row.high_x, row.high_width)):
            assert x >= 1.99 and width >= 0 and x + width <= 98.01
        assert all(measure(line) <= NARROWEST or len(line.split()) == 1 for _, line in row.lines)
