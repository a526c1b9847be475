"""What binds both sides for longer than one sale: agreements with a term, points, and credit.

`agreements.terms` are what a customer may agree to: so many months, at least so much each month, a price that is locked or that
follows a named index up to a cap, a way out that costs no more than a rule says, and what happens at the end. What an
agreement costs less is a condition like any other (`conditions`, with `when: {terms: [...]}`), so that it stands in each price.

*Points* are earned by paying and spent like money; *credit* is money that the customer holds, never expires and is given back
when asked for. Both are owed from the moment they are given.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Amount, Chapter, Id, Quantity, Share, Text


class IndexValue(Chapter, frozen=True, kw_only=True):
    """What an index stood at, from the day on which it was published."""

    published: datetime.date
    value: Quantity


class Index(Chapter, frozen=True, kw_only=True):
    """A table that somebody else publishes, such as consumer prices; a price may follow it."""

    id: Id
    name: Text
    source: Text
    values: Annotated[list[IndexValue], Meta(min_length=1)]


class Monthly(Chapter, frozen=True, kw_only=True):
    """An amount for each month, and why it is so much."""

    amount: Amount
    why: Text


class Terms(Chapter, frozen=True, kw_only=True):
    """What a customer may agree to, for services that are sold by the month.

    Without `index` the price is locked for the whole term; with it, it changes on each anniversary by as much as the index did,
    upwards by `cap` (a share) a year at most. `exit: free` ends at the end of any month at no cost; `pay_back` asks back what
    the agreement has saved so far, and never more than what is left of it. `saves` is what a planned month saves the
    business, `empties` what places that stand empty in it cost.
    """

    id: Id
    name: Text
    what: Text
    months: Annotated[int, Meta(ge=1, le=120)]
    #: Committed volume: an agreement is for at least so many each month.
    least: Annotated[int, Meta(ge=1, le=1000)] = 1
    index: Id | None = None
    cap: Share | None = None
    exit: Literal["free", "pay_back"] = "free"
    #: At the end of the term: it goes on by itself for another, or it ends unless the customer says yes.
    renewal: Literal["auto", "ask"] = "ask"
    #: Days before a renewal on which the customer is told; where law asks for another day, law wins.
    notice_days: Annotated[int, Meta(ge=1, le=120)] = 30
    #: How each month is paid: the money is taken by itself, or the customer pays a bill.
    charges: Literal["automatic", "bill"] = "automatic"
    #: Where law wants a word before each automatic charge: so many days before it.
    charge_days: Annotated[int, Meta(ge=1, le=28)] = 5
    saves: Monthly | None = None
    empties: Monthly | None = None
    services: Annotated[list[Id], Meta(min_length=1)]
    tiers: list[Id] = []


class Agreements(Chapter, frozen=True, kw_only=True):
    """Terms, and the numbers by which the worth of an agreement is worked out: money later counts less by `rate` a year."""

    rate: Share
    source: Text
    send: Literal["auto", "desk"] = "desk"
    indices: list[Index] = []
    terms: list[Terms] = []


class Level(Chapter, frozen=True, kw_only=True):
    """From `at_least` points earned in twelve months on, points are earned `times` as fast.

    `share` is the part of all that earns points which customers of this level pay: by so much more do points cost.
    """

    id: Id
    name: Text
    at_least: Annotated[int, Meta(ge=1)]
    times: Quantity
    share: Share = Decimal(0)


class Points(Chapter, frozen=True, kw_only=True):
    """Points: one for each `per` of money paid (before tax), each worth `worth` off a later price.

    `used` is the share of points that are spent in the end, as far as experience tells; so much of them is owed. Points
    lapse `months` after they were earned; at least `least` are used at once.
    """

    name: Text
    per: Amount
    worth: Amount
    months: Annotated[int, Meta(ge=1, le=120)]
    least: Annotated[int, Meta(ge=1)] = 1
    used: Share
    source: Text
    levels: list[Level] = []
    services: list[Id] = []


class Referral(Chapter, frozen=True, kw_only=True):
    """What a customer gets in credit when somebody takes the offer with their code."""

    offer: Id
    amount: Amount


class Credit(Chapter, frozen=True, kw_only=True):
    """Money that the customer holds: it never expires, and is given back when asked for."""

    name: Text
    referrals: list[Referral] = []
