"""The vocabulary of the book: what a business may declare, chapter by chapter.

Structures only; nothing here reads a file or judges a value. Text is a pair (`en`, `zh`). Amounts and rates are `Decimal` as
written in the file ("84.00", "0.25"); `money.minor` turns an amount into whole minor units where a price is made. Every
chapter refers to others by `id`, and ids are unique within their chapter.

From purposes to prices: a *purpose* says what the business wants to use *data* for and which *partners* receive it; the
one purpose of kind `pricing` names the *facts* a price may use. A *service* has *tiers*; a tier uses up *cost items*; its
list price moves with *seasons*, *promotions* and *loyalty*, and may not fall under the floor that `margin` sets.
Where one number is no price, a tier has *charges*, which may read *meters*; where tiers are compared, they contain
*features*. What binds for longer than one sale are *agreements*, *points* and *credit*. What others ask is the *market*, and
a tier may be positioned among its *observations*.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.agreements import (
    Agreements,
    Credit,
    Index,
    IndexValue,
    Level,
    Monthly,
    Points,
    Referral,
    Terms,
)
from aboveboard.book.model.base import (
    ADDRESS_FORM,
    CURRENCY_FORM,
    ID_FORM,
    MONTH_DAY_FORM,
    PLACE_FORM,
    Address,
    Amount,
    Chapter,
    Currency,
    Id,
    MonthDay,
    Place,
    Quantity,
    Share,
    Text,
)
from aboveboard.book.model.charges import Band, Charge, ChargeKind, Meter, TimeUnit
from aboveboard.book.model.costs import (
    Channel,
    CostChange,
    CostItem,
    Driver,
    DriverChange,
    NoShows,
    OpenBook,
    Role,
    RoleChange,
    Segment,
    Sold,
    Unit,
    Use,
    UseStep,
)
from aboveboard.book.model.firm import Business, Contact, ImportMapping, Imports, Witness
from aboveboard.book.model.law import Law, LawFact
from aboveboard.book.model.market import (
    Compared,
    Differs,
    Learnt,
    Market,
    MarketPlace,
    MarketUnit,
    Observation,
    Positioned,
    ShownMarket,
)
from aboveboard.book.model.offers import (
    TIME_FORM,
    Condition,
    DataValue,
    Fee,
    Group,
    Guards,
    Loyalty,
    LoyaltyLevel,
    Promotion,
    Season,
    TimeOfDay,
    Weekday,
    When,
)
from aboveboard.book.model.plans import AddOn, Contained, Existing, Feature, Limit, Seats
from aboveboard.book.model.services import Held, Service, Tax, Tier
from aboveboard.book.model.sharing import (
    Contract,
    DataCategory,
    Notice,
    NoticeSection,
    Partner,
    PartnerFeed,
    Purpose,
)

__all__ = [
    "ADDRESS_FORM",
    "CURRENCY_FORM",
    "ID_FORM",
    "MONTH_DAY_FORM",
    "PLACE_FORM",
    "TIME_FORM",
    "AddOn",
    "Address",
    "Agreements",
    "Amount",
    "Band",
    "Book",
    "Business",
    "Channel",
    "Chapter",
    "Charge",
    "ChargeKind",
    "Compared",
    "Condition",
    "Contact",
    "Contained",
    "Contract",
    "CostChange",
    "CostItem",
    "Credit",
    "Currency",
    "DataCategory",
    "DataValue",
    "Differs",
    "Driver",
    "DriverChange",
    "Existing",
    "Feature",
    "Fee",
    "Group",
    "Guards",
    "Held",
    "Id",
    "ImportMapping",
    "Imports",
    "Index",
    "IndexValue",
    "Law",
    "LawFact",
    "Learnt",
    "Level",
    "Limit",
    "Loyalty",
    "LoyaltyLevel",
    "Market",
    "MarketPlace",
    "MarketUnit",
    "Meter",
    "MonthDay",
    "Monthly",
    "NoShows",
    "Notice",
    "NoticeSection",
    "Observation",
    "OpenBook",
    "Partner",
    "PartnerFeed",
    "Place",
    "Points",
    "Positioned",
    "Promotion",
    "Purpose",
    "Quantity",
    "Referral",
    "Role",
    "RoleChange",
    "Season",
    "Seats",
    "Segment",
    "Service",
    "Share",
    "ShownMarket",
    "Sold",
    "Tax",
    "Terms",
    "Text",
    "Tier",
    "TimeOfDay",
    "TimeUnit",
    "Unit",
    "Use",
    "UseStep",
    "Weekday",
    "When",
    "Witness",
]


class Book(Chapter, frozen=True, kw_only=True):
    """The whole book. `book` is the version of this format."""

    book: Literal[1]
    business: Business
    data: Annotated[list[DataCategory], Meta(min_length=1)]
    purposes: Annotated[list[Purpose], Meta(min_length=1)]
    partners: list[Partner] = []
    notice: Notice
    roles: list[Role] = []
    drivers: list[Driver] = []
    costs: list[CostItem] = []
    no_shows: list[NoShows] = []
    channels: list[Channel] = []
    segments: list[Segment] = []
    normal_month: list[Sold] = []
    #: What customers see of the costs behind their price.
    open_book: OpenBook = "groups"
    taxes: Annotated[list[Tax], Meta(min_length=1)]
    meters: list[Meter] = []
    features: list[Feature] = []
    services: list[Service] = []
    groups: list[Group] = []
    seasons: list[Season] = []
    conditions: list[Condition] = []
    promotions: list[Promotion] = []
    loyalty: list[Loyalty] = []
    fees: list[Fee] = []
    guards: Guards = Guards()
    data_value: list[DataValue] = []
    agreements: Agreements | None = None
    points: Points | None = None
    credit: Credit | None = None
    #: What others ask for the same need.
    market: Market = Market()
    #: The owner's answers to questions of law, and rules of the owner's own.
    law: Law = Law()
    witnesses: list[Witness] = []
    imports: Imports = Imports()

    def purpose(self, purpose: str) -> Purpose | None:
        """Return the purpose with this id, or None."""
        return next((p for p in self.purposes if p.id == purpose), None)

    def partner(self, partner: str) -> Partner | None:
        """Return the partner with this id, or None."""
        return next((p for p in self.partners if p.id == partner), None)

    def terms(self, terms: str | None) -> Terms | None:
        """Return the terms of an agreement with this id, or None."""
        return next(
            (each for each in (self.agreements.terms if self.agreements else ()) if each.id == terms), None
        )

    def service(self, service: str) -> Service | None:
        """Return the service with this id, or None."""
        return next((s for s in self.services if s.id == service), None)

    def square_feet(self, on: datetime.date) -> int | None:
        """Return how large the shop is, as its owner told the law for that day; None if nobody did, or not for all services."""
        said = [each for each in self.law.facts if each.fact == "store.square_feet" and each.since <= on]
        newest = max((each for each in said if not each.services), key=lambda each: each.since, default=None)
        value = newest.value if newest is not None else None
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None

    def pricing_purpose(self) -> Purpose | None:
        """Return the purpose that lets prices use personal facts, or None if the book has none."""
        return next((p for p in self.purposes if p.kind == "pricing"), None)
