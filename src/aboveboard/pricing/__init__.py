"""Prices: from full cost to the amount to pay, as steps that add up and explain themselves.

`price(book, PriceRequest(service, tier, quantity, on), facts)` makes a `Price`; `explain` says it in a sentence. The room
is pure: no database, no clock, and no customer. Personal facts come in as `AllowedFacts`, already let through by the gate.
"""

from aboveboard.pricing.costs import CostLine, cost_lines, floor, full_cost
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.explain import explain, explain_without
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.quote import price
from aboveboard.pricing.steps import NO_BACKGROUND, Background, Price, PriceRequest, Prior, Step

__all__ = [
    "NO_BACKGROUND",
    "NO_FACTS",
    "AllowedFacts",
    "Background",
    "CostLine",
    "Price",
    "PriceError",
    "PriceRequest",
    "Prior",
    "Step",
    "cost_lines",
    "explain",
    "explain_without",
    "floor",
    "full_cost",
    "price",
]
