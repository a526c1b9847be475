"""How often something may be tried.

A *pause* is kept in the database and grows with each wrong try in a row (sign-in, codes): three are free, then five
seconds, ten, twenty … up to fifteen minutes; a right one clears it, and so does a quiet day. A *window* is kept in memory and
caps how many requests one address may make in a while (asking for codes), to keep a flood from ever reaching the database. And
what somebody can make us send (a mail, a code) may be sent once, or so many times, a day.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.store import Tx, upsert
from aboveboard.web import tables

FREE_TRIES = 3
SHORTEST = timedelta(seconds=5)
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)

_c = tables.pauses.c


def pause_after(failures: int) -> timedelta:
    """Return how long to wait after so many wrong tries in a row."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(LONGEST, SHORTEST * (1 << min(failures - FREE_TRIES, 20)))


def seconds_left(conn: Connection, what: str, now: datetime) -> int:
    """Return how many whole seconds `what` (for example `staff:ann`) still has to wait; 0 means it may be tried now."""
    row = conn.execute(sa.select(_c.failures, _c.last_at).where(_c.what == _digest(what))).first()
    if row is None or now - row.last_at > FORGOTTEN_AFTER:
        return 0
    left: timedelta = row.last_at + pause_after(row.failures) - now
    return max(0, math.ceil(left.total_seconds()))


def failed(tx: Tx, what: str) -> None:
    """Count a wrong try."""
    again = sa.case((_c.last_at < tx.now - FORGOTTEN_AFTER, 1), else_=_c.failures + 1)
    row = {"what": _digest(what), "failures": 1, "last_at": tx.now}
    upsert(tx.conn, tables.pauses, row, key="what", changes={"failures": again, "last_at": tx.now})


def cleared(tx: Tx, what: str) -> None:
    """Forget the wrong tries: the right one came."""
    tx.conn.execute(sa.delete(tables.pauses).where(_c.what == _digest(what)))


def once_a_day(tx: Tx, what: str) -> bool:
    """Return True and count it, or return False when `what` was counted within the last day. Not for what `failed` counts."""
    return daily(tx, what, 1)


def daily(tx: Tx, what: str, most: int) -> bool:
    """Return True and count it, or return False when `what` had its `most` within a day, which begins with the first.

    What is refused is not counted. Not for what `failed` counts.
    """
    is_over = _c.last_at <= tx.now - FORGOTTEN_AFTER
    again = {
        "failures": sa.case((is_over, 1), else_=_c.failures + 1),
        "last_at": sa.case((is_over, sa.literal(tx.now, _c.last_at.type)), else_=_c.last_at),
    }
    row = {"what": _digest(what), "failures": 1, "last_at": tx.now}
    return upsert(
        tx.conn, tables.pauses, row, key="what", changes=again, where=sa.or_(is_over, _c.failures < most)
    )


class Window:
    """At most `most` per `seconds` for each key, in this process; a key that is quiet for so long is forgotten."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[str, deque[float]] = {}

    def admit(self, key: str) -> bool:
        """Count one for `key` and return True, or return False when it had its share."""
        now = self._clock()
        if len(self._seen) > 10_000:
            self._sweep(now)
        times = self._seen.setdefault(key, deque())
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        return True

    def _sweep(self, now: float) -> None:
        self._seen = {
            key: times for key, times in self._seen.items() if times and times[-1] > now - self._seconds
        }


def _digest(what: str) -> bytes:
    return hashlib.sha256(what.encode()).digest()
