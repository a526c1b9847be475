"""A record of its own for each test, with a few people in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "keys", "clinic.example/record")


@pytest.fixture
def record(keys: KeyRing) -> Record:
    return Record(keys)


@pytest.fixture
def fill(store: Store, record: Record) -> Callable[[int], list[str]]:
    """Append that many entries, some with personal words, in transactions of three; return their ids."""

    def fill(count: int) -> list[str]:
        ids: list[str] = []
        while len(ids) < count:
            with store.write() as tx:
                for place in range(min(3, count - len(ids))):
                    subject = record.new_subject(tx) if place else None
                    personal = (
                        {"identity": {"kind": "email", "shown": "a…@example.org"}} if place == 1 else None
                    )
                    stamp = record.append(
                        tx,
                        "import.finished",
                        subject=subject,
                        facts={"what": f"n{len(ids)}"},
                        personal=personal,
                    )
                    ids.append(stamp.id)
        return ids

    return fill
