"""Short ways to lead a list through the gate and look at what comes out."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aboveboard.choices import bulk
from tests.choices.conftest import Firm

LIST = 'name,mail,note\nAnn,ANN@example.org,a\nBob,bob@example.org,"b, c"\nNo one,no@one,d\nNew,new@example.org,e\n'
ROWS = [
    {"name": "Ann", "mail": "ANN@example.org", "note": "a"},
    {"name": "Bob", "mail": "bob@example.org", "note": "b, c"},
    {"name": "No one", "mail": "no@one", "note": "d"},
    {"name": "New", "mail": "new@example.org", "note": "e"},
]


def asked(*questions: tuple[str, str | None], column: str = "mail", **more: Any) -> bulk.Asked:
    return bulk.Asked(questions or (("sharing", "reviews"),), column, "US", **more)


def lead(
    firm: Firm,
    content: bytes,
    form: bulk.Form = "csv",
    to: bulk.Form | None = None,
    *,
    question: bulk.Asked | None = None,
    rows: Any = "allowed",
    extra: tuple[str, ...] = (),
    **more: Any,
) -> tuple[bytes, bulk.Tally]:
    """Lead a list through the gate; return what was written and the tally."""
    question, out = question or asked(), io.BytesIO()
    source = bulk.source_of(form, io.BytesIO(content), question.column)
    kept = [bulk.Kept(out, to or form, rows, extra)]
    tally = bulk.work(firm.store, firm.people, firm.gate, question, source, kept, **more)
    return out.getvalue(), tally


def parquet(rows: Any, **more: Any) -> bytes:
    """Return rows (dicts, or an Arrow table) as a Parquet file."""
    out = io.BytesIO()
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    pq.write_table(table, out, **more)
    return out.getvalue()


def table_of(content: bytes) -> Any:
    """Return a Parquet file as an Arrow table."""
    return pq.read_table(io.BytesIO(content))
