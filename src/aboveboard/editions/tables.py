"""The published books, word for word."""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, append_only, metadata

editions = append_only(
    sa.Table(
        "editions_editions",
        metadata,
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("applied_at", Instant, nullable=False),
        sa.Column("entry", sa.String(32), nullable=False),
    )
)

#: The packs of rules that a book names, as they were when it was published; `sha256` is the hash that results name.
packs = append_only(
    sa.Table(
        "editions_packs",
        metadata,
        sa.Column("edition", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
)
