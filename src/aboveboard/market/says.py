"""How the market is said: amounts, shares, days, quantities. Nothing is computed here but how a number is written."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction

from aboveboard import money
from aboveboard.book.model import Observation
from aboveboard.market.comparable import asked, rounded
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.months import MONTHS

t = Catalogue.load("aboveboard.market")

Value = Text | str | int


def fill(key: str, **values: Value) -> Text:
    """Return the text `key` with its places filled in both languages; brackets inside values are what they look like."""
    pattern = t.text(key)
    return Text(
        pattern.en.format_map({name: _in(value, "en") for name, value in values.items()}),
        pattern.zh.format_map({name: _in(value, "zh") for name, value in values.items()}),
    )


def cash(exact: Fraction | int, currency: str) -> Text:
    """Return minor units, rounded to whole ones, as people write them."""
    return money.show(rounded(Fraction(exact)), currency)


def percent(share: Fraction) -> str:
    """Return a share as a percentage without a sign and with at most one decimal: `5.3%`."""
    tenths = rounded(abs(share) * 1000)
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def day(on: datetime.date) -> Text:
    """Return a day as people write it."""
    return Text(f"{on.day} {MONTHS[on.month - 1]} {on.year}", f"{on.year} 年 {on.month} 月 {on.day} 日")


def many(quantity: Decimal, unit: str) -> Text:
    """Return how much of something: `45 minutes`, `1 visit`, `10 visits`."""
    number = f"{quantity:,f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return fill(f"unit.{unit}.{'one' if quantity == 1 else 'many'}", n=number)


def price_of(observation: Observation) -> Text:
    """Return what they ask, as it was seen: `$120.00 for 60 minutes`."""
    currency = observation.currency
    seen = fill(
        "seen.price",
        price=cash(Fraction(money.in_minor(observation.amount, currency)), currency),
        much=many(observation.quantity, observation.unit),
    )
    if observation.all_in:
        return fill("seen.all_in", price=seen)
    if observation.on_top is None:
        return fill("seen.not_all_in", price=seen)
    whole = cash(Fraction(asked(observation)), currency)
    return fill("seen.on_top", price=seen, whole=whole)


def sentence(text: Text) -> Text:
    """Return the text with a full stop at its end if its author left it out."""
    return Text(_stopped(text.en, "."), _stopped(text.zh, "。"))


def joined(parts: list[Text], en: str = " ", zh: str = "") -> Text:
    """Return several texts in a row."""
    return Text(en.join(part.en for part in parts), zh.join(part.zh for part in parts))


def _stopped(text: str, stop: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…。！？" else text + stop


def _in(value: Value, lang: str) -> object:
    if isinstance(value, Text):
        return value.zh if lang == "zh" else value.en
    return value
