"""Command: make prices that were given again, and say whether they come out as they did."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aboveboard.house import House
    from aboveboard.quotes.replaying import Replayed


@click.command("replay")
@click.argument("quote", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every price that was ever given.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each price.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.pass_obj
def replay_command(house: House, quote: tuple[str, ...], everything: bool, as_json: bool, lang: str) -> None:
    """Make the prices QUOTE again, each by the book of its day. Exit code 1: one comes out otherwise, or is not known."""
    from aboveboard.quotes.replaying import replay, replay_all
    from aboveboard.words.catalogue import Catalogue

    if bool(quote) == everything:
        raise click.UsageError("Name the prices to make again, or write --all.")
    t = Catalogue.load("aboveboard.quotes")
    counted: Counter[str] = Counter()
    with house.store.read() as conn:
        found = replay_all(conn, house.quotes) if everything else replay(conn, house.quotes, quote)
        for each in found:
            counted["good" if each.good else "bad"] += 1
            counted[each.state] += 1
            if as_json:
                click.echo(json.dumps(each.as_dict()))
            elif not (everything and each.state == "same"):
                click.echo(f"{each.quote}  {_said(each, lang)}")
    if everything and not as_json:
        said = t("replay.counted", lang, same=counted["same"], erased=counted["erased"], bad=counted["bad"])
        click.echo(said)
    raise SystemExit(1 if counted["bad"] else 0)


def _said(each: Replayed, lang: str) -> str:
    from aboveboard.money import show
    from aboveboard.words.catalogue import Catalogue

    def amount(of: int | None) -> str:
        return "–" if of is None else show(of, each.currency).say(lang)

    t = Catalogue.load("aboveboard.quotes")
    key = f"replay.{each.state}" + ("_none" if each.state == "differs" and each.again is None else "")
    values = {"then": amount(each.then), "again": amount(each.again), "edition": each.edition}
    return t(key, lang, **values, step="–" if each.step is None else each.step.say(lang))
