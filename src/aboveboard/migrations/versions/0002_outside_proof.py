"""What others say of a head of the record: cosignatures of witnesses, time stamps, and how it goes with each witness."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aboveboard.migrations import append_only
from aboveboard.store import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "record_cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", "key"),
    )
    op.create_table(
        "record_stamps",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", "authority"),
    )
    op.create_table(
        "record_witnesses",
        sa.Column("follower", sa.String(length=80), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.Column("fault", sa.String(length=300), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("follower"),
    )
    append_only("record_cosignatures", "record_stamps")
