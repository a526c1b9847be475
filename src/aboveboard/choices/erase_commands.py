"""Commands about single people: `people erase`, and beside it `people place`.

Erasing stands here and not in `people`, because whoever is erased says no to everything first, and that is a choice.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from aboveboard.people.commands import place_command

if TYPE_CHECKING:
    from collections.abc import Collection

    from aboveboard.house import House
    from aboveboard.people.model import Identity
    from aboveboard.store import Tx


#: How a message stands that its partner has not confirmed; and one that it has not even taken.
_OPEN = ("waiting", "told", "by_hand")
_NOT_HEARD = ("waiting", "by_hand")


@click.group("people")
def people_group() -> None:
    """Single people: say where one lives, erase one for good."""


people_group.add_command(place_command)


@people_group.command("erase")
@click.option("--email", help="The person's e-mail address.")
@click.option("--phone", help="The person's phone number.")
@click.option("--customer", help="The person's customer number.")
@click.option(
    "--reason",
    default="asked",
    show_default=True,
    type=click.Choice(["asked", "kept_long_enough", "mistake"]),
    help="Why; it stands in the record.",
)
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Tell the partners now, and erase when all have heard, confirmed or not.",
)
@click.option(
    "--untold", is_flag=True, help="Erase also if a partner has not heard; from then on it cannot be told."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def erase_command(
    house: House,
    email: str | None,
    phone: str | None,
    customer: str | None,
    reason: str,
    at_once: bool,
    untold: bool,
    as_json: bool,
) -> None:
    """Erase one person for good: destroy their keys, keep their no.

    A no to everything is saved first, and partners are told of it; who was erased can be named to nobody any more. So the command
    waits until every partner has confirmed: run it again then. With --now it tells them itself, and waits only for those who did
    not take the message. Exit code 0: erased; 3: partners are being told first.
    """
    identity = _identity(house, email, phone, customer)
    with house.store.read() as conn:
        subject = house.people.find(conn, identity)
        living = None if subject is None else house.people.living(conn, subject)
    if living is None:
        why = "Nobody is known by this." if subject is None else "This person was erased before."
        raise click.ClickException(f"{why} Nothing was changed.")
    _say_no(house, living, identity)
    if at_once or untold:
        house.partners.tell_now(house.store)
    waiting = _untold(house, living, _NOT_HEARD if at_once or untold else _OPEN)
    if waiting and not untold:
        _tell_waiting(waiting, at_once=at_once, as_json=as_json)
        sys.exit(3)
    _erase(house, living, reason, waiting, as_json)


def _identity(house: House, email: str | None, phone: str | None, customer: str | None) -> Identity:
    from aboveboard.people.asked import AskedIdentity
    from aboveboard.people.model import IdentityError

    with house.store.read() as conn:
        country = house.editions.country(conn)
    try:
        return AskedIdentity(email, phone, customer).normalised(country)
    except IdentityError as error:
        raise click.ClickException(error.text.en) from None


def _say_no(house: House, subject: int, identity: Identity) -> None:
    """Save a no to everything, unless that is the last thing the person said, or there is no book to say no to."""
    from aboveboard.choices.model import Decision

    def work(tx: Tx) -> None:
        no = Decision("deny", "all")
        newest = next((said for said in house.choices.history(tx.conn, subject) if said.signal is None), None)
        if house.editions.current(tx.conn) is None or (newest is not None and newest.decisions == (no,)):
            return
        house.choices.save(
            tx, subject=subject, identity=identity, decisions=[no], channel="command", proven=True
        )

    house.store.submit(work).result()


def _untold(house: House, subject: int, states: Collection[str]) -> list[str]:
    """Return the partners for whom something that this person said is in one of these states."""
    names: dict[str, None] = {}
    with house.store.read() as conn:
        numbers = house.people.numbers(conn, subject)
        said = ("choice.made", "signal.seen", "signal.counts", "people.linked")
        for entry in house.record.about(conn, numbers, said):
            for told in house.partners.told(conn, entry.id):
                if told.state in states:
                    names.setdefault(told.name.en)
    return list(names)


def _tell_waiting(waiting: list[str], *, at_once: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"erased": False, "waiting_for": waiting}, ensure_ascii=False))
        return
    click.echo(
        "A no to everything is saved, and holds from now on. Not yet erased, because these must hear of it first:"
    )
    for name in waiting:
        click.echo(f"  {name}")
    if at_once:
        click.echo(
            "They were asked just now and did not take the message, or take none. Tell them by hand (the desk's front page), "
            "run this again, or use --untold: then they never hear whom it was about."
        )
        return
    click.echo(
        "`aboveboard work` tells them. Run this command again when they have confirmed, or with --now to tell them now."
    )


def _erase(house: House, subject: int, reason: str, untold: list[str], as_json: bool) -> None:
    from aboveboard.people.erasure import ErasureError, scrub
    from aboveboard.record.model import RecordError

    def work(tx: Tx) -> Any:
        return house.people.erase(tx, subject, reason)

    try:
        done = house.store.submit(work).result()
    except (ErasureError, RecordError) as error:
        raise click.ClickException(str(error)) from None
    clean = scrub(house.store)
    receipt = house.record.receipt_id(done.stamp.id)
    if as_json:
        shown = {
            "erased": True,
            "numbers": list(done.numbers),
            "suppressed": done.identities,
            "receipt": receipt,
            "scrubbed": clean,
            "untold": untold,
        }
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    click.echo(
        f"Erased. What could find this person (identities: {done.identities}) leads to nobody now, and the no behind it holds. "
        f"Receipt {receipt}"
    )
    if untold:
        click.echo(
            f"Never told, because you said so: {', '.join(untold)}. Whatever they hold of this person stays there."
        )
    if not clean:
        click.echo(
            "Someone was reading, so the journal still holds old pages; they go with the next erasure or restart."
        )
    click.echo(
        "Backups of before still hold the person. A restore erases them again; keep no copies of keys older than today."
    )
