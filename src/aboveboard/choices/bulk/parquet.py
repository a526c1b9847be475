"""Lists in Parquet, read and written a batch at a time.

Of a row group only the pages at hand are in memory, so a row group may be larger than memory too. Rows that pass keep their
types. It needs pyarrow, which is in the extra `bulk`: this is the only file that loads it, and only when a Parquet file comes
or is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, BinaryIO

import msgspec

from aboveboard.choices.bulk import model
from aboveboard.choices.bulk.errors import ListError
from aboveboard.choices.bulk.judging import Verdict
from aboveboard.choices.bulk.model import Batch, Form, Row, Source
from aboveboard.choices.bulk.text import check_names

#: Bytes of a row group that is written, about.
_GROUP_BYTES = 8 << 20
_GROUP_ROWS = 100_000
#: Bytes of a column chunk that are read at once.
_READ_BYTES = 1 << 20


def _arrow() -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise ListError("no_parquet") from None
    return pa


class ParquetSource:
    """A list in Parquet; `stream` must be able to seek, because the table of contents stands at the end."""

    form: Form = "parquet"
    head = b""

    def __init__(self, stream: BinaryIO, column: str) -> None:
        self._pa = _arrow()
        try:
            self._file = self._pa.parquet.ParquetFile(stream, buffer_size=_READ_BYTES, pre_buffer=False)
            self.schema = self._file.schema_arrow
        except (self._pa.ArrowException, OSError):
            raise ListError("not_parquet") from None
        self.names = tuple(self.schema.names)
        check_names(self.names, column)
        self._place = self.names.index(column)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order; raises `ListError` where the file is broken."""
        line = count(1)
        try:
            for table in self._file.iter_batches(self._rows_at_once(), use_threads=False):
                lines = [next(line) for _ in range(table.num_rows)]
                yield Batch(table.column(self._place).to_pylist(), table.to_pylist, lines, table=table)
        except (self._pa.ArrowException, OSError, UnicodeDecodeError):
            raise ListError("not_parquet") from None

    def _rows_at_once(self) -> int:
        """Return how many rows make a batch of the usual size, by the row group with the widest rows."""
        groups = (
            self._file.metadata.row_group(number) for number in range(self._file.metadata.num_row_groups)
        )
        widest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
        return max(1, min(model.BATCH_ROWS, model.BATCH_BYTES // max(widest, 1)))


class ParquetWriter:
    """Writes rows as Parquet, in row groups of some megabytes. What came as text goes out as text."""

    def __init__(self, out: BinaryIO, source: Source, extra: Sequence[str]) -> None:
        self._pa = pa = _arrow()
        self._extra = extra
        schema = source.schema
        if schema is None:
            schema = pa.schema([(name, pa.string()) for name in source.names])
        self._own = schema
        for name in extra:
            schema = schema.append(pa.field(name, pa.bool_() if name == "allowed" else pa.string()))
        self._schema = schema
        self._writer = pa.parquet.ParquetWriter(out, schema, compression="zstd")
        self._waiting: list[Any] = []

    def write(self, batch: Batch, verdicts: Sequence[Verdict], keep: Sequence[bool]) -> None:
        """Write those rows of a batch that are to be kept."""
        pa = self._pa
        table = batch.table if batch.table is not None else self._table(batch)
        columns = list(table.columns)
        for name in self._extra:
            values = [getattr(verdict, name) for verdict in verdicts]
            columns.append(pa.array(values, self._schema.field(name).type))
        whole = pa.record_batch(columns, schema=self._schema)
        self._waiting.append(whole.filter(pa.array(keep, pa.bool_())))
        rows = sum(part.num_rows for part in self._waiting)
        if rows >= _GROUP_ROWS or sum(part.nbytes for part in self._waiting) >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the table of contents."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if any(part.num_rows for part in self._waiting):
            self._writer.write_table(self._pa.Table.from_batches(self._waiting, self._schema))
        self._waiting = []

    def _table(self, batch: Batch) -> Any:
        rows = even(batch, self._own.names)
        columns = [
            self._pa.array([as_text(row[name]) for row in rows], self._pa.string())
            for name in self._own.names
        ]
        return self._pa.record_batch(columns, schema=self._own)


def even(batch: Batch, names: Sequence[str]) -> list[Row]:
    """Return the rows of a batch; raises `ListError` for one that has not just these columns."""
    rows, wanted = batch.rows(), set(names)
    for row, line in zip(rows, batch.lines, strict=True):
        if row.keys() != wanted:
            raise ListError("uneven", line=line)
    return rows


def as_text(value: Any) -> str | None:
    """Return a value as the text of a cell: what is text stays, times are ISO 8601, what has parts is JSON."""
    if value is None or isinstance(value, str):
        # JSON can name half a character; a cell cannot hold one.
        return value if value is None else value.encode("utf-8", "backslashreplace").decode()
    encoded = msgspec.json.encode(value, enc_hook=str).decode()
    return str(json.loads(encoded)) if encoded.startswith('"') else encoded
