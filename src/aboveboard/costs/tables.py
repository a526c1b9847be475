"""Bills, one row each, named by a keyed hash of their content so that the same file twice changes nothing."""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, append_only, metadata

bills = append_only(
    sa.Table(
        "costs_bills",
        metadata,
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("billed_on", sa.Date, nullable=False, index=True),
        sa.Column(
            "item", sa.String(200), nullable=False
        ),  # as the bill says it; which cost that is, the book says
        sa.Column("supplier", sa.String(200), nullable=False),
        sa.Column(
            "amount", sa.BigInteger, nullable=False
        ),  # minor units; below zero for money that came back
        sa.Column("quantity", sa.String(40)),  # decimal text, if the bill has one
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("imported_at", Instant, nullable=False),
    )
)
