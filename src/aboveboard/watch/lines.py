"""Observations as lines of a book, and their place in the owner's file.

A book is its owner's text, with comments and an order of its own; no program writes it anew. So lines are put in, before the
first observation (the newest stand first), and every other byte stays as it is. What came out is read again before anything
is written: it must be the old book with these observations more, and nothing else.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from msgspec import structs

from aboveboard.book.finding import Report
from aboveboard.book.load import load
from aboveboard.book.model import Book, Observation, Text
from aboveboard.book.source import Node, decode, read
from aboveboard.watch.model import MarketFileError


def lines(observations: Sequence[Observation], indent: str = "  ") -> list[str]:
    """Return observations as lines of YAML, as they stand in a book under `market.observations`."""
    return [f"{indent}{line}" for each in observations for line in _one(each)]


def put(text: str, observations: Sequence[Observation], name: str) -> str:
    """Return the book with these observations put in; raises `MarketFileError` where they have no clear place."""
    before = load(text, name).book
    if before is None:
        raise MarketFileError("broken_book", file=name)
    ends = "\r\n" if "\r\n" in text else "\n"
    at, indent, above = _place(text, name)
    rows = text.splitlines(keepends=True)
    if rows and not rows[-1].endswith("\n"):
        rows[-1] += ends
    rows[at:at] = [f"{line}{ends}" for line in (*above, *lines(observations, indent))]
    made = "".join(rows)
    after = load(made, name).book
    if after is None or after != _with(before, observations):
        raise MarketFileError("no_place", file=name)
    return made


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, with the rights it had."""
    folder = path.resolve().parent
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).chmod(path.stat().st_mode & 0o777)
        Path(fresh).replace(path.resolve())
    except BaseException:
        with suppress(OSError):
            Path(fresh).unlink()
        raise


def _with(book: Book, observations: Sequence[Observation]) -> Book:
    market = structs.replace(book.market, observations=[*observations, *book.market.observations])
    return structs.replace(book, market=market)


def _place(text: str, name: str) -> tuple[int, str, list[str]]:
    """Return before which line (counted from 0) they go, how far in, and what must stand above them."""
    report = Report(name)
    decoded = decode(text, report)
    root = None if decoded is None else read(decoded, report)
    if root is None:
        raise MarketFileError("broken_book", file=name)
    known = root.entries.get("market")
    if known is None or known.empty:
        if known is not None:
            raise MarketFileError("no_place", file=name)
        return len(text.splitlines()), "  ", ["", "market:", "  observations:"]
    listed = known.entries.get("observations")
    if listed is not None and listed.items:
        return _before(text, listed.items[0], name)
    if listed is not None or not known.keys:
        raise MarketFileError("no_place", file=name)
    first = min(known.keys.values(), key=lambda mark: mark.line)
    step = " " * (first.column - 1)
    return first.line - 1, step, [f"{step}observations:"]


def _before(text: str, first: Node, name: str) -> tuple[int, str, list[str]]:
    row = text.splitlines()[first.mark.line - 1]
    found = re.match(r"( *)- +", row)
    if found is None:
        raise MarketFileError("no_place", file=name)
    return first.mark.line - 1, found[1], []


def _one(each: Observation) -> Iterator[str]:
    yield f"- id: {each.id}"
    yield f"  who: {_pair(each.who)}"
    if each.public:
        yield "  public: true"
    if each.described is not None:
        yield f"  described: {_pair(each.described)}"
    yield f"  amount: {_number(each.amount)}"
    yield f"  currency: {each.currency}"
    yield f"  all_in: {'true' if each.all_in else 'false'}"
    if each.on_top is not None:
        yield f"  on_top: {_number(each.on_top)}"
    yield f"  quantity: {_number(each.quantity)}"
    yield f"  unit: {each.unit}"
    yield f"  place: {_quoted(each.place)}"
    yield f"  seen: {each.seen.isoformat()}"
    yield f"  learnt: {each.learnt}"
    yield f"  source: {_quoted(each.source)}"
    if each.need is not None:
        yield f"  need: {_pair(each.need)}"
    for key, texts in (("theirs_only", each.theirs_only), ("ours_only", each.ours_only)):
        if texts:
            yield f"  {key}:"
            yield from (f"  - {_pair(text)}" for text in texts)
    yield "  compared_with:"
    for one in each.compared_with:
        yield f"  - {{service: {one.service}, tier: {one.tier}, quantity: {_number(one.quantity)}}}"


def _pair(text: Text) -> str:
    return f"{{en: {_quoted(text.en)}, zh: {_quoted(text.zh)}}}"


def _quoted(text: str) -> str:
    """Return a text in double quotes: what JSON writes there, YAML reads."""
    return json.dumps(text, ensure_ascii=False)


def _number(value: Decimal) -> str:
    return f"{value:f}"
