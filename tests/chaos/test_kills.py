"""A sample of `make chaos`: forty kills, and three of PostgreSQL itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.nursery import Nursery
from tests.chaos.server import WAYS, crash
from tests.chaos.trial import Trial
from tests.support.postgres import Cluster

SEED, KILLS = 40, 20


def check_nothing_is_lost_or_half(trial: Trial) -> None:
    trial.everything()
    assert trial.tally.wrong == {}
    assert trial.tally.confirmed > 0


@pytest.mark.slow
def test_twenty_kills_on_sqlite(nursery: Nursery, tmp_path: Path) -> None:
    trial = Trial(nursery, tmp_path, f"sqlite:///{tmp_path / 'aboveboard.db'}", SEED)
    for _ in range(KILLS):
        trial.life()
    check_nothing_is_lost_or_half(trial)
    assert trial.tally.inside > KILLS / 4


@pytest.mark.slow
@pytest.mark.postgres
def test_twenty_kills_on_postgresql(nursery: Nursery, durable: Cluster, tmp_path: Path) -> None:
    trial = Trial(nursery, tmp_path, durable.url(durable.create()), SEED)
    for _ in range(KILLS):
        trial.life()
    check_nothing_is_lost_or_half(trial)
    assert trial.tally.inside > KILLS / 4


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("way", WAYS)
def test_postgresql_itself_is_killed(nursery: Nursery, durable: Cluster, tmp_path: Path, way: str) -> None:
    trial = Trial(nursery, tmp_path, durable.url(durable.create()), SEED)
    trial.life()
    crash(trial, durable, way)
    trial.life()
    check_nothing_is_lost_or_half(trial)
