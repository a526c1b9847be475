"""Every text of the book, in both languages, through the plain-language check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Text
from aboveboard.words import plain
from aboveboard.words.text import LANGUAGES

#: Keys whose text only colleagues read.
_FOR_COLLEAGUES = {"source", "by_hand"}


def check(book: Book, report: Report) -> None:
    """Write a warning for each word or sentence that is not plain, and an error for brackets that nobody fills in."""
    for path, text in texts(book, ()):
        for lang in LANGUAGES:
            here, said = (*path, lang), getattr(text, lang)
            if "{" in said or "}" in said:
                report.add("words.braces", here)
            for remark in plain.check(said, lang, colleagues=path[-1] in _FOR_COLLEAGUES):
                report.add(f"words.{remark.kind}", here, remark=remark.message, plainer=remark.plainer)


def texts(value: Any, path: Path) -> Iterator[tuple[Path, Text]]:
    """Yield every text in a part of the book, with its path."""
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name), (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from texts(item, (*path, number))
