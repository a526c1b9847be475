"""The months of a term and what each costs: an introductory price, then the agreed one, and what an index makes of it.

Two rules of the house decide about money that law wants announced. **A rise that its customer was not told of does not happen**:
from the anniversary on the price stays as it was, and the index is looked at again a year later. And an introductory price
goes on where its end was not announced in time (`renewals` makes it longer by a month).
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

from aboveboard.agreements.model import Body, Step, Trial
from aboveboard.book.model import Book, Index, Terms
from aboveboard.money import show
from aboveboard.pricing import AllowedFacts, PriceRequest, price
from aboveboard.pricing.agreement import (
    Change,
    Month,
    Signed,
    changes,
    month_after,
    monthly,
    months_of,
    signed,
    with_fees_and_tax,
)
from aboveboard.pricing.says import full_date
from aboveboard.words.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Run:
    """A term month by month; `prices` are before fees and tax, `paid` with them, in minor units."""

    months: tuple[Month, ...]
    prices: tuple[int, ...]
    paid: tuple[int, ...]
    changes: tuple[Change, ...]


def run_of(book: Book, terms: Terms, body: Body, untold: Collection[datetime.date] = ()) -> Run:
    """Return the months of the present term; `untold` are anniversaries whose rise nobody was told of."""
    many, began = body.months, body.began
    index = (
        next((each for each in book.agreements.indices if each.id == terms.index), None)
        if book.agreements
        else None
    )
    found = _changes(body, terms, index, untold)
    prices = monthly(body.regular.net, found, began, many)
    if body.trial is not None:
        nets = body.trial.nets[:many]
        prices = nets + prices[len(nets) :]
    request = request_of(body, began)
    paid = {net: with_fees_and_tax(book, request, net) for net in set(prices)}
    return Run(months_of(began, many), prices, tuple(paid[net] for net in prices), found)


def _changes(
    body: Body, terms: Terms, index: Index | None, untold: Collection[datetime.date]
) -> tuple[Change, ...]:
    amounts = body.regular
    found = changes(amounts.net, terms, index, body.began, body.months, amounts.currency)
    for at in range(len(found)):
        change = found[at]
        if change.on not in untold or change.after <= change.before:
            continue
        said = Catalogue.load("aboveboard.agreements").text("page.stays")
        kept = replace(
            change,
            after=change.before,
            exact=Fraction(change.before),
            says=said.filled(on=full_date(change.on), price=show(change.before, amounts.currency)),
        )
        left = body.months - 12 * (at + 1)
        later = changes(change.before, terms, index, change.on, left, amounts.currency)
        found = (*found[:at], kept, *later)
    return found


def untold(run: Run, body: Body, on: datetime.date) -> frozenset[datetime.date]:
    """Return the anniversaries up to a day whose rise was not announced to the customer before it."""
    return frozenset(
        change.on
        for change in felt(run, body)
        if change.on <= on
        and change.after > change.before
        and f"fee:{change.on.isoformat()}" not in body.told
    )


def felt(run: Run, body: Body) -> tuple[Change, ...]:
    """Return the anniversaries that change what is paid: not those under an introductory price, whose end is told by itself."""
    since = body.began if body.trial is None else month_after(body.began, len(body.trial.nets))
    return tuple(change for change in run.changes if change.after != change.before and change.on >= since)


def trial_of(book: Book, asked: PriceRequest, facts: AllowedFacts, applied: Collection[str]) -> Trial | None:
    """Return the introductory months of a price in which these offers applied, or None if none of them is only for a while.

    Raises `PriceError` for a month that has no price.
    """
    lasts = [each.months for each in book.promotions if each.id in applied and each.months is not None]
    if not lasts or asked.month is None:
        return None
    made = [
        signed(price(book, replace(asked, month=month), facts))
        for month in range(asked.month, max(lasts) + 2)
    ]
    after = made[-1]
    return Trial(tuple(each.net for each in made[:-1]), _paid(book, asked, after))


def _paid(book: Book, asked: PriceRequest, amounts: Signed) -> Signed:
    return replace(amounts, paid=with_fees_and_tax(book, asked, amounts.net))


def steps(run: Run, body: Body) -> tuple[Step, ...]:
    """Return where an introductory price ends and a dearer one begins, inside the term."""
    if body.trial is None:
        return ()
    found: list[Step] = []
    since = 0
    for month in range(1, min(len(body.trial.nets), body.months - 1) + 1):
        if run.prices[month] > run.prices[month - 1]:
            first, last = run.months[since].first, run.months[month - 1].last
            found.append(Step(last, month, first, run.paid[month - 1], run.paid[month]))
        if run.prices[month] != run.prices[month - 1]:
            since = month
    return tuple(found)


def longer(trial: Trial, month: int) -> Trial:
    """Return the introductory months with one more of the price of month `month`."""
    return replace(trial, nets=(*trial.nets[:month], trial.nets[month - 1], *trial.nets[month:]))


def request_of(body: Body, on: datetime.date) -> PriceRequest:
    """Return the request that asks for the same thing on another day."""
    return PriceRequest(
        body.service,
        body.tier,
        body.quantity,
        on,
        channel=body.channel,
        terms=body.terms,
        add_ons=body.add_ons,
        seats=body.seats,
    )
