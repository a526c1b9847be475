"""What a draft of the book would have meant: last year's requests, priced under both books in columns.

`simulate(before, after, demand)` returns revenue and margin under both, and who would have paid more or less, by service and
tier. Attributes for reporting (a group, an age, a postcode) come beside the requests, are never handed to a price, and are told
apart.
"""

from aboveboard.pricing.simulation.demand import Attribute, Demand, Slice
from aboveboard.pricing.simulation.simulate import Compared, Simulation, simulate

__all__ = ["Attribute", "Compared", "Demand", "Simulation", "Slice", "simulate"]
