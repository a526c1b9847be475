"""Many prices of one tier at once: totals, and for each step its amounts and reasons as arrays.

A row is written out in full only when somebody asks for it: then its moves are taken from the arrays and put into words by the
same `StepWriter` that writes a single price.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from aboveboard.book.model import Book
from aboveboard.money import split
from aboveboard.pricing.columns.closing import Closed, StepColumn, closed, finest
from aboveboard.pricing.columns.grounds import (
    EXACT,
    Behind,
    Ground,
    Stock,
    at,
    behind_of,
    ground_of,
    reach,
    stocked,
)
from aboveboard.pricing.columns.guarding import Guarded, kept_common, kept_data
from aboveboard.pricing.columns.table import AT, Columns, checked_rows, situations
from aboveboard.pricing.columns.walking import Asked, Moved, Walked, open_offers, walk
from aboveboard.pricing.compiled import Offer
from aboveboard.pricing.errors import PriceError
from aboveboard.pricing.moves import Move, stayed
from aboveboard.pricing.moves import moved as moved_by
from aboveboard.pricing.quote import Walk, guards_of, written
from aboveboard.pricing.rules import NOT_SAID, Situation
from aboveboard.pricing.spoken import Spoken
from aboveboard.pricing.steps import Background, Price, PriceRequest

_VISITS, _MONTHS, _QUANTITY = AT["visits"], AT["months"], AT["quantity"]


@dataclass(frozen=True, slots=True)
class Many:
    """Prices of one tier: `total` is what each row pays, `without` what it would pay without personal facts; int64 arrays.

    `net` and `common` are the same before points, fees and tax, `rows` how many there are. `offers` are what rows are priced by:
    the tier by the costs of a day and, where an order is charged as a whole, by what is ordered; `variant` says which of them a
    row is.
    """

    offers: tuple[Offer, ...]
    variant: Any
    columns: Columns
    backgrounds: tuple[Background, ...]
    ground: Ground
    rows: int
    fields: list[Any]
    walks: tuple[Walked, ...]
    choice: Any
    guards: tuple[Guarded, ...]
    net: Any
    common: Any
    closing: Closed
    total: Any
    without: Any

    @property
    def offer(self) -> Offer:
        """The tier, as far as all rows share it: its rules, fees and tax."""
        return self.offers[0]

    def steps(self) -> Iterator[StepColumn]:
        """Yield every step after the list price, in order: rules, guards, points, fees, tax. Both add up to the total."""
        offer = self.offer
        for stage, rules in (("unit", offer.unit_rules), ("order", offer.order_rules)):
            times = self.ground.times if stage == "unit" else 1
            for place, rule in enumerate(rules):
                if place == self._first_offer and stage == "unit":
                    yield self._counted()
                codes = (*(case.code for case in rule.rule.cases), "promotion.excluded")
                code = self._chosen(lambda w, r=rule, p=place, s=stage: _code(r, getattr(w, s)[p]))
                by = self._chosen(lambda w, p=place, s=stage: getattr(w, s)[p].by)
                yield StepColumn(rule.kind, rule.id, by * times, code, codes)
        for place, guard in enumerate(self.walks[0].guards):
            by = self._chosen(lambda w, p=place: w.guards[p].by)
            code = self._chosen(lambda w, p=place: w.guards[p].code)
            yield StepColumn(guard.kind, None, by, code, guard.codes)
        for guard in self.guards:
            yield StepColumn(guard.kind, None, guard.by, guard.code, guard.codes)
        yield from self.closing.steps

    @property
    def _first_offer(self) -> int | None:
        """The place of the first offer on one, where any row has an earlier price to count it from."""
        if all(each.low is None for each in self.walks):
            return None
        return next((n for n, rule in enumerate(self.offer.unit_rules) if rule.kind == "promotion"), None)

    def _counted(self) -> StepColumn:
        """Return the step down to the earlier price that the law counts offers from."""
        import numpy as np

        by = self._chosen(lambda w: w.counted)
        code = np.equal(by, 0).astype(np.int64)
        return StepColumn("guard_prior", None, by * self.ground.times, code, ("guard_prior.counted", ""))

    def situation(self, row: int) -> Situation:
        """Return the fields of one row."""
        return Situation(*(at(each, row) for each in self.fields))

    def request(self, row: int) -> PriceRequest:
        """Return what a row asks for, as far as the columns know it."""
        columns, offer = self.columns, self.offers[at(self.variant, row)]
        service, tier = offer.service.id, offer.tier.id
        on, lead, minute, month = (
            at(each, row) for each in (columns.on, columns.lead, columns.minute, columns.month)
        )
        template = PriceRequest(service, tier, 1, date.min)
        if columns.requests:
            template = columns.requests[at(columns.request, row)]
        usage = {meter: Decimal(at(many, row)) for meter, many in columns.usage.items()}
        return replace(
            template,
            service=service,
            tier=tier,
            quantity=at(columns.quantity, row),
            on=date.fromordinal(on),
            minute=None if minute == NOT_SAID else minute,
            booked=None if lead == NOT_SAID else date.fromordinal(on) - timedelta(lead),
            month=None if month == NOT_SAID else month,
            points=at(columns.points, row),
            usage={**template.usage, **usage},
        )

    def price(self, row: int) -> Price:
        """Write out one row: the same price, step by step and word by word, that `pricing.price` makes of the same request."""
        offer, situation = self.offers[at(self.variant, row)], self.situation(row)
        background = self.backgrounds[at(self.columns.background, row) if len(self.backgrounds) > 1 else 0]
        walked = self.walks[0 if len(self.walks) == 1 else int(self.choice[row])]
        reduced = walked.low is not None and bool(at(walked.reduced, row))
        low = at(walked.low, row) if reduced else None
        counted = self._move_counted(walked, row)
        times = offer.times(situation.quantity)
        before = at(walked.before_guards, row)
        guards = guards_of(offer, before, times, background, low, counted is not None)
        made = Walk(
            [
                _move(rule, moved, situation, row)
                for rule, moved in zip(offer.unit_rules, walked.unit, strict=True)
            ],
            [
                _move(rule, moved, situation, row)
                for rule, moved in zip(offer.order_rules, walked.order, strict=True)
            ],
            guards,
            guards[-1][1].after,
            counted,
        )
        return written(offer, self.request(row), situation, made, at(self.common, row), background)

    def _move_counted(self, walked: Walked, row: int) -> Move | None:
        """Return one row's move down to the earlier price, if it has one."""
        by, first = at(walked.counted, row), self._first_offer
        if not by or first is None:
            return None
        return moved_by(at(walked.unit[first].before, row) - by, by, "guard_prior.counted")

    def _chosen(self, of: Any) -> Any:
        """Return a value of the set of offers that was chosen, row by row."""
        import numpy as np

        if len(self.walks) == 1:
            return of(self.walks[0])
        values = np.stack([np.broadcast_to(of(each), (self.rows,)) for each in self.walks])
        return values[self.choice, np.arange(self.rows)]


@dataclass(frozen=True, slots=True)
class Ready:
    """Rows with what they are priced from, before anything is priced; `stock` knows which rows have no price, and why."""

    book: Book
    columns: Columns
    rows: int
    backgrounds: tuple[Background, ...]
    stock: Stock
    sold: Any = field(repr=False)

    @property
    def refused(self) -> dict[str, int]:
        """How many rows have no price, by the code of the reason."""
        import numpy as np

        counts: Counter[str] = Counter()
        if self.stock.refused:
            variants = np.broadcast_to(self.stock.variant, (self.rows,))
            for place, many in zip(*np.unique(variants, return_counts=True), strict=True):
                error = self.stock.offers[int(place)]
                if isinstance(error, PriceError):
                    counts[error.code] += int(many)
        return dict(counts)

    def priced(self) -> Many:
        """Return the prices; raises `PriceError` if a row has none, as one by one."""
        if self.stock.refused:
            raise self.stock.refused[0]
        offers = tuple(each for each in self.stock.offers if isinstance(each, Offer))
        return _priced(self, offers, self.stock.variant)


def ready(
    book: Book,
    service: str,
    tier: str | None,
    columns: Columns,
    background: Background | None = None,
    *,
    channel: str | None = None,
    segment: str | None = None,
) -> Ready:
    """Return the rows with what they are priced from; see `price_many`. Raises `PriceError` for a tier nobody can have."""
    rows = checked_rows(columns)
    stock = stocked(book, service, tier, columns, channel, segment)
    backgrounds = columns.backgrounds if background is None else (background,)
    return Ready(book, columns, rows, backgrounds, stock, stock.sold(rows))


def price_many(
    book: Book,
    service: str,
    tier: str | None,
    columns: Columns,
    background: Background | None = None,
    *,
    channel: str | None = None,
    segment: str | None = None,
) -> Many:
    """Return the prices of all rows. Raises as `pricing.price` does, and `ValueError` for columns that are no requests.

    `background` is one for all rows, in place of those of the columns. `channel` and `segment` are those of the costs, one for
    all rows; of rows that have requests, it is what each request says.
    """
    return ready(book, service, tier, columns, background, channel=channel, segment=segment).priced()


def _priced(asked: Ready, offers: tuple[Offer, ...], variant: Any) -> Many:
    """Return the prices of rows that all have one."""
    import numpy as np

    offer, columns, rows, backgrounds = offers[0], asked.columns, asked.rows, asked.backgrounds
    far = reach(offers, backgrounds, finest(asked.book))
    ground = ground_of(offers, variant, columns.quantity, None if far.fits else rows)
    behind = behind_of(backgrounds, columns.background if len(backgrounds) > 1 else 0)
    fields = situations(columns, offer, ground.listed * ground.times, backgrounds)
    if not far.fits:
        fields[_QUANTITY] = np.full(rows, 0, dtype=object) + fields[_QUANTITY]
    rows_asked = Asked(fields)
    walks, choice, net = _best(offer, rows_asked, ground, behind, rows)
    read = _read(offer, fields)
    common, guards = net, list[Guarded]()
    if read is not False:
        common = _best(offer, rows_asked.without((_VISITS, _MONTHS)), ground, behind, rows)[2]
        guards += kept_data(offer, net, common, fields[_QUANTITY], read & behind.limits)
        net = net + sum(guard.by for guard in guards)
    guards.append(kept_common(net, common, read))
    net = net + guards[-1].by
    closing = closed(asked.book, offer, fields, columns.points, net)
    without = (
        closing.total if common is net else closed(asked.book, offer, fields, columns.points, common).total
    )
    made = Many(
        offers, variant, columns, backgrounds, ground, rows, fields, walks, choice, tuple(guards),
        net=_plain(net), common=_plain(common), closing=closing, total=_plain(closing.total), without=_plain(without),
    )  # fmt: skip
    if not far.exact:
        _hold_exact(made)
    return made


def _hold_exact(made: Many) -> None:
    """Raise `PriceError` if any step of any row leads beyond what a price may come to, as a single price would."""
    import numpy as np

    now = np.broadcast_to(made.ground.listed * made.ground.times, (made.rows,)).astype(object)
    highest = now
    for step in made.steps():
        now = now + step.amount
        highest = np.maximum(highest, now)
    for row in range(made.rows):
        offer, times = made.offers[at(made.variant, row)], at(made.ground.times, row)
        cost = 0 if offer.closed else sum(split(Decimal(times) * offer.cost))
        if max(int(highest[row]), cost) > EXACT:
            raise PriceError("too_large")


def _plain(amounts: Any) -> Any:
    """Return int64, of numbers without a limit too, if they fit."""
    import numpy as np

    if np.asarray(amounts).dtype.kind != "O" or np.max(np.abs(amounts), initial=0) > EXACT:
        return amounts
    return amounts.astype(np.int64)


def _best(
    offer: Offer, asked: Asked, ground: Ground, behind: Behind, rows: int
) -> tuple[tuple[Walked, ...], Any, Any]:
    """Return the walks of every set of offers, which one each row takes, and where it leads."""
    import numpy as np

    met = open_offers(offer, asked) if len(offer.sets) > 1 else ~0
    chosen = dict.fromkeys(each & met for each in offer.sets)
    walks = tuple(walk(offer, asked, ground, behind, each) for each in chosen)
    nets = [np.broadcast_to(each.net, (rows,)) for each in walks]
    if len(walks) == 1:
        return walks, 0, nets[0]
    table = np.stack(nets)
    return walks, table.argmin(axis=0), table.min(axis=0)


def _move(rule: Spoken, moved: Moved, situation: Situation, row: int) -> Move:
    """Return one row's move as a single price would have made it."""
    case = rule.rule.cases[at(moved.case, row)]
    before = at(moved.before, row)
    reads = rule.rule.reads
    value = None if reads is None or situation[reads] < 0 else situation[reads]
    if case.deed is None:
        return stayed(before, case.code, value=value, level=case.level)
    if moved.excluded:
        return stayed(before, "promotion.excluded")
    number, scale = at(moved.number, row), moved.scale
    return moved_by(before, number, case.code, scale=scale, value=value, level=case.level)


def _read(offer: Offer, fields: list[Any]) -> Any:
    """Return where a personal fact was given that a rule of this tier reads."""
    import numpy as np

    wanted = {rule.fact for rule in offer.unit_rules}
    found: Any = False
    for name, place in (("visits", _VISITS), ("months", _MONTHS)):
        if name in wanted:
            found = found | np.greater_equal(fields[place], 0)
    return found if np.any(found) else False


def _code(rule: Spoken, moved: Moved) -> Any:
    """Return the index of the reason; one past the cases means that another offer was the better choice."""
    import numpy as np

    if not moved.excluded:
        return moved.case
    cases = rule.rule.cases
    table = np.array([len(cases) if case.deed is not None else place for place, case in enumerate(cases)])
    return table[moved.case]
