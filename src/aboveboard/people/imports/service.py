"""The import itself: open the file, look at all of it once, then write it in batches and leave an entry in the record.

Rows are written some thousand at a time, so that nobody at the desk waits for a long import. Each batch is whole or not
there; what a killed import leaves is a beginning that the next run recognises and goes on from.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from aboveboard.book.model import Book, ImportMapping
from aboveboard.people.imports.columns import ROLES, Layout, find_layout
from aboveboard.people.imports.customers import CustomerRows
from aboveboard.people.imports.model import SAYS, ImportFileError, SetAside, What
from aboveboard.people.imports.reading import Row, Source, open_source
from aboveboard.people.imports.report import Ending, Report
from aboveboard.people.imports.visits import VisitRows
from aboveboard.people.service import People
from aboveboard.record.model import AlreadyRecorded
from aboveboard.record.service import entry_id_of
from aboveboard.store import Tx
from aboveboard.words import Text

if TYPE_CHECKING:
    from aboveboard.house import House

#: Called with (rows done, rows in all) after each batch.
Progress = Callable[[int, int], None]
#: Told how each row ended; those that were set aside a little before their neighbours.
Witness = Callable[[Ending], None]

BATCH = 2_000
T = TypeVar("T")


class _Rows(Protocol[T]):
    """What customers and visits have in common: look at every row, then read and save them."""

    def look(self, cells: Sequence[str]) -> None: ...
    def learnt(self) -> list[Text]: ...
    def read(self, line: int, cells: Sequence[str]) -> T: ...
    def save(self, people: People, tx: Tx, batch: Sequence[T]) -> tuple[list[Ending], int]: ...


def import_customers(
    house: House,
    path: Path,
    progress: Progress | None = None,
    *,
    encoding: str | None = None,
    witness: Witness | None = None,
) -> Report:
    """Import a file of customers into the house; raises `ImportFileError` before anything is written."""
    book, source, layout, _ = _opened(house, path, "customers", encoding)
    rows = CustomerRows(layout, book.business.place[:2])
    return _run(house, "customers", source, layout, rows, progress, witness)


def import_visits(
    house: House,
    path: Path,
    progress: Progress | None = None,
    *,
    encoding: str | None = None,
    witness: Witness | None = None,
) -> Report:
    """Import a file of visits into the house; raises `ImportFileError` before anything is written."""
    book, source, layout, mapping = _opened(house, path, "visits", encoding)
    today = datetime.now(ZoneInfo(book.business.timezone)).date()
    rows = VisitRows(layout, book, mapping, today)
    report = _run(house, "visits", source, layout, rows, progress, witness)
    report.span = rows.span
    return report


def _opened(
    house: House, path: Path, what: What, encoding: str | None
) -> tuple[Book, Source, Layout, ImportMapping | None]:
    """Open a file by the book's mapping; one that has none of the mapped columns is another list, and read without it."""
    with house.store.read() as conn:
        edition = house.editions.current(conn)
    if edition is None:
        raise ImportFileError("no_book")
    mapping: ImportMapping | None = getattr(edition.book.imports, what)
    if mapping is not None:
        source = open_source(path, encoding, mapping.delimiter)
        try:
            return edition.book, source, find_layout(source, what, mapping), mapping
        except ImportFileError as error:
            if error.code != "mapped_none":
                raise
    source = open_source(path, encoding)
    layout = find_layout(source, what, None)
    if mapping is not None:
        layout.assumed.insert(0, SAYS.text("assumed.other_file").filled(what=what))
    return edition.book, source, layout, None


def _run(
    house: House,
    what: What,
    source: Source,
    layout: Layout,
    rows: _Rows[Any],
    progress: Progress | None,
    witness: Witness | None,
) -> Report:
    total = 0
    for row in _body(source, layout):
        total += 1
        if layout.fault(row) is None:
            rows.look(row.cells)
    report = _report(what, source, layout, [*layout.assumed, *rows.learnt()])

    def end(ending: Ending) -> None:
        report.add(ending)
        if witness is not None:
            witness(ending)

    fit = _fitting(source, layout, rows, end)
    while batch := list(itertools.islice(fit, BATCH)):
        with house.store.write() as tx:
            endings, new_people = rows.save(house.people, tx, batch)
        for ending in endings:
            end(ending)
        report.new_people += new_people
        if progress is not None:
            progress(report.counts["rows"], total)
    _remember(house, report)
    return report


def _body(source: Source, layout: Layout) -> Iterator[Row]:
    return (row for row in source.rows() if row.line != layout.header_line)


def _fitting(source: Source, layout: Layout, rows: _Rows[T], end: Witness) -> Iterator[T]:
    """Give the rows that can be taken; the others end here."""
    for row in _body(source, layout):
        code = layout.fault(row)
        if code is None:
            try:
                taken = rows.read(row.line, row.cells)
            except SetAside as aside:
                code = aside.code
            else:
                yield taken
                continue
        end(Ending(row.line, "set_aside", (code,)))


def _report(what: What, source: Source, layout: Layout, assumed: list[Text]) -> Report:
    columns: dict[str, str] = {
        role: ", ".join(layout.names[place] for place in layout.roles[role])
        for role in ROLES[what]
        if role in layout.roles
    }
    return Report(what, source.sha256, source.encoding, source.delimiter, layout.header, columns, assumed)


def _remember(house: House, report: Report) -> None:
    """Leave an entry: always when something changed, else only for a file that was never here before.

    Neither the entry nor its id holds the file's bare hash, which would tell whoever guesses a customer list that it was this
    one. The first entries did, and are still known by it.
    """
    record = house.record
    facts = {
        "what": report.what,
        "file": record.keys.mac("import", report.sha256.encode()).hex(),
        "counts": {**report.counts, "new_people": report.new_people},
    }
    with house.store.write() as tx:
        known = record.get(tx.conn, entry_id_of("import", report.what, report.sha256)) is not None
        try:
            first = None if known else record.repeatable_id("import", report.what, report.sha256)
            if not known or report.changed:
                record.append(tx, "import.finished", facts=facts, entry_id=first)
        except AlreadyRecorded:
            if report.changed:
                record.append(tx, "import.finished", facts=facts)
