"""Six bits to a character: the alphabet that GPP and TCF strings share.

A string is a row of bits, cut into sixes; six bits are a number from 0 to 63, and the number is a character of RFC 4648's
URL-safe alphabet. That is *not* base64 of bytes: a string may end after any six bits (GPP, "Consent String Specification",
*Creating a GPP String*). What is left over at the end is filled with zeros. How far differs: the text of the specification
fills to the next six bits; IAB's own library fills to the next eight and then to six, and TCF strings to the next 24. All three
are read, and the reader says by how many whole characters a string is longer than it must be, so that it can be written again
exactly.
"""

from __future__ import annotations

from aboveboard.choices.signals.error import fault
from aboveboard.words import Text

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#: Longer strings are refused before anything is read. A TCF string with every vendor of Europe has about 2,000 characters.
MOST_CHARACTERS = 16_384
#: Filling to 24 bits leaves at most this many whole characters of nothing.
MOST_SURPLUS = 3

_BITS = {character: f"{number:06b}" for number, character in enumerate(ALPHABET)}


class Reader:
    """Reads fields from a row of bits; `place` is how errors name what is read."""

    def __init__(self, text: str, place: Text) -> None:
        self.place = place
        self._at = 0
        try:
            self._bits = "".join([_BITS[character] for character in text])
        except KeyError as error:
            raise fault("alphabet", place=place, character=ascii(error.args[0])) from None

    def number(self, bits: int) -> int:
        """Read an unsigned number of this many bits, most significant first; raises `truncated`."""
        end = self._at + bits
        if end > len(self._bits):
            raise fault("truncated", place=self.place)
        taken, self._at = self._bits[self._at : end], end
        return int(taken, 2) if taken else 0

    def flag(self) -> bool:
        """Read one bit."""
        return self.number(1) == 1

    def flags(self, count: int) -> frozenset[int]:
        """Read `count` bits and return the positions of the ones, counted from 1."""
        row = f"{self.number(count):0{count}b}" if count else ""
        return frozenset(place for place, bit in enumerate(row, 1) if bit == "1")

    def fibonacci(self, most: int) -> int:
        """Read a number of at least 1 in Fibonacci code; raises `range` above `most`.

        A number is a sum of Fibonacci numbers (1, 2, 3, 5, 8 …) no two of which are neighbours (Zeckendorf). The code has one
        bit per Fibonacci number, the smallest first, and ends with a second 1: two ones in a row cannot occur before.
        """
        total, this, following, before = 0, 1, 2, False
        while True:
            one = self.flag()
            if one and before:
                return total
            total += this if one else 0
            if total > most or this > 2 * most:
                raise fault("range", place=self.place, most=most)
            this, following, before = following, this + following, one

    def finish(self) -> int:
        """Hold that only filling is left, and return how many whole characters of it; raises `padding`."""
        left = self._bits[self._at :]
        surplus = len(left) // 6
        if "1" in left or surplus > MOST_SURPLUS:
            raise fault("padding", place=self.place)
        self._at = len(self._bits)
        return surplus


class Writer:
    """Writes fields into a row of bits. The fields are right already: callers check them."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def number(self, value: int, bits: int) -> None:
        """Write an unsigned number in this many bits."""
        self._parts.append(f"{value:0{bits}b}")

    def fibonacci(self, value: int) -> None:
        """Write a number of at least 1 in Fibonacci code."""
        row = [1, 2]
        while row[-1] <= value:
            row.append(row[-1] + row[-2])
        code, left = "", value
        for number in reversed(row[:-1]):
            taken = number <= left
            code = ("1" if taken else "0") + code
            left -= number if taken else 0
        self._parts.append(code + "1")

    def text(self, surplus: int = 0) -> str:
        """Return the characters, filled to the next six bits and then with `surplus` characters of nothing."""
        bits = "".join(self._parts)
        bits += "0" * (-len(bits) % 6)
        characters = [ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6)]
        return "".join(characters) + "A" * surplus


def whole(text: str) -> str:
    """Return `text` if it can be a privacy string at all; raises `empty`, `too_long`."""
    if not text:
        raise fault("empty")
    if len(text) > MOST_CHARACTERS:
        raise fault("too_long", most=MOST_CHARACTERS)
    return text
