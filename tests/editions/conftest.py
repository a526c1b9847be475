"""A record and its editions, on each database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from aboveboard.editions.service import Editions
from aboveboard.record.keys import KeyRing
from aboveboard.record.service import Record
from aboveboard.store import Store


@dataclass
class Press:
    """Where books are published."""

    store: Store
    record: Record
    editions: Editions


@pytest.fixture
def press(store: Store, tmp_path: Path) -> Press:
    record = Record(KeyRing.create(tmp_path / "keys", "studio.example/record"))
    return Press(store, record, Editions(record))
