"""A PostgreSQL that keeps what it confirmed when it is killed, and the killing of it."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import sqlalchemy as sa

from tests.chaos.nursery import Child
from tests.chaos.trial import EARLIEST, LATEST, Trial
from tests.support.postgres import Cluster

#: As in production. The other tests' server may forget its last moments, because nobody asks it about them.
DURABLE = (
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=64MB",
    "max_connections=100",
)
#: How the server dies, in turn: its first process is killed; one that serves a client is (all others are then thrown out);
#: it is told to stop at once (`pg_ctl stop -m immediate`).
WAYS = ("postmaster", "backend", "immediate")
#: When a client process has confirmed so many acts after its server's death, it is believed to work again.
_RECOVERED = 12
_PATIENCE = 60


def crash(trial: Trial, cluster: Cluster, way: str) -> None:
    """Kill the server under a living process, start it again, see the process go on, then kill that too and compare."""
    with trial.child() as child:
        said = [trial.ready(child), *child.lines(trial.chance.uniform(EARLIEST, LATEST))]
        _kill(trial, cluster, way)
        said += child.lines(0.2)
        if way != "backend":
            cluster.start_again()
        said += _until_it_works(child)
        ended = child.ended
        child.kill()
        said += child.lines(_PATIENCE)
    trial.note(said)
    assert not ended, "the process ended because its server was away"


def _kill(trial: Trial, cluster: Cluster, way: str) -> None:
    if way == "backend":
        os.kill(_backend(trial), signal.SIGKILL)
    else:
        cluster.kill(signal.SIGKILL if way == "postmaster" else signal.SIGQUIT)


def _backend(trial: Trial) -> int:
    """Return the process that serves one of the child's connections, if possible one that is at work."""
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with trial.house() as house, house.store.read() as conn:
        busy = list(conn.scalars(sa.text(f"{others} AND state <> 'idle'")))
        return int(trial.chance.choice(busy or list(conn.scalars(sa.text(others)))))


def _until_it_works(child: Child) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    until = time.monotonic() + _PATIENCE
    while sum("receipts" in line for line in said) < _RECOVERED and not child.ended:
        assert time.monotonic() < until, (
            f"the process did not work again after its server came back: {said[-3:]}"
        )
        said += child.lines(0.1)
    return said
