"""How many different subscriptions a price page sells, and what the cheapest and the dearest cost.

A subscription is one plan, if the page has plans, and a set of add-ons such that each is sold with that plan, what each depends
on is in the set, and no two rule each other out. Without plans it is such a set that is not empty. A plan or add-on priced in
words counts; it is only never part of the cheapest or the dearest. How many one buys of a scalable add-on makes no new
subscription; its price is taken at the smallest number that may be bought.

There may be 2^n sets, so they are counted, not listed. The trick: decide one add-on `v`, and everything that follows.

    v is out:  so is whatever depends on it.
    v is in:   so is what it depends on; and out is whatever these rule out, with all that depends on that.

What follows from a decision is always complete, so the sets that are left depend on one thing alone, *which add-ons are still
undecided*. That set, as the bits of a whole number, is the key under which its count is remembered. Add-ons that have nothing to
do with each other are counted apart and multiplied. The add-on with the most ties is decided first, because that breaks the
rest into pieces. The dearest set is found in the same walk, with "the better of" for "plus" and "plus" for "times".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from aboveboard.pricing.pricing2yaml.model import AddOn, Plan, PricePage

#: After so many remembered pieces a page is given up: real ones need a few hundred.
MOST_PIECES = 60_000

ZERO = Decimal(0)


class TooTangled(Exception):  # noqa: N818 - nobody's fault; the page is answered without the number
    """The add-ons depend on and rule out each other in a way that cannot be counted in reasonable time."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One thing to buy: a plan (None if the page has none), add-ons in the order of the file, and its price per month."""

    price: Decimal
    plan: str | None
    add_ons: tuple[str, ...]


class Ties:
    """The add-ons of a page as bits, and what follows from taking or leaving each.

    `direct[i]`: what i says it depends on. `needs[i]`: i itself and all it depends on, directly or not. `needed[i]`: all that
    depend on i. `bars[i]`: what cannot be in a set with i. `broken`: those that need an add-on which does not exist, or of which
    no number may be bought. `possible`: those that can be in any set at all, seen apart from plans.
    """

    def __init__(self, add_ons: tuple[AddOn, ...]) -> None:
        self.add_ons = add_ons
        place = {add_on.name: i for i, add_on in enumerate(add_ons)}
        count = len(add_ons)
        self.direct = direct = [_bits(place, add_on.depends_on) for add_on in add_ons]
        self.broken = _mask(
            i
            for i, add_on in enumerate(add_ons)
            if add_on.smallest() is None or any(name not in place for name in add_on.depends_on)
        )
        excludes = [0] * count
        for i, add_on in enumerate(add_ons):
            for j in ones(_bits(place, add_on.excludes)):
                excludes[i] |= 1 << j
                excludes[j] |= 1 << i
        self.needs = _closure(direct)
        self.needed = [0] * count
        for i, needs in enumerate(self.needs):
            for j in ones(needs):
                self.needed[j] |= 1 << i
        out = [_any(excludes, needs) for needs in self.needs]
        self.bars = [_any(self.needed, barred) for barred in out]
        self.possible = _mask(
            i for i, needs in enumerate(self.needs) if not needs & self.broken and not needs & out[i]
        )
        self.ties = [(self.needs[i] | self.needed[i] | self.bars[i]) & ~(1 << i) for i in range(count)]

    def sold_with(self, plan: Plan | None) -> int:
        """Return the add-ons that can be in a subscription to `plan`, as bits."""
        open_ = self.possible
        for i, add_on in enumerate(self.add_ons):
            if (
                plan is not None
                and add_on.available_for is not None
                and plan.name not in add_on.available_for
            ):
                open_ &= ~self.needed[i]
        return open_

    def circular(self, i: int) -> bool:
        """Return whether an add-on needs itself, directly or not."""
        return bool(_any(self.needs, self.direct[i]) >> i & 1)

    def pieces(self, left: int) -> list[int]:
        """Return the add-ons of `left` in groups that have nothing to do with each other."""
        found = []
        while left:
            group, grown = 0, left & -left
            while grown:
                group |= grown
                grown = _any(self.ties, grown) & left & ~group
            found.append(group)
            left &= ~group
        return found

    def busiest(self, piece: int) -> int:
        """Return the add-on of a piece that has the most ties within it."""
        return max(ones(piece), key=lambda i: (self.ties[i] & piece).bit_count())


def size(page: PricePage, ties: Ties | None = None) -> int:
    """Return the number of subscriptions that a page sells; raises `TooTangled`."""
    ties = ties or Ties(page.add_ons)
    counter = _Counter(ties)
    if not page.plans:
        return counter.count(ties.sold_with(None)) - 1
    return sum(counter.count(ties.sold_with(plan)) for plan in page.plans)


def cheapest(page: PricePage, ties: Ties | None = None) -> Subscription | None:
    """Return the cheapest subscription, None if there is none with an amount.

    Amounts are never below zero, so it is the cheapest plan alone, or the cheapest add-on with all it needs.
    """
    ties = ties or Ties(page.add_ons)
    priced = [plan for plan in page.plans if plan.price.amount is not None]
    if page.plans:
        plan = min(priced, key=lambda plan: plan.price.amount or ZERO, default=None)
        return Subscription(plan.price.amount or ZERO, plan.name, ()) if plan else None
    amounts = _amounts(ties)
    sets = [ties.needs[i] for i in ones(ties.possible) if not ties.needs[i] & ~amounts.priced]
    chosen = min(sets, key=lambda bits: (amounts.total(bits), bits.bit_count()), default=None)
    return None if chosen is None else Subscription(amounts.total(chosen), None, _names(ties, chosen))


def dearest(page: PricePage, ties: Ties | None = None) -> Subscription | None:
    """Return the dearest subscription, None if there is none with an amount; raises `TooTangled`.

    Of several with one price it is the one with the fewest add-ons.
    """
    ties = ties or Ties(page.add_ons)
    amounts = _amounts(ties)
    chooser = _Chooser(ties, amounts)
    best: Subscription | None = None
    for plan in page.plans or (None,):
        amount = ZERO if plan is None else plan.price.amount
        if amount is None:
            continue
        open_ = ties.sold_with(plan)
        open_ &= ~_any(ties.needed, open_ & ~amounts.priced)
        price, _, chosen = chooser.best(open_)
        if plan is None and not chosen:
            found = cheapest(page, ties)  # all that have an amount are free: any of them
        else:
            found = Subscription(amount + price, plan.name if plan else None, _names(ties, chosen))
        if found is not None and (best is None or found.price > best.price):
            best = found
    return best


@dataclass(frozen=True, slots=True)
class _Amounts:
    """What each add-on costs at least, and which have an amount at all."""

    each: tuple[Decimal, ...]
    priced: int

    def total(self, bits: int) -> Decimal:
        return sum((self.each[i] for i in ones(bits)), ZERO)


def _amounts(ties: Ties) -> _Amounts:
    each = tuple((a.price.amount or ZERO) * (a.smallest() or 1) for a in ties.add_ons)
    return _Amounts(each, _mask(i for i, a in enumerate(ties.add_ons) if a.price.amount is not None))


class _Counter:
    """Counts sets, remembering each piece."""

    def __init__(self, ties: Ties) -> None:
        self._ties = ties
        self._known: dict[int, int] = {}

    def count(self, left: int) -> int:
        total = 1
        for piece in self._ties.pieces(left):
            total *= 2 if piece.bit_count() == 1 else self._piece(piece)
        return total

    def _piece(self, piece: int) -> int:
        known = self._known.get(piece)
        if known is None:
            if len(self._known) >= MOST_PIECES:
                raise TooTangled
            v, ties = self._ties.busiest(piece), self._ties
            known = self.count(piece & ~ties.needed[v]) + self.count(piece & ~ties.needs[v] & ~ties.bars[v])
            self._known[piece] = known
        return known


#: The price of a set, minus how many add-ons it has (so that fewer is better), and its bits.
_Best = tuple[Decimal, int, int]


class _Chooser:
    """Finds the dearest set, remembering each piece."""

    def __init__(self, ties: Ties, amounts: _Amounts) -> None:
        self._ties = ties
        self._amounts = amounts
        self._known: dict[int, _Best] = {}

    def best(self, left: int) -> _Best:
        total: _Best = (ZERO, 0, 0)
        for piece in self._ties.pieces(left):
            total = _plus(total, self._piece(piece))
        return total

    def _piece(self, piece: int) -> _Best:
        known = self._known.get(piece)
        if known is None:
            if len(self._known) >= MOST_PIECES:
                raise TooTangled
            v, ties = self._ties.busiest(piece), self._ties
            taken = piece & ties.needs[v]
            within = (self._amounts.total(taken), -taken.bit_count(), taken)
            without = self.best(piece & ~ties.needed[v])
            known = max(
                without, _plus(within, self.best(piece & ~taken & ~ties.bars[v])), key=lambda b: b[:2]
            )
            self._known[piece] = known
        return known


def _plus(one: _Best, other: _Best) -> _Best:
    return one[0] + other[0], one[1] + other[1], one[2] | other[2]


def ones(bits: int) -> list[int]:
    """Return the places of the ones in `bits`, from the lowest."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def _names(ties: Ties, bits: int) -> tuple[str, ...]:
    return tuple(ties.add_ons[i].name for i in ones(bits))


def _mask(places: Iterable[int]) -> int:
    bits = 0
    for i in places:
        bits |= 1 << i
    return bits


def _bits(place: dict[str, int], names: tuple[str, ...]) -> int:
    return _mask(place[name] for name in names if name in place)


def _any(rows: list[int], bits: int) -> int:
    """Return all ones of the rows that `bits` points to."""
    found = 0
    for i in ones(bits):
        found |= rows[i]
    return found


def _closure(direct: list[int]) -> list[int]:
    """Return for each add-on itself and all it depends on, directly or not; circles do no harm."""
    found = []
    for i in range(len(direct)):
        reached, grown = 0, 1 << i
        while grown:
            reached |= grown
            grown = _any(direct, grown) & ~reached
        found.append(reached)
    return found
