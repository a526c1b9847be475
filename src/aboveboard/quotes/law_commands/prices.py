"""Commands: which prices broke a rule, judge an old price again, and what a new version of a pack would change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aboveboard.quotes.law_commands.options import JSON, LANG

if TYPE_CHECKING:
    from aboveboard.house import House


@click.command("quotes")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="How far back.")
@click.option("--open", "also", is_flag=True, help="Also those where a rule could not be decided.")
@JSON
@LANG
@click.pass_obj
def quotes_command(house: House, days: int, also: bool, as_json: bool, lang: str) -> None:
    """List prices that broke a rule of law, the newest first."""
    from aboveboard.quotes.law_review import broken
    from aboveboard.quotes.law_words import Meaning, library_for

    wanted = {"fail", "undecided"} if also else {"fail"}
    with house.store.read() as conn:
        found = list(broken(conn, house.quotes, days, wanted))
        edition = house.editions.current(conn)
    if as_json:
        click.echo(json.dumps([line.as_dict(lang) for line in found], ensure_ascii=False))
        return
    t = _texts()
    meaning = Meaning(library_for(house.editions, edition).vocabulary)
    for line in found:
        click.echo(
            f"{line.quote}  {line.day}  {line.service.say(lang)}  {t('law.' + line.said.outcome, lang)}  {line.said.rule}"
        )
        click.echo(f"    {line.said.explanation.say(lang)} ({line.said.citation})")
        if line.said.missing:
            click.echo(f"    {meaning(line.said.missing).say(lang)}")
        if line.said.known_since is not None:
            click.echo(f"    {t('law.known_since', lang, day=line.said.known_since)}")
    click.echo(t("law.listed", lang, count=len(found), days=days))


@click.command("replay")
@click.argument("quote")
@JSON
@LANG
@click.pass_obj
def replay_command(house: House, quote: str, as_json: bool, lang: str) -> None:
    """Judge the price QUOTE again, by the very packs that were used then. Exit code 1: something comes out otherwise."""
    from aboveboard.law.library import LibraryError
    from aboveboard.quotes.law_review import replayed

    with house.store.read() as conn:
        found = house.quotes.get(conn, quote)
        edition = house.editions.at(conn, found.edition) if found is not None else None
    if found is None:
        raise click.ClickException(_texts()("law.no_quote", lang))
    try:
        lines = list(replayed(found, house.editions.library(edition)))
    except (KeyError, LibraryError) as error:
        raise click.ClickException(str(error.args[0])) from None
    same = all(then == again for _, then, again in lines)
    if as_json:
        told = [{"rule": rule, "then": then, "again": again} for rule, then, again in lines]
        click.echo(json.dumps({"quote": quote, "same": same, "rules": told}))
    else:
        t = _texts()
        for rule, then, again in lines:
            mark = t("law." + then, lang) + ("" if then == again else f" → {t('law.' + again, lang)}")
            click.echo(f"{rule}: {mark}")
        click.echo(t("law.same" if same else "law.differs", lang, count=len(lines)))
    raise SystemExit(0 if same else 1)


@click.command("plan")
@click.argument("pack", type=click.Path(exists=True, dir_okay=False))
@JSON
@LANG
@click.pass_obj
def plan_command(house: House, pack: str, as_json: bool, lang: str) -> None:
    """Show what the rules in the file PACK would change: which rules, from when, for which prices and agreements.

    Changes nothing.
    """
    from pathlib import Path

    from aboveboard import store as clock
    from aboveboard.law.library import LibraryError, usable
    from aboveboard.quotes.law_review import pack_changes

    file = Path(pack)
    try:
        fresh = usable(file.name, file.read_bytes(), {})
    except LibraryError as error:
        for finding in error.findings:
            click.echo(finding.say(lang))
        raise click.ClickException(str(error)) from None
    with house.store.read() as conn:
        edition = house.editions.current(conn)
        library = house.editions.library(edition)
        found = pack_changes(conn, house.quotes, edition, library, fresh, house.reaching)
    if as_json:
        click.echo(json.dumps(found.as_dict(lang), ensure_ascii=False))
        return
    for line in found.lines(lang):
        click.echo(line)
    head = fresh.rules()[0].source
    if clock.now().date() > head.next_review_due:
        click.echo(_law("say.late", lang, pack=head.pack, review=head.next_review_due))


def _law(key: str, lang: str, **values: object) -> str:
    from aboveboard.words.catalogue import Catalogue

    return Catalogue.load("aboveboard.law")(key, lang, **values)


def _texts() -> Any:
    from aboveboard.words.catalogue import Catalogue

    return Catalogue.load("aboveboard.quotes")
