"""Processes to kill, without the half second that starting Python takes: forked from one that has loaded everything.

The nursery opens no database and starts no thread; what it forks begins as cleanly as a process of its own. The watcher gets
the read end of the child's output, and a handle that can only ever mean this child (a pidfd), to kill it by.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_ROOT = Path(__file__).parents[2]


class Child:
    """A forked process. A context manager: it is killed at the end."""

    def __init__(self, pid: int, handle: int, output: int) -> None:
        self.pid = pid
        self._handle = handle
        self._output = output
        self._rest = b""
        self._open = True

    def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        if self._open:
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def lines(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Yield what it says for so long; ends early when the process has ended. A line that was cut off is left out."""
        until = time.monotonic() + seconds
        while self._open and (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._output], [], [], left)
            if ready:
                data = os.read(self._output, 1 << 16)
                self._open = bool(data)
                *whole, self._rest = (self._rest + data).split(b"\n")
                yield from map(json.loads, whole)

    @property
    def ended(self) -> bool:
        """Whether its output has ended, and so the process."""
        return not self._open

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        os.close(self._handle)
        os.close(self._output)


class Nursery:
    """The process that forks others. Use `opened()`."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def child(self, job: dict[str, Any]) -> Child:
        """Fork a process that lives `job` (see `child.live`)."""
        output, its_end = os.pipe()
        socket.send_fds(self._line, [json.dumps(job).encode()], [its_end])
        os.close(its_end)
        said, handles, _, _ = socket.recv_fds(self._line, 16, 1)
        assert said, "the nursery has ended"
        return Child(int(said), handles[0], output)


@contextmanager
def opened() -> Iterator[Nursery]:
    """Give a running nursery; it ends when its line to us does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        command = [sys.executable, "-m", "tests.chaos.nursery", str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[theirs.fileno()])
        theirs.close()
        try:
            yield Nursery(ours)
        finally:
            ours.close()
            process.wait(30)


def _serve(line: socket.socket) -> None:
    """Fork a child for each job that comes, until the line ends."""
    import psycopg  # noqa: F401 - loaded here, once, and not by each child
    from sqlalchemy.dialects import postgresql, sqlite  # noqa: F401

    import aboveboard.choices.service
    import aboveboard.migrations
    import aboveboard.people.erasure  # noqa: F401
    from tests.chaos.child import live

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, 1 << 16, 1)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            line.close()
            os.dup2(descriptors[0], 1)
            os.close(descriptors[0])
            try:
                live(json.loads(message))
            except BaseException:  # noqa: BLE001 - nobody above us here but the nursery, which must not go on twice
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(descriptors[0])
        handle = os.pidfd_open(pid)
        socket.send_fds(line, [str(pid).encode()], [handle])
        os.close(handle)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as _line:
        _serve(_line)
