"""`make fuzz`: atheris changes the seeds by what it learns from the code they reach, until a target raises or the time is up.

It needs atheris, which is not among the locked packages: it is of use to nobody who does not fuzz, and large. `make fuzz` puts it
into a folder of its own. What made a target raise is written to `var/fuzz`, to become a line of a table in the tests.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

FOLDER = Path("var/fuzz")


def main() -> None:
    """Fuzz one target; ends with 77 when it raised (the fuzzer's own code), with 2 without atheris."""
    try:
        import atheris
    except ImportError:
        sys.exit("There is no atheris here. Run `make fuzz`, which fetches it.")
    with atheris.instrument_imports(include=["aboveboard", "yaml"]):
        from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=TARGETS, nargs="?", default="price-pages")
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    target, seeds = TARGETS[asked.target]
    corpus = FOLDER / asked.target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={asked.seconds}",
        "-max_len=4096",
        "-timeout=20",
        f"-artifact_prefix={FOLDER}/",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
