"""Stamps of the newest head, and what is due when the authority gives none.

The record knows how to have a head stamped (`record.stamping`); it may not open duties. So the two meet here, as those of the
witnesses do next door.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from aboveboard.duties.service import Duties
from aboveboard.record import stamping
from aboveboard.record.service import Record
from aboveboard.record.stamping import Authority, StampError
from aboveboard.store import Store, Tx
from aboveboard.words.catalogue import Catalogue

MISSING = "record.stamp_missing"


def keep(store: Store, record: Record, duties: Duties, authority: Authority | None) -> str | None:
    """Have the newest head stamped if it is time; return what went wrong in a sentence, if it did.

    A head that nobody stamps is due at once, until one is stamped again or the authority is no longer named.
    """
    fault = None
    if authority is not None and authority.url:
        try:
            stamping.stamp(store, record, authority, early=False)
        except StampError as error:
            fault = str(error)
    with store.read() as conn:
        is_open = bool(duties.due(conn, MISSING))
    if fault is not None or is_open:
        with store.write() as tx:
            duties.settle(
                tx, MISSING, {_open(tx, duties, authority, fault)} if authority and fault else set()
            )
    return fault


def _open(tx: Tx, duties: Duties, authority: Authority, fault: str) -> str:
    """Open the duty of the head that follows the last stamp: one for as long as none is given, whatever the fault is."""
    key = f"{hashlib.sha256(authority.url.encode()).hexdigest()[:32]}:{stamping.last_size(tx.conn)}"
    texts = Catalogue.load("aboveboard.editions")
    duties.open(
        tx,
        kind=MISSING,
        key=key,
        due_at=tx.now,
        what=texts.text("stamp.missing").filled(host=urlsplit(authority.url).hostname or "?"),
        why=texts.text("stamp.missing_why"),
        detail={"fault": fault},
        again=True,
    )
    return key
