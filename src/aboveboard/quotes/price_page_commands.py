"""Commands on price pages in Pricing2Yaml: judge and count them, write them in the newest version, export our own plans."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from aboveboard.book.model import Book, Service
    from aboveboard.house import House
    from aboveboard.pricing.pricing2yaml import Analysis, Subscription

#: Exit codes: some page has a fault; some file could not be read.
FAULTY, UNREADABLE = 1, 2
_COUNTS = ("features", "usage_limits", "plans", "add_ons", "configuration_space")

_lang = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)


@click.group("prices")
def prices_group() -> None:
    """Price pages in Pricing2Yaml, of any version from 1.0 to 3.1."""


@prices_group.command("analyse")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_lang
def analyse_command(files: tuple[Path, ...], as_json: bool, lang: str) -> None:
    """Say for each price page in FILE… whether it is sound, what it sells, and what that costs at least and at most.

    Ends with 0 if all pages are sound, with 1 if one has a fault, with 2 if a file cannot be read.
    """
    answers = [_analysed(file, lang) for file in files]
    if as_json:
        click.echo(json.dumps([answer for answer, _ in answers], ensure_ascii=False, indent=2))
    else:
        _print(answers, lang)
    sys.exit(max(_code(answer, analysis) for answer, analysis in answers))


@prices_group.command("convert")
@click.argument("file", type=click.Path(path_type=Path))
@_lang
def convert_command(file: Path, lang: str) -> None:
    """Print the price page in FILE in the newest version, 3.1.

    A page with a fault is not converted: the faults are named, and it ends with 1; with 2 if the file cannot be read.
    """
    from aboveboard.pricing.pricing2yaml import export

    answer, analysis = _analysed(file, lang)
    code = _code(answer, analysis)
    if code or analysis is None or analysis.page is None:
        for line in _findings(answer, analysis, lang):
            click.echo(_printable(line), err=True)
        sys.exit(code)
    click.echo(export(analysis.page), nl=False)


@prices_group.command("export")
@click.argument("service", required=False)
@click.option(
    "--book", "file", type=click.Path(path_type=Path), help="A book to read instead of the one in force."
)
@click.option("--json", "as_json", is_flag=True, help="Print the page with its notes and faults as JSON.")
@_lang
@click.pass_obj
def export_command(house: House, service: str | None, file: Path | None, as_json: bool, lang: str) -> None:
    """Print the plans of SERVICE as a price page in Pricing2Yaml 3.1: its tiers, features, limits, seats and add-ons.

    SERVICE can be left out if only one service has tiers to compare. Names on the page are the ids of the book. What the format
    cannot say, and what is wrong with the plans themselves, is told beside the page, on standard error.
    """
    from aboveboard.pricing import PriceError
    from aboveboard.pricing.own_export import exported
    from aboveboard.pricing.pricing2yaml import analyse, export

    book, created = _written(file, lang) if file is not None else _in_force(house, lang)
    try:
        found = _service(book, service, lang)
        made = exported(book, found, created)
    except PriceError as error:
        raise click.ClickException(error.text.say(lang)) from None
    text = export(made.page)
    judged = analyse(text, f"{found.id}.yml")
    if as_json:
        answer = {
            "service": found.id,
            "page": text,
            "valid": judged.valid,
            "notes": [note.as_dict(lang) for note in made.notes],
            "findings": [finding.as_dict(lang) for finding in judged.findings],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    click.echo(text, nl=False)
    errors = [finding for finding in judged.findings if finding.severity == "error"]
    gap = "" if lang == "zh" else " "
    faults = [f"{error.text.say(lang)}{gap}{error.how.say(lang)}" for error in errors]
    said = [note.text.say(lang) for note in made.notes]
    said += [_ours()("export.fault", lang, message=fault) for fault in faults]
    for line in said:
        click.echo(_printable(line), err=True)


def _in_force(house: House, lang: str) -> tuple[Book, str]:
    """Return the book in force and the day it was published."""
    with house.store.read() as conn:
        edition = house.editions.current(conn)
    if edition is None:
        raise click.ClickException(_ours()("export.no_book", lang))
    return edition.book, edition.applied_at.date().isoformat()


def _written(file: Path, lang: str) -> tuple[Book, str]:
    """Return the book in a file, and today."""
    import datetime

    from aboveboard.book.load import load
    from aboveboard.editions.check import business_day, failed, judge

    try:
        loaded = load(file.read_bytes(), str(file))
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    today = business_day(loaded, datetime.datetime.now(datetime.UTC))
    if loaded.book is None or failed(judge(loaded, today, str(file))):
        raise click.ClickException(_ours()("export.broken", lang, file=file))
    return loaded.book, today.isoformat()


def _service(book: Book, service: str | None, lang: str) -> Service:
    from aboveboard.pricing.plans import compared, service_named

    if service is not None:
        return service_named(book, service)
    found = [each for each in book.services if compared(each)]
    if len(found) != 1:
        known = ", ".join(each.id for each in found or book.services)
        raise click.ClickException(_ours()("export.which", lang, services=known))
    return found[0]


def _ours() -> Any:
    from aboveboard.words.catalogue import Catalogue

    return Catalogue.load("aboveboard.quotes")


def _analysed(file: Path, lang: str) -> tuple[dict[str, Any], Analysis | None]:
    """Return what is said about a file, and the analysis itself unless the file could not be opened."""
    from aboveboard.book.source import LARGEST
    from aboveboard.pricing.pricing2yaml import analyse

    name = click.format_filename(file)
    try:
        with file.open("rb") as opened:
            analysis = analyse(opened.read(LARGEST + 1), name)  # no more, whatever is behind the name
    except OSError as error:
        t = _texts()
        gone = isinstance(error, FileNotFoundError)
        said = (
            t("not_found", lang, file=name)
            if gone
            else t("unreadable", lang, file=name, reason=error.strerror)
        )
        finding = {
            "severity": "error", "code": "file.unreadable", "file": name, "line": 0, "column": 0, "path": "",
            "message": said, "mend": t("find", lang),
        }  # fmt: skip
        nothing = dict.fromkeys((*_COUNTS, "cheapest", "dearest"))
        return {"file": name, **nothing, "valid": False, "findings": [finding]}, None
    return {"file": name, **analysis.as_dict(lang)}, analysis


def _code(answer: dict[str, Any], analysis: Analysis | None) -> int:
    if analysis is None or analysis.page is None:
        return UNREADABLE
    return 0 if answer["valid"] else FAULTY


def _print(answers: list[tuple[dict[str, Any], Analysis | None]], lang: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from aboveboard.quotes.printing import narrow

    t = _texts()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(t("table.file", lang), overflow="fold")
    for key in (*_COUNTS, "cheapest", "dearest", "valid"):
        table.add_column(t(f"table.{key}", lang), justify="right")
    for answer, analysis in answers:
        nothing = t("table.nothing", lang)
        counts = [nothing if answer[key] is None else f"{answer[key]:,}" for key in _COUNTS]
        page = analysis.page if analysis else None
        prices = [
            f"{item.price:,f} {page.currency}".strip() if item and page else nothing
            for item in ((analysis.cheapest, analysis.dearest) if analysis else (None, None))
        ]
        table.add_row(
            _printable(answer["file"]),
            *counts,
            *prices,
            t(f"table.{'yes' if answer['valid'] else 'no'}", lang),
        )
    width = None if sys.stdout.isatty() else 200
    console = Console(highlight=False, markup=False, width=width)
    wanted = console.measure(table, options=console.options.update(width=10_000)).maximum
    narrow(console, table, lang) if wanted > console.width else console.print(table)
    for answer, analysis in answers:
        for line in [*_which(answer, analysis, t, lang), *_findings(answer, analysis, lang)]:
            click.echo(_printable(line))


def _printable(line: str) -> str:
    """Return a line whose signs cannot steer the terminal: names in a stranger's file may hold any."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


def _which(answer: dict[str, Any], analysis: Analysis | None, t: Callable[..., str], lang: str) -> list[str]:
    """Return what the cheapest and the dearest subscription consist of."""
    if analysis is None:
        return []
    found = []
    for key in ("cheapest", "dearest"):
        item: Subscription | None = getattr(analysis, key)
        if item is not None:
            what = " + ".join([*([item.plan] if item.plan else []), *item.add_ons])
            found.append(t(f"table.{key}_is", lang, file=answer["file"], what=what))
    return found


def _findings(answer: dict[str, Any], analysis: Analysis | None, lang: str) -> list[str]:
    if analysis is None:
        return [f"{finding['message']} {finding['mend']}" for finding in answer["findings"]]
    return [finding.say(lang) for finding in analysis.findings]


def _texts() -> Any:
    from aboveboard.words.catalogue import Catalogue

    return Catalogue.load("aboveboard.pricing.pricing2yaml")
