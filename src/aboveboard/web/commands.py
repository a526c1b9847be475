"""Commands for the keys of the house: accounts of staff, tokens of programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from aboveboard.house import House


@click.group()
def staff_group() -> None:
    """People who may sign in at the desk."""


@staff_group.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["owner", "clerk", "auditor"]),
    default="clerk",
    show_default=True,
    help="What the account may do: everything, the daily work, or only look.",
)
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="12 characters or more; asked for if left out.",
)
@click.pass_obj
def add_staff(house: House, name: str, role: str, password: str) -> None:
    """Open an account for NAME."""
    from aboveboard.web.signin import StaffError

    try:
        with house.store.write() as tx:
            member = house.staff.add(tx, name, role, password)
    except StaffError as error:
        _refuse(error)
    click.echo(f"{member.name} may sign in at /desk as {member.role}.")


@staff_group.command("list")
@click.pass_obj
def list_staff(house: House) -> None:
    """List the open accounts."""
    with house.store.read() as conn:
        members = house.staff.members(conn)
    for member in members:
        click.echo(f"{member.name:24} {member.role}")
    if not members:
        click.echo("There are no accounts yet; open one with: aboveboard staff add NAME --role clerk")


@staff_group.command("end")
@click.argument("name")
@click.pass_obj
def end_staff(house: House, name: str) -> None:
    """Close the account of NAME, who left, and end every session of theirs."""
    from aboveboard.web.signin import StaffError

    try:
        with house.store.write() as tx:
            house.staff.end(tx, name)
    except StaffError as error:
        _refuse(error)
    click.echo(f"{name} can no longer sign in.")


@click.group()
def token_group() -> None:
    """Tokens for programs that call the API."""


@token_group.command("new")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="gate, quotes or choices; may be given more than once.",
)
@click.pass_obj
def new_token(house: House, name: str, scopes: tuple[str, ...]) -> None:
    """Make a token called NAME and print it, this once."""
    from aboveboard.web import tokens

    try:
        with house.store.write() as tx:
            written = tokens.new(tx, name, list(scopes))
    except tokens.TokenError as error:
        _refuse(error)
    click.echo(written)
    click.echo("Keep it now: it is not shown again.", err=True)


@token_group.command("list")
@click.pass_obj
def list_tokens(house: House) -> None:
    """List the tokens that were ever made."""
    from aboveboard.web import tokens

    with house.store.read() as conn:
        found = tokens.everyone(conn)
    for one in found:
        ended = f"revoked {one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else "in use"
        click.echo(f"{one.name:24} {' '.join(sorted(one.scopes)):24} made {one.created_at:%Y-%m-%d}  {ended}")
    if not found:
        click.echo("There are no tokens yet; make one with: aboveboard token new NAME --scope gate")


@token_group.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke_token(house: House, name: str) -> None:
    """Make the token NAME worthless from now on."""
    from aboveboard.web import tokens

    try:
        with house.store.write() as tx:
            tokens.revoke(tx, name)
    except tokens.TokenError as error:
        _refuse(error)
    click.echo(f"{name} opens nothing any more.")


def _refuse(error: ValueError) -> NoReturn:
    sentence = str(error)
    raise click.ClickException(sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith(".") else "."))
