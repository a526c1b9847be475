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
