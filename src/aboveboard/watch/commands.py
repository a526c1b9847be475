"""Commands about the market: `import market`, and `market show`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aboveboard.costs.commands import import_group

if TYPE_CHECKING:
    from collections.abc import Callable

    from aboveboard.book.model import Book
    from aboveboard.house import House
    from aboveboard.watch.rows import Taken

__all__ = ["import_group", "market_group"]

_FILE = click.Path(dir_okay=False, path_type=Path)


def _said(command: Callable[..., Any]) -> Callable[..., Any]:
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


@import_group.command("market", short_help="What others ask, from CSV into lines of the book.")
@click.argument("file", type=_FILE)
@click.option("--into", type=_FILE, help="Put the lines into this book; printed if left out.")
@click.option("--encoding", help="How the file is encoded; found out if left out.")
@_said
@click.pass_obj
def market_command(
    house: House, file: Path, into: Path | None, encoding: str | None, lang: str, as_json: bool
) -> None:
    """Turn FILE (CSV, a price of somebody else on each row) into observations of the book.

    The book stays the source: nothing is stored. The lines are printed, or with --into put into your file, which
    is checked and applied like any other change.
    """
    from aboveboard.people.imports.model import ImportFileError
    from aboveboard.people.imports.reading import open_source
    from aboveboard.watch.lines import lines, put, write
    from aboveboard.watch.model import SAYS, MarketFileError
    from aboveboard.watch.rows import take

    try:
        text = None if into is None else _text(into)
        book = _current(house, lang) if text is None else _loaded(text, str(into))
        mapping = book.imports.market
        source = open_source(file, encoding, mapping.delimiter if mapping else None)
        taken = take(source.rows(), book, _today(book))
        if into is not None and text is not None and taken.fresh:
            write(into, put(text, taken.fresh, str(into)))
    except (MarketFileError, ImportFileError) as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        click.echo(json.dumps(_as_json(taken), ensure_ascii=False, indent=2))
    else:
        if into is None:
            click.echo("\n".join(lines(taken.fresh)))
        for said in _report(taken, lang):
            click.echo(said, err=into is None)
        if into is not None and taken.fresh:
            click.echo(SAYS("report.next", lang, file=into))
    sys.exit(3 if taken.rows and len(taken.aside) == taken.rows else 0)


@click.group("market")
def market_group() -> None:
    """Show where your prices stand among what others ask."""


@market_group.command("show", short_help="Where each tier stands among what others ask.")
@click.argument("service", required=False)
@click.option(
    "--at", help="The day from which the age of prices is counted, like 2027-01-15; today if left out."
)
@_said
@click.pass_obj
def show_command(house: House, service: str | None, at: str | None, lang: str, as_json: bool) -> None:
    """Show, for each tier of SERVICE or of all, our price, what others ask for one of it, and our place."""
    from datetime import date

    from aboveboard.watch.model import SAYS
    from aboveboard.watch.stands import stands

    book = _current(house, lang)
    if service is not None and book.service(service) is None:
        known = ", ".join(each.id for each in book.services)
        raise click.ClickException(SAYS("show.unknown", lang, id=service, known=known))
    try:
        today = _today(book) if at is None else date.fromisoformat(at)
    except ValueError:
        raise click.BadParameter("write the day like 2027-01-15", param_hint="--at") from None
    found = [each for each in stands(book, today) if service in (None, each.service.id)]
    if as_json:
        click.echo(json.dumps([each.as_dict() for each in found], ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo(SAYS("show.nothing", lang))
    for each in found:
        click.echo(each.line.say(lang))
        for one in each.observed:
            mark = SAYS("show.old", lang) if one.old else ""
            click.echo(
                "  "
                + SAYS("show.one", lang, who=one.who, amount=one.amount, how=one.how, learnt=one.learnt)
                + mark
            )
        for other in each.left:
            click.echo("  " + SAYS("show.left", lang, who=other.who, how=other.how, why=other.why))


def _text(path: Path) -> str:
    from aboveboard.watch.model import MarketFileError

    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise MarketFileError("unreadable", file=path.name, why=why) from None
    except UnicodeDecodeError:
        raise MarketFileError("broken_book", file=path.name) from None


def _loaded(text: str, name: str) -> Book:
    from aboveboard.book.load import load
    from aboveboard.watch.model import MarketFileError

    book = load(text, name).book
    if book is None:
        raise MarketFileError("broken_book", file=name)
    return book


def _current(house: House, lang: str) -> Book:
    from aboveboard.watch.model import SAYS

    with house.store.read() as conn:
        edition = house.editions.current(conn)
    if edition is None:
        raise click.ClickException(SAYS("refused.no_book", lang))
    return edition.book


def _today(book: Book) -> Any:
    from zoneinfo import ZoneInfo

    from aboveboard import store

    return store.now().astimezone(ZoneInfo(book.business.timezone)).date()


def _report(taken: Taken, lang: str) -> list[str]:
    from aboveboard.watch.model import SAYS

    counts = {
        "rows": taken.rows,
        "fresh": len(taken.fresh),
        "already": taken.already,
        "aside": len(taken.aside),
    }
    said = [SAYS("report.rows", lang, **counts)]
    for code in dict.fromkeys(code for _, code in taken.aside):
        mine = [line for line, each in taken.aside if each == code]
        why = SAYS(f"reason.{code}", lang)
        said.append("  " + SAYS("report.reason", lang, count=len(mine), why=why, first=mine[0]))
    return said


def _as_json(taken: Taken) -> dict[str, Any]:
    import msgspec

    return {
        "rows": taken.rows,
        "already": taken.already,
        "set_aside": [{"line": line, "reason": code} for line, code in taken.aside],
        "observations": msgspec.to_builtins(list(taken.fresh)),
    }
