"""The gate at size: a single answer, ten million at once, a hundred million in memory, a record of a million read anew.

The limits are those of the machine (a bare bit test, a copy of as many bytes); the peer is a plain SQL look-up by primary key, in
the same run; Fides reads a person's consent in p50 15.8 ms (from our notes).
"""

from __future__ import annotations

import gc
import sqlite3
import sys
import time
from pathlib import Path

import numpy as np

from aboveboard.choices.gate import Gate
from aboveboard.choices.model import Decision
from aboveboard.house import House
from aboveboard.record.model import Staged
from aboveboard.sample import BOOK
from aboveboard.settings import Settings
from benchmarks._support import line, percentile

TEN_MILLION = 10_000_000
QUESTION = ("marketing_email", "mail_service")


def main() -> int:
    """Run all and return 0 if every limit holds."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="aboveboard-bench-") as folder:
        house = House.open(Settings(home=folder)).prepare()
        with house.store.write() as tx:
            house.editions.publish(tx, BOOK.read_text(encoding="utf-8"))
        gate = house.gate
        with house.store.read() as conn:
            gate.follow(conn)
        good = [*_rebuild(house), *_single(gate), *_many(gate), *_memory(gate)]
        house.close()
    return 0 if all(good) else 1


def _rebuild(house: House, entries: int = 1_000_000) -> list[bool]:
    """Write a record of a million choices (in bulk, past the tree: only reading is measured here), and read it anew."""
    from aboveboard.proof import receipt as receipts
    from aboveboard.record import tables

    facts = {
        "decisions": [{"decision": "deny", "purpose": "marketing_email", "recipient": None}],
        "channel": "web",
        "proven": False,
        "edition": 1,
    }
    with house.store.write() as tx:
        first = house.record.size(tx.conn)
        sealed = receipts.sealed(b"12345678", b"123456789012", b"x" * 140, "0" * 64)
        for start in range(0, entries, 20_000):
            rows = []
            for number in range(start, start + 20_000):
                entry_id = f"{number:032x}"
                leaf = receipts.leaf(
                    receipt_id=f"{entry_id}-{'0' * 20}",
                    at=tx.now,
                    kind="choice.made",
                    subject=number + 1,
                    facts=facts,
                    sealed=sealed,
                )
                staged = Staged(entry_id, tx.now, "choice.made", number + 1, receipts.leaf_bytes(leaf))
                rows.append(
                    {
                        "index": first + number,
                        "id": staged.id,
                        "at": staged.at,
                        "kind": staged.kind,
                        "subject": staged.subject,
                        "leaf": staged.leaf,
                    }
                )
            tx.conn.execute(tables.entries.insert(), rows)
        tx.conn.execute(
            tables.checkpoints.insert(), {"size": first + entries, "at": tx.now, "note": "benchmark"}
        )
    fresh = Gate(house.record, house.editions)
    started = time.perf_counter()
    with house.store.read() as conn:
        fresh.follow(conn)
    seconds = time.perf_counter() - started
    assert not fresh.allows(entries, "marketing_email").allowed
    return [line("a gate reads a record of 1,000,000 choices", seconds, 30, "s")]


def _single(gate: Gate) -> list[bool]:
    memory = gate._known[1]  # a benchmark may look inside
    for subject in range(0, 200_000, 3):
        memory.slots.say(subject, Decision("deny", "marketing_email"), True)
    bits, clock = bytearray(25_000), time.perf_counter_ns
    asked, bare, overhead = [], [], []
    for number in range(200_000):
        started = clock()
        gate.allows(number, *QUESTION)
        asked.append(clock() - started)
        started = clock()
        bits[number >> 3] >> (number & 7) & 1
        bare.append(clock() - started)
        started = clock()
        overhead.append(clock() - started)
    sql = _plain_sql()
    idle = percentile(overhead, 0.5)
    p50, p99 = percentile(asked, 0.5) - idle, percentile(asked, 0.99) - idle
    return [
        line("one answer with its reason, p50", p50 / 1000, 1, "µs"),
        line("one answer with its reason, p99", p99 / 1000, 10, "µs"),
        line(
            "  p50 against a bare bit test",
            p50 / 1000,
            max(percentile(bare, 0.5) - idle, 1) / 1000 * 40,
            "µs",
            of="40 bit tests",
        ),
        line("  p50 against a plain SQL look-up", p50 / 1000, sql, "µs", of="SQLite by key"),
    ]


def _plain_sql() -> float:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE choice (person INTEGER PRIMARY KEY, allowed INTEGER)")
    database.executemany("INSERT INTO choice VALUES (?, 1)", ((number,) for number in range(100_000)))
    times = []
    for number in range(20_000):
        started = time.perf_counter()
        database.execute("SELECT allowed FROM choice WHERE person = ?", (number,)).fetchone()
        times.append(time.perf_counter() - started)
    return percentile(times, 0.5) * 1e6


def _many(gate: Gate) -> list[bool]:
    memory = gate._known[1]
    memory.slots.make_room(TEN_MILLION)
    rng = np.random.default_rng(7)
    for slot in memory.slots.by_key.values():
        slot.denied[:] = rng.integers(0, 256, len(slot.denied), dtype=np.uint8).tobytes()
    people = rng.permutation(TEN_MILLION).astype(np.int64)
    in_order = np.arange(TEN_MILLION, dtype=np.int64)
    asked, ordered, copied = [], [], []
    for _ in range(7):
        asked.append(_timed(lambda: gate.filter(people, *QUESTION)))
        ordered.append(_timed(lambda: gate.filter(in_order, *QUESTION)))
        copied.append(_timed(people.copy))
    return [
        line("10,000,000 people asked at once, in any order", min(asked) * 1000, 50, "ms"),
        line("10,000,000 people asked at once, in order", min(ordered) * 1000, 50, "ms"),
        line(
            "  in any order, against copying their numbers",
            min(asked) * 1000,
            min(copied) * 1000 * 10,
            "ms",
            of="10 copies",
        ),
    ]


def _memory(gate: Gate) -> list[bool]:
    gate._known[1].slots.make_room(100_000_000)
    gc.collect()
    status = Path("/proc/self/status").read_text()
    resident = int(status.split("VmRSS:", 1)[1].split()[0]) / 1024
    return [line("100,000,000 people and every question of the sample", resident, 2_000, "MB")]


def _timed(work: object) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
