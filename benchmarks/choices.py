"""Saving a choice over HTTP, with its signed receipt; a gate answer over HTTP and in process; the memory of the server.

Peer: Fides' open server, measured on a machine of this size: saving p50 69 ms, p95 150 ms (no proof, history overwritten);
reading p50 15.8 ms, p95 35 ms; 383 MB resident. Figures of Fides are from our notes, not from this run.
"""

from __future__ import annotations

import sys
import time

from benchmarks._support import Served, line, load, percentile, post, served

_FIDES = {"save p95": 150.0, "read p95": 35.0, "resident": 383.0}


def main() -> int:
    """Run all and return 0 if every limit holds."""
    with served() as running:
        good = [*_saving(running), *_gate_http(running), *_gate_process(running), *_memory(running)]
    return 0 if all(good) else 1


def _choice(number: int) -> bytes:
    body = {
        "identity": {"email": f"bench{number}@example.org"},
        "decision": "deny",
        "purpose": "all",
        "channel": "web",
    }
    return post("/api/v1/choices", body)


def _saving(running: Served) -> list[bool]:
    load(running.port, [_choice(-number) for number in range(1, 200)], 1)
    alone, _ = load(running.port, [_choice(number) for number in range(1_500)], 1)
    many, seconds = load(running.port, [_choice(10_000 + number) for number in range(6_000)], 32)
    p95 = percentile(alone, 0.95) * 1000
    return [
        line("save a choice, one at a time, p95", p95, 20, "ms"),
        line("  the same against Fides", p95, _FIDES["save p95"], "ms", of="Fides"),
        line("save choices, 32 clients, rate", len(many) / seconds, 500, "/s", more_is_better=True),
        line("save choices, 32 clients, p99", percentile(many, 0.99) * 1000, 200, "ms"),
    ]


def _gate_http(running: Served) -> list[bool]:
    requests = [
        post(
            "/api/v1/gate",
            {"identity": {"email": f"bench{number}@example.org"}, "purpose": "marketing_email"},
            running.token,
        )
        for number in range(2_000)
    ]
    load(running.port, requests[:200], 1)
    times, _ = load(running.port, requests, 1)
    p95 = percentile(times, 0.95) * 1000
    return [
        line("ask the gate over HTTP, p95", p95, 5, "ms"),
        line("  the same against Fides", p95, _FIDES["read p95"], "ms", of="Fides"),
    ]


def _gate_process(running: Served) -> list[bool]:
    gate = running.house.gate
    with running.house.store.read() as conn:
        started = time.perf_counter()
        gate.follow(conn)
        caught_up = time.perf_counter() - started
        entries = running.house.record.size(conn)
    clock = time.perf_counter
    times = []
    for number in range(100_000):
        started = clock()
        gate.allows(number % 7_000, "marketing_email", "mail_service")
        times.append(clock() - started)
    bits = bytearray(2_000)
    bare = []
    for number in range(100_000):
        started = clock()
        bits[number >> 6 & 1023] >> (number & 7) & 1
        bare.append(clock() - started)
    p50, p99 = percentile(times, 0.5) * 1e6, percentile(times, 0.99) * 1e6
    return [
        line("a gate answer in process, p99", p99, 50, "µs"),
        line(
            "  its p50 against a bare bit test (p50), for the next step",
            p50,
            1_000 * percentile(bare, 0.5) * 1e6,
            "µs",
            of="1000 bit tests",
        ),
        line(
            "the gate reads the record, entries a second",
            entries / caught_up,
            1e6 / 30,
            "/s",
            more_is_better=True,
        ),
    ]


def _memory(running: Served) -> list[bool]:
    import subprocess

    children = subprocess.run(
        ["pgrep", "-P", str(running.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    resident = sum(_resident(pid) for pid in [running.pid, *map(int, children)])
    serving = max(_resident(pid) for pid in [running.pid, *map(int, children)])
    return [
        line("resident memory of the serving process", serving, 150, "MB"),
        line("  with its parent, against Fides", resident, _FIDES["resident"], "MB", of="Fides"),
    ]


def _resident(pid: int) -> float:
    from pathlib import Path

    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:", 1)[1].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
