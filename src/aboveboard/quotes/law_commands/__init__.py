"""Commands of the law: rules as they stand, deadlines counted, packs proved; what rules said and would say of our prices.

The room `law` itself only knows: which packs an owner has (settings) and what day it is are read here and handed to it.
"""

from __future__ import annotations

import click

from aboveboard.quotes.law_commands.prices import plan_command, quotes_command, replay_command
from aboveboard.quotes.law_commands.proving import test_command
from aboveboard.quotes.law_commands.rules import deadline_command, rules_command, show_command


@click.group("law")
def law_group() -> None:
    """Prove rule packs, list rules, count deadlines, look back at prices that broke a rule."""


for _command in (
    rules_command,
    show_command,
    deadline_command,
    test_command,
    quotes_command,
    replay_command,
    plan_command,
):
    law_group.add_command(_command)
