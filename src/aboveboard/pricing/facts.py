"""The few facts about a customer that a price may use, and only if the gate let them through.

`pricing` never sees a person. Whoever asks for a price hands over `AllowedFacts`; a fact that is `None` was not allowed or is
not known, and no rule can tell which. So "which of my data touched this price" is answered by construction, and "what
would I pay without it" is the same computation with `NO_FACTS`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

FactName = Literal["visits", "months"]


@dataclass(frozen=True, slots=True)
class AllowedFacts:
    """`visits`: how often the customer came before this date. `months`: full months since the first visit."""

    visits: int | None = None
    months: int | None = None

    def given(self) -> tuple[str, ...]:
        """Return the names of the facts that are there, in the order they are declared."""
        return tuple(name for name in _NAMES if getattr(self, name) is not None)

    def get(self, fact: str) -> int | None:
        """Return the value of `fact`, or None if it was not handed over."""
        value: int | None = getattr(self, fact, None)
        return value


_NAMES = tuple(field.name for field in fields(AllowedFacts))
NO_FACTS = AllowedFacts()
