"""The vocabulary of the book: what a business may declare, chapter by chapter.

Structures only; nothing here reads a file or judges a value. Text is a pair (`en`, `zh`). Amounts and rates are `Decimal` as
written in the file ("84.00", "0.25"); `money.minor` turns an amount into whole minor units where a price is made. Every
chapter refers to others by `id`, and ids are unique within their chapter.

From purposes to prices: a *purpose* says what the business wants to use *data* for and which *partners* receive it; the
one purpose of kind `pricing` names the *facts* a price may use. A *service* has *tiers*; a tier uses up *cost items*; its
list price moves with *seasons*, *promotions* and *loyalty*, and may not fall under the floor that `margin` sets.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from aboveboard.words.text import Text as Words

ID_FORM = r"^[a-z][a-z0-9_]{0,39}$"
PLACE_FORM = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"
CURRENCY_FORM = r"^[A-Z]{3}$"
MONTH_DAY_FORM = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
ADDRESS_FORM = r"^https?://\S+$"

Id = Annotated[
    str, Meta(pattern=ID_FORM, description="lower-case letters, digits and _, starting with a letter")
]
Place = Annotated[str, Meta(pattern=PLACE_FORM, description="ISO 3166 code: US-CA, CN, DE")]
Currency = Annotated[str, Meta(pattern=CURRENCY_FORM, description="ISO 4217 code: USD, CNY, EUR")]
MonthDay = Annotated[str, Meta(pattern=MONTH_DAY_FORM, description="month-day, e.g. 01-31")]
Address = Annotated[str, Meta(pattern=ADDRESS_FORM, description="http:// or https:// address")]
Amount = Annotated[Decimal, Meta(description="an amount of money in the main unit, e.g. 84.00")]
Share = Annotated[Decimal, Meta(description="a share of one: 0.25 is 25 %")]
Quantity = Annotated[Decimal, Meta(description="a plain number, e.g. 0.75")]


class _Chapter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all chapters share: keyword-only, frozen, and a key that nobody declared is an error, not a surprise."""


class Text(_Chapter, frozen=True, kw_only=True):
    """One text in both languages."""

    en: Annotated[str, Meta(min_length=1)]
    zh: Annotated[str, Meta(min_length=1)]

    @property
    def words(self) -> Words:
        """The same pair as the product's own text."""
        return Words(en=self.en, zh=self.zh)


class Contact(_Chapter, frozen=True, kw_only=True):
    """How a customer reaches the business."""

    email: str
    phone: str
    address: Text


class Business(_Chapter, frozen=True, kw_only=True):
    """Who the business is and where it works. `kind` is a plain word (clinic, studio, repair); laws look at it."""

    id: Id
    name: Text
    kind: Id
    place: Place
    currency: Currency
    timezone: str
    contact: Contact
    customers: Literal["here", "anywhere"] = "here"
    #: True for a US health care provider bound by HIPAA (45 CFR 160.103), so that its bans apply.
    hipaa_covered: bool = False


class DataCategory(_Chapter, frozen=True, kw_only=True):
    """A kind of data, in the customer's words, with an example."""

    id: Id
    name: Text
    example: Text
    #: Health, beliefs, biometrics and the like (GDPR Art. 9; PIPL Art. 28).
    sensitive: bool = False


class Purpose(_Chapter, frozen=True, kw_only=True):
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


class Contract(_Chapter, frozen=True, kw_only=True):
    """The contract that binds a partner. Without one in force, the gate lets nothing through to it."""

    signed: datetime.date
    until: datetime.date | None = None
    #: GDPR Art. 28(3) and 11 CCR 7051/7053 in plain ids: instructions, confidentiality, security, subprocessors, help,
    #: delete, audit, honour_opt_out.
    clauses: list[Id]

    def in_force(self, on: datetime.date) -> bool:
        """Return whether it binds on that day, its first and its last day included."""
        return self.signed <= on and (self.until is None or on <= self.until)


class PartnerFeed(_Chapter, frozen=True, kw_only=True):
    """How a partner is told: exactly one of the two."""

    webhook: Address | None = None
    by_hand: Text | None = None
    #: For `by_hand`: within how many days the desk must have done it.
    within_days: Annotated[int, Meta(ge=1, le=60)] = 5


class Partner(_Chapter, frozen=True, kw_only=True):
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


class NoticeSection(_Chapter, frozen=True, kw_only=True):
    """A heading and a few short paragraphs."""

    heading: Text
    body: Text


class Notice(_Chapter, frozen=True, kw_only=True):
    """The privacy notice; each section is a heading and its text."""

    version: str
    effective: datetime.date
    title: Text
    sections: Annotated[list[NoticeSection], Meta(min_length=1)]


class CostItem(_Chapter, frozen=True, kw_only=True):
    """Something a service uses up, with its price per unit of use.

    Direct kinds carry `rate` (currency per `unit`, all-in: for time the loaded hourly wage). Indirect kinds carry `per_month`
    and the monthly `capacity` of their driver, so that one unit of the driver carries `per_month / capacity`. A material may
    lose a share as `waste`: usable quantity q needs q / (1 - waste).
    """

    id: Id
    name: Text
    kind: Literal["time", "equipment", "material", "fee", "marketing", "rent", "software", "administration"]
    unit: Literal["hour", "visit", "piece"]
    rate: Amount | None = None
    per_month: Amount | None = None
    capacity: Quantity | None = None
    waste: Share = Decimal(0)
    source: Text | None = None


class Use(_Chapter, frozen=True, kw_only=True):
    """How much of a cost item one unit of a tier uses up, in the item's unit."""

    item: Id
    quantity: Quantity


class Tier(_Chapter, frozen=True, kw_only=True):
    """One level of a service: what it includes, what it uses up, its list price before tax."""

    id: Id
    name: Text
    what: Text
    list_price: Amount
    uses: Annotated[list[Use], Meta(min_length=1)]


class Service(_Chapter, frozen=True, kw_only=True):
    """Something a customer can buy. `unit` is what one is: a visit, a course of several visits, a month of membership.

    `margin` is the share of the price that must be left after full cost: floor = full cost / (1 - margin).
    """

    id: Id
    name: Text
    what: Text
    unit: Literal["visit", "course", "month", "piece"]
    margin: Share
    tax: Id
    tiers: Annotated[list[Tier], Meta(min_length=1)]
    #: The tier that is meant when a customer names none; the first one if left out.
    default_tier: Id | None = None


class Season(_Chapter, frozen=True, kw_only=True):
    """A change of list price between two days of each year (both included; may pass over New Year)."""

    id: Id
    name: Text
    starts: MonthDay
    ends: MonthDay
    #: Share of the list price: -0.07 is seven per cent less.
    change: Share
    why: Text
    services: list[Id] = []


class LoyaltyLevel(_Chapter, frozen=True, kw_only=True):
    """From `at_least` of the fact on, the price changes by `change` (never above zero)."""

    at_least: Annotated[int, Meta(ge=1)]
    change: Share


class Loyalty(_Chapter, frozen=True, kw_only=True):
    """A thank-you that grows with one personal fact, published for everyone to read, used only if the customer allows it."""

    id: Id
    name: Text
    fact: Literal["visits", "months"]
    levels: Annotated[list[LoyaltyLevel], Meta(min_length=1)]
    why: Text
    services: list[Id] = []


class Promotion(_Chapter, frozen=True, kw_only=True):
    """An offer to everyone between two dates: a share off (`percent`) or an amount off (`amount`), exactly one."""

    id: Id
    name: Text
    starts: datetime.date
    ends: datetime.date
    percent: Share | None = None
    amount: Amount | None = None
    why: Text
    services: list[Id] = []
    tiers: list[Id] = []


class Tax(_Chapter, frozen=True, kw_only=True):
    """A tax on the price: `rate` 0.0925 is 9.25 %. A rate of 0 still says why there is none."""

    id: Id
    name: Text
    rate: Share
    why: Text


class ImportMapping(_Chapter, frozen=True, kw_only=True):
    """Which column of the firm's own CSV is which: our name to theirs (or to a column number, counted from 1)."""

    columns: dict[str, str | int] = {}
    delimiter: str | None = None
    header: bool | None = None
    date_format: str | None = None


class Imports(_Chapter, frozen=True, kw_only=True):
    """Mappings for `aboveboard import`."""

    customers: ImportMapping | None = None
    visits: ImportMapping | None = None


class Book(_Chapter, frozen=True, kw_only=True):
    """The whole book. `book` is the version of this format."""

    book: Literal[1]
    business: Business
    data: Annotated[list[DataCategory], Meta(min_length=1)]
    purposes: Annotated[list[Purpose], Meta(min_length=1)]
    partners: list[Partner] = []
    notice: Notice
    costs: list[CostItem] = []
    taxes: Annotated[list[Tax], Meta(min_length=1)]
    services: list[Service] = []
    seasons: list[Season] = []
    promotions: list[Promotion] = []
    loyalty: list[Loyalty] = []
    imports: Imports = Imports()

    def purpose(self, purpose: str) -> Purpose | None:
        """Return the purpose with this id, or None."""
        return next((p for p in self.purposes if p.id == purpose), None)

    def partner(self, partner: str) -> Partner | None:
        """Return the partner with this id, or None."""
        return next((p for p in self.partners if p.id == partner), None)

    def service(self, service: str) -> Service | None:
        """Return the service with this id, or None."""
        return next((s for s in self.services if s.id == service), None)

    def pricing_purpose(self) -> Purpose | None:
        """Return the purpose that lets prices use personal facts, or None if the book has none."""
        return next((p for p in self.purposes if p.kind == "pricing"), None)
