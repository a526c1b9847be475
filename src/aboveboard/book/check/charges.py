"""Charges that cannot be: keys that do not go with their kind, bands with gaps, prices below nothing, counts nobody knows.

What needs computing (a total that falls as more is bought) is asked where there is a price, in `editions.check_charges`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from aboveboard import money
from aboveboard.book.check.amounts import amount
from aboveboard.book.check.large import small_enough
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import AddOn, Band, Book, Charge, Meter, Service, Tier
from aboveboard.book.model.charges import RESERVED

#: For each kind: the keys it must have, and those it may have besides.
_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "flat": (("price",), ()),
    "per_unit": (("price",), ("counts", "free")),
    "graduated": (("bands",), ("counts", "free")),
    "volume": (("bands",), ("counts", "free")),
    "package": (("size",), ("price", "bands", "counts", "free")),
    "percentage": (("percent",), ("counts", "free", "least", "most")),
    "capacity": (("price", "included", "overage"), ("counts",)),
    "time": (("price", "per"), ("begun", "free")),
    "pay_what_you_want": (("least",), ("suggested",)),
}
_WHOLE = {"id", "name", "kind"}


def check(book: Book, report: Report) -> None:
    """Write findings about meters, and about every charge of every tier, seat and add-on."""
    for number, meter in enumerate(book.meters):
        if meter.id in RESERVED:
            report.add("charge.reserved", ("meters", number, "id"), id=meter.id)
    for number, service in enumerate(book.services):
        path: Path = ("services", number)
        if service.prorate == "day" and service.unit != "month":
            report.add("charge.prorate", (*path, "prorate"), unit=service.unit)
        for place, tier in enumerate(service.tiers):
            _priced(book, tier, (*path, "tiers", place), report)
            if tier.minimum_spend is not None:
                here = (*path, "tiers", place, "minimum_spend")
                amount(tier.minimum_spend, book.business.currency, here, report)
        for place, add_on in enumerate(service.add_ons):
            _priced(book, add_on, (*path, "add_ons", place), report)
    for path, charge, first in every(book):
        _charge(book, charge, path, first, report)


def every(book: Book) -> Iterator[tuple[Path, Charge, bool]]:
    """Yield each charge of the book with its path, and whether it is the first of its list."""
    for number, service in enumerate(book.services):
        for place, tier in enumerate(service.tiers):
            here: Path = ("services", number, "tiers", place)
            yield from _listed(tier.charges, (*here, "charges"))
            if tier.seats is not None and tier.seats.extra is not None:
                yield (*here, "seats", "extra"), tier.seats.extra, False
        for place, add_on in enumerate(service.add_ons):
            for path, charge, _ in _listed(add_on.charges, ("services", number, "add_ons", place, "charges")):
                yield path, charge, False


def _listed(charges: Sequence[Charge], path: Path) -> Iterator[tuple[Path, Charge, bool]]:
    return (((*path, index), charge, index == 0) for index, charge in enumerate(charges))


def _priced(book: Book, what: Tier | AddOn, path: Path, report: Report) -> None:
    """A price is a list price or charges; what is counted is counted once."""
    if (what.list_price is None) == (not what.charges):
        report.add("charge.one_price", path)
    if isinstance(what, AddOn) and what.list_price is not None:
        amount(what.list_price, book.business.currency, (*path, "list_price"), report)
    named = [number for number, charge in enumerate(what.charges) if charge.kind == "pay_what_you_want"]
    for number in named[0 if isinstance(what, AddOn) else 1 :]:
        report.add("charge.pays_twice", (*path, "charges", number))


def _charge(book: Book, charge: Charge, path: Path, first: bool, report: Report) -> None:
    before = len(report.findings)
    _keys(charge, path, report)
    if len(report.findings) > before:
        return
    meter = _meter(book, charge, path, first, report)
    for key, value in (("free", charge.free), ("size", charge.size), ("included", charge.included)):
        if value is not None:
            _count(book, value, meter, (*path, key), report, zero=key == "free")
    for key in ("price", "overage"):
        _rate(book, getattr(charge, key), (*path, key), report, whole=_coins(charge, key))
    for key in ("least", "most", "suggested"):
        value = getattr(charge, key)
        if value is not None:
            amount(value, book.business.currency, (*path, key), report)
    _bounds(charge, path, report)
    _bands(book, charge, meter, path, report)


def _keys(charge: Charge, path: Path, report: Report) -> None:
    needed, allowed = _KEYS[charge.kind]
    for key in needed:
        if getattr(charge, key) in (None, []):
            report.add("charge.needs", path, kind=charge.kind, key=key)
    if charge.kind == "package" and (charge.price is None) == (not charge.bands):
        report.add("charge.package", path)
    for key in charge.__struct_fields__:
        if key not in _WHOLE and key not in needed and key not in allowed and _written(charge, key):
            own = ", ".join((*needed, *allowed))
            report.add("charge.not_for", (*path, key), kind=charge.kind, key=key, keys=own)


def _written(charge: Charge, key: str) -> bool:
    value = getattr(charge, key)
    return value != "whole" if key == "begun" else value not in (None, [])


def _coins(charge: Charge, key: str) -> bool:
    """Whether the amount is asked for once, and so in whole coins."""
    return key == "price" and charge.kind in ("flat", "capacity")


def _meter(book: Book, charge: Charge, path: Path, first: bool, report: Report) -> Meter | None:
    """Return the meter a charge reads, if it is one of the book; an unknown one is told by the check of names."""
    meter = next((each for each in book.meters if each.id == charge.counts), None)
    if charge.kind == "percentage":
        if charge.counts is None and first:
            report.add("charge.nothing_above", path)
        elif charge.counts in RESERVED or (meter is not None and meter.unit != "money"):
            report.add("charge.money", (*path, "counts"), counts=charge.counts)
    elif charge.counts in ("time", "charges", "pays"):
        report.add("charge.counts", (*path, "counts"), counts=charge.counts)
    return meter


def _count(
    book: Book, value: Decimal, meter: Meter | None, path: Path, report: Report, *, zero: bool = False
) -> None:
    """A number of things: above nothing, and as fine as it is counted."""
    if not small_enough(value, path, report):
        return
    if value < 0 or (value == 0 and not zero):
        report.add("charge.number", path, value=value)
    elif meter is not None and value != round(value, places := meter.places(book.business.currency)):
        report.add("charge.too_fine", path, value=value, meter=meter.name.words, decimals=places)


def _rate(book: Book, value: Decimal | None, path: Path, report: Report, *, whole: bool) -> None:
    """A price for each may be finer than a coin, since the line is rounded once; one that is asked for once may not."""
    if value is None:
        return
    if whole:
        amount(value, book.business.currency, path, report)
    elif value < 0:
        report.add("money.negative", path, value=value)
    elif value > money.LARGEST:
        report.add("money.too_large", path, value=value, limit=f"{money.LARGEST:,}")


def _bounds(charge: Charge, path: Path, report: Report) -> None:
    if charge.percent is not None and not 0 < charge.percent <= 1:
        report.add("charge.percent", (*path, "percent"), value=charge.percent)
    if charge.least is not None and charge.most is not None and charge.least > charge.most:
        report.add("charge.least_over_most", (*path, "least"), least=charge.least, most=charge.most)
    if charge.least is not None and charge.suggested is not None and charge.suggested < charge.least:
        report.add("charge.suggested", (*path, "suggested"), suggested=charge.suggested, least=charge.least)


def _bands(book: Book, charge: Charge, meter: Meter | None, path: Path, report: Report) -> None:
    """Bands follow each other without gap or overlap, and the last one is open."""
    end: Decimal | None = Decimal(0)
    counted = None if charge.kind == "package" else meter
    for number, band in enumerate(charge.bands):
        here = (*path, "bands", number)
        if end is None:
            report.add("charge.band_after_all", here)
            return
        _band(book, band, here, report)
        if band.over is not None and band.over != end:
            code = "charge.band_gap" if band.over > end else "charge.band_overlap"
            report.add(code, (*here, "over"), over=band.over, end=end)
        if band.up_to is not None:
            _count(book, band.up_to, counted, (*here, "up_to"), report)
            if 0 < band.up_to <= end:
                report.add("charge.band_order", (*here, "up_to"), now=band.up_to, before=end)
        end = band.up_to
    if charge.bands and end is not None:
        report.add("charge.band_open", (*path, "bands", len(charge.bands) - 1, "up_to"), end=end)


def _band(book: Book, band: Band, path: Path, report: Report) -> None:
    if band.price is None and band.flat is None:
        report.add("charge.band_price", path)
    _rate(book, band.price, (*path, "price"), report, whole=False)
    _rate(book, band.flat, (*path, "flat"), report, whole=True)


def names(service: Service, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each meter that the charges and limits of a service name, with its path."""
    for place, tier in enumerate(service.tiers):
        here = (*path, "tiers", place)
        yield from _meters(tier.charges, (*here, "charges"))
        if tier.seats is not None and tier.seats.extra is not None:
            yield from _meter_of(tier.seats.extra, (*here, "seats", "extra"))
        yield from (((*here, "limits", i, "meter"), limit.meter) for i, limit in enumerate(tier.limits))
    for place, add_on in enumerate(service.add_ons):
        here = (*path, "add_ons", place)
        yield from _meters(add_on.charges, (*here, "charges"))
        yield from (((*here, "limits", i, "meter"), limit.meter) for i, limit in enumerate(add_on.limits))


def _meters(charges: Sequence[Charge], path: Path) -> Iterator[tuple[Path, str]]:
    for index, charge in enumerate(charges):
        yield from _meter_of(charge, (*path, index))


def _meter_of(charge: Charge, path: Path) -> Iterator[tuple[Path, str]]:
    if charge.counts is not None and charge.counts not in RESERVED:
        yield (*path, "counts"), charge.counts
