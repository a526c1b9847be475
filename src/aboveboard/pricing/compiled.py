"""A book, made ready to price from: everything about a tier that no request changes, worked out once.

An `Offer` is one tier of one service with its cost, floor and list price in minor units and the rules that can concern it.
Offers are made when they are first asked for, so a slip in one service does not stop the prices of the others. Compiled
books are kept by identity: an edition is loaded once and never changed, and only the few newest are worth remembering.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from aboveboard.book.model import Book, Service, Tax, Tier
from aboveboard.money import MoneyError, minor
from aboveboard.pricing.cost import CostLine, cost_lines, floor, full_cost, sound
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.listed import price_of_one
from aboveboard.pricing.loyalty import LoyaltyRule
from aboveboard.pricing.promotions import PromotionRule
from aboveboard.pricing.says import sentence
from aboveboard.pricing.seasons import SeasonRule
from aboveboard.words import Text

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Offer:
    """One tier of one service, ready to price: unit amounts in minor units, `cost` exact."""

    service: Service
    tier: Tier
    service_name: Text
    tier_name: Text
    currency: str
    cost: Decimal
    lines: tuple[CostLine, ...]
    list_price: int
    floor: int
    seasons: tuple[SeasonRule, ...]
    promotions: tuple[PromotionRule, ...]
    loyalty: tuple[LoyaltyRule, ...]
    tax_id: str
    tax_name: Text
    tax_why: Text
    tax_rate: Decimal


class PriceBook:
    """All offers of one book, compiled as they are asked for."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._offers: dict[tuple[str, str | None], Offer] = {}

    def offer(self, service: str, tier: str | None) -> Offer:
        """Return the offer of that tier, or of the service's default tier; raises `PriceError` if there is none."""
        found = self._offers.get((service, tier))
        if found is None:
            found = self._offers[(service, tier)] = _compile(self.book, service, tier)
        return found


_compiled: OrderedDict[int, PriceBook] = OrderedDict()


def compiled(book: Book) -> PriceBook:
    """Return the compiled form of `book`, made once for each book object."""
    kept = _compiled.get(id(book))
    if kept is not None and kept.book is book:
        return kept
    fresh = _compiled[id(book)] = PriceBook(book)
    while len(_compiled) > _KEPT:
        _compiled.popitem(last=False)
    return fresh


def _compile(book: Book, service_id: str, tier_id: str | None) -> Offer:
    service, tier = _chosen(book, service_id, tier_id)
    currency, cost, tax = book.business.currency, full_cost(book, tier), _tax(book, service)
    tier_names = {each.id: each.name.words for each in service.tiers}
    for where, number in _numbers(book, service, tier, tax):
        if not sound(number):
            raise PriceError("book_broken", where=where)
    try:
        return Offer(
            service=service,
            tier=tier,
            service_name=service.name.words,
            tier_name=tier.name.words,
            currency=currency,
            cost=cost,
            lines=cost_lines(book, tier),
            list_price=price_of_one(book, service, tier),
            floor=floor(cost, service.margin),
            seasons=tuple(SeasonRule.of(season) for season in _for(book.seasons, service)),
            promotions=tuple(
                PromotionRule.of(promotion, currency, tier_names)
                for promotion in _for(book.promotions, service)
            ),
            loyalty=tuple(LoyaltyRule.of(loyalty) for loyalty in _for(book.loyalty, service)),
            tax_id=tax.id,
            tax_name=tax.name.words,
            tax_why=sentence(tax.why.words),
            tax_rate=tax.rate,
        )
    except MoneyError as error:
        raise PriceError("book_broken", where=f"services.{service.id} ({error})") from None


class _Rule(Protocol):
    @property
    def services(self) -> list[str]: ...


R = TypeVar("R", bound=_Rule)


def _for(rules: Sequence[R], service: Service) -> Iterable[R]:
    """Yield the rules that concern this service; a rule that names none concerns all."""
    return (rule for rule in rules if not rule.services or service.id in rule.services)


def _chosen(book: Book, service_id: str, tier_id: str | None) -> tuple[Service, Tier]:
    service = book.service(service_id)
    if service is None:
        raise PriceError(
            "unknown_service", service=service_id, services=", ".join(each.id for each in book.services)
        )
    wanted = tier_id or service.default_tier or service.tiers[0].id
    tier = next((each for each in service.tiers if each.id == wanted), None)
    if tier is None:
        raise PriceError(
            "unknown_tier",
            service=service_id,
            tier=wanted,
            tiers=", ".join(each.id for each in service.tiers),
        )
    return service, tier


def _tax(book: Book, service: Service) -> Tax:
    tax = next((each for each in book.taxes if each.id == service.tax), None)
    if tax is None:
        raise PriceError("book_broken", where=f"services.{service.id}.tax {service.tax}")
    return tax


def _numbers(book: Book, service: Service, tier: Tier, tax: Tax) -> Iterable[tuple[str, Decimal]]:
    """Yield every number that the price of this tier is computed from, with its place in the book."""
    yield f"services.{service.id}.{tier.id}.list_price", tier.list_price or Decimal(0)
    yield f"taxes.{tax.id}.rate", tax.rate
    for season in _for(book.seasons, service):
        yield f"seasons.{season.id}.change", season.change
    for promotion in _for(book.promotions, service):
        yield f"promotions.{promotion.id}.percent", promotion.percent or Decimal(0)
        yield f"promotions.{promotion.id}.amount", promotion.amount or Decimal(0)
    for loyalty in _for(book.loyalty, service):
        for level in loyalty.levels:
            yield f"loyalty.{loyalty.id}.levels", level.change
