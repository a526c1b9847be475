"""Aboveboard itself, started as its users start it: a process, a folder of its own, a free port.

Everything a process writes goes to a log file beside its data; when something fails, the log's end is in the message.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from aboveboard.sample import BOOK as SAMPLE
from tests.support.waiting import free_port, wait_for

__all__ = ["SAMPLE", "Process", "Server", "clean_environment", "run"]

BIN = Path(sys.executable).parent
PROGRAM = str(BIN / "aboveboard")


def clean_environment(home: Path, **settings: str) -> dict[str, str]:
    """Return this process's environment without any setting of ours, then `ABOVEBOARD_<NAME>` for each of `settings`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ABOVEBOARD_")}
    ours["PATH"] = f"{BIN}{os.pathsep}{ours.get('PATH', '')}"
    ours["ABOVEBOARD_HOME"] = str(home)
    return ours | {f"ABOVEBOARD_{name.upper()}": value for name, value in settings.items()}


def run(*command: str, home: Path, seconds: float = 60, env: Mapping[str, str] | None = None) -> str:
    """Run `aboveboard COMMAND…` in `home`, return what it printed; fails with its words if it fails."""
    home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [PROGRAM, *command],
        cwd=home, env=env or clean_environment(home), capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    if done.returncode:
        said = f"{done.stdout}{done.stderr}"
        raise AssertionError(f"aboveboard {' '.join(command)} ended with {done.returncode}:\n{said}")
    return done.stdout


class Process:
    """A running `aboveboard COMMAND…`. A context manager: it is stopped at the end, its children with it."""

    def __init__(self, *command: str, home: Path, env: Mapping[str, str] | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.name = " ".join(command)
        self.home = home
        self.log = home / f"{command[0]}-{free_port()}.log"
        # Should the tests be killed, the kernel ends the process too.
        guard = [setpriv, "--pdeathsig=TERM"] if (setpriv := shutil.which("setpriv")) else []
        with self.log.open("wb") as out:
            # A session of its own, so that the worker processes of a server end with it.
            self._process = subprocess.Popen(
                [*guard, PROGRAM, *command],
                cwd=home, env=env or clean_environment(home), stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's number; it leads a group of the same number."""
        return self._process.pid

    def said(self) -> str:
        """Return the end of what the process printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]

    def kill(self) -> None:
        """End the process and its children without warning (SIGKILL), as a power cut would."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 10) -> None:
        """Ask the process to end, wait, and insist after `seconds`."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Server(Process):
    """A running `aboveboard serve` that answers. `url` is its address; `settings` are more `ABOVEBOARD_…` settings."""

    def __init__(self, home: Path, *arguments: str, **settings: str) -> None:
        self.port = int(settings.setdefault("port", str(free_port())))
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__("serve", *arguments, home=home, env=clean_environment(home, **settings))
        try:
            wait_for(self._answers, 30, f"{self.url}/health")
        except BaseException as error:
            self.stop()
            error.add_note(self.said())
            raise

    def _answers(self) -> bool:
        if not self.running:
            raise AssertionError("aboveboard serve ended before it answered")
        try:
            return httpx.get(f"{self.url}/health", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False
