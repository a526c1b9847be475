"""What things cost: from wages, bills and prices of things to the full cost of one unit, and to its floor.

`cost_lines` tells the full cost item by item, `full_cost` its sum, `floor_of` the lowest price that leaves the owner's margin,
`tornado` what moves that floor most, `planned` and `idle` what a normal month spends and what of it stays empty. All of it is
pure, exact (fractions until it is shown) and dated: each takes the day whose costs count.
"""

from aboveboard.pricing.costs.dated import as_on, in_force, period, turns
from aboveboard.pricing.costs.floors import Floor, exact_floor, floor, floor_from, floor_of
from aboveboard.pricing.costs.lines import (
    EMPTY,
    Costing,
    CostLine,
    Rates,
    cost_lines,
    cost_of,
    costing,
    full_cost,
    service_of,
    sold_at,
)
from aboveboard.pricing.costs.month import Idle, Planned, idle, planned
from aboveboard.pricing.costs.moves import FloorMove, Moved, Number, between, dated, say_moved
from aboveboard.pricing.costs.numbers import sound
from aboveboard.pricing.costs.opened import group_of, opened
from aboveboard.pricing.costs.rates import Rate, capacity_of, loaded, rate_of
from aboveboard.pricing.costs.tornado import Swing, tornado
from aboveboard.pricing.decimals import decimal

__all__ = [
    "EMPTY",
    "CostLine",
    "Costing",
    "Floor",
    "FloorMove",
    "Idle",
    "Moved",
    "Number",
    "Planned",
    "Rate",
    "Rates",
    "Swing",
    "as_on",
    "between",
    "capacity_of",
    "cost_lines",
    "cost_of",
    "costing",
    "dated",
    "decimal",
    "exact_floor",
    "floor",
    "floor_from",
    "floor_of",
    "full_cost",
    "group_of",
    "idle",
    "in_force",
    "loaded",
    "opened",
    "period",
    "planned",
    "rate_of",
    "say_moved",
    "service_of",
    "sold_at",
    "sound",
    "tornado",
    "turns",
]
