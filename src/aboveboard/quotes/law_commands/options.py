"""Options that the commands of the law share."""

from __future__ import annotations

import click

LANG = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
PACK = click.option(
    "--pack", "file", type=click.Path(exists=True, dir_okay=False), help="Also look into this file of rules."
)
