"""The table of duties. Nothing in it is personal: people are numbers, and what a clerk writes is sealed in the record."""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, metadata

duties = sa.Table(
    "duties_duties",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("key", sa.String(120), nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("what", sa.JSON, nullable=False),  # {"en": …, "zh": …}
    sa.Column("why", sa.JSON, nullable=False),
    sa.Column("partner", sa.String(40)),
    sa.Column("entry_id", sa.String(32)),
    sa.Column("subject", sa.BigInteger),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("done_by", sa.String(80)),
    sa.Column("evidence", sa.String(32)),
    sa.UniqueConstraint("kind", "key", name="duties_duties_once"),
    sa.Index("duties_duties_by_due", "done_at", "due_at"),
)
