"""Who is signed in: a random secret in a cookie, its digest in a table.

Both customers (after a one-time code, for 30 minutes) and staff (after a password, for a working day) have one. The secret is 256
random bits, so a plain SHA-256 is enough to keep it; ending a session deletes the row, and from then on the cookie means nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from litestar.datastructures import Cookie
from sqlalchemy.engine import Connection

from aboveboard.store import Tx
from aboveboard.web import tables

Kind = Literal["person", "staff"]

LASTS: dict[Kind, timedelta] = {"person": timedelta(minutes=30), "staff": timedelta(hours=10)}
COOKIES: dict[Kind, str] = {"person": "me", "staff": "desk"}

_c = tables.sessions.c


@dataclass(frozen=True, slots=True)
class Session:
    """Someone signed in: `who` is a person number or a staff number, `shown` what a page may call them."""

    kind: Kind
    who: int
    shown: str
    expires_at: datetime


def begin(tx: Tx, kind: Kind, who: int, shown: str) -> str:
    """Open a session and return the secret for its cookie; sessions that have run out are swept away on the way."""
    secret = secrets.token_urlsafe(32)
    tx.conn.execute(sa.delete(tables.sessions).where(_c.expires_at < tx.now))
    row = {
        "digest": _digest(secret),
        "kind": kind,
        "who": who,
        "shown": shown[:120],
        "created_at": tx.now,
        "expires_at": tx.now + LASTS[kind],
    }
    tx.conn.execute(sa.insert(tables.sessions), row)
    return secret


def find(conn: Connection, kind: Kind, secret: str, now: datetime) -> Session | None:
    """Return the session of a cookie, or None if there is none or its time is over."""
    query = sa.select(_c.who, _c.shown, _c.expires_at).where(
        _c.digest == _digest(secret), _c.kind == kind, _c.expires_at > now
    )
    row = conn.execute(query).first()
    return None if row is None else Session(kind, row.who, row.shown, row.expires_at)


def end(tx: Tx, secret: str) -> None:
    """End the session of a cookie; one that is not there has ended already."""
    tx.conn.execute(sa.delete(tables.sessions).where(_c.digest == _digest(secret)))


def end_all(tx: Tx, kind: Kind, who: int) -> None:
    """End every session of someone: their password changed, or they left."""
    tx.conn.execute(sa.delete(tables.sessions).where(_c.kind == kind, _c.who == who))


def cookie(kind: Kind, secret: str, *, secure: bool) -> Cookie:
    """Return the cookie that holds `secret`; scripts cannot read it and other sites cannot send it along with a form."""
    return Cookie(
        key=COOKIES[kind],
        value=secret,
        max_age=int(LASTS[kind].total_seconds()) if secret else 0,
        httponly=True,
        secure=secure,
        samesite="lax",
        path="/desk" if kind == "staff" else "/",
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
