"""Command: make a price that explains itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aboveboard.choices.commands import identity_of, identity_options

if TYPE_CHECKING:
    from aboveboard.house import House
    from aboveboard.quotes.model import Quote

_HEADS = {"en": ("Step", "Change", "Price", "Why"), "zh": ("步骤", "变化", "价格", "依据")}
_QUIET = frozenset({"guard_floor", "guard_personal"})


@click.command("quote")
@click.argument("service")
@click.option("--tier", help="A tier's id; left out: the service's default tier.")
@click.option("--quantity", type=int, default=1, show_default=True, help="How many.")
@click.option("--at", help="The day it is for, like 2027-01-15; left out: today.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.option("--costs", is_flag=True, help="Also show each cost item behind the cost.")
@click.option("--json", "as_json", is_flag=True, help="Print the price as JSON.")
@identity_options
@click.pass_obj
def quote_command(
    house: House,
    service: str,
    tier: str | None,
    quantity: int,
    at: str | None,
    lang: str,
    costs: bool,
    as_json: bool,
    email: str | None,
    phone: str | None,
    customer: str | None,
) -> None:
    """Make a price for SERVICE and show its steps.

    With --email, --phone or --customer it is that person's price, from the facts that they allow.
    """
    from aboveboard.pricing import PriceError
    from aboveboard.quotes.model import QuoteError, QuoteRequest

    asked = QuoteRequest(service, tier, quantity, at)
    someone = any(value is not None for value in (email, phone, customer))

    def work(tx: Any) -> Quote:
        subject = None
        if someone:
            subject = house.people.find(tx.conn, identity_of(house, tx.conn, email, phone, customer))
        return house.quotes.quote(tx, asked, subject, "command")

    try:
        with house.store.write() as tx:
            made = work(tx)
    except (PriceError, QuoteError) as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        click.echo(json.dumps(made.to_json(), ensure_ascii=False))
    else:
        _print(made, lang, costs)


def _print(quote: Quote, lang: str, costs: bool) -> None:
    """Print the steps as a table, and the price in words beneath."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    told = quote.to_json(lang)
    title = f"{told['service']['name']} · {told['tier']['name']} · {told['on']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    step, change, subtotal, why = _HEADS[lang]
    table.add_column(step)
    table.add_column(change, justify="right", no_wrap=True)
    table.add_column(subtotal, justify="right", no_wrap=True)
    table.add_column(why, ratio=1)
    for row in told["steps"]:
        if row["applied"] or row["kind"] not in _QUIET:
            table.add_row(*_cells(row, told["currency"], lang), style=None if row["applied"] else "dim")
            for line in row["detail"] if costs else []:
                table.add_row(f"  {line['name']}", "", "", line["how"], style="dim")
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(told["explanation"])
    console.print(told["explanation_without"])


def _cells(row: dict[str, Any], currency: str, lang: str) -> tuple[str, str, str, str]:
    """Return one step as cells: what it changed, where that leads (for the floor: where it lies), and why or why not."""
    from aboveboard.money import show

    change = show(row["amount"], currency).say(lang) if row["amount"] else ""
    leads = row["subtotal"] if row["line"] is None else row["line"]
    return (
        row["label"],
        change,
        show(leads, currency).say(lang) if row["applied"] else "",
        row["why_not"] or row["basis"],
    )
