"""Command: make a price that explains itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aboveboard.choices.commands import identity_of, identity_options

if TYPE_CHECKING:
    from aboveboard.house import House
    from aboveboard.quotes.model import Quote, QuoteRequest

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
@click.option("--code", "codes", multiple=True, help="A code of an offer; may be given several times.")
@click.option("--group", "groups", multiple=True, help="A group the customer has shown to belong to.")
@click.option("--with", "basket", multiple=True, help="Another service in the same order.")
@click.option("--add-on", "add_ons", multiple=True, help="An add-on of the plan; twice for two.")
@click.option("--terms", help="The terms of an agreement that the customer asks about.")
@click.option(
    "--points", type=click.IntRange(min=0), default=0, help="How many of their points the customer uses."
)
@click.option("--seats", type=int, help="How many seats of the plan.")
@click.option(
    "--use", "usage", multiple=True, metavar="METER=NUMBER", help="How much of a meter, like photos=120."
)
@click.option("--pays", help="What the customer gives, where they may choose, like 12.50.")
@click.option("--starts", help="When paid time begins, like 2027-01-15T09:00.")
@click.option("--ends", help="When paid time ends.")
@click.option("--costs", is_flag=True, help="Also show each cost item behind the cost.")
@click.option("--market", is_flag=True, help="Also show each price of others that the list price rests on.")
@click.option("--json", "as_json", is_flag=True, help="Print the price as JSON.")
@identity_options
@click.pass_obj
def quote_command(
    house: House,
    /,
    lang: str,
    costs: bool,
    market: bool,
    as_json: bool,
    email: str | None,
    phone: str | None,
    customer: str | None,
    **asked: Any,
) -> None:
    """Make a price for SERVICE and show its steps.

    With --email, --phone or --customer it is that person's price, from the facts that they allow.
    """
    from aboveboard.pricing import PriceError
    from aboveboard.quotes.model import QuoteError

    someone = any(value is not None for value in (email, phone, customer))

    def work(tx: Any) -> Quote:
        subject = None
        if someone:
            subject = house.people.find(tx.conn, identity_of(house, tx.conn, email, phone, customer))
        return house.quotes.quote(tx, _request(house, tx, asked, lang), subject, "command")

    try:
        with house.store.write() as tx:
            made = work(tx)
    except (PriceError, QuoteError) as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        click.echo(json.dumps(made.to_json(), ensure_ascii=False))
    else:
        _print(made, lang, costs, market)


def _request(house: House, tx: Any, asked: dict[str, Any], lang: str) -> QuoteRequest:
    """Return the request that the options make; raises `click.UsageError` for a usage or an amount that cannot be read."""
    from aboveboard.money import MoneyError, minor
    from aboveboard.quotes.asking import unreadable
    from aboveboard.quotes.model import QuoteRequest

    usage = {}
    for written in asked.pop("usage"):
        meter, mark, number = written.partition("=")
        if not mark:
            raise click.UsageError(f"Write --use METER=NUMBER, not “{written}”.")
        usage[meter.strip()] = number
    pays = asked.pop("pays")
    if pays is not None:
        edition = house.editions.current(tx.conn)
        try:
            pays = minor(pays, edition.book.business.currency if edition else "USD")
        except MoneyError:
            raise click.UsageError(unreadable(pays).say(lang)) from None
    return QuoteRequest(**asked, usage=usage, pays=pays)


@click.command("take")
@click.argument("quote")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.pass_obj
def take_command(house: House, quote: str, lang: str) -> None:
    """Take a price that was given: what it uses of offers is used up now."""
    from aboveboard.money import show
    from aboveboard.quotes.model import QuoteError
    from aboveboard.words import Text

    try:
        with house.store.write() as tx:
            taken = house.quotes.accept(tx, quote)
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    price = taken.quote.price
    said = Text("Taken at {total}. The receipt is {receipt}.", "已按 {total} 成交。回执号：{receipt}。")
    click.echo(
        said.say(
            lang,
            total=show(price.total, price.currency).say(lang),
            receipt=house.record.receipt_id(taken.entry),
        )
    )


@click.group("offers", invoke_without_command=True)
@click.option("--service", help="Only the offers of one service.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.pass_context
def offers_group(context: click.Context, service: str | None, lang: str) -> None:
    """Offers in the order in which they apply, what each asks, and what is left of it."""
    if context.invoked_subcommand is None:
        _list(context.obj, service, lang)


def _list(house: House, service: str | None, lang: str) -> None:
    from aboveboard.pricing.offer_list import offer_list

    with house.store.read() as conn:
        edition = house.editions.current(conn)
        if edition is None:
            raise click.ClickException(
                "This business has not published its prices yet. Run `aboveboard apply` first."
            )
        used_up = house.quotes.offers.used_up(conn, edition.book, [])
    for line in offer_list(edition.book, service, used_up):
        click.echo(f"{line.place}. {line.name.say(lang)}: {line.gives.say(lang)}")
        for words in (*line.asks, *line.excludes):
            click.echo(f"   {words.say(lang)}")


@offers_group.command("codes")
@click.argument("offer")
@click.option("--count", type=int, default=1, show_default=True, help="How many codes.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@identity_options
@click.pass_obj
def codes_command(
    house: House,
    offer: str,
    count: int,
    lang: str,
    email: str | None,
    phone: str | None,
    customer: str | None,
) -> None:
    """Make codes that are good once each, and print them; they are not kept in clear, so nobody sees them again.

    With --email, --phone or --customer they are that customer's own, to pass on to others.
    """
    from aboveboard.quotes.model import QuoteError

    someone = any(value is not None for value in (email, phone, customer))
    try:
        with house.store.write() as tx:
            edition = house.editions.current(tx.conn)
            if edition is None:
                raise click.ClickException(
                    "This business has not published its prices yet. Run `aboveboard apply` first."
                )
            who = None
            if someone:
                who = house.people.locate(tx, identity_of(house, tx.conn, email, phone, customer))
            made = house.quotes.offers.issue(tx, edition.book, offer, count, who)
    except QuoteError as error:
        raise click.ClickException(error.text.say(lang)) from None
    for code in made:
        click.echo(code)


def _print(quote: Quote, lang: str, costs: bool, market: bool) -> None:
    """Print the steps as a table, and the price in words beneath."""
    from rich.console import Console

    from aboveboard.quotes.printing import Row, say, steps
    from aboveboard.words.catalogue import Catalogue

    told = quote.to_json(lang)
    rows = []
    for row in told["steps"]:
        if row["applied"] or row["kind"] not in _QUIET:
            rows.append(Row(*_cells(row, told["currency"], lang), faint=not row["applied"]))
            behind = [(line["name"], line["how"]) for line in row["detail"] if costs]
            behind += [(line["who"], _observed(line, lang)) for line in row["observations"] if market]
            rows += [Row(f"  {what}", "", "", why, faint=True) for what, why in behind]
    console = Console(highlight=False, markup=False)
    steps(console, f"{told['service']['name']} · {told['tier']['name']} · {told['on']}", _HEADS[lang], rows)
    for words in told["near"]:
        say(console, words)
    say(console, told["explanation"])
    for rule in told["rules"]:
        if rule["outcome"] == "fail":
            say(console, f"⚠ {rule['explanation']} ({rule['citation']})")
    late = sorted({rule["pack"] for rule in told["rules"] if "past_review" in rule["warnings"]})
    if late:
        say(console, "⚠ " + Catalogue.load("aboveboard.quotes")("law.late", lang, packs=", ".join(late)))
    say(console, told["explanation_without"])
    for other in told["alternatives"]:
        say(console, f"· {other['words']}")


def _observed(line: dict[str, Any], lang: str) -> str:
    """Return one price of others: what it comes to, when and where it was seen, and what is different."""
    words = [line["how"], line["learnt"], *line["differences"], line["source"] or ""]
    return (" " if lang == "en" else "").join(filter(None, words))


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
