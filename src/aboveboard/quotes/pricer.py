"""What one quote and its neighbours are priced by: the firm's own past, read once.

A quote says what would make it cheaper, so some thirty orders beside it are priced as well. All of them meet the same past (what
is left of the offers, which editions were in force, where the customer lives), which is read from the database when the quote is
begun. Each of them meets it as the order that it is: another tier has past prices of its own, a larger order may ask more of a
budget than is left, and another way of buying is another case before the law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from sqlalchemy.engine import Connection

from aboveboard.editions.past import Before
from aboveboard.editions.service import Edition
from aboveboard.law.vocabulary import Day
from aboveboard.pricing import AllowedFacts, Background, Price, PriceRequest, price
from aboveboard.pricing import lawful as laws
from aboveboard.quotes.lawful import Case, Law
from aboveboard.quotes.offers import Left

Make = Callable[..., Price]


class Pricer:
    """Prices orders of one customer at one moment: `lives` is where the customer lives, `left` what is left of the offers."""

    def __init__(
        self, conn: Connection, law: Law, edition: Edition, today: date, lives: str | None, left: Left
    ) -> None:
        self.conn, self.law, self.edition, self.today = conn, law, edition, today
        self.lives, self.left = lives, left
        self.book = edition.book
        past = law.past.once(conn)
        self._history = _Remembered(law.history(conn, self.book, today, past=past))
        self._before = Before.now(past, conn, self.book, today)
        self._lowest: dict[tuple[str, str | None], int | None] = {}
        self._cases: dict[tuple[str, str | None, str | None], Case] = {}

    def case(self, asked: PriceRequest) -> Case:
        """Return the case of an order before the law; raises `PriceError`."""
        key = (asked.service, asked.place, asked.channel)
        found = self._cases.get(key)
        if found is None:
            made = self.law.case(self.conn, self.edition, asked, self.today, self.lives, self._history)
            found = self._cases[key] = made
        return found

    def price(self, asked: PriceRequest, facts: AllowedFacts, make: Make = price) -> Price:
        """Return the price of an order with all that it must know of the past; `make` makes it in words or without.

        Raises `PriceError`.
        """
        case = self.case(asked)
        background = Background(used_up=self.left.used_up, lowest=self._lowest_of(asked))
        made = self._covered(asked, facts, background, make)
        background = case.behind(made)
        return made if background == made.background else self._covered(asked, facts, background, make)

    def _covered(self, asked: PriceRequest, facts: AllowedFacts, background: Background, make: Make) -> Price:
        """Return the price without the offers whose budget has too little left for it: nobody could take it with them.

        Leaving one out may let another in, which is looked at in its turn; each turn leaves out one more, so it ends.
        """
        made = make(self.book, asked, facts, background)
        while beyond := self.left.beyond(made):
            background = replace(background, used_up=background.used_up | beyond)
            made = make(self.book, made.request, facts, background)
        return made

    def _lowest_of(self, asked: PriceRequest) -> int | None:
        """Return the lowest price of the days that the book's guard against rises looks at, or None without one."""
        key = (asked.service, asked.tier)
        if key not in self._lowest:
            self._lowest[key] = self._before.lowest(self.book, asked.service, asked.tier, self.today)
        return self._lowest[key]


class _Remembered:
    """A history that is asked the same for many neighbours, and looks only once."""

    def __init__(self, history: laws.History) -> None:
        self._history = history
        self._told: dict[object, list[dict[str, object]] | None] = {}
        self._began: dict[object, Day] = {}

    def began(self, offer: laws.Offered) -> Day:
        key = (offer.ids, offer.starts)
        if key not in self._began:
            self._began[key] = self._history.began(offer)
        return self._began[key]

    def intervals(self, service: str, tier: str, first: date, last: Day) -> list[dict[str, object]] | None:
        key = ("intervals", service, tier, first, last)
        if key not in self._told:
            self._told[key] = self._history.intervals(service, tier, first, last)
        return self._told[key]

    def deals(self, service: str, tier: str, first: date, last: Day) -> list[dict[str, object]] | None:
        key = ("deals", service, tier, first, last)
        if key not in self._told:
            self._told[key] = self._history.deals(service, tier, first, last)
        return self._told[key]
