"""Commands about costs: `costs show`, `actual`, `tornado`, `changes`, and `import bills`."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aboveboard.people.commands import import_group

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Sequence

    from aboveboard.book.model import Book, Service, Tier
    from aboveboard.costs.service import Read
    from aboveboard.house import House
    from aboveboard.pricing.costs import Moved

__all__ = ["costs_group", "import_group"]


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


def _of_one(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--at", help="The day whose costs count, such as 2027-01-15; today if left out."),
        click.option("--channel", help="The id of a way of buying."),
        click.option("--segment", help="The id of a kind of work."),
        click.argument("tier", required=False),
        click.argument("service"),
    ):
        command = option(command)
    return _said(command)


@click.group("costs")
def costs_group() -> None:
    """Show what things cost, what moves it, and what was really paid."""


@costs_group.command("show", short_help="The full cost of a service, item by item, and its floor.")
@_of_one
@click.pass_obj
def show_command(
    house: House, /, service: str, tier: str | None, lang: str, as_json: bool, **ways: str | None
) -> None:
    """Show the full cost of SERVICE (and TIER) item by item, and the lowest price that leaves the margin."""
    from aboveboard import money
    from aboveboard.costs.model import SAYS
    from aboveboard.pricing.costs import cost_lines, floor_of, full_cost
    from aboveboard.pricing.listed import price_of_one
    from aboveboard.pricing.says import exact_cash

    book = _book(house, lang)
    on = _day(book, ways.pop("at"))
    which, level = _chosen(book, service, tier, lang)
    _known_ways(book, lang, **ways)
    currency, listed = book.business.currency, price_of_one(book, which, level)
    lines = cost_lines(book, level, on=on, **ways, price=listed)
    cost = full_cost(book, level, on=on, **ways, price=listed)
    lowest = floor_of(book, which, level, on=on, **ways)
    if as_json:
        _print_json(
            {
                "service": which.id,
                "tier": level.id,
                "at": on.isoformat(),
                **ways,
                "currency": currency,
                "items": [
                    {
                        "item": line.item,
                        "kind": line.kind,
                        "quantity": f"{line.quantity:f}",
                        "unit": line.unit,
                        "amount": f"{line.amount:f}",
                        "how": line.how.both(),
                    }
                    for line in lines
                ],
                "full_cost": f"{cost:f}",
                "floor": lowest.amount,
                "list_price": listed,
            }
        )
        return
    click.echo(SAYS("show.title", lang, service=which.name.words, tier=level.name.words, day=on))
    rows = [
        (line.name.say(lang), exact_cash(line.amount, currency).say(lang), line.how.say(lang))
        for line in lines
    ]
    rows.append((SAYS("show.full", lang), exact_cash(cost, currency).say(lang), ""))
    rows.append(
        (
            SAYS("show.floor", lang),
            money.show(lowest.amount, currency).say(lang),
            lowest.basis(currency).say(lang),
        )
    )
    rows.append((SAYS("show.list", lang), money.show(listed, currency).say(lang), ""))
    _print_table(rows, right={1})


@costs_group.command("tornado", short_help="What moves the floor of a service most.")
@_of_one
@click.option("--swing", default="0.10", show_default=True, help="By which share each number is turned.")
@click.pass_obj
def tornado_command(
    house: House, /, service: str, tier: str | None, swing: str, lang: str, as_json: bool, **ways: str | None
) -> None:
    """Turn each number behind the floor of SERVICE down and up, one at a time, and show what moves it most."""
    from decimal import Decimal, InvalidOperation

    from aboveboard import money
    from aboveboard.costs.model import SAYS
    from aboveboard.pricing.costs import floor_of, tornado
    from aboveboard.pricing.says import share as percent

    book = _book(house, lang)
    on = _day(book, ways.pop("at"))
    which, level = _chosen(book, service, tier, lang)
    _known_ways(book, lang, **ways)
    try:
        turn = Decimal(swing)
        swings = tornado(book, which, level, turn, on=on, **ways)
    except (InvalidOperation, ValueError):
        raise click.BadParameter(
            "a swing is a share above 0 and under 1, such as 0.10", param_hint="--swing"
        ) from None
    lowest = floor_of(book, which, level, on=on, **ways).amount
    if as_json:
        rows = [
            {"key": one.key, "value": f"{one.value:f}", "low": one.low, "high": one.high} for one in swings
        ]
        _print_json(
            {"service": which.id, "tier": level.id, "floor": lowest, "swing": f"{turn:f}", "moves": rows}
        )
        return
    currency = book.business.currency
    names = {"service": which.name.words, "tier": level.name.words}
    floor = money.show(lowest, currency)
    click.echo(
        SAYS("tornado.title", lang, **names, floor=floor, swing=percent(turn))
        if swings
        else SAYS("tornado.nothing", lang)
    )
    widest = max((one.width for one in swings), default=1)
    _print_table(
        [
            (
                one.name.say(lang),
                money.show(one.low, currency).say(lang),
                money.show(one.high, currency).say(lang),
                "█" * max(1, round(24 * one.width / widest)),
            )
            for one in swings
        ],
        right={1, 2},
    )


@costs_group.command(
    "actual", short_help="What was paid in a month beside what was planned, and why they part."
)
@click.option("--month", help="The month, such as 2026-10; the last whole one if left out.")
@_said
@click.pass_obj
def actual_command(house: House, month: str | None, lang: str, as_json: bool) -> None:
    """Compare a month's bills with a normal month, and give the reason where they part."""
    from aboveboard.costs.model import SAYS
    from aboveboard.costs.say import month_dict, sums, totals, why

    book = _book(house, lang)
    today = _day(book, None)
    first = _month(month, today, lang)
    with house.store.read() as conn:
        found = house.bills.actual(conn, book, first, today)
    if as_json:
        _print_json(month_dict(found))
        return
    named = f"{first:%Y-%m}"
    if not any(line.bills for line in found.lines):
        click.echo(SAYS("actual.none", lang, month=named))
        return
    click.echo(SAYS("actual.title", lang, month=named))
    if not book.normal_month:
        click.echo(SAYS("actual.no_month", lang))
    head = tuple(SAYS(f"actual.{key}", lang) for key in ("item", "planned", "paid", "difference", "why"))
    rows = [
        (line.name.say(lang), *sums(line, found.currency, lang), why(line, found.currency, lang))
        for line in found.lines
    ]
    rows.append((*totals(found, lang), ""))
    _print_table([head, *rows], right={1, 2, 3})


@costs_group.command(
    "changes", short_help="Each change of a cost, and which prices now lie under their floor."
)
@click.option("--from", "before", type=int, help="An edition to compare with; the one before if left out.")
@_said
@click.pass_obj
def changes_command(house: House, before: int | None, lang: str, as_json: bool) -> None:
    """Show what changed in costs since an earlier edition, and what will change, with the prices under their floor.

    Ends with 3 if a price lies under its floor, or will.
    """
    from aboveboard.costs.model import SAYS
    from aboveboard.costs.say import moved_dict
    from aboveboard.editions.service import EditionError
    from aboveboard.pricing.costs import between, dated

    book = _book(house, lang)
    today = _day(book, None)
    with house.store.read() as conn:
        current = house.editions.current(conn)
        number = current.number if current is not None else 0
        earlier = number - 1 if before is None else before
        try:
            old = house.editions.at(conn, earlier) if earlier >= 1 else None
        except EditionError:
            raise click.ClickException(SAYS("changes.unknown_edition", lang, number=earlier)) from None
    found: list[tuple[str, Moved]] = []
    if old is not None:
        moved = between(old.book, book, today)
        found.append((SAYS("changes.edition", lang, before=earlier, after=number), moved))
    found += [(SAYS("changes.day", lang, day=each.on), each) for each in dated(book, today)]
    found = [(title, each) for title, each in found if each.numbers or each.floors]
    if as_json:
        _print_json({"changes": [{"title": title, **moved_dict(each)} for title, each in found]})
    elif not found:
        click.echo(SAYS("changes.none", lang))
    else:
        for title, each in found:
            _say_moved(title, each, book.business.currency, lang)
    sys.exit(3 if any(move.under for _, each in found for move in each.floors) else 0)


@import_group.command("bills", short_help="What things really cost, from CSV or a spreadsheet.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--encoding", help="How the file is encoded; found out if left out.")
@click.option("--whole", is_flag=True, help="Take nothing at all if a row cannot be read, as at the desk.")
@click.option("--preview", is_flag=True, help="Show what the file says, and save nothing.")
@_said
@click.pass_obj
def bills_command(
    house: House, /, file: Path, encoding: str | None, lang: str, as_json: bool, whole: bool, preview: bool
) -> None:
    """Take in bills from FILE (CSV, .xlsx, .xls or .ods) with columns for date, item or supplier, amount, quantity and note."""
    from aboveboard.costs.model import BillFileError
    from aboveboard.costs.service import read

    book = _book(house, lang)
    today = _day(book, None)
    try:
        said = read(book, file, today, encoding)
        if preview:
            _show_preview(house, book, said, lang, as_json)
            return
        with house.store.write() as tx:
            report = house.bills.keep(tx, said, whole=whole)
    except BillFileError as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        _print_json(report.as_json())
    else:
        click.echo("\n".join(report.say(lang)))
    counts = report.counts
    sys.exit(3 if counts["rows"] and counts["rows"] == counts["set_aside"] else 0)


def _show_preview(house: House, book: Book, said: Read, lang: str, as_json: bool) -> None:
    from decimal import Decimal

    from aboveboard.costs.model import SAYS
    from aboveboard.costs.say import amount, bad_rows, preview_dict

    with house.store.read() as conn:
        lines = house.bills.preview(conn, book, said)
    if as_json:
        _print_json(preview_dict(said, lines))
        return
    head = tuple(SAYS(f"bills.{key}", lang) for key in ("line", "date", "item", "amount", "to"))
    rows = [
        (
            str(one.line),
            one.bill.day.isoformat(),
            one.bill.item or one.bill.supplier,
            amount(Decimal(one.bill.amount), book.business.currency, lang),
            SAYS("bills.already", lang) if one.state == "already" else
            SAYS("bills.to_none", lang) if one.item is None else one.item.say(lang),
        )
        for one in lines
    ]  # fmt: skip
    _print_table([head, *rows], right={0, 3})
    for line, why, mend in bad_rows(said.bad):
        click.echo(f"  {SAYS('bills.line', lang)} {line}: {why.say(lang)}. {mend.say(lang)}")


def _book(house: House, lang: str) -> Book:
    from aboveboard.costs.model import SAYS

    with house.store.read() as conn:
        edition = house.editions.current(conn)
    if edition is None:
        raise click.ClickException(SAYS("refused.no_book", lang))
    return edition.book


def _day(book: Book, written: str | None) -> datetime.date:
    from datetime import UTC, date, datetime
    from zoneinfo import ZoneInfo

    if written is None:
        return datetime.now(UTC).astimezone(ZoneInfo(book.business.timezone)).date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise click.BadParameter("write the day like 2027-01-15", param_hint="--at") from None


def _month(written: str | None, today: datetime.date, lang: str) -> datetime.date:
    from datetime import timedelta

    from aboveboard.costs.model import SAYS
    from aboveboard.costs.service import month_of

    if written is None:
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    found = month_of(written)
    if found is None:
        raise click.ClickException(SAYS("actual.bad_month", lang, month=written[:20]))
    return found


def _chosen(book: Book, service: str, tier: str | None, lang: str) -> tuple[Service, Tier]:
    found = book.service(service)
    if found is None:
        raise _unknown("service", service, [each.id for each in book.services], lang)
    wanted = tier or found.default_tier or found.tiers[0].id
    level = next((each for each in found.tiers if each.id == wanted), None)
    if level is None:
        raise _unknown("tier", wanted, [each.id for each in found.tiers], lang)
    return found, level


def _known_ways(book: Book, lang: str, channel: str | None, segment: str | None) -> None:
    for what, given, known in (("channel", channel, book.channels), ("segment", segment, book.segments)):
        if given is not None and given not in {each.id for each in known}:
            raise _unknown(what, given, [each.id for each in known], lang)


def _unknown(what: str, given: str, known: Sequence[str], lang: str) -> click.ClickException:
    from aboveboard.costs.model import SAYS

    values = {"what": SAYS.text(f"show.{what}"), "id": given, "known": ", ".join(known) or "–"}
    return click.ClickException(SAYS("show.none", lang, **values))


def _say_moved(title: str, moved: Moved, currency: str, lang: str) -> None:
    from aboveboard.costs.say import moved_lines

    click.echo(title)
    for line in moved_lines(moved, currency, lang):
        click.echo(f"  {line}")


def _print_table(rows: Sequence[Sequence[str]], right: set[int]) -> None:
    """Print rows in columns; wide (Chinese) letters count as two."""
    columns = max((len(row) for row in rows), default=0)
    widths = [max(_width(row[place]) for row in rows) for place in range(columns)]
    for row in rows:
        cells = []
        for place, cell in enumerate(row):
            gap = " " * (widths[place] - _width(cell))
            cells.append(gap + cell if place in right else cell + gap)
        click.echo("  " + "  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _print_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
