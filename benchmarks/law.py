"""The law at size: quotes checked against every price rule that applies, on one core.

The facts of a quote are those of a service business, with histories of thirty days where rules look back. The peer is
`zen-engine`, a rule engine in Rust, in the same run: it evaluates a table of as many rows, each with a condition on two numbers,
which is less than a rule of ours asks.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
from typing import Any

from aboveboard.book.load import load
from aboveboard.law import engine
from aboveboard.law.library import Library
from aboveboard.pricing import PriceRequest, price
from aboveboard.pricing import lawful as laws
from aboveboard.sample import BOOK
from benchmarks._support import line

QUOTES = 10_000
TODAY = datetime.date(2026, 11, 23)
PLACES = {"US-CA": "US", "US-NY": "US", "CN": "CN", "DE": "DE", "GB": "GB"}


def main() -> int:
    """Run all and return 0 if the limit holds in every place."""
    started = time.perf_counter()
    law = Library.open()
    print(
        f"    {len(law.rules)} rules of {len(law.packs)} packs read in {time.perf_counter() - started:.3f} s"
    )
    good = [_place(law, place, country) for place, country in PLACES.items()]
    good += [_sample(place) for place in ("US-CA", "DE", "CN")]
    _deadlines(law)
    _peer(law)
    return 0 if all(good) else 1


def _place(law: Library, place: str, country: str) -> bool:
    fixed: dict[str, Any] = {
        "consumer.country": country,
        "business.place": place,
        "business.kind": "clinic",
        "offer.kind": "service",
    }
    fixed |= {"consumer.state": place} if "-" in place else {}
    judge = engine.compile(law.at(place, area="pricing"), fixed, TODAY)
    quotes = _quotes(judge)
    started = time.perf_counter()
    said: dict[str, int] = {}
    for facts in quotes:
        for result in judge.results(facts):
            said[result.outcome] = said.get(result.outcome, 0) + 1
    seconds = time.perf_counter() - started
    return line(
        f"quotes a second in {place}, {len(judge.rules)} rules each ({said.get('pass', 0) // QUOTES} decide)",
        QUOTES / seconds, 10_000, "1/s", more_is_better=True,
    )  # fmt: skip


def _sample(place: str) -> bool:
    """Judge quotes of the sample business for customers in a place: the facts of each are made from its finished price.

    Time of the processor, since the limit is for one core.
    """
    book = load(BOOK.read_text(encoding="utf-8")).book
    assert book is not None
    service = next(each for each in book.services if each.id == "treatment")
    setting = laws.setting(book, service, place, "web")
    judge = laws.Bench().judge(setting, TODAY)
    prices = [
        price(book, PriceRequest(service.id, None, 1, TODAY + datetime.timedelta(days=number % 90)))
        for number in range(2_000)
    ]
    started = time.process_time()
    for made in prices:
        judge.results(laws.facts(book, service, made), TODAY)
    seconds = time.process_time() - started
    return line(
        f"prices of the sample a second, customers in {place}, {len(judge.rules)} rules, facts made too",
        len(prices) / seconds, 10_000, "1/s", more_is_better=True,
    )  # fmt: skip


def _quotes(judge: engine.Judge) -> list[dict[str, Any]]:
    """Return quotes whose facts come from each rule's passing case, with amounts of their own, so that every rule decides."""
    base: dict[str, Any] = {}
    for compiled in judge.rules:
        rule = compiled.of.rule
        case = next((fixture for fixture in rule.fixtures if fixture.expect == "pass"), None)
        base |= {k: v for k, v in {**rule.given, **(case.facts if case else {})}.items() if v is not None}
    days = [TODAY - datetime.timedelta(days=number) for number in range(1, 31)]
    base |= {
        "promo.starts_at": TODAY,
        "sales.deals_same_venue": [{"at": day, "price": 18_000 + number} for number, day in enumerate(days)],
        "price.intervals": [
            {"from": day, "to": day, "price": 18_000 + number} for number, day in enumerate(days)
        ],
        "price.mandatory_charges": [300, 500],
    }
    amounts = (
        ("price.base", 8_000),
        ("price.final", 8_800),
        ("display.first_price", 8_800),
        ("cost.floor", 6_000),
    )
    return [base | {name: amount + number for name, amount in amounts} for number in range(QUOTES)]


def _deadlines(law: Library) -> None:
    from aboveboard.law import clocks

    rule = law.rule("us-ca.ccpa.7026.opt-out-15-business-days").rule
    assert rule.deadline is not None
    day = datetime.timedelta(days=1)
    started = time.perf_counter()
    for number in range(2_000):
        clocks.due(rule.deadline, {rule.deadline.start: TODAY + (number % 300) * day})
    line("deadlines of 15 business days, each", (time.perf_counter() - started) / 2_000 * 1e6, 1_000, "µs")


def _peer(law: Library) -> None:
    try:
        import zen
    except ImportError:
        print("    zen-engine is not installed here; `pip install zen-engine` to compare")
        return
    fixed = {
        "consumer.country": "CN",
        "business.place": "CN",
        "business.kind": "clinic",
        "offer.kind": "service",
    }
    judge = engine.compile(law.at("CN", area="pricing"), fixed, TODAY)
    quotes = _quotes(judge)[:2_000]
    decision = zen.ZenEngine().create_decision(json.dumps(_table(len(judge.rules))))
    asked = [{"base": quote["price.base"] / 100, "final": quote["price.final"] / 100} for quote in quotes]
    started = time.perf_counter()
    for context in asked:
        decision.evaluate(context)
    theirs = (time.perf_counter() - started) / len(asked)
    started = time.perf_counter()
    for quote in quotes:
        judge.results(quote)
    ours = (time.perf_counter() - started) / len(quotes)
    line(
        f"all {len(judge.rules)} rules on one quote",
        ours * 1e6,
        theirs * 1e6,
        "µs",
        of=f"a zen-engine table of {len(judge.rules)} rows",
    )


def _table(rows: int) -> dict[str, Any]:
    """Return a zen-engine decision table with as many rows as we have rules, collecting every row that matches."""
    table = {
        "id": "table",
        "type": "decisionTableNode",
        "name": "rules",
        "position": {"x": 0, "y": 0},
        "content": {
            "hitPolicy": "collect",
            "inputs": [
                {"id": "i1", "name": "base", "field": "base"},
                {"id": "i2", "name": "final", "field": "final"},
            ],
            "outputs": [{"id": "o1", "name": "outcome", "field": "outcome"}],
            "rules": [
                {"_id": f"r{n}", "i1": f">= {n}", "i2": f"> {n}", "o1": f'"rule {n}"'} for n in range(rows)
            ],
        },
    }
    ends = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 0, "y": 0}},
    ]
    edges = [
        {"id": "e1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "e2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    return {"nodes": [ends[0], table, ends[1]], "edges": edges}


if __name__ == "__main__":
    sys.exit(main())
