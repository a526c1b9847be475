"""Commands about partners: how each one stands, and the secret that is shared with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from aboveboard.house import House

#: The gateway for text messages is no partner, but shares a secret with us like one. No partner's id has a hyphen.
GATEWAY = "sms-gateway"


@click.group("partners")
def partners_group() -> None:
    """The firms that receive data, and what they were told."""


@partners_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_obj
def list_command(house: House, as_json: bool) -> None:
    """Show how it stands with each partner."""
    from aboveboard.partners.api import state_of
    from aboveboard.store import now

    with house.store.read() as conn:
        states = house.partners.state(conn, now())
    if as_json:
        click.echo(json.dumps([state_of(state) for state in states], ensure_ascii=False))
        return
    if not states:
        click.echo("There are no partners yet. Publish a book with: aboveboard apply FILE")
    for state in states:
        how = "by hand" if state.by_hand else "by message"
        counts = ", ".join(
            f"{number} {name.replace('_', ' ')}" for name, number in state.counts.items() if number
        )
        trouble = f" {state.why.en}" if state.why else ""
        late = " LATE: call them." if state.late else ""
        click.echo(
            f"{state.partner} ({state.name.en}), {how}: {counts or 'nothing to tell yet'}.{trouble}{late}"
        )


@partners_group.command("secret")
@click.argument("partner")
@click.option("--replace", is_flag=True, help="Make a new one first; the old one counts for another week.")
@click.pass_obj
def secret_command(house: House, partner: str, replace: bool) -> None:
    """Print the secret to hand to PARTNER, so that it can check our messages."""
    from aboveboard.proof.webhooks import secret_text

    with house.store.read() as conn:
        _known(house, conn, partner)
    if replace:
        if partner == GATEWAY:
            raise click.ClickException(
                "The gateway's secret belongs to the key ring and cannot be replaced alone."
            )
        with house.store.write() as tx:
            house.partners.rotate(tx, partner)
    with house.store.read() as conn:
        click.echo(secret_text(_secret(house, conn, partner)))


@partners_group.command("secrets")
@click.option(
    "--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write to."
)
@click.pass_obj
def secrets_command(house: House, into: Path) -> None:
    """Write the secret of every partner that takes messages, one file ID.secret each (for `partner-sim --keys`)."""
    from aboveboard.proof.webhooks import secret_text

    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with house.store.read() as conn:
        names = [*_told_by_message(house, conn), GATEWAY]
        for name in names:
            file = into / f"{name}.secret"
            file.touch(mode=0o600)
            file.write_text(secret_text(_secret(house, conn, name)) + "\n")
    click.echo(
        f"{len(names)} secrets written to {into}. Each belongs to one firm only; hand it over in a safe way."
    )


def _told_by_message(house: House, conn: Connection) -> list[str]:
    edition = house.editions.current(conn)
    return [partner.id for partner in edition.book.partners if partner.feed.webhook] if edition else []


def _secret(house: House, conn: Connection, partner: str) -> bytes:
    from aboveboard.store import now

    return (
        house.partners.gateway_secret()
        if partner == GATEWAY
        else house.partners.secrets(conn, partner, now())[0]
    )


def _known(house: House, conn: Any, partner: str) -> None:
    from aboveboard.partners.model import UNKNOWN_PARTNER

    known = [*_told_by_message(house, conn), GATEWAY]
    if partner not in known:
        raise click.ClickException(UNKNOWN_PARTNER.say("en", partner=partner, ids=", ".join(known)))
