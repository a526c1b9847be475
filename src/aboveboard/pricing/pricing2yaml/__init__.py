"""Price pages in Pricing2Yaml: read those of others, say what is wrong with them, count what they sell, write our own.

Pricing2Yaml is the University of Seville's format for the price pages of software services: plans, add-ons, and the features and
limits that each gives. `analyse` reads any version from 1.0 to 3.1 and answers the questions that a buyer and a seller have: is
the page sound, how many different things does it sell, what do the cheapest and the dearest cost? `export` writes 3.1.
"""

from aboveboard.pricing.pricing2yaml.analysis import Analysis, analyse
from aboveboard.pricing.pricing2yaml.export import export
from aboveboard.pricing.pricing2yaml.model import (
    AddOn,
    Feature,
    PagePrice,
    Period,
    Plan,
    PricePage,
    Quantity,
    UsageLimit,
)
from aboveboard.pricing.pricing2yaml.reading import read
from aboveboard.pricing.pricing2yaml.space import Subscription, TooTangled, cheapest, dearest, size

__all__ = [
    "AddOn",
    "Analysis",
    "Feature",
    "PagePrice",
    "Period",
    "Plan",
    "PricePage",
    "Quantity",
    "Subscription",
    "TooTangled",
    "UsageLimit",
    "analyse",
    "cheapest",
    "dearest",
    "export",
    "read",
    "size",
]
