"""Why prices differ, published: each season, condition, thank-you, fee and guard of a book as sentences that anyone may read.

The list holds all that can move a price beside its offers (`offer_list`), in the order in which it acts. What is not in it moves
no price. Where a rule holds is said in the same words in which a price says why it does not apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from aboveboard.book.model import Book, Condition, DataValue, Fee, Group, Loyalty, Season
from aboveboard.money import minor
from aboveboard.pricing.says import cash, fill, full_date, listed, sentence, share, t
from aboveboard.pricing.when import Names, parts, year_part
from aboveboard.words import Text

Kind = Literal["season", "condition", "loyalty", "fee", "guard"]


@dataclass(frozen=True, slots=True)
class Published:
    """One rule: what it does (`does`, a sentence or several), where it holds, why, and the names of the services it is for.

    `id` is the rule's id in the book, or for a guard the kind of step it makes. No services means every service.
    """

    kind: Kind
    id: str
    name: Text
    does: tuple[Text, ...]
    holds: tuple[Text, ...]
    why: Text
    services: tuple[Text, ...]


def rule_list(book: Book, service: str | None = None) -> tuple[Published, ...]:
    """Return every rule of the book that moves a price and is no offer, in the order in which it acts.

    With a `service`, only those that can move its price.
    """
    names = Names.of(book)

    def meant(rules: Sequence[Any]) -> Iterator[Any]:
        return (each for each in rules if service is None or not each.services or service in each.services)

    return (
        *(_season(book, each) for each in meant(book.seasons)),
        *(_condition(book, each, names) for each in meant(book.conditions)),
        *(_loyalty(book, each) for each in meant(book.loyalty)),
        *_guards(book),
        *(_fee(book, each) for each in meant(book.fees)),
    )


def worth_of_data(book: Book, service: str) -> Text | None:
    """Return what the data of a customer of this service is worth, with how it was worked out; None if nothing is documented."""
    found = next((each for each in book.data_value if not each.services or service in each.services), None)
    return None if found is None else _worth(book, found)


def group_words(group: Group) -> Text:
    """Return who belongs to a group and what they show, in a sentence or two."""
    return listed([sentence(group.criterion.words), sentence(group.proof.words)], " ", "")


def _season(book: Book, season: Season) -> Published:
    holds = (year_part(season.starts, season.ends).words,)
    return _moves(book, "season", season, holds, season.services)


def _condition(book: Book, condition: Condition, names: Names) -> Published:
    holds = [part.words for part in parts(condition.when, names)]
    if condition.tiers:
        tiers = [
            tier.name.words
            for service in book.services
            for tier in service.tiers
            if tier.id in condition.tiers and (not condition.services or service.id in condition.services)
        ]
        holds.append(fill("promotion.other_tier", tiers=listed(list(dict.fromkeys(tiers)))))
    return _moves(book, "condition", condition, tuple(holds), condition.services)


def _moves(
    book: Book, kind: Kind, rule: Season | Condition, holds: tuple[Text, ...], services: Iterable[str]
) -> Published:
    way = "rules.less" if rule.change <= 0 else "rules.more"
    does = (fill(way, share=share(rule.change)),)
    return Published(
        kind, rule.id, rule.name.words, does, holds, sentence(rule.why.words), _names(book, services)
    )


def _loyalty(book: Book, loyalty: Loyalty) -> Published:
    levels = sorted((level.at_least, level.change) for level in loyalty.levels)
    does = tuple(fill(f"rules.{loyalty.fact}", level=level, share=share(change)) for level, change in levels)
    return Published(
        "loyalty",
        loyalty.id,
        loyalty.name.words,
        does,
        (t.text("rules.only_if_allowed"),),
        sentence(loyalty.why.words),
        _names(book, loyalty.services),
    )


def _guards(book: Book) -> Iterator[Published]:
    """Yield the promises of this book, and those that hold for every book."""
    guards, nothing = book.guards, Text("", "")

    def promise(kind: str, does: tuple[Text, ...]) -> Published:
        return Published("guard", kind, t.text(f"{kind}.label"), does, (), nothing, ())

    if guards.cap is not None:
        yield promise("guard_cap", (fill("rules.cap", cap=share(guards.cap)),))
    if guards.rise is not None:
        yield promise("guard_rise", (fill("rules.rise", rise=share(guards.rise), days=guards.rise_days),))
    yield promise("guard_floor", (t.text("rules.floor"),))
    if book.loyalty:
        worth = tuple(_worth(book, each, named=True) for each in book.data_value)
        yield promise("guard_data", (t.text("rules.data"), *worth))
    yield promise("guard_personal", (t.text("rules.personal"),))


def _worth(book: Book, value: DataValue, *, named: bool = False) -> Text:
    currency = book.business.currency
    said = fill(
        "rules.worth",
        amount=cash(minor(value.amount, currency), currency),
        low=cash(minor(value.low, currency), currency),
        high=cash(minor(value.high, currency), currency),
        method=sentence(value.method.words),
        source=sentence(value.source.words),
        day=full_date(value.worked_out),
    )
    if not named or not value.services:
        return said
    return fill("rules.for", services=listed(list(_names(book, value.services))), said=said)


def _fee(book: Book, fee: Fee) -> Published:
    if fee.percent is not None:
        does = fill("rules.fee_share", share=share(fee.percent))
    else:
        amount = cash(minor(fee.amount or Decimal(0), book.business.currency), book.business.currency)
        does = fill(f"rules.fee_{fee.per}", amount=amount)
    holds = (fill("when.channel", channels=listed(_channels(book, fee.channels))),) if fee.channels else ()
    return Published(
        "fee", fee.id, fee.name.words, (does,), holds, sentence(fee.why.words), _names(book, fee.services)
    )


def _channels(book: Book, ids: Iterable[str]) -> list[Text]:
    known = {channel.id: channel.name.words for channel in book.channels}
    return [known.get(each, Text(each, each)) for each in ids]


def _names(book: Book, services: Iterable[str]) -> tuple[Text, ...]:
    wanted = set(services)
    return tuple(service.name.words for service in book.services if service.id in wanted)
