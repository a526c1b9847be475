"""How much disk the core takes: every file of every package in `requirements/core.txt`, with the bytecode that Python adds.

Counted in this environment, so the packages of other systems in the lock (Windows) do not count. Ours is counted as its source.
Peer: Fides' open server takes 801 MB, from our notes, not from this run.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import aboveboard
from benchmarks._support import line

_ROOT = Path(__file__).parents[1]
_FIDES = 801.0


def main() -> int:
    """Print the heaviest packages and the sum; return 0 if the sum is under the limit."""
    lock = (_ROOT / "requirements" / "core.txt").read_text(encoding="utf-8")
    sizes = {name: _installed(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}
    sizes["aboveboard"] = _folder(Path(aboveboard.__file__).parent)
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True)[:8]:
        print(f"    {name:<58} {sizes[name]:>10.1f} MB")
    total = sum(sizes.values())
    good = line("core install on disk", total, 200, "MB")
    line("the same", total, _FIDES, "MB", of="Fides")
    return 0 if good else 1


def _installed(name: str) -> float:
    """Return a package's size in MB (1 MB = 10^6 bytes), 0 if this system does not need it."""
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return 0.0
    return sum(path.stat().st_size for file in files if (path := Path(str(file.locate()))).is_file()) / 1e6


def _folder(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    sys.exit(main())
