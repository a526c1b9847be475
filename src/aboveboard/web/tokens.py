"""Tokens for programs: `ab_<id>_<secret>`, each with the scopes it was made for.

The id finds the row, the secret (256 random bits) is compared as a digest; it is shown once, when it is made. A scope is one word
that an endpoint asks for: `gate` may ask about people, `quotes` may price for a person, `choices` may record on someone's behalf,
`costs` may see the owner's costs, `bills` may hand in bills.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from sqlalchemy.engine import Connection

from aboveboard.store import Store, Tx
from aboveboard.web import tables
from aboveboard.web.problems import problem
from aboveboard.words import Text

AnyConnection = ASGIConnection[Any, Any, Any, Any]

SCOPES: dict[str, Text] = {
    "gate": Text("ask whether someone's data may be used", "询问能不能使用某个人的资料"),
    "quotes": Text("price a service for one person", "为某个人报价"),
    "choices": Text("record a choice for someone", "替某个人记录选择"),
    "costs": Text(
        "see what everything costs the business and what others ask", "查看店里的全部成本和同行价格"
    ),
    "bills": Text("hand in bills", "交账单"),
}

_FORM = re.compile(r"ab_([0-9a-f]{8})_([A-Za-z0-9-]{43})")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_c = tables.tokens.c


class TokenError(ValueError):
    """A token that cannot be made; the message tells how to mend it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed: never its secret."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


def new(tx: Tx, name: str, scopes: list[str]) -> str:
    """Make a token and return it; only its digest stays. Raises `TokenError` for a name or scope that cannot be."""
    if not _NAME.fullmatch(name):
        raise TokenError(
            f"'{name}' cannot name a token; use small letters, digits, '.', '_' and '-', like till-2"
        )
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise TokenError(
            f"a token needs scopes out of {', '.join(SCOPES)}"
            + (f"; '{unknown[0]}' is none" if unknown else "")
        )
    if tx.conn.execute(sa.select(_c.id).where(_c.name == name)).first() is not None:
        raise TokenError(f"there is a token '{name}' already; take another name, old ones stay listed")
    token_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32).replace("_", "-")
    row = {
        "id": token_id,
        "name": name,
        "digest": _digest(secret),
        "scopes": " ".join(sorted(set(scopes))),
        "created_at": tx.now,
    }
    tx.conn.execute(sa.insert(tables.tokens), row)
    return f"ab_{token_id}_{secret}"


def everyone(conn: Connection) -> list[Token]:
    """Return all tokens that were ever made, oldest first."""
    return [_token(row) for row in conn.execute(sa.select(tables.tokens).order_by(_c.created_at))]


def revoke(tx: Tx, name: str) -> None:
    """Make a token worthless from this moment on; raises `TokenError` if no such token is in use."""
    ended = tx.conn.execute(
        sa.update(tables.tokens).where(_c.name == name, _c.revoked_at.is_(None)).values(revoked_at=tx.now)
    )
    if ended.rowcount == 0:
        raise TokenError(f"there is no token '{name}' in use; `aboveboard token list` shows all")


def find(conn: Connection, written: str) -> Token | None:
    """Return the token that `written` is, or None if it is malformed, unknown, wrong or revoked."""
    match = _FORM.fullmatch(written)
    row = conn.execute(sa.select(tables.tokens).where(_c.id == match[1])).first() if match else None
    if match is None or row is None or row.revoked_at is not None:
        return None
    return _token(row) if hmac.compare_digest(bytes(row.digest), _digest(match[2])) else None


async def require_scope(connection: AnyConnection, scope: str) -> Token:
    """Return the token of this request if it has `scope`; raises a 401 or 403 `Problem` otherwise."""
    kind, _, written = connection.headers.get("authorization", "").partition(" ")
    challenge = {"WWW-Authenticate": f'Bearer scope="{scope}"'}
    if kind.lower() != "bearer" or not written:
        raise problem(401, "token_missing", headers=challenge, scope=scope)
    store: Store = connection.app.state.site.store
    token = await store.aread(lambda conn: find(conn, written.strip()))
    if token is None:
        raise problem(401, "token_unknown", headers=challenge)
    if scope not in token.scopes:
        raise problem(403, "token_scope", headers=challenge, scope=scope)
    return token


def scoped(scope: str) -> Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]:
    """Return a guard for handlers that always need a token with `scope`."""

    async def guard(connection: AnyConnection, _: BaseRouteHandler) -> None:
        await require_scope(connection, scope)

    return guard


def _token(row: Any) -> Token:
    return Token(row.id, row.name, frozenset(row.scopes.split()), row.created_at, row.revoked_at)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
