"""Commands: check a book, plan what it would change, apply it as the next edition."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from aboveboard.book.finding import Finding
    from aboveboard.house import House
    from aboveboard.words.catalogue import Catalogue

DEFAULT = "business.yaml"

F = TypeVar("F", bound="Callable[..., Any]")


def _book_options(command: F) -> F:
    """Add the book's file, `--sample`, `--json` and `--lang` to a command."""
    command = click.option(
        "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
    )(command)
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    command = click.option("--sample", is_flag=True, help="Take the sample business that ships along.")(
        command
    )
    return click.argument("file", required=False, type=click.Path(path_type=Path))(command)


@click.command("check")
@_book_options
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the book, for editors, and stop.")
def check_command(file: Path | None, sample: bool, as_json: bool, lang: str, schema: bool) -> None:
    """Check FILE (./business.yaml if left out): what is wrong, in which line, and how to mend it.

    Ends with 0 if the book can be applied, with 1 if anything must be mended first.
    """
    from aboveboard.book.load import load
    from aboveboard.editions.check import failed, judge
    from aboveboard.editions.own_packs import beside
    from aboveboard.settings import Settings

    if schema:
        from aboveboard.book.schema import shipped

        click.echo(shipped(), nl=False)
        return
    path, source = _source(file, sample, lang)
    loaded = load(source, str(path))
    packs = Settings.load().law_packs
    found = judge(loaded, _today(source), str(path), packs=packs, read=beside(path))
    if as_json:
        _print_json(
            {"ok": not failed(found), "file": str(path), "findings": [f.as_dict(lang) for f in found]}
        )
    else:
        t = _texts()
        if sample:
            click.echo(t("check.sample", lang, path=path))
        _print_findings(found, str(path), lang)
    sys.exit(1 if failed(found) else 0)


@click.command("plan")
@_book_options
@click.pass_obj
def plan_command(house: House, file: Path | None, sample: bool, as_json: bool, lang: str) -> None:
    """Show what applying FILE would change: purposes, partners, prices, and whom to tell. Changes nothing."""
    from aboveboard.editions.own_packs import beside

    path, source = _source(file, sample, lang)
    with house.store.read() as conn:
        plan = house.editions.plan(conn, _text(source), _today(source), str(path), beside(path))
    if as_json:
        _print_json(plan.as_dict(lang))
    else:
        _print_findings(plan.findings, str(path), lang)
        if plan.ok:
            click.echo("\n".join(["", *plan.lines(lang)]))
    sys.exit(0 if plan.ok else 1)


@click.command("apply")
@_book_options
@click.pass_obj
def apply_command(house: House, file: Path | None, sample: bool, as_json: bool, lang: str) -> None:
    """Check FILE, publish it as the next edition, and say whom that concerns. The same file twice changes nothing."""
    from aboveboard.editions.own_packs import beside
    from aboveboard.editions.service import EditionError

    path, source = _source(file, sample, lang)
    text, today, t = _text(source), _today(source), _texts()
    try:
        with house.store.write() as tx:
            before = house.editions.current(tx.conn)
            own = beside(path)
            plan = house.editions.plan(tx.conn, text, today, str(path), own) if before is not None else None
            edition = house.editions.apply(tx, text, today, str(path), own)
    except EditionError as error:
        if as_json:
            _print_json({"ok": False, "findings": [finding.as_dict(lang) for finding in error.findings]})
        else:
            _print_findings(error.findings, str(path), lang)
            click.echo(t("apply.refused", lang))
        sys.exit(1)
    same = before is not None and before.number == edition.number
    if as_json:
        told = plan.as_dict(lang) if plan is not None and not same else {}
        touched = {key: told.get(key, empty) for key, empty in (("concerns", {}), ("law", []), ("tell", []))}
        done = {"ok": True, "number": edition.number, "sha256": edition.sha256, "same": same}
        _print_json(done | touched)
    else:
        click.echo(t("apply.same" if same else "apply.done", lang, number=edition.number))
        for line in plan.touched(lang) if plan is not None and not same else ():
            click.echo(line)


def _source(file: Path | None, sample: bool, lang: str) -> tuple[Path, bytes]:
    """Return the file's path and bytes; a file that is not there or cannot be read ends in a sentence."""
    from aboveboard.sample import BOOK

    path = file or (BOOK if sample else Path(DEFAULT))
    try:
        return path, path.read_bytes()
    except FileNotFoundError:
        raise click.ClickException(_texts()("check.no_file", lang, file=path)) from None
    except OSError as error:
        raise click.ClickException(
            _texts()("check.cannot_read", lang, file=path, reason=error.strerror)
        ) from None


def _text(source: bytes) -> str:
    """Return the book's text; what is not UTF-8 becomes a mark that the check then refuses."""
    return source.decode("utf-8-sig", "surrogateescape")


def _today(source: bytes) -> Any:
    from datetime import UTC, datetime

    from aboveboard.book.load import load
    from aboveboard.editions.check import business_day

    return business_day(load(source), datetime.now(UTC))


def _texts() -> Catalogue:
    from aboveboard.words.catalogue import Catalogue

    return Catalogue.load("aboveboard.editions")


def _print_findings(found: list[Finding], file: str, lang: str) -> None:
    t = _texts()
    for finding in found:
        click.echo(finding.say(lang))
    if not found:
        click.echo(t("check.fine", lang, file=file))
        return
    errors = sum(finding.severity == "error" for finding in found)
    click.echo(t("check.sum", lang, errors=errors, warnings=len(found) - errors))


def _print_json(value: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
