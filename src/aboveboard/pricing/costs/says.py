"""The words of costs: amounts, sums, names. Nothing is computed here but how a number is written."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from aboveboard import money
from aboveboard.pricing.says import exact_cash, number
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

t = Catalogue.load("aboveboard.pricing.costs")

Value = Text | str | int


def fill(key: str, **values: Value) -> Text:
    """Return the text `key` with its places filled in both languages; brackets inside values are what they look like."""
    pattern = t.text(key)
    return Text(
        pattern.en.format_map({name: _in(value, "en") for name, value in values.items()}),
        pattern.zh.format_map({name: _in(value, "zh") for name, value in values.items()}),
    )


def cash(amount: Decimal, currency: str) -> Text:
    """Return an amount of the main unit as people write it, with up to two more decimals than money has."""
    return exact_cash(money.in_minor(amount, currency), currency)


@lru_cache(maxsize=4096)
def amount_of(unit: str, quantity: Decimal) -> Text:
    """Return how much of something: `0.75 h`, `1 visit`, `2 pieces`."""
    if unit in ("hour", "minute"):
        return fill(f"amount.{unit}", n=number(quantity))
    return fill(f"amount.{unit}.{'one' if quantity == 1 else 'many'}", n=number(quantity))


def product(amount: Text, each: Text) -> Text:
    """Return `amount × each`; full-width brackets stand close in Chinese."""
    before = "" if amount.zh.endswith("）") else " "
    after = "" if each.zh.startswith("（") else " "
    return Text(f"{amount.en} × {each.en}", f"{amount.zh}{before}×{after}{each.zh}")


def joined(parts: list[Text], mark: str = " + ") -> Text:
    """Return several amounts with a mark between them."""
    return Text(mark.join(part.en for part in parts), mark.join(part.zh for part in parts))


def _in(value: Value, lang: str) -> object:
    if isinstance(value, Text):
        return value.zh if lang == "zh" else value.en
    return value
