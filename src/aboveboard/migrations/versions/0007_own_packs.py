"""The rules of the owner's own that an edition was published with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aboveboard.migrations import append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "editions_packs",
        sa.Column("edition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition", "name"),
    )
    append_only("editions_packs")
