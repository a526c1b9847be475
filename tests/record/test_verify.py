"""Whatever is changed behind the triggers' back, the audit finds and names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from aboveboard.record import tables
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.record.verify import verify
from aboveboard.store import Store

Fill = Callable[[int], list[str]]
_TABLES = ("record_entries", "record_nodes", "record_checkpoints")


def _force(store: Store, *statements: str) -> None:
    """Do what an administrator of the database could: switch the triggers off, change, switch them on."""
    with store.write() as tx:
        for table in _TABLES:
            if store.dialect == "sqlite":
                for verb in ("update", "delete", "replace"):
                    tx.conn.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}")
            else:
                tx.conn.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            tx.conn.exec_driver_sql(statement)


def test_an_honest_record_holds(store: Store, record: Record, fill: Fill) -> None:
    fill(20)
    told: list[tuple[int, int]] = []
    with store.read() as conn:
        verdict = verify(conn, record.keys, lambda done, total: told.append((done, total)))
    assert verdict.ok and verdict.size == 20 and verdict.checkpoints == 7 and told[-1] == (20, 20)


def test_an_empty_record_holds(store: Store, record: Record) -> None:
    with store.read() as conn:
        assert verify(conn, record.keys).ok


TAMPERED = [
    (
        "an entry edited",
        [
            'UPDATE record_entries SET leaf = (SELECT leaf FROM record_entries WHERE "index" = 3) WHERE "index" = 4'
        ],
        "entry 4|up to 4|Entry 4",
    ),
    (
        "a column edited",
        ["UPDATE record_entries SET kind = 'choice.made' WHERE \"index\" = 4"],
        "Entry 4: the columns",
    ),
    ("an entry deleted", ['DELETE FROM record_entries WHERE "index" = 4'], "After entry 3 comes entry 5"),
    ("the end cut off", ['DELETE FROM record_entries WHERE "index" >= 9'], "the end was cut off"),
    (
        "two entries swapped",
        [
            'UPDATE record_entries SET "index" = 100 WHERE "index" = 4',
            'UPDATE record_entries SET "index" = 4 WHERE "index" = 5',
            'UPDATE record_entries SET "index" = 5 WHERE "index" = 100',
        ],
        "entry 4|entry 5",
    ),
    (
        "a hash edited",
        ["UPDATE record_nodes SET hash = (SELECT hash FROM record_nodes WHERE node = 2) WHERE node = 1"],
        "level 0, place 1",
    ),
    (
        "a head removed with its entries",
        ['DELETE FROM record_entries WHERE "index" >= 9', "DELETE FROM record_checkpoints WHERE size > 9"],
        None,
    ),
    (
        "a head moved",
        [
            "UPDATE record_checkpoints SET note = (SELECT note FROM record_checkpoints WHERE size = 3) WHERE size = 6"
        ],
        "it was moved",
    ),
    (
        "a head edited",
        ["UPDATE record_checkpoints SET note = replace(note, 'clinic', 'klinik') WHERE size = 6"],
        "does not hold",
    ),
    (
        "an entry inserted",
        [
            "INSERT INTO record_entries SELECT 12, 'ffffffffffffffffffffffffffffffff', at, kind, subject, leaf "
            'FROM record_entries WHERE "index" = 1'
        ],
        "12",
    ),
]


@pytest.mark.parametrize(("deed", "statements", "said"), TAMPERED, ids=[row[0] for row in TAMPERED])
def test_tampering_is_found_and_named(
    store: Store, record: Record, fill: Fill, deed: str, statements: list[str], said: str | None
) -> None:
    fill(12)
    _force(store, *statements)
    with store.read() as conn:
        verdict = verify(conn, record.keys)
    if said is None:
        # A whole rollback leaves a record that holds in itself: only somebody's kept checkpoint can tell (docs/record.md).
        assert verdict.size == 9
    else:
        assert any(part in problem for part in said.split("|") for problem in verdict.problems), (
            verdict.problems
        )


@pytest.mark.parametrize(
    "facts", ['"facts":null,', '"facts":[1],', '"facts":{},', '"facts":"endorsement",', ""]
)
def test_a_forged_change_of_key_is_told_whatever_stands_in_it(
    store: Store, record: Record, fill: Fill, facts: str
) -> None:
    fill(3)
    leaf = f'{{"at":"x",{facts}"id":"y","kind":"record.signer","subject":null}}'.encode()
    _force(store)
    with store.write() as tx:
        changed = sa.update(tables.entries).where(tables.entries.c.index == 1)
        tx.conn.execute(changed.values(kind="record.signer", leaf=leaf))
    with store.read() as conn:
        problems = verify(conn, record.keys).problems
    assert any(problem.startswith("Entry 1 cannot be read") for problem in problems), problems


def test_a_record_signed_with_another_key_does_not_hold(
    store: Store, record: Record, fill: Fill, tmp_path
) -> None:
    fill(3)
    other = KeyRing.create(tmp_path / "other", "clinic.example/record")
    with store.read() as conn:
        assert not verify(conn, other).ok
