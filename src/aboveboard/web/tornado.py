"""The picture of what moves a floor: bars to both sides of a line, the longest first.

Each row has its words above and its bar below, so that it reads at 320 px as the waterfall does. A bar is two parts: what the
floor becomes when the number is lower (outlined) and when it is higher (filled). The line is the floor as it is; money runs
from left to right on one scale, so lengths may be compared, and the ends are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aboveboard.web.charts import BAR, GAP, LINE, NARROWEST, SIZE, TOP, wrap

#: Per cent of the width that stay free at each side, so that no bar touches the edge.
_SIDE = 2.0


@dataclass(frozen=True, slots=True)
class Turned:
    """One number turned: its name, where the floor goes when it is `low` and `high` (minor units), both as people write them."""

    name: str
    low: int
    high: int
    said: str


@dataclass(frozen=True, slots=True)
class Row:
    """A bar with its place: lines of words with their baselines, and the two parts from the line at `middle`, in per cent."""

    lines: tuple[tuple[int, str], ...]
    said: tuple[int, str]
    y: int
    height: int
    low_x: float
    low_width: float
    high_x: float
    high_width: float
    bottom: int


@dataclass(frozen=True, slots=True)
class Tornado:
    """A whole picture; `middle` is the place of the line in per cent."""

    rows: tuple[Row, ...]
    height: int
    middle: float
    label: str


def draw(turned: Sequence[Turned], floor: int, label: str) -> Tornado:
    """Return where everything stands. Raises `ValueError` without numbers, for a picture of nothing misleads."""
    if not turned:
        raise ValueError("a tornado needs at least one number")
    least = min(floor, *(min(one.low, one.high) for one in turned))
    most = max(floor, *(max(one.low, one.high) for one in turned))
    scale = (100 - 2 * _SIDE) / max(most - least, 1)

    def place(value: int) -> float:
        return round(_SIDE + (value - least) * scale, 3)

    middle, y, rows = place(floor), TOP, []
    for one in turned:
        rows.append(_row(one, y, place, middle))
        y = rows[-1].bottom
    return Tornado(tuple(rows), y, middle, label)


def _row(one: Turned, top: int, place: Callable[[int], float], middle: float) -> Row:
    words = tuple((top + LINE * number + SIZE, line) for number, line in enumerate(wrap(one.name, NARROWEST)))
    below = top + LINE * len(words)
    y = below + LINE + 2
    low, high = place(one.low), place(one.high)
    return Row(
        lines=words,
        said=(below + SIZE, one.said),
        y=y,
        height=BAR,
        low_x=min(low, middle),
        low_width=round(abs(low - middle), 3),
        high_x=min(high, middle),
        high_width=round(abs(high - middle), 3),
        bottom=y + BAR + GAP,
    )
