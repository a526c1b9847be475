"""A book, made ready to price from: everything about a tier that no request changes, worked out once.

An `Offer` is one tier of one service with its list price and floor in minor units and the rules that can concern it, in the
order in which they act. Offers are made when they are first asked for, so a slip in one service does not stop the prices of
the others. Compiled books are kept by identity: an edition is loaded once and never changed, and only the few newest are
worth remembering.
"""

from __future__ import annotations

import datetime
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from aboveboard.book.model import Book, DataValue, OpenBook, Promotion, Service, Tax, Tier
from aboveboard.market import Position
from aboveboard.money import MoneyError, minor
from aboveboard.pricing.charges import ChargeLine
from aboveboard.pricing.costs import (
    Costing,
    CostLine,
    Floor,
    Rates,
    costing,
    floor_from,
    opened,
    period,
    sound,
    turns,
)
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.listed import price_of_one
from aboveboard.pricing.loyalty import LoyaltyRule
from aboveboard.pricing.plans import Selection, chosen
from aboveboard.pricing.positioned import all_in, position_of
from aboveboard.pricing.promotions import MOST_OFFERS, PromotionRule, compatible
from aboveboard.pricing.says import sentence
from aboveboard.pricing.seasons import ListPriceRule
from aboveboard.pricing.spoken import Spoken
from aboveboard.pricing.steps import Step
from aboveboard.pricing.tax import FeeRule
from aboveboard.pricing.when import Names
from aboveboard.words import Text

_KEPT = 16
#: So many subscriptions of one book are remembered; then the memory starts anew.
_SELECTIONS = 1024


@dataclass(frozen=True, slots=True)
class Worth:
    """What a customer's data is worth for one unit, in minor units; `method` says how that was worked out."""

    amount: int
    method: Text


@dataclass(frozen=True, slots=True)
class Offer:
    """One tier of one service, ready to price: unit amounts in minor units, `lines` as far as the book is open.

    `unit_rules` move the price of one, `order_rules` the whole order; `offers` are the ids of all offers that concern the
    service, whose places are the bits in a situation, and `sets` those that go together. `said` remembers words,
    `opening` the steps from the cost to the list price by quantity, `idle` steps that did nothing.
    """

    service: Service
    tier: Tier
    service_name: Text
    tier_name: Text
    currency: str
    costing: Costing
    open_book: OpenBook
    list_price: int
    floor: int
    floor_sum: Floor
    closed: bool
    unit_rules: tuple[Spoken, ...]
    order_rules: tuple[Spoken, ...]
    offers: tuple[str, ...]
    sets: tuple[int, ...]
    fees: tuple[FeeRule, ...]
    worth: Worth | None
    cap: Decimal | None
    rise: Decimal | None
    rise_days: int
    tax_id: str
    tax_name: Text
    tax_why: Text
    tax_rate: Decimal
    names: Names
    #: Where the list price stands among what others ask, as far as customers see it.
    position: Position | None = None
    #: Whether the price is so much for each, times how many, whatever else is asked.
    plain: bool = True
    #: Whether list price, cost and floor are those of a whole order, with the `charges` that it is made of.
    whole: bool = False
    charges: tuple[ChargeLine, ...] = ()
    said: dict[object, Text] = field(default_factory=dict)
    opening: dict[int, tuple[Step, ...]] = field(default_factory=dict)
    idle: dict[object, Step] = field(default_factory=dict)

    @property
    def cost(self) -> Decimal:
        """The full cost of one, or of the whole order, sold at the list price; exact minor units."""
        return decimal(self.costing.at(Fraction(self.list_price)))

    @property
    def lines(self) -> tuple[CostLine, ...]:
        """The cost item by item, in words, as far as the owner opens the book."""
        return opened(self.costing.lines(Fraction(self.list_price)), self.open_book)

    @property
    def all_in(self) -> int:
        """The list price with tax and every fee that nobody can avoid: what others' prices are compared with."""
        return all_in(self.list_price, self.fees, self.tax_rate)

    def times(self, quantity: int) -> int:
        """Return how many times the price counts: the quantity, or once where it is the price of the whole order."""
        return 1 if self.whole else quantity

    def bit(self, rule: Spoken) -> int:
        """Return the bit of an offer in a situation, 0 for a rule that is no offer."""
        return 1 << self.offers.index(rule.id) if rule.kind == "promotion" else 0


class PriceBook:
    """All offers of one book, compiled as they are asked for."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.names = Names.of(book)
        self._turns = turns(book)
        self._channels = {channel.id for channel in book.channels}
        self._segments = {segment.id for segment in book.segments}
        self._offers: dict[tuple[str, str | None, int, str | None, str | None], Offer] = {}
        self._rates: dict[int, Rates] = {}
        self._selections: dict[object, Selection] = {}
        self._shared: dict[str, _Shared] = {}
        #: Offers made for one order (see `pricing.order`), by what was ordered.
        self.orders: dict[object, Offer] = {}

    def offer(
        self,
        service: str,
        tier: str | None,
        on: datetime.date,
        channel: str | None = None,
        segment: str | None = None,
    ) -> Offer:
        """Return the offer of that tier, or of the service's default tier, by the costs of a day, a way of buying and a segment.

        A channel or segment that the book does not declare costs nothing besides. Raises `PriceError` if there is no such offer.
        """
        way = channel if channel in self._channels else None
        kind = segment if segment in self._segments else None
        key = (service, tier, period(self._turns, on), way, kind)
        found = self._offers.get(key)
        if found is None:
            found = self._offers[key] = self._compile(service, tier, self.rates(on), way, kind)
        return found

    def rates(self, on: datetime.date) -> Rates:
        """Return what the book's items cost on a day; the same for all days between two changes of a cost."""
        since = period(self._turns, on)
        found = self._rates.get(since)
        if found is None:
            found = self._rates[since] = Rates(self.book, on)
        return found

    def selection(
        self, service: str, tier: str | None, add_ons: tuple[str, ...], seats: int | None
    ) -> Selection:
        """Return a checked subscription with the rules of its charges; raises `PriceError` for what cannot be sold."""
        key = (service, tier, add_ons, seats, type(seats))  # `True` is equal to 1, and no number of seats
        found = self._selections.get(key)
        if found is None:
            if len(self._selections) >= _SELECTIONS:
                self._selections.clear()
            found = self._selections[key] = chosen(self.book, service, tier, add_ons, seats)
        return found

    def _compile(
        self, service_id: str, tier_id: str | None, rates: Rates, channel: str | None, segment: str | None
    ) -> Offer:
        service, tier = _chosen(self.book, service_id, tier_id)
        shared = self._shared.get(service.id)
        if shared is None:
            shared = self._shared[service.id] = _Shared(self.book, service, self.names)
        made = costing(self.book, tier, channel=channel, segment=segment, service=service, rates=rates)
        return shared.offer(tier, made)

    def offers(
        self,
        service: str,
        tier: str | None,
        days: Any,
        channel: str | None = None,
        segment: str | None = None,
    ) -> tuple[tuple[Offer, ...], Any]:
        """Return the tier by the costs of each period that `days` lie in, and the index of each day's period among them.

        `days` is an array of `date.toordinal` numbers, or one.
        """
        import numpy as np

        at = np.searchsorted(
            np.array([turn.toordinal() for turn in self._turns], dtype=np.int64), days, "right"
        )
        met, index = np.unique(at, return_inverse=True)
        met = met if len(met) else np.zeros(1, dtype=np.int64)
        starts = [datetime.date.min, *self._turns]
        found = [self.offer(service, tier, starts[int(each)], channel, segment) for each in met]
        return tuple(found), index.reshape(np.shape(days))


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


class _Shared:
    """What all tiers of one service have in common; raises `PriceError` for a book that cannot be priced from."""

    def __init__(self, book: Book, service: Service, names: Names) -> None:
        self.book, self.service, self.names = book, service, names
        self.currency = book.business.currency
        self.tax = _tax(book, service)
        for where, number in _numbers(book, service, self.tax):
            if not sound(number):
                raise PriceError("book_broken", where=where)
        try:
            self.seasons = tuple(ListPriceRule.season(season) for season in _for(book.seasons, service))
            self.loyalty = tuple(LoyaltyRule.of(loyalty) for loyalty in _for(book.loyalty, service))
            self.fees = tuple(FeeRule.of(fee, self.currency, names) for fee in _for(book.fees, service))
            self.worth = _worth(book, service, self.currency)
            self.conditions = [
                (each, ListPriceRule.condition(each, names)) for each in _for(book.conditions, service)
            ]
            self.promotions = [
                (each, self._everywhere(bit, each)) for bit, each in enumerate(_for(book.promotions, service))
            ]
        except MoneyError as error:
            raise PriceError("book_broken", where=f"services.{service.id} ({error})") from None
        if len(self.promotions) > MOST_OFFERS:
            raise PriceError("book_broken", where="promotions")
        self.sets = compatible([promotion for promotion, _ in self.promotions])
        self.name, self.tax_name, self.tax_why = (
            service.name.words,
            self.tax.name.words,
            sentence(self.tax.why.words),
        )

    def offer(self, tier: Tier, made: Costing) -> Offer:
        """Return one tier of the service, at this cost."""
        where = f"services.{self.service.id}.{tier.id}.list_price"
        if tier.list_price is not None and not sound(tier.list_price):
            raise PriceError("book_broken", where=where)
        lowest = floor_from(made, self.service.margin)
        listed = price_of_one(self.book, self.service, tier)
        offers = self._offers(tier)
        conditions = (
            rule for condition, rule in self.conditions if not condition.tiers or tier.id in condition.tiers
        )
        return Offer(
            service=self.service,
            tier=tier,
            service_name=self.name,
            tier_name=tier.name.words,
            currency=self.currency,
            costing=made,
            open_book=self.book.open_book,
            closed=self.book.open_book == "none",
            list_price=listed,
            floor=lowest.amount,
            floor_sum=lowest,
            unit_rules=(*self.seasons, *conditions, *(o for o in offers if o.stage == "unit"), *self.loyalty),
            order_rules=tuple(offer for offer in offers if offer.stage == "order"),
            offers=tuple(offer.id for offer in offers),
            sets=self.sets,
            fees=self.fees,
            worth=self.worth,
            cap=self.book.guards.cap,
            rise=self.book.guards.rise,
            rise_days=self.book.guards.rise_days,
            tax_id=self.tax.id,
            tax_name=self.tax_name,
            tax_why=self.tax_why,
            tax_rate=self.tax.rate,
            names=self.names,
            position=position_of(self.book, self.service, tier, listed, self.fees, self.tax.rate),
            plain=_plain(self.service, tier),
        )

    def _offers(self, tier: Tier) -> list[PromotionRule]:
        """Return every offer that concerns the service, in the order of the book; its place is its bit."""
        return [
            rule or self._compiled(bit, promotion, tier.id)
            for bit, (promotion, rule) in enumerate(self.promotions)
        ]

    def _everywhere(self, bit: int, promotion: Promotion) -> PromotionRule | None:
        """Return an offer that is the same for every tier, None for one that names tiers."""
        return None if promotion.tiers else self._compiled(bit, promotion, "")

    def _compiled(self, bit: int, promotion: Promotion, tier: str) -> PromotionRule:
        tier_names = {each.id: each.name.words for each in self.service.tiers if each.id in promotion.tiers}
        return PromotionRule.of(promotion, bit, self.currency, tier, tier_names, self.names)


def _plain(service: Service, tier: Tier) -> bool:
    """Return whether a tier is so much for each: no charges, no seats, no minimum, no part of a month."""
    simple = not tier.charges and tier.minimum_spend is None and tier.seats is None
    return simple and service.prorate == "none"


def _worth(book: Book, service: Service, currency: str) -> Worth | None:
    """Return the documented worth of the data; none if nothing is documented or the interval holds zero."""
    known: DataValue | None = next(iter(_for(book.data_value, service)), None)
    if known is None or known.low <= 0 or known.amount <= 0:
        return None
    return Worth(minor(known.amount, currency), sentence(known.method.words))


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


def _numbers(book: Book, service: Service, tax: Tax) -> Iterable[tuple[str, Decimal]]:
    """Yield every number that the prices of this service are computed from beside its tiers, with its place in the book."""
    nothing = Decimal(0)
    yield f"taxes.{tax.id}.rate", tax.rate
    yield "guards.cap", book.guards.cap or nothing
    yield "guards.rise", book.guards.rise or nothing
    for season in _for(book.seasons, service):
        yield f"seasons.{season.id}.change", season.change
    for condition in _for(book.conditions, service):
        yield f"conditions.{condition.id}.change", condition.change
    for promotion in _for(book.promotions, service):
        for key in ("percent", "amount", "price", "spend_least"):
            yield f"promotions.{promotion.id}.{key}", getattr(promotion, key) or nothing
    for loyalty in _for(book.loyalty, service):
        for level in loyalty.levels:
            yield f"loyalty.{loyalty.id}.levels", level.change
    for fee in _for(book.fees, service):
        yield f"fees.{fee.id}", fee.amount or fee.percent or nothing
    for value in _for(book.data_value, service):
        yield "data_value.amount", value.amount
