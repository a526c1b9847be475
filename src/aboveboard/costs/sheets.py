"""From a file to lines of cells: CSV as `people.imports` reads it, or the first sheet of a spreadsheet.

A spreadsheet is a compressed folder, and a hostile one unpacks to more than any machine holds. So all of it is unpacked once
with a count, and its checksums compared, before the reader of spreadsheets sees it; and the reader is a process of its own
(`sheet_reader`), because what a sheet says of its size may be more than any machine holds, too.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aboveboard.costs import sheet_reader
from aboveboard.costs.model import BillFileError
from aboveboard.people.imports.model import ImportFileError
from aboveboard.people.imports.reading import Row, open_source

#: Seconds after which the reader has lost its way; it has fewer of the processor.
_PATIENCE = 60
#: What an archive raises that is damaged; locked or packed in a way nobody reads, it is a RuntimeError.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError, ValueError)
_PACKED, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a file may be: bytes of a spreadsheet, packed and unpacked, and rows of any file."""

    sheet: int = 32 * 2**20
    unpacked: int = 256 * 2**20
    rows: int = 200_000


#: For whoever sits at the machine: a firm's bills of ten years are a hundredth of it.
BOUNDS = Bounds()


@dataclass(frozen=True)
class Table:
    """The rows of a file, with the file's SHA-256 and what kind of file it is (`csv` or `sheet`)."""

    sha256: str
    kind: str
    rows: list[Row]


def open_table(
    path: Path, encoding: str | None = None, delimiter: str | None = None, bounds: Bounds = BOUNDS
) -> Table:
    """Read a file; raises `BillFileError` for one that is no table."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise BillFileError(
            "unreadable", file=path.name, why=error.strerror or type(error).__name__
        ) from None
    if start in (_PACKED, _OLD):
        return _sheet(path, bounds)
    try:
        source = open_source(path, encoding, delimiter)
    except ImportFileError as error:
        raise BillFileError("no_table", why=error.text) from None
    rows: list[Row] = []
    for row in source.rows():
        if len(rows) == bounds.rows:
            raise BillFileError("too_many_rows", most=f"{bounds.rows:,}")
        rows.append(row)
    return Table(source.sha256, "csv", rows)


def _sheet(path: Path, bounds: Bounds) -> Table:
    if path.stat().st_size > bounds.sheet:
        raise BillFileError("too_large", limit=bounds.sheet // 2**20)
    data = path.read_bytes()
    if data.startswith(_PACKED):
        _unpacks(data, bounds)
    return Table(hashlib.sha256(data).hexdigest(), "sheet", _rows(path, bounds))


def _unpacks(data: bytes, bounds: Bounds) -> None:
    """Raise `BillFileError` if the folder is damaged or unpacks to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as folder:
            if sum(_sizes(folder)) > bounds.unpacked:
                raise BillFileError("too_large", limit=bounds.sheet // 2**20)
            if folder.testzip() is not None:
                raise BillFileError("damaged")
    except _BROKEN as error:
        if isinstance(error, BillFileError):
            raise
        raise BillFileError("damaged") from None


def _sizes(folder: zipfile.ZipFile) -> Iterator[int]:
    return (entry.file_size for entry in folder.infolist())


def _rows(path: Path, bounds: Bounds) -> list[Row]:
    """Return the rows of the first sheet, read by a process that may come to nothing without harm to this one."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", sheet_reader.__name__, str(path), str(bounds.rows)],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BillFileError("swells") from None
    if done.returncode == sheet_reader.TOO_MANY:
        raise BillFileError("too_many_rows", most=f"{bounds.rows:,}")
    if done.returncode == sheet_reader.DAMAGED:
        raise BillFileError("damaged")
    if done.returncode != 0:
        raise BillFileError("swells")
    return [Row(number, cells) for number, cells in json.loads(done.stdout)]
