"""As far as the owner opens the book: which cost lines customers see.

`items` shows each line, `groups` what belongs together as one sum, `total` only the whole, `none` nothing at all. The sums
are the same at every depth; only the detail differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from aboveboard.book.model import OpenBook
from aboveboard.pricing.costs.lines import EMPTY, POINTS, CostLine
from aboveboard.pricing.costs.says import fill, t
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.says import number

_GROUPS = {
    "time": "people",
    "rent": "places",
    "equipment": "places",
    "material": "materials",
    "fee": "fees",
    "software": "running",
    "marketing": "running",
    "administration": "running",
    EMPTY: "empty",
    POINTS: "points",
}


def opened(lines: Sequence[CostLine], how_far: OpenBook) -> tuple[CostLine, ...]:
    """Return the lines that customers see."""
    if how_far == "items":
        return tuple(lines)
    return tuple(_groups(lines)) if how_far == "groups" else ()


def group_of(kind: str) -> str:
    """Return the group that a kind of cost belongs to."""
    return _GROUPS[kind]


def _groups(lines: Sequence[CostLine]) -> list[CostLine]:
    found: dict[str, list[CostLine]] = {}
    for line in lines:
        found.setdefault(_GROUPS[line.kind], []).append(line)
    return [_group(name, found[name]) for name in dict.fromkeys(_GROUPS.values()) if name in found]


def _group(name: str, lines: list[CostLine]) -> CostLine:
    count = Decimal(len(lines))
    return CostLine(
        item=name,
        name=t.text(f"group.{name}"),
        kind=name,
        direct=all(line.direct for line in lines),
        quantity=Decimal(1),
        unit="group",
        amount=decimal(sum((Fraction(line.amount) for line in lines), Fraction(0))),
        how=fill(f"group.parts.{'one' if count == 1 else 'many'}", n=number(count)),
    )
