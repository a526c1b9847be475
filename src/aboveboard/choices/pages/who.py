"""How a form says whom it is about, and how what it says is saved.

One field takes an e-mail address, a phone number or a customer number; which of them it is, we see ourselves, and ask
only when we cannot. Whoever confirmed with a code who they are need not say it again. Someone who sends a browser
signal gets it recorded under their own name in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from aboveboard.choices.model import Decision
from aboveboard.choices.service import Choices
from aboveboard.people.model import Identity, IdentityError, guess_kind, normalise
from aboveboard.people.service import People
from aboveboard.record.model import AlreadyRecorded, Stamp
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Visitor
from aboveboard.web.problems import Problem

KINDS = ("email", "phone", "customer")


def read(said: Mapping[str, str], country: str) -> Identity:
    """Return whom a form's `who` (and `kind`, if it was asked for) means; raises a `Problem` about the field `who`."""
    raw, kind = said.get("who", ""), said.get("kind", "")
    try:
        return normalise(kind if kind in KINDS else guess_kind(raw), raw, country)
    except IdentityError as error:
        raise Problem(422, error.code, error.text, field="who") from None


def proven(conn: Connection, people: People, visitor: Visitor) -> Identity | None:
    """Return the identity of a customer who is signed in, or None; the one they signed in with, if it can still be told."""
    if visitor.person is None:
        return None
    known = people.identities(conn, people.present(conn, visitor.person.who))
    return next(
        (identity for identity in known if identity.masked == visitor.person.shown),
        known[0] if known else None,
    )


async def hear(store: Store, choices: Choices, visitor: Visitor) -> bool:
    """Record the signal of whoever is signed in, if it is news; return whether the signal of this very request counts.

    For somebody we know what is on record counts, and with it a yes that they gave in spite of the signal; for anybody else the
    signal itself does.
    """
    subject = visitor.subject
    if subject is None or not visitor.gpc:
        return visitor.gpc
    if await store.aread(lambda conn: choices.is_news(conn, subject)):
        await store.awrite(lambda tx: choices.signal(tx, subject))
    return False


def save(
    tx: Tx,
    choices: Choices,
    *,
    subject: int,
    identity: Identity,
    decisions: Sequence[Decision],
    channel: str,
    is_proven: bool,
    visitor: Visitor | None = None,
    entry_id: str | None = None,
    told: datetime | None = None,
) -> Stamp:
    """Save what a form said, once; a form that comes again while its entry is still the newest gets that entry.

    If the person has said something else since, the same form is news: someone who went from no to yes and back must be
    heard.
    """
    if visitor is not None and (visitor.gpc or visitor.device is not None):
        choices.signal(tx, subject)
    try:
        return choices.save(
            tx,
            subject=subject,
            identity=identity,
            decisions=decisions,
            channel=channel,
            proven=is_proven,
            entry_id=entry_id,
            told=told,
        )
    except AlreadyRecorded as again:
        newest = next((one for one in choices.history(tx.conn, subject) if one.signal is None), None)
        if newest is not None and newest.entry_id == again.entry_id:
            return Stamp(newest.entry_id, newest.at)
        if (
            choices.record.get(tx.conn, again.entry_id) is None
        ):  # a double click: the first one is in this very commit
            return Stamp(again.entry_id, tx.now)
        return choices.save(
            tx,
            subject=subject,
            identity=identity,
            decisions=decisions,
            channel=channel,
            proven=is_proven,
            told=told,
        )
