"""Prices: from full cost to the amount to pay, as steps that add up and explain themselves.

`price(book, PriceRequest(service, tier, quantity, on), facts)` makes a `Price`; `explain` says it in a sentence. The room
is pure: no database, no clock, and no customer. Personal facts come in as `AllowedFacts`, already let through by the gate.

What the room offers is loaded when it is first asked for (PEP 562): who only reads a price page, or only needs the sentence of
an error, does not wait for the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aboveboard.pricing.costs import CostLine, cost_lines, floor, full_cost
    from aboveboard.pricing.errors import PriceError
    from aboveboard.pricing.explaining import explain, explain_without
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

#: No name here may be that of a module of the room, or importing that module would hide it.
_WHERE = {
    "costs": ("CostLine", "cost_lines", "floor", "full_cost"),
    "errors": ("PriceError",),
    "explaining": ("explain", "explain_without"),
    "facts": ("NO_FACTS", "AllowedFacts"),
    "quote": ("price",),
    "steps": ("NO_BACKGROUND", "Background", "Price", "PriceRequest", "Prior", "Step"),
}
_HOME = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
