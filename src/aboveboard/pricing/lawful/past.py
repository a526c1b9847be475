"""What an announced reduction compares with: the firm's own prices before, and what an offer says of itself.

A `History` is asked for the days before an offer began. `intervals` are the prices that everyone could have had, `deals` what
was really paid, both in minor units for one, before fees and tax. Days of which nobody knows the price are among them with a
price of None, since a missing price can only have been lower: what is known to be lower than an offer's reference settles that
the offer must not count from there, and what is not leaves the question open. None means that nothing at all is known.

An offer begins on its first day, or at the moment at which an edition brought it, if that is later: nobody can begin an offer
in the past. Of that day, the prices before that moment are prices before the offer.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from aboveboard.book.model import Book, Promotion
from aboveboard.law.vocabulary import Day
from aboveboard.pricing.steps import Price, PriceRequest, Step

ONE_DAY = datetime.timedelta(days=1)


class History(Protocol):
    """Prices before a day, of one tier. `last` is a day, which is included, or a moment, up to which its day is."""

    def began(self, offer: Offered) -> Day:
        """Return when an offer began: on a day, or at a moment in the course of one."""

    def intervals(
        self, service: str, tier: str, first: datetime.date, last: Day
    ) -> list[dict[str, Any]] | None:
        """Return `{from, to, price}` from `first` to `last`, with None for a price that is not known; None: nothing is."""

    def deals(self, service: str, tier: str, first: datetime.date, last: Day) -> list[dict[str, Any]] | None:
        """Return `{at, price}` for what was sold from `first` to `last`, or the last time before; None: nothing is known.

        A price of None stands on the last of the days of which it is not known what was sold.
        """


class NoHistory:
    """Nothing is known of the days before."""

    def began(self, offer: Offered) -> Day:
        """Return the day that the book says."""
        return offer.starts

    def intervals(
        self, service: str, tier: str, first: datetime.date, last: Day
    ) -> list[dict[str, Any]] | None:
        """Return None."""

    def deals(self, service: str, tier: str, first: datetime.date, last: Day) -> list[dict[str, Any]] | None:
        """Return None."""


def comparable(request: PriceRequest) -> bool:
    """Return whether earlier prices of one say anything of a request: not where use, time or seats make the price."""
    odd = request.usage or request.add_ons or request.starts or request.ends
    return not odd and request.seats is None and request.pays is None


def eve(began: Day) -> Day:
    """Return until when prices are prices before an offer: the day before it, or the moment at which it began."""
    return began if isinstance(began, datetime.datetime) else began - ONE_DAY


@dataclass(frozen=True, slots=True)
class Offered:
    """The reductions in a price, as they are announced: `reference` and `price` are minor units for one.

    `starts` is the first day of the offer that began first, `percent` what the reduction is in percent.
    """

    ids: tuple[str, ...]
    starts: datetime.date
    reference: Decimal
    price: Decimal
    percent: Decimal
    gift: bool


def offered(book: Book, made: Price) -> Offered | None:
    """Return what a price announces as reduced, or None if it holds no offer."""
    applied = [step for step in made.steps if step.kind == "promotion" and step.applied]
    if not applied:
        return None
    ids = {step.id for step in applied}
    offers = [each for each in book.promotions if each.id in ids]
    if not offers:
        return None
    # The price of a tier that is made of charges is that of the whole order.
    many = Decimal(made.request.quantity)
    first = next(index for index, step in enumerate(made.steps) if step is applied[0])
    reference = Decimal(applied[0].subtotal - applied[0].amount) / many
    now = reference + _taken(made.steps[first:]) / many + _lifted(made) / many
    single = offers[0] if len(offers) == 1 else None
    if made.background.rules < 3:
        reference, now = _counted(made, single, reference, now, many)
    else:
        now += Decimal(_held_down(made)) / many
    told = single.percent * 100 if single is not None and single.percent is not None else None
    percent = told if told is not None else _percent(reference, now)
    gift = any(each.free_every is not None for each in offers)
    return Offered(
        tuple(each.id for each in offers), min(each.starts for each in offers), reference, now, percent, gift
    )


def _taken(steps: tuple[Step, ...]) -> int:
    """Return what offers took off, with the roundings that belong to them."""
    found, before = 0, ""
    for step in steps:
        if step.kind == "promotion" or (step.kind == "rounding" and before == "promotion"):
            found += step.amount
        before = before if step.kind == "rounding" else step.kind
    return found


def _lifted(made: Price) -> int:
    """Return how much of the reduction the floor took back, as far as no thanks to a regular is the cause of it."""
    lifted = sum(step.amount for step in made.steps if step.kind == "guard_floor")
    thanks = -sum(step.amount for step in made.steps if step.kind == "loyalty")
    return max(lifted - max(thanks, 0), 0)


def _held_down(made: Price) -> int:
    """Return what the law took off again after the floor, so that the offer leaves what it announces of the earlier price."""
    return sum(step.amount for step in made.steps if step.reason == "guard_prior.lowered")


def _counted(
    made: Price, single: Promotion | None, reference: Decimal, now: Decimal, many: Decimal
) -> tuple[Decimal, Decimal]:
    """Return reference and price as they stand where the law made the reduction count from an earlier price.

    So it was until the second generation of rules; since then the steps themselves count from there.
    """
    prior = made.background.prior
    if prior is None or prior.lowest >= reference:
        return reference, now
    lowest = Decimal(prior.lowest)
    guard = next((step for step in made.steps if step.kind == "guard_prior" and step.applied), None)
    if single is not None and single.percent is not None:
        return lowest, lowest * (1 - single.percent)
    if guard is not None:
        return lowest, Decimal(guard.subtotal) / many
    return lowest, min(now, lowest)


def _percent(reference: Decimal, now: Decimal) -> Decimal:
    return (reference - now) * 100 / reference if reference > 0 else Decimal(0)
