"""Processes to kill, and a PostgreSQL that is killed too: one of each for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos import nursery as forks
from tests.chaos.nursery import Nursery
from tests.chaos.server import DURABLE
from tests.support.postgres import Cluster


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Forks processes to kill."""
    with forks.opened() as running:
        yield running


@pytest.fixture(scope="module")
def durable() -> Iterator[Cluster]:
    """A PostgreSQL that keeps what it confirmed, whatever happens to it."""
    cluster = Cluster(DURABLE)
    try:
        yield cluster
    finally:
        cluster.stop()
