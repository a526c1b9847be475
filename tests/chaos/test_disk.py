"""A disk that is full, and one that may only be read.

The disk is a small one made for the test where we may mount one (a tmpfs). Everywhere, the kernel is told that the process may
write no file beyond a few pages (RLIMIT_FSIZE, which can be set and lifted from outside while it runs): to the process that is
a disk without room, under everything that it writes.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.nursery import Child, Nursery
from tests.chaos.trial import Trial
from tests.support.server import PROGRAM, SAMPLE, clean_environment, run

#: Bytes beyond which no file may grow while "the disk is full": less than any commit writes.
PAGES = 4 * 4096
#: Nobody believes for longer than this that nothing more is saved, or that saving works again.
PATIENCE = 30.0


@contextmanager
def _no_room(child: Child, home: Path) -> Iterator[None]:
    """While this lasts, no file of `child` may grow."""
    before = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (PAGES, before[1]))
    yield
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def _filled(child: Child, home: Path) -> Iterator[None]:
    """While this lasts, a file takes all the room that there is beside the house."""
    filler = home.parent / "filler"
    with filler.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(bytes(4096))
    yield
    filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 32 megabytes, or None where nobody may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        yield None
        return
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _until(
    child: Child, enough: Callable[[list[dict[str, Any]]], bool], window: float
) -> list[dict[str, Any]]:
    """Return all that `child` said until what it said within one window is enough."""
    said: list[dict[str, Any]] = []
    for _ in range(int(PATIENCE / window)):
        lately = list(child.lines(window))
        said += lately
        assert not child.ended, said[-3:]
        if enough(lately):
            return said
    raise AssertionError(f"in vain: {said[-5:]}")


def _survives(trial: Trial, home: Path, full: Callable[[Child, Path], Any]) -> None:
    with trial.child() as child:
        said = [trial.ready(child)]
        said += _until(child, _confirmed, 0.5)
        with full(child, home):
            said += _until(child, lambda lately: bool(lately) and not _confirmed(lately), 0.5)
            refused = [line["again"] for line in said if "again" in line]
        said += _until(
            child, lambda lately: len(lately) > 5 and all("receipts" in line for line in lately), 0.5
        )
        child.kill()
        said += child.lines(PATIENCE)
    assert any("The disk is full" in words and "Nothing was saved" in words for words in refused)
    assert not any("may have been saved" in words for words in refused)
    trial.note(said)
    trial.everything()
    assert trial.tally.wrong == {}


def _confirmed(said: list[dict[str, Any]]) -> bool:
    return any("receipts" in line for line in said)


@pytest.mark.slow
def test_a_full_disk_refuses_everybody_loses_nothing_and_is_forgotten(
    nursery: Nursery, tmp_path: Path, small_disk: Path | None
) -> None:
    home = (small_disk or tmp_path) / "house"
    trial = Trial(nursery, home, f"sqlite:///{home / 'aboveboard.db'}", seed=3)
    _survives(trial, home, _filled if small_disk else _no_room)


@pytest.mark.slow
def test_files_that_may_not_grow_refuse_everybody_lose_nothing_and_are_forgotten(
    nursery: Nursery, tmp_path: Path
) -> None:
    home = tmp_path / "house"
    trial = Trial(nursery, home, f"sqlite:///{home / 'aboveboard.db'}", seed=4)
    _survives(trial, home, _no_room)


# -- read-only ---------------------------------------------------------------------------------------------------------


def _bound() -> list[str]:
    """Return what makes a command keep to the rights of files: root may otherwise write what is read-only."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "folder"), [(0o444, 0o755), (0o644, 0o555), (0o444, 0o555)], ids=["file", "folder", "both"]
)
def test_a_read_only_database_says_so_and_can_still_be_proven(tmp_path: Path, file: int, folder: int) -> None:
    home = tmp_path / "house"
    run("apply", str(SAMPLE), home=home)
    database = home / "aboveboard.db"
    database.chmod(file)
    home.chmod(folder)
    try:
        assert not _writable(database) or not _writable(home / "new"), "this test needs rights that count"
        refused = _run("choose", "deny", "--email", "ann@example.org", home=home)
        assert refused.returncode == 1
        assert refused.stderr.startswith("Error: The database"), refused.stderr
        assert "read-only" in refused.stderr and "Nothing was saved." in refused.stderr
        assert "Traceback" not in refused.stderr
        proven = _run("record", "verify", home=home)
        # SQLite needs a file beside the database even to read it, unless one is there already.
        told = proven.stdout if folder & 0o200 else proven.stderr
        assert ("1 entries" if folder & 0o200 else "its folder") in told, proven.stderr
    finally:
        home.chmod(0o755)
    database.chmod(0o644)
    run("choose", "deny", "--email", "ann@example.org", home=home)
    assert "2 entries" in run("record", "verify", home=home)


def _run(*command: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_bound(), PROGRAM, *command],
        cwd=home,
        env=clean_environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _writable(file: Path) -> bool:
    code = "import sys; open(sys.argv[1], 'ab')"
    done = subprocess.run(
        [*_bound(), sys.executable, "-c", code, str(file)], capture_output=True, check=False
    )
    return done.returncode == 0


def test_the_means_are_there() -> None:
    """Root needs `setpriv` to be bound by the rights of files; nothing here is left out in silence."""
    assert os.geteuid() != 0 or shutil.which("setpriv")
