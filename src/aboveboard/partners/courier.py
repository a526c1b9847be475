"""The courier: carries what is due to each partner until it is confirmed.

For one partner at a time (held by a lease, so that two workers never speak to the same partner at once) it takes a batch of due
messages, sends several at once but those about one person one after the other and oldest first, and writes down all answers
in one transaction. It may be killed anywhere: an answer that was not written down is asked for again, under the same message id,
which the partner already knows.

A partner that does not answer is left in peace for a growing while and then asked with a single message; the first answer
opens the way for all the others. It is never given up: after a week it is still asked every hour, and since its third day a duty
says so on the desk. A message that only this partner does not want (400, 413, 422 …) waits alone and holds up nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from aboveboard.partners import followers, message, model, tables
from aboveboard.partners.model import Tell, Verdict
from aboveboard.partners.service import Partners
from aboveboard.proof.webhooks import sign
from aboveboard.record.model import RecordError
from aboveboard.store import Store, Tx, now, upsert
from aboveboard.web import outgoing

if TYPE_CHECKING:
    import httpx

#: Messages in one batch (and one commit), and how many of them are under way at once.
BATCH = 64
AT_ONCE = 8
#: From so many failures in a row on, a partner that answers again gets everything that waits at once.
BACK_AFTER = 3

_d = tables.deliveries
_a = tables.answering
_log = structlog.get_logger("aboveboard.partners")


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One message, ready to be sent, or `stopped` by a code that says why it must not be sent any more."""

    partner: str
    entry_id: str
    subject: int
    message: str
    attempts: int
    told: bool
    body: bytes = b""
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    url: str
    secrets: list[bytes]
    parcels: list[_Parcel]


class Courier:
    """Carries messages for one worker process; `holder` is its name on leases of `lease` seconds."""

    def __init__(
        self,
        store: Store,
        partners: Partners,
        holder: str,
        lease: float,
        *,
        seconds: float = outgoing.SECONDS,
        quiet: bool = False,
    ) -> None:
        self._store = store
        self._partners = partners
        self._record = partners.record
        self._holder = holder
        self._lease = lease
        self._seconds = seconds
        self._quiet = quiet  # a command says itself who could not be told
        self._spread = random.Random()  # noqa: S311 - it spreads tries in time, it guards nothing
        self._held: dict[str, float] = {}
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def nudge(self) -> None:
        """Say, from any thread, that something new is due (or that it is time to stop)."""
        if self._loop is not None and self._wake is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, stop: threading.Event, busy: float = 0.2, idle: float = 1.0) -> None:
        """Carry until `stop` is set, looking every `busy` or `idle` seconds; what is under way then is finished first."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        serving: dict[str, asyncio.Task[int]] = {}
        while not stop.is_set():
            self._wake.clear()
            for partner in await self._store.aread(self._waiting):
                if partner not in serving:
                    serving[partner] = asyncio.create_task(self._serve(partner, stop.is_set))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), busy if serving else idle)
            for partner in [partner for partner, task in serving.items() if task.done()]:
                _report(partner, serving.pop(partner))
        await asyncio.gather(*serving.values(), return_exceptions=True)
        for partner in list(self._held):
            await self._hold(partner, 0.0)

    async def once(self) -> int:
        """Carry what is due now and return how many messages were answered (told or confirmed)."""
        partners = await self._store.aread(self._waiting)
        answered = sum(await asyncio.gather(*(self._serve(partner, lambda: False) for partner in partners)))
        for partner in list(self._held):
            await self._hold(partner, 0.0)
        return answered

    def at_once(self) -> None:
        """Do what a worker would do now: make the deliveries of new entries, and try each partner that is not paused."""
        while followers.follow(self._store, self._partners, self._holder, self._lease):
            pass
        while asyncio.run(self.once()):
            pass

    def _waiting(self, conn: Connection) -> list[str]:
        """Return the partners for whom something is due and who are not paused."""
        at = now()
        edition = self._partners.editions.current(conn)
        if edition is None:
            return []
        paused = set(conn.execute(sa.select(_a.c.partner).where(_a.c.paused_until > at)).scalars())
        told = [partner.id for partner in edition.book.partners if partner.feed.webhook is not None]
        return [partner for partner in told if partner not in paused and _due_to(conn, partner, at, 1)]

    # -- one partner -------------------------------------------------------------------------------------------------

    async def _serve(self, partner: str, stopped: Callable[[], bool]) -> int:
        """Carry everything that is due to one partner; return how many messages were answered."""
        fresh = self._held.get(partner, 0.0) > time.monotonic() + self._lease / 2
        if not fresh and not await self._hold(partner, self._lease):
            return 0
        beat = asyncio.create_task(self._keep(partner))
        answered = 0
        try:
            async with outgoing.client() as http:
                while not stopped() and not beat.done():
                    batch = await self._store.aread(lambda conn: self._batch(conn, partner))
                    if batch is None or not batch.parcels:
                        break
                    answers = await self._carry(http, batch)
                    answered += sum(verdict.outcome != "not_yet" for _, verdict in answers)
                    written = partial(self._write_down, partner=partner, answers=answers)
                    if not await self._store.awrite(written):
                        break
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)
        return answered

    async def _hold(self, partner: str, seconds: float) -> bool:
        name = f"partners.courier:{partner}"
        until = time.monotonic() + seconds
        held = bool(await self._store.awrite(lambda tx: self._record.lease(tx, name, self._holder, seconds)))
        if held and seconds:
            self._held[partner] = until
        else:
            self._held.pop(partner, None)
        return held

    async def _keep(self, partner: str) -> None:
        """Renew the lease while a batch is under way; ends when another worker has it."""
        while True:
            await asyncio.sleep(self._lease / 3)
            if not await self._hold(partner, self._lease):
                return

    def _batch(self, conn: Connection, name: str) -> _Batch | None:
        at = now()
        edition = self._partners.editions.current(conn)
        partner = edition.book.partner(name) if edition else None
        if partner is None or partner.feed.webhook is None:
            return None  # the follower of the book will move these deliveries
        answering = conn.execute(sa.select(_a).where(_a.c.partner == name)).first()
        if answering is not None and answering.paused_until is not None and answering.paused_until > at:
            return None
        probing = answering is not None and answering.failures > 0
        rows = _due_to(conn, name, at, 1 if probing else BATCH)
        secrets = self._partners.secrets(conn, name, at)
        return _Batch(partner.feed.webhook, secrets, [self._parcel(conn, row, secrets) for row in rows])

    def _parcel(self, conn: Connection, row: Any, secrets: Sequence[bytes]) -> _Parcel:
        people, told = self._partners.people, row.told_at is not None
        what = [Tell.from_json(kept) for kept in row.tells]
        stopped, body = None, b""
        if told and model.overtaken(what, _told_since(conn, row)):
            stopped = "superseded"
        else:
            try:
                identities = people.identities(conn, people.present(conn, row.subject))
                body = message.body(row.message, row.at, what, message.named(secrets, identities))
            except RecordError:
                stopped = "person_erased"
        return _Parcel(row.partner, row.entry_id, row.subject, row.message, row.attempts, told, body, stopped)

    async def _carry(self, http: httpx.AsyncClient, batch: _Batch) -> list[tuple[_Parcel, Verdict]]:
        """Send a batch and return what was answered; what was held back because the partner failed is not among it."""
        people: dict[int, list[_Parcel]] = {}
        for parcel in batch.parcels:
            people.setdefault(parcel.subject, []).append(parcel)
        answers: list[tuple[_Parcel, Verdict]] = []
        trouble = asyncio.Event()
        places = asyncio.Semaphore(AT_ONCE)

        async def of_one_person(parcels: list[_Parcel]) -> None:
            for parcel in parcels:
                async with places:
                    if trouble.is_set():
                        return
                    verdict = await self._send(http, batch, parcel)
                answers.append((parcel, verdict))
                if verdict.everyone:
                    trouble.set()
                if verdict.outcome == "not_yet" and not parcel.stopped:
                    return  # the newer one about this person must not overtake

        await asyncio.gather(*(of_one_person(parcels) for parcels in people.values()))
        return answers

    async def _send(self, http: httpx.AsyncClient, batch: _Batch, parcel: _Parcel) -> Verdict:
        if parcel.stopped:
            return Verdict("not_yet", parcel.stopped)
        headers = sign(batch.secrets, parcel.message, int(time.time()), parcel.body)
        return model.judge(
            await outgoing.post(http, batch.url, parcel.body, headers, self._seconds), parcel.message
        )

    # -- writing down ------------------------------------------------------------------------------------------------

    def _write_down(self, tx: Tx, partner: str, answers: list[tuple[_Parcel, Verdict]]) -> bool:
        """Write a batch's answers; return whether the partner may be sent more at once."""
        for parcel, verdict in answers:
            if verdict.outcome == "not_yet":
                self._not_yet(tx, parcel, verdict)
            else:
                self._answered(tx, parcel, verdict)
        if any(verdict.everyone for _, verdict in answers):
            code = next(verdict.code for _, verdict in answers if verdict.everyone)
            self._pause(tx, partner, code)
            return False
        if not all(parcel.stopped for parcel, _ in answers):
            self._well(tx, partner)
        return True

    def _answered(self, tx: Tx, parcel: _Parcel, verdict: Verdict) -> None:
        confirmed = verdict.outcome == "confirmed"
        values = {
            "state": verdict.outcome,
            "attempts": _d.c.attempts + 1,
            "told_at": sa.func.coalesce(_d.c.told_at, sa.bindparam("told", tx.now, _d.c.told_at.type)),
            "confirmed_at": tx.now if confirmed else None,
            "next_try_at": None
            if confirmed
            else self._later(tx.now, parcel.attempts, model.FIRST_ASKING, model.LONGEST_ASKING),
            "last_error": verdict.code,
        }
        if self._update(tx, parcel, values) and (confirmed or not parcel.told):
            facts = {"partner": parcel.partner, "entry": parcel.entry_id, "message": parcel.message}
            self._record.append(tx, f"partner.{verdict.outcome}", subject=parcel.subject, facts=facts)

    def _not_yet(self, tx: Tx, parcel: _Parcel, verdict: Verdict) -> None:
        if parcel.stopped:
            over: dict[str, Any] = {"next_try_at": None, "last_error": parcel.stopped}
            self._update(tx, parcel, over if parcel.told else over | {"state": "failed"})
            return
        bounds = (
            (model.FIRST_ASKING, model.LONGEST_ASKING)
            if parcel.told
            else (model.FIRST_PAUSE, model.LONGEST_PAUSE)
        )
        again = self._later(tx.now, parcel.attempts, *bounds)
        self._update(
            tx, parcel, {"attempts": _d.c.attempts + 1, "next_try_at": again, "last_error": verdict.code}
        )

    def _later(self, at: datetime, attempts: int, first: float, longest: float) -> datetime:
        return at + timedelta(seconds=model.pause(attempts + 1, self._spread.random(), first, longest))

    def _update(self, tx: Tx, parcel: _Parcel, values: dict[str, Any]) -> bool:
        # Only while it is still open: another worker, or a new edition of the book, may have settled it meanwhile.
        mine = sa.and_(
            _d.c.partner == parcel.partner,
            _d.c.entry_id == parcel.entry_id,
            _d.c.state.in_(("waiting", "told")),
        )
        return tx.conn.execute(sa.update(_d).where(mine).values(values)).rowcount == 1

    def _pause(self, tx: Tx, partner: str, code: str | None) -> None:
        row = tx.conn.execute(sa.select(_a).where(_a.c.partner == partner)).first()
        failures = (row.failures if row is not None else 0) + 1
        seconds = model.pause(failures, self._spread.random())
        since = row.failing_since if row is not None and row.failing_since is not None else tx.now
        values = {
            "failures": failures,
            "failing_since": since,
            "paused_until": tx.now + timedelta(seconds=seconds),
            "last_error": code,
        }
        upsert(tx.conn, _a, {"partner": partner, **values}, key="partner")
        told = {"partner": partner, "code": code, "failures": failures, "seconds": round(seconds, 1)}
        if not self._quiet:
            tx.after_commit(lambda: _log.warning("partner paused", **told))

    def _well(self, tx: Tx, partner: str) -> None:
        """Note that the partner answers; after a real outage, everything that waited is due now."""
        row = tx.conn.execute(sa.select(_a.c.failures).where(_a.c.partner == partner)).first()
        if row is None or row.failures == 0:
            return
        well = {"failures": 0, "failing_since": None, "paused_until": None, "last_error": None}
        tx.conn.execute(sa.update(_a).where(_a.c.partner == partner).values(well))
        if row.failures >= BACK_AFTER:
            tx.conn.execute(
                sa.update(_d)
                .where(_d.c.partner == partner, _d.c.state == "waiting")
                .values(next_try_at=tx.now)
            )
        if not self._quiet:
            again = {"partner": partner, "failures": row.failures}
            tx.after_commit(lambda: _log.info("partner answers again", **again))


def _due_to(conn: Connection, partner: str, at: datetime, limit: int) -> list[Any]:
    """Return what is due to a partner: new messages in their turn, and those to ask again about, in the order of the record.

    A new message waits while an older one about the same person does.
    """
    mine, due, older = _d.c.partner == partner, _d.c.next_try_at <= at, _d.alias("older")
    held_up = sa.exists().where(
        older.c.partner == _d.c.partner,
        older.c.subject == _d.c.subject,
        older.c.entry_index < _d.c.entry_index,
        older.c.state == "waiting",
        older.c.next_try_at > at,
    )
    new = (
        sa.select(_d)
        .where(mine, _d.c.state == "waiting", due, ~held_up)
        .order_by(_d.c.entry_index)
        .limit(limit)
    )
    again = sa.select(_d).where(mine, _d.c.state == "told", due).order_by(_d.c.next_try_at).limit(limit)
    found = list(conn.execute(new).all())
    found += conn.execute(again).all() if len(found) < limit else []
    return sorted(found[:limit], key=lambda row: row.entry_index)


def _told_since(conn: Connection, row: Any) -> list[Tell]:
    """Return what the partner was told about the same person after this."""
    newer = sa.select(_d.c.tells).where(
        _d.c.partner == row.partner,
        _d.c.subject == row.subject,
        _d.c.entry_index > row.entry_index,
        _d.c.told_at.is_not(None),
    )
    return [Tell.from_json(kept) for tells in conn.execute(newer).scalars() for kept in tells]


def _report(partner: str, task: asyncio.Task[int]) -> None:
    error = task.exception()
    if error is not None:
        _log.error("courier failed", partner=partner, error=type(error).__name__)
