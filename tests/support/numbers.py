"""Numbers as people, spreadsheets and attackers write them, for every door that takes one.

A row is what is written, and which numbers a door may take it for; a door that takes none of them says so in a sentence. What
is empty here may be taken for nothing.
"""

from __future__ import annotations

from decimal import Decimal

D = Decimal
HUGE = ("1" + "0" * 18, "1" + "0" * 30, "9" * 400)

HOSTILE: dict[str, tuple[Decimal, ...]] = {
    "NaN": (), "sNaN": (), "nan": (), ".nan": (), "inf": (), "-inf": (), ".inf": (), "Infinity": (),
    "1e400": (), "1e-400": (), **dict.fromkeys(HUGE[1:], ()), HUGE[0]: (D(10**18),),
    "-0": (D(0),), "-1": (D(-1),), "1e3": (D(1000),), "1_000": (D(1000),), "1,000": (D(1000),), "12,50": (D("12.50"),),
    "１２": (D(12),), "٣": (D(3),), "½": (), "": (), "   ": (), "true": (), "null": (), "0x10": (), "0b11": (),
    "0." + "1" * 40: (), "12.345678901234567890123": (), "=1+1": (), "--1": (), "-1-2": (), "((5))": (),
    "1.2.3": (), "1 2": (), "\x00": (),
    "a" * 3000: (), "{0}": (), "%s": (), "'; drop": (),
}  # fmt: skip
