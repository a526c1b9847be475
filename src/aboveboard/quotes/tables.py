"""Tables of quotes: one row for each price given, what was taken, and what offers have been used.

`id` is the id of its entry in the record. `body` is the quote as it was given, canonical JSON, compressed; that of a quote
about a person is sealed under that person's key, so that erasing the person erases the price and its reasons too.
"""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, append_only, metadata

quotes = sa.Table(
    "quotes_quotes",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("subject", sa.BigInteger),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("quotes_quotes_by_subject", "subject", "created_at"),
    sa.Index("quotes_quotes_by_time", "created_at", "id"),
)

#: Codes that are good once each, by keyed digest: the code itself is known only to whoever got it. `referrer` is the customer
#: whose code it is, for offers that one customer passes on to another.
codes = sa.Table(
    "quotes_codes",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("offer", sa.String(40), nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("referrer", sa.BigInteger),
)

#: Quotes that were taken: the price became an agreement.
accepted = append_only(
    sa.Table(
        "quotes_accepted",
        metadata,
        sa.Column("quote", sa.String(32), primary_key=True),
        sa.Column("entry", sa.String(32), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
)

#: Each use of an offer that has an end other than its last day; `digest` is the code it used up, `amount` what it took off.
redemptions = append_only(
    sa.Table(
        "quotes_redemptions",
        metadata,
        sa.Column("offer", sa.String(40), primary_key=True),
        sa.Column("quote", sa.String(32), primary_key=True),
        sa.Column("digest", sa.String(64), unique=True),
        sa.Column("subject", sa.BigInteger),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Index("quotes_redemptions_by_subject", "subject", "offer"),
    )
)

#: How much of each offer is used: one row that whoever takes a quote must change, so that two at once cannot both have the last.
spent = sa.Table(
    "quotes_spent",
    metadata,
    sa.Column("offer", sa.String(40), primary_key=True),
    sa.Column("uses", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
)
