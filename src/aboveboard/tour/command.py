"""The command, and the walk from the first stop to the last."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from aboveboard import children
from aboveboard.tour.model import Stop, Tour
from aboveboard.tour.setting import begun
from aboveboard.tour.stops import STOPS


@click.command("tour")
@click.option(
    "--visits", type=click.Path(dir_okay=False, path_type=Path), help="A CSV of real visits to walk on."
)
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
def tour_command(visits: Path | None, lang: str, as_json: bool) -> None:
    """Walk through the whole story on a fresh temporary database. Exit code 0 only if every stop held."""

    def say(stop: Stop) -> None:
        if not as_json:
            click.echo(f"{'✓' if stop.held else '✗'} {stop.said.say(lang)}")

    tour = run(visits, say)
    if as_json:
        click.echo(json.dumps(tour.as_json(), ensure_ascii=False))
    elif tour.problem is not None:
        click.echo(f"✗ {tour.problem}", err=True)
    sys.exit(0 if tour.ok else 1)


def run(visits: Path | None = None, say: Callable[[Stop], None] = lambda _: None) -> Tour:
    """Walk the tour on a fresh database, on the visits in the file `visits` if given; never raises for a stop that fails."""
    from aboveboard.people.imports import ImportFileError

    tour = Tour()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="aboveboard-tour-") as folder,
            begun(Path(folder), visits, tour, say) as walk,
        ):
            for stop in STOPS:
                stop(walk)
    except (children.ChildError, ImportFileError) as error:
        tour.problem = str(error)
    return tour
