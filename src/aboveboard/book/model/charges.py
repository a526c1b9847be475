"""What a price is made of where one number is not enough: charges, the bands they may have, the meters they read.

One form for all kinds, so that a book reads alike from a studio to a software firm; which keys belong to which kind is told by
`aboveboard check`. A charge counts something: the quantity that is asked for, the seats of a plan, the time between two moments,
or a *meter*. A band `up_to: 100` includes 100; whatever is more belongs to the next one, 100.5 as well as 101.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from aboveboard.book.model.base import Amount, Chapter, Id, Quantity, Share, Text
from aboveboard.book.model.costs import Use
from aboveboard.money import exponent

ChargeKind = Literal[
    "flat",
    "per_unit",
    "graduated",
    "volume",
    "package",
    "percentage",
    "capacity",
    "time",
    "pay_what_you_want",
]
TimeUnit = Literal["minute", "quarter_hour", "half_hour", "hour", "day"]
#: What a charge may count that is no meter of the book.
RESERVED = ("quantity", "seats", "time", "charges", "pays")


class Meter(Chapter, frozen=True, kw_only=True):
    """Something that is counted while a service is used: classes, gigabytes, kilometres, money that passed through.

    `decimals` is how fine it may be counted: 0 takes 3 and refuses 3.5. A meter of unit `money` counts the book's currency in
    its main unit; left alone, it is counted to the smallest coin, and any other meter in whole ones. `uses` is what one of it
    uses up, for the full cost.
    """

    id: Id
    name: Text
    one: Text
    many: Text
    unit: Literal["count", "money"] = "count"
    decimals: Annotated[int, Meta(ge=0, le=6)] | None = None
    uses: list[Use] = []

    def places(self, currency: str) -> int:
        """Return how many decimals it may have in a book of this currency (yen has no smaller coin, a dinar a thousand)."""
        if self.decimals is not None:
            return self.decimals
        return exponent(currency) if self.unit == "money" else 0


class Band(Chapter, frozen=True, kw_only=True):
    """A stretch of what is counted, with its price for each (`price`) and once for the band (`flat`).

    It ends with `up_to`, which it includes; the last band has none. `over` may repeat where the band before it ends.
    """

    up_to: Quantity | None = None
    over: Quantity | None = None
    price: Amount | None = None
    flat: Amount | None = None


class Charge(Chapter, frozen=True, kw_only=True):
    """One part of a price. `counts` is the id of a meter, or `quantity` or `seats`; left out: the quantity, for time the time.

    `free` is subtracted first: the first so many cost nothing, and bands count what is left. `price` may be finer than a coin,
    since the line as a whole is rounded once.
    """

    id: Id
    name: Text
    kind: ChargeKind
    counts: Id | None = None
    price: Amount | None = None
    bands: list[Band] = []
    free: Quantity | None = None
    size: Quantity | None = None
    percent: Share | None = None
    least: Amount | None = None
    most: Amount | None = None
    included: Quantity | None = None
    overage: Amount | None = None
    per: TimeUnit | None = None
    begun: Literal["whole", "exact"] = "whole"
    suggested: Amount | None = None
