"""One explained quote: in process, with the record, and over HTTP.

The first figure is one explained price: every step in words, and the sentence "You pay … because …", each in two languages. The
second is all that a quote for a regular says: the price without personal facts and its sentence too. Both are held to 100 µs; a
price that read no personal fact has no second price to make. For scale, a bare rule table (zen-engine, from our notes, not from
this run) answers in 11 µs and explains nothing.
"""

from __future__ import annotations

import datetime
import sys
import time

from aboveboard.book.load import load as load_book
from aboveboard.people.model import Identity
from aboveboard.pricing import NO_FACTS, AllowedFacts, PriceRequest, explain, explain_without, price
from aboveboard.quotes.model import QuoteRequest
from aboveboard.sample import BOOK
from benchmarks._support import Served, line, load, percentile, post, served

_DAY = datetime.date(2027, 1, 15)


def main() -> int:
    """Run all and return 0 if every limit holds."""
    good = _in_process()
    with served() as running:
        good += [*_recorded(running), *_over_http(running)]
    return 0 if all(good) else 1


def _in_process() -> list[bool]:
    book = load_book(BOOK.read_text(encoding="utf-8")).book
    assert book is not None
    one, whole = [], []
    for number in range(6_000):
        request = PriceRequest(
            "treatment", "standard", number % 9 + 1, _DAY + datetime.timedelta(number % 60)
        )
        facts = AllowedFacts(visits=number % 30, months=number % 40)
        started = time.perf_counter()
        made = price(book, request, facts)
        explain(made)
        one.append(time.perf_counter() - started)
        # As in `quotes.service`: where no fact was read, the price is the one that everybody pays.
        without = price(book, request, NO_FACTS) if made.facts_used else made
        explain_without(made, without)
        whole.append(time.perf_counter() - started)
    one, whole = one[500:], whole[500:]
    return [
        line("one explained price in process, p50", percentile(one, 0.5) * 1e6, 100, "µs"),
        line("  its p99", percentile(one, 0.99) * 1e6, 1000, "µs"),
        line("the same and the price without facts, p50", percentile(whole, 0.5) * 1e6, 100, "µs"),
        line("  its p99", percentile(whole, 0.99) * 1e6, 1000, "µs"),
    ]


def _recorded(running: Served) -> list[bool]:
    """Gate, facts, both prices, entry, sealing and storing: what one quote costs the writer, without its share of the commit."""
    house, times = running.house, []
    with house.store.write() as tx:
        subject = house.people.locate(tx, Identity("email", "bench@example.org"))
        for number in range(1_000):
            asked = QuoteRequest("treatment", "standard", number % 9 + 1, "2027-01-15")
            started = time.perf_counter()
            house.quotes.quote(tx, asked, subject, "api")
            times.append(time.perf_counter() - started)
    return [
        line("a quote for a person, recorded and sealed, p50", percentile(times[100:], 0.5) * 1000, 5, "ms")
    ]


def _over_http(running: Served) -> list[bool]:
    anyone = {"service": "treatment", "at": "2027-01-15"}
    load(running.port, [post("/api/v1/quotes", anyone)] * 100, 1)
    times, _ = load(running.port, [post("/api/v1/quotes", anyone)] * 1_000, 1)
    someone = anyone | {"identity": {"email": "bench@example.org"}}
    personal, _ = load(running.port, [post("/api/v1/quotes", someone, running.token)] * 1_000, 1)
    return [
        line("a quote over HTTP for anyone, one at a time, p95", percentile(times, 0.95) * 1000, 20, "ms"),
        line(
            "a quote over HTTP for a person, one at a time, p95", percentile(personal, 0.95) * 1000, 20, "ms"
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
