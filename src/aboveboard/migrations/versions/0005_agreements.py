"""Agreements, and the ledger of points and credit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aboveboard.migrations import append_only
from aboveboard.store import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "agreements_agreements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("quote", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("renews", sa.Date(), nullable=False),
        sa.Column("ended", sa.Date(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("quote"),
    )
    op.create_index("agreements_agreements_by_subject", "agreements_agreements", ["subject"])
    op.create_index("agreements_agreements_by_day", "agreements_agreements", ["ended", "renews"])
    op.create_table(
        "agreements_ledger",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "kind", "ref", name="agreements_ledger_once"),
    )
    op.create_index("agreements_ledger_by_subject", "agreements_ledger", ["subject", "account"])
    op.create_table(
        "agreements_purses",
        sa.Column("subject", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    append_only("agreements_ledger")
