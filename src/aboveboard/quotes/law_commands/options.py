"""Options that the commands of the law share."""

from __future__ import annotations

from pathlib import Path

import click

LANG = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
BOOK = click.option(
    "--book",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With the packs that this draft of the book names; left out, those of the book in force.",
)
PACK = click.option(
    "--pack", "file", type=click.Path(exists=True, dir_okay=False), help="Also look into this file of rules."
)
