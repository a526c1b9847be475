"""The forms in which prices and offers cross the API: what may be asked, and what is answered.

They are a promise of their own: what a quote is within may change, and these do not change with it.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from aboveboard.people.asked import AskedIdentity
from aboveboard.quotes.model import Quote, QuoteRequest


class QuoteAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What to price. With an `identity`, the price is for that person, and needs a token of scope `quotes`."""

    service: Annotated[str, Meta(max_length=80, description="a service's id")]
    tier: Annotated[str | None, Meta(description="a tier's id; left out: the service's default tier")] = None
    quantity: Annotated[int, Meta(description="how many, from 1 to 1,000")] = 1
    at: Annotated[str | None, Meta(description="an ISO date or instant; left out: today")] = None
    codes: Annotated[list[str], Meta(max_length=10, description="offer codes as they were typed")] = []
    groups: Annotated[
        list[str], Meta(max_length=20, description="groups the customer has shown to belong to")
    ] = []
    basket: Annotated[list[str], Meta(max_length=50, description="other services in the same order")] = []
    place: Annotated[str, Meta(max_length=6, description="where it is sold, ISO 3166")] | None = None
    segment: Annotated[str, Meta(max_length=40, description="a segment of the book")] | None = None
    month: Annotated[int, Meta(ge=1, le=1200, description="the month of an agreement, from 1")] | None = None
    terms: Annotated[str, Meta(max_length=40, description="terms of an agreement, by id")] | None = None
    points: Annotated[int, Meta(ge=0, le=10**9, description="how many of their points to use")] = 0
    add_ons: Annotated[list[str], Meta(max_length=50, description="add-ons by id; twice for two")] = []
    seats: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    usage: Annotated[
        dict[str, str], Meta(max_length=50, description="how much of each meter, as decimal text")
    ] = {}
    pays: (
        Annotated[int, Meta(ge=0, description="what a customer gives who may choose, minor units")] | None
    ) = None
    starts: (
        Annotated[str, Meta(max_length=40, description="when paid time begins, an ISO instant")] | None
    ) = None
    ends: Annotated[str, Meta(max_length=40, description="when paid time ends, an ISO instant")] | None = None
    identity: AskedIdentity | None = None


class Said(Struct, frozen=True):
    """A text in both languages."""

    en: str
    zh: str


class Named(Struct, frozen=True):
    """Something of the book, by id and name."""

    id: str
    name: Said


class CostLineGiven(Struct, frozen=True):
    """One cost item behind the cost, for one unit; `amount` is exact minor units."""

    item: str
    name: Said
    kind: str
    direct: bool
    quantity: str
    unit: str
    amount: str
    how: Said
    source: Said | None


class ChargeGiven(Struct, frozen=True):
    """One line that a list price is the sum of; `amount` is whole minor units, `exact` before rounding."""

    id: str
    name: Said
    kind: str
    counted: str | None
    amount: int
    exact: str | None
    how: Said


class ObservationGiven(Struct, frozen=True):
    """What somebody else asks: `amount` is what that is for one of ours in minor units, tax and every fee inside."""

    id: str
    who: Said
    amount: int
    quantity: str
    unit: str
    how: Said
    place: str
    seen: str
    learnt: Said
    source: str | None
    differences: list[Said]


class AlternativeGiven(Struct, frozen=True):
    """A change that would make it cheaper: `total` is the price then (of one, for another quantity), `saves` how much less."""

    way: str
    total: int
    saves: int
    words: Said


class StepGiven(Struct, frozen=True):
    """One step of a price: what it did, by how much, where that leads, why, and from which facts."""

    kind: str
    id: str | None
    label: Said
    amount: int
    subtotal: int
    exact: str | None
    basis: Said
    facts: list[str]
    applied: bool
    why_not: Said | None
    reason: str
    line: int | None
    detail: list[CostLineGiven]
    charges: list[ChargeGiven]
    observations: list[ObservationGiven]


class GateGiven(Struct, frozen=True):
    """What the gate answered about personal prices for this person."""

    allowed: bool
    reason: str
    rule: str
    entry: str | None
    as_of: int
    explanation: Said


class AnswerGiven(Struct, frozen=True):
    """A fact that the owner told in the book: its value as rules read it, from which day on, and how the owner knows."""

    fact: str
    value: Any
    since: str
    source: Said


class RuleGiven(Struct, frozen=True):
    """What one rule of law said of the price: pass, fail or undecided; `facts` are those it read, amounts in minor units.

    `answers` are those of the facts that the owner told.
    """

    rule: str
    outcome: str
    title: Said
    explanation: Said
    citation: str
    verified: str
    pack: str
    version: str
    sha256: str
    facts: dict[str, Any]
    answers: list[AnswerGiven]
    missing: list[str]
    warnings: list[str]


class QuoteGiven(Struct, frozen=True):
    """A price with its steps. Money is in whole minor units of `currency` (8400 is 84.00 dollars)."""

    id: str
    total: int
    currency: str
    service: Named
    tier: Named
    quantity: int
    unit: str
    on: str
    steps: list[StepGiven]
    facts_used: list[str]
    without_personal: int
    without_personal_steps: list[StepGiven]
    alternatives: list[AlternativeGiven]
    floor: int | None
    explanation: Said
    explanation_without: Said
    valid_until: str | None
    edition: int
    created_at: str
    gate: GateGiven
    near: list[Said]
    rules: list[RuleGiven]
    receipt: str


class AcceptedGiven(Struct, frozen=True):
    """A quote that was taken: `entry` and `receipt` prove it."""

    quote: str
    total: int
    currency: str
    accepted_at: str
    entry: str
    receipt: str


class OfferGiven(Struct, frozen=True):
    """One offer: its `place` in the order, what it gives, what it asks, what it does not go together with."""

    place: int
    id: str
    name: Said
    gives: Said
    why: Said
    asks: list[Said]
    excludes: list[Said]
    services: list[Said]
    used_up: bool


class PublishedGiven(Struct, frozen=True):
    """One published rule that is no offer: what it does, where it holds, why, and the services it is for (none: all)."""

    kind: str
    id: str
    name: Said
    does: list[Said]
    holds: list[Said]
    why: Said
    services: list[Said]


class OffersGiven(Struct, frozen=True):
    """The one list of offers in their order, what "best for the customer" means, and every other rule that moves a price."""

    offers: list[OfferGiven]
    best: Said
    rules: list[PublishedGiven]


def asked_of(data: QuoteAsked) -> QuoteRequest:
    """Return what is asked, as quotes take it."""
    return QuoteRequest(
        service=data.service,
        tier=data.tier,
        quantity=data.quantity,
        at=data.at,
        codes=tuple(data.codes),
        groups=tuple(data.groups),
        basket=tuple(data.basket),
        place=data.place,
        segment=data.segment,
        month=data.month,
        terms=data.terms,
        points=data.points,
        add_ons=tuple(data.add_ons),
        seats=data.seats,
        usage=data.usage,
        pays=data.pays,
        starts=data.starts,
        ends=data.ends,
    )


def given(quote: Quote) -> QuoteGiven:
    """Return a quote in the form that the API promises."""
    return msgspec.convert(quote.to_json(), QuoteGiven)
