"""All charges of an order, line by line, and what they come to.

The lines stand in a fixed order: the tier's own charges as the book lists them, extra seats, add-ons, and last what is missing
to the smallest order. A percentage without a meter counts the lines above it. Each line is rounded once, by itself, and the
sum of the rounded lines is the price, so that a bill can be checked with a pencil.
"""

from __future__ import annotations

import datetime
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import structs

from aboveboard import money
from aboveboard.book.model import AddOn, Book, Charge, Service, Tier
from aboveboard.money import MoneyError, minor
from aboveboard.pricing.charges import words
from aboveboard.pricing.charges.compiling import Setting, compile_charge, unit_price
from aboveboard.pricing.charges.elapsed import MonthPart, elapsed, local_days, month_parts, months
from aboveboard.pricing.charges.lines import ChargeLine, line, pays_line
from aboveboard.pricing.charges.rule import MOST_AMOUNT, ONE, ChargeRule, rounded
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.says import cash
from aboveboard.words import Text

#: How many books, and how many choices of tier and add-ons of each, are worth remembering.
_BOOKS_KEPT, _MOST_KEPT = 16, 4096


class Ask(Protocol):
    """What charges need of a request; `PriceRequest` has it all."""

    @property
    def quantity(self) -> int:
        """How many."""
        ...

    @property
    def usage(self) -> Mapping[str, Decimal]:
        """What was used of each meter."""
        ...

    @property
    def seats(self) -> int | None:
        """How many people; None: as many as are included."""
        ...

    @property
    def pays(self) -> int | None:
        """What the customer gives, in minor units, where that is theirs to say."""
        ...

    @property
    def starts(self) -> datetime.datetime | None:
        """The moment it starts."""
        ...

    @property
    def ends(self) -> datetime.datetime | None:
        """The moment it ends."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """The plainest request: one of it, nothing used."""

    quantity: int = 1
    usage: Mapping[str, Decimal] = field(default_factory=dict)
    seats: int | None = None
    pays: int | None = None
    starts: datetime.datetime | None = None
    ends: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class AddOnRules:
    """An add-on that was chosen: its rules, and how many times."""

    id: str
    rules: tuple[ChargeRule, ...]
    times: int


@dataclass(frozen=True, slots=True)
class TierRules:
    """Everything that one tier charges, ready to compute with.

    `minimum` is minor units, `included` the seats in the price, `least_seats` how many are meant when nobody says.
    """

    rules: tuple[ChargeRule, ...]
    currency: str
    meters: frozenset[str]
    zone: ZoneInfo
    prorated: bool = False
    minimum: int | None = None
    included: int = 1
    least_seats: int = 1
    seat: ChargeRule | None = None
    add_ons: tuple[AddOnRules, ...] = ()

    @property
    def says(self) -> tuple[Text, ...]:
        """The published rule of each charge, in the order of its line."""
        chosen = tuple(rule.says for add_on in self.add_ons for rule in add_on.rules)
        seat = (self.seat.says,) if self.seat else ()
        least = self.minimum
        lowest = () if least is None else (words.fill("says.minimum", amount=cash(least, self.currency)),)
        return (*(rule.says for rule in self.rules), *seat, *chosen, *lowest)


@dataclass(frozen=True, slots=True)
class Charged:
    """The lines of an order and their sum in minor units."""

    lines: tuple[ChargeLine, ...]
    amount: int


def tier_rules(book: Book, service: Service, tier: Tier, add_ons: Iterable[str] = ()) -> TierRules:
    """Return the rules of a tier with the add-ons that are named (twice for two); raises `PriceError` for a broken book.

    Whether the add-ons may go together is not asked here, see `aboveboard.pricing.plans.chosen`.
    """
    kept = _remembered(book)
    key = (service.id, tier.id, tuple(add_ons))
    known = kept.get(key)
    if known is None or known[0] is not tier:
        known = kept[key] = (tier, _compiled(book, service, tier, key[2]))
    return known[1]


_Kept = dict[tuple[str, str, tuple[str, ...]], tuple[Tier, TierRules]]
_books: OrderedDict[int, tuple[Book, _Kept]] = OrderedDict()


def _remembered(book: Book) -> _Kept:
    """Return the rules that were compiled for this very book object; an edition is loaded once and never changed."""
    found = _books.get(id(book))
    if found is None or found[0] is not book or len(found[1]) >= _MOST_KEPT:
        found = _books[id(book)] = (book, {})
        while len(_books) > _BOOKS_KEPT:
            _books.popitem(last=False)
    return found[1]


def _compiled(book: Book, service: Service, tier: Tier, add_ons: tuple[str, ...]) -> TierRules:
    where = f"services.{service.id}.{tier.id}"
    prorated = service.prorate == "day" and service.unit == "month"
    setting = Setting(book.business.currency, tuple(book.meters), service.unit, prorated, where)
    seats = tier.seats
    try:
        minimum = None if tier.minimum_spend is None else minor(tier.minimum_spend, setting.currency)
        zone = ZoneInfo(book.business.timezone)
    except (MoneyError, OSError, LookupError, ValueError) as error:
        raise PriceError("book_broken", where=f"{where} ({error})") from None
    return TierRules(
        rules=_rules(tier.id, tier.name.words, tier.list_price, tier.charges, setting),
        currency=setting.currency,
        meters=frozenset(meter.id for meter in book.meters),
        zone=zone,
        prorated=prorated,
        minimum=minimum,
        included=seats.included if seats else 1,
        least_seats=seats.least if seats else 1,
        seat=_seat(seats.extra, setting) if seats and seats.extra else None,
        add_ons=tuple(_add_on(service, name, times, setting) for name, times in Counter(add_ons).items()),
    )


def total(tier: TierRules, ask: Ask) -> Charged:
    """Return the lines of an order and their sum.

    Raises `PriceError` for usage that cannot be, an unknown meter, a time charge without its moments, an amount that is too small
    for a price that the customer names, and a sum that JSON cannot hold exactly.
    """
    unknown = next((meter for meter in ask.usage if meter not in tier.meters), None)
    if unknown is not None:
        raise PriceError(
            "unknown_meter", meter=str(unknown)[:40], meters=", ".join(sorted(tier.meters)) or "–"
        )
    clerk = _Clerk(tier, ask)
    for rule in tier.rules:
        clerk.write(rule)
    if tier.seat is not None:
        clerk.write(tier.seat)
    for add_on in tier.add_ons:
        for rule in add_on.rules:
            clerk.write(rule, add_on.times)
    clerk.fill_up()
    if clerk.sum > MOST_AMOUNT:
        raise PriceError("too_large")
    return Charged(tuple(clerk.lines), clerk.sum)


class _Clerk:
    """Writes the lines of one order and keeps their sum."""

    def __init__(self, tier: TierRules, ask: Ask) -> None:
        self.tier = tier
        self.ask = ask
        self.lines: list[ChargeLine] = []
        self.sum = 0
        self._months = _covered(tier, ask)

    def write(self, rule: ChargeRule, times: int = 1) -> None:
        """Write the line of one charge, `times` over."""
        if rule.kind == "pay_what_you_want":
            self._add(pays_line(rule, self.ask.quantity, self.ask.pays))
            return
        part, because = ONE, []
        if rule.prorates != "no" and self._months is not None:
            part = months(self._months)
            because += [_days(each) for each in self._months]
        many = times * (self.ask.quantity if rule.counts == "seats" else 1)
        if many != 1:
            because.append(words.fill("how.for_many", n=many))
        reason = words.joined(because, ", ", "，") if because else None
        self._add(line(rule, self._counted(rule), part=part, times=many, because=reason))

    def fill_up(self) -> None:
        """Write what is missing to the smallest order, if anything is."""
        if self.tier.minimum is None:
            return
        least = rounded(self.tier.minimum * (ONE if self._months is None else months(self._months)))
        if self.sum >= least:
            return
        said, missing = {"sum": self.sum, "least": least}, least - self.sum
        shown = {name: cash(amount, self.tier.currency) for name, amount in said.items()}
        self._add(
            ChargeLine(
                id="minimum_spend",
                name=words.fill("minimum.name"),
                kind="minimum_spend",
                counted=Decimal(self.sum),
                exact=Decimal(missing),
                amount=missing,
                how=words.fill("how.minimum", **shown),
                code="filled_up",
                says=words.fill("says.minimum", amount=cash(self.tier.minimum, self.tier.currency)),
            )
        )

    def _add(self, made: ChargeLine) -> None:
        self.lines.append(made)
        self.sum += made.amount

    def _counted(self, rule: ChargeRule) -> Decimal | int | Fraction:
        match rule.counts:
            case "quantity":
                return self.ask.quantity
            case "seats":
                seats = self.tier.least_seats if self.ask.seats is None else self.ask.seats
                return max(seats - self.tier.included, 0)
            case "charges":
                return Fraction(self.sum, 10 ** money.exponent(rule.currency))
            case "time":
                return self._time(rule)
            case meter:
                return self.ask.usage.get(meter, Decimal(0))

    def _time(self, rule: ChargeRule) -> Fraction:
        if self.ask.starts is None or self.ask.ends is None or rule.per is None:
            raise PriceError("time_missing", charge=rule.name)
        return elapsed(self.ask.starts, self.ask.ends, rule.per, self.tier.zone)


def _covered(tier: TierRules, ask: Ask) -> tuple[MonthPart, ...] | None:
    """Return the days of each month that are paid, or None where whole months are."""
    if not tier.prorated or ask.starts is None or ask.ends is None:
        return None
    return month_parts(*local_days(ask.starts, ask.ends, tier.zone))


def share_of_months(tier: TierRules, ask: Ask) -> Fraction:
    """Return how many months are paid where part of a month is paid by its days, else one."""
    covered = _covered(tier, ask)
    return ONE if covered is None else months(covered)


def _days(part: MonthPart) -> Text:
    month = words.month(part.month.year, part.month.month)
    return words.fill("how.days", days=part.days, of=part.of, month=month)


def _rules(
    id: str,  # noqa: A002
    name: Text,
    list_price: Decimal | None,
    charges: list[Charge],
    setting: Setting,
) -> tuple[ChargeRule, ...]:
    if (list_price is None) == (not charges):
        raise PriceError("book_broken", where=f"{setting.where}.list_price")
    if list_price is not None:
        return (unit_price(id, name, list_price, setting),)
    return tuple(compile_charge(charge, setting) for charge in charges)


def _seat(charge: Charge, setting: Setting) -> ChargeRule:
    return compile_charge(structs.replace(charge, counts="seats"), setting)


def _add_on(service: Service, name: str, times: int, setting: Setting) -> AddOnRules:
    add_on: AddOn | None = next((each for each in service.add_ons if each.id == name), None)
    if add_on is None:
        known = ", ".join(each.id for each in service.add_ons) or "–"
        raise PriceError("unknown_add_on", service=service.id, add_on=name[:40], add_ons=known)
    within = replace(setting, where=f"services.{service.id}.{name}")
    rules = _rules(add_on.id, add_on.name.words, add_on.list_price, add_on.charges, within)
    return AddOnRules(add_on.id, rules, times)
