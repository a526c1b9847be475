"""A subscription: one tier, any add-ons that go together, a number of seats.

`chosen` checks what somebody wants against the book and says in a sentence what does not go together; `uses` is what the whole
of it uses up, for the full cost; `compare` lays the tiers of a service side by side.

"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from aboveboard.book.model import AddOn, Book, Contained, Feature, Limit, Service, Tier, Use
from aboveboard.pricing.charges import Ask, TierRules, tier_rules
from aboveboard.pricing.charges.total import share_of_months
from aboveboard.pricing.charges.words import fill, joined, number_of
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.errors import PriceError
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody chose, checked: ids of add-ons in the order of the book (twice for two), and the rules of all charges."""

    service: Service
    tier: Tier
    add_ons: tuple[str, ...]
    seats: int
    rules: TierRules


def chosen(
    book: Book, service: str, tier: str | None = None, add_ons: Iterable[str] = (), seats: int | None = None
) -> Selection:
    """Return a selection that can be sold; raises `PriceError` with the reason why one cannot.

    An add-on named twice is wanted twice. Without `seats`, as many as are included, or the least that must be taken.
    """
    found = service_named(book, service)
    level = _tier(found, tier)
    wanted = Counter(add_ons)
    for name in wanted:
        _check(found, level, name, wanted)
    in_order = tuple(each.id for each in found.add_ons for _ in range(wanted.get(each.id, 0)))
    return Selection(found, level, in_order, _seats(level, seats), tier_rules(book, found, level, in_order))


def uses(book: Book, selection: Selection, ask: Ask) -> tuple[Use, ...]:
    """Return everything that an order uses up: tier, add-ons and extra seats times the quantity, each meter times its count.

    Of a part of a month it is that part, where the price is. What takes a share of the price, as a card fee does, is taken
    once, of the whole order.
    """
    once = {item.id for item in book.costs if item.share or any(change.share for change in item.changes)}
    many = decimal(share_of_months(selection.rules, ask) * ask.quantity)
    times = Counter(selection.add_ons)
    parts = [(selection.tier.uses, many)]
    parts += [(add_on.uses, many * times[add_on.id]) for add_on in selection.service.add_ons]
    seats = selection.tier.seats
    if seats is not None:
        parts.append((seats.uses, many * max(selection.seats - seats.included, 0)))
    parts += [(meter.uses, ask.usage.get(meter.id, Decimal(0))) for meter in book.meters]
    sums: dict[str, Decimal] = {}
    for needed, count in parts:
        for use in needed:
            before = sums.get(use.item, Decimal(0))
            taken = max(before, use.amount) if use.item in once and count else before + use.amount * count
            sums[use.item] = taken
    return tuple(Use(item=item, quantity=quantity) for item, quantity in sums.items() if quantity)


def service_named(book: Book, service: str) -> Service:
    """Return the service with this id; raises `PriceError` with the ids there are."""
    found = book.service(service)
    if found is None:
        raise PriceError(
            "unknown_service", service=service[:40], services=", ".join(each.id for each in book.services)
        )
    return found


def _tier(service: Service, tier: str | None) -> Tier:
    wanted = tier or service.default_tier or service.tiers[0].id
    found = next((each for each in service.tiers if each.id == wanted), None)
    if found is None:
        known = ", ".join(each.id for each in service.tiers)
        raise PriceError("unknown_tier", service=service.id, tier=wanted[:40], tiers=known)
    return found


def _check(service: Service, tier: Tier, name: str, wanted: Counter[str]) -> None:
    """Raise unless this add-on goes with the tier and with everything else that is wanted."""
    names = {each.id: each.name.words for each in service.add_ons}
    add_on = _add_on(service, name)
    if add_on.available_for and tier.id not in add_on.available_for:
        tiers = joined([t.name.words for t in service.tiers if t.id in add_on.available_for], ", ", "、")
        raise PriceError("add_on_tier", add_on=names[name], tier=tier.name.words, tiers=tiers)
    missing = next((each for each in add_on.depends_on if not wanted[each]), None)
    if missing is not None:
        raise PriceError("add_on_needs", add_on=names[name], needs=names.get(missing, missing))
    other = next((each for each in add_on.excludes if wanted[each]), None)
    if other is not None:
        raise PriceError("add_on_excludes", add_on=names[name], other=names[other])
    if wanted[name] > add_on.most:
        raise PriceError("add_on_often", add_on=names[name], most=add_on.most, times=wanted[name])


def _add_on(service: Service, name: str) -> AddOn:
    found = next((each for each in service.add_ons if each.id == name), None)
    if found is None:
        known = ", ".join(each.id for each in service.add_ons) or "–"
        raise PriceError("unknown_add_on", service=service.id, add_on=name[:40], add_ons=known)
    return found


def _seats(tier: Tier, wanted: int | None) -> int:
    seats = tier.seats
    if seats is None:
        if isinstance(wanted, bool) or wanted not in (None, 1):
            raise PriceError("no_seats", tier=tier.name.words)
        return 1
    if wanted is None:
        return max(seats.included, seats.least)
    # Without a price for one more, nobody can have more than are included.
    most = seats.most if seats.most is not None else None if seats.extra else seats.included
    if isinstance(wanted, bool) or wanted < seats.least or (most is not None and wanted > most):
        shown = "∞" if most is None else most
        raise PriceError("bad_seats", tier=tier.name.words, least=seats.least, most=shown, seats=wanted)
    return wanted


# ------------------------------------------------------------------------------------------------ side by side
@dataclass(frozen=True, slots=True)
class Cell:
    """What one tier has of one thing; `has` False is a plain no."""

    has: bool
    text: Text


@dataclass(frozen=True, slots=True)
class Row:
    """One feature, limit, seat or add-on across all tiers."""

    kind: Literal["feature", "limit", "seats", "add_on"]
    id: str
    name: Text
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the tiers differ in it."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tiers of a service side by side, in the order of the book; `rules` are the published charges of each."""

    service: Service
    tiers: tuple[Tier, ...]
    rules: tuple[tuple[Text, ...], ...]
    rows: tuple[Row, ...]


def compared(service: Service) -> bool:
    """Return whether the tiers of a service say what they contain, so that they can be laid side by side."""
    return len(service.tiers) > 1 and any(
        tier.features or tier.limits or tier.seats for tier in service.tiers
    )


def compare(book: Book, service: Service) -> Comparison:
    """Return the tiers of a service side by side: features, limits, seats, add-ons; no rows if its tiers name none."""
    rows = [
        *_features(book, service),
        *_limits(book, service),
        *_seat_rows(service),
        *_add_on_rows(book, service),
    ]
    rules = tuple(tier_rules(book, service, tier).says for tier in service.tiers)
    return Comparison(service, tuple(service.tiers), rules, tuple(rows))


def _features(book: Book, service: Service) -> Iterable[Row]:
    for feature in book.features:
        found = [next((c for c in tier.features if c.feature == feature.id), None) for tier in service.tiers]
        if any(found):
            cells = tuple(_cell(feature, contained) for contained in found)
            yield Row("feature", feature.id, feature.name.words, cells)


def _cell(feature: Feature, contained: Contained | None) -> Cell:
    if contained is None or (feature.kind == "number" and not contained.number):
        return Cell(False, fill("plan.no"))
    if feature.kind == "number" and contained.number is not None:
        unit = feature.unit.words if feature.unit else Text("", "")
        return Cell(True, number_of(contained.number, unit))
    return Cell(True, contained.text.words if contained.text else fill("plan.yes"))


def _limits(book: Book, service: Service) -> Iterable[Row]:
    for meter in book.meters:
        found = [next((x for x in tier.limits if x.meter == meter.id), None) for tier in service.tiers]
        if any(found):
            cells = (_limit(limit, meter.one.words, meter.many.words) for limit in found)
            yield Row("limit", meter.id, meter.name.words, tuple(cells))


def _limit(limit: Limit | None, one: Text, many: Text) -> Cell:
    if limit is None:
        return Cell(False, fill("plan.no"))
    if limit.most is None:
        return Cell(True, fill("plan.unlimited"))
    most = number_of(limit.most, one if limit.most == 1 else many)
    return Cell(
        limit.most > 0,
        fill(f"plan.per.{limit.per}", most=most) if limit.per else fill("plan.most", most=most),
    )


def _seat_rows(service: Service) -> Iterable[Row]:
    if not any(tier.seats for tier in service.tiers):
        return
    cells = []
    for tier in service.tiers:
        seats = tier.seats
        included = seats.included if seats else 1
        key = (
            "plan.seats_more"
            if seats and seats.extra
            else "plan.seats_one"
            if included == 1
            else "plan.seats"
        )
        cells.append(Cell(True, fill(key, included=included)))
    yield Row("seats", "seats", fill("plan.seats_name"), tuple(cells))


def _add_on_rows(book: Book, service: Service) -> Iterable[Row]:
    for add_on in service.add_ons:
        cells = []
        for tier in service.tiers:
            if add_on.available_for and tier.id not in add_on.available_for:
                cells.append(Cell(False, fill("plan.no")))
                continue
            rules = tier_rules(book, service, tier, [add_on.id]).add_ons[0].rules
            cells.append(Cell(True, joined([rule.says for rule in rules], " ", "")))
        yield Row("add_on", add_on.id, add_on.name.words, tuple(cells))
