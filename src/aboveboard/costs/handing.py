"""Reading a file of bills that came over the web: a smaller one than at the machine, few at once, in a thread of its own."""

from __future__ import annotations

import asyncio
import datetime
import tempfile
import threading
from pathlib import Path

from aboveboard.book.model import Book
from aboveboard.costs.model import BillFileError
from aboveboard.costs.service import Read, read
from aboveboard.costs.sheets import Bounds

#: Bytes of a file, as it comes.
LARGEST_UPLOAD = 4 * 2**20
#: A firm's bills of a year are a tenth of it.
WEB_BOUNDS = Bounds(sheet=LARGEST_UPLOAD, unpacked=48 * 2**20, rows=20_000)
#: Files that one process reads at once: each takes a thread and half a processor from everybody else.
AT_ONCE = 2
_running = threading.BoundedSemaphore(AT_ONCE)


async def heard(book: Book, content: bytes, today: datetime.date, encoding: str | None = None) -> Read:
    """Return what a file says; raises `BillFileError`, with the code `busy` if others are being read."""

    def work() -> Read:
        with tempfile.NamedTemporaryFile(prefix="bills-") as file:
            file.write(content)
            file.flush()
            return read(book, Path(file.name), today, encoding, WEB_BOUNDS)

    if not _running.acquire(blocking=False):
        raise BillFileError("busy")
    try:
        return await asyncio.to_thread(work)
    finally:
        _running.release()
