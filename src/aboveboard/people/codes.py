"""One-time codes: how someone proves that an e-mail address or phone number is theirs.

Only a keyed digest of a code is kept, bound to the identity it was sent to. It lives for minutes, forgives a few wrong tries, and
opens once.

Anyone may ask for a code in another's name. So whoever asks gets an *ask*, a random number that their form carries and that only
they know: wrong tries count against their own ask, never against the code of the real person. A few codes at once are enough
for a mailbox: who asks while they live gets an ask of their own for the newest of them, which is in the box already. And one
identity has only so many asks a day, which bounds how often its codes can be guessed at; and whoever asks has, from one network
address, only a part of them, so that a stranger who hammers leaves the rest to the person.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from aboveboard.people import tables
from aboveboard.people.model import CODE_MINUTES, Identity
from aboveboard.record.keys import KeyRing
from aboveboard.store import Tx
from aboveboard.web import limits

#: A one-time code forgives this many wrong tries.
CODE_TRIES = 5
#: At most this many live codes for one identity, or a stranger could flood a mailbox.
CODES_AT_ONCE = 3
#: One network address may ask so many times a day for one identity: a stranger at one place cannot use up what is there for all.
ASKS_BY_ONE = 5
#: One identity has at most this many asks a day: with the tries of each, a guesser hits one day in ten thousand.
ASKS_A_DAY = 20

_c = tables.codes.c


class Codes:
    """The one-time codes of one installation."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    def issue(self, tx: Tx, identity: Identity, asker: str = "") -> tuple[str | None, str]:
        """Return (code, ask): a new six-digit code, or None when none is to be sent, and 32 hex digits for the form.

        Both are made and kept for anyone who asks, known or not, so that asking tells nothing. Only a message to the identity's
        own mailbox or phone carries the code; only the form of whoever asked carries the ask. No code is to be sent when
        enough of them live (the ask is then good for the newest) and when the day's share is used up (it is good for none),
        the identity's or that of the network address `asker`.
        """
        digest, ask = self._identity(identity), secrets.token_hex(16)
        self._forget(tx, _c.identity == digest)
        if asker and not limits.daily(tx, f"code:{digest.hex()}@{asker}", ASKS_BY_ONE):
            return None, ask
        if not limits.daily(tx, f"code:{digest.hex()}", ASKS_A_DAY):
            return None, ask
        alive = self._alive(tx, digest)
        if len({bytes(row.code) for row in alive}) >= CODES_AT_ONCE:
            newest = alive[-1]
            self._keep(tx, digest, ask, bytes(newest.code), newest.expires_at)
            return None, ask
        code = f"{secrets.randbelow(10**6):06d}"
        expires_at = tx.now + timedelta(minutes=CODE_MINUTES)
        self._keep(tx, digest, ask, self._digest(digest, code), expires_at)
        return code, ask

    def redeem(self, tx: Tx, identity: Identity, ask: str, code: str) -> bool:
        """Return True, once, for the right code in time, on the form that asked for it; a wrong try costs that form one."""
        digest = self._identity(identity)
        mine = sa.and_(_is_alive(tx, digest), _c.ask == self._ask(digest, ask))
        row = tx.conn.execute(sa.select(_c.id, _c.code).where(mine).with_for_update()).first()
        if row is None:
            return False
        if not hmac.compare_digest(bytes(row.code), self._digest(digest, code.strip())):
            tx.conn.execute(
                sa.update(tables.codes).where(_c.id == row.id).values(tries_left=_c.tries_left - 1)
            )
            return False
        # One code that fits ends all others of this identity, or an older mail in the box would still open the door.
        tx.conn.execute(sa.update(tables.codes).where(_is_alive(tx, digest)).values(used_at=tx.now))
        return True

    def sweep(self, tx: Tx) -> int:
        """Delete every code whose time is over; return how many those were."""
        return self._forget(tx)

    def _forget(self, tx: Tx, *mine: sa.ColumnElement[bool]) -> int:
        return tx.conn.execute(sa.delete(tables.codes).where(_c.expires_at <= tx.now, *mine)).rowcount

    def _alive(self, tx: Tx, digest: bytes) -> Sequence[sa.Row[Any, Any]]:
        """Return the code and end of each ask that may still open, those whose code was sent last at the end."""
        wanted = sa.select(_c.code, _c.expires_at).where(_is_alive(tx, digest))
        return tx.conn.execute(wanted.order_by(_c.expires_at, _c.id)).all()

    def _keep(self, tx: Tx, digest: bytes, ask: str, code: bytes, expires_at: datetime) -> None:
        row = {
            "identity": digest,
            "ask": self._ask(digest, ask),
            "code": code,
            "expires_at": expires_at,
            "tries_left": CODE_TRIES,
            "created_at": tx.now,
        }
        tx.conn.execute(sa.insert(tables.codes), row)

    def _identity(self, identity: Identity) -> bytes:
        return self.keys.index(identity.kind, identity.value)

    def _ask(self, identity: bytes, ask: str) -> bytes:
        return self.keys.mac("code ask", identity + ask.encode())

    def _digest(self, identity: bytes, code: str) -> bytes:
        return self.keys.mac("code", identity + code.encode())


def _is_alive(tx: Tx, digest: bytes) -> sa.ColumnElement[bool]:
    return sa.and_(_c.identity == digest, _c.expires_at > tx.now, _c.used_at.is_(None), _c.tries_left > 0)
