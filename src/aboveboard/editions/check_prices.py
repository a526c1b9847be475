"""The checks that need a price: is every list price above its floor, and does every combination of rules stay there?

They ask the pricing room itself, once in each different situation of the coming time (`situations`: which seasons, conditions and
offers hold), with no facts and with the facts that lower a price most. What the guards had to mend in such a price, the floor
or the cap, is what the owner should know before a customer does. Only the worst case of each rule is put into words.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from aboveboard import money
from aboveboard.book.finding import Finding, Full, Lines, Path, Report, in_order
from aboveboard.book.model import Book, Channel, Condition, Promotion, Segment, Service, Tier
from aboveboard.editions.situation_words import said_of
from aboveboard.editions.situations import Situations, holds_for, open_to_all, periods, plain
from aboveboard.pricing.compiled import Offer, compiled
from aboveboard.pricing.costs import costing, floor_of, full_cost, idle, turns
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.listed import price_of_one
from aboveboard.pricing.moves import Move
from aboveboard.pricing.order import offer_for
from aboveboard.pricing.quote import Walk, best, price, situate
from aboveboard.pricing.steps import NO_BACKGROUND, PriceRequest
from aboveboard.words import Text

_NO_SEASON = Text(en="no season", zh="平日")


def check(book: Book, lines: Lines, today: datetime.date, file: str = "business.yaml") -> list[Finding]:
    """Return findings about the prices of a book that `book.check` found no error in."""
    report, known = Report(file, lines), Situations(book, today)
    try:
        for number, service in enumerate(book.services):
            for index, tier in enumerate(service.tiers):
                key = "charges" if tier.charges else "list_price"
                _tier(book, service, tier, ("services", number, "tiers", index, key), report, known)
        _capacity(book, report, today)
    except Full:
        report.findings.pop()
        report.add("book.too_many", ())
    return in_order(report.findings)


def _tier(book: Book, service: Service, tier: Tier, path: Path, report: Report, known: Situations) -> None:
    today = known.today
    try:
        if not _fees_leave_something(book, service, tier, path, report, today):
            return
        if _above_floor(book, service, tier, path, report, today):
            _later(book, service, tier, path, report, today)
            _ways(book, service, tier, path, report, today)
            _Offers(book, service, tier, path, report, known).check()
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
        if holds_for(way, service):
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


@dataclass(frozen=True, slots=True)
class _Bound:
    """A price that only a guard held up or down: what was asked, where it would have gone for one, to which limit for one."""

    request: PriceRequest
    facts: AllowedFacts
    unit: Fraction
    limit: Fraction
    #: Places in the book of the conditions and offers that brought it there.
    rules: tuple[tuple[str, int], ...]


@dataclass
class _Offers:
    """The conditions and offers of one tier, tried out in every situation."""

    book: Book
    service: Service
    tier: Tier
    path: Path
    report: Report
    known: Situations
    #: The deepest case of each condition and offer that alone leads under the floor, by its place in the book.
    alone: dict[tuple[str, int], _Bound] = field(default_factory=dict)
    #: The deepest case of everything together, for everyone and for those who show or agree to something; and the highest
    #: price that the cap cut off.
    together: _Bound | None = None
    asked: _Bound | None = None
    capped: _Bound | None = None

    def check(self) -> None:
        """Try every situation and write the worst case of each rule, of all reductions together, and of all raises.

        Thanks to regulars are tried on top of what anyone can choose: the day, the hour, how many. They are not tried on
        top of what one must show or agree to; there the floor guard is expected to hold now and then.
        """
        most = _best_facts(self.book, self.service)
        for request in self.known.of(self.service, self.tier, self._floor):
            self._try(request, NO_FACTS)
            if most != NO_FACTS and open_to_all(request):
                self._try(request, most)
        for rule, worst in sorted(self.alone.items()):
            self._write_alone(rule, worst)
        worst_of_all = self.together or self.asked
        if worst_of_all is not None:
            self._write_together(worst_of_all)
        if self.capped is not None:
            self._write_capped(self.capped)

    def _floor(self, on: datetime.date, channel: str | None) -> int:
        return compiled(self.book).offer(self.service.id, self.tier.id, on, channel).floor

    def _try(self, request: PriceRequest, facts: AllowedFacts) -> None:
        offer = offer_for(self.book, request)
        made = best(offer, situate(offer, request, facts, NO_BACKGROUND), NO_BACKGROUND)
        for kind, move in made.guards:
            if kind == "guard_floor" and move.after > move.before:
                self._under(request, facts, offer, made, move)
            elif kind == "guard_cap" and move.after < move.before:
                raised = tuple(self._moved(offer, made, 1))
                unit, limit = (Fraction(each, request.quantity) for each in (move.before, move.after))
                if self.capped is None or unit - limit > self.capped.unit - self.capped.limit:
                    self.capped = _Bound(request, facts, unit, limit, raised)

    def _under(
        self, request: PriceRequest, facts: AllowedFacts, offer: Offer, made: Walk, move: Move
    ) -> None:
        lowered, times = tuple(self._moved(offer, made, -1)), offer.times(request.quantity)
        floor = offer.floor * times
        under = _Bound(
            request,
            facts,
            Fraction(move.before, request.quantity),
            Fraction(floor, request.quantity),
            lowered,
        )
        blamed = list(self._blamed(offer, made, times, floor, under)) if facts == NO_FACTS else []
        for rule, alone in blamed:
            known = self.alone.get(rule)
            if known is None or alone.unit < known.unit:
                self.alone[rule] = alone
        if not blamed and plain(request) and (self.together is None or under.unit < self.together.unit):
            self.together = under
        elif not blamed and (self.asked is None or under.unit < self.asked.unit):
            self.asked = under

    def _blamed(
        self, offer: Offer, made: Walk, times: int, floor: int, under: _Bound
    ) -> Iterator[tuple[tuple[str, int], _Bound]]:
        """Yield the rules that are to be mended, with where each leads.

        A condition is to blame if it and the seasons alone lead under the floor; offers, if everybody gets them on that
        day, or if one does it by itself.
        """
        without, lowering = offer.list_price, {}
        for rule, move in zip(offer.unit_rules, made.unit_moves, strict=True):
            if rule.kind == "condition" and move.after < move.before:
                place = "conditions", _place(self.book.conditions, rule.id)
                lowering[place] = move.after - move.before
            elif rule.kind in ("season", "condition"):
                without += move.after - move.before
        if without * times < floor:
            return
        many, guilty = under.request.quantity, False
        for place, off in lowering.items():
            if (without + off) * times < floor:
                guilty = True
                yield place, replace(under, unit=Fraction((without + off) * times, many))
        offers = [place for place in under.rules if place[0] == "promotions"]
        for_all = all(not _asks(self.book.promotions[at]) for _, at in offers)
        if not guilty and not lowering and (for_all or len(offers) == 1):
            yield from ((place, under) for place in offers)

    def _moved(self, offer: Offer, made: Walk, way: int) -> Iterator[tuple[str, int]]:
        """Yield the conditions and offers that lowered (-1) or raised (1) a price."""
        rules = zip(
            (*offer.unit_rules, *offer.order_rules), (*made.unit_moves, *made.order_moves), strict=True
        )
        for rule, move in rules:
            if rule.kind in _CHAPTERS and move.applied and (move.after - move.before) * way > 0:
                yield _CHAPTERS[rule.kind], _place(getattr(self.book, _CHAPTERS[rule.kind]), rule.id)

    def _write_alone(self, rule: tuple[str, int], worst: _Bound) -> None:
        chapter, number = rule
        declared = getattr(self.book, chapter)[number]
        seasons = self._labels(worst, "season")
        values = {
            "service": self.service.name.words,
            "tier": self.tier.name.words,
            "price": self._show(worst.unit),
            "day": said_of(self.book, worst.request),
            "season": seasons[0] if seasons else _NO_SEASON,
            "short": self._show(worst.limit - worst.unit),
            "floor": self._show(worst.limit),
        }
        if chapter == "conditions":
            self.report.add(
                "price.condition_under_floor",
                (chapter, number, "change"),
                mark=None,
                condition=declared.name.words,
                **values,
            )
            return
        key = next(
            key for key in ("percent", "amount", "price", "free_every") if getattr(declared, key) is not None
        )
        self.report.add(
            "price.promotion_under_floor",
            (chapter, number, key),
            mark=None,
            promotion=declared.name.words,
            **values,
        )

    def _write_together(self, worst: _Bound) -> None:
        labels = self._labels(worst, "season", "condition", "promotion", "loyalty")
        self.report.add(
            "price.guard_binds",
            self.path,
            service=self.service.name.words,
            tier=self.tier.name.words,
            day=said_of(self.book, worst.request),
            price=self._show(worst.unit),
            floor=self._show(worst.limit),
            together=_listed(labels),
        )

    def _write_capped(self, worst: _Bound) -> None:
        """Write the case at the condition that raises, or at the cap itself where seasons do it."""
        raising = [rule for rule in worst.rules if rule[0] == "conditions"]
        path: Path = (*raising[-1], "change") if raising else ("guards", "cap")
        self.report.add(
            "price.cap_binds",
            path,
            service=self.service.name.words,
            tier=self.tier.name.words,
            day=said_of(self.book, worst.request),
            price=self._show(worst.unit),
            limit=self._show(worst.limit),
            cap=f"{(self.book.guards.cap or 0) * 100:f}".rstrip("0").rstrip(".") + " %",
            together=_listed(self._labels(worst, "season", "condition")),
        )

    def _labels(self, bound: _Bound, *kinds: str) -> list[Text]:
        made = price(self.book, bound.request, bound.facts)
        return [step.label for step in made.steps if step.kind in kinds and step.applied and step.amount]

    def _show(self, amount: Fraction) -> Text:
        return money.show(amount.numerator // amount.denominator, self.book.business.currency)


#: Rules that the owner can mend one by one, with their chapter in the book.
_CHAPTERS = {"condition": "conditions", "promotion": "promotions"}


def _asks(offer: Promotion) -> bool:
    """Return whether an offer asks for more than its days."""
    return bool(
        offer.when or offer.coupon or offer.referral or offer.bundle or offer.months or offer.spend_least
        or offer.free_every
    )  # fmt: skip


def _place(rules: Sequence[Condition | Promotion], wanted: str) -> int:
    return next(number for number, each in enumerate(rules) if each.id == wanted)


def _listed(labels: Sequence[Text]) -> Text:
    return Text(en=", ".join(each.en for each in labels), zh="、".join(each.zh for each in labels))


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
    return periods(book, service, today, _floors(book, service))


def _floors(book: Book, service: Service) -> list[tuple[int, ...]]:
    """Return the floors of the service's tiers before the first change of costs and after each one."""
    return [
        tuple(floor_of(book, service, tier, on=day).amount for tier in service.tiers)
        for day in (datetime.date.min, *turns(book))
    ]
