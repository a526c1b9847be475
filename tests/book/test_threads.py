"""Several threads may read their first book at the same moment, as those of a starting worker do."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
from importlib.resources import files
from aboveboard.book.load import load

sys.setswitchinterval(1e-6)
text = (files("aboveboard") / "sample" / "business.yaml").read_text("utf-8")
together, read = threading.Barrier(4), []

def go():
    together.wait()
    read.append(load(text).book is not None)

threads = [threading.Thread(target=go) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert read == [True] * 4
"""


def test_four_threads_that_meet_at_the_first_book_all_read_it() -> None:
    # Without the lock in `book.load`, every second of these processes dies of a segmentation fault.
    for _ in range(4):
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
