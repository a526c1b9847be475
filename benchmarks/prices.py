"""Price pages: read, judge and count the 56 real ones, beside what it takes only to parse them.

The pages lie in `../shared/data/saas-pricings`; without them there is nothing to measure. The peers are the same parser bare (its
events are drawn and dropped), and PyYAML's fastest loader, which builds plain dictionaries and knows no lines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from aboveboard.pricing.pricing2yaml import AddOn, PagePrice, Plan, PricePage, analyse, size
from benchmarks._support import line

PAGES = Path(__file__).parents[2] / "shared" / "data" / "saas-pricings"


def main() -> int:
    """Run all and return 0 if every limit holds."""
    files = sorted(PAGES.glob("*/*.yml"))
    if not files:
        print(f"no price pages in {PAGES}: nothing to measure")
        return 0
    texts = [file.read_bytes() for file in files]
    whole = _best(lambda: [analyse(text) for text in texts])
    bare = _best(lambda: [_drawn(text) for text in texts])
    loaded = _best(lambda: [yaml.load(text, Loader=yaml.CSafeLoader) for text in texts])
    many = PricePage(
        "Many", "EUR", "2026-11-01", (), plans=(Plan("one", PagePrice(None)),),
        add_ons=tuple(
            AddOn(f"a{i}", PagePrice(None), excludes=(f"a{i + 1}",), depends_on=(f"a{i + 9}",) if i % 9 == 0 else ())
            for i in range(60)
        ),
    )  # fmt: skip
    good = [
        line(f"{len(files)} price pages read, judged and counted", whole * 1000, 500, "ms"),
        line("  beside twice PyYAML's CSafeLoader", whole * 1000, loaded * 2000, "ms", of="that"),
        line(
            "a page of 60 add-ons, each with its rules, counted", _best(lambda: [size(many)]) * 1000, 50, "ms"
        ),
    ]
    print(f"    that is {whole / bare:.1f} × the bare parser ({bare * 1000:.0f} ms)")
    print(f"    and {whole / loaded:.1f} × CSafeLoader ({loaded * 1000:.0f} ms)")
    return 0 if all(good) else 1


def _drawn(text: bytes) -> None:
    for _ in yaml.parse(text, Loader=yaml.CLoader):
        pass


def _best(work: Callable[[], list[object]]) -> float:
    """Return the processor seconds of the best of five runs: others on the machine only ever add."""
    times = []
    for _ in range(5):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    sys.exit(main())
