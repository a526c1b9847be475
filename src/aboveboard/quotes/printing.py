"""Prices on a screen of any width: no amount is cut off, and none is broken over two lines.

Rich ends what does not fit with "…" and breaks Chinese anywhere, also within 16,320.00. Here a line ends between words, or
between two Chinese signs; a number with its sign stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
_TOKEN = re.compile(rf"\s+|[{_WIDE}]|[^\s{_WIDE}]+")
#: Signs that no line begins with, and signs that none ends with.
_CLOSING = frozenset("，。、；：！？）」』》”’…%")
_OPENING = frozenset("（「『《“‘")
#: Less room than this for the reasons makes a table that nobody reads.
_LEAST = 20
#: What the frame of a table of four columns takes.
_FRAME = 14


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is, two amounts (or nothing), why; `faint` if it changed nothing."""

    label: str
    change: str
    subtotal: str
    why: str
    faint: bool = False


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` cells; what has no place to break and is longer still is broken anywhere."""
    from rich.cells import cell_len, chop_cells

    lines, line = [], ""
    for token in _tokens(text):
        if cell_len(line + token.rstrip()) <= width:
            line += token
            continue
        if line.strip():
            lines.append(line.rstrip())
        *before, line = chop_cells(token.lstrip(), width) or [""]
        lines += before
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _tokens(text: str) -> list[str]:
    """Return the pieces of a text between which a line may end; a space belongs to the piece before it."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        after = found[-1] if found else ""
        if found and (token.isspace() or token in _CLOSING or after.rstrip()[-1:] in _OPENING):
            found[-1] += " " if token.isspace() else token
        else:
            found.append(token)
    return found


def steps(console: Console, title: str, heads: Sequence[str], rows: Sequence[Row]) -> None:
    """Print steps as a table; where the reasons had no room, as one block for each, its reason beneath."""
    from rich.cells import cell_len

    amounts = [max(cell_len(getattr(row, part)) for row in rows) for part in ("change", "subtotal")]
    label = min(max(cell_len(row.label) for row in rows), 34)
    room = console.width - max(label, cell_len(heads[0])) - _FRAME
    room -= sum(max(width, cell_len(head)) for width, head in zip(amounts, heads[1:3], strict=True))
    longest = max((cell_len(token.strip()) for row in rows for token in _tokens(row.why)), default=0)
    if room < max(_LEAST, longest if longest < 40 else 0):
        _blocks(console, title, rows, amounts)
    else:
        _table(console, title, heads, rows, label, room)


def _table(
    console: Console, title: str, heads: Sequence[str], rows: Sequence[Row], label: int, room: int
) -> None:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number in (1, 2) else "left", no_wrap=True, overflow="fold")
    for row in rows:
        named = wrapped(row.label, label)
        named = [*named[:1], *(f"  {line}" for line in wrapped(" ".join(named[1:]), label - 2) if line)]
        why = "\n".join(wrapped(row.why, room))
        table.add_row("\n".join(named), row.change, row.subtotal, why, style="dim" if row.faint else None)
    console.print(table)


def _blocks(console: Console, title: str, rows: Sequence[Row], amounts: Sequence[int]) -> None:
    from rich.cells import cell_len

    say(console, title)
    for row in rows:
        style = "dim" if row.faint else ""
        indent = row.label[: len(row.label) - len(row.label.lstrip())]
        parts = zip((row.change, row.subtotal), amounts, strict=True)
        paid = "  ".join(" " * (width - cell_len(amount)) + amount for amount, width in parts)
        paid = paid if paid.strip() else ""
        gap = console.width - cell_len(row.label) - cell_len(paid)
        if gap >= 2:
            _line(console, row.label + (" " * gap + paid if paid else ""), style)
        else:
            for line in wrapped(row.label.strip(), console.width - len(indent)):
                _line(console, indent + line, style)
            _line(console, " " * max(console.width - cell_len(paid), 0) + paid, style)
        for line in wrapped(row.why, console.width - len(indent) - 4) if row.why else []:
            _line(console, f"{indent}    {line}", style)
    console.print()


def narrow(console: Console, table: Table, lang: str) -> None:
    """Print a table that is too wide for the screen: for each row its first cell, and beneath it the others by name."""
    colon = "：" if lang == "zh" else ": "
    names = [str(column.header) for column in table.columns]
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        first, *rest = (str(cell) for cell in cells)
        say(console, first)
        for name, cell in zip(names[1:], rest, strict=True):
            for line in wrapped(f"{name}{colon}{cell}", console.width - 2):
                _line(console, f"  {line}")


def say(console: Console, text: str) -> None:
    """Print a text in whole words and whole numbers."""
    for line in text.splitlines():
        for part in wrapped(line, console.width):
            _line(console, part)


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style or None, soft_wrap=True)
