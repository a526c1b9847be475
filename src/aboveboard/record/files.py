"""Files that must survive a crash: written whole, on disk, or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def append(file: Path, content: bytes, *, ended_by: bytes = b"\n", mode: int = 0o600) -> None:
    """Add `content` at the end of a file, on disk before this returns; if that fails, the file is as it was (`OSError`).

    What a crash cut off before, and so does not end in `ended_by`, is ended first: it must not run into what is new.
    """
    is_new = not file.exists()
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, mode)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        tail = os.pread(handle, len(ended_by), max(0, size - len(ended_by)))
        try:
            _write(handle, (b"" if not size or tail == ended_by else ended_by) + content)
            os.fsync(handle)
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
    if is_new:
        sync_folder(file.parent)


def replace(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Put `content` into a file in one step, on disk before this returns; if that fails, the file is as it was (`OSError`)."""
    with draft_of(file) as draft:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            _write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        draft.replace(file)
    sync_folder(file.parent)


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """Give the name of a draft beside `target`; whatever file is left under it in the end is removed."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        yield draft
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def sync(file: Path) -> None:
    """Make sure that what was written into a file is on disk."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make sure that names which were added to a folder are on disk too."""
    sync(folder)


def _write(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
