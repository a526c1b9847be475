"""How it goes with each witness: since when it is asked, how the last try ended, how long it has waited for a head.

How far it has got is a bookmark. So a witness that is late is told by two instants in the database, not by one worker's memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.record import tables
from aboveboard.record.cosigning import Said
from aboveboard.store import Tx, now, upsert

_w = tables.witnesses


@dataclass(frozen=True, slots=True)
class State:
    """A row of `record_witnesses`."""

    follower: str
    since: datetime
    tried_at: datetime | None
    fault: str | None
    refused: bool


def of(conn: Connection, follower: str) -> State | None:
    """Return the state of a witness, or None if it was never asked."""
    row = conn.execute(sa.select(_w).where(_w.c.follower == follower)).first()
    return None if row is None else State(**row._mapping)


def is_time(conn: Connection, follower: str, every: timedelta) -> bool:
    """Return whether a witness that gets a head at most once in `every` may get one now.

    One that failed may at once; and so may one whose last time lies ahead: the clock was set back since.
    """
    state = of(conn, follower)
    if state is None or state.tried_at is None or state.fault is not None:
        return True
    waited = now() - state.tried_at
    return waited >= every or waited < timedelta(0)


def write_down(tx: Tx, follower: str, said: Said | None) -> None:
    """Write down how a try ended, or (None) that there was none: then only a witness that is new is written down."""
    before = of(tx.conn, follower)
    if said is None and before is not None:
        return
    row = {
        "follower": follower,
        "since": tx.now if before is None else before.since,
        "tried_at": None if said is None else tx.now,
        "fault": None if said is None or said.fault is None else said.fault[:300],
        "refused": said is not None and said.refused,
    }
    upsert(tx.conn, _w, row, key="follower")


def waiting_since(conn: Connection, state: State, reached: int) -> datetime | None:
    """Return since when there is a head that a witness has not got (`reached` is its bookmark), or None if it has the newest."""
    heads = tables.checkpoints.c
    first = sa.select(heads.at).where(heads.size > reached + 1).order_by(heads.size).limit(1)
    at: datetime | None = conn.execute(first).scalar()
    return None if at is None else max(at, state.since)
