"""Rules compiled against what is fixed, and asked of many questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from aboveboard.law.engine.result import Result
from aboveboard.law.engine.rules import OUTCOMES, Compiled, Sourced, state
from aboveboard.law.nodes import Facts, Now
from aboveboard.law.vocabulary import date_of


class Judge:
    """Rules, compiled against what is fixed; asks of each question only what is open."""

    __slots__ = ("_asked", "_fixed", "_now", "dropped", "rules")

    def __init__(
        self, rules: Sequence[Compiled], dropped: Sequence[Compiled], fixed: Facts, now: Now | None
    ) -> None:
        #: The rules that are asked for each question.
        self.rules = tuple(rules)
        #: The rules that the fixed facts (or the day) rule out.
        self.dropped = tuple(dropped)
        self._fixed = dict(fixed)
        self._now = now
        self._asked = tuple((rule, _plainly(rule, now)) for rule in rules)

    def results(self, facts: Facts, now: Now | None = None) -> list[Result]:
        """Return what each rule that is not ruled out says of these facts; fixed facts win over what `facts` says.

        `now` is a day or a moment; left out, the day that was fixed when compiling. Raises `ValueError` without either.
        """
        day = self._now if now is None else now
        if day is None:
            raise ValueError("say on which day: `now` was neither fixed nor given")
        known = {**facts, **self._fixed} if self._fixed else facts
        found = []
        for rule, plainly in self._asked:
            if plainly:
                applies = rule.applies.run(known, day)
                if applies is True:
                    outcome = OUTCOMES[rule.check.run(known, day)]
                else:
                    outcome = "undecided" if applies is None else "not_applicable"
            else:
                outcome = rule.outcome(known, day)
            found.append(Result(outcome, rule, known, day))
        return found

    def apart(self, facts: Collection[str]) -> tuple[Judge, Judge]:
        """Return this judge in two: of the rules that read none of these facts, and of the others.

        Where only these facts differ between questions, what the first one says holds for all of them.
        """
        without = [rule for rule in self.rules if not any(name in facts for name in rule.reads)]
        others = [rule for rule in self.rules if any(name in facts for name in rule.reads)]
        return Judge(without, (), self._fixed, self._now), Judge(others, (), self._fixed, self._now)


def _plainly(rule: Compiled, now: Now | None) -> bool:
    """Whether the rule is simply law on the fixed day, so that its dates need not be looked at again."""
    return (
        now is not None and rule.of.rule.status != "undecided" and state(rule.of.rule, date_of(now)) is None
    )


def compile(  # noqa: A001 - the word for what it does; used as engine.compile
    rules: Iterable[Sourced], fixed: Facts | None = None, now: Now | None = None
) -> Judge:
    """Return a judge for these rules. `fixed` holds the facts that are the same for every question, `now` the day if it is.

    With a day, rules that are not law on it are dropped too (`Judge.dropped`); without, they say so each time.
    """
    given = dict(fixed or {})
    kept: list[Compiled] = []
    dropped: list[Compiled] = []
    for rule in rules:
        compiled = Compiled(rule, given)
        off = now is not None and state(rule.rule, date_of(now)) is not None
        (dropped if compiled.never or off else kept).append(compiled)
    return Judge(kept, dropped, given, now)


def evaluate(rule: Sourced, facts: Facts, now: Now) -> Result:
    """Return what one rule says of these facts on that day."""
    compiled = Compiled(rule)
    return Result(compiled.outcome(facts, now), compiled, facts, now)
