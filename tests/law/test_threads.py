"""Several threads may ask for the rules at the same first moment, as those of a server that was just started do."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
from aboveboard.law import packs

sys.setswitchinterval(1e-6)
together, read = threading.Barrier(8), []

def go():
    together.wait()
    read.append(len(packs.rules()))

threads = [threading.Thread(target=go) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(read) == 8 and len(set(read)) == 1
"""


def test_threads_that_meet_at_the_first_rules_all_read_them() -> None:
    # With a type that msgspec first meets there, some of these processes die of a segmentation fault.
    for _ in range(6):
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
