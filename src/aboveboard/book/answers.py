"""The owner's answers to questions of law: from the words in the book to values that rules read.

A rule may ask for what no program can know: how large the shop is, whether somebody checked the words of an offer. The owner
says it once in the book, under `law: facts:`, with the day from which it is so and with a source. Only facts whose declaration
carries a question (`asks`) can be told so; a price's own facts cannot, whatever the book says.

What does not fit its declaration is no answer: the question stays open, and nothing passes by it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aboveboard import money
from aboveboard.book.model import Book, LawFact
from aboveboard.law import places, vocabulary
from aboveboard.law.vocabulary import LARGEST, Fact, Vocabulary
from aboveboard.words import Text

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the owner says of one fact: the value as rules read it, from which day on, and how the owner knows."""

    fact: str
    value: Any
    since: datetime.date
    source: Text


def for_service(
    book: Book, service: str, on: datetime.date, known: Vocabulary | None = None
) -> dict[str, Answer]:
    """Return the answers about the business and this service that hold on that day, by fact."""
    return _hold(book, on, known, "services", (service,)) if book.law.facts else {}


def for_offers(
    book: Book, offers: Collection[str], on: datetime.date, known: Vocabulary | None = None
) -> dict[str, Answer]:
    """Return the answers about promotions, for a price that holds these: only what is said alike of every one of them."""
    if not book.law.facts or not offers:
        return {}
    each = [_hold(book, on, known, "promotions", (offer,)) for offer in offers]
    first, *others = each
    return {
        name: answer
        for name, answer in first.items()
        if all(name in other and other[name].value == answer.value for other in others)
    }


def _hold(
    book: Book, on: datetime.date, known: Vocabulary | None, scope: str, ids: Collection[str]
) -> dict[str, Answer]:
    known = vocabulary.shipped() if known is None else known
    found: dict[str, tuple[bool, Answer]] = {}
    for said in book.law.facts:
        fact = known.get(said.fact)
        if fact is None or fact.asks is None or said.since > on:
            continue
        of_offers = fact.asks.about == "promotion"
        named = said.promotions if scope == "promotions" else said.services
        if of_offers != (scope == "promotions") or (named and not set(ids) & set(named)):
            continue
        if fact.asks.about != "business" and not named:
            continue
        value = read(fact, said.value, book.business.currency)
        if value is None or outside(fact, value) is not None:
            continue
        answer = Answer(said.fact, value, said.since, said.source.words)
        before = found.get(said.fact)
        if before is None or (before[0], before[1].since) <= (bool(named), said.since):
            found[said.fact] = (bool(named), answer)
    return {name: answer for name, (_, answer) in found.items()}


# --------------------------------------------------------------------------------------------------- reading a value
def read(fact: Fact, said: str | list[str], currency: str) -> Any:
    """Return what is written in the book as rules read it, or None if it is not of the fact's type; money in minor units."""
    several = fact.type in vocabulary.LISTS
    if isinstance(said, list) != several:
        return None
    if several:
        found = tuple(_one(fact, fact.type.removesuffix("s"), each, currency) for each in said)
        return None if None in found else found
    return _one(fact, fact.type, str(said), currency)


def _one(fact: Fact, kind: str, said: str, currency: str) -> Any:
    said = said.strip()
    match kind:
        case "text":
            return said or None
        case "flag":
            return _FLAGS.get(said)
        case "count":
            return int(said) if _WHOLE.fullmatch(said) else None
        case "number" | "percent":
            return Decimal(said) if _NUMBER.fullmatch(said) and abs(Decimal(said)) <= LARGEST else None
        case "money":
            return _money(said, currency)
        case "place":
            return said if places.known(said) else None
        case "day":
            words = fact.asks.one_of if fact.asks is not None else None
            return said if said in (words or ()) else _day(said)
    return None


def _money(said: str, currency: str) -> int | None:
    try:
        return money.minor(said, currency) if _NUMBER.fullmatch(said) else None
    except ValueError:
        return None


def _day(said: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(said) if _DAY.fullmatch(said) else None
    except ValueError:
        return None


def outside(fact: Fact, value: Any) -> str | None:
    """Return which bound a value of the right type breaks: `range` or `choice`; None if it keeps all."""
    asks = fact.asks
    if asks is None:
        return None
    if asks.min is not None and value < asks.min:
        return "range"
    if asks.max is not None and value > asks.max:
        return "range"
    among = asks.one_of
    if among is not None and fact.type in ("text", "texts"):
        return None if all(each in among for each in _many(value)) else "choice"
    return None


def _many(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


# ------------------------------------------------------------------------------------------------------- writing one
def line(
    fact: Fact, since: datetime.date, services: Collection[str] = (), promotions: Collection[str] = ()
) -> str:
    """Return the very line that answers a question, to be put under `law: facts:`; the dots are the owner's to fill in."""
    return f"- {{{', '.join(_keys(fact, since, services, promotions))}}}"


def block(
    fact: Fact, since: datetime.date, services: Collection[str] = (), promotions: Collection[str] = ()
) -> str:
    """Return the same as it stands in a book, each key on a line of its own, with its chapter."""
    return "law:\n  facts:\n  - " + "\n    ".join(_keys(fact, since, services, promotions))


def _keys(
    fact: Fact, since: datetime.date, services: Collection[str], promotions: Collection[str]
) -> list[str]:
    blank = "[...]" if fact.type in vocabulary.LISTS else "..."
    scope = [
        f"{name}: [{', '.join(ids)}]"
        for name, ids in (("services", services), ("promotions", promotions))
        if ids
    ]
    source = 'source: {en: "...", zh: "..."}'
    return [f"fact: {fact.name}", f"value: {blank}", f"since: {since}", *scope, source]


def wanted(fact: Fact) -> Text:
    """Return what an answer may be, in words."""
    from aboveboard.words.catalogue import Catalogue

    texts = Catalogue.load("aboveboard.book")
    asks = fact.asks
    if asks is not None and asks.one_of is not None:
        key = "day_or" if fact.type == "day" else "choices" if fact.type == "texts" else "choice"
        return texts.text(f"answers.{key}").filled(choices=", ".join(asks.one_of))
    if asks is not None and asks.min is not None and asks.max is not None:
        return texts.text("answers.between").filled(low=asks.min, high=asks.max)
    return texts.text(f"answers.{fact.type}")


def same_scope(one: LawFact, other: LawFact) -> bool:
    """Return whether two answers to the same question speak of the same thing from the same day."""
    if (one.fact, one.since) != (other.fact, other.since):
        return False
    mine, theirs = {*one.services, *one.promotions}, {*other.services, *other.promotions}
    return bool(mine & theirs) or mine == theirs
