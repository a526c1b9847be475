"""A list as it is read: a source with its columns, in batches of rows.

A batch knows two things of each row: what stands in the column that names the person, and the row itself. The row is kept as
it came, bytes or Arrow, and is only taken apart (`rows`) when it must be written in another form or with more columns. So
rows that pass go on unchanged, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

Form = Literal["csv", "ndjson", "parquet"]
FORMS: tuple[Form, ...] = get_args(Form)
#: The names of the forms in HTTP: RFC 4180; there is no registered one for NDJSON; IANA, since 2024.
MEDIA_TYPES: dict[Form, str] = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}

Row = dict[str, Any]

#: Rows and bytes of a batch; whichever is reached first ends it.
BATCH_ROWS = 10_000
BATCH_BYTES = 4 << 20


@dataclass(slots=True)
class Batch:
    """Some rows in order. `people`: what stands in the column, row by row. `lines`: where each row begins, for what is wrong.

    `raw` are the rows as they came (CSV, NDJSON), `table` the Arrow batch (Parquet); `rows` takes them apart.
    """

    people: Sequence[object]
    rows: Callable[[], list[Row]]
    lines: Sequence[int]
    raw: list[bytes] | None = None
    table: Any = None


class Source(Protocol):
    """A list that is being read. `names` are its columns (of NDJSON, the members of the first row).

    `head` is what stands before the rows (the header line of CSV), `schema` the types (Arrow) if it has any.
    """

    form: Form
    names: tuple[str, ...]
    head: bytes
    schema: Any

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order; raises `ListError` at the first that is broken."""
