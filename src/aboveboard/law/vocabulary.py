"""The vocabulary: every fact that a rule may read, with its type and what it means.

Rules name facts such as `promo.starts_at`. Each is declared once, in `facts/*.yaml` or in the pack's own `facts:`, so that a
slip of the pen is found when the pack is loaded and not years later, when a rule has been silently undecided all along.

A type is a function that returns a given value in the form in which rules read it, or None if it is not of that type. A value
of the wrong type (a float, a NaN, a text for a number) therefore counts as missing: nothing passes by it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from aboveboard.law import places
from aboveboard.law.finding import Report
from aboveboard.words.text import Text

Type = Literal[
    "text", "texts", "flag", "number", "count", "percent", "money", "moneys", "day", "days", "place", "places",
    "deals", "intervals", "reasons",
]  # fmt: skip
Day = datetime.date | datetime.datetime
Number = int | Decimal

#: No amount, count or percentage in a question of law is larger; what is, is a slip.
LARGEST = 10**18


class Pair(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages, as YAML gives it."""

    en: str
    zh: str

    @property
    def words(self) -> Text:
        """The same pair as the product's own text."""
        return Text(en=self.en, zh=self.zh)


class Asks(Struct, frozen=True, forbid_unknown_fields=True):
    """The question by which the owner is asked for a fact that nobody else knows, and what an answer may be.

    `about` says what one answer is about: the business (its services, if it names some), single services, or single promotions.
    A number lies between `min` and `max`, a text is one of `one_of`; beside a day, `one_of` holds words such as `never`.
    """

    en: str
    zh: str
    about: Literal["business", "service", "promotion"] = "business"
    one_of: list[str] | None = None
    min: int | None = None
    max: int | None = None

    @property
    def words(self) -> Text:
        """The question as the product's own text."""
        return Text(en=self.en, zh=self.zh)


class Fact(Struct, frozen=True, forbid_unknown_fields=True):
    """One fact: its name (`promo.starts_at`), its type, and what it means.

    A fact with `asks` is the owner's to tell, in the book; every other one is known by whoever judges, and by nobody else.
    """

    name: str
    type: Type
    meaning: Pair
    unit: str | None = None
    asks: Asks | None = None


class Deal(NamedTuple):
    """A sale: on which day, at what price; None where it is not known at what price anything was sold until that day."""

    at: datetime.date
    price: Number | None


class Interval(NamedTuple):
    """A price and the days on which it was in force, both included; `until` is None while it still is.

    A price of None is one that nobody knows: such an interval has an end.
    """

    since: datetime.date
    until: datetime.date | None
    price: Number | None


# ------------------------------------------------------------------------------------------------ reading one value
def number(value: Any) -> Number | None:
    """Return a finite int or Decimal of a sensible size, or None."""
    kind = type(value)
    if kind is int:
        return value if -LARGEST <= value <= LARGEST else None
    if kind is Decimal and value.is_finite():
        return value if -LARGEST <= value <= LARGEST else None
    return None


def count(value: Any) -> int | None:
    """Return a whole number of things, 0 or more, or None."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def text(value: Any) -> str | None:
    """Return a text, or None."""
    return value if type(value) is str else None


def flag(value: Any) -> bool | None:
    """Return true or false, or None."""
    return value if type(value) is bool else None


def day(value: Any) -> Day | None:
    """Return a date, or a moment that knows its zone; or None."""
    if type(value) is datetime.date:
        return value
    return value if isinstance(value, datetime.datetime) and value.tzinfo is not None else None


def place(value: Any) -> str | None:
    """Return a place, or None."""
    return value if places.known(value) else None


def _all_of(one: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...] | None]:
    def read(value: Any) -> tuple[Any, ...] | None:
        if not isinstance(value, list | tuple | set | frozenset):
            return None
        found = []
        for each in value:
            known = one(each)
            if known is None:
                return None
            found.append(known)
        return tuple(found)

    return read


def date_of(value: Day) -> datetime.date:
    """Return the day of a moment, as its own zone has it."""
    return value.date() if isinstance(value, datetime.datetime) else value


def _deal(value: Any) -> Deal | None:
    if type(value) is Deal:
        return value
    if (type(value) is not dict and not isinstance(value, Mapping)) or len(value) != 2:
        return None
    at, price = day(value.get("at")), number(value.get("price"))
    if at is None or (price is None and value.get("price", _LEFT_OUT) is not None):
        return None
    return Deal(date_of(at), price)


def _interval(value: Any) -> Interval | None:
    if type(value) is Interval:
        return value
    if (type(value) is not dict and not isinstance(value, Mapping)) or not value.keys() <= _INTERVAL:
        return None
    given = value.get("to")
    since, until, price = day(value.get("from")), day(given), number(value.get("price"))
    if since is None or (until is None and given is not None):
        return None
    if price is None and (value.get("price", _LEFT_OUT) is not None or until is None):
        return None
    end = None if until is None else date_of(until)
    return None if end is not None and end < date_of(since) else Interval(date_of(since), end, price)


_INTERVAL = frozenset({"from", "to", "price"})
_LEFT_OUT = object()


def reasons(value: Any) -> Mapping[str, str] | None:
    """Return a map from names to reasons, or None."""
    if not isinstance(value, Mapping):
        return None
    return value if all(type(part) is str for pair in value.items() for part in pair) else None


READ: dict[str, Callable[[Any], Any]] = {
    "text": text,
    "texts": _all_of(text),
    "flag": flag,
    "number": number,
    "count": count,
    "percent": number,
    "money": number,
    "moneys": _all_of(number),
    "day": day,
    "days": _all_of(day),
    "place": place,
    "places": _all_of(place),
    "deals": _all_of(_deal),
    "intervals": _all_of(_interval),
    "reasons": reasons,
}
NUMBERS = frozenset({"number", "count", "percent", "money"})
#: Types of facts that an owner can be asked for; what was sold when, say, nobody writes into a book.
ASKED = NUMBERS | {"text", "texts", "flag", "day", "place", "places"}
LISTS = frozenset({"texts", "moneys", "days", "places", "deals", "intervals"})

Vocabulary = Mapping[str, Fact]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    facts: list[Fact]


#: Works the types out while this module is imported, by one thread (see `packs`).
_known = msgspec.json.Decoder(_File)


@lru_cache(maxsize=1)
def shipped() -> Vocabulary:
    """Return every fact that ships with the product, by name."""
    found: dict[str, Fact] = {}
    folder = files("aboveboard.law") / "facts"
    for file in sorted(
        (file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda f: f.name
    ):
        for fact in parse(file.read_text("utf-8"), file.name):
            if fact.name in found:
                raise ValueError(
                    f"the fact '{fact.name}' is declared twice, the second time in {file.name}; keep one"
                )
            found[fact.name] = fact
    return found


def parse(source: str, name: str) -> list[Fact]:
    """Return the facts in a file of the vocabulary; raises `ValueError` with the place of what is wrong."""
    from aboveboard.law import reading

    report = Report(name)
    values = reading.read(source, report)
    if report.findings:
        raise ValueError(report.findings[0].say())
    try:
        return msgspec.convert(values, list[Fact])
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from None


def askable(fact: Fact) -> bool:
    """Return whether the question of a fact and its type go together."""
    asks = fact.asks
    if asks is None:
        return True
    bounds = asks.min is not None or asks.max is not None
    backwards = asks.min is not None and asks.max is not None and asks.min > asks.max
    worded = fact.type in ("text", "texts", "day") and asks.one_of != []
    return (
        fact.type in ASKED
        and (not bounds or (fact.type in NUMBERS and not backwards))
        and (asks.one_of is None or worded)
    )


def joined(extra: Iterable[Fact]) -> Vocabulary:
    """Return the shipped facts and a pack's own."""
    return {**shipped(), **{fact.name: fact for fact in extra}}
