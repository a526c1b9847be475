"""What an administrator of the database could do: take the triggers off and change rows, also with all hashes made to fit."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.proof import checkpoint, merkle
from aboveboard.record import sealing, tables
from aboveboard.record.keys import KeyRing
from aboveboard.store import Store

TABLES = ("record_entries", "record_nodes", "record_checkpoints")


def force(store: Store, *statements: str | Callable[[Connection], object]) -> None:
    """Run statements (or functions of a connection) with the triggers off, and leave them off."""
    with store.write() as tx:
        for table in TABLES:
            if store.dialect == "sqlite":
                for verb in ("update", "delete", "replace"):
                    tx.conn.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            else:
                tx.conn.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            if isinstance(statement, str):
                tx.conn.exec_driver_sql(statement)
            else:
                statement(tx.conn)


def rehash(conn: Connection) -> None:
    """Write all stored hashes anew from the entries, as a careful forger would."""
    leaves = conn.execute(sa.select(tables.entries.c.leaf).order_by(tables.entries.c.index)).scalars()
    nodes = merkle.new_nodes(0, [merkle.leaf_hash(bytes(leaf)) for leaf in leaves], lambda *_: b"")
    conn.execute(sa.delete(tables.nodes))
    rows = [{"node": sealing.number((level, index)), "hash": value} for level, index, value in nodes]
    conn.execute(sa.insert(tables.nodes), rows)


def resign(keys: KeyRing) -> Callable[[Connection], None]:
    """Sign one head for all entries with the record's own key and drop the others: what only the business itself can do."""

    def work(conn: Connection) -> None:
        rehash(conn)
        leaves = conn.execute(sa.select(tables.entries.c.leaf).order_by(tables.entries.c.index)).scalars()
        hashes = [merkle.leaf_hash(bytes(leaf)) for leaf in leaves]
        head = checkpoint.Checkpoint(keys.origin, len(hashes), merkle.root(hashes))
        newest = conn.execute(sa.select(sa.func.max(tables.checkpoints.c.at))).scalar_one()
        conn.execute(sa.delete(tables.checkpoints))
        row = {"size": head.size, "at": newest, "note": checkpoint.sign(head, keys.signer)}
        conn.execute(sa.insert(tables.checkpoints).values(row))

    return work


def back_to(store: Store, size: int) -> None:
    """Put the record back to its first `size` entries, as an old copy would."""
    force(
        store,
        f'DELETE FROM record_entries WHERE "index" >= {size}',
        f"DELETE FROM record_checkpoints WHERE size > {size}",
        "DELETE FROM record_nodes",
        rehash,
    )
