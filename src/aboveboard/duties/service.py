"""What others may ask of duties: open one, do one, see what is due."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.duties import tables
from aboveboard.duties.model import BY_ITSELF, DONE, UNKNOWN, Duty, DutyError
from aboveboard.record.model import Stamp
from aboveboard.record.service import Record
from aboveboard.store import Tx, insert_once, upsert
from aboveboard.words import Text

_all = tables.duties
_open = _all.c.done_at.is_(None)


class Duties:
    """Duties of one installation."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def open(
        self,
        tx: Tx,
        *,
        kind: str,
        key: str,
        due_at: datetime,
        what: Text,
        why: Text,
        partner: str | None = None,
        entry_id: str | None = None,
        subject: int | None = None,
        detail: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> bool:
        """Open a duty unless it was opened before (same `kind` and `key`, done or not); return whether it is new.

        With `again`, one that ended by itself because its reason was gone (`settle`) is opened anew: the reason is back.
        """
        row = {
            "kind": kind,
            "key": key,
            "due_at": due_at,
            "what": asdict(what),
            "why": asdict(why),
            "partner": partner,
            "entry_id": entry_id,
            "subject": subject,
            "detail": dict(detail or {}),
            "created_at": tx.now,
        }
        once = ["kind", "key"]
        if not again:
            return insert_once(tx.conn, _all, row, key=once)
        anew = row | {"done_at": None, "done_by": None, "evidence": None}
        return upsert(tx.conn, _all, row, key=once, changes=anew, where=_all.c.done_by == BY_ITSELF)

    def done(self, tx: Tx, duty: int, by: str, note: str = "") -> Stamp:
        """Say that `by` (an account's name) did it; the entry is the evidence.

        A `note` is sealed under the key of the person the duty is about, and left out where there is none: what a clerk writes
        may name someone. Raises `DutyError`.
        """
        row = tx.conn.execute(sa.select(_all).where(_all.c.id == duty)).first()
        if row is None:
            raise DutyError("duty_unknown", UNKNOWN)
        personal = {"note": note} if note and row.subject is not None else None
        facts = {"duty": duty, "kind": row.kind}

        def evidence() -> Stamp:
            return self.record.append(tx, "duty.done", subject=row.subject, facts=facts, personal=personal)

        return self._end(tx, duty, by, evidence)

    def done_with(self, tx: Tx, kind: str, key: str, by: str, evidence: Stamp) -> bool:
        """End an open duty for which another entry is the evidence already; return whether there was one."""
        found = tx.conn.execute(
            sa.select(_all.c.id).where(_all.c.kind == kind, _all.c.key == key, _open)
        ).scalar()
        if found is None:
            return False
        self._end(tx, int(found), by, lambda: evidence)
        return True

    def settle(self, tx: Tx, kind: str, still: Collection[str]) -> int:
        """End the open duties of a kind whose reason is gone (whose key is not in `still`); return how many."""
        rows = tx.conn.execute(sa.select(_all.c.id, _all.c.key).where(_all.c.kind == kind, _open)).all()
        gone = [int(row.id) for row in rows if row.key not in still]
        for duty in gone:
            self.done(tx, duty, BY_ITSELF)
        return len(gone)

    def _end(self, tx: Tx, duty: int, by: str, evidence: Callable[[], Stamp]) -> Stamp:
        # The row is claimed before the entry is written, so that of two clerks at once only one leaves evidence.
        claim = sa.update(_all).where(_all.c.id == duty, _open).values(done_at=tx.now, done_by=by)
        if tx.conn.execute(claim).rowcount != 1:
            raise DutyError("duty_done", DONE)
        stamp = evidence()
        tx.conn.execute(sa.update(_all).where(_all.c.id == duty).values(evidence=stamp.id))
        return stamp

    # -- reading -----------------------------------------------------------------------------------------------------

    def due(self, conn: Connection, kind: str | None = None, limit: int = 500) -> list[Duty]:
        """Return what is not done yet, the most pressing first."""
        query = sa.select(_all).where(_open).order_by(_all.c.due_at, _all.c.id).limit(limit)
        return [
            _duty(row) for row in conn.execute(query if kind is None else query.where(_all.c.kind == kind))
        ]

    def overdue(self, conn: Connection, now: datetime) -> list[Duty]:
        """Return what should have been done by `now`, the oldest first."""
        query = sa.select(_all).where(_open, _all.c.due_at <= now).order_by(_all.c.due_at, _all.c.id)
        return [_duty(row) for row in conn.execute(query)]

    def recent(self, conn: Connection, limit: int = 50) -> list[Duty]:
        """Return what was done, the newest first."""
        query = (
            sa.select(_all)
            .where(_all.c.done_at.is_not(None))
            .order_by(_all.c.done_at.desc(), _all.c.id.desc())
            .limit(limit)
        )
        return [_duty(row) for row in conn.execute(query)]

    def get(self, conn: Connection, duty: int) -> Duty | None:
        """Return the duty with this id, or None."""
        row = conn.execute(sa.select(_all).where(_all.c.id == duty)).first()
        return None if row is None else _duty(row)


def _duty(row: Any) -> Duty:
    values = dict(row._mapping)
    return Duty(**values | {"what": Text(**row.what), "why": Text(**row.why)})
