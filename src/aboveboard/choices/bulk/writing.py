"""Writing rows as CSV and NDJSON: as they came where the form is the same, else taken apart and written anew."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from itertools import compress
from typing import Any, BinaryIO, Protocol

import msgspec

from aboveboard.choices.bulk.errors import ListError
from aboveboard.choices.bulk.judging import Verdict
from aboveboard.choices.bulk.model import Batch, Form, Row, Source
from aboveboard.choices.bulk.parquet import ParquetWriter, as_text, even


class Writer(Protocol):
    """Writes the rows of a list in one form."""

    def write(self, batch: Batch, verdicts: Sequence[Verdict], keep: Sequence[bool]) -> None:
        """Write those rows of a batch that are to be kept, with what was said of each if that is wanted."""

    def close(self) -> None:
        """Write what ends the file."""


def writer(form: Form, out: BinaryIO, source: Source, extra: Sequence[str] = ()) -> Writer:
    """Return what writes rows of `source` to `out`; `extra` are members of `Verdict` to write as further columns.

    Raises `ListError` if the list has a column of such a name already, or for Parquet without pyarrow.
    """
    taken = next((name for name in extra if name in source.names), None)
    if taken is not None:
        raise ListError("column_taken", column=taken)
    kinds: dict[Form, Any] = {"csv": CsvWriter, "ndjson": NdjsonWriter, "parquet": ParquetWriter}
    made: Writer = kinds[form](out, source, extra)
    return made


class CsvWriter:
    """Writes CSV with a header."""

    def __init__(self, out: BinaryIO, source: Source, extra: Sequence[str]) -> None:
        self._out, self._names, self._extra = out, source.names, extra
        self._as_they_came = source.form == "csv" and not extra
        if self._as_they_came:
            out.write(source.head)
        else:
            self._write_cells([[*source.names, *extra]])

    def write(self, batch: Batch, verdicts: Sequence[Verdict], keep: Sequence[bool]) -> None:
        """Write those rows of a batch that are to be kept."""
        if self._as_they_came and batch.raw is not None:
            self._out.writelines(compress(batch.raw, keep))
            return
        pairs = compress(zip(even(batch, self._names), verdicts, strict=True), keep)
        self._write_cells(
            [
                *(as_text(row[name]) for name in self._names),
                *(as_text(getattr(verdict, name)) for name in self._extra),
            ]
            for row, verdict in pairs
        )

    def close(self) -> None:
        """Write nothing: CSV has no end."""

    def _write_cells(self, rows: Any) -> None:
        lines = _Lines()
        csv.writer(lines, lineterminator=_Lines.END).writerows(rows)
        self._out.writelines(lines.written)


class _Lines:
    """What a CSV writer writes to: the lines as bytes.

    The writer puts quotation marks around a cell with a line break only if that break is in its own line's end, so it is
    told both kinds; the lines themselves end in the plain one.
    """

    END = "\r\n"

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, line: str) -> None:
        self.written.append(line.removesuffix(self.END).encode() + b"\n")


class NdjsonWriter:
    """Writes one JSON object a line."""

    def __init__(self, out: BinaryIO, source: Source, extra: Sequence[str]) -> None:
        self._out, self._extra = out, extra
        self._as_they_came = source.form == "ndjson" and not extra

    def write(self, batch: Batch, verdicts: Sequence[Verdict], keep: Sequence[bool]) -> None:
        """Write those rows of a batch that are to be kept."""
        if self._as_they_came and batch.raw is not None:
            self._out.writelines(compress(batch.raw, keep))
            return
        rows = batch.rows()
        for row, line, verdict in compress(zip(rows, batch.lines, verdicts, strict=True), keep):
            taken = next((name for name in self._extra if name in row), None)
            if taken is not None:
                raise ListError("column_taken", column=taken)
            said = {name: getattr(verdict, name) for name in self._extra}
            self._out.write(_json(row | said, line))

    def close(self) -> None:
        """Write nothing: NDJSON has no end."""


def _json(row: Row, line: int) -> bytes:
    """Return a row as a line of JSON; times and decimals, which JSON lacks, become text."""
    try:
        # Half a character, which JSON can name, is named again.
        text = json.dumps(row, ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "backslashreplace") + b"\n"
    except (TypeError, ValueError):
        pass
    try:
        return msgspec.json.encode(row, enc_hook=str) + b"\n"
    except (TypeError, ValueError):
        raise ListError("uneven", line=line) from None
