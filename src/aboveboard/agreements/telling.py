"""What the commands of this room share: in which language, as JSON or as lines, on which day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from aboveboard.house import House


def spoken(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options `--json` and `--lang` to a command."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--lang",
            type=click.Choice(["en", "zh"]),
            default="en",
            show_default=True,
            help="Language to speak.",
        ),
    ):
        command = option(command)
    return command


def shown(told: Any) -> None:
    """Print something as JSON."""
    click.echo(json.dumps(told, ensure_ascii=False, indent=1))


def today(house: House, conn: Any) -> datetime.date:
    """Return the business's day."""
    from aboveboard.store import now

    return house.agreements.today(conn, now())
