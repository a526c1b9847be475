"""A list at a running server: as much memory for a long one as for a short one, and no work for nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.server import Server, run
from tests.support.waiting import wait_for

MEGABYTE = 1_000_000
#: Bytes by which the serving process may grow, whatever the length of the list. (docs/gate.md states it.)
GROWTH = 48 * MEGABYTE
#: pyarrow itself, once it is loaded, and its pages.
GROWTH_PARQUET = 200 * MEGABYTE
PATH = "/api/v1/gate/list?purpose=marketing_email&recipient=mail_service&column=mail"
_NOTE = "x" * 930


@pytest.fixture(scope="module")
def token(house_home: Path) -> str:
    return run("token", "new", "mailer", "--scope", "gate", home=house_home).split()[0]


def _worker(server: Server) -> Path:
    """The process that answers: the one child of the one that watches."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return Path("/proc", children[0])


def _memory(process: Path, what: str) -> int:
    status = (process / "status").read_text()
    return int(status.split(f"{what}:", 1)[1].split()[0]) * 1024


def _nameless(process: Path) -> list[str]:
    """What the process holds open that has no name: a list that it is at work on."""
    targets = []
    for place in (process / "fd").iterdir():
        try:
            targets.append(str(place.readlink()))
        except FileNotFoundError:
            continue
    return [target for target in targets if "(deleted)" in target]


def _rows(count: int) -> Iterator[bytes]:
    yield b"mail,note\n"
    for start in range(0, count, 1_000):
        yield b"".join(
            b"p%d@example.org,%s\n" % (number, _NOTE.encode()) for number in range(start, start + 1_000)
        )


def _grown(
    server: Server, token: str, content: Iterator[bytes], kind: str
) -> tuple[int, int, httpx.Response]:
    """Send a list and read the answer; return bytes by which the server grew at most, bytes that came back, the answer."""
    process, came = _worker(server), 0
    (process / "clear_refs").write_text("5")
    before = _memory(process, "VmRSS")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    with httpx.stream(
        "POST", server.url + PATH, content=content, headers=headers, timeout=120, trust_env=False
    ) as answer:
        for piece in answer.iter_bytes():
            came += len(piece)
    return _memory(process, "VmHWM") - before, came, answer


@pytest.mark.slow
def test_a_list_of_200_megabytes_needs_no_more_memory_than_a_short_one(server: Server, token: str) -> None:
    _grown(server, token, _rows(1_000), "text/csv")
    sent = sum(map(len, _rows(220_000)))
    assert sent > 200 * MEGABYTE
    grown, came, answer = _grown(server, token, _rows(220_000), "text/csv")
    assert answer.status_code == 200 and came == sent == int(answer.headers["content-length"])
    assert answer.headers["aboveboard-allowed"] == "220000"
    assert grown < GROWTH, f"grew by {grown / MEGABYTE:.0f} MB"


@pytest.mark.slow
def test_a_parquet_file_larger_than_its_share_of_memory_passes(
    server: Server, token: str, tmp_path: Path
) -> None:
    file = tmp_path / "list.parquet"
    schema = pa.schema([("mail", pa.string()), ("note", pa.string())])
    with pq.ParquetWriter(file, schema, compression="none", use_dictionary=False) as out:
        for start in range(0, 220_000, 55_000):
            numbers = range(start, start + 55_000)
            columns = [
                [f"p{number}@example.org" for number in numbers],
                [f"{number}{_NOTE}" for number in numbers],
            ]
            out.write_table(pa.table(columns, schema=schema), row_group_size=55_000)
    assert file.stat().st_size > 200 * MEGABYTE
    _grown(server, token, _rows(1_000), "text/csv")

    def pieces() -> Iterator[bytes]:
        with file.open("rb") as whole:
            while piece := whole.read(MEGABYTE):
                yield piece

    grown, came, answer = _grown(server, token, pieces(), "application/vnd.apache.parquet")
    assert answer.status_code == 200 and answer.headers["aboveboard-allowed"] == "220000", answer.headers
    assert came == int(answer.headers["content-length"])
    assert grown < GROWTH_PARQUET, f"grew by {grown / MEGABYTE:.0f} MB"


def _call(server: Server, token: str, length: int) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    lines = (
        f"POST {PATH} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: text/csv",
        f"Authorization: Bearer {token}",
        f"Content-Length: {length}",
    )
    wire.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
    return wire


@pytest.mark.parametrize("when", ["while it is sent", "while it is judged", "while it is answered"])
def test_who_goes_away_leaves_no_work_behind(server: Server, token: str, when: str) -> None:
    process = _worker(server)
    content = b"mail\n" + b"".join(b"p%d@example.org\n" % number for number in range(400_000))
    wire = _call(server, token, len(content))
    if when == "while it is sent":
        wire.sendall(content[: len(content) // 2])
        wait_for(lambda: len(_nameless(process)) == 2, 10, "the list is received")
    else:
        wire.sendall(content)
        wait_for(lambda: len(_nameless(process)) == 2, 10, "the list is received")
        if when == "while it is answered":
            assert wire.recv(100).startswith(b"HTTP/1.1 200")
    gone = time.monotonic()
    wire.close()
    wait_for(lambda: not _nameless(process), 10, "the work is given up")
    # All 400,000 rows take several seconds.
    assert when == "while it is answered" or time.monotonic() - gone < 2
    for _ in range(2):  # and the places are free
        answer = httpx.post(
            server.url + PATH,
            content=b"mail\na@example.org\n",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "text/csv"},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
