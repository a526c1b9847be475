"""Command: try a draft of the book on what customers really asked for."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console
    from sqlalchemy.engine import Connection

    from aboveboard.book.model import Book
    from aboveboard.house import House
    from aboveboard.pricing.simulation import Compared, Simulation

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("simulate")
@click.argument("draft", type=_FILE)
@click.option(
    "--from", "first", help="The first day of the quotes to look at, like 2026-01-01; left out: a year ago."
)
@click.option("--to", "last", help="The last day, included; left out: today.")
@click.option("--taken", is_flag=True, help="Only prices that were taken.")
@click.option("--report", type=_FILE, help="CSV of customer numbers and attributes, for the report only.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def simulate_command(
    house: House,
    draft: Path,
    first: str | None,
    last: str | None,
    taken: bool,
    report: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Show what DRAFT would have meant for the quotes of the last year: revenue, margin, who pays more and less."""
    from rich.console import Console
    from rich.progress import Progress

    from aboveboard.pricing import PriceError
    from aboveboard.pricing.simulation import simulate
    from aboveboard.quotes.demand import demand_of, read_labels
    from aboveboard.quotes.model import QuoteError

    try:
        with house.store.read() as conn, Progress(console=Console(stderr=True), transient=True) as bar:
            edition = house.editions.current(conn)
            if edition is None:
                raise click.ClickException(
                    "This business has not published its prices yet. Run `aboveboard apply` first."
                )
            new, findings = _draft(house, conn, draft, edition.book, lang)
            span = _span(edition.book, first, last)
            labels = None
            if report is not None:
                labels = read_labels(conn, house.quotes, report, edition.book.business.place[:2])
            task = bar.add_task("quotes", total=None)
            found = simulate(
                edition.book,
                new,
                demand_of(
                    conn,
                    house.quotes,
                    *span,
                    taken=taken,
                    labels=labels,
                    behind=(house.quotes.behind(conn, edition), house.quotes.behind(conn, edition, new)),
                    progress=lambda number: bar.update(task, completed=number),
                ),
            )
    except (QuoteError, PriceError) as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        click.echo(json.dumps(asdict(found) | {"findings": findings}, ensure_ascii=False))
    else:
        _print(found, findings, edition.book, lang)


def _draft(house: House, conn: Connection, draft: Path, current: Book, lang: str) -> tuple[Book, list[str]]:
    """Return the draft's book and what is wrong with it, each finding as a line, as `aboveboard plan` finds it.

    Raises if it cannot be read or is in another currency.
    """
    from aboveboard import store
    from aboveboard.book.load import load
    from aboveboard.editions.check import business_day
    from aboveboard.editions.own_packs import beside
    from aboveboard.quotes.model import QuoteError
    from aboveboard.words import Text

    text = draft.read_text("utf-8", errors="replace")
    loaded = load(text, draft.name)
    if loaded.book is None:
        first = loaded.findings[0].say(lang) if loaded.findings else ""
        raise QuoteError("bad_draft", Text(first, first))
    if loaded.book.business.currency != current.business.currency:
        said = Text("The draft is in another currency.", "草稿用的是另一种货币。")
        raise QuoteError("bad_draft", said)
    today = business_day(loaded, store.now())
    judgement = house.editions.judged(conn, loaded, today, draft.name, beside(draft))
    return loaded.book, [each.say(lang) for each in judgement.findings]


def _span(book: Book, first: str | None, last: str | None) -> tuple[datetime, datetime]:
    """Return the instants between which quotes count: local days, both included."""
    from datetime import UTC, date, datetime, time, timedelta
    from zoneinfo import ZoneInfo

    from aboveboard import store

    zone = ZoneInfo(book.business.timezone)
    today = store.now().astimezone(zone).date()
    try:
        until = date.fromisoformat(last) if last else today
        since = date.fromisoformat(first) if first else until - timedelta(days=365)
        begin = datetime.combine(since, time(), zone).astimezone(UTC)
        end = datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.UsageError("Write days like 2026-01-31.") from None
    if begin >= end:
        raise click.UsageError("--from must not be after --to.")
    return begin, end


_WORDS = {
    "en": {
        "title": "{rows} prices under both books",
        "all": "All together",
        "rows": "prices: {rows}",
        "revenue": "revenue: {before} → {after}",
        "margin": "margin: {before} → {after}",
        "who": "{more} pay more, {less} pay less; on average {change} (± {within})",
        "reported": "For the report only; no price ever sees it: {name}",
        "unpriced": "{n} have no price in the draft ({code}); they are in no line above.",
        "guard": "{kind} held {before} prices before, {after} after.",
        "findings": "What the draft breaks, or makes worth a look:",
        "none": "No quotes in this time. Nothing to compare.",
    },
    "zh": {
        "title": "两本账本下的 {rows} 个价格",
        "all": "合计",
        "rows": "价格：{rows} 个",
        "revenue": "收入：{before} → {after}",
        "margin": "毛利：{before} → {after}",
        "who": "多付的 {more} 个，少付的 {less} 个；平均变化 {change}（± {within}）",
        "reported": "只用于报告，价格看不到：{name}",
        "unpriced": "有 {n} 个在草稿里没有价格（{code}），上面各行不含它们。",
        "guard": "{kind} 原来作用 {before} 次，现在 {after} 次。",
        "findings": "草稿违反的，或值得一看的：",
        "none": "这段时间没有报价，没有可比的。",
    },
}


def _print(found: Simulation, findings: list[str], book: Book, lang: str) -> None:
    from rich.console import Console

    currency = book.business.currency
    said: dict[str, Any] = _WORDS[lang]
    console = Console(highlight=False, markup=False)
    if not found.total.rows and not found.unpriced:
        console.print(said["none"])
    else:
        console.print(said["title"].format(rows=f"{found.total.rows:,}"))
        for name, line in [
            (said["all"], found.total),
            *((_named(book, each.name, lang), each) for each in found.tiers),
        ]:
            _block(console, name, line, said, currency, lang)
    for attribute, values in found.attributes.items():
        console.print(said["reported"].format(name=attribute))
        for line in values:
            _block(console, line.name, line, said, currency, lang)
    for code, number in found.unpriced.items():
        console.print(said["unpriced"].format(n=f"{number:,}", code=code))
    for kind, (before, after) in found.guards.items():
        if before or after:
            console.print(said["guard"].format(kind=kind, before=f"{before:,}", after=f"{after:,}"))
    if findings:
        console.print(said["findings"])
    for finding in findings:
        console.print(f"  {finding}")


def _named(book: Book, line: str, lang: str) -> str:
    """Return the tier of a line (`service/tier`) as the book names it, with that id."""
    of, _, which = line.partition("/")
    service = book.service(of)
    tier = next((each for each in service.tiers if each.id == which), None) if service else None
    if service is None or tier is None:
        return line
    return f"{service.name.words.say(lang)} · {tier.name.words.say(lang)} ({line})"


def _block(
    console: Console, name: str, line: Compared, said: dict[str, Any], currency: str, lang: str
) -> None:
    """Print one line of the report as four short ones: amounts side by side would be cut off on a narrow screen."""
    from aboveboard.money import show

    def money(amount: float) -> str:
        return show(round(amount), currency).say(lang)

    told = {
        "rows": {"rows": f"{line.rows:,}"},
        "revenue": {"before": money(line.revenue_before), "after": money(line.revenue_after)},
        "margin": {"before": money(line.margin_before), "after": money(line.margin_after)},
        "who": {
            "more": f"{line.more:,}",
            "less": f"{line.less:,}",
            "change": money(line.change),
            "within": money(line.change_within),
        },
    }
    console.print(f"\n{name}")
    for key, values in told.items():
        console.print("  " + said[key].format(**values))
