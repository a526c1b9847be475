"""Heads reach those who keep them: a file, an address; what fails is told, holds up nothing, and is made good."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aboveboard.record import kept
from aboveboard.record.audit import audit
from aboveboard.record.service import Record
from aboveboard.record.witness import Witness, publish, witnesses
from aboveboard.store import Store
from tests.record.tampering import back_to
from tests.support.waiting import free_port

Fill = Callable[[int], list[str]]


class Keeper:
    """An HTTP witness that keeps what it is sent; `status` is what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.status = 200
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                keeper.got.append((self.headers["content-type"], body))
                self.send_response(keeper.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/heads?token=secret"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.server.shutdown()
    keeper.server.server_close()


def _sizes(content: bytes) -> list[int]:
    return [int(note.split("\n")[1]) for note in kept.notes(content.decode())]


def test_each_new_head_reaches_file_and_address_once(
    store: Store, record: Record, fill: Fill, keeper: Keeper, tmp_path: Path
) -> None:
    file = tmp_path / "heads"
    asked = witnesses(f"{file}, {keeper.url},{file},")
    assert [one.where for one in asked] == [str(file), keeper.url]
    for _ in range(3):
        fill(3)
        assert [outcome.ok for outcome in publish(store, record, asked)] == [True, True]
        assert [outcome.new for outcome in publish(store, record, asked)] == [False, False]
    assert _sizes(file.read_bytes()) == [3, 6, 9]
    assert [_sizes(body) for _, body in keeper.got] == [[3], [6], [9]]
    assert {kind for kind, _ in keeper.got} == {"text/plain; charset=utf-8"}
    with store.read() as conn:
        assert audit(conn, record.keys, [("heads", file.read_bytes())]).compared == 3


def test_the_head_of_nothing_is_published_too(sqlite_store: Store, record: Record, tmp_path: Path) -> None:
    [outcome] = publish(sqlite_store, record, [Witness(str(tmp_path / "heads"))])
    assert outcome.ok and outcome.size == 0


def test_a_witness_that_fails_holds_up_nobody_and_catches_up(
    sqlite_store: Store, record: Record, keeper: Keeper, tmp_path: Path
) -> None:
    def grow() -> None:
        with sqlite_store.write() as tx:
            record.append(tx, "duty.done")

    file = Witness(str(tmp_path / "heads"))
    asked = [
        Witness(keeper.url, way="post"),
        Witness(str(tmp_path / "missing" / "heads")),
        Witness("/dev/full"),
        Witness(f"http://127.0.0.1:{free_port()}/", way="post"),
        Witness("http://:0", way="post"),
        file,
    ]
    keeper.status = 503
    grow()
    outcomes = publish(sqlite_store, record, asked)
    assert [outcome.ok for outcome in outcomes] == [False] * 5 + [True]
    assert [outcome.fault for outcome in outcomes[:5]] == [
        "it answered 503.",
        "No such file or directory.",
        "No space left on device.",
        "it could not be reached.",
        "its address cannot be used.",
    ]
    assert "secret" not in outcomes[0].text and outcomes[0].text.startswith(f"{asked[0].name} did not get")
    keeper.status = 204
    grow()
    (tmp_path / "missing").mkdir()
    assert [outcome.ok for outcome in publish(sqlite_store, record, asked)][:2] == [True, True]
    assert [_sizes(body) for _, body in keeper.got] == [[1], [2]]


@pytest.mark.parametrize("cut", [1, 30, 60, -1])
def test_a_note_that_a_crash_cut_off_spoils_no_other(
    sqlite_store: Store, record: Record, tmp_path: Path, cut: int
) -> None:
    file = tmp_path / "heads"
    for torn in (True, False):
        with sqlite_store.write() as tx:
            record.append(tx, "duty.done")
        publish(sqlite_store, record, [Witness(str(file))])
        if torn:
            whole = file.read_bytes()
            file.write_bytes(whole + whole[:cut])
    found = kept.read("heads", file.read_bytes(), record.keys.verifier)
    assert [one.head.size for one in found if isinstance(one, kept.Kept)][-1] == 2


def test_a_witness_finds_an_older_copy_and_is_told_of_it_too(
    sqlite_store: Store, record: Record, tmp_path: Path
) -> None:
    file = tmp_path / "heads"
    for _ in range(5):
        with sqlite_store.write() as tx:
            record.append(tx, "duty.done")
    publish(sqlite_store, record, [Witness(str(file))])
    back_to(sqlite_store, 3)
    publish(sqlite_store, record, [Witness(str(file))])
    assert _sizes(file.read_bytes()) == [5, 3], "a witness keeps whatever head the business shows"
    with sqlite_store.read() as conn:
        found = audit(conn, record.keys, [("heads", file.read_bytes())])
    assert [finding.code for finding in found.findings] == ["rollback"]
