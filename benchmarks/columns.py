"""Prices in columns, a whole book at once, and a year of visits tried on a draft.

For scale, in the same run: the least that any machine must do for a column of prices (one multiplication, one rounding and one
comparison with the floor over the same array), and the same price made one by one.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

import msgspec
import numpy as np

from aboveboard.book.load import load as load_book
from aboveboard.book.model import Book, Promotion, Service, Text, Tier
from aboveboard.law.engine import Judge
from aboveboard.pricing import AllowedFacts, PriceRequest, explain, price
from aboveboard.pricing import lawful as laws
from aboveboard.pricing.columns import Columns, price_many
from aboveboard.pricing.compiled import PriceBook, compiled
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.quote import best, situate
from aboveboard.pricing.simulation import Attribute, Demand, Slice, simulate
from aboveboard.pricing.steps import NO_BACKGROUND
from aboveboard.sample import BOOK
from benchmarks._support import line, percentile

_ROWS = 1_000_000
_FIRST = datetime.date(2026, 1, 1)
_PLACES = ("US-CA", "CN", "DE")


def main() -> int:
    """Run all and return 0 if every limit holds."""
    book = load_book(BOOK.read_text(encoding="utf-8")).book
    assert book is not None
    good = [*_columns(book), *_lines(book), *_charged(book), _year(book)]
    return 0 if all(good) else 1


def _asked(rows: int) -> Columns:
    chance = np.random.default_rng(20261123)
    return Columns(
        on=chance.integers(_FIRST.toordinal(), _FIRST.toordinal() + 365, rows),
        quantity=chance.integers(1, 4, rows),
        visits=chance.integers(-1, 30, rows),
    )


def _best_of(
    work: Callable[[], object], times: int = 5, clock: Callable[[], float] = time.perf_counter
) -> float:
    found = []
    for _ in range(times):
        started = clock()
        work()
        found.append(clock() - started)
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


def _large(book: Book) -> Book:
    """Return a book of 10,000 lines: a hundred services of a hundred tiers, no two with the same price and the same uses."""
    service = next(each for each in book.services if each.id == "treatment")
    tier = service.tiers[1]

    def line(number: int, place: int) -> Tier:
        uses = [
            msgspec.structs.replace(use, quantity=use.amount * (100 + place) / 100, steps=[])
            for use in tier.uses
        ]
        listed = Decimal(9000 + place * 90 + number) / 100
        return msgspec.structs.replace(tier, id=f"t{place}", list_price=listed, uses=uses)

    services = [
        msgspec.structs.replace(
            service, id=f"s{number}", default_tier=None, tiers=[line(number, place) for place in range(100)]
        )
        for number in range(100)
    ]
    seasons = [msgspec.structs.replace(each, services=[]) for each in book.seasons]
    return msgspec.structs.replace(book, services=services, seasons=seasons)


def _lines(book: Book) -> list[bool]:
    """Reprice a book of 10,000 lines as if it were new, and judge each line by every rule of a place that applies to it.

    Time of the processor, since the limit is for one core. Not in it are the rules themselves, read once for all books.
    """
    large, good = _large(book), []
    bare = _best_of(lambda: list(_prices(large)), 3, time.process_time)
    good.append(line("10,000 lines of a book compiled and repriced, no law", bare * 1e3, 1000, "ms"))
    sale = Promotion(
        id="sale", name=Text(en="Sale", zh="特价"), percent=Decimal("0.05"), starts=_FIRST, ends=_FIRST,
        why=Text(en="For a day", zh="只此一天"),
    )  # fmt: skip
    reduced = msgspec.structs.replace(large, promotions=[sale])
    for place in _PLACES:
        rules, taken = _judging(large, place)
        good.append(
            line(f"10,000 lines repriced and judged by {rules} rules, {place}", taken * 1e3, 1000, "ms")
        )
        _, slower = _judging(reduced, place)
        print(
            f"    on a day when every line is reduced: {slower * 1e3:.0f} ms, {slower:.2f} × the same limit"
        )
    return good


def _judging(book: Book, place: str) -> tuple[int, float]:
    """Return how many rules judge a line, and the seconds that repricing and judging the book takes."""
    judge_for = partial(_judge, laws.Bench(), book, place)
    rules = len(judge_for(book.services[0]).rules)
    return rules, _best_of(partial(_judged, book, judge_for), 3, time.process_time)


def _prices(book: Book) -> Iterator[int]:
    prices = PriceBook(book)
    for service in book.services:
        for tier in service.tiers:
            offer = prices.offer(service.id, tier.id, _FIRST)
            request = PriceRequest(service.id, tier.id, 1, _FIRST)
            yield best(offer, situate(offer, request, NO_FACTS, NO_BACKGROUND), NO_BACKGROUND).net


def _judge(bench: laws.Bench, book: Book, place: str, service: Service) -> Judge:
    return bench.judge(laws.setting(book, service, place, "web"), _FIRST)


def _judged(book: Book, judge_for: Callable[[Service], Judge]) -> int:
    fresh = msgspec.structs.replace(book)  # a book that nothing has been worked out for
    return sum(
        each.outcome == "fail" for found in laws.lines(fresh, _FIRST, judge_for) for each in found.results
    )


def _charged(book: Book) -> list[bool]:
    """Price orders that are charged as a whole: each for the first time, then as they come again, then in columns."""
    asked = [
        PriceRequest(
            service,
            tier,
            quantity,
            _FIRST + datetime.timedelta(day),
            usage=usage,
            add_ons=add_ons,
            seats=seats,
        )
        for service, tier, usage, add_ons, seats in [
            ("members_plan", "standard", {}, ("video",), None),
            ("members_plan", "family", {}, (), 4),
            ("exercise_class", "standard", {}, (), None),
            *(
                ("classes_at_your_firm", "standard", {"firm_classes": Decimal(many)}, (), None)
                for many in range(1, 40)
            ),
        ]
        for quantity in range(1, 7)
        for day in range(0, 364, 91)
    ]
    prices = compiled(book)
    first: list[float] = []
    again: list[float] = []
    for times in (None, first, again):
        for request in asked:
            if times is not again:
                prices.orders.clear()
            started = time.perf_counter()
            explain(price(book, request))
            if times is not None:
                times.append(time.perf_counter() - started)
    rows = 100_000
    chance = np.random.default_rng(5)
    columns = Columns(
        on=np.full(rows, _FIRST.toordinal()),
        quantity=chance.integers(1, 4, rows),
        usage={"firm_classes": chance.integers(0, 40, rows)},
    )
    few = [replace(each, usage={"firm_classes": Decimal(n)}) for n, each in enumerate(asked[-1:] * 2000)]

    def anew(many: Columns) -> None:
        prices.orders.clear()
        price_many(book, "classes_at_your_firm", "standard", many)

    alike, unlike = _best_of(lambda: anew(columns), 2), _best_of(lambda: anew(Columns.of(few)), 2)
    print(f"  a hundred thousand charged orders in columns, 120 different ones: {alike * 1e3:.0f} ms")
    print(f"  charged orders in columns where no two are alike: {len(few) / unlike:,.0f} a second")
    new = percentile(first, 0.5) * 1e6
    print(
        f"  an order charged as a whole, with its sentence, for the first time, p50: {new:.0f} µs, {new / 100:.2f} × 100 µs"
    )
    return [line("  the same order again, p50", percentile(again, 0.5) * 1e6, 100, "µs")]


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
