"""What a signal says no to, whatever notation it came in: the one form in which the gate and the record know it.

There is no word for a yes among the *refusals*. A signal can only make things narrower, for nobody has proven who sent it; a
string that refuses nothing says nothing at all here.

- `sale`, `sharing`, `targeted_advertising`: the opt-outs of the US states' laws. Global Privacy Control says the first two.
- `sensitive`: no use of sensitive data beyond the service itself. `known_child`: no yes for a child's data.
- `statistics`: only TCF can say this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Refusal = Literal["sale", "sharing", "targeted_advertising", "sensitive", "known_child", "statistics"]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)
Signal = Literal["gpc", "gpp", "tcf"]

Refusals = frozenset[Refusal]
NOTHING: Refusals = frozenset()
#: What Global Privacy Control says: do not sell or share my data.
GPC: Refusals = frozenset({"sale", "sharing"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One signal: its notation, what it refuses, and for a GPP string the sections that it had."""

    signal: Signal
    refuses: Refusals
    sections: tuple[str, ...] = ()

    def as_facts(self) -> dict[str, Any]:
        """Return it as it stands in an entry."""
        facts: dict[str, Any] = {"signal": self.signal, "refuses": in_order(self.refuses)}
        return facts | ({"sections": list(self.sections)} if self.sections else {})


#: A browser that sends Global Privacy Control.
BROWSER = Heard("gpc", GPC)


def refused(heard: Iterable[Heard]) -> Refusals:
    """Return all that several signals refuse together."""
    return NOTHING.union(*(one.refuses for one in heard))


def of_facts(facts: Mapping[str, Any]) -> Refusals:
    """Return what an entry `signal.seen` refuses; the first ones were all of Global Privacy Control and did not say it."""
    return frozenset(facts["refuses"]) if "refuses" in facts else GPC


def in_order(refusals: Collection[Refusal]) -> list[Refusal]:
    """Return refusals in the order in which they are always told."""
    return [one for one in REFUSALS if one in refusals]
