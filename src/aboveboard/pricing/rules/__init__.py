"""Rules of a price as data that two machines read: one quote at a time, or a million in columns.

A `Rule` is a list of *cases*. A case has a *test* (closed kinds: a field lies within, is one of, has these bits), a code for what
happened, and a *deed* (closed kinds: a share, an amount, down to a price, every n-th free) or none. The first case whose
test holds decides. `situation` names the fields a test may look at, all whole numbers. `moves` is the result for one quote;
`pricing.columns` reads the same cases and deeds with arrays. So both give the same cents for the same reason, because there
is only one definition of what a rule says.
"""

from aboveboard.pricing.rules.deeds import (
    AmountOff,
    Deed,
    DownTo,
    EveryNthFree,
    ShareOfList,
    ShareOfNow,
    Standing,
)
from aboveboard.pricing.rules.predicates import Has, Not, OneOf, Test, Within, Wrapped
from aboveboard.pricing.rules.rule import Case, Rule
from aboveboard.pricing.rules.situation import FIELDS, NOT_SAID, Situation

__all__ = [
    "FIELDS",
    "NOT_SAID",
    "AmountOff",
    "Case",
    "Deed",
    "DownTo",
    "EveryNthFree",
    "Has",
    "Not",
    "OneOf",
    "Rule",
    "ShareOfList",
    "ShareOfNow",
    "Situation",
    "Standing",
    "Test",
    "Within",
    "Wrapped",
]
