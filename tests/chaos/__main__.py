"""`make chaos`: a thousand kills, half of them on SQLite and half on PostgreSQL, and some of PostgreSQL itself.

    python -m tests.chaos [--kills 1000] [--seed 1]

The moments are drawn from the seed. What happens within a moment is the machine's, so the same seed does not kill at the same
statement twice; it does ask the same things of the same people.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos import nursery
from tests.chaos.server import DURABLE, WAYS, crash
from tests.chaos.trial import Trial
from tests.support.postgres import Cluster

#: The whole database is read so often, and a line is printed.
_EVERY = 50
#: PostgreSQL itself is killed once in so many kills.
_SERVER_EVERY = 100


def main() -> int:
    """Run all kills, print the count, return 0 if nothing was lost or half."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun = time.monotonic()
    cluster = Cluster(DURABLE)
    try:
        with tempfile.TemporaryDirectory(prefix="aboveboard-chaos-") as folder, nursery.opened() as forks:
            home = Path(folder)
            trials = [
                Trial(forks, home / "sqlite", f"sqlite:///{home / 'sqlite' / 'aboveboard.db'}", asked.seed),
                Trial(forks, home / "postgresql", cluster.url(cluster.create()), asked.seed),
            ]
            servers = _kill(trials, asked.kills, cluster)
    finally:
        cluster.stop()
    return _close(trials, servers, time.monotonic() - begun)


def _kill(trials: list[Trial], kills: int, cluster: Cluster) -> int:
    """Do the kills, in turn; return how often the server was killed."""
    servers = 0
    for number in range(1, kills + 1):
        trials[number % 2].life()
        if number % _SERVER_EVERY == 0:
            crash(trials[1], cluster, WAYS[servers % len(WAYS)])
            servers += 1
        if number % _EVERY == 0 or number == kills:
            for trial in trials:
                trial.everything()
            _report(trials, number)
    return servers


def _report(trials: list[Trial], number: int) -> None:
    tallies = [trial.tally for trial in trials]
    for trial in trials:
        for finding, kill in list(trial.tally.wrong.items())[:20]:
            print(f"  {trial.name}, kill {kill}: {finding}", file=sys.stderr)
    inside, committing, confirmed, lost, half = (
        sum(getattr(tally, name) for tally in tallies)
        for name in ("inside", "committing", "confirmed", "lost", "half")
    )
    print(
        f"{number:5} kills: {inside} inside a transaction, {committing} of them in its commit; "
        f"{confirmed:,} entries confirmed, {lost} lost, {half} half",
        flush=True,
    )


def _close(trials: list[Trial], servers: int, seconds: float) -> int:
    tallies = [trial.tally for trial in trials]
    kills, lost, half = (sum(getattr(t, name) for t in tallies) for name in ("kills", "lost", "half"))
    for trial in trials:
        for why, count in trial.books.again.most_common():
            print(f"{trial.name}: {count} times asked again: {why}")
    print(
        f"PostgreSQL itself was killed {servers} times. {seconds:.0f} s, {seconds / kills:.2f} s for each kill."
    )
    print(f"{kills} kills, {lost} lost, {half} half")
    return 1 if lost or half else 0


if __name__ == "__main__":
    sys.exit(main())
