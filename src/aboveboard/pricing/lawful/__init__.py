"""What the law says to a price: its facts, the rules that hold for them, and what the rules ask to be done or shown.

A price is made first, by its own steps; then `facts` says of it what rules may ask, and a `Bench` judges it by the rules of
the place where the business is and of the place where the customer is. Four things come of it:

- `Judged`: what each rule said, with the facts that it read, so that years later the same rule can be asked again;
- a `Prior`: the earlier price from which an announced reduction must count (`prior`), which binds as a step of the price;
- a `Ban`: here no facts about a person may be used at all (`ban`), whatever the person said;
- sentences that a law wants beside the price, word by word (`sentences`).

What nobody knows is left out of the facts. A rule that needs it is then undecided, which is a question to the owner and never
a pass. The room is as pure as the rest of pricing: no clock, no store, nobody's name.
"""

from aboveboard.pricing.lawful.bench import (
    Ban,
    Bench,
    Judged,
    Said,
    ban,
    behind,
    judge_of,
    judged,
    prior,
    sentences,
    windows,
)
from aboveboard.pricing.lawful.facts import facts, net
from aboveboard.pricing.lawful.lines import Line, line_facts, lines
from aboveboard.pricing.lawful.past import History, NoHistory, Offered, comparable, offered
from aboveboard.pricing.lawful.setting import Setting, setting

__all__ = [
    "Ban",
    "Bench",
    "History",
    "Judged",
    "Line",
    "NoHistory",
    "Offered",
    "Said",
    "Setting",
    "ban",
    "behind",
    "comparable",
    "facts",
    "judge_of",
    "judged",
    "line_facts",
    "lines",
    "net",
    "offered",
    "prior",
    "sentences",
    "setting",
    "windows",
]
