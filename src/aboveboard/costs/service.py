"""What others may ask of the bills: take a file in, give those of a month, compare a month with its plan."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.book.model import Book
from aboveboard.costs import tables
from aboveboard.costs.actual import Month, compare
from aboveboard.costs.model import SAYS, Bill, BillError
from aboveboard.costs.rows import BillRows
from aboveboard.costs.sheets import open_table
from aboveboard.record.model import AlreadyRecorded
from aboveboard.record.service import Record, entry_id_of
from aboveboard.store import Tx

_BATCH = 500
_columns = tables.bills.c


@dataclass
class BillReport:
    """What became of a file. `reasons` counts the rows set aside by code, `first_line` says where each began."""

    sha256: str
    kind: str
    columns: dict[str, str]
    taken: int = 0
    already: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first_line: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by how they ended; `rows` is the sum of the other three."""
        aside = sum(self.reasons.values())
        whole = self.taken + self.already + aside
        return {"rows": whole, "taken": self.taken, "already": self.already, "set_aside": aside}

    def set_aside(self, line: int, code: str) -> None:
        """Count a row that cannot be taken."""
        self.reasons[code] += 1
        self.first_line.setdefault(code, line)

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        reasons = dict(self.reasons.most_common())
        return {
            "what": "bills",
            "sha256": self.sha256,
            "columns": self.columns,
            **self.counts,
            "reasons": reasons,
        }

    def say(self, lang: str) -> list[str]:
        """Return the report as lines to read."""
        counts = {key: f"{value:,}" for key, value in self.counts.items()}
        lines = [SAYS("report.rows", lang, **counts)]
        for code, count in self.reasons.most_common():
            why, line = SAYS.text(f"reason.{code}"), self.first_line[code]
            lines.append("  " + SAYS("report.reason", lang, count=f"{count:,}", why=why, line=line))
        return lines


class Bills:
    """The bills of one installation."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def take(
        self, tx: Tx, book: Book, path: Path, today: datetime.date, encoding: str | None = None
    ) -> BillReport:
        """Take a file of bills in, whole or not at all; raises `BillFileError`. The same bills twice change nothing."""
        mapping = book.imports.bills
        table = open_table(path, encoding, mapping.delimiter if mapping else None)
        rows = BillRows(table.rows, mapping, book.business.currency, today)
        body = [row for row in table.rows if row is not rows.header]
        for row in body:
            if row.problem is None:
                rows.look(row.cells)
        names: dict[str, str] = {
            role: rows.names[at] if rows.names else f"#{at + 1}" for role, at in rows.columns.items()
        }
        report = BillReport(table.sha256, table.kind, names)
        found: list[Bill] = []
        for row in body:
            try:
                found.append(rows.read(row))
            except BillError as error:
                report.set_aside(row.line, error.code)
        report.taken = self._write(tx, found)
        report.already = len(found) - report.taken
        self._remember(tx, report)
        return report

    def of_month(self, conn: Connection, month: datetime.date) -> list[Bill]:
        """Return the bills of the month that `month` lies in, by day."""
        first = month.replace(day=1)
        query = (
            sa.select(tables.bills)
            .where(_columns.billed_on >= first, _columns.billed_on < following(first))
            .order_by(_columns.billed_on, _columns.digest)
        )
        return [
            Bill(
                day=row.billed_on,
                item=row.item,
                supplier=row.supplier,
                amount=row.amount,
                quantity=None if row.quantity is None else Decimal(row.quantity),
                note=row.note,
            )
            for row in conn.execute(query)
        ]

    def months(self, conn: Connection, most: int = 24) -> list[datetime.date]:
        """Return the first days of the months that have bills, newest first."""
        days = conn.execute(sa.select(_columns.billed_on).distinct().order_by(_columns.billed_on.desc()))
        return list(dict.fromkeys(day.replace(day=1) for day in days.scalars()))[:most]

    def actual(self, conn: Connection, book: Book, month: datetime.date, today: datetime.date) -> Month:
        """Return a month's bills beside a normal month, with the reason where they part."""
        return compare(book, self.of_month(conn, month), month.replace(day=1), today)

    def _write(self, tx: Tx, bills: Sequence[Bill]) -> int:
        """Write the bills that are new and return how many; equal rows of one file are as many bills."""
        equal: Counter[Bill] = Counter()
        rows = []
        for bill in bills:
            equal[bill] += 1
            rows.append(self._row(bill, equal[bill], tx.now))
        known = self._known(tx, [row["digest"] for row in rows])
        new = [row for row in rows if row["digest"] not in known]
        if new:
            tx.conn.execute(sa.insert(tables.bills), new)
        return len(new)

    def _known(self, tx: Tx, digests: Sequence[bytes]) -> set[bytes]:
        """Return which of these bills are here already."""
        found: set[bytes] = set()
        for start in range(0, len(digests), _BATCH):
            query = sa.select(_columns.digest).where(_columns.digest.in_(digests[start : start + _BATCH]))
            found.update(bytes(digest) for digest in tx.conn.execute(query).scalars())
        return found

    def _row(self, bill: Bill, number: int, now: datetime.datetime) -> dict[str, Any]:
        quantity = None if bill.quantity is None else f"{bill.quantity.normalize():f}"
        said = (bill.day.isoformat(), bill.item, bill.supplier, bill.amount, quantity, bill.note, number)
        return {
            "digest": self.record.keys.mac("costs.bill", "\0".join(map(str, said)).encode()),
            "billed_on": bill.day,
            "item": bill.item,
            "supplier": bill.supplier,
            "amount": bill.amount,
            "quantity": quantity,
            "note": bill.note,
            "imported_at": now,
        }

    def _remember(self, tx: Tx, report: BillReport) -> None:
        """Leave an entry: always when something is new, else only for a file that was never here before."""
        facts = {"what": "bills", "sha256": report.sha256, "counts": report.counts}
        try:
            self.record.append(
                tx, "import.finished", facts=facts, entry_id=entry_id_of("import", "bills", report.sha256)
            )
        except AlreadyRecorded:
            if report.taken:
                self.record.append(tx, "import.finished", facts=facts)


def month_of(written: str) -> datetime.date | None:
    """Return the first day of a month that is written like `2026-10`, or None; the calendar's last month is none."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", written, re.ASCII) or written.startswith("0000"):
        return None
    first = datetime.date.fromisoformat(f"{written}-01")
    # Nothing can be compared with the day after it.
    return first if first < datetime.date.max.replace(day=1) else None


def following(first: datetime.date) -> datetime.date:
    """Return the first day of the next month."""
    return (first + datetime.timedelta(days=32)).replace(day=1)
