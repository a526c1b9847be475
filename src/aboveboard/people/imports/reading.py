"""From bytes to lines of cells, with the line number of each.

The encoding is found by strict decoding, most telling first: a byte order mark, UTF-8, then GB18030 or cp1252. These two accept
almost anything, so the bytes must look right: Chinese text comes in pairs of high bytes, Western text has them one at a time.
A file that is nearly UTF-8 is damaged, and refused rather than read as nonsense.

The delimiter is the one that cuts most lines into the same number of cells; where none does, runs of blanks are tried.
A quotation mark that is never closed costs one row, not the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import itertools
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aboveboard.people.imports.model import ImportFileError

#: Larger files are split first; together the parts give the same result.
LARGEST_FILE = 256 * 2**20
#: A longer line is no row of a table.
LONGEST_LINE = 65_536
#: A quoted cell may run over this many lines.
_MOST_LINES_IN_A_ROW = 50
_LINES_TO_JUDGE_BY = 200

#: For runs of blanks, and as people call them in the book.
BLANKS = "blanks"
_NAMED = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "blanks": BLANKS,
    "spaces": BLANKS,
    " ": BLANKS,
}
#: Where two delimiters cut equally well, the one that is less often part of a value.
_CANDIDATES = "\t;|,"

_FOREIGN = (
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
    (b"\x1f\x8b", "compressed"),
    (b"%PDF", "binary"),
    (b"\x89PNG", "binary"),
    (b"\xff\xd8\xff", "binary"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x19\x1c-\x1f\x7f]")
_DECIMAL_COMMA = re.compile(r"(?<!\S)[-+]?\d+,\d{1,2}(?!\S)")
_IN_QUOTES = re.compile('"[^"]*"')
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on (the first is 1), its cells, and what is wrong with its form, if anything."""

    line: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True)
class Source:
    """A file's bytes and how to read them. `delimiter` is one character, or `BLANKS`."""

    data: bytes
    sha256: str
    encoding: str
    delimiter: str

    def rows(self) -> Iterator[Row]:
        """Give every row that holds anything; lines without content are passed over."""
        lines = _Lines(self.data, self.encoding)
        first = next(lines, None)
        if first is not None and not _SEP_LINE.fullmatch(first[1]):
            lines.back([first])
        for number, line in lines:
            if not line.strip():
                continue
            row = Row(number, [], "too_long") if len(line) > LONGEST_LINE else self._row(number, line, lines)
            if row.problem or any(map(str.strip, row.cells)):
                yield row

    def _row(self, number: int, line: str, more: _Lines) -> Row:
        """Cut a line into cells, taking more lines while a quoted cell is open; lines taken in vain are given back."""
        if self.delimiter == BLANKS:
            return Row(number, line.split())
        if '"' not in line:
            return Row(number, line.split(self.delimiter))
        cells = _quoted(line, self.delimiter)
        taken: list[tuple[int, str]] = []
        while cells is None:
            following = next(more, None) if len(taken) < _MOST_LINES_IN_A_ROW else None
            if following is None or len(line) > LONGEST_LINE:
                more.back([*taken, *([following] if following else [])])
                return Row(number, [], "quote_open")
            taken.append(following)
            line = f"{line}\n{following[1]}"
            # Only an even number of marks can be closed; without this look, bad files would be parsed over and over.
            cells = _strict(line, self.delimiter) if line.count('"') % 2 == 0 else None
        return Row(number, cells)


class _Lines:
    """Numbered lines of a text, some of which may be given back to be read again."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self._lines = enumerate(_lines(data, encoding), 1)
        self._again: deque[tuple[int, str]] = deque()

    def back(self, lines: list[tuple[int, str]]) -> None:
        self._again.extendleft(reversed(lines))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[int, str]:
        return self._again.popleft() if self._again else next(self._lines)


def open_source(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Source:
    """Read a file and find out how it is written; raises `ImportFileError` for one that is no table of text.

    `encoding` and `delimiter` are what the user or the book says, and are then not guessed.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ImportFileError("too_large", size=size // 2**20, limit=LARGEST_FILE // 2**20)
        data = path.read_bytes()
    except OSError as error:
        raise ImportFileError(
            "unreadable", file=path.name, why=error.strerror or type(error).__name__
        ) from None
    if not data.strip():
        raise ImportFileError("empty")
    found = _encoding(data, encoding)
    first = next((line for line in _lines(data, found) if line.strip()), None)
    if first is None:
        raise ImportFileError("empty")
    if len(first) > LONGEST_LINE:
        raise ImportFileError("first_line_too_long", limit=LONGEST_LINE)
    given = _NAMED.get(delimiter, delimiter) if delimiter else None
    if given is not None and given != BLANKS and len(given) != 1:
        raise ImportFileError("delimiter", delimiter=given)
    return Source(data, hashlib.sha256(data).hexdigest(), found, given or _delimiter(data, found))


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    for line in io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline=None):
        yield line.rstrip("\n")


def _quoted(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line with quotation marks, or None if one of them is still open at its end."""
    cells = _strict(line, delimiter)
    if cells is not None or _strict(line + '"', delimiter) is not None:
        return cells
    # A stray mark within a cell: read it the forgiving way, as spreadsheets do.
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))


def _strict(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None


# -- encoding --------------------------------------------------------------------------------------------------------


def _encoding(data: bytes, given: str | None) -> str:
    for start, code in _FOREIGN:
        if data.startswith(start):
            raise ImportFileError(code)
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if given is not None:
        found = _given(data, given, marked)
    else:
        found = marked or (_utf16(data) if b"\0" in data else None) or _unmarked(data)
        _strictly(data, found)
    _refuse_binary(data.decode(found))
    return found


def _given(data: bytes, given: str, marked: str | None) -> str:
    try:
        name = codecs.lookup(given).name
        "".encode(name)
    except LookupError:
        raise ImportFileError("encoding_unknown", encoding=given) from None
    found = marked if marked is not None and marked.startswith(name) else name
    _strictly(data, found)
    return found


def _strictly(data: bytes, encoding: str) -> None:
    try:
        data.decode(encoding)
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise ImportFileError(
            "encoding_wrong", encoding=encoding, line=data.count(b"\n", 0, start) + 1
        ) from None


def _utf16(data: bytes) -> str:
    """Return which UTF-16 a file with NUL bytes and no mark is; raises `ImportFileError` if it is none."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 == 0 and (even == 0 or odd == 0) and even + odd >= max(8, len(data) / 20):
        return "utf-16-le" if even == 0 else "utf-16-be"
    raise ImportFileError("nul", line=data.count(b"\n", 0, data.index(0)) + 1)


def _unmarked(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_damaged(data, error)
    else:
        return "utf-8"
    order = ("gb18030", "cp1252") if _in_pairs(data) else ("cp1252", "gb18030")
    for name in order:
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    raise ImportFileError("encoding_not_found")


def _refuse_damaged(data: bytes, error: UnicodeDecodeError) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    bad = sum("\udc80" <= letter <= "\udcff" for letter in text if letter > "\x7f")
    good = sum(letter > "\x7f" for letter in text) - bad
    if good > 4 * bad:
        raise ImportFileError("encoding_damaged", line=data.count(b"\n", 0, error.start) + 1)


def _in_pairs(data: bytes) -> bool:
    """Return whether nearly all high bytes stand in pairs as the common Chinese characters of GB 2312 do."""
    high = re.findall(rb"[\x80-\xff]+", data)
    paired = sum(len(run) for run in high if len(run) % 2 == 0 and min(run) >= 0xA1)
    return paired >= 0.8 * sum(map(len, high))


def _refuse_binary(text: str) -> None:
    nul = text.find("\0")
    if nul >= 0:
        raise ImportFileError("nul", line=text.count("\n", 0, nul) + 1)
    if len(_CONTROL.findall(text)) * 100 > len(text):
        raise ImportFileError("binary")


# -- delimiter -------------------------------------------------------------------------------------------------------


def _delimiter(data: bytes, encoding: str) -> str:
    lines = [
        line
        for line in itertools.islice(_lines(data, encoding), _LINES_TO_JUDGE_BY)
        if line.strip() and len(line) <= LONGEST_LINE
    ]
    told = _SEP_LINE.fullmatch(lines[0])
    if told:
        return told[1]
    best = max(_CANDIDATES, key=lambda mark: _fit([_cut(line, mark) for line in lines]))
    blanks = _fit([len(line.split()) for line in lines])
    # A table of blanks has the same number of cells throughout; a list of one column only holds a space here and there.
    even = blanks[0] >= 0.9 and blanks[1] > 1
    if even and best == "," and not any("," in _DECIMAL_COMMA.sub("", line) for line in lines):
        return BLANKS
    if _fit([_cut(line, best) for line in lines]) > (0.5, 1):
        return best
    return BLANKS if even else ","


def _cut(line: str, mark: str) -> int:
    return _IN_QUOTES.sub("", line).count(mark) + 1


def _fit(counts: list[int]) -> tuple[float, int]:
    """Return (the share of lines with the commonest number of cells, that number); one cell is no cut at all."""
    many = Counter(count for count in counts if count > 1)
    if not many:
        return 0.0, 1
    number, lines = max(many.items(), key=lambda item: (item[1], item[0]))
    return lines / len(counts), number
