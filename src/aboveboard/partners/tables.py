"""Tables of partners: what is to be delivered, how each partner answers, and when a secret was replaced.

A delivery names a person by number only; who that is, is looked up when the message is made, so that nothing here is personal.
"""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, metadata

deliveries = sa.Table(
    "partners_deliveries",
    metadata,
    sa.Column("partner", sa.String(40), primary_key=True),
    sa.Column("entry_id", sa.String(32), primary_key=True),
    sa.Column("entry_index", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),  # of the entry
    sa.Column("subject", sa.BigInteger, nullable=False),
    sa.Column("message", sa.String(40), nullable=False, unique=True),
    sa.Column("tells", sa.JSON, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Instant),
    sa.Column("told_at", Instant),
    sa.Column("confirmed_at", Instant),
    sa.Column("last_error", sa.String(40)),
    sa.Index("partners_deliveries_in_turn", "partner", "state", "entry_index"),
    sa.Index("partners_deliveries_in_time", "partner", "state", "next_try_at"),
    sa.Index("partners_deliveries_by_person", "partner", "subject", "entry_index"),
    sa.Index("partners_deliveries_by_entry", "entry_id"),
)

#: How a partner answers: set while it does not, so that all of its deliveries wait together.
answering = sa.Table(
    "partners_answering",
    metadata,
    sa.Column("partner", sa.String(40), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failing_since", Instant),
    sa.Column("paused_until", Instant),
    sa.Column("last_error", sa.String(40)),
)

#: One row per replaced secret; the secrets themselves are derived from the key ring and stand nowhere.
rotations = sa.Table(
    "partners_rotations",
    metadata,
    sa.Column("partner", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
)
