"""The header of a GPP string: which sections follow, in which order.

Six bits with the number 3 (so that a GPP string begins with `D`, where a TCF string begins with `C`), six with the version, and
the section numbers as a range: how many items, and for each whether it is one number or a run of neighbours. Each number is
written as the distance from the one before, in Fibonacci code, which has no zero. That is why a range can list no number twice
and none out of order, whatever somebody writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aboveboard.choices.signals.bits import Reader, Writer
from aboveboard.choices.signals.error import HEADER, fault

TYPE, VERSION = 3, 1
#: The highest section number that we accept; the trade has given out 27.
MOST = 4095


def read(text: str, most_sections: int) -> tuple[list[int], int]:
    """Return the section numbers and the surplus characters; more numbers than `most_sections` raise `section_count`."""
    reader = Reader(text, HEADER)
    if reader.number(6) != TYPE:
        raise fault("type")
    if (version := reader.number(6)) != VERSION:
        raise fault("version", place=HEADER, found=version, read=VERSION)
    numbers = read_range(reader, most_sections)
    return numbers, reader.finish()


def read_range(reader: Reader, most: int) -> list[int]:
    """Return the numbers of a Fibonacci range; more than `most` of them raise `section_count` before they are counted out."""
    numbers: list[int] = []
    last = 0
    for _ in range(reader.number(12)):
        run = reader.flag()
        start = last + reader.fibonacci(MOST)
        last = start + (reader.fibonacci(MOST) if run else 0)
        if last > MOST:
            raise fault("range", place=reader.place, most=MOST)
        if len(numbers) + last - start + 1 > most:
            raise fault("section_count", announced=len(numbers) + last - start + 1, found=most)
        numbers.extend(range(start, last + 1))
    return numbers


def write(numbers: Sequence[int], surplus: int) -> str:
    """Return the header for these section numbers, which are sorted."""
    writer = Writer()
    writer.number(TYPE, 6)
    writer.number(VERSION, 6)
    write_range(writer, numbers)
    return writer.text(surplus)


def write_range(writer: Writer, numbers: Sequence[int]) -> None:
    """Write sorted numbers as a Fibonacci range."""
    runs = list(_runs(numbers))
    writer.number(len(runs), 12)
    last = 0
    for start, end in runs:
        writer.number(int(end > start), 1)
        writer.fibonacci(start - last)
        if end > start:
            writer.fibonacci(end - start)
        last = end


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of neighbours."""
    start = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            yield numbers[start], number
            start = place + 1
