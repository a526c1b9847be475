"""Many prices of one tier at once: totals, and for each step its amounts and reasons as arrays.

A row is written out in full only when somebody asks for it: then its moves are taken from the arrays and put into words by the
same `StepWriter` that writes a single price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from aboveboard.book.model import Book
from aboveboard.pricing.columns.table import Columns, checked_rows, situations
from aboveboard.pricing.columns.walking import Ground, Moved, Walked, fits, open_offers, rounded, walk
from aboveboard.pricing.compiled import Offer, compiled
from aboveboard.pricing.guards import data_limit, lower
from aboveboard.pricing.moves import Move, stayed
from aboveboard.pricing.moves import moved as moved_by
from aboveboard.pricing.order import offer_for
from aboveboard.pricing.quote import Walk, guards_of, written
from aboveboard.pricing.rules import FIELDS, NOT_SAID, Situation, Standing
from aboveboard.pricing.rules.deeds import fraction
from aboveboard.pricing.spoken import Spoken
from aboveboard.pricing.steps import NO_BACKGROUND, Background, Price, PriceRequest

_VISITS, _MONTHS = FIELDS.index("visits"), FIELDS.index("months")


class StepColumn(NamedTuple):
    """One step of all rows: `amount` in minor units for the whole order, `code` an index into `codes` (stable reasons).

    `id` is the rule's id in the book. Both arrays may be one number that holds for every row.
    """

    kind: str
    id: str | None
    amount: Any
    code: Any
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """Prices of one tier: `total` is what each row pays, `without` what it would pay without personal facts; int64 arrays.

    `net` and `common` are the same before fees and tax, `rows` how many there are. `offers` are the tier by the costs of
    a day and, where it is charged as a whole, by what is ordered; `variant` says which of them a row is.
    """

    offer: Offer
    offers: tuple[Offer, ...]
    variant: Any
    ground: Ground
    rows: int
    fields: list[Any]
    background: Background
    walks: tuple[Walked, ...]
    choice: Any
    read: Any
    net: Any
    common: Any
    total: Any
    without: Any

    def steps(self) -> Iterator[StepColumn]:
        """Yield the steps that differ between rows or move a price, in their order: rules, guards, personal guards, tax."""
        offer = self.offer
        for stage, rules in (("unit", offer.unit_rules), ("order", offer.order_rules)):
            times = self.ground.times if stage == "unit" else 1
            for place, rule in enumerate(rules):
                codes = (*(case.code for case in rule.rule.cases), "promotion.excluded")
                code = self._chosen(lambda w, r=rule, p=place, s=stage: _code(r, getattr(w, s)[p]))
                by = self._chosen(lambda w, p=place, s=stage: getattr(w, s)[p].by)
                yield StepColumn(rule.kind, rule.id, by * times, code, codes)
        yield from self._guard_steps()

    def situation(self, row: int) -> Situation:
        """Return the fields of one row."""
        return Situation(*(_at(column, row) for column in self.fields))

    def price(self, row: int) -> Price:
        """Write out one row: the same price, step by step and word by word, that `pricing.price` makes of the same request."""
        offer, situation = self.offers[_at(self.variant, row)], self.situation(row)
        asked = PriceRequest(
            offer.service.id, offer.tier.id, situation.quantity, date.fromordinal(situation.day)
        )
        walked = self.walks[0 if len(self.walks) == 1 else int(self.choice[row])]
        low = (
            None if walked.low is None or not self._reduced(walked, situation, row) else _at(walked.low, row)
        )
        guards = guards_of(
            offer, _at(walked.before_guards, row), offer.times(situation.quantity), self.background, low
        )
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
        )
        return written(offer, asked, situation, made, _at(self.common, row), self.background)

    def _reduced(self, walked: Walked, situation: Situation, row: int) -> bool:
        pairs = zip(self.offer.unit_rules, walked.unit, strict=True)
        return any(
            rule.kind == "promotion" and _move(rule, moved, situation, row).applied for rule, moved in pairs
        )

    def _chosen(self, of: Any) -> Any:
        """Return a value of the set of offers that was chosen, row by row."""
        import numpy as np

        if len(self.walks) == 1:
            return of(self.walks[0])
        shape = np.zeros(self.rows, dtype=np.int64)
        return np.choose(self.choice, [of(each) + shape for each in self.walks])

    def _guard_steps(self) -> Iterator[StepColumn]:
        import numpy as np

        kinds = dict.fromkeys(kind for each in self.walks for kind, _ in each.guards)
        for kind in kinds:
            by = self._chosen(lambda w, k=kind: next((gap for name, gap in w.guards if name == k), 0))
            yield StepColumn(
                kind, None, by, np.not_equal(by, 0).astype(np.int64), (f"{kind}.kept", f"{kind}.moved")
            )


def price_many(
    book: Book,
    service: str,
    tier: str | None,
    columns: Columns,
    background: Background = NO_BACKGROUND,
    *,
    channel: str | None = None,
    segment: str | None = None,
) -> Many:
    """Return the prices of all rows. Raises as `pricing.price` does, and `ValueError` for columns that are no requests.

    `channel` and `segment` are those of the costs, one for all rows. Raises `OverflowError` for amounts that int64 cannot count.
    """
    import numpy as np

    rows = checked_rows(columns)
    offers, variant = _variants(book, service, tier, columns, channel, segment)
    offer = offers[0]
    ground = _ground(offers, variant, columns)
    fields = situations(columns, ground.listed * ground.times)
    if not all(fits(each, background) for each in offers):
        raise OverflowError("these amounts are too large to be counted in columns")
    walks, choice, net = _best(offer, fields, ground, background, rows)
    read = _read(offer, fields)
    common = net
    if read is not False:
        everyone = list(fields)
        everyone[_VISITS] = everyone[_MONTHS] = NOT_SAID
        common = _best(offer, everyone, ground, background, rows)[2]
        if background.rules > 1:
            worth = 0 if offer.worth is None else offer.worth.amount
            net = np.where(read, np.maximum(net, data_limit(common, worth * fields[3])), net)
        net = np.where(read, lower(net, common), net)
    return Many(
        offer=offer,
        offers=offers,
        variant=variant,
        ground=ground,
        rows=rows,
        fields=fields,
        background=background,
        walks=walks,
        choice=choice,
        read=read,
        net=net,
        common=common,
        total=_taxed(offer, fields, net),
        without=_taxed(offer, fields, common),
    )


def _variants(
    book: Book, service: str, tier: str | None, columns: Columns, channel: str | None, segment: str | None
) -> tuple[tuple[Offer, ...], Any]:
    """Return the offers that rows differ by, and which one each row is.

    So much for each: one for each stretch of days with the same costs. Charged as a whole: one for each mix of quantity, usage
    and stretch that occurs, made as a single order makes it.
    """
    import numpy as np

    days = np.asarray(columns.on)
    offers, period = compiled(book).offers(service, tier, days, channel, segment)
    if offers[0].plain and not columns.usage:
        return offers, period
    meters = sorted(columns.usage)
    table = np.broadcast_arrays(period, days, columns.quantity, *(columns.usage[each] for each in meters))
    rows = np.stack([np.atleast_1d(each).astype(np.int64) for each in table], axis=1)
    mixes, first, index = np.unique(
        np.delete(rows, 1, axis=1), axis=0, return_index=True, return_inverse=True
    )
    found = []
    for mix, row in zip(mixes.tolist(), first.tolist(), strict=True):
        usage = {meter: Decimal(many) for meter, many in zip(meters, mix[2:], strict=True)}
        on = date.fromordinal(int(rows[row, 1]))
        asked = PriceRequest(service, tier, mix[1], on, channel=channel, segment=segment, usage=usage)
        found.append(offer_for(book, asked))
    return tuple(found) or offers, index.reshape(-1)


def _ground(offers: tuple[Offer, ...], variant: Any, columns: Columns) -> Ground:
    """Return list price and floor of each row, one number where they are the same for all."""
    import numpy as np

    def of(values: list[int]) -> Any:
        return values[0] if len(set(values)) == 1 else np.array(values, dtype=np.int64)[variant]

    whole = offers[0].whole
    return Ground(
        listed=of([each.list_price for each in offers]),
        floor=of([each.floor for each in offers]),
        times=1 if whole else columns.quantity,
        whole=whole,
    )


def _best(
    offer: Offer, fields: list[Any], ground: Ground, background: Background, rows: int
) -> tuple[tuple[Walked, ...], Any, Any]:
    """Return the walks of every set of offers, which one each row takes, and where it leads."""
    import numpy as np

    met = open_offers(offer, fields) if len(offer.sets) > 1 else ~0
    chosen = dict.fromkeys(each & met for each in offer.sets)
    walks = tuple(walk(offer, fields, ground, background, each) for each in chosen)
    nets = [np.broadcast_to(each.net, (rows,)) for each in walks]
    if len(walks) == 1:
        return walks, 0, nets[0]
    table = np.stack(nets)
    return walks, table.argmin(axis=0), table.min(axis=0)


def _move(rule: Spoken, moved: Moved, situation: Situation, row: int) -> Move:
    """Return one row's move as a single price would have made it."""
    case = rule.rule.cases[_at(moved.case, row)]
    before = _at(moved.before, row)
    reads = rule.rule.reads
    value = None if reads is None or situation[reads] < 0 else situation[reads]
    if case.deed is None:
        return stayed(before, case.code, value=value, level=case.level)
    if moved.excluded:
        return stayed(before, "promotion.excluded")
    number, scale = _at(moved.number, row), moved.scale
    return moved_by(before, number, case.code, scale=scale, value=value, level=case.level)


def _read(offer: Offer, fields: list[Any]) -> Any:
    """Return where a personal fact was given that a rule of this tier reads."""
    import numpy as np

    wanted = {rule.fact for rule in offer.unit_rules}
    found: Any = False
    for name, at in (("visits", _VISITS), ("months", _MONTHS)):
        if name in wanted:
            found = found | np.greater_equal(fields[at], 0)
    return found if np.any(found) else False


def _taxed(offer: Offer, fields: list[Any], net: Any) -> Any:
    """Return the price with every fee and the tax."""
    import numpy as np

    price = net
    for fee in offer.fees:
        number = fee.deed.numerator(Standing(net, net, net, 1))
        if fee.per_unit:
            number = number * fields[3]
        added = rounded(number, fee.deed.scale)
        holds = True if fee.test is None else fee.test.mask(fields)
        price = price + np.where(holds, added, 0)
    share, scale = fraction(offer.tax_rate)
    return price + rounded(share * price, scale) if share else price


def _code(rule: Spoken, moved: Moved) -> Any:
    """Return the index of the reason; one past the cases means that another offer was the better choice."""
    import numpy as np

    if not moved.excluded:
        return moved.case
    cases = rule.rule.cases
    table = np.array([len(cases) if case.deed is not None else place for place, case in enumerate(cases)])
    return table[moved.case]


def _at(column: Any, row: int) -> int:
    """Return a row's number, of an array or of one number for all rows."""
    import numpy as np

    return int(column) if np.ndim(column) == 0 else int(column[row])
