"""Small helpers that turn amounts, shares and dates into words for the steps of a price.

Every quote says some thirty amounts in two languages, and the same amounts come again and again (list prices, floors), so
the formatters remember their latest answers. Texts are filled with `fill`, which never looks for places inside the values:
a service called `{x}` is a strange name, not a crash.
"""

from __future__ import annotations

import datetime
from decimal import ROUND_DOWN, Context, Decimal
from functools import lru_cache

from aboveboard import money
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue
from aboveboard.words.months import MONTHS

t = Catalogue.load("aboveboard.pricing")

_WIDE = Context(prec=60, rounding=ROUND_DOWN)
_EMPTY = Text("", "")

Value = Text | str | int


def fill(key: str, **values: Value) -> Text:
    """Return the text `key` with its places filled in both languages."""
    pattern = t.text(key)
    return Text(
        pattern.en.format_map(
            {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        ),
        pattern.zh.format_map(
            {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
        ),
    )


@lru_cache(maxsize=4096)
def cash(amount: int, currency: str) -> Text:
    """Return minor units as people write them: `$84.00`, `84.00 美元`."""
    return money.show(amount, currency)


@lru_cache(maxsize=1024)
def exact_cash(exact: Decimal, currency: str) -> Text:
    """Return an exact number of minor units with up to two more decimals than money has; `…` marks that more follow."""
    places = money.exponent(currency)
    main = exact.scaleb(-places, _WIDE)
    shown = main.quantize(Decimal(1).scaleb(-places - 2), context=_WIDE)
    digits = f"{abs(shown):,f}"
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    digits = f"{whole}.{fraction}" if fraction else whole
    pattern = cash(-1 if exact < 0 else 1, currency)
    unit = money.plain(1, currency)
    more = "" if shown == main else "…"
    return Text(pattern.en.replace(unit, digits + more), pattern.zh.replace(unit, digits + more))


@lru_cache(maxsize=1024)
def share(value: Decimal) -> str:
    """Return a share as a percentage without a sign: `-0.07` is `7%`, `0.0925` is `9.25%`."""
    return f"{number(abs(value).scaleb(2, _WIDE))}%"


def number(value: Decimal) -> str:
    """Return a decimal without an exponent and without idle zeros: `0.750` is `0.75`, `1.2E+3` is `1,200`."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=512)
def month_day(month: int, day: int) -> Text:
    """Return a day of every year: `1 January`, `1 月 1 日`."""
    return Text(f"{day} {MONTHS[month - 1]}", f"{month} 月 {day} 日")


@lru_cache(maxsize=512)
def full_date(date: datetime.date) -> Text:
    """Return a date as people write it: `1 January 2027`, `2027 年 1 月 1 日`."""
    return Text(
        f"{date.day} {MONTHS[date.month - 1]} {date.year}", f"{date.year} 年 {date.month} 月 {date.day} 日"
    )


@lru_cache(maxsize=1024)
def times(quantity: int) -> Text:
    """Return ` × 3`, or nothing at all for one."""
    return _EMPTY if quantity == 1 else fill("amount.times", n=quantity)


@lru_cache(maxsize=1024)
def sentence(text: Text) -> Text:
    """Return the text with a full stop at its end if its author left it out."""
    return Text(_stopped(text.en, "."), _stopped(text.zh, "。"))


def _stopped(text: str, stop: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…。！？" else text + stop


def listed(names: list[Text], mark_en: str = ", ", mark_zh: str = "、") -> Text:
    """Return several names in a row."""
    return Text(mark_en.join(name.en for name in names), mark_zh.join(name.zh for name in names))
