"""The alphabet, the fields, and Fibonacci code, against the tables of the specification and of IAB's own test suite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.choices.signals.bits import ALPHABET, MOST_CHARACTERS, Reader, Writer, whole
from aboveboard.choices.signals.error import HEADER, SignalError
from aboveboard.choices.signals.gpp.header import read_range, write_range

#: GPP, Core/Consent String Specification.md, *About Fibonacci Encoding*.
FIBONACCI = [(1, "11"), (2, "011"), (3, "0011"), (4, "1011"), (5, "00011"), (6, "10011"), (7, "01011")]

#: The same file (*Range (Fibonacci)*), and IABTechLab/iabgpp-es, …/encoder/FibonacciIntegerRangeEncoder.test.ts.
RANGES = [
    ([], "000000000000"),
    ([2], "0000000000010011"),
    ([2, 3, 4, 5, 6], "00000000000110111011"),
    ([2, 5, 6, 7], "000000000010001110011011"),
    ([3, 5, 6, 7, 8], "0000000000100001110110011"),
    ([2, 5, 6, 7, 8, 9, 10, 11, 12], "00000000001000111001101011"),
]


def _text(bits: str) -> str:
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


@pytest.mark.parametrize("number, bits", FIBONACCI)
def test_fibonacci_code(number: int, bits: str) -> None:
    writer = Writer()
    writer.fibonacci(number)
    assert writer.text() == _text(bits)
    assert Reader(_text(bits), HEADER).fibonacci(100) == number


@pytest.mark.parametrize("numbers, bits", RANGES, ids=str)
def test_fibonacci_ranges(numbers: list[int], bits: str) -> None:
    writer = Writer()
    write_range(writer, numbers)
    assert writer.text() == _text(bits)
    assert read_range(Reader(_text(bits), HEADER), 20) == numbers


@given(st.integers(1, 10**9))
def test_every_number_has_a_code_of_its_own(number: int) -> None:
    writer = Writer()
    writer.fibonacci(number)
    assert Reader(writer.text(), HEADER).fibonacci(10**9) == number


@given(st.sets(st.integers(1, 4095), max_size=60))
def test_every_set_of_numbers_is_a_range(numbers: set[int]) -> None:
    writer = Writer()
    write_range(writer, sorted(numbers))
    assert read_range(Reader(writer.text(), HEADER), 60) == sorted(numbers)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0)), max_size=20), st.integers(0, 3))
def test_fields_come_back_and_filling_is_counted(fields: list[tuple[int, int]], surplus: int) -> None:
    writer = Writer()
    for bits, value in fields:
        writer.number(value % 2**bits, bits)
    reader = Reader(writer.text(surplus), HEADER)
    assert [reader.number(bits) for bits, _ in fields] == [value % 2**bits for bits, value in fields]
    assert reader.finish() == surplus


def test_positions_of_ones() -> None:
    assert Reader("gB", HEADER).flags(12) == {1, 12}
    assert Reader("", HEADER).flags(0) == frozenset()


@pytest.mark.parametrize(
    "text, read, code",
    [
        ("A", lambda reader: reader.number(7), "truncated"),
        ("AAAA", lambda reader: reader.fibonacci(10**9), "truncated"),
        ("AAAAAAAAAA", lambda reader: reader.fibonacci(4095), "range"),
        ("__", lambda reader: (reader.number(6), reader.finish()), "padding"),
        ("AAAA", lambda reader: reader.finish(), "padding"),
    ],
    ids=["too few bits", "no second one", "a number too high", "ones in the filling", "too much filling"],
)
def test_what_cannot_be_read(text: str, read: object, code: str) -> None:
    with pytest.raises(SignalError) as error:
        read(Reader(text, HEADER))  # type: ignore[operator]
    assert error.value.code == code


@pytest.mark.parametrize("character", ["+", "/", "=", " ", "\n", "ä", "Ａ", "\ud800", "{", "\x00"])
def test_only_the_alphabet(character: str) -> None:
    with pytest.raises(SignalError) as error:
        Reader("AA" + character, HEADER)
    assert error.value.code == "alphabet"
    assert error.value.text.say("zh")


def test_empty_and_endless() -> None:
    for text, code in (("", "empty"), ("A" * (MOST_CHARACTERS + 1), "too_long")):
        with pytest.raises(SignalError) as error:
            whole(text)
        assert error.value.code == code
    assert whole("A" * MOST_CHARACTERS)
