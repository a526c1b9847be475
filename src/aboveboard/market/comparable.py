"""What somebody else's price comes to for one of ours.

Theirs is so much for so many units; one of ours is so many of the same units:

    comparable = (amount + what tax and fees add) × units of ours / units of theirs

120.00 for 60 minutes is 90.00 for our 45. A price in another currency, or one without its tax and fees where nobody knows what
they add, is not comparable at all: it is kept, shown as such, and counted nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from aboveboard import money
from aboveboard.book.model import Book, Compared, Observation

#: Why an observation counts nowhere.
Left = Literal["currency", "not_all_in", "number", "newer"]


@dataclass(frozen=True, slots=True)
class Comparable:
    """An observation with what it comes to for one of ours: `exact` minor units, tax and every fee inside."""

    observation: Observation
    own: Decimal
    exact: Fraction

    @property
    def amount(self) -> int:
        """The same in whole minor units."""
        return rounded(self.exact)


def per_one(observation: Observation, own: Decimal, currency: str) -> Fraction | Left:
    """Return what it comes to for one of ours, which is `own` of its units, in minor units; or why it cannot be said."""
    if observation.currency != currency:
        return "currency"
    if not observation.all_in and observation.on_top is None:
        return "not_all_in"
    numbers = (observation.amount, observation.on_top or Decimal(0), observation.quantity, own)
    if not all(map(_sound, numbers)) or observation.quantity <= 0 or own <= 0 or observation.amount <= 0:
        return "number"
    return Fraction(asked(observation)) * Fraction(own) / Fraction(observation.quantity)


def asked(observation: Observation) -> Decimal:
    """Return what they ask in all, in minor units of the observation's own currency."""
    on_top = Decimal(0) if observation.all_in else observation.on_top or Decimal(0)
    return money.in_minor(observation.amount + on_top, observation.currency)


def comparables(
    book: Book, service: str, tier: str, among: Collection[str] | None = None
) -> tuple[Comparable, ...]:
    """Return what can be compared with a tier, in the order of the book; of `among` (ids) only, if that is given.

    Without `among`, of prices of the same thing by the same firm the newest counts.
    """
    found = []
    for observation, compared in _of(book, service, tier):
        exact = per_one(observation, compared.quantity, book.business.currency)
        counts = newer(book, observation) is None if among is None else observation.id in among
        if isinstance(exact, Fraction) and counts:
            found.append(Comparable(observation, compared.quantity, exact))
    return tuple(found)


def newer(book: Book, observation: Observation) -> Observation | None:
    """Return a newer price of the same quantity by the same firm for the same tiers, None if there is none."""
    for each in book.market.observations:
        if (
            each.seen > observation.seen
            and each.who == observation.who
            and (each.unit, each.quantity) == (observation.unit, observation.quantity)
            and all(one in each.compared_with for one in observation.compared_with)
        ):
            return each
    return None


def left_out(book: Book, service: str, tier: str) -> tuple[tuple[Observation, Left], ...]:
    """Return what was observed for a tier and cannot be compared, with the reason."""
    found: list[tuple[Observation, Left]] = []
    for observation, compared in _of(book, service, tier):
        told = per_one(observation, compared.quantity, book.business.currency)
        if not isinstance(told, Fraction):
            found.append((observation, told))
        elif newer(book, observation) is not None:
            found.append((observation, "newer"))
    return tuple(found)


def rounded(exact: Fraction) -> int:
    """Return an amount in whole minor units, half of one away from zero."""
    size = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -size if exact < 0 else size


def _of(book: Book, service: str, tier: str) -> Iterator[tuple[Observation, Compared]]:
    """Yield each observation that names the tier, once."""
    for observation in book.market.observations:
        for compared in observation.compared_with:
            if (compared.service, compared.tier) == (service, tier):
                yield observation, compared
                break


def _sound(value: Decimal) -> bool:
    return value.is_finite() and abs(value) <= money.LARGEST and -12 <= value.adjusted() + 1 <= 16
