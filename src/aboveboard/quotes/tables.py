"""Tables of quotes: one row for each price given.

`id` is the id of its entry in the record. `body` is the quote as it was given, canonical JSON, compressed; that of a quote
about a person is sealed under that person's key, so that erasing the person erases the price and its reasons too.
"""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, metadata

quotes = sa.Table(
    "quotes_quotes",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("subject", sa.BigInteger),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("quotes_quotes_by_subject", "subject", "created_at"),
)
