"""Why a price cannot be made: a stable code for machines and a sentence for people."""

from __future__ import annotations

from typing import Literal

from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

Code = Literal[
    "unknown_service",
    "unknown_tier",
    "bad_quantity",
    "too_large",
    "book_broken",
    "unknown_meter",
    "bad_usage",
    "pays_too_little",
    "time_missing",
    "time_without_zone",
    "time_backwards",
    "bad_time",
    "unknown_add_on",
    "add_on_tier",
    "add_on_needs",
    "add_on_excludes",
    "add_on_often",
    "no_seats",
    "bad_seats",
]


class PriceError(ValueError):
    """A request that has no price. `code` is stable, `text` is the sentence in both languages."""

    def __init__(self, code: Code, **values: object) -> None:
        self.code: Code = code
        self.text: Text = Catalogue.load("aboveboard.pricing").text(f"error.{code}").filled(**values)
        super().__init__(self.text.en)
