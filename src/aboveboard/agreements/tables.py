"""Tables of agreements: one row for each, the ledger of points and credit, and a row per customer that spending must lock.

`body` is sealed under the customer's key, so that erasing the person erases what they agreed to. The ledger holds numbers only.
"""

from __future__ import annotations

import sqlalchemy as sa

from aboveboard.store import Instant, append_only, metadata

#: `id` is the id of the entry that started it. `renews` is the first day after the present term, `ended` the last day of all.
agreements = sa.Table(
    "agreements_agreements",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("quote", sa.String(32), nullable=False, unique=True),
    sa.Column("subject", sa.BigInteger, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("starts", sa.Date, nullable=False),
    sa.Column("renews", sa.Date, nullable=False),
    sa.Column("ended", sa.Date),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("agreements_agreements_by_subject", "subject"),
    sa.Index("agreements_agreements_by_day", "ended", "renews"),
)

#: Points (whole points) and credit (minor units): what came and what went. `ref` says what for, once for each kind.
ledger = append_only(
    sa.Table(
        "agreements_ledger",
        metadata,
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("subject", sa.BigInteger, nullable=False),
        sa.Column("account", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("ref", sa.String(80), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("booked_on", sa.Date, nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("at", Instant, nullable=False),
        sa.UniqueConstraint("account", "kind", "ref", name="agreements_ledger_once"),
        sa.Index("agreements_ledger_by_subject", "subject", "account"),
    )
)

#: Whoever spends must first change this row, so that two at once wait for each other.
purses = sa.Table(
    "agreements_purses",
    metadata,
    sa.Column("subject", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("turns", sa.BigInteger, nullable=False),
)
