"""The checks that need a price: is every list price above its floor, and does every combination of offers stay there?

They ask the pricing room itself, on one day of each different situation in the coming time (a season holds or not, a
promotion runs or not), with no facts and with the facts that lower a price most. What the floor guard had to mend in such a
price is what the owner should know before a customer does.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from aboveboard import money
from aboveboard.book.check.offers import season_days
from aboveboard.book.finding import Finding, Full, Lines, Path, Report, in_order
from aboveboard.book.model import Book, Channel, Promotion, Season, Segment, Service, Tier
from aboveboard.pricing.costs import costing, floor_of, full_cost, idle, period, turns
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.listed import price_of_one, request_for_one
from aboveboard.pricing.quote import price
from aboveboard.pricing.steps import Price, Step
from aboveboard.words import Text

#: How far ahead situations are looked for, beyond the end of the last promotion that begins within it.
AHEAD = datetime.timedelta(days=366)

_NO_SEASON = Text(en="no season", zh="平日")


def check(book: Book, lines: Lines, today: datetime.date, file: str = "business.yaml") -> list[Finding]:
    """Return findings about the prices of a book that `book.check` found no error in."""
    report = Report(file, lines)
    try:
        for number, service in enumerate(book.services):
            for index, tier in enumerate(service.tiers):
                key = "charges" if tier.charges else "list_price"
                _tier(book, service, tier, ("services", number, "tiers", index, key), report, today)
        _capacity(book, report, today)
    except Full:
        report.findings.pop()
        report.add("book.too_many", ())
    return in_order(report.findings)


def _tier(book: Book, service: Service, tier: Tier, path: Path, report: Report, today: datetime.date) -> None:
    try:
        if not _fees_leave_something(book, service, tier, path, report, today):
            return
        if _above_floor(book, service, tier, path, report, today):
            _later(book, service, tier, path, report, today)
            _ways(book, service, tier, path, report, today)
            _Offers(book, service, tier, path, report).check(today)
    except PriceError as error:
        names = {"service": service.name.words, "tier": tier.name.words}
        report.add("price.broken", path, mark=None, **names, reason=str(error))


def _fees_leave_something(
    book: Book, service: Service, tier: Tier, path: Path, report: Report, today: datetime.date
) -> bool:
    """Return whether margin and the fees that are shares of the price leave anything for all other costs."""
    days = [today, *(day for day in turns(book) if day > today)]
    shares = (costing(book, tier, on=day, service=service).share for day in days)
    if Fraction(service.margin) + max(shares) < 1:
        return True
    report.add("cost.fees_take_all", path, service=service.name.words, tier=tier.name.words)
    return False


def _above_floor(
    book: Book, service: Service, tier: Tier, path: Path, report: Report, today: datetime.date
) -> bool:
    currency = book.business.currency
    lowest, listed = floor_of(book, service, tier, on=today).amount, price_of_one(book, service, tier)
    if listed >= lowest:
        return True
    cut, rounding = money.split(full_cost(book, tier, on=today, price=listed))
    report.add(
        "price.under_floor",
        path,
        service=service.name.words,
        tier=tier.name.words,
        price=money.show(listed, currency),
        floor=money.show(lowest, currency),
        short=money.show(lowest - listed, currency),
        cost=money.show(cut + rounding, currency),
        margin=f"{service.margin * 100:f}".rstrip("0").rstrip(".") + " %" if service.margin else "0 %",
    )
    return False


def _later(
    book: Book, service: Service, tier: Tier, path: Path, report: Report, today: datetime.date
) -> None:
    """Write the first day to come on which a change of cost puts the list price under its floor."""
    currency, listed = book.business.currency, price_of_one(book, service, tier)
    for day in turns(book):
        lowest = floor_of(book, service, tier, on=day).amount
        if day > today and listed < lowest:
            report.add(
                "price.floor_rises",
                path,
                service=service.name.words,
                tier=tier.name.words,
                day=day,
                price=money.show(listed, currency),
                floor=money.show(lowest, currency),
                short=money.show(lowest - listed, currency),
            )
            return


def _ways(book: Book, service: Service, tier: Tier, path: Path, report: Report, today: datetime.date) -> None:
    """Write for which ways of buying and which segments the list price lies under the floor."""
    currency, listed = book.business.currency, price_of_one(book, service, tier)
    ways: list[tuple[str, Channel | Segment]] = [
        *(("channel", each) for each in book.channels),
        *(("segment", each) for each in book.segments),
    ]
    for kind, way in ways:
        if _holds_for(way, service):
            lowest = floor_of(book, service, tier, on=today, **{kind: way.id}).amount
            if listed < lowest:
                report.add(
                    "price.way_under_floor",
                    path,
                    service=service.name.words,
                    tier=tier.name.words,
                    way=way.name.words,
                    price=money.show(listed, currency),
                    floor=money.show(lowest, currency),
                    short=money.show(lowest - listed, currency),
                )


def _capacity(book: Book, report: Report, today: datetime.date) -> None:
    """Write which items a normal month uses more of than there is."""
    if report.failed:
        return
    for each in idle(book, today):
        if each.unused < 0:
            number = next(number for number, item in enumerate(book.costs) if item.id == each.item)
            used, capacity = (f"{value:,.0f} {each.unit}s" for value in (each.used, each.capacity))
            here = ("costs", number)
            report.add("cost.over_capacity", here, item=each.name, used=used, capacity=capacity)


@dataclass(frozen=True)
class _Under:
    """A price that only the floor guard held up: on which day, where it would have gone, and by which steps."""

    on: datetime.date
    unit: int
    price: Price

    def labels(self, *kinds: str) -> list[Text]:
        return [step.label for step in _applied(self.price, *kinds)]


@dataclass
class _Offers:
    """The offers of one tier, tried out."""

    book: Book
    service: Service
    tier: Tier
    path: Path
    report: Report
    #: The deepest case of each promotion (by id), and of everything together.
    promoted: dict[str, _Under] = field(default_factory=dict)
    together: _Under | None = None

    def check(self, today: datetime.date) -> None:
        """Try every situation and write the worst case of each promotion, and of all reductions together."""
        best = _best_facts(self.book, self.service)
        for on in _situations(self.book, self.service, today):
            self._try(on, NO_FACTS)
            if best != NO_FACTS:
                self._try(on, best)
        for number, promotion in enumerate(self.book.promotions):
            worst = self.promoted.get(promotion.id)
            if worst is not None:
                self._write_promotion(promotion, number, worst)
        if self.together is not None:
            self._write_together(self.together)

    def _try(self, on: datetime.date, facts: AllowedFacts) -> None:
        made = price(self.book, request_for_one(self.service, self.tier, on), facts)
        guard = next(step for step in made.steps if step.kind == "guard_floor")
        if guard.amount <= 0:
            return
        under = _Under(on, guard.subtotal - guard.amount, made)
        offers = _applied(made, "promotion")
        if facts == NO_FACTS and offers and offers[0].subtotal - offers[0].amount >= made.floor:
            for step in offers:
                known = self.promoted.get(step.id or "")
                if known is None or under.unit < known.unit:
                    self.promoted[step.id or ""] = under
        elif self.together is None or under.unit < self.together.unit:
            self.together = under

    def _write_promotion(self, promotion: Promotion, number: int, worst: _Under) -> None:
        key = "percent" if promotion.percent is not None else "amount"
        seasons = worst.labels("season")
        self.report.add(
            "price.promotion_under_floor",
            ("promotions", number, key),
            promotion=promotion.name.words,
            service=self.service.name.words,
            tier=self.tier.name.words,
            price=self._show(worst.unit),
            day=worst.on,
            season=seasons[0] if seasons else _NO_SEASON,
            short=self._show(worst.price.floor - worst.unit),
            floor=self._show(worst.price.floor),
        )

    def _write_together(self, worst: _Under) -> None:
        labels = worst.labels("season", "promotion", "loyalty")
        self.report.add(
            "price.guard_binds",
            self.path,
            service=self.service.name.words,
            tier=self.tier.name.words,
            day=worst.on,
            price=self._show(worst.unit),
            floor=self._show(worst.price.floor),
            together=Text(en=", ".join(each.en for each in labels), zh="、".join(each.zh for each in labels)),
        )

    def _show(self, amount: int) -> Text:
        return money.show(amount, self.book.business.currency)


def _applied(made: Price, *kinds: str) -> list[Step]:
    return [step for step in made.steps if step.kind in kinds and step.applied]


def _best_facts(book: Book, service: Service) -> AllowedFacts:
    """Return the facts that lower this service's price most."""
    found: dict[str, int] = {}
    for rule in book.loyalty:
        if not rule.services or service.id in rule.services:
            level = min(rule.levels, key=lambda each: each.change)
            found[rule.fact] = max(level.at_least, found.get(rule.fact, 0))
    return AllowedFacts(visits=found.get("visits"), months=found.get("months"))


def _situations(book: Book, service: Service, today: datetime.date) -> Iterator[datetime.date]:
    """Yield the first day of each different mix of seasons, promotions and costs, from today on."""
    seasons = [(season, season_days(season)) for season in book.seasons if _holds_for(season, service)]
    promotions = [each for each in book.promotions if _holds_for(each, service) and each.ends >= today]
    last = max([today + AHEAD, *(each.ends for each in promotions if each.starts <= today + AHEAD)])
    last = min(last, today + 3 * AHEAD)
    stops = {today} | {max(each.starts, today) for each in promotions}
    stops |= {each.ends + datetime.timedelta(days=1) for each in promotions if each.ends < last}
    stops |= set(turns(book))
    floors = _floors(book, service)
    days = (today + datetime.timedelta(days=number) for number in range((last - today).days + 1))
    seen: set[tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]] = set()
    before: tuple[str, ...] | None = None
    for day in days:
        leap = day.replace(year=2028)
        now = tuple(season.id for season, covered in seasons if leap in covered)
        if now != before or day in stops:
            running = tuple(each.id for each in promotions if each.starts <= day <= each.ends)
            mix = (now, running, floors[period(turns(book), day)])
            if mix not in seen:
                seen.add(mix)
                yield day
        before = now


def _floors(book: Book, service: Service) -> list[tuple[int, ...]]:
    """Return the floors of the service's tiers before the first change of costs and after each one."""
    return [
        tuple(floor_of(book, service, tier, on=day).amount for tier in service.tiers)
        for day in (datetime.date.min, *turns(book))
    ]


def _holds_for(rule: Season | Promotion | Channel | Segment, service: Service) -> bool:
    return not rule.services or service.id in rule.services
