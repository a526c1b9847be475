"""Tables of the record. Entries, tree nodes, signed heads and what others said of a head never change; the rest does.

A tree node (level, index) covers the leaves from index * 2**level on; it is kept once it is complete, under the single
number level * 2**48 + index, so that all hashes of a proof are one query by primary key.
"""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, append_only, metadata

entries = append_only(
    sa.Table(
        "record_entries",
        metadata,
        sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.BigInteger),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Index("record_entries_by_subject", "subject", "index"),
        sa.Index("record_entries_by_kind", "kind", "index"),
    )
)

nodes = append_only(
    sa.Table(
        "record_nodes",
        metadata,
        sa.Column("node", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
)

checkpoints = append_only(
    sa.Table(
        "record_checkpoints",
        metadata,
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
)

#: What witnesses signed under a head (C2SP cosignatures): by which key, when by their clock, the line to put under the note.
cosignatures = append_only(
    sa.Table(
        "record_cosignatures",
        metadata,
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
    )
)

#: Time stamps of heads (RFC 3161): from which authority, when by its clock, its answer as it came.
stamps = append_only(
    sa.Table(
        "record_stamps",
        metadata,
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("authority", sa.String(200), primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
    )
)

#: How it goes with each witness, beside its bookmark: since when it is asked, how the last try ended.
witnesses = sa.Table(
    "record_witnesses",
    metadata,
    sa.Column("follower", sa.String(80), primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("tried_at", Instant),
    sa.Column("fault", sa.String(300)),
    sa.Column("refused", sa.Boolean, nullable=False),
)

#: One row per person: the dense number that entries carry, and the person's key, wrapped by the key ring. Erasing a person
#: empties `wrapped`.
subjects = sa.Table(
    "record_subjects",
    metadata,
    sa.Column(
        "subject", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("key", sa.String(16), nullable=False),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("created_at", Instant, nullable=False),
)

bookmarks = sa.Table(
    "record_bookmarks",
    metadata,
    sa.Column("follower", sa.String(80), primary_key=True),
    sa.Column("index", sa.BigInteger, nullable=False),
    sa.Column("moved_at", Instant, nullable=False),
)

leases = sa.Table(
    "record_leases",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("holder", sa.String(80), nullable=False),
    sa.Column("until", Instant, nullable=False),
)
