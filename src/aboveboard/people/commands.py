"""Commands that take in a firm's own lists (`import customers FILE`, `import visits FILE`), and `people place`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from aboveboard.house import House
    from aboveboard.people.imports import Report
    from aboveboard.people.imports.report import Ending

_FILE = click.Path(dir_okay=False, path_type=Path)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
        click.option(
            "--lang",
            type=click.Choice(["en", "zh"]),
            default="en",
            show_default=True,
            help="Language to speak.",
        ),
        click.option(
            "--report", "listing", type=_FILE, help="Also list the rows that were not simply taken, as CSV."
        ),
        click.option("--encoding", help="How the file is encoded; found out if left out."),
        click.argument("file", type=_FILE),
    ):
        command = option(command)
    return command


@click.group("import")
def import_group() -> None:
    """Take in customers, visits and prices of others from a CSV file, and bills from a CSV file or a spreadsheet.

    The same file may be imported again: what is there already stays as it is. Exit code 0: done; 1: the file was refused;
    3: it was read, and not one row of it could be taken.
    """


@import_group.command("customers", short_help="Who has which customer number, e-mail and phone.")
@_options
@click.pass_obj
def customers_command(house: House, /, **options: Any) -> None:
    """Take in customers: who has which customer number, e-mail and phone."""
    from aboveboard.people.imports import import_customers

    _run(import_customers, house, **options)


@import_group.command("visits", short_help="Who came on which day, and for how much.")
@_options
@click.pass_obj
def visits_command(house: House, /, **options: Any) -> None:
    """Take in visits: who came on which day, and for how much."""
    from aboveboard.people.imports import import_visits

    _run(import_visits, house, **options)


def _run(
    importer: Callable[..., Report],
    house: House,
    file: Path,
    encoding: str | None,
    listing: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    from aboveboard.people.imports import ImportFileError

    endings: list[Ending] = []
    witness = endings.append if listing is not None else None
    try:
        report = _watched(importer, house, file, encoding=encoding, witness=witness)
    except ImportFileError as error:
        raise click.ClickException(error.text.say(lang)) from None
    if listing is not None:
        _list(endings, listing, lang)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _say(report, listing, lang)
    counts = report.counts
    sys.exit(3 if counts["rows"] and counts["rows"] == counts["set_aside"] else 0)


def _watched(importer: Callable[..., Report], house: House, file: Path, **options: Any) -> Report:
    """Run an import; on a screen, with a bar that shows how far it is."""
    if not sys.stderr.isatty():
        return importer(house, file, **options)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(file.name, total=None)
        return importer(
            house, file, lambda done, total: bar.update(task, completed=done, total=total), **options
        )


def _say(report: Report, listing: Path | None, lang: str) -> None:
    from aboveboard.people.imports.model import SAYS

    for line in report.say(lang):
        click.echo(line)
    if listing is not None:
        click.echo(SAYS("report.report_written", lang, file=listing))


def _list(endings: list[Ending], listing: Path, lang: str) -> None:
    """Write one line for each row that was not simply taken; it names lines and reasons, nobody."""
    import csv

    from aboveboard.people.imports.model import SAYS

    with listing.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(["line", "outcome", "code", "why"])
        for ending in sorted(endings, key=lambda one: one.line):
            codes = ending.codes or (("",) if ending.outcome == "already" else ())
            for code in codes:
                why = SAYS(f"reason.{code}", lang) if code else SAYS("report.already", lang)
                table.writerow([ending.line, ending.outcome, code, why])


@click.command("place", short_help="Say where somebody lives, or show what is known of it.")
@click.argument("place", required=False)
@click.option("--email", help="The person's e-mail address.")
@click.option("--phone", help="The person's phone number.")
@click.option("--customer", help="The person's customer number.")
@click.option(
    "--source",
    type=click.Choice(["person", "desk", "import"]),
    default="desk",
    show_default=True,
    help="Who says so: the person, your papers, or a list.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what is known as JSON.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.pass_obj
def place_command(
    house: House,
    place: str | None,
    email: str | None,
    phone: str | None,
    customer: str | None,
    source: str,
    as_json: bool,
    lang: str,
) -> None:
    """Say where somebody lives: PLACE is an ISO 3166 code, like US-CA, or US if you do not know the state, or DE.

    Defaults differ by place, and so does which signal counts. Where sources disagree the strictest holds, and while nothing is
    known the strictest of all. Without PLACE, show what is known.
    """
    from aboveboard.people.asked import AskedIdentity
    from aboveboard.people.model import IdentityError
    from aboveboard.people.service import PlaceError

    try:
        with house.store.read() as conn:
            identity = AskedIdentity(email, phone, customer).normalised(house.editions.country(conn))
        if place is not None:
            house.store.submit(
                lambda tx: house.people.place(tx, house.people.locate(tx, identity), place, source)
            ).result()
    except (IdentityError, PlaceError) as error:
        raise click.ClickException(error.text.say(lang)) from None
    with house.store.read() as conn:
        subject = house.people.find(conn, identity)
        known = house.people.places(conn, subject) if subject is not None else []
    if as_json:
        shown = [
            {"place": one.place, "source": one.source, "at": one.at.isoformat(timespec="seconds")}
            for one in known
        ]
        click.echo(json.dumps(shown))
        return
    from aboveboard.people.places import place_name

    for one in known:
        click.echo(f"{one.place}  {place_name(one.place).say(lang)}  ({one.source}, {one.at:%Y-%m-%d})")
    if not known:
        click.echo(_UNPLACED[lang])


_UNPLACED = {"en": "Nobody told us where this person lives.", "zh": "没有人告诉过我们此人住在哪里。"}
