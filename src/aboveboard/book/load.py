"""From the text of `business.yaml` to a `Book` that knows the line of every value.

Three steps, each of which may only add findings: `source` (is it readable YAML?), `shape` (does it have the form of a book?),
and the conversion into the model. A book with an error of form is not given out at all: a price or a promise must never be
made from half a book.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import msgspec

from aboveboard.book import shape, source
from aboveboard.book.finding import Finding, Full, Lines, Report, in_order
from aboveboard.book.model import Book

#: One reader at a time. msgspec 0.22 works out a type when it first meets it, and a second thread that meets the same type in
#: that moment reads half of it and takes the process down (tests/book/test_threads.py shows it).
_reading = threading.Lock()


@dataclass(frozen=True)
class Loaded:
    """What reading gave: the book (None if there was an error), all findings in order of line, and where each value stands."""

    book: Book | None
    findings: list[Finding]
    lines: Lines


def load(text: str | bytes, name: str = "business.yaml") -> Loaded:
    """Read a book from its text; `name` is the file shown in findings. Never raises for anything that a file may hold."""
    report = Report(file=name)
    book: Book | None = None
    try:
        with _reading:
            book = _book(text, report)
    except Full:
        report.findings.pop()
        report.add("book.too_many", ())
    return Loaded(
        book=None if report.failed else book, findings=in_order(report.findings), lines=report.lines
    )


def _book(text: str | bytes, report: Report) -> Book | None:
    decoded = source.decode(text, report)
    root = source.read(decoded, report) if decoded is not None else None
    if root is None:
        return None
    values = shape.build(root, report)
    if report.failed:
        return None
    try:
        return msgspec.convert(values, Book)
    except msgspec.ValidationError as error:  # the walk and the model disagree: say so rather than fall over
        report.add("shape.refused", (), reason=error)
        return None
