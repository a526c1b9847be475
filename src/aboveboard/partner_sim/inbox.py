"""What the pretended partners remember: each message once, by its id, with how often it came.

A message that comes again with the same id is a repeat: it is counted and acknowledged like the first, and changes nothing else.
That is all a receiver has to do for *at least once* delivery to become *exactly once* in effect. The memory is a SQLite file, so
that the simulator knows its ids again after it was killed; without a folder it lives as long as the process.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: How a partner can behave. The first one is how a good partner behaves.
MODES = (
    "ok",
    "slow",
    "down",
    "error",
    "closed",
    "lost",
    "hang",
    "redirect",
    "garbage",
    "wrong_id",
    "html",
    "empty",
    "huge",
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS received (
    partner TEXT NOT NULL, id TEXT NOT NULL, first_at REAL NOT NULL, last_at REAL NOT NULL,
    times INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (partner, id)
);
CREATE TABLE IF NOT EXISTS switches (partner TEXT PRIMARY KEY, mode TEXT NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS refused (
    partner TEXT PRIMARY KEY, times INTEGER NOT NULL, at REAL NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS mail (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL,
    sent_to TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Switch:
    """How a partner behaves now. `seconds` is how long it waits in mode `slow`."""

    mode: str = "ok"
    seconds: float = 0.0


@dataclass(frozen=True)
class Received:
    """One message: when it first and last came (seconds since 1970), how often, and its body as JSON text."""

    id: str
    first_at: float
    last_at: float
    times: int
    body: str

    @property
    def content(self) -> Any:
        """The body, read; a body that is no JSON is given as its text."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


@dataclass(frozen=True)
class Refused:
    """How often a partner turned a message away, and why the last time (a code of `signature`, or the mode it is in)."""

    times: int
    at: float
    reason: str


@dataclass(frozen=True)
class Mail:
    """A mail (`kind` is `email`) or text message (`sms`) that arrived."""

    at: float
    kind: str
    to: str
    subject: str
    text: str


class Inbox:
    """The memory of all pretended partners; safe to use from several threads."""

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            ":memory:" if folder is None else folder / "partner-sim.db",
            check_same_thread=False,
            isolation_level=None,
        )
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def take(self, partner: str, message_id: str, body: str) -> bool:
        """Remember a message; return True the first time its id is seen."""
        at = time.time()
        rows = self._ask(
            "INSERT INTO received VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (partner, id) "
            "DO UPDATE SET times = times + 1, last_at = excluded.last_at RETURNING times",
            *(partner, message_id, at, at, body),
        )
        return bool(rows[0][0] == 1)

    def refuse(self, partner: str, reason: str) -> None:
        """Count a message that was turned away."""
        self._ask(
            "INSERT INTO refused VALUES (?, 1, ?, ?) ON CONFLICT (partner) "
            "DO UPDATE SET times = times + 1, at = excluded.at, reason = excluded.reason",
            *(partner, time.time(), reason),
        )

    def received(self, partner: str, limit: int = -1) -> list[Received]:
        """Return what a partner received, the newest first; `limit` -1 is all."""
        sql = (
            "SELECT id, first_at, last_at, times, body FROM received WHERE partner = ? "
            "ORDER BY first_at DESC, rowid DESC LIMIT ?"
        )
        return [Received(*row) for row in self._ask(sql, partner, limit)]

    def counts(self, partner: str) -> tuple[int, int]:
        """Return how many different messages came, and how many repeats of them."""
        first, repeats = self._ask(
            "SELECT COUNT(*), COALESCE(SUM(times - 1), 0) FROM received WHERE partner = ?", partner
        )[0]
        return int(first), int(repeats)

    def refused(self, partner: str) -> Refused | None:
        """Return what was turned away, or None."""
        rows = self._ask("SELECT times, at, reason FROM refused WHERE partner = ?", partner)
        return Refused(*rows[0]) if rows else None

    def switch(self, partner: str, mode: str, seconds: float = 0.0) -> None:
        """Make a partner behave in another way from now on; raises `ValueError` for a way there is not."""
        if mode not in MODES:
            raise ValueError(f"There is no mode '{mode}'. Choose one of: {', '.join(MODES)}.")
        if not 0 <= seconds <= 600:
            raise ValueError("A partner can be slow by 0 to 600 seconds.")
        self._ask("INSERT OR REPLACE INTO switches VALUES (?, ?, ?)", partner, mode, seconds)

    def switched(self, partner: str) -> Switch:
        """Return how a partner behaves now."""
        rows = self._ask("SELECT mode, seconds FROM switches WHERE partner = ?", partner)
        return Switch(*rows[0]) if rows else Switch()

    def deliver(self, kind: str, to: str, subject: str, text: str) -> None:
        """Put a mail or text message into the mailbox."""
        sql = "INSERT INTO mail (at, kind, sent_to, subject, text) VALUES (?, ?, ?, ?, ?)"
        self._ask(sql, time.time(), kind, to, subject, text)

    def mail(self, limit: int = 100) -> list[Mail]:
        """Return the newest mails and text messages, the newest first."""
        sql = "SELECT at, kind, sent_to, subject, text FROM mail ORDER BY number DESC LIMIT ?"
        return [Mail(*row) for row in self._ask(sql, limit)]
