"""From a file to lines of cells: CSV as `people.imports` reads it, or the first sheet of a spreadsheet.

A spreadsheet is a compressed folder, and a hostile one unpacks to more than any machine holds. So all of it is unpacked once
with a count, and its checksums compared, before the reader of spreadsheets sees it.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aboveboard.costs.model import BillFileError
from aboveboard.people.imports.model import ImportFileError
from aboveboard.people.imports.reading import Row, open_source

#: Bytes of a spreadsheet, packed and unpacked; and rows. A firm's bills of ten years are a hundredth of it.
LARGEST_SHEET = 32 * 2**20
LARGEST_UNPACKED = 256 * 2**20
MOST_ROWS = 200_000
#: What an archive raises that is damaged; locked or packed in a way nobody reads, it is a RuntimeError.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError, ValueError)
_PACKED, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Table:
    """The rows of a file, with the file's SHA-256 and what kind of file it is (`csv` or `sheet`)."""

    sha256: str
    kind: str
    rows: list[Row]


def open_table(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Read a file; raises `BillFileError` for one that is no table."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise BillFileError(
            "unreadable", file=path.name, why=error.strerror or type(error).__name__
        ) from None
    if start in (_PACKED, _OLD):
        return _sheet(path)
    try:
        source = open_source(path, encoding, delimiter)
    except ImportFileError as error:
        raise BillFileError("no_table", why=error.text) from None
    rows: list[Row] = []
    for row in source.rows():
        if len(rows) == MOST_ROWS:
            raise BillFileError("too_many_rows", most=f"{MOST_ROWS:,}")
        rows.append(row)
    return Table(source.sha256, "csv", rows)


def _sheet(path: Path) -> Table:
    if path.stat().st_size > LARGEST_SHEET:
        raise BillFileError("too_large", limit=LARGEST_SHEET // 2**20)
    data = path.read_bytes()
    if data.startswith(_PACKED):
        _unpacks(data)
    cells = _cells(data)
    if len(cells) > MOST_ROWS:
        raise BillFileError("too_many_rows", most=f"{MOST_ROWS:,}")
    rows = [Row(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, 1)]
    return Table(
        hashlib.sha256(data).hexdigest(), "sheet", [row for row in rows if any(map(str.strip, row.cells))]
    )


def _unpacks(data: bytes) -> None:
    """Raise `BillFileError` if the folder is damaged or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as folder:
            if sum(_sizes(folder)) > LARGEST_UNPACKED:
                raise BillFileError("too_large", limit=LARGEST_SHEET // 2**20)
            if folder.testzip() is not None:
                raise BillFileError("damaged")
    except _BROKEN as error:
        if isinstance(error, BillFileError):
            raise
        raise BillFileError("damaged") from None


def _sizes(folder: zipfile.ZipFile) -> Iterator[int]:
    return (entry.file_size for entry in folder.infolist())


def _cells(data: bytes) -> list[list[Any]]:
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False) if book.sheet_names else []
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # noqa: BLE001 - a fault in native code arrives as a BaseException of its own
        raise BillFileError("damaged") from None


def _text(cell: Any) -> str:
    """Return a cell as its owner would type it: days as 2026-10-05, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return f"{cell:.12g}" if abs(cell) < 1e12 and "e" not in f"{cell:.12g}" else f"{cell:f}"
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)
