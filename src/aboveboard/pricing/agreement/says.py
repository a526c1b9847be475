"""The words of agreements."""

from __future__ import annotations

from fractions import Fraction

from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.says import Value, exact_cash
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

t = Catalogue.load("aboveboard.pricing.agreement")


def fill(key: str, **values: Value) -> Text:
    """Return the text `key` with its places filled in both languages."""
    pattern = t.text(key)
    return Text(
        pattern.en.format_map({name: v.en if isinstance(v, Text) else v for name, v in values.items()}),
        pattern.zh.format_map({name: v.zh if isinstance(v, Text) else v for name, v in values.items()}),
    )


def exactly(value: Fraction, currency: str) -> Text:
    """Return an exact amount as people write it; `…` marks that more digits follow."""
    return exact_cash(decimal(value), currency)
