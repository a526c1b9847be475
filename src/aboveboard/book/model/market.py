"""What others ask, and where a tier stands among them.

An *observation* is one price that somebody else asks, as it was seen: how much, for how much of what, where, on which day,
and where that can be looked up. `compared_with` ties it to our own tiers, and says how much of its unit one of ours is; so a
price for ten visits or for ninety minutes becomes the price of one of ours. A tier is `positioned` among some of them: the
place that we claim, and why (Nagle and Müller, The Strategy and Tactics of Pricing: economic value is the reference value,
what the next best alternative costs, plus the differentiation value, what ours gives beyond it or lacks).
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Amount, Chapter, Currency, Id, Place, Quantity, Share, Text

MarketUnit = Literal["visit", "hour", "minute", "month", "piece", "course", "person"]
#: How a price was learnt. One that a competitor told us in confidence is none that may be used.
Learnt = Literal["website", "price_list", "advertisement", "bought", "customer", "survey", "competitor"]
#: How far customers see the market behind a price.
ShownMarket = Literal["none", "summary", "observations"]
MarketPlace = Literal["below", "near", "above"]
Source = Annotated[
    str, Meta(min_length=1, max_length=300, description="an address, or where it was seen, in words")
]


class Compared(Chapter, frozen=True, kw_only=True):
    """One of our tiers that an observation is compared with; one of ours is `quantity` of the observation's units."""

    service: Id
    tier: Id
    quantity: Quantity = Decimal(1)


class Observation(Chapter, frozen=True, kw_only=True):
    """One price that somebody else asks: `amount` for `quantity` of `unit`, seen on a day.

    `who` is for us; customers read it only if it is `public`, else they read `described`. Where tax and every fee that nobody can
    avoid are not inside (`all_in`), `on_top` is what they add. `need` says what need both meet. `theirs_only` and `ours_only`
    are the differences: what only theirs has, and what only ours has.
    """

    id: Id
    who: Text
    public: bool = False
    described: Text | None = None
    amount: Amount
    currency: Currency
    all_in: bool
    on_top: Amount | None = None
    quantity: Quantity = Decimal(1)
    unit: MarketUnit
    place: Place
    seen: datetime.date
    learnt: Learnt
    source: Source
    need: Text | None = None
    theirs_only: list[Text] = []
    ours_only: list[Text] = []
    compared_with: Annotated[list[Compared], Meta(min_length=1)]


class Differs(Chapter, frozen=True, kw_only=True):
    """One thing that a customer gets here and not there, with what it is worth to them; below zero, what they miss here."""

    what: Text
    worth: Amount
    source: Text | None = None


class Positioned(Chapter, frozen=True, kw_only=True):
    """The basis of a list price: among which `observations`, at which `place`, and `why`.

    `by` is how far from the middle we claim to be (0.05 is 5 %); `near` means within it, 2 % if left out. With `differentiation`
    it is a value-based price: the reference value (the observation `reference`, the middle if left out) plus these.
    """

    observations: Annotated[list[Id], Meta(min_length=1)]
    place: MarketPlace
    by: Share | None = None
    reference: Id | None = None
    differentiation: list[Differs] = []
    why: Text


class Market(Chapter, frozen=True, kw_only=True):
    """All observations, after how many days each is looked at again, and how much of it customers see."""

    review_days: Annotated[int, Meta(ge=1, le=3660)] = 180
    shown: ShownMarket = "summary"
    observations: list[Observation] = []

    def observation(self, observation: str) -> Observation | None:
        """Return the observation with this id, or None."""
        return next((each for each in self.observations if each.id == observation), None)
