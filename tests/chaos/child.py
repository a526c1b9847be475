"""The process that is killed: a house with four clients at work.

Each line that it prints is JSON: `{"ready": true}` once, and for each act, when its commit is confirmed and not before,
`{"client": …, "act": …, "receipts": [...]}`. What could not be done because the database was away is said too
(`{"client": …, "act": …, "again": "OperationalError"}`) and asked again. Anything else that goes wrong is `{"broken": …}`.

    python -m tests.chaos.child '{"home": "var", "url": "sqlite:///var/aboveboard.db", "seed": 1}'
"""

from __future__ import annotations

import itertools
import json
import mmap
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from aboveboard.house import House
from aboveboard.people.erasure import ErasureError
from aboveboard.record.model import AlreadyRecorded, RecordError
from aboveboard.settings import Settings
from aboveboard.store import StorageError, Tx
from tests.chaos.acts import CLIENTS, SUBMITTING, WINDOW, Act, act

#: What a thread's byte in the pulse says.
IDLE, INSIDE, COMMITTING = 0, 1, 2
PULSE_SIZE = 64

#: What a client takes as "not now": the database is away, or somebody else changed the same person in the same moment.
_AGAIN = (StorageError, RecordError, ErasureError)

Json = dict[str, Any]


class Pulse:
    """A byte per thread in a file that outlives the process: whether it was inside a transaction, or in its very commit."""

    def __init__(self, file: Path, engine: Engine) -> None:
        with file.open("r+b") as opened:
            self._bytes = mmap.mmap(opened.fileno(), PULSE_SIZE)
        self._here = threading.local()
        self._places = itertools.count()
        event.listen(engine, "begin", self._begun)
        event.listen(engine, "commit", lambda conn: self._set(COMMITTING, conn))
        event.listen(engine, "rollback", lambda conn: self._set(IDLE, conn))
        event.listen(engine, "checkin", lambda *_: self._set(IDLE))

    def _begun(self, conn: Connection) -> None:
        if conn.get_execution_options().get("aboveboard_write"):
            self._set(INSIDE)

    def _set(self, state: int, conn: Connection | None = None) -> None:
        if conn is not None and not conn.get_execution_options().get("aboveboard_write"):
            return
        if not hasattr(self._here, "place"):
            self._here.place = next(self._places)
        self._bytes[self._here.place] = state


class Clients:
    """The clients of one life. `todo` gives for each client the acts to ask again and the number of the next new one."""

    def __init__(self, house: House, seed: int, todo: list[tuple[list[int], int]]) -> None:
        self.house = house
        self.seed = seed
        self.todo = todo
        self._printing = threading.Lock()

    def say(self, line: Json) -> None:
        """Print one line, whole."""
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self._printing:
            while data:
                data = data[os.write(1, data) :]

    def run(self) -> None:
        """Start the clients and wait for ever; a client that breaks takes the process with it."""
        threads = [threading.Thread(target=self._client, args=(client,)) for client in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _client(self, client: int) -> None:
        try:
            (self._submitting if client in SUBMITTING else self._writing)(client)
        except BrokenPipeError:
            os._exit(1)  # nobody watches any more
        except BaseException:  # noqa: BLE001 - whatever it is, the watcher must hear of it
            self.say({"broken": traceback.format_exc()})
            os._exit(1)

    def _acts(self, client: int) -> Iterator[Act]:
        again, following = self.todo[client]
        for number in itertools.chain(again, itertools.count(following)):
            yield act(self.seed, client, number)

    # -- the two ways to write ----------------------------------------------------------------------------------------

    def _submitting(self, client: int) -> None:
        waiting: deque[tuple[Act, Future[Any] | None]] = deque()
        coming = self._acts(client)
        while True:
            while len(waiting) < WINDOW:
                waiting.append(self._submitted(next(coming)))
            asked, future = waiting.popleft()
            try:
                receipts = future.result() if future else self._known(asked)
            except AlreadyRecorded:
                waiting.append((asked, None))
            except _AGAIN as error:
                self._again(asked, error)
                waiting.append(self._submitted(asked))
            else:
                self._confirm(asked, receipts)

    def _submitted(self, asked: Act) -> tuple[Act, Future[Any]]:
        record = self.house.record

        def then(tx: Tx, ids: list[str]) -> list[Json]:
            return [record.receipt_in(tx, one) for one in ids]

        return asked, self.house.store.submit(lambda tx: self._do(tx, asked), then)

    def _writing(self, client: int) -> None:
        for asked in self._acts(client):
            while True:
                try:
                    self._confirm(asked, self._written(asked))
                    break
                except _AGAIN as error:
                    self._again(asked, error)

    def _written(self, asked: Act) -> list[Json]:
        try:
            with self.house.store.write() as tx:
                ids = self._do(tx, asked)
        except AlreadyRecorded:
            return self._known(asked)
        with self.house.store.read() as conn:
            return [self.house.record.receipt(conn, one) for one in ids]

    def _known(self, asked: Act) -> list[Json]:
        """Return the receipts of an act that was done in an earlier life, or in a commit whose answer was lost."""
        with self.house.store.read() as conn:
            return [self.house.record.receipt(conn, one) for one in asked.ids]

    def _confirm(self, asked: Act, receipts: list[Json]) -> None:
        self.say({"client": asked.client, "act": asked.number, "receipts": receipts})

    def _again(self, asked: Act, error: Exception) -> None:
        self.say({"client": asked.client, "act": asked.number, "again": f"{type(error).__name__}: {error}"})
        time.sleep(0.05)

    # -- the acts -----------------------------------------------------------------------------------------------------

    def _do(self, tx: Tx, asked: Act) -> list[str]:
        """Do `asked` within `tx`; return the ids of the entries that confirm it."""
        if asked.kind == "erase":
            return self._erase(tx, asked)
        for place in range(len(asked.ids)):
            subject = self._save(tx, asked, place)
        if asked.kind == "link":
            self.house.people.link(tx, subject, asked.people[1])
        return list(asked.ids)

    def _save(self, tx: Tx, asked: Act, place: int) -> int:
        identity = asked.people[place]
        subject = self.house.people.locate(tx, identity)
        self.house.choices.save(
            tx,
            subject=subject,
            identity=identity,
            decisions=[asked.said[place]],
            channel="web",
            proven=asked.proven,
            entry_id=asked.ids[place],
        )
        return subject

    def _erase(self, tx: Tx, asked: Act) -> list[str]:
        """Erase the first of the people, if there is such a person; an entry of our own says who it was."""
        subject = self.house.people.find(tx.conn, asked.people[0])
        if subject is not None and self.house.record.is_erased(tx.conn, subject):
            subject = None
        facts = {"duty": "erase", "number": subject}
        self.house.record.append(tx, "duty.done", facts=facts, entry_id=asked.ids[0])
        if subject is None:
            return [asked.ids[0]]
        return [asked.ids[0], self.house.people.erase(tx, subject, "asked").stamp.id]


def seal(house: House, clients: Clients, count: int) -> None:
    """Put `count` entries about new people into the record, by turns in a transaction of its own and with others, and end."""

    def work(tx: Tx) -> str:
        subject = house.record.new_subject(tx)
        facts = {"what": f"process {os.getpid()}"}
        return house.record.append(
            tx, "import.finished", subject=subject, facts=facts, personal={"n": subject}
        ).id

    def then(tx: Tx, entry_id: str) -> Json:
        return house.record.receipt_in(tx, entry_id)

    for _ in range(count // 20):
        futures = [house.store.submit(work, then) for _ in range(10)]
        for _ in range(10):
            with house.store.write() as tx:
                entry_id = work(tx)
            with house.store.read() as conn:
                clients.say({"receipt": house.record.receipt(conn, entry_id)})
        for future in futures:
            clients.say({"receipt": future.result(60)})
    house.close()


def live(job: Json) -> None:
    """Open the house that `job` names and act until killed; or put `entries` into its record, and end."""
    house = House.open(Settings(home=job["home"], database_url=job["url"])).prepare()
    if "entries" in job:
        seal(house, Clients(house, 0, []), job["entries"])
        return
    if "pulse" in job:
        Pulse(Path(job["pulse"]), house.store.engine)
    clients = Clients(house, job["seed"], job.get("todo") or [([], 0)] * CLIENTS)
    clients.say({"ready": True})
    clients.run()


if __name__ == "__main__":
    live(json.loads(sys.argv[1]))
