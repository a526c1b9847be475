"""Quotes that were taken, and what of each offer has been used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aboveboard.migrations import append_only
from aboveboard.store import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "quotes_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("offer", sa.String(length=40), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("referrer", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "quotes_accepted",
        sa.Column("quote", sa.String(length=32), nullable=False),
        sa.Column("entry", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("quote"),
    )
    op.create_table(
        "quotes_redemptions",
        sa.Column("offer", sa.String(length=40), nullable=False),
        sa.Column("quote", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("offer", "quote"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("quotes_redemptions_by_subject", "quotes_redemptions", ["subject", "offer"])
    op.create_table(
        "quotes_spent",
        sa.Column("offer", sa.String(length=40), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("offer"),
    )
    append_only("quotes_accepted", "quotes_redemptions")
