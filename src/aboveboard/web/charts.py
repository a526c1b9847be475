"""The picture of a price: a waterfall from what it costs to what one pays.

Read from top to bottom. Each step is a row: its words and its amount above, its bar below, where the last one ended.
Lying rows, because a phone is narrow and words are long. Money runs from left to right and starts at zero, so lengths
may be compared. The floor is a line across all rows. Fill alone tells nothing: what is hatched used personal facts,
what is a broken outline did not apply, and both are also said in words; black ink on paper is enough.

Only geometry is computed here: `x` and widths in per cent of the picture's width, heights in pixels. `charts.html`
draws it, so that letters keep their size while bars stretch. Lines are broken for the narrowest screen (320 px) by the
widths of wide letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["whole", "more", "less", "total"]

#: Pixels: height of a line of words, of a bar, of the space under it; room for the floor's words above the first row.
LINE = 21
BAR = 18
GAP = 13
#: A step that did not apply has a low outline close to the next row: it must not weigh as much as one that did.
ABSENT_BAR = 8
ABSENT_GAP = 10
TOP = 30
#: Pixels that a line may fill at 320 px, with 16 px of margin at each side, and the size of the letters.
NARROWEST = 288
SIZE = 15
#: Space to the right of the longest bar, so that the end of the scale is not the edge of the paper.
ROOM = 1.02


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: from `start` to `end` in minor units; `amount` as people write it, `why_not` for a step that did not apply."""

    label: str
    amount: str
    start: int
    end: int
    kind: Kind
    personal: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A bar with its place: `lines` of words with their baselines, then the bar at `y`; `to` is where the next row begins."""

    bar: Bar
    lines: tuple[tuple[int, str], ...]
    reasons: tuple[tuple[int, str], ...]
    y: int
    height: int
    x: float
    width: float
    end: float
    bottom: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole picture; `floor` is the place of the floor's line in per cent, or None."""

    rows: tuple[Row, ...]
    height: int
    floor: float | None
    floor_label: str


def draw(bars: Sequence[Bar], floor: int | None = None, floor_label: str = "") -> Chart:
    """Return where everything stands. Raises `ValueError` without bars, for a picture of nothing misleads."""
    if not bars:
        raise ValueError("a waterfall needs at least one step")
    longest = max([*(max(bar.start, bar.end) for bar in bars), floor or 0, 1]) * ROOM
    rows: list[Row] = []
    y = TOP if floor is not None else 0
    for bar in bars:
        rows.append(_row(bar, y, longest))
        y = rows[-1].bottom
    place = None if floor is None else _percent(floor, longest)
    return Chart(tuple(rows), y, place, floor_label)


def _row(bar: Bar, top: int, longest: float) -> Row:
    beside = NARROWEST - measure(bar.amount) - 12
    words = _placed(wrap(bar.label, beside), top)
    reasons = _placed(wrap(bar.why_not, NARROWEST), top + LINE * len(words)) if bar.why_not else ()
    y = top + LINE * (len(words) + len(reasons)) + 2
    height = ABSENT_BAR if bar.why_not else BAR
    low, high = sorted((max(bar.start, 0), max(bar.end, 0)))
    return Row(
        bar=bar,
        lines=words,
        reasons=reasons,
        y=y,
        x=_percent(low, longest),
        width=_percent(high - low, longest),
        end=_percent(max(bar.end, 0), longest),
        height=height,
        bottom=y + height + (ABSENT_GAP if bar.why_not else GAP),
    )


def _placed(lines: list[str], top: int) -> tuple[tuple[int, str], ...]:
    return tuple((top + LINE * number + SIZE, line) for number, line in enumerate(lines))


def _percent(value: float, longest: float) -> float:
    return round(100 * value / longest, 3)


def measure(text: str, size: int = SIZE) -> float:
    """Return about how many pixels wide `text` is, rather too many than too few."""
    return sum(_em(sign) for sign in text) * size


def _em(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.0
    if sign in "mwMW@%—…":
        return 0.95
    return (
        0.68
        if sign.isupper() or sign.isdigit() or sign in "$€£¥\u2212"
        else 0.33
        if sign in " .,:;ijltfI'()"
        else 0.6
    )


def wrap(text: str, width: float) -> list[str]:
    """Break `text` into lines no wider than `width` pixels; Chinese breaks between signs, but no line begins with a stop."""
    lines: list[str] = [""]
    for piece in _pieces(text):
        if lines[-1] and measure(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> list[str]:
    """Return the parts between which a line may break: words with the space after them, single Chinese signs with their stops."""
    pieces: list[str] = []
    for sign in text:
        wide = unicodedata.east_asian_width(sign) in "WF" and sign not in "，。、：；！？）」』”"
        after_break = bool(pieces) and (
            pieces[-1].endswith(" ") or unicodedata.east_asian_width(pieces[-1][-1]) in "WF"
        )
        closing = sign in "，。、：；！？）」』” "
        if not pieces or wide or (after_break and not closing):
            pieces.append(sign)
        else:
            pieces[-1] += sign
    return pieces
