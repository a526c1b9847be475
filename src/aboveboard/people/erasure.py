"""Erasing a person, and keeping them erased.

To erase is to destroy the keys of all their numbers: whatever was sealed under them (identities, prices, the personal part of
entries) is unreadable from that commit on, in the record as everywhere, and the tree still proves itself, because it covers the
sealed bytes. Beside that the rows that only served to find or count them go: identities, visits, codes, sessions, messages on
their way.

Two things stay on purpose. What they said stands in the record beside a number that leads to nobody. And of each identity the
keyed hash stays as a *suppression* with that number: whoever asks the gate about this address still gets their no, and a list
that is read in again cannot bring them back. Only they themselves can, by an act of their own (`People.locate`, `People.link`):
they get a new number and a new key, and the old one is linked to it, so that what they had said no to still holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.people import tables
from aboveboard.people.messages import Messages
from aboveboard.people.model import Identity
from aboveboard.record import erasure as record_erasure
from aboveboard.record.erasure import KEYS_LOST, Erasure
from aboveboard.record.model import Stamp
from aboveboard.store import Store, Tx, insert_each_once
from aboveboard.web import sessions
from aboveboard.words import Text

if TYPE_CHECKING:
    from aboveboard.people.service import People

#: Why somebody is erased. One of a few words, because it stands in the record in clear.
REASONS: dict[str, Text] = {
    "asked": Text("The person asked for it.", "本人要求删除。"),
    "kept_long_enough": Text("The data was kept long enough.", "资料保存期已满。"),
    "mistake": Text("The data should never have been here.", "本来就不该有这些资料。"),
    KEYS_LOST: Text("The person's key was lost with a backup.", "备份丢失，这个人的密钥没有了。"),
}

#: Tables in which an erasure deletes or overwrites rows.
TOUCHED = [
    *(
        "record_subjects",
        "people_identities",
        "people_visits",
        "people_codes",
        "people_messages",
        "web_sessions",
    )
]

_AT_ONCE = 2_000
_i, _s = tables.identities, tables.suppressions


class ErasureError(ValueError):
    """An erasure that cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: its entry, the numbers the person had, how many identities are suppressed."""

    stamp: Stamp
    numbers: tuple[int, ...]
    identities: int


def erase(people: People, tx: Tx, subject: int, reason: str) -> Erased:
    """Erase the person with this number, under all of their numbers; raises `ErasureError` if there is nobody left to erase.

    On PostgreSQL, whoever seals something for the same person in this very moment either comes before or finds the key gone.
    """
    if reason not in REASONS:
        raise ErasureError(f"'{reason}' is no reason to erase somebody; use one of: {', '.join(REASONS)}")
    people.alone(tx)
    present = people.present(tx.conn, subject)
    numbers = people.numbers(tx.conn, present)
    keys = people.record.destroy_keys(tx, numbers)
    if not keys:
        raise ErasureError(
            f"Number {subject} has no key: the person was erased before, or there never was one."
        )
    digests = _suppress(tx, present, numbers)
    _forget(people, tx, numbers, digests)
    stamp = people.record.append(
        tx, "people.erased", subject=present, facts={"numbers": len(keys), "reason": reason}
    )
    record_erasure.remember(
        tx, people.record.keys.folder, Erasure(stamp.at, reason, stamp.id, keys, tuple(digests))
    )
    return Erased(stamp, tuple(sorted(keys)), len(digests))


def _suppress(tx: Tx, present: int, numbers: list[int]) -> list[bytes]:
    """Turn the person's identities into suppressions; return the digests of all that are suppressed."""
    digests = list(map(bytes, tx.conn.scalars(sa.select(_i.c.digest).where(_i.c.subject.in_(numbers)))))
    suppress(tx, dict.fromkeys(digests, present))
    tx.conn.execute(sa.delete(_i).where(_i.c.subject.in_(numbers)))
    tx.conn.execute(sa.update(_s).where(_s.c.subject.in_(numbers)).values(subject=present))
    return list(map(bytes, tx.conn.scalars(sa.select(_s.c.digest).where(_s.c.subject == present))))


def _forget(people: People, tx: Tx, numbers: list[int], digests: list[bytes]) -> None:
    """Delete what only served to find, count or reach the person."""
    tx.conn.execute(sa.delete(tables.visits).where(tables.visits.c.subject.in_(numbers)))
    tx.conn.execute(sa.delete(tables.codes).where(tables.codes.c.identity.in_(digests)))
    for number in numbers:
        sessions.end_all(tx, "person", number)
    Messages(people.record).forget(tx, set(digests))


# -- suppressions ----------------------------------------------------------------------------------------------------


def suppress(tx: Tx, digests: dict[bytes, int]) -> None:
    """Say of these digests that they led to these numbers and must not be enrolled again."""
    rows = [
        {"digest": digest, "subject": subject, "erased_at": tx.now}
        for digest, subject in sorted(digests.items())
    ]
    insert_each_once(tx.conn, _s, rows, key="digest")


def suppressed(conn: Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
    """Return the number that each suppressed digest led to; the others are left out."""
    asked, found = list(digests), dict[bytes, int]()
    for start in range(0, len(asked), _AT_ONCE):
        query = sa.select(_s.c.digest, _s.c.subject).where(_s.c.digest.in_(asked[start : start + _AT_ONCE]))
        found.update({bytes(row.digest): int(row.subject) for row in conn.execute(query)})
    return found


def claimed_back(tx: Tx, digest: bytes) -> int | None:
    """Return the number that a suppressed digest led to, for someone who comes back by it; None if it is not suppressed.

    The suppression is lifted. On PostgreSQL, whoever comes back by another identity of the same person waits for this one.
    """
    while True:
        number = suppressed(tx.conn, [digest]).get(digest)
        if number is None:
            return None
        theirs = sa.select(_s.c.digest).where(_s.c.subject == number).order_by(_s.c.digest).with_for_update()
        if digest in {bytes(row.digest) for row in tx.conn.execute(theirs)}:
            tx.conn.execute(sa.delete(_s).where(_s.c.digest == digest))
            return number


def held_back(people: People, tx: Tx, groups: Sequence[Sequence[Identity]]) -> dict[int, int]:
    """Return which of these groups (by place) name somebody who was erased, with the number that is left of them.

    The whole row is about that person, so its other identities are suppressed too; otherwise the next list could bring
    them back by a customer number that this one tied to the address.
    """
    digests = [[people.digest(identity) for identity in group] for group in groups]
    known = suppressed(tx.conn, {digest for group in digests for digest in group})
    held = {
        place: next(known[digest] for digest in group if digest in known)
        for place, group in enumerate(digests)
        if any(digest in known for digest in group)
    }
    suppress(tx, {digest: number for place, number in held.items() for digest in digests[place]})
    return held


# -- after a restore -------------------------------------------------------------------------------------------------


def erase_again(people: People, tx: Tx, erasures: Iterable[Erasure]) -> list[int]:
    """Apply erasures that a database from before them does not know; return the numbers that were erased.

    A number counts only with the key that it had: after a restore the same numbers are handed out a second time. Of people who
    came and went since the backup only the digests are known: they get a number without a key, so that no list brings them
    back.
    """
    done: list[int] = []
    for erasure in erasures:
        alive = people.record.with_keys(tx.conn, erasure.keys)
        if erasure.reason == KEYS_LOST:
            for number in alive:
                _lose(people, tx, number)
        elif alive:
            done += erase(people, tx, alive[0], erasure.reason).numbers
        missing = set(erasure.digests) - suppressed(tx.conn, erasure.digests).keys()
        missing -= set(map(bytes, tx.conn.scalars(sa.select(_i.c.digest).where(_i.c.digest.in_(missing)))))
        if missing:
            number = people.present(tx.conn, alive[0]) if alive else _nobody(people, tx, erasure.reason)
            suppress(tx, dict.fromkeys(missing, number))
    return done


def _lose(people: People, tx: Tx, number: int) -> None:
    """Give up what was sealed under one number whose key is lost; other numbers of the same person keep what they have."""
    people.record.destroy_keys(tx, [number])
    present = people.present(tx.conn, number)
    theirs = _i.c.owner == number
    suppress(tx, dict.fromkeys(map(bytes, tx.conn.scalars(sa.select(_i.c.digest).where(theirs))), present))
    tx.conn.execute(sa.delete(_i).where(theirs))
    facts = {"numbers": 1, "reason": KEYS_LOST}
    people.record.append(tx, "people.erased", subject=present, facts=facts)


def _nobody(people: People, tx: Tx, reason: str) -> int:
    """Return a fresh number whose key is destroyed at once, with the entry that says so."""
    number = people.record.new_subject(tx)
    people.record.destroy_keys(tx, [number])
    people.record.append(tx, "people.erased", subject=number, facts={"numbers": 1, "reason": reason})
    return number


def scrub(store: Store) -> bool:
    """Remove what deleted rows leave in the database's own files; False if somebody was reading and it must be done again."""
    return record_erasure.scrub(store, TOUCHED)
