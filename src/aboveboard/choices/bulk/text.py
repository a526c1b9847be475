"""Reading CSV and NDJSON: line by line, never more than a line at a time, and each fault with its line.

Strict on purpose. A row with a cell too many or a quotation mark that never closes may have shifted everything behind it, and
then the gate would be asked about the wrong people: it is named, and nothing is written.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from aboveboard.choices.bulk import model
from aboveboard.choices.bulk.errors import ListError
from aboveboard.choices.bulk.model import Batch, Form, Row

#: Bytes. Nobody's row is longer; a file without line breaks is no list.
LONGEST_LINE = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Lines:
    """The lines of a stream as text; knows the number of the last one, and the bytes since they were last taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._raw: list[bytes] = []
        self.number = 0

    def __iter__(self) -> Lines:
        """Return itself: there is one place in the stream."""
        return self

    def __next__(self) -> str:
        """Return the next line; raises `ListError` for one that is no text, or longer than any row."""
        line = self._stream.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if len(line) > LONGEST_LINE:
            raise ListError("line_long", line=self.number)
        self._raw.append(line)
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise ListError("not_text", line=self.number) from None

    def taken(self) -> bytes:
        """Return the bytes of the lines since the last call, with a line break at their end."""
        raw = b"".join(self._raw)
        self._raw.clear()
        return raw if raw.endswith(b"\n") else raw + b"\n"


class CsvSource:
    """A list in CSV (RFC 4180) with a header; `column` names the person."""

    form: Form = "csv"
    schema = None

    def __init__(self, stream: BinaryIO, column: str) -> None:
        self._lines = Lines(stream)
        self._reader = csv.reader(self._lines, strict=True)
        header = next(self._rows(), None)
        if header is None:
            raise ListError("empty")
        self.names = tuple(header[2])
        check_names(self.names, column)
        self.head = header[1]
        self._place = self.names.index(column)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order; raises `ListError` at the first that is broken."""
        lines: list[int] = []
        raw: list[bytes] = []
        cells: list[list[str]] = []
        size = 0
        for line, bare, row in self._rows():
            if len(row) != len(self.names):
                raise ListError("row_width", line=line, found=len(row), wanted=len(self.names))
            lines.append(line)
            raw.append(bare)
            cells.append(row)
            size += len(bare)
            if len(raw) == model.BATCH_ROWS or size >= model.BATCH_BYTES:
                yield self._batch(lines, raw, cells)
                lines, raw, cells, size = [], [], [], 0
        if raw:
            yield self._batch(lines, raw, cells)

    def _batch(self, lines: list[int], raw: list[bytes], cells: list[list[str]]) -> Batch:
        def rows() -> list[Row]:
            return [dict(zip(self.names, row, strict=True)) for row in cells]

        return Batch([row[self._place] for row in cells], rows, lines, raw)

    def _rows(self) -> Iterator[tuple[int, bytes, list[str]]]:
        """Yield (line in which it begins, bytes, cells) of each row that is not blank."""
        while True:
            line = self._lines.number + 1
            try:
                row = next(self._reader, None)
            except csv.Error:
                raise ListError("not_csv", line=line) from None
            if row is None:
                return
            raw = self._lines.taken()
            if row:
                yield line, raw, row


class NdjsonSource:
    """A list of JSON objects, one a line (RFC 8259); `column` is the member that names the person."""

    form: Form = "ndjson"
    head = b""
    schema = None

    def __init__(self, stream: BinaryIO, column: str) -> None:
        self._lines = Lines(stream)
        self._column = column
        first = next(self._rows(), None)
        if first is None:
            raise ListError("empty")
        self._first = first
        self.names = tuple(first[2])
        if column not in self.names:
            raise ListError("no_column", column=column, columns=", ".join(self.names))

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order; raises `ListError` at the first that is broken."""
        lines: list[int] = []
        raw: list[bytes] = []
        found: list[Row] = []
        size = 0
        for line, bare, row in chain([self._first], self._rows()):
            lines.append(line)
            raw.append(bare)
            found.append(row)
            size += len(bare)
            if len(raw) == model.BATCH_ROWS or size >= model.BATCH_BYTES:
                yield self._batch(lines, raw, found)
                lines, raw, found, size = [], [], [], 0
        if raw:
            yield self._batch(lines, raw, found)

    def _batch(self, lines: list[int], raw: list[bytes], rows: list[Row]) -> Batch:
        return Batch([row.get(self._column) for row in rows], lambda: rows, lines, raw)

    def _rows(self) -> Iterator[tuple[int, bytes, Row]]:
        for text in self._lines:
            raw = self._lines.taken()
            if text.strip():
                yield self._lines.number, raw, _object(text, self._lines.number)


def _object(text: str, line: int) -> Row:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise ListError("not_json", line=line)
    return row


def check_names(names: tuple[str, ...], column: str) -> None:
    """Raise `ListError` unless a column of this name is there and no two have one name."""
    if column not in names:
        raise ListError("no_column", column=column, columns=", ".join(names))
    for name in names:
        if names.count(name) > 1:
            raise ListError("column_twice", column=name)
