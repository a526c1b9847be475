"""A real PostgreSQL of our own: a cluster in a temporary folder, on a free loopback port, gone when the tests end.

PostgreSQL refuses to run as root, so under root (as in CI) its programs run as the user `postgres` that Debian's package
makes, or as `nobody`. Should the tests be killed, the kernel tells the server to stop (`setpriv --pdeathsig`).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import psycopg

from tests.support.waiting import free_port, wait_for

# A crash of the machine would lose these databases, and nobody would mind: no need to wait for the disk.
_FAST = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "max_connections=200",
]


def programs() -> Path:
    """Return the folder with `initdb` and `postgres`, the newest version first; fails if there is none."""
    debian = Path("/usr/lib/postgresql")
    versions = sorted(debian.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]), reverse=True)
    found = str(versions[0]) if versions else shutil.which("initdb")
    if not found:
        raise RuntimeError("PostgreSQL's initdb is missing; `tools/machine tests` installs it")
    return Path(found).parent


class Cluster:
    """One running PostgreSQL. `url(name)` is a database's address as SQLAlchemy wants it."""

    def __init__(self, settings: Sequence[str] = _FAST) -> None:
        self._settings = settings
        self.bin = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="aboveboard-pg-"))
        self.port = free_port()
        self._numbers = count(1)
        self._user = _other_user()
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        try:
            self._initialise()
            self._server = self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def url(self, name: str) -> str:
        """Return the address of the database `name`."""
        return f"postgresql+psycopg://aboveboard@127.0.0.1:{self.port}/{name}"

    def create(self, template: str = "template0") -> str:
        """Make a fresh database, a copy of `template`, and return its name."""
        name = f"test_{next(self._numbers)}"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the server by a signal, without a word to those it serves, and wait until it is gone."""
        self._server.send_signal(number)
        self._server.wait(30)

    def start_again(self) -> None:
        """Start the server on the data that are there, once what was left of the old one has gone."""

        def started() -> bool:
            try:
                self._server = self._start()
            except RuntimeError as error:
                if "is still in use" in str(error) or "lock file" in str(error):
                    return False
                raise
            return True

        wait_for(started, 30, "PostgreSQL to start again")

    def stop(self) -> None:
        """Stop the server at once and remove its folder."""
        self._server.send_signal(signal.SIGINT)  # "fast": SIGTERM would wait for the last guest to leave
        try:
            self._server.wait(5)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        options = [
            "--auth=trust",
            "--username=aboveboard",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        done = subprocess.run(
            self._as_user([str(self.bin / "initdb"), *options, "-D", str(self.folder / "data")]),
            cwd=self.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _start(self) -> subprocess.Popen[bytes]:
        data, log = self.folder / "data", self.folder / "log"
        settings = [
            *self._settings,
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
        ]
        with log.open("wb") as out:
            server = subprocess.Popen(
                self._as_user(
                    [str(self.bin / "postgres"), "-D", str(data), *(f"--{setting}" for setting in settings)]
                ),
                cwd=self.folder,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

        def answers() -> bool:
            if server.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended at once:\n{log.read_text(errors='replace')}")
            try:
                self._admin("SELECT 1")
            except psycopg.OperationalError:
                return False
            return True

        try:
            wait_for(answers, 30, "PostgreSQL to answer")
        except BaseException:
            server.kill()
            server.wait()
            raise
        return server

    def _as_user(self, command: list[str]) -> list[str]:
        setpriv = shutil.which("setpriv")
        if self._user is None:
            return [setpriv, "--pdeathsig=INT", *command] if setpriv else command
        if not setpriv:
            raise RuntimeError(
                "root may not run PostgreSQL, and setpriv (util-linux) is missing to become another user"
            )
        user = self._user
        return [
            setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=INT", *command
        ]  # fmt: skip

    def _admin(self, statement: str) -> None:
        address = f"host=127.0.0.1 port={self.port} user=aboveboard dbname=postgres connect_timeout=5"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


def _other_user() -> pwd.struct_passwd | None:
    """Return whom to become for PostgreSQL: nobody special unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("root may not run PostgreSQL, and there is neither a user postgres nor nobody")
