"""What the benchmarks share: a house with its server, a light load generator, and honest figures.

The generator speaks HTTP/1.1 over plain asyncio streams: a full client would use more processor time than the server and, on a
machine of two cores, measure itself.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from aboveboard import children
from aboveboard.house import House
from aboveboard.sample import BOOK
from aboveboard.settings import Settings


@dataclass(frozen=True)
class Served:
    """A running server on a fresh SQLite database with the sample book."""

    house: House
    port: int
    pid: int
    token: str


@contextmanager
def served(database_url: str = "") -> Iterator[Served]:
    """Start `aboveboard serve` on a fresh database and stop it at the end."""
    from aboveboard.web import tokens

    with tempfile.TemporaryDirectory(prefix="aboveboard-bench-") as folder:
        home = Path(folder)
        settings = Settings(home=folder, port=children.free_port(), database_url=database_url)
        house = House.open(settings).prepare()
        with house.store.write() as tx:
            house.editions.publish(tx, BOOK.read_text(encoding="utf-8"))
            token = tokens.new(tx, "bench", ["gate", "quotes", "choices"])
        log = home / "serve.log"
        with children.started("serve", settings=settings, log=log) as child:
            url = f"{settings.address}/health"
            children.until(lambda: _well(url), 30, what="the server did not start", child=child, log=log)
            yield Served(house, settings.port, child.pid, token)
        house.close()


def _well(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def load(port: int, requests: list[bytes], clients: int) -> tuple[list[float], float]:
    """Send `requests` from `clients` connections; return the time of each answer and of the whole, in seconds.

    Raises `AssertionError` for any answer that is no success.
    """
    return asyncio.run(_load(port, requests, clients))


async def _load(port: int, requests: list[bytes], clients: int) -> tuple[list[float], float]:
    waiting = iter(requests)
    times: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            started = time.perf_counter()
            writer.write(request)
            status = await _answer(reader)
            times.append(time.perf_counter() - started)
            assert 200 <= status < 300, status
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return times, time.perf_counter() - started


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


def post(path: str, body: object, token: str = "") -> bytes:
    """Return a POST request with a JSON body as bytes on the wire."""
    content = json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def percentile(times: list[float], share: float) -> float:
    """Return the time that `share` (0.95) of the answers did not exceed."""
    return statistics.quantiles(times, n=1000, method="inclusive")[round(share * 1000) - 1]


def line(
    what: str,
    measured: float,
    limit: float,
    unit: str,
    *,
    more_is_better: bool = False,
    of: str = "the limit",
) -> bool:
    """Print one figure with its ratio to a limit or a peer, and return whether it is on the right side."""
    ratio = measured / limit
    good = ratio >= 1 if more_is_better else ratio <= 1
    print(
        f"{'ok ' if good else 'BAD'} {what:<58} {measured:>10.3f} {unit:<6} {ratio:>7.2f} × {of} ({limit:g} {unit})"
    )
    return good
