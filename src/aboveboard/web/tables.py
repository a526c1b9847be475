"""Tables of the door: who may come in, with which key, for how long.

Secrets are kept only as digests: passwords as argon2id, session and token secrets (random, 256 bits) as SHA-256. A copy of these
tables opens nothing.
"""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, metadata

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

staff = sa.Table(
    "web_staff",
    metadata,
    sa.Column("id", _number, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("password", sa.String(200), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),  # left the firm; the row stays, for the record names who did what
)

#: Signed-in people: `kind` is staff (who = web_staff.id) or person (who = the dense person number, after a one-time code).
sessions = sa.Table(
    "web_sessions",
    metadata,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("who", sa.BigInteger, nullable=False, index=True),
    sa.Column(
        "shown", sa.String(120), nullable=False
    ),  # what the page calls them: a name, or `a…@example.org`
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

tokens = sa.Table(
    "web_tokens",
    metadata,
    sa.Column("id", sa.String(12), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("scopes", sa.String(200), nullable=False),  # with a space between
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
)

#: Wrong tries in a row, so that each next one has to wait longer. `what` is a digest, never a name or an address.
pauses = sa.Table(
    "web_pauses",
    metadata,
    sa.Column("what", sa.LargeBinary(32), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
)
