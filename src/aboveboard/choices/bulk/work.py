"""Leading a list through the gate: read a batch, judge it, write what is kept, and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Literal

from aboveboard.choices.bulk.errors import ListError
from aboveboard.choices.bulk.judging import Asked, Judge, Tally
from aboveboard.choices.bulk.model import Form, Source
from aboveboard.choices.bulk.parquet import ParquetSource
from aboveboard.choices.bulk.text import CsvSource, NdjsonSource
from aboveboard.choices.bulk.writing import writer
from aboveboard.choices.gate import Gate
from aboveboard.people.service import People
from aboveboard.store import Store

_FORM_OF_SUFFIX: dict[str, Form] = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}


class Stopped(Exception):  # noqa: N818 - nothing went wrong: whoever asked has gone
    """The work was given up because nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file to write: which rows, in which form, and which members of their verdicts as further columns."""

    out: BinaryIO
    form: Form
    rows: Literal["allowed", "refused", "all"] = "allowed"
    extra: Sequence[str] = ()


def form_of_name(name: str) -> Form:
    """Return the form that a file's name tells, CSV if it tells none."""
    return _FORM_OF_SUFFIX.get(PurePath(name).suffix.lower(), "csv")


def source_of(form: Form, stream: BinaryIO, column: str) -> Source:
    """Return a list that is ready to be read; raises `ListError` if it has no such column or is none at all."""
    kinds: dict[Form, Callable[[BinaryIO, str], Source]] = {
        "csv": CsvSource,
        "ndjson": NdjsonSource,
        "parquet": ParquetSource,
    }
    return kinds[form](stream, column)


def work(
    store: Store,
    people: People,
    gate: Gate,
    asked: Asked,
    source: Source,
    kept: Sequence[Kept],
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int], None] | None = None,
) -> Tally:
    """Judge every row of `source`, write what is kept, and return how many ended how.

    Raises `ListError` at the first broken row: throw away what was written. `stop` is looked at before each batch and ends the
    work with `Stopped`; `progress` is told after each how many rows were judged.
    """
    tally, judge = Tally(), Judge(store, people, gate, asked)
    writers = [(writer(one.form, one.out, source, one.extra), one.rows) for one in kept]
    for batch in source.batches():
        if stop is not None and stop.is_set():
            raise Stopped
        verdicts = judge.judge(batch.people)
        tally.count(verdicts)
        for to, rows in writers:
            wanted = [rows == "all" or verdict.allowed == (rows == "allowed") for verdict in verdicts]
            to.write(batch, verdicts, wanted)
        if progress is not None:
            progress(tally.asked)
    if not tally.asked:
        raise ListError("empty")
    for to, _ in writers:
        to.close()
    tally.as_of = judge.as_of
    return tally
