"""Bills, one row each, named by a keyed hash of their content so that the same file twice changes nothing.

Beside them the file that a member of staff has handed in and looks at before taking it: one each, for a day at most.
"""

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

drafts = sa.Table(
    "costs_drafts",
    metadata,
    sa.Column("member", sa.BigInteger, primary_key=True, autoincrement=False),  # web_staff.id
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("encoding", sa.String(20)),  # as it was named, None where it is to be found out
    sa.Column("at", Instant, nullable=False),
)
