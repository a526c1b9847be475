"""The gate for a whole list: who of these may be used?

A list comes as CSV or NDJSON, one person a row, and is read as a stream: a million rows need no more memory than ten thousand.
Rows that the gate lets through go on unchanged; of the others, the reason can be kept. Nobody can be found out by this: it
needs the firm's own list and key ring, and someone we have never heard of is answered by the default, as everywhere.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TextIO

from sqlalchemy.engine import Connection

from aboveboard.choices.gate import Gate
from aboveboard.choices.reasons import Reason
from aboveboard.people.model import Identity, IdentityError, Kind, guess_kind, normalise
from aboveboard.people.service import People
from aboveboard.words import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["csv", "ndjson"]
Row = dict[str, Any]

#: Rows that are asked about at once.
CHUNK = 10_000

_NO_COLUMN = Text(
    "The list has no column “{column}”. Its columns are: {columns}. Nothing was written.",
    "名单里没有「{column}」这一列。现有的列：{columns}。什么都没有写。",
)
_NO_ROWS = Text("The list is empty. Nothing was written.", "名单是空的。什么都没有写。")
_NOT_JSON = Text(
    "Line {line} of the list is not one JSON object. Mend it and start again.",
    "名单第 {line} 行不是一个 JSON 对象。请改好再来。",
)
_NOT_TEXT = Text(
    "The list is not UTF-8 text. Save it as UTF-8 and start again.",
    "名单不是 UTF-8 文本。请存成 UTF-8 再来。",
)


class ListError(ValueError):
    """A list that cannot be asked about; `text` says why, and how to mend it."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds for one row: `reason` is the gate's, or `not_an_identity` for a row that names nobody."""

    row: Row
    allowed: bool
    reason: str
    explanation: Text | None = None


@dataclass
class Tally:
    """How many rows ended how."""

    asked: int = 0
    allowed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, verdict: Verdict) -> None:
        """Count one row."""
        self.asked += 1
        self.allowed += verdict.allowed
        if not verdict.allowed:
            self.reasons[verdict.reason] += 1


def read(stream: TextIO, form: Form) -> Iterator[Row]:
    """Yield the rows of a list; raises `ListError` at the first line that is none."""
    try:
        if form == "csv":
            yield from csv.DictReader(stream)
            return
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield _object(line, number)
    except UnicodeDecodeError:
        raise ListError("list_not_text", _NOT_TEXT) from None
    except csv.Error:
        raise ListError("list_not_text", _NOT_TEXT) from None


def judge(
    conn: Connection,
    people: People,
    gate: Gate,
    rows: Iterable[Row],
    *,
    column: str,
    kind: Kind | None,
    purpose: str,
    recipient: str | None,
    country: str,
    reasons: bool,
) -> Iterator[Verdict]:
    """Yield, row by row and in order, what the gate says of the person in `column` (an identity of `kind`, else guessed).

    `reasons` asks for the reason of each refusal; without it they are refused in bulk, which is quicker.
    """
    gate.follow(conn)
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        raise ListError("list_empty", _NO_ROWS)
    if column not in first:
        columns = ", ".join(str(name) for name in first)
        raise ListError("list_no_column", _NO_COLUMN.filled(column=column, columns=columns))
    chunk = [first, *islice(waiting, CHUNK - 1)]
    while chunk:
        named = [_identity(row.get(column), kind, country) for row in chunk]
        known = people.find_many(conn, {identity for identity in named if identity is not None})
        verdicts = _with_reasons if reasons else _in_bulk
        yield from verdicts(gate, chunk, named, known, purpose, recipient)
        chunk = list(islice(waiting, CHUNK))


def _with_reasons(
    gate: Gate,
    chunk: list[Row],
    named: list[Identity | None],
    known: Mapping[Identity, int],
    purpose: str,
    recipient: str | None,
) -> Iterator[Verdict]:
    for row, identity in zip(chunk, named, strict=True):
        if identity is None:
            yield Verdict(row, False, "not_an_identity")
        else:
            answer = gate.allows(known.get(identity), purpose, recipient)
            yield Verdict(row, answer.allowed, answer.reason, answer.explanation)


def _in_bulk(
    gate: Gate,
    chunk: list[Row],
    named: list[Identity | None],
    known: Mapping[Identity, int],
    purpose: str,
    recipient: str | None,
) -> Iterator[Verdict]:
    import numpy as np

    # Person numbers begin at 1: 0 is nobody, whom the gate answers by the default.
    numbers = np.array(
        [known.get(identity, 0) if identity is not None else 0 for identity in named], dtype=np.int64
    )
    allowed = gate.filter(numbers, purpose, recipient)
    for row, identity, passes in zip(chunk, named, allowed.tolist(), strict=True):
        yield Verdict(
            row, passes and identity is not None, Reason.CHOICE if identity is not None else "not_an_identity"
        )


def _identity(value: object, kind: Kind | None, country: str) -> Identity | None:
    text = str(value or "")
    try:
        return normalise(kind or guess_kind(text), text, country)
    except IdentityError:
        return None


def _object(line: str, number: int) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise ListError("list_not_json", _NOT_JSON.filled(line=number))
    return row
