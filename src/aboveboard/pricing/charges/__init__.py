"""Charges: what a price is made of where it is not simply so much for each.

`tier_rules(book, service, tier, add_ons)` compiles what a tier charges, `total(rules, ask)` makes the lines of an order, each
rounded once and each with its sum in words. `compile_charge` and `line` do the same for one charge, `columns` for a whole
column of counts. Pure: no clock, no store; moments and counts are handed in.
"""

from aboveboard.pricing.charges.columns import columns
from aboveboard.pricing.charges.compiling import Setting, compile_charge
from aboveboard.pricing.charges.lines import BandLine, ChargeLine, line
from aboveboard.pricing.charges.rule import ChargeRule
from aboveboard.pricing.charges.total import Ask, Asked, Charged, TierRules, tier_rules, total

__all__ = [
    "Ask",
    "Asked",
    "BandLine",
    "ChargeLine",
    "ChargeRule",
    "Charged",
    "Setting",
    "TierRules",
    "columns",
    "compile_charge",
    "line",
    "tier_rules",
    "total",
]
