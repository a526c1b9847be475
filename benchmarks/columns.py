"""Prices in columns, a whole book at once, and a year of visits tried on a draft.

For scale, in the same run: the least that any machine must do for a column of prices (one multiplication, one rounding and one
comparison with the floor over the same array), and the same price made one by one.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable

import msgspec
import numpy as np

from aboveboard.book.load import load as load_book
from aboveboard.book.model import Book
from aboveboard.pricing import AllowedFacts, PriceRequest, explain, price
from aboveboard.pricing.columns import Columns, price_many
from aboveboard.pricing.compiled import PriceBook
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.quote import best, situate
from aboveboard.pricing.simulation import Attribute, Demand, Slice, simulate
from aboveboard.pricing.steps import NO_BACKGROUND
from aboveboard.sample import BOOK
from benchmarks._support import line, percentile

_ROWS = 1_000_000
_FIRST = datetime.date(2026, 1, 1)


def main() -> int:
    """Run all and return 0 if every limit holds."""
    book = load_book(BOOK.read_text(encoding="utf-8")).book
    assert book is not None
    good = [*_columns(book), _lines(book), _year(book)]
    return 0 if all(good) else 1


def _asked(rows: int) -> Columns:
    chance = np.random.default_rng(20261123)
    return Columns(
        on=chance.integers(_FIRST.toordinal(), _FIRST.toordinal() + 365, rows),
        quantity=chance.integers(1, 4, rows),
        visits=chance.integers(-1, 30, rows),
    )


def _best_of(work: Callable[[], object], times: int = 5) -> float:
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def _columns(book: Book) -> list[bool]:
    asked = _asked(_ROWS)

    def explained() -> None:
        many = price_many(book, "treatment", "standard", asked)
        for step in many.steps():
            np.asarray(step.amount), np.asarray(step.code)

    taken = _best_of(explained)
    prices = np.full(_ROWS, 9000, dtype=np.int64) * asked.quantity

    def bare() -> None:
        moved = (prices * 9400 * 2 + 10_000) // 20_000
        np.maximum(moved, 7275 * asked.quantity)

    least = _best_of(bare)
    few = 3000
    requests = [
        PriceRequest("treatment", "standard", int(q), datetime.date.fromordinal(int(d)))
        for d, q in zip(asked.on[:few], asked.quantity[:few], strict=True)
    ]
    facts = [AllowedFacts(visits=None if v < 0 else int(v)) for v in asked.visits[:few]]

    times = []
    for request, allowed in zip([*requests, *requests], [*facts, *facts], strict=True):
        started = time.perf_counter()
        explain(price(book, request, allowed))
        times.append(time.perf_counter() - started)
    one = percentile(times[few:], 0.5)
    print(
        f"  a bare column of one rule and a floor: {_ROWS / least / 1e6:.1f} million a second, {taken / least:.1f} times as fast"
    )
    print(
        f"  one by one, with all words: {1 / one:,.0f} a second; columns are {one * _ROWS / taken:,.0f} times as fast"
    )
    return [
        line("explained quotes in columns, one core, a million of them", taken * 1e3, 1000, "ms"),
        line("one explained quote in process, p50", one * 1e6, 100, "µs"),
    ]


def _lines(book: Book) -> bool:
    """Reprice a book of 10,000 lines: compile every tier anew and price one of each."""
    service = next(each for each in book.services if each.id == "treatment")
    tier = service.tiers[1]
    services = [
        msgspec.structs.replace(
            service,
            id=f"s{number}",
            default_tier=None,
            tiers=[msgspec.structs.replace(tier, id=f"t{place}") for place in range(100)],
        )
        for number in range(100)
    ]
    large = msgspec.structs.replace(
        book, services=services, seasons=[msgspec.structs.replace(s, services=[]) for s in book.seasons]
    )

    def reprice() -> None:
        prices = PriceBook(large)
        for each in large.services:
            for level in each.tiers:
                offer = prices.offer(each.id, level.id, _FIRST)
                request = PriceRequest(each.id, level.id, 1, _FIRST)
                best(offer, situate(offer, request, NO_FACTS, NO_BACKGROUND), NO_BACKGROUND)

    return line("10,000 lines of a book compiled and repriced", _best_of(reprice, 2) * 1e3, 1000, "ms")


def _year(book: Book) -> bool:
    """Try a draft on a year of a million visits, with an attribute that is only reported."""
    seasons = [msgspec.structs.replace(each, change=each.change / 2) for each in book.seasons]
    draft = msgspec.structs.replace(book, seasons=seasons)
    tiers = [(s.id, t.id) for s in book.services for t in s.tiers if t.list_price is not None][:5]
    rows = _ROWS // len(tiers)
    chance = np.random.default_rng(1)
    slices = tuple(
        Slice(service, tier, rows, _asked(rows), reported={"age": chance.integers(0, 6, rows)})
        for service, tier in tiers
    )
    demand = Demand(slices, {"age": Attribute(tuple(f"{n}0s" for n in range(2, 8)))})
    taken = _best_of(lambda: simulate(book, draft, demand), 2)
    return line("a year of a million visits tried on a draft", taken, 10, "s")


if __name__ == "__main__":
    sys.exit(main())
