"""What others may ask of the bills: read a file, preview it, take it in, give those of a month, compare a month with its plan.

`read` asks no database and may take its time; `Bills.keep` writes what it found in one transaction. Commands, the desk and
the API go this one way.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.costs import tables
from aboveboard.costs.actual import Items, Month, compare
from aboveboard.costs.model import SAYS, Bill, BillError, BillFileError
from aboveboard.costs.rows import BillRows
from aboveboard.costs.sheets import BOUNDS, Bounds, open_table
from aboveboard.record.model import AlreadyRecorded
from aboveboard.record.service import Record, entry_id_of
from aboveboard.store import Tx
from aboveboard.words import Text

_BATCH = 500
_columns = tables.bills.c
_drafts = tables.drafts.c
#: A file that nobody takes in is forgotten after a day.
DRAFT_LASTS = datetime.timedelta(days=1)

State = Literal["new", "already"]


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says, whole: its bills with their lines, and the lines that cannot be read with the code of the reason."""

    sha256: str
    kind: str
    columns: dict[str, str]
    bills: tuple[tuple[int, Bill], ...]
    bad: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One bill of a file before it is taken: whether it is here already, and which cost of the book it is (None: none)."""

    line: int
    bill: Bill
    state: State
    again: bool
    item: Text | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that a member of staff has handed in and not yet taken: its name, its bytes, the encoding that was named."""

    name: str
    content: bytes
    encoding: str | None
    at: datetime.datetime


@dataclass
class BillReport:
    """What became of a file. `reasons` counts the rows set aside by code, `first_line` says where each began.

    `entry` is the entry of the record that tells of it.
    """

    sha256: str
    kind: str
    columns: dict[str, str]
    taken: int = 0
    already: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first_line: dict[str, int] = field(default_factory=dict)
    entry: str = ""

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


def read(
    book: Book, path: Path, today: datetime.date, encoding: str | None = None, bounds: Bounds = BOUNDS
) -> Read:
    """Return what a file of bills says; raises `BillFileError` for one that is no list of bills. Asks no database."""
    mapping = book.imports.bills
    table = open_table(path, encoding, mapping.delimiter if mapping else None, bounds)
    rows = BillRows(table.rows, mapping, book.business.currency, today)
    body = [row for row in table.rows if row is not rows.header]
    for row in body:
        if row.problem is None:
            rows.look(row.cells)
    names: dict[str, str] = {
        role: rows.names[at] if rows.names else f"#{at + 1}" for role, at in rows.columns.items()
    }
    found: list[tuple[int, Bill]] = []
    bad: list[tuple[int, str]] = []
    for row in body:
        try:
            found.append((row.line, rows.read(row)))
        except BillError as error:
            bad.append((row.line, error.code))
    return Read(table.sha256, table.kind, names, tuple(found), tuple(bad))


class Bills:
    """The bills of one installation."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def take(
        self, tx: Tx, book: Book, path: Path, today: datetime.date, encoding: str | None = None
    ) -> BillReport:
        """Take a file of bills in; raises `BillFileError`. The same bills twice change nothing."""
        return self.keep(tx, read(book, path, today, encoding))

    def keep(self, tx: Tx, said: Read, *, whole: bool = False) -> BillReport:
        """Write the bills of a file that are new. Rows that cannot be read are set aside; if `whole`, they refuse the file."""
        if whole and said.bad:
            lines = ", ".join(str(line) for line, _ in said.bad[:10])
            raise BillFileError("rows_bad", count=len(said.bad), lines=lines)
        report = BillReport(said.sha256, said.kind, said.columns)
        for line, code in said.bad:
            report.set_aside(line, code)
        report.taken = self._write(tx, [bill for _, bill in said.bills])
        report.already = len(said.bills) - report.taken
        report.entry = self._remember(tx, report)
        return report

    def preview(self, conn: Connection, book: Book, said: Read) -> list[Line]:
        """Return what taking a file would do, bill by bill; `again` marks a bill that equals an earlier one of the same file."""
        rows = self._rows([bill for _, bill in said.bills], clock.now())
        known = self._known(conn, [row["digest"] for row in rows])
        items, seen = Items(book), set[Bill]()
        found = []
        for (line, bill), row in zip(said.bills, rows, strict=True):
            state: State = "already" if row["digest"] in known else "new"
            found.append(Line(line, bill, state, bill in seen, items.name_of(bill)))
            seen.add(bill)
        return found

    # -- a file that was handed in at the desk, between its preview and its taking --------------------------------------

    def draft(self, conn: Connection, member: int) -> Draft | None:
        """Return the file that a member of staff has handed in, if it waits to be taken."""
        row = conn.execute(sa.select(tables.drafts).where(_drafts.member == member)).first()
        return None if row is None else Draft(row.name, bytes(row.content), row.encoding, row.at)

    def hand_in(self, tx: Tx, member: int, name: str, content: bytes, encoding: str | None) -> None:
        """Keep a file until it is taken or dropped; each member of staff has one, and what is a day old goes."""
        self.drop(tx, member)
        tx.conn.execute(sa.delete(tables.drafts).where(_drafts.at < tx.now - DRAFT_LASTS))
        row = {"member": member, "name": name[:200], "content": content, "encoding": encoding, "at": tx.now}
        tx.conn.execute(sa.insert(tables.drafts), row)

    def drop(self, tx: Tx, member: int) -> None:
        """Forget the file of a member of staff."""
        tx.conn.execute(sa.delete(tables.drafts).where(_drafts.member == member))

    # -- what was paid ---------------------------------------------------------------------------------------------------

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
        """Write the bills that are new and return how many."""
        rows = self._rows(bills, tx.now)
        known = self._known(tx.conn, [row["digest"] for row in rows])
        new = [row for row in rows if row["digest"] not in known]
        if new:
            tx.conn.execute(sa.insert(tables.bills), new)
        return len(new)

    def _rows(self, bills: Sequence[Bill], now: datetime.datetime) -> list[dict[str, Any]]:
        """Return the rows of the table; equal rows of one file are as many bills."""
        equal: Counter[Bill] = Counter()
        rows = []
        for bill in bills:
            equal[bill] += 1
            rows.append(self._row(bill, equal[bill], now))
        return rows

    def _known(self, conn: Connection, digests: Sequence[bytes]) -> set[bytes]:
        """Return which of these bills are here already."""
        found: set[bytes] = set()
        for start in range(0, len(digests), _BATCH):
            query = sa.select(_columns.digest).where(_columns.digest.in_(digests[start : start + _BATCH]))
            found.update(bytes(digest) for digest in conn.execute(query).scalars())
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

    def _remember(self, tx: Tx, report: BillReport) -> str:
        """Leave an entry: always when something is new, else only for a file that was never here before; return its id."""
        facts = {"what": "bills", "sha256": report.sha256, "counts": report.counts}
        try:
            known = entry_id_of("import", "bills", report.sha256)
            return self.record.append(tx, "import.finished", facts=facts, entry_id=known).id
        except AlreadyRecorded as again:
            return (
                self.record.append(tx, "import.finished", facts=facts).id if report.taken else again.entry_id
            )


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
