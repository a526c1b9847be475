"""One-time codes: how someone proves that an e-mail address or phone number is theirs.

Only a keyed digest of a code is kept, bound to the identity it was sent to. It lives for minutes, forgives a few wrong tries, and
opens once.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

import sqlalchemy as sa

from aboveboard.people import tables
from aboveboard.people.model import CODE_MINUTES, Identity
from aboveboard.record.keys import KeyRing
from aboveboard.store import Tx

#: A one-time code forgives this many wrong tries.
CODE_TRIES = 5
#: At most this many live codes for one identity, or a stranger could flood a mailbox.
CODES_AT_ONCE = 3


class Codes:
    """The one-time codes of one installation."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    def issue(self, tx: Tx, identity: Identity) -> str | None:
        """Return a new six-digit code for an identity, or None when it has too many that still live.

        The code is made and kept for anyone who asks, known or not, so that asking tells nothing. Only a message to the
        identity's own mailbox or phone carries it.
        """
        digest, columns = self.keys.index(identity.kind, identity.value), tables.codes.c
        alive = sa.select(sa.func.count()).where(
            columns.identity == digest, columns.expires_at > tx.now, columns.used_at.is_(None)
        )
        if int(tx.conn.execute(alive).scalar_one()) >= CODES_AT_ONCE:
            return None
        code = f"{secrets.randbelow(10**6):06d}"
        row = {
            "identity": digest,
            "code": self._digest(digest, code),
            "expires_at": tx.now + timedelta(minutes=CODE_MINUTES),
            "tries_left": CODE_TRIES,
            "created_at": tx.now,
        }
        tx.conn.execute(sa.insert(tables.codes), row)
        return code

    def redeem(self, tx: Tx, identity: Identity, code: str) -> bool:
        """Return True, once, for the right code in time; every wrong try costs one of each code that lives."""
        digest, columns = self.keys.index(identity.kind, identity.value), tables.codes.c
        alive = sa.and_(
            columns.identity == digest,
            columns.expires_at > tx.now,
            columns.used_at.is_(None),
            columns.tries_left > 0,
        )
        wanted = self._digest(digest, code.strip())
        rows = tx.conn.execute(sa.select(columns.id, columns.code).where(alive).with_for_update()).all()
        match = next((row.id for row in rows if hmac.compare_digest(bytes(row.code), wanted)), None)
        if match is None:
            tx.conn.execute(sa.update(tables.codes).where(alive).values(tries_left=columns.tries_left - 1))
            return False
        # One code that fits ends all others of this identity, or an older mail in the box would still open the door.
        tx.conn.execute(sa.update(tables.codes).where(alive).values(used_at=tx.now))
        return True

    def _digest(self, identity: bytes, code: str) -> bytes:
        return self.keys.mac("code", identity + code.encode())
