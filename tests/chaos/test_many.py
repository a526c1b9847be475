"""Eight processes start at once on nothing, and seal at once: one schema, one key ring, one dense order, every entry proven."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aboveboard.house import House
from aboveboard.proof import receipt
from aboveboard.record import verify
from aboveboard.settings import Settings
from tests.chaos.nursery import Child, Nursery

PROCESSES, ENTRIES = 8, 200
PATIENCE = 100


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'aboveboard.db'}"
    else:
        yield request.getfixturevalue("empty_postgres_url")


@pytest.mark.slow
def test_eight_processes_seal_at_once(nursery: Nursery, empty_url: str, tmp_path: Path) -> None:
    job = {"home": str(tmp_path), "url": empty_url, "entries": ENTRIES}
    with ExitStack() as stack, ThreadPoolExecutor(PROCESSES) as pool:
        children = [stack.enter_context(nursery.child(job)) for _ in range(PROCESSES)]
        hearing = [pool.submit(_all, child) for child in children]
        house = House.open(Settings(home=str(tmp_path), database_url=empty_url)).prepare()
        looks = 0
        while not all(one.done() for one in hearing):
            # Whoever proves the record meanwhile sees one state of it, and that one holds.
            with house.store.read() as conn:
                assert verify.verify(conn, house.keys).problems == []
            looks += 1
        said = [line for one in hearing for line in one.result()]
    assert looks > 1
    proven = [receipt.verify(line["receipt"], house.keys.verifier) for line in said]
    assert sorted(one.index for one in proven) == list(range(PROCESSES * ENTRIES))
    with house.store.read() as conn:
        entries = house.record.entries(conn, -1, 10_000)
        verdict = verify.verify(conn, house.keys)
    assert verdict.ok and verdict.size == PROCESSES * ENTRIES, verdict.problems
    assert {one.index: one.entry["id"] for one in proven} == {entry.index: entry.id for entry in entries}
    assert sum(a.facts != b.facts for a, b in pairwise(entries)) > PROCESSES, (
        "they sealed one after the other"
    )
    house.close()


def _all(child: Child) -> list[dict[str, Any]]:
    said = list(child.lines(PATIENCE))
    assert child.ended
    return said
