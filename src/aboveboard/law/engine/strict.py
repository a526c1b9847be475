"""What several results come to: the strictest wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aboveboard.law import vocabulary
from aboveboard.law.engine.result import Result, plain
from aboveboard.law.form import Outcome

#: From the weightiest: one fail outweighs every pass, and what is undecided is not passed.
_WEIGHT: tuple[Outcome, ...] = ("fail", "undecided", "pass", "not_yet", "expired", "not_applicable")


@dataclass(frozen=True, slots=True)
class Strictest:
    """What several results come to: the weightiest outcome with the rules that say it, and the earliest dates to keep."""

    outcome: Outcome
    by: tuple[Result, ...]
    due: vocabulary.Day | None
    safe: vocabulary.Day | None


def strictest(results: Iterable[Result]) -> Strictest:
    """Return what holds where several rules speak: the strictest outcome, the earliest due and safe dates."""
    known = list(results)
    said: list[Outcome] = [result.outcome for result in known]
    outcome: Outcome = min(said, key=_WEIGHT.index, default="not_applicable")
    live = [result for result in known if result.outcome in ("pass", "fail", "undecided")]
    return Strictest(
        outcome,
        tuple(result for result in known if result.outcome == outcome),
        _earliest(result.due for result in live),
        _earliest(result.safe for result in live),
    )


def _earliest(days: Iterable[vocabulary.Day | None]) -> vocabulary.Day | None:
    return min((day for day in days if day is not None), key=lambda day: str(plain(day)), default=None)
