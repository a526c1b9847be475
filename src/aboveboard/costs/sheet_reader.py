"""The reader of spreadsheets, a process of its own: `python -m aboveboard.costs.sheet_reader FILE MOST_ROWS`.

A sheet of two cells, the first and the very last, is two kilobytes on disk and four hundred gigabytes as a table, and what
cannot be had ends a process without an exception. So it is not our process that ends: this one may use so much memory
and so much time, and no more. It writes the rows of the first sheet to its output, as JSON, each cell as its owner would type it.
"""

from __future__ import annotations

import datetime
import json
import sys
from contextlib import suppress
from typing import Any

#: Bytes of memory, seconds of the processor.
MEMORY = 1 << 30
SECONDS = 20
#: How it ends, beside 0: the file cannot be read; it has too many rows.
DAMAGED, TOO_MANY = 3, 4


def main(file: str, most_rows: int) -> int:
    """Write the rows of a file; return how it ended."""
    _bounded()
    try:
        cells = _cells(file)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # noqa: BLE001 - a fault in native code arrives as a BaseException of its own
        return DAMAGED
    if len(cells) > most_rows:
        return TOO_MANY
    rows = ([_text(cell) for cell in row] for row in cells)
    # Numbered as its owner sees them, from 1; rows without content are passed over.
    json.dump([[number, row] for number, row in enumerate(rows, 1) if any(map(str.strip, row))], sys.stdout)
    return 0


def _bounded() -> None:
    """Give up memory and time beyond the bounds, where the system knows such bounds."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        for what, most in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CPU, SECONDS),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (most, most))


def _cells(file: str) -> list[list[Any]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(file)
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False) if book.sheet_names else []


def _text(cell: Any) -> str:
    """Return a cell as its owner would type it: days as 2026-10-05, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return f"{cell:.12g}" if abs(cell) < 1e12 and "e" not in f"{cell:.12g}" else f"{cell:f}"
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
