"""A service of the book as a price page: the form in which faults of plans are found and plans are exported.

Ids of the book become the names of the page, since names must not change with the wording; what customers read stands in the
descriptions, in English, as the format has one language. A limit is named after its meter and its period. How many people a
subscription is for is a limit too. Every price is the price of one: what a page to hand out says beside it is for `own_export`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from aboveboard.book.model import AddOn, Book, Contained, Limit, Service, Tier
from aboveboard.money import exponent
from aboveboard.pricing.charges import tier_rules
from aboveboard.pricing.listed import charges_of_one, price_of_one
from aboveboard.pricing.pricing2yaml import model as page

_KINDS: Mapping[str, page.Kind] = {"boolean": "BOOLEAN", "number": "NUMERIC", "text": "TEXT"}
_DEFAULTS: Mapping[str, page.Value] = {"boolean": False, "number": Decimal(0), "text": ""}
_PERIODS: Mapping[str, page.Period] = {
    "day": page.Period(1, "DAY"),
    "week": page.Period(7, "DAY"),
    "month": page.Period(1, "MONTH"),
    "year": page.Period(1, "YEAR"),
}
SEATS = "seats"

#: What a limit on the page is called, by its meter and its period.
_Names = dict[tuple[str, str | None], str]


def page_of(book: Book, service: Service, created: str) -> page.PricePage:
    """Return a service as a price page, `created` on an edition's day; raises `PriceError` where a price cannot be made."""
    names = limit_names(service)
    limits = _limits(book, service, names)
    return page.PricePage(
        name=service.name.en.strip() or service.id,
        currency=book.business.currency,
        created=created,
        version=created,
        features=tuple(_features(book, service)),
        limits=tuple(limits.values()),
        plans=tuple(_plan(book, service, tier, names) for tier in service.tiers),
        add_ons=tuple(_add_on(book, service, add_on, names) for add_on in service.add_ons),
    )


def limit_names(service: Service) -> _Names:
    """Return the name of each limit on the page: `classes_per_month`; with a number where a meter has that very name."""
    found: _Names = {}
    lists = [tier.limits for tier in service.tiers] + [add_on.limits for add_on in service.add_ons]
    for limit in (limit for limits in lists for limit in limits):
        key = (limit.meter, limit.per)
        if key not in found:
            name = f"{limit.meter}_per_{limit.per}" if limit.per else limit.meter
            number = 1 + sum(other.rpartition("#")[0] == name or other == name for other in found.values())
            found[key] = name if number == 1 else f"{name}#{number}"
    return found


def _features(book: Book, service: Service) -> Iterator[page.Feature]:
    lists = [tier.features for tier in service.tiers] + [add_on.features for add_on in service.add_ons]
    named = {contained.feature for contents in lists for contained in contents}
    for feature in book.features:
        if feature.id in named:
            yield page.Feature(
                name=feature.id,
                kind=_KINDS[feature.kind],
                default=_DEFAULTS[feature.kind],
                description=feature.name.en,
            )


def _limits(book: Book, service: Service, names: _Names) -> dict[str, page.UsageLimit]:
    """Return the limits that this service names, by name, and the seats if any tier has some."""
    found: dict[str, page.UsageLimit] = {}
    meters = {meter.id: meter for meter in book.meters}
    for (wanted, per), name in names.items():
        meter = meters.get(wanted)
        found[name] = page.UsageLimit(
            name=name,
            default=Decimal(0),
            type="RENEWABLE" if per else "NON_RENEWABLE",
            unit=meter.one.en if meter else "",
            period=_PERIODS[per] if per else None,
            description=meter.name.en if meter else "",
        )
    if any(tier.seats for tier in service.tiers):
        found[SEATS] = page.UsageLimit(
            name=SEATS, default=Decimal(1), unit="seat", description="People it is for"
        )
    return found


def _plan(book: Book, service: Service, tier: Tier, names: _Names) -> page.Plan:
    held = dict(_held(tier.limits, names))
    if tier.seats:  # nobody gets it for fewer than the least, and everybody pays for those
        held[SEATS] = page.most_of(max(tier.seats.included, tier.seats.least))
    return page.Plan(
        name=tier.id,
        price=_price(book, price_of_one(book, service, tier)),
        unit=service.unit,
        features=dict(_given(tier.features)),
        limits=held,
        description=tier.what.en,
    )


def _add_on(book: Book, service: Service, add_on: AddOn, names: _Names) -> page.AddOn:
    extensions = dict(_held(add_on.limits, names))
    only_adds = bool(extensions) and not add_on.features
    return page.AddOn(
        name=add_on.id,
        price=_price(book, _price_of_add_on(book, service, add_on)),
        unit=service.unit,
        available_for=tuple(add_on.available_for) or None,
        depends_on=tuple(add_on.depends_on),
        excludes=tuple(add_on.excludes),
        features=dict(_given(add_on.features)),
        extensions=extensions,
        quantity=page.Quantity(most=page.most_of(add_on.most)) if only_adds else None,
        description=add_on.what.en,
    )


def _price_of_add_on(book: Book, service: Service, add_on: AddOn) -> int:
    """Return what an add-on adds to one of the first tier that it goes with, with nothing used."""
    fitting = [tier for tier in service.tiers if not add_on.available_for or tier.id in add_on.available_for]
    tier = (fitting or service.tiers)[0]
    alone = replace(tier_rules(book, service, tier), minimum=None)
    both = replace(tier_rules(book, service, tier, [add_on.id]), minimum=None)
    return charges_of_one(both).amount - charges_of_one(alone).amount


def _given(contents: Iterable[Contained]) -> Iterator[tuple[str, page.Value]]:
    for contained in contents:
        if contained.number is not None:
            yield contained.feature, min(contained.number, page.LARGEST)
        else:
            yield contained.feature, contained.text.en if contained.text else True


def _held(limits: Iterable[Limit], names: _Names) -> Iterator[tuple[str, page.Value]]:
    for limit in limits:
        yield names[limit.meter, limit.per], page.most_of(limit.most)


def _price(book: Book, amount: int) -> page.PagePrice:
    return page.PagePrice(Decimal(amount).scaleb(-exponent(book.business.currency)))
