"""The worker: a door that does by itself what is due, behind the record and in time.

Five loops, each in a thread of its own, so that a partner that hangs does not keep a one-time code waiting:

- *follow*: from new entries to deliveries;
- *carry*: from deliveries to partners, all partners at once;
- *post*: mail and text messages;
- *watch*: what is due, and agreements that renew or end, once a minute;
- *witness*: the newest head of the record to those who keep it outside, once a minute.

Any number of workers may share one database: each piece of work is held by a lease that is renewed while the work goes on. A
worker that dies loses its leases within seconds, and the others go on where it stopped. There is nothing to hand over, for all
there is to know stands in the database.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from aboveboard.partners import duties as partner_duties
from aboveboard.partners.courier import Courier
from aboveboard.partners.followers import follow
from aboveboard.record.stamping import StampError, stamp
from aboveboard.store import now

if TYPE_CHECKING:
    from aboveboard.house import House

#: Seconds that a dead worker's work stays untouched before another takes it over.
LEASE = 5.0
#: Seconds between two looks: when there was work, when there was none, and at the clock.
BUSY, IDLE, WATCH = 0.2, 1.0, 60.0
#: Seconds that nobody else sends heads out meanwhile: longer than the slowest witnesses can take.
WITNESS = 150.0
#: The longest rest after errors in a row, in seconds.
_LONGEST_REST = 30.0

_log = structlog.get_logger("aboveboard.worker")


def run(house: House, *, once: bool = False, stop: threading.Event | None = None) -> None:
    """Work until `stop` is set, or with `once` do what is due now and return.

    What is under way when it is told to stop is finished first, which takes no longer than the slowest answer that a partner may
    give (15 seconds).
    """
    worker = Worker(house, stop or threading.Event())
    if once:
        worker.once()
    else:
        worker.forever()


class Worker:
    """One worker process."""

    def __init__(self, house: House, stop: threading.Event) -> None:
        self._house = house
        self._stop = stop
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._courier = Courier(house.store, house.partners, self.holder, LEASE)

    def once(self) -> None:
        """Do what is due now: each loop until it finds nothing more."""
        while self._follow():
            pass
        while asyncio.run(self._courier.once()):
            pass
        while self._post():
            pass
        self._watch()
        self._witness()

    def forever(self) -> None:
        """Run the loops until told to stop."""
        loops = {
            "follow": lambda: self._repeat("follow", self._follow, IDLE / 2),
            "carry": lambda: self._repeat("carry", self._carry, IDLE),
            "post": lambda: self._repeat("post", self._post, IDLE),
            "watch": lambda: self._repeat("watch", self._watch, WATCH),
            "witness": lambda: self._repeat("witness", self._witness, WATCH),
        }
        threads = [
            threading.Thread(target=loop, name=f"worker-{name}", daemon=True) for name, loop in loops.items()
        ]
        for thread in threads:
            thread.start()
        _log.info("worker started", holder=self.holder)
        self._stop.wait()
        self._courier.nudge()
        for thread in threads:
            thread.join()
        _log.info("worker stopped", holder=self.holder)

    def _repeat(self, name: str, step: Callable[[], bool], idle: float) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                more = step()
            except Exception as error:  # noqa: BLE001 - a worker outlives every single fault, and says it
                failures += 1
                rest = min(_LONGEST_REST, 2.0**failures)
                kind, place = type(error).__name__, _place(error)
                # Only the kind of error: its words may quote what was being worked on. A full disk may take no log either.
                with suppress(OSError):
                    _log.error("worker fault", loop=name, error=kind, place=place, again_in=rest)
            else:
                failures, rest = 0, BUSY if more else idle
            self._stop.wait(rest)

    # -- one step of each loop ---------------------------------------------------------------------------------------

    def _follow(self) -> bool:
        if not follow(self._house.store, self._house.partners, self.holder, LEASE):
            return False
        self._courier.nudge()
        return True

    def _carry(self) -> bool:
        asyncio.run(self._courier.run(self._stop, BUSY, IDLE))
        return False

    def _post(self) -> bool:
        return self._house.messages.deliver(self._house.store, self._house.ways(), self.holder) > 0

    def _watch(self) -> bool:
        with self._house.store.write() as tx:
            if self._house.record.lease(tx, "partners.watch", self.holder, WATCH):
                partner_duties.watch(tx, self._house.partners)
                self._house.people.codes.sweep(tx)
        self._renew()
        return False

    def _renew(self) -> None:
        """Prepare renewals, send notices in time, renew and end agreements, let points lapse; once for all workers."""
        house = self._house
        with house.store.write() as tx:
            if house.record.lease(tx, "agreements.work", self.holder, WATCH):
                on = house.agreements.today(tx.conn, tx.now)
                house.renewals.work(tx, on)
                house.purses.lapse(tx, on)

    def _witness(self) -> bool:
        """Send the newest head out, unless another worker does; say it where a witness did not get it or refuses it."""
        house = self._house
        with house.store.write() as tx:
            if not house.record.lease(tx, "record.witness", self.holder, WITNESS):
                return False
        for outcome in house.witnesses.publish(house.store, house.ways(), early=False):
            if not outcome.ok:
                _log.warning("head not witnessed", why=outcome.text)
        with house.store.write() as tx:
            house.witnesses.watch(tx)
            house.record.lease(tx, "record.witness", self.holder, 0.0)
        self._stamp()
        house.keys.signing.forget(now())  # last: where the key ring cannot be written, all else is done
        return False

    def _stamp(self) -> None:
        """Have the newest head stamped, if it is time and there is an authority; say it where that fails."""
        authority = self._house.authority()
        if authority is None or not authority.url:
            return
        try:
            stamp(self._house.store, self._house.record, authority, early=False)
        except StampError as error:
            _log.warning("head not stamped", why=str(error))


def _place(error: BaseException) -> str:
    """Return where an error was raised, as file and line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
