"""What rows are priced from: for each row the offer that a single order would be priced by, and the days before.

A tier that is so much for each has one offer for each stretch of days with the same costs. An order that is charged as a whole
has an offer of its own; equal orders share it, so it is made once for each mix of quantity, usage, add-ons, seats and time that
occurs. A mix that cannot be sold is told apart, with the sentence that a single order would get.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

from aboveboard.book.model import Book
from aboveboard.pricing.columns.table import Columns, column, looked_up
from aboveboard.pricing.compiled import Offer, compiled
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.order import offer_for, ordered, simple
from aboveboard.pricing.quote import MOST
from aboveboard.pricing.rules import NOT_SAID, Standing
from aboveboard.pricing.rules.deeds import fraction
from aboveboard.pricing.steps import Background, PriceRequest

#: Below this, sums of columns stay within int64 with room to spare.
_SAFE = 2**62
#: The largest amount that a single price may reach (see `pricing.writer`).
EXACT = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Stock:
    """The offers that rows differ by, and which one each row is (`variant`); a mix that is not sold has its error instead."""

    offers: tuple[Offer | PriceError, ...]
    variant: Any

    @property
    def refused(self) -> tuple[PriceError, ...]:
        """The reasons why some rows have no price."""
        return tuple(each for each in self.offers if isinstance(each, PriceError))

    def sold(self, rows: int) -> Any:
        """Return which rows have a price, as an array of truth values."""
        import numpy as np

        table = np.array([isinstance(each, Offer) for each in self.offers])
        return np.broadcast_to(table[self.variant], (rows,))


def stocked(
    book: Book, service: str, tier: str | None, columns: Columns, channel: str | None, segment: str | None
) -> Stock:
    """Return the offers of all rows; raises `PriceError` only for a tier that nobody can have."""
    import numpy as np

    days = np.asarray(columns.on)
    offers, period = compiled(book).offers(service, tier, days, channel, segment)
    if (offers[0].plain and not columns.usage and not columns.requests) or not np.size(days):
        return Stock(offers, period)
    said = columns.requests or (PriceRequest(service, tier, 1, date.min, channel=channel, segment=segment),)
    whole = [not simple(offers[0], each) or bool(columns.usage) for each in said]
    mixed = _mixed(
        [
            period,
            _request_codes(said, whole, columns.request),
            column(columns.quantity) * looked_up([int(each) for each in whole], columns.request),
            *(column(many) for many in columns.usage.values()),
        ]
    )
    first = np.unique(mixed, return_index=True)[1] if np.ndim(mixed) else [0]
    found = tuple(_offer(book, service, tier, columns, said, int(row)) for row in first)
    return Stock(found, mixed)


def _offer(
    book: Book, service: str, tier: str | None, columns: Columns, said: Sequence[PriceRequest], row: int
) -> Offer | PriceError:
    """Return what a single order like that row would be priced by, or why there is none."""
    usage = {meter: Decimal(at(many, row)) for meter, many in columns.usage.items()}
    template = said[at(columns.request, row)]
    asked = replace(
        template,
        service=service,
        tier=tier,
        quantity=at(columns.quantity, row),
        on=date.fromordinal(at(columns.on, row)),
        usage={**template.usage, **usage},
    )
    try:
        return offer_for(book, asked)
    except PriceError as error:
        return error


def _request_codes(said: Sequence[PriceRequest], whole: list[bool], index: Any) -> Any:
    """Return a number for each row: the same for requests whose list price and cost are the same."""
    places: dict[object, int] = {}
    keys = (
        (each.channel, each.segment, ordered(each) if own else None)
        for each, own in zip(said, whole, strict=True)
    )
    return looked_up([places.setdefault(key, len(places)) for key in keys], index)


def _mixed(columns: list[Any]) -> Any:
    """Return one dense number for each combination that occurs: 0 for all rows where nothing differs."""
    import numpy as np

    mixed: Any = 0
    for each in columns:
        if np.ndim(each) == 0 or not len(each):
            continue
        known, code = np.unique(each, return_inverse=True)
        if len(known) > 1:
            mixed = np.unique(mixed * len(known) + code, return_inverse=True)[1]
    return mixed


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rows are priced from, by row or one for all: `listed` and `floor` of one, and how many `times` that counts.

    For an order that is charged as a whole, `times` is 1 and `listed` is that of the order, which has `parts` units (None: no
    row is such an order).
    """

    listed: Any
    floor: Any
    times: Any
    parts: Any


def ground_of(offers: Sequence[Offer], variant: Any, quantity: Any, wide: int | None) -> Ground:
    """Return the ground of all rows; `wide` (how many rows) makes it of numbers without a limit, else it is int64."""
    import numpy as np

    whole = looked_up([int(each.whole) for each in offers], variant)
    listed = looked_up([each.list_price for each in offers], variant)
    floor = looked_up([each.floor for each in offers], variant)
    many = column(quantity)
    if wide is not None:
        # Python's own integers, in arrays: slow, and right however large.
        listed, floor, many = (
            np.full(wide, 0, dtype=object) + _objects(each) for each in (listed, floor, many)
        )
    if isinstance(whole, int):
        times, parts = (1, many) if whole else (many, None)
    else:
        times, parts = np.where(whole, 1, many), np.where(whole, many, 1)
    return Ground(listed, floor, times, parts)


def _objects(values: Any) -> Any:
    import numpy as np

    return values if np.ndim(values) == 0 else values.astype(object)


@dataclass(frozen=True, slots=True)
class Behind:
    """The days before, by row or one for all: -1 where nothing is known. `limits` says where data may take off only so much.

    `partial` says where the earlier price may not be the lowest, `first` where offers count from it to begin with.
    """

    lowest: Any
    prior: Any
    partial: Any
    limits: Any
    first: Any


def behind_of(backgrounds: Sequence[Background], index: Any) -> Behind:
    """Return what the backgrounds say for each row."""
    import numpy as np

    return Behind(
        lowest=looked_up([NOT_SAID if each.lowest is None else each.lowest for each in backgrounds], index),
        prior=looked_up(
            [NOT_SAID if each.prior is None else each.prior.lowest for each in backgrounds], index
        ),
        partial=np.equal(
            looked_up([int(bool(each.prior and each.prior.since)) for each in backgrounds], index), 1
        ),
        limits=np.greater(looked_up([each.rules for each in backgrounds], index), 1),
        first=np.greater(looked_up([each.rules for each in backgrounds], index), 2),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How large anything can get: an `amount` of an order in minor units, and any number on the way there."""

    amount: int
    number: int

    @property
    def fits(self) -> bool:
        """Whether int64 can count it."""
        return self.number < _SAFE

    @property
    def exact(self) -> bool:
        """Whether no step can pass what a price may come to."""
        return self.amount <= EXACT


def reach(
    offers: Sequence[Offer], backgrounds: Sequence[Background], finest: int = 1, most: int = MOST
) -> Reach:
    """Return how far the rules of a tier can take any order of it, whatever is asked; `finest` is into what a coin is cut."""
    offer = offers[0]
    many = most if any(each.whole for each in offers) else 1
    before = [each.prior.lowest * many for each in backgrounds if each.prior] + [
        each.lowest or 1 for each in backgrounds
    ]
    listed = max(*(max(each.list_price, each.floor, ceil(each.cost)) for each in offers), *before, 1)
    now, number = listed, 1
    for rule in (*offer.unit_rules, *offer.order_rules):
        scale = max((deed.scale for deed in rule.rule.deeds), default=1)
        moves = [abs(int(deed.numerator(Standing(now, listed, now, most)))) for deed in rule.rule.deeds]
        parts = [scale // deed.scale for deed in rule.rule.deeds]
        widest = max((move * part for move, part in zip(moves, parts, strict=True)), default=0)
        number = max(number, widest * most * 4 + scale)
        now += -(-widest // scale)
    now *= most
    for fee in offer.fees:
        widest = abs(int(fee.deed.numerator(Standing(now, now, now, 1)))) * (most if fee.per_unit else 1)
        number = max(number, widest * 4 + fee.deed.scale)
        now += -(-widest // fee.deed.scale)
    share, scale = fraction(offer.tax_rate)
    number = max(number, share * now * 4 + scale)
    now += -(-share * now // scale)
    for limit in (offer.cap, offer.rise):
        if limit is not None:
            part, over = fraction(limit)
            number = max(number, listed * most * (over + part) * 4)
    if offer.worth is not None:
        now = max(now, offer.worth.amount * most)
    return Reach(now * 2, max(number, now * 8 * finest))


def at(values: Any, row: int) -> int:
    """Return a row's number, of an array or of one number for all rows."""
    import numpy as np

    return int(values) if np.ndim(values) == 0 else int(values[row])
