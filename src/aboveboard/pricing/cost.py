"""Cost and floor under their short names; see `aboveboard.pricing.costs`."""

from aboveboard.pricing.costs import CostLine, cost_lines, decimal, floor, full_cost, sound

__all__ = ["CostLine", "cost_lines", "decimal", "floor", "full_cost", "sound"]
