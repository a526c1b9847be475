"""The full cost of one unit, item by item: what it is, how much is used, what that comes to.

Direct items count by use, indirect items by their driver; a channel and a segment add what they use up besides; customers
who don't come make a line of their own. Of a material that loses a share w on the way, a usable quantity q needs q / (1 - w).

A fee that is a share of the price depends on the price, so a cost is always that of something sold *at a price*: at the list
price, if no other is named. `Costing` keeps the two kinds apart: `fixed`, whatever the price, and `share` of it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from aboveboard import money
from aboveboard.book.model import Book, Channel, CostItem, NoShows, Points, Segment, Service, Tier, Use
from aboveboard.pricing.costs.dated import as_on
from aboveboard.pricing.costs.numbers import exact, summed
from aboveboard.pricing.costs.rates import Rate, rate_of
from aboveboard.pricing.costs.says import Value, amount_of, fill, joined, product
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.points import earning, owed_share
from aboveboard.pricing.says import exact_cash
from aboveboard.pricing.says import share as percent
from aboveboard.words import Text

_DIRECT = frozenset({"time", "equipment", "material", "fee"})
#: The kind of the line that customers who don't come make.
EMPTY = "empty"
#: The kind of the line of points that a price earns.
POINTS = "points"


@dataclass(frozen=True, slots=True)
class CostLine:
    """One cost item inside the full cost of one unit: what it is, how much is used, what that comes to.

    `quantity` is the usable amount in the item's `unit`; `amount` is exact minor units; `how` is the sum as people write it,
    `parts` the steps of a time equation. A line of kind `empty` is what stood ready for those who didn't come.
    """

    item: str
    name: Text
    kind: str
    direct: bool
    quantity: Decimal
    unit: str
    amount: Decimal
    how: Text
    source: Text | None = None
    parts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One item in use: its quantity with waste, what one unit costs, and what it comes to without shares of the price."""

    item: CostItem
    use: Use
    needed: Fraction
    rate: Rate
    fixed: Fraction
    #: Its line, once it has been written, where it is the same at any price.
    said: list[CostLine] = field(default_factory=list, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Costing:
    """The cost of one unit, ready for any price: `fixed` exact minor units, and `share` of the price before tax on top."""

    parts: tuple[_Part, ...]
    no_shows: tuple[tuple[NoShows, Fraction, Fraction], ...]
    fixed: Fraction
    share: Fraction
    taxed: Fraction
    currency: str
    #: The points that a price earns, where there is a programme for it.
    points: Points | None = None

    def at(self, price: Fraction) -> Fraction:
        """Return the full cost of one unit sold at `price` (minor units, before tax)."""
        return self.fixed + self.share * price

    def lines(self, price: Fraction) -> tuple[CostLine, ...]:
        """Return the cost item by item for one unit sold at `price`."""
        paid = price * self.taxed
        earned = [self._points(self.points, price)] if self.points else []
        return (*(self._line(part, paid) for part in self.parts), *map(self._empty, self.no_shows), *earned)

    def _line(self, part: _Part, paid: Fraction) -> CostLine:
        """Return the line of an item; many orders use the same hour of the same room."""
        if part.rate.share:
            return self._written(part, paid, part.fixed + part.needed * part.rate.share * paid)
        if not part.said:
            part.said.append(self._written(part, paid, part.fixed))
        return part.said[0]

    def _written(self, part: _Part, paid: Fraction, amount: Fraction) -> CostLine:
        item, use = part.item, part.use
        return CostLine(
            item=item.id,
            name=item.name.words,
            kind=item.kind,
            direct=item.kind in _DIRECT,
            quantity=use.amount,
            unit=item.unit,
            amount=decimal(amount),
            how=product(_amount(item, use), self._each(part.rate, paid)),
            source=item.source.words if item.source else part.rate.source,
            parts=tuple(_step(item, step.what.words, step.quantity, step.share) for step in use.steps),
        )

    def _points(self, points: Points, price: Fraction) -> CostLine:
        return CostLine(
            item=POINTS,
            name=points.name.words,
            kind=POINTS,
            direct=True,
            quantity=decimal(price / Fraction(money.in_minor(points.per, self.currency))),
            unit="point",
            amount=decimal(price * owed_share(points)),
            how=fill(
                "points",
                price=exact_cash(decimal(price), self.currency),
                per=exact_cash(money.in_minor(points.per, self.currency), self.currency),
                worth=exact_cash(money.in_minor(points.worth, self.currency), self.currency),
                used=percent(points.used),
            ),
            source=points.source.words,
        )

    def _each(self, rate: Rate, paid: Fraction) -> Text:
        if not rate.share:
            return rate.said
        said: dict[str, Value] = {
            "share": percent(decimal(rate.share)),
            "price": exact_cash(decimal(paid), self.currency),
        }
        return fill("unit.share_flat", **said, money=rate.said) if rate.flat else fill("unit.share", **said)

    def _empty(self, found: tuple[NoShows, Fraction, Fraction]) -> CostLine:
        entry, ready, lost = found
        share = percent(entry.share)
        return CostLine(
            item=entry.id,
            name=entry.name.words,
            kind=EMPTY,
            direct=False,
            quantity=entry.share,
            unit="visit",
            amount=decimal(lost),
            how=fill("empty", money=exact_cash(decimal(ready), self.currency), share=share),
            source=entry.source.words if entry.source else None,
        )


class Rates:
    """The items of a book as on a day, with what one unit of each costs: worked out once for many tiers."""

    def __init__(self, book: Book, on: datetime.date | None) -> None:
        self.book = as_on(book, on)
        self._items = {item.id: item for item in reversed(self.book.costs)}
        self._known: dict[str, tuple[CostItem, Fraction, Rate]] = {}
        self._parts: dict[tuple[str, Decimal], _Part] = {}
        self._around: dict[str | None, _Around] = {}

    def part(self, use: Use) -> _Part:
        """Return one item in use; raises `PriceError` for an item that is unknown or unusable."""
        known = self._known.get(use.item)
        if known is None:
            known = self._known[use.item] = self._rated(use.item)
        if use.steps:
            return self._used(use, *known)
        # Many tiers use the same hour of the same room.
        key = (use.item, use.amount)
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = self._used(use, *known)
        return part

    def around(self, service: Service | None) -> _Around:
        """Return what the costs of a service depend on beside what it uses."""
        key = None if service is None else service.id
        found = self._around.get(key)
        if found is None:
            found = self._around[key] = _Around.of(self.book, service)
        return found

    def _used(self, use: Use, item: CostItem, kept: Fraction, rate: Rate) -> _Part:
        amount = exact(use.amount, f"cost {use.item}")
        needed = amount if kept == 1 else amount / kept
        return _Part(item, use, needed, rate, needed * rate.flat)

    def _rated(self, name: str) -> tuple[CostItem, Fraction, Rate]:
        item, where = self._items.get(name), f"cost {name}"
        if item is None:
            raise PriceError("book_broken", where=where)
        lost = exact(item.waste, where)
        if lost >= 1:
            raise PriceError("book_broken", where=where)
        return item, 1 - lost, rate_of(self.book, item)


def costing(
    book: Book,
    tier: Tier,
    *,
    on: datetime.date | None = None,
    channel: str | None = None,
    segment: str | None = None,
    service: Service | None = None,
    rates: Rates | None = None,
) -> Costing:
    """Return the cost of one unit of `tier` by the costs of the day `on` (None: as the book first says).

    `channel` and `segment` are ids of the book; `service` is the one that the tier belongs to, found by itself if left out;
    `rates` are those of the same book and day, for whoever asks for many tiers. Raises `PriceError` if the book's costs are
    unusable or one of the ids is unknown.
    """
    rates = rates or Rates(book, on)
    book = rates.book
    service = service or service_of(book, tier)
    uses = [*tier.uses]
    if channel is not None:
        way = _channel(book, channel)
        uses = [use for use in uses if use.item not in way.without] + way.uses
    if segment is not None:
        uses += _segment(book, segment).uses
    parts = tuple(rates.part(use) for use in uses)
    around = rates.around(service)
    empty = tuple(_empty_of(around, parts))
    return Costing(
        parts=parts,
        no_shows=empty,
        fixed=summed((*(part.fixed for part in parts), *(lost for _, _, lost in empty))),
        share=_share_of(parts, around),
        taxed=around.taxed,
        currency=book.business.currency,
        points=around.points,
    )


def cost_lines(
    book: Book,
    tier: Tier,
    *,
    on: datetime.date | None = None,
    channel: str | None = None,
    segment: str | None = None,
    price: int | None = None,
) -> tuple[CostLine, ...]:
    """Return the full cost of `tier` item by item, as the tier names them; `price` in minor units, else the list price."""
    made = costing(book, tier, on=on, channel=channel, segment=segment)
    return made.lines(sold_at(book, tier, price))


def full_cost(
    book: Book,
    tier: Tier,
    *,
    on: datetime.date | None = None,
    channel: str | None = None,
    segment: str | None = None,
    price: int | None = None,
) -> Decimal:
    """Return what one unit of `tier` costs, in exact minor units; raises `PriceError` if the book's costs are unusable."""
    made = costing(book, tier, on=on, channel=channel, segment=segment)
    return decimal(made.at(sold_at(book, tier, price)))


def cost_of(book: Book, uses: Iterable[Use], on: datetime.date | None = None) -> Decimal:
    """Return what some uses cost by themselves (an add-on, one of a meter): exact minor units, without shares of a price."""
    rates = Rates(book, on)
    return decimal(sum((rates.part(use).fixed for use in uses), Fraction(0)))


def sold_at(book: Book, tier: Tier, price: int | None) -> Fraction:
    """Return a price in minor units: the one that is given, or the list price; 0 for a tier that has none."""
    if price is not None:
        return Fraction(price)
    if tier.list_price is None:
        return Fraction(0)
    listed = exact(tier.list_price, f"{tier.id}.list_price")
    return listed * Fraction(money.in_minor(Decimal(1), book.business.currency))


def service_of(book: Book, tier: Tier) -> Service | None:
    """Return the service that `tier` belongs to; the very same tier goes before one that only looks the same."""
    same = (each for each in book.services if any(one is tier for one in each.tiers))
    return next(same, None) or next((each for each in book.services if tier in each.tiers), None)


def _share_of(parts: tuple[_Part, ...], around: _Around) -> Fraction:
    """Return the share of a price that fees take, and of what its points will cost."""
    taken = [part.needed * part.rate.share for part in parts if part.rate.share]
    if not taken:
        return around.owed
    share = around.taxed * (taken[0] if len(taken) == 1 else summed(taken))
    return share + around.owed if around.owed else share


@dataclass(frozen=True, slots=True)
class _Around:
    """What the costs of a service depend on beside what it uses: who does not come, the tax, the points that a price earns.

    `taxed` is what is paid for a price of one, `owed` the share of a price that its points will cost.
    """

    no_shows: tuple[tuple[NoShows, Fraction], ...]
    taxed: Fraction
    points: Points | None
    owed: Fraction

    @classmethod
    def of(cls, book: Book, service: Service | None) -> _Around:
        points = earning(book, service)
        owed = owed_share(points) if points else Fraction(0)
        return cls(tuple(_no_shows(book, service)), 1 + _tax(book, service), points, owed)


def _no_shows(book: Book, service: Service | None) -> Iterator[tuple[NoShows, Fraction]]:
    for entry in book.no_shows:
        if service is not None and entry.services and service.id not in entry.services:
            continue
        share = exact(entry.share, f"no_shows {entry.id}")
        if not 0 <= share < 1:
            raise PriceError("book_broken", where=f"no_shows {entry.id}")
        yield entry, share


def _empty_of(around: _Around, parts: tuple[_Part, ...]) -> Iterator[tuple[NoShows, Fraction, Fraction]]:
    """Yield, for each kind of no-show, what stood ready for one visit and what one visit that takes place carries of it."""
    for entry, share in around.no_shows:
        ready = sum((part.fixed for part in parts if part.item.id in entry.items), Fraction(0))
        if ready and share:
            yield entry, ready, ready * share / (1 - share)


def _channel(book: Book, channel: str) -> Channel:
    found = next((each for each in book.channels if each.id == channel), None)
    if found is None:
        raise PriceError("book_broken", where=f"channel {channel}")
    return found


def _segment(book: Book, segment: str) -> Segment:
    found = next((each for each in book.segments if each.id == segment), None)
    if found is None:
        raise PriceError("book_broken", where=f"segment {segment}")
    return found


def _tax(book: Book, service: Service | None) -> Fraction:
    tax = next((each for each in book.taxes if service is not None and each.id == service.tax), None)
    return exact(tax.rate, f"taxes.{tax.id}.rate") if tax else Fraction(0)


def _amount(item: CostItem, use: Use) -> Text:
    said = amount_of(item.unit, use.amount)
    if len(use.steps) > 1 and use.quantity is None:
        said = fill(
            "amount.steps", steps=joined([_times(item, step.quantity, step.share) for step in use.steps])
        )
    if item.waste:
        said = fill("amount.waste", amount=said, waste=percent(item.waste))
    return said


def _times(item: CostItem, quantity: Decimal, share: Decimal) -> Text:
    amount = amount_of(item.unit, quantity)
    return amount if share == 1 else fill("amount.step_share", amount=amount, share=percent(share))


def _step(item: CostItem, what: Text, quantity: Decimal, share: Decimal) -> Text:
    amount = amount_of(item.unit, quantity)
    if share == 1:
        return fill("part", what=what, amount=amount)
    return fill("part_share", what=what, amount=amount, share=percent(share))
