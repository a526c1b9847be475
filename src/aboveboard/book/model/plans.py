"""What a tier contains, so that tiers can be compared: features, limits, seats, and the add-ons that go with a service.

A *feature* is what somebody gets (yes or no, a number, a few words); a *limit* is how much of a meter they may use up in a
period; *seats* are how many people one subscription serves. An *add-on* is bought beside a tier. A subscription is one tier, any
add-ons that may go together, and a number of seats.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Amount, Chapter, Id, Quantity, Text
from aboveboard.book.model.charges import Charge
from aboveboard.book.model.costs import Use


class Feature(Chapter, frozen=True, kw_only=True):
    """Something a tier may contain. `unit` is what a number counts ("minutes"); only for kind number."""

    id: Id
    name: Text
    kind: Literal["boolean", "number", "text"]
    unit: Text | None = None


class Contained(Chapter, frozen=True, kw_only=True):
    """A feature that a tier or an add-on contains: named alone for yes, else with its `number` or `text`."""

    feature: Id
    number: Quantity | None = None
    text: Text | None = None


class Limit(Chapter, frozen=True, kw_only=True):
    """How much of a meter may be used in a period; without `most` it is not limited. An add-on's limit adds to the tier's."""

    meter: Id
    most: Quantity | None = None
    per: Literal["day", "week", "month", "year"] | None = None


class Seats(Chapter, frozen=True, kw_only=True):
    """How many people one subscription serves: so many `included`, at least and at most so many, and what one more costs.

    `uses` is what one more uses up, for each unit of the service.
    """

    included: Annotated[int, Meta(ge=1)] = 1
    least: Annotated[int, Meta(ge=1)] = 1
    most: Annotated[int, Meta(ge=1)] | None = None
    extra: Charge | None = None
    uses: list[Use] = []


class AddOn(Chapter, frozen=True, kw_only=True):
    """Something bought beside a tier: priced by `list_price` for each unit of the service, or by `charges`."""

    id: Id
    name: Text
    what: Text
    list_price: Amount | None = None
    charges: list[Charge] = []
    uses: list[Use] = []
    features: list[Contained] = []
    limits: list[Limit] = []
    available_for: list[Id] = []
    depends_on: list[Id] = []
    excludes: list[Id] = []
    #: How often one subscription may have it.
    most: Annotated[int, Meta(ge=1)] = 1


class Existing(Chapter, frozen=True, kw_only=True):
    """What happens to those who subscribe already when a tier changes: they keep it, move on a date, or choose until then."""

    way: Literal["keep", "move", "choose"]
    on: datetime.date | None = None
