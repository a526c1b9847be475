"""Data, what it is wanted for, who receives it, and what customers are told of it."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Address, Chapter, Id, Place, Text


class DataCategory(Chapter, frozen=True, kw_only=True):
    """A kind of data, in the customer's words, with an example."""

    id: Id
    name: Text
    example: Text
    #: Health, beliefs, biometrics and the like (GDPR Art. 9; PIPL Art. 28).
    sensitive: bool = False


class Purpose(Chapter, frozen=True, kw_only=True):
    """What the business wants to use data for.

    `default` says what holds while the customer has said nothing: a place code or `elsewhere` to `allow` or `deny`. A place
    that is not listed and no `elsewhere` means deny. `gpc`: a Global Privacy Control signal counts as a no to this purpose.
    """

    id: Id
    name: Text
    what: Text
    why: Text
    example: Text
    benefit: Text
    if_no: Text
    kind: Literal["service", "marketing", "statistics", "sharing", "pricing"]
    basis: Literal["contract", "consent", "legitimate_interest", "legal_duty"]
    data: list[Id]
    recipients: list[Id] = []
    default: dict[str, Literal["allow", "deny"]] = {}
    gpc: bool = False
    #: Only for the purpose of kind `pricing`: the facts that a price may use when the customer allows it.
    facts: list[Literal["visits", "months"]] = []


class Contract(Chapter, frozen=True, kw_only=True):
    """The contract that binds a partner. Without one in force, the gate lets nothing through to it."""

    signed: datetime.date
    until: datetime.date | None = None
    #: GDPR Art. 28(3) and 11 CCR 7051/7053 in plain ids: instructions, confidentiality, security, subprocessors, help,
    #: delete, audit, honour_opt_out.
    clauses: list[Id]

    def in_force(self, on: datetime.date) -> bool:
        """Return whether it binds on that day, its first and its last day included."""
        return self.signed <= on and (self.until is None or on <= self.until)


class PartnerFeed(Chapter, frozen=True, kw_only=True):
    """How a partner is told: exactly one of the two."""

    webhook: Address | None = None
    by_hand: Text | None = None
    #: For `by_hand`: within how many days the desk must have done it.
    within_days: Annotated[int, Meta(ge=1, le=60)] = 5


class Partner(Chapter, frozen=True, kw_only=True):
    """Another firm that receives data."""

    id: Id
    name: Text
    what: Text
    kind: Literal[
        "lab",
        "insurer",
        "review_site",
        "mail_service",
        "message_service",
        "payment",
        "statistics",
        "booking",
        "accountant",
        "advertising",
        "other",
    ]
    place: Place
    contract: Contract | None = None
    feed: PartnerFeed
    #: Days the partner has, by contract, to delete after a no.
    delete_within_days: Annotated[int, Meta(ge=0, le=365)] = 14

    def bound(self, on: datetime.date) -> bool:
        """Return whether a contract binds this partner on that day; without one the gate lets nothing through to it."""
        return self.contract is not None and self.contract.in_force(on)


class NoticeSection(Chapter, frozen=True, kw_only=True):
    """A heading and a few short paragraphs."""

    heading: Text
    body: Text


class Notice(Chapter, frozen=True, kw_only=True):
    """The privacy notice; each section is a heading and its text."""

    version: str
    effective: datetime.date
    title: Text
    sections: Annotated[list[NoticeSection], Meta(min_length=1)]
