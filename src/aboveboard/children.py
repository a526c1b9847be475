"""Starting our own commands as child processes, for the doors that show the whole house at work (`tour`, `demo`).

A child gets the settings as environment variables, its output goes to a file, and it never outlives the `with` block: first
it is asked to stop, then it is stopped.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from aboveboard.settings import Settings

T = TypeVar("T")

#: Seconds that a child may take to end by itself.
_PATIENCE = 10


class ChildError(RuntimeError):
    """A child process that did not start or did not do its work; the message quotes its last words."""


@contextmanager
def started(*words: str, settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `aboveboard <words>` while the block runs; its output goes to `log`."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "aboveboard", *words],
            env={**os.environ, **settings.environment()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield child
        finally:
            stop(child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """Ask a child to end; after some seconds, end it."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def until(
    ask: Callable[[], T | None],
    seconds: float,
    *,
    what: str,
    child: subprocess.Popen[bytes] | None = None,
    log: Path | None = None,
) -> T:
    """Ask again and again until the answer is true, and return it; raises `ChildError` after `seconds` or if the child died."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        died = child is not None and child.poll() is not None
        if died or time.monotonic() > end:
            why = "the process ended" if died else f"not within {seconds:g} seconds"
            raise ChildError(f"{what}: {why}.{_last_words(log)}")
        time.sleep(0.05)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_words(log: Path | None) -> str:
    if log is None or not log.exists():
        return ""
    lines = log.read_text(errors="replace").strip().splitlines()[-5:]
    return " Its last words: " + " | ".join(lines) if lines else ""
