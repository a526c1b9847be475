"""A price page: one model for every version of Pricing2Yaml, and for what we export.

A *feature* is something the service does; a *usage limit* says how much of it. Both have a default, which each *plan* takes over
unless it says otherwise. A subscription is one plan (if the page has any) with *add-ons*: an add-on gives features, replaces
limits (`limits`) or adds to them (`extensions`), is sold with some plans only, may need other add-ons, and may rule some out.

An add-on that only adds to limits is *scalable*: it can be bought several times, within its `Quantity`.

Numbers are `Decimal`; "unlimited" is `Decimal("Infinity")`. A price in words ("Contact us") has no amount. All of it is plain
data without any place in a file, so two pages that say the same are equal, whatever version they were written in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["BOOLEAN", "NUMERIC", "TEXT"]
#: Yes or no, a number, a text, or a list of ways to pay.
Value = bool | Decimal | str | tuple[str, ...]

KINDS: tuple[Kind, ...] = ("BOOLEAN", "NUMERIC", "TEXT")
FEATURE_TYPES = (
    "INFORMATION", "INTEGRATION", "DOMAIN", "AUTOMATION", "MANAGEMENT", "GUARANTEE", "SUPPORT", "PAYMENT",
)  # fmt: skip
LIMIT_TYPES = ("RENEWABLE", "NON_RENEWABLE")
#: Types of limits that version 3.0 dropped, and what they become (its migration guide).
OLD_LIMIT_TYPES = {"TIME_DRIVEN": "RENEWABLE", "RESPONSE_DRIVEN": "NON_RENEWABLE"}
PERIOD_UNITS = ("SEC", "MIN", "HOUR", "DAY", "MONTH", "YEAR")
RENDERS = ("AUTO", "ENABLED", "DISABLED")

INFINITE = Decimal("Infinity")
#: Larger numbers are slips, and would cost time and space to print. The data has limits up to ten thousand million.
LARGEST = Decimal(10) ** 18


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PagePrice:
    """What a plan or an add-on costs per unit and month, in the page's currency.

    `amount` is None if it is priced in words, or if the price could not be read. `written` is what stands in the file when
    that is not simply the amount: the words, or an expression such as `5 * #seats`.
    """

    amount: Decimal | None
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that the service does."""

    name: str
    kind: Kind = "BOOLEAN"
    default: Value = False
    type: str = "DOMAIN"
    description: str = ""
    tag: str = ""
    expression: str = ""
    server_expression: str = ""
    integration_type: str = ""
    automation_type: str = ""
    doc_url: str = ""
    pricing_urls: tuple[str, ...] = ()
    render: str = "AUTO"


@dataclass(frozen=True, slots=True)
class Period:
    """After how long a renewable limit starts again."""

    value: int = 1
    unit: str = "MONTH"


@dataclass(frozen=True, slots=True)
class UsageLimit:
    """How much of its linked features one gets. `trackable`: whether use is counted over the whole subscription."""

    name: str
    kind: Kind = "NUMERIC"
    default: Value = Decimal(0)
    type: str = "NON_RENEWABLE"
    unit: str = ""
    linked: tuple[str, ...] = ()
    description: str = ""
    period: Period | None = None
    trackable: bool = False
    render: str = "AUTO"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its price, and where it differs from the defaults."""

    name: str
    price: PagePrice
    unit: str = ""
    features: Mapping[str, Value] = field(default_factory=_nothing)
    limits: Mapping[str, Value] = field(default_factory=_nothing)
    description: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many of a scalable add-on one may buy: a multiple of `step` from `least` to `most`."""

    least: Decimal = Decimal(1)
    most: Decimal = INFINITE
    step: Decimal = Decimal(1)

    def smallest(self) -> Decimal | None:
        """Return the smallest number that may be bought, or None if there is none."""
        times = max((self.least / self.step).to_integral_value(ROUND_CEILING), Decimal(1))
        return times * self.step if times * self.step <= self.most else None


@dataclass(frozen=True, slots=True)
class AddOn:
    """Something to buy on top. `available_for` None means: with every plan."""

    name: str
    price: PagePrice
    unit: str = ""
    available_for: tuple[str, ...] | None = None
    depends_on: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    features: Mapping[str, Value] = field(default_factory=_nothing)
    limits: Mapping[str, Value] = field(default_factory=_nothing)
    extensions: Mapping[str, Value] = field(default_factory=_nothing)
    quantity: Quantity | None = None
    description: str = ""
    private: bool = False

    @property
    def scalable(self) -> bool:
        """Whether it only adds to limits, so that it can be bought several times."""
        return bool(self.extensions) and not self.features and not self.limits

    def smallest(self) -> Decimal | None:
        """Return the smallest number of it that may be bought, or None if none may."""
        return (self.quantity or Quantity()).smallest() if self.scalable else Decimal(1)


@dataclass(frozen=True, slots=True)
class PricePage:
    """A whole price page. Names are unique within features, limits, plans and add-ons; their order is the file's."""

    name: str
    currency: str
    created: str
    features: tuple[Feature, ...]
    limits: tuple[UsageLimit, ...] = ()
    plans: tuple[Plan, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    version: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    #: For each way to pay (`monthly`, `annual`) the factor on the monthly price, above 0 and at most 1.
    billing: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({"monthly": Decimal(1)}))
    variables: Mapping[str, Any] = field(default_factory=_nothing)
    #: Whatever the writer put there; kept, never read.
    custom: Any = None


def plain(number: Decimal) -> int | float:
    """Return an amount as JSON shows it: 12.95, and 15 rather than 15.0."""
    return int(number) if number == number.to_integral_value() else float(number)


def gives(value: Value) -> bool:
    """Return whether a value gives anything: yes, a number above zero, a text that is not empty."""
    return value > 0 if isinstance(value, Decimal) else bool(value)


def most_of(number: Decimal | int | None) -> Decimal:
    """Return a limit as a page has it: None, and what is larger than a page may say, is unlimited."""
    return INFINITE if number is None or number > LARGEST else Decimal(number)


def in_words(said: str) -> str:
    """Return words as a price in words: on one line, and nothing that a reader takes for a variable of an expression."""
    return " ".join(said.split()).replace("#", "№ ").replace("№  ", "№ ")
