"""In which situations a draft is tried: every mix of rules that can hold at once, each in the plainest way to get there.

A rule holds by the day, the hour, how early one books, how many, where, by which way of buying, for whom, with which code. For
each of these *dimensions* only the values count at which some rule begins or ceases to hold, so a few values stand for all.
The mixes are found dimension by dimension: a mix is the set of rules that can still hold, and two ways to the same mix are
one. That is exact, and small, because most rules ask for little. Days come last: a booking three weeks ahead can only be
for a day that far away.

Only where more than `MOST` mixes were left would the search be cut, to those that lower and raise most.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from aboveboard.book.check.offers import season_days
from aboveboard.book.model import Book, Condition, Promotion, Season, Service, Tier, When
from aboveboard.money import minor
from aboveboard.pricing.costs import turns
from aboveboard.pricing.listed import price_of_one, request_for_one
from aboveboard.pricing.quote import MOST as MOST_AT_ONCE
from aboveboard.pricing.steps import PriceRequest

#: How far ahead situations are looked for, beyond the end of the last promotion that begins within it.
AHEAD = datetime.timedelta(days=366)
#: So many mixes of everything but the day are tried for one tier.
MOST = 256
_DAY = datetime.timedelta(days=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Holds = Callable[[Any], bool]
#: What of a day decides: the seasons that hold, the offers that run, the period of the costs and of the law.
Mix = tuple[tuple[str, ...], tuple[str, ...], int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that may hold or not: by dimension, the test on its value.

    `share` is about how much it moves a price, `days` what it asks of the day and the lead, `offer` its id if it is an offer.
    """

    asks: Mapping[str, Holds]
    share: Decimal = Decimal(0)
    days: When | None = None
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class _Day:
    """The first day of a mix on which just these rules hold, booked `lead` days ahead (None: not said)."""

    mix: Mix
    holds: int
    on: datetime.date
    lead: int | None


@dataclass
class Situations:
    """The situations of one book from a day on. `changes` are more days on which something turns, such as the first of a law."""

    book: Book
    today: datetime.date
    changes: Sequence[datetime.date] = ()
    _walked: dict[object, list[_Day]] = field(default_factory=dict)

    def of(
        self,
        service: Service,
        tier: Tier,
        floors: Callable[[datetime.date, str | None], int],
        places: Iterable[str | None] | None = None,
    ) -> list[PriceRequest]:
        """Return a request for each mix of rules, the plainest first.

        `floors` says what a day and a way of buying cost at least: where that is the same, they are one. With `places`, only
        customers there are looked at.
        """
        rules = list(_rules(self.book, service, tier, self.today))
        found: dict[object, PriceRequest] = {}
        days = self._days(service, tier, rules)
        levels: dict[tuple[int, str | None], int] = {}
        over = {day.mix[1]: _not_running(rules, day.mix[1]) for day in days}
        for mix, values in _mixes(self.book, service, tier, rules, places).items():
            for day in days:
                holds = mix & day.holds & ~over[day.mix[1]]
                level = (day.mix[2], values["channel"])
                if level not in levels:
                    levels[level] = floors(day.on, values["channel"])
                key = (day.mix[:2], day.mix[3], levels[level], holds)
                if key not in found:
                    found[key] = _request(service, tier, day, values)
        return list(found.values())

    def _days(self, service: Service, tier: Tier, rules: list[Rule]) -> list[_Day]:
        """Return the first day of each mix and set of rules, for each lead that matters."""
        seasons = [each for each in self.book.seasons if holds_for(each, service)]
        offers = [
            each for each in self.book.promotions if concerns(each, service, tier) and each.ends >= self.today
        ]
        timed = [(1 << bit, rule.days) for bit, rule in enumerate(rules) if rule.days is not None]
        key = (
            tuple(each.id for each in seasons),
            tuple(each.id for each in offers),
            tuple((bit, id(when)) for bit, when in timed),
            len(rules),
        )
        if key not in self._walked:
            every = (1 << len(rules)) - 1
            free = every & ~sum(bit for bit, _ in timed)
            self._walked[key] = list(_walk(self.book, seasons, offers, timed, free, self.today, self.changes))
        return self._walked[key]


def periods(
    book: Book, service: Service, today: datetime.date, floors: Sequence[Any] = ()
) -> Iterator[datetime.date]:
    """Yield the first day of each different mix of seasons, offers that run, and costs; nothing else is looked at.

    `floors` holds what the costs of each period come to, so that periods which cost the same are one.
    """
    seasons = [each for each in book.seasons if holds_for(each, service)]
    offers = [each for each in book.promotions if holds_for(each, service) and each.ends >= today]
    seen: set[object] = set()
    for mix, on in _mixed(book, seasons, offers, today, ()):
        key = (*mix[:2], floors[mix[2]] if floors else mix[2])
        if key not in seen:
            seen.add(key)
            yield on


def holds_for(rule: Any, service: Service) -> bool:
    """Return whether a rule of the book is for this service; one that names none is for all."""
    return not rule.services or service.id in rule.services


def concerns(rule: Condition | Promotion, service: Service, tier: Tier) -> bool:
    """Return whether a rule is for this tier of the service."""
    return holds_for(rule, service) and (not rule.tiers or tier.id in rule.tiers)


def plain(request: PriceRequest) -> bool:
    """Return whether nothing is asked for but one, on a day."""
    more = (request.minute, request.booked, request.place, request.channel)
    return open_to_all(request) and request.quantity == 1 and more == (None, None, None, None)


def open_to_all(request: PriceRequest) -> bool:
    """Return whether anyone can ask so, with nothing to show and nothing to agree to."""
    return not (request.groups or request.offers or request.basket or request.terms or request.month)


# ------------------------------------------------------------------------------------------------------------ days
def _mixed(
    book: Book,
    seasons: Sequence[Season],
    offers: Sequence[Promotion],
    today: datetime.date,
    changes: Sequence[datetime.date],
) -> Iterator[tuple[Mix, datetime.date]]:
    """Yield every day that is looked at, with its mix."""
    covered = [(season.id, season_days(season)) for season in seasons]
    last = max([today + AHEAD, *(each.ends for each in offers if each.starts <= today + AHEAD)])
    last = min(last, today + 3 * AHEAD)
    costs, laws = sorted(turns(book)), sorted(changes)
    for number in range((last - today).days + 1):
        on = today + number * _DAY
        leap = on.replace(year=2028)
        now = tuple(season for season, days in covered if leap in days)
        running = tuple(each.id for each in offers if each.starts <= on <= each.ends)
        yield (now, running, bisect_right(costs, on), bisect_right(laws, on)), on


def _walk(
    book: Book,
    seasons: Sequence[Season],
    offers: Sequence[Promotion],
    timed: list[tuple[int, When]],
    free: int,
    today: datetime.date,
    changes: Sequence[datetime.date],
) -> Iterator[_Day]:
    leads = sorted({lead for _, when in timed for lead in _edges(when.lead_least, when.lead_most)})
    days = list(_mixed(book, seasons, offers, today, changes))
    seen: set[tuple[Mix, int]] = set()
    for lead in (None, *leads):
        for mix, on in days:
            if lead is not None and on < today + lead * _DAY:
                continue
            holds = free | sum(bit for bit, when in timed if _holds_on(when, on, lead))
            if (mix, holds) not in seen:
                seen.add((mix, holds))
                yield _Day(mix, holds, on, lead)


def _holds_on(when: When, on: datetime.date, lead: int | None) -> bool:
    if when.weekdays and _WEEKDAYS[on.weekday()] not in when.weekdays:
        return False
    if when.starts and when.ends:
        year_day = f"{on:%m-%d}"
        inside = when.starts <= year_day <= when.ends
        if not (inside if when.starts <= when.ends else year_day >= when.starts or year_day <= when.ends):
            return False
    if when.lead_least is None and when.lead_most is None:
        return True
    return lead is not None and (when.lead_least or 0) <= lead <= (
        lead if when.lead_most is None else when.lead_most
    )


def _by_day(when: When | None) -> When | None:
    """Return the condition if the day or the lead is part of what it asks."""
    if when is None:
        return None
    asks = when.weekdays or when.starts or when.lead_least is not None or when.lead_most is not None
    return when if asks else None


# -------------------------------------------------------------------------------------------------- everything else
def _rules(book: Book, service: Service, tier: Tier, today: datetime.date) -> Iterator[Rule]:
    """Yield the conditions of a tier, then its offers that have not ended."""
    for condition in book.conditions:
        if concerns(condition, service, tier):
            yield Rule(_when(condition.when), condition.change, _by_day(condition.when))
    listed = max(price_of_one(book, service, tier), 1)
    for offer in book.promotions:
        if concerns(offer, service, tier) and offer.ends >= today:
            off = offer.percent or minor(offer.amount or Decimal(0), book.business.currency) / Decimal(listed)
            yield Rule(_offer(book, offer, listed), -off, _by_day(offer.when), offer.id)


def _when(when: When) -> dict[str, Holds]:
    asks: dict[str, Holds] = {}
    if when.after or when.before:
        first, last = _minute(when.after or "00:00"), _minute(when.before or "24:00") - 1
        asks["minute"] = lambda at: (
            at is not None and (first <= at <= last if first <= last else at >= first or at <= last)
        )
    if when.least is not None or when.most is not None:
        asks["quantity"] = lambda many: (when.least or 1) <= many <= (when.most or MOST_AT_ONCE)
    for dimension, wanted in (("place", when.places), ("channel", when.channels), ("terms", when.terms)):
        if wanted:
            asks[dimension] = lambda value, wanted=wanted: value in wanted  # type: ignore[misc]
    if when.groups:
        asks["groups"] = lambda groups: bool(set(groups) & set(when.groups))
    return asks


def _offer(book: Book, offer: Promotion, listed: int) -> dict[str, Holds]:
    asks = _when(offer.when) if offer.when else {}
    least = 1 if offer.free_every is None else offer.free_every
    if offer.spend_least is not None:
        least = max(least, -(-minor(offer.spend_least, book.business.currency) // listed))
    if least > 1:
        of_when = asks.get("quantity")
        asks["quantity"] = lambda many: many >= least and (of_when is None or of_when(many))
    if offer.coupon or offer.referral:
        asks["codes"] = lambda codes: offer.id in codes
    if offer.bundle:
        asks["basket"] = lambda basket: set(offer.bundle) <= set(basket)
    if offer.months is not None:
        asks["month"] = lambda month: month is not None and month <= offer.months
    return asks


def _mixes(
    book: Book,
    service: Service,
    tier: Tier,
    rules: Sequence[Rule],
    places: Iterable[str | None] | None,
) -> dict[int, dict[str, Any]]:
    """Return for each set of rules that can hold together, days apart, the plainest values that bring it about."""
    whens = [each.when for each in book.conditions if concerns(each, service, tier)]
    offers = [each for each in book.promotions if concerns(each, service, tier)]
    whens += [each.when for each in offers if each.when is not None]
    listed = max(price_of_one(book, service, tier), 1)
    spends = [
        -(-minor(each.spend_least, book.business.currency) // listed) for each in offers if each.spend_least
    ]
    many = {edge for when in whens for edge in _edges(when.least, when.most)} | set(spends)
    many |= {each.free_every for each in offers if each.free_every}
    codes = [each.id for each in offers if each.coupon or each.referral]
    bundles = [tuple(each.bundle) for each in offers if each.bundle]
    groups = list(dict.fromkeys(group for when in whens for group in when.groups))
    named = list(dict.fromkeys(place for when in whens for place in when.places))
    dimensions: dict[str, Iterable[Any]] = {
        "quantity": [1, *sorted(each for each in many if 1 < each <= MOST_AT_ONCE)],
        "minute": [None, *sorted({edge % 1440 for when in whens for edge in _hours(when)})],
        "place": [None, *named] if places is None else places,
        "channel": [None, *dict.fromkeys(channel for when in whens for channel in when.channels)],
        "terms": [None, *dict.fromkeys(terms for when in whens for terms in when.terms)],
        "month": [None, *sorted(each.months for each in offers if each.months)],
        "groups": _some(groups),
        "codes": _some(codes),
        "basket": [(), *bundles, tuple(dict.fromkeys(each for bundle in bundles for each in bundle))],
    }  # fmt: skip
    found: dict[int, dict[str, Any]] = {(1 << len(rules)) - 1: {}}
    for name, values in dimensions.items():
        held: dict[int, Any] = {}
        for value in values:
            held.setdefault(_held(rules, name, value), value)
        joined: dict[int, dict[str, Any]] = {}
        for one, known in found.items():
            for other, value in held.items():
                joined.setdefault(one & other, known | {name: value})
        found = _cut(joined, rules)
    return found


def _not_running(rules: Sequence[Rule], running: Sequence[str]) -> int:
    """Return the offers that do not run, as bits."""
    return sum(
        1 << bit for bit, rule in enumerate(rules) if rule.offer is not None and rule.offer not in running
    )


def _held(rules: Sequence[Rule], dimension: str, value: Any) -> int:
    """Return the rules that can hold at this value, as bits."""
    return sum(
        1 << bit
        for bit, rule in enumerate(rules)
        if dimension not in rule.asks or rule.asks[dimension](value)
    )


def _cut(found: dict[int, dict[str, Any]], rules: Sequence[Rule]) -> dict[int, dict[str, Any]]:
    """Return at most `MOST` mixes: all, or else those that lower most and those that raise most."""
    if len(found) <= MOST:
        return found

    def moved(mix: int, way: int) -> Decimal:
        return sum(
            (max(way * rule.share, Decimal(0)) for bit, rule in enumerate(rules) if mix >> bit & 1),
            Decimal(0),
        )

    ranked = [sorted(found, key=lambda mix, way=way: -moved(mix, way)) for way in (-1, 1)]  # type: ignore[misc]
    kept = {*ranked[0][: MOST // 2], *ranked[1][: MOST // 2]}
    return {mix: values for mix, values in found.items() if mix in kept}


def _some(known: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield nothing, each alone, and all together."""
    yield ()
    yield from ((each,) for each in known)
    if len(known) > 1:
        yield tuple(known)


def _edges(least: int | None, most: int | None) -> Iterator[int]:
    """Yield the values at which a range begins and ceases to hold."""
    yield from () if least is None else (least,)
    yield from () if most is None else (0 if least is None else least, most + 1)


def _hours(when: When) -> Iterator[int]:
    if when.after or when.before:
        yield from (_minute(when.after or "00:00"), _minute(when.before or "24:00"))


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _request(service: Service, tier: Tier, day: _Day, values: Mapping[str, Any]) -> PriceRequest:
    return replace(
        request_for_one(service, tier, day.on),
        quantity=values["quantity"],
        minute=values["minute"],
        booked=None if day.lead is None else day.on - day.lead * _DAY,
        place=values["place"],
        channel=values["channel"],
        terms=values["terms"],
        month=values["month"],
        groups=values["groups"],
        offers=values["codes"],
        basket=values["basket"],
    )
