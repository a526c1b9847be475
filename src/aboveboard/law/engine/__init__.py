"""Judging facts by rules, and saying why.

`compile` takes rules and the facts that are fixed for a batch (where the customer and the business are, the day) and returns
a `Judge`. What the fixed facts settle is worked out once: rules that cannot apply are gone, conditions that hold are not
asked again. `Judge.results(facts)` then gives a `Result` per rule, in a few microseconds each.

A result is one of `pass`, `fail`, `undecided` (a fact is missing, or sources disagree), `not_applicable`, `not_yet`,
`expired`. It names its rule, the pack with version and hash, and the facts it read, so that an old decision can be judged
again under the rule that was then in force. Everything but the outcome is worked out when it is asked for.

Between packs the strictest wins (`strictest`): one fail outweighs every pass, the earliest date is the one to keep.
"""

from aboveboard.law.engine.judge import Judge, compile, evaluate  # noqa: A004 - the word for what it does
from aboveboard.law.engine.result import Result, lowest, plain
from aboveboard.law.engine.rules import Compiled, Source, Sourced, parts, state
from aboveboard.law.engine.strict import Strictest, strictest

__all__ = [
    "Compiled",
    "Judge",
    "Result",
    "Source",
    "Sourced",
    "Strictest",
    "compile",
    "evaluate",
    "lowest",
    "parts",
    "plain",
    "state",
    "strictest",
]
