"""The same requests under two books: sums, and who would have paid more or less.

All sums are whole minor units; costs are counted to a millionth of one and rounded once for each line of the report. Revenue is
the price before fees and tax, since those are not the firm's. "More" and "less" compare what the customer would have paid in
all. Nobody's answer is assumed to change: a dearer price may lose customers, and that is not in here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from aboveboard.book.model import Book
from aboveboard.pricing.columns import Columns, Many, Ready, ready
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.simulation.demand import Demand, Slice

#: Costs are summed in millionths of a minor unit.
_FINE = 10**6
#: A cost so small that a thousand of it can be counted in 64 bits.
_SMALL = 2**52
#: 95 % of a normal distribution lie within so many standard deviations.
_WIDE = 1.959964


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the report, money in minor units: a service's tier, a value of an attribute, or everything.

    `paid` is what customers pay in all; `change` is the mean difference of one order and `change_within` half the width of its
    95 % interval; `most_more` and `most_less` are the largest differences.
    """

    name: str
    rows: int
    revenue_before: int
    revenue_after: int
    margin_before: int
    margin_after: int
    paid_before: int
    paid_after: int
    more: int
    less: int
    change: float
    change_within: float
    most_more: int
    most_less: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """The whole report. `unpriced` are requests that the draft gives no price, by the reason; they are in no other line.

    `guards` counts for each guard how often it held a price, before and after.
    """

    total: Compared
    tiers: tuple[Compared, ...]
    attributes: dict[str, tuple[Compared, ...]]
    unpriced: dict[str, int]
    guards: dict[str, tuple[int, int]]


@dataclass(slots=True)
class _Priced:
    """One slice under both books: arrays of the same length."""

    slice: Slice
    net: tuple[Any, Any]
    paid: tuple[Any, Any]
    cost: tuple[Any, Any]


def simulate(before: Book, after: Book, demand: Demand) -> Simulation:
    """Return what the requests would have come to under `after`, beside `before`.

    Raises `PriceError` if `before` cannot price them: then they are not requests of that book.
    """
    import numpy as np

    priced: list[_Priced] = []
    unpriced: dict[str, int] = {}
    guards: dict[str, list[int]] = {}
    for each in demand.slices:
        known = _ready(before, each)
        try:
            asked, drafted = _sold(after, each, unpriced)
            new = _side(drafted)
        except PriceError as error:
            unpriced[error.code] = unpriced.get(error.code, 0) + each.rows
            continue
        old = _side(known if asked is each else _ready(before, asked))
        for at, side in enumerate((old, new)):
            for kind, count in side.held.items():
                guards.setdefault(kind, [0, 0])[at] += count
        priced.append(_Priced(asked, (old.net, new.net), (old.paid, new.paid), (old.cost, new.cost)))
    everything = _compared("", priced, [None] * len(priced))
    return Simulation(
        total=everything,
        tiers=tuple(_compared(f"{p.slice.service}/{p.slice.tier}", [p], [None]) for p in _merged(priced)),
        attributes={
            name: tuple(
                line
                for place, value in enumerate(attribute.names)
                if (line := _compared(value, priced, [_where(p, name, place, np) for p in priced])).rows
            )
            for name, attribute in demand.attributes.items()
        },
        unpriced=unpriced,
        guards={kind: (counts[0], counts[1]) for kind, counts in guards.items()},
    )


class _Side(NamedTuple):
    """One slice under one book: arrays of net price, price to pay and cost (in millionths), and how often each guard held."""

    net: Any
    paid: Any
    cost: Any
    held: dict[str, int]


def _ready(book: Book, asked: Slice, columns: Columns | None = None) -> Ready:
    rows = asked.columns if columns is None else columns
    return ready(book, asked.service, asked.tier, rows, channel=asked.channel, segment=asked.segment)


def _sold(book: Book, asked: Slice, unpriced: dict[str, int]) -> tuple[Slice, Ready]:
    """Return the rows that a book sells, and count the others by the reason; raises `PriceError` if nobody can have the tier."""
    found = _ready(book, asked, asked.drafted)
    for code, rows in found.refused.items():
        unpriced[code] = unpriced.get(code, 0) + rows
    if not found.refused:
        return asked, found
    kept = asked.only(found.sold)
    return kept, _ready(book, kept, kept.drafted)


def _side(asked: Ready) -> _Side:
    many = asked.priced()
    return _Side(many.net, many.total, _cost(many), _held(many))


def _cost(many: Many) -> Any:
    """Return what each row costs the firm, in millionths of a minor unit."""
    import numpy as np

    fine = [int((offer.cost * _FINE).to_integral_value()) for offer in many.offers]
    # A cost in millionths of a coin, times a thousand, may be more than 64 bits hold; then Python's integers count.
    kind = np.int64 if max(map(abs, fine), default=0) < _SMALL else object
    unit = np.array(fine, dtype=kind)[0 if len(set(fine)) == 1 else many.variant]
    return np.broadcast_to(unit * np.asarray(many.ground.times, dtype=kind), (many.rows,))


def _held(many: Many) -> dict[str, int]:
    """Return how many prices each guard held, by whichever of its steps."""
    import numpy as np

    rows: dict[str, Any] = {}
    for step in many.steps():
        if step.kind.startswith("guard_"):
            held = np.not_equal(np.broadcast_to(step.amount, (many.rows,)), 0)
            rows[step.kind] = rows.get(step.kind, False) | held
    return {kind: int(np.count_nonzero(held)) for kind, held in rows.items()}


def _merged(priced: list[_Priced]) -> list[_Priced]:
    """Return one entry for each tier, whatever way it was bought."""
    import numpy as np

    found: dict[tuple[str, str], list[_Priced]] = {}
    for each in priced:
        found.setdefault((each.slice.service, each.slice.tier), []).append(each)
    merged = []
    for parts in found.values():

        def joined(name: str, at: int, parts: list[_Priced] = parts) -> Any:
            return np.concatenate([np.broadcast_to(getattr(p, name)[at], (p.slice.rows,)) for p in parts])

        pairs = [(joined(name, 0), joined(name, 1)) for name in ("net", "paid", "cost")]
        merged.append(_Priced(parts[0].slice, *pairs))
    return merged


def _where(priced: _Priced, attribute: str, place: int, np: Any) -> Any:
    values = priced.slice.reported.get(attribute)
    return np.zeros(priced.slice.rows, dtype=bool) if values is None else values == place


def _compared(name: str, priced: list[_Priced], masks: list[Any]) -> Compared:
    """Return one line over the rows that the masks choose (None: all)."""
    import numpy as np

    def rows(pair: tuple[Any, Any], mask: Any) -> list[Any]:
        return [np.asarray(each) if mask is None else np.asarray(each)[mask] for each in pair]

    sums = {"net": [0, 0], "paid": [0, 0], "cost": [0, 0]}
    differences = []
    for each, mask in zip(priced, masks, strict=True):
        for key in sums:
            for at, column in enumerate(rows(getattr(each, key), mask)):
                sums[key][at] += _sum(column)
        old, new = rows(each.paid, mask)
        differences.append(new - old)
    change = np.concatenate(differences) if differences else np.zeros(0, dtype=np.int64)
    count = len(change)
    spread = float(change.std(ddof=1)) / count**0.5 * _WIDE if count > 1 else 0.0
    margins = [sums["net"][at] - _whole(sums["cost"][at]) for at in (0, 1)]
    return Compared(
        name=name,
        rows=count,
        revenue_before=sums["net"][0],
        revenue_after=sums["net"][1],
        margin_before=margins[0],
        margin_after=margins[1],
        paid_before=sums["paid"][0],
        paid_after=sums["paid"][1],
        more=int((change > 0).sum()),
        less=int((change < 0).sum()),
        change=float(change.mean()) if count else 0.0,
        change_within=spread,
        most_more=max(int(change.max(initial=0)), 0),
        most_less=min(int(change.min(initial=0)), 0),
    )


def _sum(column: Any) -> int:
    """Return the sum of an array of whole numbers, exactly, however large it gets."""
    import numpy as np

    high = np.asarray(column) // _FINE
    low = np.asarray(column) - high * _FINE
    return int(high.sum()) * _FINE + int(low.sum())


def _whole(fine: int) -> int:
    return int((Decimal(fine) / _FINE).to_integral_value())
