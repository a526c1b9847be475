"""Files of bills between their preview and their taking, and prices by time for the desk's list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aboveboard.store import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "costs_drafts",
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("encoding", sa.String(length=20), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("member"),
    )
    op.create_index("quotes_quotes_by_time", "quotes_quotes", ["created_at", "id"])
