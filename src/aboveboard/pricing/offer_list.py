"""The one visible list of offers: in which order they apply, which exclude which, what each asks, and what "best" means.

First come the offers on each unit, then those on the whole order, both in the order of the book. The same words are used here
and in the steps of a price, so that nobody finds a condition there that was not listed.
"""

from __future__ import annotations

from dataclasses import dataclass

from aboveboard.book.model import Book, Promotion, Service
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.promotions import PromotionRule
from aboveboard.pricing.says import fill, listed, t
from aboveboard.pricing.when import Names
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Listed:
    """One offer: its `place` in the order (counted from 1), what it gives, what it asks, what it does not go together with.

    `services` are the names of what it is for, none if it is for everything; `used_up` that it is over before its last day.
    """

    place: int
    id: str
    name: Text
    gives: Text
    why: Text
    asks: tuple[Text, ...]
    excludes: tuple[Text, ...]
    services: tuple[Text, ...]
    used_up: bool


def offer_list(
    book: Book, service: str | None = None, used_up: frozenset[str] = frozenset()
) -> tuple[Listed, ...]:
    """Return every offer in the order in which it applies; of one service, if `service` is given.

    Raises `PriceError` for a service that the book does not have.
    """
    if service is not None and book.service(service) is None:
        raise PriceError(
            "unknown_service", service=service[:40], services=", ".join(s.id for s in book.services)
        )
    names = Names.of(book)
    meant = [
        each for each in book.promotions if not each.services or service is None or service in each.services
    ]
    rules = [(each, _rule(book, each, names)) for each in meant]
    ordered = [pair for stage in ("unit", "order") for pair in rules if pair[1].stage == stage]
    return tuple(_listed(book, place, *pair, used_up) for place, pair in enumerate(ordered, 1))


def best() -> Text:
    """Return what "best for the customer" means, in a sentence."""
    return t.text("offers.best")


def _rule(book: Book, promotion: Promotion, names: Names) -> PromotionRule:
    tiers: dict[str, Text] = {}
    for service in _services(book, promotion) or book.services:
        tiers |= {tier.id: tier.name.words for tier in service.tiers}
    # A tier that no offer names: so "only for these tiers" is listed as something that the offer asks.
    return PromotionRule.of(promotion, 0, book.business.currency, "", tiers, names)


def _listed(
    book: Book, place: int, promotion: Promotion, rule: PromotionRule, used_up: frozenset[str]
) -> Listed:
    others = [
        each.name.words
        for each in book.promotions
        if each.id in promotion.excludes or promotion.id in each.excludes
    ]
    asks = [words for code, words in rule.why_not.items() if code not in _NOT_ASKED]
    return Listed(
        place=place,
        id=promotion.id,
        name=rule.name,
        gives=fill(
            f"offers.{rule.says.removeprefix('promotion.')}",
            **rule.values,
            each=t.text(f"offers.{rule.stage}"),
        ),
        why=promotion.why.words,
        asks=tuple(asks),
        excludes=(fill("offers.excludes", names=listed(others)),) if others else (),
        services=tuple(service.name.words for service in _services(book, promotion)),
        used_up=promotion.id in used_up,
    )


#: The days are said with what the offer gives, and "used up" is no condition that anyone can meet.
_NOT_ASKED = frozenset({"promotion.not_yet", "promotion.over", "promotion.used_up"})


def _services(book: Book, promotion: Promotion) -> list[Service]:
    return [each for each in book.services if each.id in promotion.services]
