"""Free ports, and waiting for something to become true without a sleep that has no bound."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeVar

T = TypeVar("T")

# Below the range from which the kernel takes ports for outgoing connections, a stretch for each parallel worker:
# a port that is free when it is chosen is then still free when its server starts.
_FIRST, _STRETCH = 20_000, 1_500
_worker = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))) or 0)
_next: Iterator[int] = count(os.getpid() % _STRETCH)


def free_port() -> int:
    """Return a loopback port that nobody listens on and that no other test of this run will be given."""
    for _ in range(_STRETCH):
        port = _FIRST + (_worker % 8) * _STRETCH + next(_next) % _STRETCH
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError("no free port between 20000 and 32000")


def wait_for(ready: Callable[[], T], seconds: float = 10, what: str = "it") -> T:
    """Ask `ready` until it gives something true, and return that; fails after `seconds` and says what was awaited."""
    until = time.monotonic() + seconds
    pause = 0.01
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds:g} s for {what}, in vain; the last answer was {answer!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
