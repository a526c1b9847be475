"""Several threads may read their first price at the same moment, as those of a server that was just started do."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
import msgspec
from aboveboard.quotes.service import decoded

sys.setswitchinterval(1e-6)
together, read = threading.Barrier(8), []

def go():
    together.wait()
    try:
        decoded(b"{}")
    except msgspec.ValidationError:
        read.append(True)

threads = [threading.Thread(target=go) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert read == [True] * 8
"""


def test_threads_that_meet_at_the_first_price_all_read_it() -> None:
    # With a decoder that is made when it is first needed, nearly every one of these processes dies of a segmentation fault.
    for _ in range(4):
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
