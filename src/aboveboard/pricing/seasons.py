"""Seasons: the same days of every year are dearer or cheaper, for everyone, by a published share of the list price.

A season runs from one day of the year to another, both included, and may pass over New Year (12-15 to 01-10). Days are
compared as (month, day), so 29 February needs no special case: a season that ends on 02-29 ends on the 28th in other years.
Where two seasons overlap, both count, each as a share of the list price.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from aboveboard.book.model import Season
from aboveboard.pricing.moves import Move, moved, stayed
from aboveboard.pricing.says import cash, fill, month_day, sentence, share, times
from aboveboard.words import Text


@dataclass(frozen=True, slots=True)
class SeasonRule:
    """One season, ready to compute with; `starts` and `ends` are (month, day), `not_now` says when it holds."""

    id: str
    name: Text
    starts: tuple[int, int]
    ends: tuple[int, int]
    change: Decimal
    why: Text
    not_now: Text

    @classmethod
    def of(cls, season: Season) -> SeasonRule:
        """Return the rule that the book's chapter declares."""
        starts, ends = _day(season.starts), _day(season.ends)
        not_now = fill("season.not_now", starts=month_day(*starts), ends=month_day(*ends))
        return cls(
            season.id, season.name.words, starts, ends, season.change, sentence(season.why.words), not_now
        )

    def holds(self, on: datetime.date) -> bool:
        """Return whether `on` lies in this season, in any year."""
        day = (on.month, on.day)
        if self.starts <= self.ends:
            return self.starts <= day <= self.ends
        return day >= self.starts or day <= self.ends

    def move(self, before: int, list_price: int, on: datetime.date) -> Move:
        """Return what the season does on that date to a unit price of `before`."""
        if not self.holds(on):
            return stayed(before, "season.not_now")
        return moved(before, self.change * list_price, "season.less" if self.change <= 0 else "season.more")

    def basis(self, move: Move, list_price: int, currency: str, quantity: int) -> Text:
        """Say from what the step was computed."""
        price = cash(list_price, currency)
        return fill(move.code, share=share(self.change), price=price, times=times(quantity), why=self.why)


def _day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)
