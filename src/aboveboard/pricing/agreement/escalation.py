"""A price that follows an index, once a year, up to a cap.

On each anniversary the price changes by as much as the index did between the value that was known a year before and the one that
is known then. It may fall as far as the index fell; it rises by `cap` a year at most. What comes out is cut down to a whole
minor unit, so no rounding ever passes the cap. Without a newer value the price stays, and says so.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction

from aboveboard.book.model import Index, IndexValue, Terms
from aboveboard.pricing.agreement.dates import month_after
from aboveboard.pricing.agreement.says import exactly, fill
from aboveboard.pricing.decimals import decimal
from aboveboard.pricing.says import cash, full_date, number, share
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class Change:
    """What one anniversary does to the price: `exact` is what the index says, `after` what is asked, in minor units.

    `known` is False if no newer value of the index has been published, `capped` True where the index rose by more than the cap.
    """

    on: datetime.date
    before: int
    exact: Fraction
    after: int
    known: bool
    capped: bool
    says: Text


def changes(
    net: int, terms: Terms, index: Index | None, start: datetime.date, months: int, currency: str
) -> tuple[Change, ...]:
    """Return the change on each anniversary inside `months`; none for a locked price."""
    if terms.index is None or index is None:
        return ()
    found: list[Change] = []
    for year in range(1, (months + 11) // 12):
        on = month_after(start, 12 * year)
        change = _change(net, terms, index, month_after(start, 12 * (year - 1)), on, currency)
        found.append(change)
        net = change.after
    return tuple(found)


def monthly(net: int, found: tuple[Change, ...], start: datetime.date, months: int) -> tuple[int, ...]:
    """Return the agreed price of each month."""
    prices = []
    for month in range(months):
        first = month_after(start, month)
        prices.append(next((each.after for each in reversed(found) if each.on <= first), net))
    return tuple(prices)


def _change(
    before: int, terms: Terms, index: Index, last: datetime.date, on: datetime.date, currency: str
) -> Change:
    old, new = _known(index, last), _known(index, on)
    if old is None or new is None or new.published <= old.published or old.value <= 0 or new.value <= 0:
        said = fill("index.unknown", on=full_date(on), index=index.name.words, price=cash(before, currency))
        return Change(on, before, Fraction(before), before, False, False, said)
    ratio = Fraction(new.value) / Fraction(old.value)
    most = 1 + Fraction(terms.cap or 0)
    capped = ratio > most
    exact = before * min(ratio, most)
    after = exact.numerator // exact.denominator
    said = fill(
        "index.capped" if capped else "index.moved",
        on=full_date(on),
        index=index.name.words,
        old=number(old.value),
        new=number(new.value),
        old_day=full_date(old.published),
        new_day=full_date(new.published),
        percent=share(round(decimal(ratio - 1), 4)),
        way=fill("index.rose" if ratio >= 1 else "index.fell"),
        cap=share(terms.cap or decimal(Fraction(0))),
        before=cash(before, currency),
        exact=exactly(exact, currency),
        after=cash(after, currency),
    )
    return Change(on, before, exact, after, True, capped, said)


def _known(index: Index, on: datetime.date) -> IndexValue | None:
    return max(
        (each for each in index.values if each.published <= on), key=lambda each: each.published, default=None
    )
