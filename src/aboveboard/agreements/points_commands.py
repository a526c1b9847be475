"""Commands about what customers hold: `points liability|show|credit|refund`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aboveboard.agreements.telling import shown, spoken, today
from aboveboard.choices.commands import identity_of, identity_options

if TYPE_CHECKING:
    from aboveboard.house import House


@click.group("points")
def points_group() -> None:
    """Points and credit that customers hold."""


@points_group.command("liability")
@spoken
@click.pass_obj
def liability_command(house: House, lang: str, as_json: bool) -> None:
    """Show what is owed: points by what they are expected to cost, credit in full."""
    with house.store.read() as conn:
        found = house.purses.liability(conn, today(house, conn))
    if as_json:
        numbers = {
            "holders": found.holders,
            "points": found.points,
            "owed": found.owed,
            "credit": found.credit,
        }
        shown(numbers | {"exact": str(found.exact)})
    else:
        click.echo(found.says.say(lang))


@points_group.command("show")
@spoken
@identity_options
@click.pass_obj
def held_command(
    house: House, lang: str, as_json: bool, email: str | None, phone: str | None, customer: str | None
) -> None:
    """Show what a customer holds."""
    from aboveboard.agreements.ledger import Purse

    with house.store.read() as conn:
        subject = house.people.find(conn, identity_of(house, conn, email, phone, customer))
        on = today(house, conn)
        held = Purse(0, (), 0, None, 0) if subject is None else house.purses.held(conn, subject, on)
    told = {
        "points": held.points,
        "lapse": [{"on": day.isoformat(), "points": number} for day, number in held.lots],
        "year": held.year,
        "level": held.level.id if held.level else None,
        "credit": held.credit,
    }
    if as_json:
        shown(told)
        return
    click.echo({"en": f"{held.points} points", "zh": f"{held.points} 分"}[lang])
    if held.credit:
        money = _money(house, held.credit, lang)
        click.echo({"en": f"{money} of credit", "zh": f"余额 {money}"}[lang])
    for day, number in held.lots:
        click.echo({"en": f"  {number} lapse on {day}", "zh": f"  {number} 分在 {day} 作废"}[lang])


@points_group.command("credit")
@click.argument("amount")
@click.option(
    "--why", required=True, help="The reason, in a few words; credit is given once for each reason."
)
@spoken
@identity_options
@click.pass_obj
def credit_command(
    house: House, /, amount: str, why: str, lang: str, as_json: bool, **who: str | None
) -> None:
    """Give a customer AMOUNT of credit: it never lapses, and can be asked back as money."""
    _move_credit(house, amount, why, lang, as_json, who, back=False)


@points_group.command("refund")
@click.argument("amount")
@click.option(
    "--why", required=True, help="What it is about, in a few words; money is given back once for each."
)
@spoken
@identity_options
@click.pass_obj
def refund_command(
    house: House, /, amount: str, why: str, lang: str, as_json: bool, **who: str | None
) -> None:
    """Give AMOUNT of a customer's credit back as money."""
    _move_credit(house, amount, why, lang, as_json, who, back=True)


def _move_credit(
    house: House, amount: str, why: str, lang: str, as_json: bool, who: dict[str, str | None], *, back: bool
) -> None:
    from aboveboard.agreements.credit import CreditError, move
    from aboveboard.agreements.model import AgreementError
    from aboveboard.money import MoneyError, minor

    try:
        with house.store.write() as tx:
            edition = house.editions.current(tx.conn)
            if edition is None:
                raise click.ClickException(
                    "This business has not published its book yet. Run `aboveboard apply` first."
                )
            cents = minor(amount, edition.book.business.currency)
            subject = house.people.locate(tx, identity_of(house, tx.conn, **who))
            on = today(house, tx.conn)
            new = move(
                tx, house.purses, subject, cents, why, on, way="back" if back else "given", by="command"
            )
            left = house.purses.held(tx.conn, subject, today(house, tx.conn)).credit
    except MoneyError as error:
        raise click.ClickException(str(error)) from None
    except (AgreementError, CreditError) as error:
        raise click.ClickException(error.text.say(lang)) from None
    if as_json:
        shown({"new": new, "credit": left})
        return
    money = _money(house, left, lang)
    if new:
        click.echo({"en": f"Done. {money} of credit is left.", "zh": f"好了。余额还有 {money}。"}[lang])
    else:
        click.echo(
            {
                "en": f"That was done before. {money} of credit is left.",
                "zh": f"这件事以前做过了。余额还有 {money}。",
            }[lang]
        )


def _money(house: House, amount: int, lang: str) -> str:
    from aboveboard.money import show

    with house.store.read() as conn:
        edition = house.editions.current(conn)
    return show(amount, edition.book.business.currency if edition else "USD").say(lang)
