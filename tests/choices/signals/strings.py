"""Strings of the trade for tests: GPP strings by section, TCF strings by what was agreed to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aboveboard.choices.signals import gpp
from aboveboard.choices.signals.bits import Writer

EVERYTHING = range(1, 25)


def gpp_string(name: str, **fields: Any) -> str:
    """A GPP string of one section in which nothing applies but what is said."""
    return gpp.encode(gpp.Sections((gpp.section(name, **fields),)))


def tcf_string(agreed: Collection[int] = (), interests: Collection[int] = ()) -> str:
    """A TCF string of version 2 in which these purposes were agreed to, and these rest on a legitimate interest."""
    writer = Writer()
    for value, bits in ((2, 6), (15_000_000_000, 36), (15_000_000_000, 36), (27, 12), (1, 12), (1, 6)):
        writer.number(value, bits)
    for letter in "EN":
        writer.number(ord(letter) - ord("A"), 6)
    for value, bits in ((100, 12), (4, 6), (0, 1), (0, 1), (0, 12)):
        writer.number(value, bits)
    for purposes in (agreed, interests):
        for number in EVERYTHING:
            writer.number(int(number in purposes), 1)
    writer.number(0, 1)
    for letter in "DE":
        writer.number(ord(letter) - ord("A"), 6)
    for _ in range(2):
        writer.number(0, 16)  # no vendors, as a row of bits
        writer.number(0, 1)
    writer.number(0, 12)
    return writer.text()
