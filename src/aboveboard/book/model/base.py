"""What all chapters are made of: ids, places, amounts, shares, texts in both languages."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

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


class Chapter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all chapters share: keyword-only, frozen, and a key that nobody declared is an error, not a surprise."""


class Text(Chapter, frozen=True, kw_only=True):
    """One text in both languages."""

    en: Annotated[str, Meta(min_length=1)]
    zh: Annotated[str, Meta(min_length=1)]

    @property
    def words(self) -> Words:
        """The same pair as the product's own text."""
        return Words(en=self.en, zh=self.zh)
