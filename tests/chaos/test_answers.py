"""What a visitor and a program are told when the database is away or full: a plain sentence with status 503, and nothing saved.

The server is a real one. Its disk is "full" because the kernel lets its processes write no file beyond a limit; PostgreSQL is
away because it was killed.
"""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.postgres import Cluster
from tests.support.server import SAMPLE, Process, Server, clean_environment, run
from tests.support.waiting import wait_for

BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}
SENTENCES = {
    "en": "Our database cannot read or write at the moment. Please try again in a few minutes. Nothing was saved.",
    "zh": "我们的数据库暂时不能读写。请过几分钟再试。什么都没有保存。",
}


def say_no(client: httpx.Client, lang: str = "en") -> httpx.Response:
    asked = {"identity": {"email": "ann@example.org"}, "decision": "deny", "purpose": "all"}
    return client.post("/api/v1/choices", json=asked, headers={"accept-language": lang})


def check_everybody_is_told(client: httpx.Client) -> None:
    for lang, sentence in SENTENCES.items():
        answer = say_no(client, lang)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert (answer.json()["code"], answer.json()["detail"]) == ("storage", sentence)
        said = {"everything": "deny", "who": "bea@example.org"}
        page = client.post("/choices", data=said, headers=BROWSER | {"accept-language": lang})
        assert page.status_code == 503
        assert sentence in page.text
        assert "bea@" not in page.text


def processes(pid: int) -> list[int]:
    """Return `pid` and all that it started."""
    found = [pid]
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(file.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue  # it has just ended
        if parent == pid:
            found += processes(int(file.parent.name))
    return found


@contextmanager
def no_room(server: Process, size: int) -> Iterator[None]:
    """While this lasts, no process of `server` writes a file beyond `size` bytes."""
    everyone = processes(server.pid)
    for pid in everyone:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    yield
    for pid in everyone:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.mark.slow
@pytest.mark.parametrize("size", [16_384, 1], ids=["the database", "the database and the log"])
def test_a_full_disk(tmp_path: Path, size: int) -> None:
    home = tmp_path / "house"
    run("apply", str(SAMPLE), home=home)
    with Server(home) as server, httpx.Client(base_url=server.url, timeout=20, trust_env=False) as client:
        assert say_no(client).status_code == 201
        with no_room(server, size):
            check_everybody_is_told(client)
            # Pages may still be read, also by a browser whose signal cannot be recorded now.
            front = client.get("/", headers=BROWSER | {"sec-gpc": "1"})
            assert front.status_code == 200
            assert "device" not in front.cookies
        assert say_no(client).status_code == 201
        assert "device" in client.get("/", headers=BROWSER | {"sec-gpc": "1"}).cookies
    assert "4 entries" in run("record", "verify", home=home)


@pytest.mark.slow
@pytest.mark.postgres
def test_postgresql_is_away_and_comes_back(durable: Cluster, tmp_path: Path) -> None:
    home, url = tmp_path / "house", durable.url(durable.create())
    settings = clean_environment(home, database_url=url)
    run("apply", str(SAMPLE), home=home, env=settings)
    with (
        Server(home, database_url=url) as server,
        httpx.Client(base_url=server.url, timeout=20, trust_env=False) as client,
    ):
        assert say_no(client).status_code == 201
        durable.kill()
        try:
            check_everybody_is_told(client)
            assert client.get("/", headers=BROWSER).status_code == 503
        finally:
            durable.start_again()
        wait_for(lambda: say_no(client).status_code == 201, 10, "the server to save again")
        assert client.get("/", headers=BROWSER).status_code == 200
    assert "3 entries" in run("record", "verify", home=home, env=settings)


@pytest.mark.slow
def test_the_worker_outlives_a_full_disk(tmp_path: Path) -> None:
    """Not even a log that cannot be written ends it; when there is room again, it does what waited."""
    home = tmp_path / "house"
    run("apply", str(SAMPLE), home=home)
    with closing(sqlite3.connect(home / "aboveboard.db")) as database, Process("work", home=home) as worker:

        def entered() -> bool:
            return bool(database.execute("SELECT count(*) FROM partners_deliveries").fetchone()[0])

        wait_for(lambda: "worker started" in worker.said(), 20, "the worker to start")
        with no_room(worker, 1):
            run("choose", "deny", "--email", "ann@example.org", home=home)  # whoever said it has room
            quiet_since = time.monotonic()
            # Its loops come round every second or two.
            wait_for(lambda: time.monotonic() - quiet_since > 4, 10, "the worker to fail for a while")
            assert worker.running, worker.said()
            assert not entered()
        wait_for(entered, 40, "the worker to work again")
        assert worker.running
