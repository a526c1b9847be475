"""Signals that come to count for more than they did when they were seen, entered so that partners hear of it.

The follower reads whatever may move that (a signal, a place, two numbers that are one person), looks at the person, and enters
`signal.counts` with what is new. Its bookmark is named after the rules in force. So when a book or a law changes which signals
count, or when it runs for the first time, it has no bookmark yet and looks at everyone again, from the first entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy.engine import Connection

from aboveboard.choices.gate.heeding import Key
from aboveboard.choices.gate.rules import Rule, rules
from aboveboard.choices.service import Choices
from aboveboard.record.model import Entry
from aboveboard.store import Store, now

FOLLOWER = "choices.signals"
KINDS = ("signal.seen", "people.placed", "people.linked", "people.unlinked")
#: Entries that are looked at together.
BATCH = 200
#: A bookmark that only passed by entries of no interest is moved once it lags this far behind.
LAG = 1000


def follow_signals(store: Store, choices: Choices, holder: str, lease: float) -> bool:
    """Look at one batch of entries; return whether there was anything to look at.

    Does nothing while another worker (another `holder`) has the lease of `lease` seconds.
    """
    record = choices.record
    with store.read() as conn:
        edition = choices.editions.current(conn)
        if edition is None:
            return False
        moment = now()
        known = rules(edition.book, moment)
        name = f"{FOLLOWER}:{_named(known)}"
        at, newest = record.bookmark(conn, name), record.size(conn) - 1
        if newest <= at:
            return False
        entries = record.entries(conn, at, BATCH, KINDS)
        if not entries and newest - at < LAG:
            return False
        # Looked for before anything is locked: of most people there is nothing to enter.
        found = [
            subject
            for subject in _people(conn, choices, entries)
            if choices.counts_now(conn, subject, edition.book, known, moment)
        ]
    with store.write() as tx:
        if not record.lease(tx, FOLLOWER, holder, lease):
            return False
        if record.bookmark(tx.conn, name) == at:  # else another was here in between
            for subject in found:
                choices.enter_counting(tx, subject)
            record.move_bookmark(tx, name, entries[-1].index if len(entries) == BATCH else newest)
    return bool(entries)


def _people(conn: Connection, choices: Choices, entries: Iterable[Entry]) -> list[int]:
    """Return whom these entries are about, in order; of a link that was taken back, both."""
    numbers = dict.fromkeys(entry.subject for entry in entries if entry.subject is not None)
    for entry in entries:
        link = choices.record.get(conn, entry.facts["link"]) if entry.kind == "people.unlinked" else None
        if link is not None:
            numbers.setdefault(int(link.facts["from"]))
    return list(dict.fromkeys(choices.people.present(conn, number) for number in numbers))


def _named(known: Mapping[Key, Rule]) -> str:
    """Return a short name for all that decides where signals count."""
    held = [
        (
            key,
            sorted(rule.touched),
            rule.purpose.gpc,
            rule.heeds,
            [(law.id, law.when.place_in) for law in rule.laws],
        )
        for key, rule in known.items()
    ]
    return hashlib.sha256(repr(held).encode()).hexdigest()[:16]
