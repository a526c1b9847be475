"""The market: what others ask for the same need, made comparable, and where our own price stands among them.

A room that knows. `comparables` brings each observation to the price of one of ours, all in; `Spread` is lowest, quarters,
middle and highest of them; `Standing` is our place; `position` puts the basis of a list price into words, as far as customers
may see it. All sums are exact fractions of the smallest coin, rounded once when they are shown, and no two currencies are
ever added.
"""

from aboveboard.market.age import due, old
from aboveboard.market.comparable import Comparable, Left, comparables, left_out, newer, per_one, rounded
from aboveboard.market.fair import Unfair, from_rival, law_of, unfair, verifiable
from aboveboard.market.position import Position, Seen, position, seen
from aboveboard.market.spread import Spread
from aboveboard.market.standing import NEAR, Standing, Value, claimed, place_of, value_of

__all__ = [
    "NEAR",
    "Comparable",
    "Left",
    "Position",
    "Seen",
    "Spread",
    "Standing",
    "Unfair",
    "Value",
    "claimed",
    "comparables",
    "due",
    "from_rival",
    "law_of",
    "left_out",
    "newer",
    "old",
    "per_one",
    "place_of",
    "position",
    "rounded",
    "seen",
    "unfair",
    "value_of",
    "verifiable",
]
