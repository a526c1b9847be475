"""What customers really asked for, read from the quotes of a time: the demand that a draft of the book is tried on.

Each stored quote gives its request, the facts that it was priced with and what was used up then; all of it stays in memory, and
nothing is written. A quote of somebody who has been erased cannot be read any more, and does not count. Attributes for reports
come from a file of the firm's own, by customer number; a price never sees them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aboveboard.people.model import IdentityError, normalise
from aboveboard.pricing.columns import Columns
from aboveboard.pricing.simulation import Attribute, Demand, Slice
from aboveboard.quotes import tables
from aboveboard.quotes.model import Quote, QuoteError
from aboveboard.quotes.service import Behind, Quotes
from aboveboard.words import Text

_CHUNK = 2000
#: So many values of one attribute make a report that somebody can read.
MOST_VALUES = 50

_NO_CUSTOMER = Text(
    "{file}, line 1: there is no column “customer”. Name the columns in the first line: customer, then any attributes.",
    "{file} 第 1 行：没有 customer 这一列。请在第一行写列名：customer，然后是要报告的属性。",
)
_NOT_TEXT = Text(
    "{file} cannot be read as UTF-8 text. Save it again as CSV (UTF-8).",
    "{file} 不是 UTF-8 文本。请另存为 CSV（UTF-8）。",
)
_TOO_MANY = Text(
    "{file}: “{name}” has more than {most} values. Group them first, like ages into decades.",
    "{file}：「{name}」的不同值超过 {most} 个。请先归类，比如把年龄按十岁一段。",
)


@dataclass(slots=True)
class Labels:
    """Attributes of customers for reports: for each person number the place of their value in each attribute."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    people: dict[int, dict[str, int]] = field(default_factory=dict)


def read_labels(conn: Connection, quotes: Quotes, file: Path, country: str) -> Labels:
    """Read a CSV of customer numbers and attributes; customers that nobody knows are left out. Raises `QuoteError`."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            names = [name for name in (reader.fieldnames or []) if name and name != "customer"]
            if "customer" not in (reader.fieldnames or []):
                raise QuoteError("bad_labels", _NO_CUSTOMER.filled(file=file.name))
            return _labels(conn, quotes, file, names, reader, country)
    except (UnicodeDecodeError, csv.Error) as error:
        raise QuoteError("bad_labels", _NOT_TEXT.filled(file=file.name)) from error


def _labels(
    conn: Connection,
    quotes: Quotes,
    file: Path,
    names: list[str],
    rows: Iterable[Mapping[str, Any]],
    country: str,
) -> Labels:
    values: dict[str, dict[str, int]] = {name: {} for name in names}
    found = Labels()
    for row in rows:
        try:
            subject = quotes.people.find(conn, normalise("customer", str(row.get("customer") or ""), country))
        except IdentityError:
            continue
        if subject is None:
            continue
        for name in names:
            said = str(row.get(name) or "").strip()[:60]
            if said:
                places = values[name]
                place = places.setdefault(said, len(places))
                if len(places) > MOST_VALUES:
                    said_why = _TOO_MANY.filled(file=file.name, name=name[:40], most=MOST_VALUES)
                    raise QuoteError("bad_labels", said_why)
                found.people.setdefault(subject, {})[name] = place
    found.attributes = {name: Attribute(tuple(places)) for name, places in values.items()}
    return found


def demand_of(
    conn: Connection,
    quotes: Quotes,
    first: datetime,
    last: datetime,
    *,
    taken: bool = False,
    labels: Labels | None = None,
    behind: tuple[Behind, Behind] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Demand:
    """Return what was asked for from `first` (included) to `last` (excluded), as requests of one tier each.

    `behind` tells what a price under either book must know beside it (`Quotes.behind`); without it, what the quote's own price
    knew. `taken` keeps only prices that were taken. `progress` is told how many quotes have been read.
    """
    labels = labels or Labels()
    piles: dict[tuple[str, str | None], list[Quote]] = {}
    for number, quote in enumerate(_quotes(conn, quotes, first, last, taken), 1):
        asked = quote.price.request
        piles.setdefault((asked.service, asked.tier), []).append(quote)
        if number % _CHUNK == 0:
            progress(number)
    return Demand(
        tuple(_slice(quotes, conn, key, pile, labels, behind) for key, pile in piles.items()),
        labels.attributes,
    )


def _quotes(
    conn: Connection, quotes: Quotes, first: datetime, last: datetime, taken: bool
) -> Iterable[Quote]:
    c = tables.quotes.c
    query = sa.select(c.id).where(c.created_at >= first, c.created_at < last).order_by(c.created_at, c.id)
    if taken:
        query = query.where(c.id.in_(sa.select(tables.accepted.c.quote)))
    ids = list(conn.scalars(query))
    for start in range(0, len(ids), _CHUNK):
        yield from quotes.read_many(conn, ids[start : start + _CHUNK])


def _slice(
    quotes: Quotes,
    conn: Connection,
    key: tuple[str, str | None],
    pile: list[Quote],
    labels: Labels,
    behind: tuple[Behind, Behind] | None,
) -> Slice:
    import numpy as np

    service, tier = key
    people = [None if each.subject is None else quotes.people.present(conn, each.subject) for each in pile]
    reported = {
        name: np.array([labels.people.get(who or -1, {}).get(name, -1) for who in people], dtype=np.int64)
        for name in labels.attributes
    }
    requests, facts = [each.price.request for each in pile], [each.body.facts for each in pile]
    if behind is None:
        columns = Columns.of(requests, facts, [each.price.background for each in pile])
        return Slice(service, tier or "", len(pile), columns, reported=reported)
    columns, drafted = (Columns.of(requests, facts, [known(each) for each in pile]) for known in behind)
    return Slice(service, tier or "", len(pile), columns, reported=reported, drafted=drafted)
