"""The key ring's file: read whole, and changed by one process at a time, in one step and on disk.

More than one part of the program changes it (a new wrapping key, a new signing key), and each may be another process. So a
change reads what is there, changes that, and puts it back, all under one lock; what it does not know stays as it is.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aboveboard.record import files

Stamp = tuple[int, int, int]


def read(file: Path) -> dict[str, Any]:
    """Return what the file holds; raises `OSError` or `ValueError`."""
    content = json.loads(file.read_text())
    if not isinstance(content, dict):
        raise ValueError("a key ring is a JSON object")  # noqa: TRY004 - whoever reads asks for one kind of error
    return content


def change(file: Path, by: Callable[[dict[str, Any]], None]) -> None:
    """Let `by` change what the file holds, and put that in its place; raises `OSError`, and then the file is as it was."""
    with _alone(file.parent):
        content = read(file)
        by(content)
        files.replace(file, json.dumps(content, indent=1).encode() + b"\n")


def stamp(file: Path) -> Stamp:
    """Return what changes whenever the file is replaced."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
