"""The gate at size: a single answer, ten million at once, a hundred million in memory, a record of a million read anew.

In one run against the limits of the machine (a bare bit test in numpy and in plain Python, copying as many bytes), against a
plain SQL look-up by primary key (SQLite in memory, PostgreSQL), and against Fides' read path, made again on PostgreSQL
(`benchmarks/_fides.py` says what is the same and what is not). Where an e-mail address is given and not a number, ours looks the
person up in the same PostgreSQL first, as theirs does.
"""

from __future__ import annotations

import gc
import sqlite3
import sys
import tempfile
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
    with tempfile.TemporaryDirectory(prefix="aboveboard-bench-") as folder:
        house = House.open(Settings(home=folder)).prepare()
        with house.store.write() as tx:
            house.editions.publish(tx, BOOK.read_text(encoding="utf-8"))
        gate = house.gate
        with house.store.read() as conn:
            gate.follow(conn)
        good = [*_rebuild(house), *_single(gate), *_many(gate), *_memory(gate)]
        house.close()
    good += [*_against_sql(), *_list()]
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
    return [line("a gate reads a record of 1,000,000 choices", seconds, 30, "s"), *_from_disk(house, seconds)]


def _from_disk(house: House, anew: float) -> list[bool]:
    """Keep what was read, and begin from it as the next process does."""
    from aboveboard.choices.gate.kept import NAME, KeptMemory

    file = Path(house.settings.home) / NAME
    file.unlink(missing_ok=True)
    times = []
    for _ in range(2):  # the first writes the file, the second takes it
        gate = Gate(house.record, house.editions, kept=KeptMemory(file, house.record))
        started = time.perf_counter()
        with house.store.read() as conn:
            gate.follow(conn)
        times.append(time.perf_counter() - started)
    assert not gate.allows(1_000_000, "marketing_email").allowed
    print(
        f"    the file has {file.stat().st_size / 1e6:.1f} MB; reading the record and writing the file: {times[0]:.1f} s"
    )
    return [
        line(
            "  the same from the file that another process kept",
            times[1] * 1000,
            anew * 1000,
            "ms",
            of="reading anew",
        )
    ]


def _single(gate: Gate) -> list[bool]:
    memory = gate._known[1]  # a benchmark may look inside
    for subject in range(0, 200_000, 3):
        memory.slots.say(subject, Decision("deny", "marketing_email"), True)
    bits, clock = bytearray(25_000), time.perf_counter_ns
    array = np.frombuffer(bits, dtype=np.uint8)
    asked, bare, bare_numpy, overhead = [], [], [], []
    for number in range(200_000):
        started = clock()
        gate.allows(number, *QUESTION)
        asked.append(clock() - started)
        started = clock()
        bits[number >> 3] >> (number & 7) & 1
        bare.append(clock() - started)
        started = clock()
        array[number >> 3] >> (number & 7) & 1
        bare_numpy.append(clock() - started)
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
        line(
            "  p50 against a bare numpy bit test",
            p50 / 1000,
            max(percentile(bare_numpy, 0.5) - idle, 1) / 1000 * 10,
            "µs",
            of="10 numpy bit tests",
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
    asked, ordered, copied, bare = [], [], [], []
    bits = rng.integers(0, 256, TEN_MILLION // 8, dtype=np.uint8)
    for _ in range(7):
        bare.append(_timed(lambda: (bits[people >> 3] >> (people & 7).astype(np.uint8)) & 1))
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
        line(
            "  in any order, against a bare numpy bit test of each",
            min(asked) * 1000,
            min(bare) * 1000 * 2,
            "ms",
            of="2 numpy bit tests",
        ),
        line(
            "  in order, numbers read and answers written a second",
            (people.nbytes + TEN_MILLION) / min(ordered) / 1e9,
            2 * people.nbytes / min(copied) / 1e9 / 10,
            "GB/s",
            more_is_better=True,
            of="a tenth of what a copy moves",
        ),
    ]


def _against_sql(people: int = 200_000, asked: int = 5_000) -> list[bool]:
    """The same question by e-mail address on one PostgreSQL: theirs, ours, and the least that a database can be asked."""
    from aboveboard.people.model import Identity
    from benchmarks._fides import Fides, address, timed
    from tests.support.postgres import Cluster

    cluster = Cluster(["shared_buffers=256MB", "max_connections=50"])
    try:
        with tempfile.TemporaryDirectory(prefix="aboveboard-bench-") as folder:
            url = cluster.url(cluster.create())
            house = House.open(Settings(home=folder, database_url=url.replace("+psycopg", ""))).prepare()
            with house.store.write() as tx:
                house.editions.publish(tx, BOOK.read_text(encoding="utf-8"))
            for start in range(0, people, 5_000):
                with house.store.write() as tx:
                    groups = [[Identity("email", address(n))] for n in range(start, start + 5_000)]
                    house.people.enrol(tx, groups)
            fides = Fides(url.replace("+psycopg", ""), people)
            numbers = [int(n) for n in np.random.default_rng(5).permutation(people)[:asked]]
            with house.store.read() as conn:
                house.gate.follow(conn)

                def ours(number: int) -> bool:
                    subject = house.people.find(conn, Identity("email", address(number)))
                    assert subject is not None
                    return house.gate.allows(subject, *QUESTION).allowed

                def in_memory(number: int) -> bool:
                    return house.gate.allows(number + 1, *QUESTION).allowed

                asks = (fides.plain, fides.older, fides.newer, ours, in_memory)
                for ask in asks:
                    timed(ask, numbers[:500])
                plain, older, newer, mine, memory = (
                    percentile(timed(ask, numbers), 0.5) * 1e6 for ask in asks
                )
            fides.close()
            house.close()
    finally:
        cluster.stop()
    return [
        line(
            "asked by number, against a plain PostgreSQL look-up",
            memory,
            plain / 10,
            "µs",
            of="a tenth of it",
        ),
        line("  the same against Fides' older table", memory, older / 10, "µs", of="a tenth of Fides"),
        line("  the same against Fides' newer table", memory, newer / 10, "µs", of="a tenth of Fides"),
        line("asked by e-mail on PostgreSQL, p50", mine, 1_000, "µs"),
        # One look-up each: what is left to compare is the client. Theirs is stripped to the driver, ours is the product's.
        line("  the same against a plain look-up by key", mine, 4 * plain, "µs", of="4 look-ups"),
        line("  the same against Fides' older table", mine, 1.5 * older, "µs", of="1.5 × Fides, stripped"),
        line("  the same against Fides' newer table", mine, 1.5 * newer, "µs", of="1.5 × Fides, stripped"),
    ]


def _list(rows: int = 300_000) -> list[bool]:
    """A list of addresses, half of them known, from CSV to CSV."""
    import io

    from aboveboard.choices import bulk
    from aboveboard.people.model import Identity

    with tempfile.TemporaryDirectory(prefix="aboveboard-bench-") as folder:
        house = House.open(Settings(home=folder)).prepare()
        with house.store.write() as tx:
            house.editions.publish(tx, BOOK.read_text(encoding="utf-8"))
        with house.store.write() as tx:
            house.people.enrol(tx, [[Identity("email", f"p{n}@example.org")] for n in range(0, rows, 2)])
        content = b"mail\n" + b"".join(b"p%d@example.org\n" % number for number in range(rows))
        asked = bulk.Asked([QUESTION], "mail", "US")
        source, out = bulk.source_of("csv", io.BytesIO(content), "mail"), io.BytesIO()
        started = time.perf_counter()
        tally = bulk.work(house.store, house.people, house.gate, asked, source, [bulk.Kept(out, "csv")])
        seconds = time.perf_counter() - started
        assert tally.asked == rows
        house.close()
    return [
        line("rows of a list of addresses judged a second", rows / seconds, 20_000, "/s", more_is_better=True)
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
