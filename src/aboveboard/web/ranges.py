"""The picture of a price among others: for each row the span of what others ask, and our own mark on it.

Rows are of different size (a visit, a course of ten), so the scale is not money but the share of each row's own middle: the
middle is one line through all rows, and left of it is cheaper everywhere. A thin line runs from the lowest to the highest
price, a box holds the middle half, a ring is one price of others, and our own is a filled diamond: readable in black and
white. Each row has its words above and its numbers in money below, so that it reads at 320 px as the waterfall does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aboveboard.web.charts import GAP, LINE, NARROWEST, SIZE, TOP, measure, wrap

#: Per cent of the width that stay free at each side, so that no mark is cut.
_SIDE = 4.0
#: Pixels: the height of a box.
BOX = 22


@dataclass(frozen=True, slots=True)
class Placed:
    """One row: its name, our price as people write it (`ours_said`), the numbers below, and all shares of the middle (1.0).

    `five` are lowest, lower quarter, middle, upper quarter, highest; `others` each price of others.
    """

    name: str
    ours_said: str
    said: str
    ours: float
    five: tuple[float, float, float, float, float]
    others: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its places, in per cent of the width and pixels of the height; `y` is the middle of its marks."""

    lines: tuple[tuple[int, str], ...]
    amount: tuple[int, str]
    said: tuple[tuple[int, str], ...]
    y: int
    line_x: float
    line_to: float
    box_x: float
    box_width: float
    rings: tuple[float, ...]
    mark: float
    bottom: int


@dataclass(frozen=True, slots=True)
class Ranges:
    """A whole picture; `middle` is the place of the line in per cent, `label` its words."""

    rows: tuple[Row, ...]
    height: int
    middle: float
    label: str
    box: int = BOX


def draw(placed: Sequence[Placed], label: str) -> Ranges:
    """Return where everything stands. Raises `ValueError` without rows, for a picture of nothing misleads."""
    if not placed:
        raise ValueError("a picture of ranges needs at least one row")
    values = [1.0, *(value for one in placed for value in (one.ours, *one.five, *one.others))]
    least, most = min(values), max(values)
    scale = (100 - 2 * _SIDE) / max(most - least, 0.001)

    def place(value: float) -> float:
        return round(_SIDE + (value - least) * scale, 3)

    rows: list[Row] = []
    y = TOP
    for one in placed:
        rows.append(_row(one, y, place))
        y = rows[-1].bottom
    return Ranges(tuple(rows), y, place(1.0), label)


def _row(one: Placed, top: int, place: Callable[[float], float]) -> Row:
    beside = NARROWEST - measure(one.ours_said) - 12
    words = tuple((top + LINE * number + SIZE, line) for number, line in enumerate(wrap(one.name, beside)))
    y = top + LINE * len(words) + BOX // 2 + 6
    below = y + BOX // 2 + 4
    said = tuple(
        (below + LINE * number + SIZE, line) for number, line in enumerate(wrap(one.said, NARROWEST))
    )
    lowest, lower, _, upper, highest = map(place, one.five)
    return Row(
        lines=words,
        amount=(words[0][0], one.ours_said),
        said=said,
        y=y,
        line_x=lowest,
        line_to=highest,
        box_x=lower,
        box_width=round(upper - lower, 3),
        rings=tuple(map(place, one.others)),
        mark=place(one.ours),
        bottom=below + LINE * len(said) + GAP,
    )
