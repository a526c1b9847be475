"""Tables of people. `digest` is a keyed hash: without the key ring nobody can look anyone up, or list them."""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, metadata

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

identities = sa.Table(
    "people_identities",
    metadata,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("subject", sa.BigInteger, nullable=False, index=True),
    sa.Column("owner", sa.BigInteger, nullable=False),  # whose key sealed it; stays when people are linked
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

#: A person number that turned out to be someone we already knew under another number.
links = sa.Table(
    "people_links",
    metadata,
    sa.Column("subject", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("same_as", sa.BigInteger, nullable=False, index=True),
    sa.Column("linked_at", Instant, nullable=False),
)

#: What is left of someone who was erased: the keyed hash of each identity and the number it led to, so that a no still holds and
#: no list that is read in again can bring the person back.
suppressions = sa.Table(
    "people_suppressions",
    metadata,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("subject", sa.BigInteger, nullable=False, index=True),
    sa.Column("erased_at", Instant, nullable=False),
)

visits = sa.Table(
    "people_visits",
    metadata,
    sa.Column(
        "digest", sa.LargeBinary(32), primary_key=True
    ),  # of the row's content: the same file twice changes nothing
    sa.Column("subject", sa.BigInteger, nullable=False),
    sa.Column(
        "owner", sa.BigInteger, nullable=False
    ),  # under whose number it was first written; stays when people are linked
    sa.Column("visited_on", sa.Date, nullable=False),
    sa.Column("amount", sa.BigInteger),  # minor units, if the file has them
    sa.Index("people_visits_by_subject", "subject", "visited_on"),
)

codes = sa.Table(
    "people_codes",
    metadata,
    sa.Column("id", _number, primary_key=True, autoincrement=True),
    sa.Column("identity", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("ask", sa.LargeBinary(32), nullable=False),  # digest of what the form that asked for it carries
    sa.Column("code", sa.LargeBinary(32), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("tries_left", sa.Integer, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
)

#: Mail and text messages on their way. Address and words are sealed with the key ring and wiped once they are sent or dropped.
messages = sa.Table(
    "people_messages",
    metadata,
    sa.Column("id", _number, primary_key=True, autoincrement=True),
    sa.Column("channel", sa.String(10), nullable=False),  # email, phone
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("state", sa.String(10), nullable=False),  # waiting, sent, dropped, failed
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Column("last_error", sa.String(40)),
    sa.Index("people_messages_due", "state", "next_try_at"),
)
