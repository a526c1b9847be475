"""The worker: a door that does by itself what is due, behind the record and in time.

Each piece of work has a loop in a thread of its own, so that a partner that hangs does not keep a one-time code waiting, and
one that fails is said and tried again while the others go on. All the time:

- *follow*: from new entries to deliveries;
- *carry*: from deliveries to partners, all partners at once;
- *post*: mail and text messages.

Once a minute:

- *watch*: what partners make due;
- *sweep*: one-time codes whose time is over;
- *renew*: agreements that renew or end, points that lapse;
- *witness*: the newest head of the record to those who keep it outside;
- *stamp*: the newest head to an authority that stamps it with the time;
- *forget*: old signing keys that nothing needs any more.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from aboveboard.editions import stamps
from aboveboard.partners import duties as partner_duties
from aboveboard.partners.courier import Courier
from aboveboard.partners.followers import follow
from aboveboard.store import Tx, now
from aboveboard.watch import duties as watch_duties

if TYPE_CHECKING:
    from aboveboard.house import House

#: One look at a piece of work; returns whether there may be more of it.
Step = Callable[[], bool]

#: Seconds that a dead worker's work stays untouched before another takes it over.
LEASE = 5.0
#: Seconds between two looks: when there was work, when there was none, and at the clock.
BUSY, IDLE, WATCH = 0.2, 1.0, 60.0
#: Seconds that nobody else sends heads out meanwhile: longer than the slowest witness or authority can take.
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
        """Do what is due now: each piece of work until it finds nothing more; raises the first fault after all had a turn."""
        faults = []
        for name, step in {**self._always(), **self._each_minute()}.items():
            try:
                while step():
                    pass
            except Exception as error:  # noqa: BLE001 - the others must have their turn; it is raised afterwards
                _say(name, error)
                faults.append(error)
        if faults:
            raise faults[0]

    def forever(self) -> None:
        """Run the loops until told to stop."""
        rests = {"follow": IDLE / 2, "carry": IDLE, "post": IDLE}
        steps = {**self._always(), "carry": self._carry, **self._each_minute()}
        threads = [
            threading.Thread(
                target=self._repeat,
                args=(name, step, rests.get(name, WATCH)),
                name=f"worker-{name}",
                daemon=True,
            )
            for name, step in steps.items()
        ]
        for thread in threads:
            thread.start()
        _log.info("worker started", holder=self.holder)
        self._stop.wait()
        self._courier.nudge()
        for thread in threads:
            thread.join()
        _log.info("worker stopped", holder=self.holder)

    def _always(self) -> dict[str, Step]:
        return {"follow": self._follow, "carry": self._carry_once, "post": self._post}

    def _each_minute(self) -> dict[str, Step]:
        return {
            "watch": self._watch,
            "sweep": self._sweep,
            "renew": self._renew,
            "witness": self._witness,
            "stamp": self._stamp,
            "forget": self._forget,
        }

    def _repeat(self, name: str, step: Step, idle: float) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                more = step()
            except Exception as error:  # noqa: BLE001 - a worker outlives every single fault, and says it
                failures += 1
                rest = min(_LONGEST_REST, 2.0**failures)
                _say(name, error, again_in=rest)
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

    def _carry_once(self) -> bool:
        return asyncio.run(self._courier.once()) > 0

    def _post(self) -> bool:
        return self._house.messages.deliver(self._house.store, self._house.ways(), self.holder) > 0

    def _watch(self) -> bool:
        with self._mine("partners.watch") as tx:
            if tx is not None:
                partner_duties.watch(tx, self._house.partners)
                watch_duties.watch(tx, self._house.editions, self._house.duties)
        return False

    def _sweep(self) -> bool:
        with self._mine("people.codes") as tx:
            if tx is not None:
                self._house.people.codes.sweep(tx)
        return False

    def _renew(self) -> bool:
        """Prepare renewals, send notices in time, renew and end agreements, let points lapse; once for all workers."""
        house = self._house
        with self._mine("agreements.work") as tx:
            if tx is not None:
                on = house.agreements.today(tx.conn, tx.now)
                house.renewals.work(tx, on)
                house.purses.lapse(tx, on)
        return False

    @contextmanager
    def _mine(self, lease: str) -> Iterator[Tx | None]:
        """Give a transaction in which this worker has the lease for a minute; None while another has it."""
        with self._house.store.write() as tx:
            yield tx if self._house.record.lease(tx, lease, self.holder, WATCH) else None

    def _witness(self) -> bool:
        """Send the newest head out, unless another worker does; say it where a witness did not get it or refuses it."""
        house = self._house
        with self._alone("record.witness", WITNESS) as mine:
            if mine:
                for outcome in house.witnesses.publish(house.store, house.ways(), early=False):
                    if not outcome.ok:
                        _log.warning("head not witnessed", why=outcome.text)
                with house.store.write() as tx:
                    house.witnesses.watch(tx)
        return False

    def _stamp(self) -> bool:
        """Have the newest head stamped, if it is time and there is an authority; say it where that fails, and make it due."""
        house = self._house
        with self._alone("record.stamp", WITNESS) as mine:
            fault = stamps.keep(house.store, house.record, house.duties, house.authority()) if mine else None
            if fault is not None:
                _log.warning("head not stamped", why=fault)
        return False

    @contextmanager
    def _alone(self, lease: str, seconds: float) -> Iterator[bool]:
        """Hold a lease over work that is not one transaction; yields False while another worker has it."""
        house = self._house
        with house.store.write() as tx:
            mine = house.record.lease(tx, lease, self.holder, seconds)
        yield mine
        if mine:  # who fails keeps it until it lapses, and is the one who tries again
            with house.store.write() as tx:
                house.record.lease(tx, lease, self.holder, 0.0)

    def _forget(self) -> bool:
        self._house.keys.signing.forget(now())
        return False


def _say(loop: str, error: Exception, **more: float) -> None:
    """Log a fault: only its kind, for its words may quote what was being worked on. A full disk may take no log either."""
    with suppress(OSError):
        _log.error("worker fault", loop=loop, error=type(error).__name__, place=_place(error), **more)


def _place(error: BaseException) -> str:
    """Return where an error was raised, as file and line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
