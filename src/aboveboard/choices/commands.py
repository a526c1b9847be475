"""Commands: save a choice, ask the gate."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from aboveboard.house import House
    from aboveboard.people.model import Identity

F = TypeVar("F", bound="Callable[..., Any]")

#: Entries. So many are read in about half a second; before that nobody looks for a progress bar.
_LONG = 25_000


def identity_options(command: F) -> F:
    """Add `--email`, `--phone` and `--customer` to a command."""
    for name, told in (
        ("customer", "Customer number."),
        ("phone", "Phone number."),
        ("email", "E-mail address."),
    ):
        command = click.option(f"--{name}", help=told)(command)
    return command


def identity_of(
    house: House, conn: Any, email: str | None, phone: str | None, customer: str | None
) -> Identity:
    """Return the one identity that was given; anything else is a usage error in a sentence."""
    from aboveboard.people.asked import AskedIdentity
    from aboveboard.people.model import IdentityError

    try:
        return AskedIdentity(email, phone, customer).normalised(house.editions.country(conn))
    except IdentityError as error:
        raise click.ClickException(error.text.en) from None


def catch_up(house: House, conn: Any) -> None:
    """Let the gate of this process read the record; a long one shows how far it is."""
    from aboveboard.record.commands import progress_bar

    with progress_bar("Reading the record", hidden=house.record.size(conn) < _LONG) as tell:
        house.gate.follow(conn, tell)


@click.command("choose")
@click.argument("decision", type=click.Choice(["deny", "allow"]))
@click.option("--purpose", default="all", show_default=True, help="A purpose's id, or 'all'.")
@click.option("--recipient", help="A partner's id; left out: everyone.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="The choice ends at this instant (UTC), like 2027-06-30; left out: it holds until the next one.",
)
@click.option(
    "--channel",
    default="command",
    show_default=True,
    help="How the person told you: phone, letter, email, counter …",
)
@click.option(
    "--receipt",
    "receipt_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the receipt to this file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
@identity_options
@click.pass_obj
def choose_command(
    house: House,
    decision: Any,
    purpose: str,
    recipient: str | None,
    until: datetime | None,
    channel: str,
    receipt_file: Path | None,
    as_json: bool,
    email: str | None,
    phone: str | None,
    customer: str | None,
) -> None:
    """Save a yes or no that a customer told you."""
    from aboveboard.choices.model import ChoiceError, Decision

    with house.store.read() as conn:
        identity = identity_of(house, conn, email, phone, customer)

    def work(tx: Any) -> Any:
        subject = house.people.locate(tx, identity)
        said = [Decision(decision, purpose, recipient, until and until.replace(tzinfo=UTC))]
        return house.choices.save(
            tx, subject=subject, identity=identity, decisions=said, channel=channel, proven=True
        )

    try:
        receipt = house.store.submit(work, lambda tx, stamp: house.record.receipt_in(tx, stamp.id)).result()
    except ChoiceError as error:
        raise click.ClickException(error.text.en) from None
    if receipt_file is not None:
        receipt_file.write_text(json.dumps(receipt, ensure_ascii=False, indent=1) + "\n")
    if as_json:
        click.echo(json.dumps(receipt, ensure_ascii=False))
    else:
        click.echo(
            f"Done: {decision} {purpose}{f' for {recipient}' if recipient else ''}. Receipt {receipt['id']}"
        )


@click.command("gate")
@click.argument("purpose")
@click.option("--recipient", help="A partner's id; left out: the business itself.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language to speak."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@identity_options
@click.pass_obj
def gate_command(
    house: House,
    purpose: str,
    recipient: str | None,
    lang: str,
    as_json: bool,
    email: str | None,
    phone: str | None,
    customer: str | None,
) -> None:
    """Ask whether a use of someone's data is allowed. Exit code 0 is yes, 3 is no."""
    with house.store.read() as conn:
        identity = identity_of(house, conn, email, phone, customer)
        catch_up(house, conn)
        answer = house.gate.ask(conn, house.people.find(conn, identity), purpose, recipient)
    if as_json:
        shown = {
            "allowed": answer.allowed,
            "reason": answer.reason,
            "rule": answer.rule,
            "explanation": answer.explanation.both(),
            "entry": answer.entry,
            "as_of": answer.as_of,
        }
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        word = {"en": ("No: ", "Yes: "), "zh": ("不可以：", "可以：")}[lang][answer.allowed]
        click.echo(f"{word}{answer.explanation.say(lang)}")
    sys.exit(0 if answer.allowed else 3)
