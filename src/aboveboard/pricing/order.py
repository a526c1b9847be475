"""An order of a tier that is not simply so much for each: charges, add-ons, seats, usage, part of a month.

What such an order comes to is known only with the request: its list price is the sum of its charge lines, and it uses up what
the tier, the add-ons and the meters use. `offer_for` makes, out of the compiled tier, an offer for this one order; from there
on it is priced like any other, except that the list price is already that of the whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from msgspec import structs

from aboveboard.book.model import Book, Channel, Segment
from aboveboard.pricing.charges import total
from aboveboard.pricing.compiled import Offer, compiled
from aboveboard.pricing.costs import costing, floor_from
from aboveboard.pricing.plans import uses
from aboveboard.pricing.steps import PriceRequest

#: So many orders of one book are remembered; then the memory starts anew.
_REMEMBERED = 1024


def offer_for(book: Book, request: PriceRequest) -> Offer:
    """Return what a request is priced by: the compiled tier, or an offer made for this order.

    Raises `PriceError` for what cannot be ordered: an unknown service, tier or meter, add-ons that do not go together, seats
    out of range, a time charge without its moments.
    """
    prices = compiled(book)
    offer = prices.offer(request.service, request.tier, request.on, request.channel, request.segment)
    if simple(offer, request):
        return offer
    # One order is priced several times: with and without facts, and as its neighbours.
    key = (id(offer), request.quantity, ordered(request))
    try:
        made = prices.orders.get(key)
    except TypeError:  # something that is no number at all, which the charges refuse with a sentence
        return _made(book, offer, request)
    if made is None:
        if len(prices.orders) >= _REMEMBERED:
            prices.orders.clear()
        made = prices.orders[key] = _made(book, offer, request)
    return made


def ordered(request: PriceRequest) -> Hashable:
    """Return what a request orders beside a quantity of the tier: what its list price and cost depend on."""
    usage = tuple(sorted(request.usage.items())) if request.usage else ()
    seats, pays = request.seats, request.pays
    # `True` is equal to 1, and no number of seats.
    return (usage, request.add_ons, seats, type(seats), pays, type(pays), request.starts, request.ends)


def simple(offer: Offer, request: PriceRequest) -> bool:
    """Return whether the order is so much for each, times how many."""
    return offer.plain and not (
        request.usage
        or request.add_ons
        or request.seats is not None
        or request.pays is not None
        or request.starts is not None
        or request.ends is not None
    )


def _declared(asked: str | None, known: Iterable[Channel | Segment]) -> str | None:
    return next((each.id for each in known if each.id == asked), None)


def _made(book: Book, offer: Offer, request: PriceRequest) -> Offer:
    prices = compiled(book)
    selection = prices.selection(request.service, request.tier, request.add_ons, request.seats)
    charged = total(selection.rules, request)
    used = list(uses(book, selection, request))
    whole = structs.replace(selection.tier, uses=used)
    made = costing(
        book,
        whole,
        on=request.on,
        # As in `PriceBook.offer`: a way of buying or a segment that the book does not declare costs nothing besides.
        channel=_declared(request.channel, book.channels),
        segment=_declared(request.segment, book.segments),
        service=offer.service,
        rates=prices.rates(request.on),
    )
    lowest = floor_from(made, offer.service.margin)
    return replace(
        offer,
        whole=True,
        charges=charged.lines,
        list_price=charged.amount,
        costing=made,
        floor=lowest.amount,
        floor_sum=lowest,
        said={},
        opening={},
        idle={},
    )
