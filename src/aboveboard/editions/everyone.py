"""What everyone is asked for one of a thing on a day: the price with its guards, as a quote of that day makes it.

Laws and guards look back on prices, and what they look back on is what people were really asked. A reduction that the law made
count from a lower price was lower than the offer says, and a rise that was held down never was the list price. So a price of a
day knows the days before it, whose prices know those before them: each question goes back to days before its own.

Asked for is one, on the web, by somebody of whom nothing is known, where the business is. Offers with a budget count as if
something were left of it: whether it was, the book does not say.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Protocol

from aboveboard.book.model import Book
from aboveboard.law.engine import Judge
from aboveboard.law.library import Library
from aboveboard.pricing import PriceError, PriceRequest
from aboveboard.pricing import lawful as laws
from aboveboard.pricing.compiled import compiled
from aboveboard.pricing.facts import NO_FACTS
from aboveboard.pricing.outline import outline
from aboveboard.pricing.quote import best, situate
from aboveboard.pricing.steps import NO_BACKGROUND, Background

#: So many judges are kept: one for a service under a book.
_KEPT = 1_000


class Earlier(laws.History, Protocol):
    """The past as it was seen under a book."""

    def lowest(self, book: Book, service: str, tier: str | None, today: date) -> int | None:
        """Return the lowest price of the days that the book's guard against rises looks at, or None without one."""


class Everyone:
    """Makes such prices, and keeps the judges for them. A judge belongs to a library and a setting, whatever the day."""

    def __init__(self) -> None:
        self._judges: OrderedDict[object, tuple[Library, Judge]] = OrderedDict()

    def price(
        self, book: Book, library: Library, history: Earlier, service: str, tier: str | None, day: date
    ) -> int | None:
        """Return the price of one on a day under this book, in minor units before fees and tax; None if it is not sold.

        `history` is asked for days before that day alone, or for the time of that day before an offer began.
        """
        request = PriceRequest(service, tier, 1, day)
        background = NO_BACKGROUND
        try:
            offer = compiled(book).offer(service, tier, day)
            if offer.rise is not None:
                background = Background(lowest=history.lowest(book, service, tier, day))
            net = best(offer, situate(offer, request, NO_FACTS, background), background).net
            if not any(each.starts <= day <= each.ends for each in book.promotions):
                return net
            made = outline(book, request, NO_FACTS, background)
        except PriceError:
            return None
        found = laws.behind(book, made, self._judge(book, library, service, day), history)
        if found == background:
            return net
        return best(offer, situate(offer, request, NO_FACTS, found), found).net

    def _judge(self, book: Book, library: Library, service: str, day: date) -> Judge:
        sold = book.service(service)
        assert sold is not None  # noqa: S101 - for the type checker: it has just been priced
        setting = laws.setting(book, sold, None, "web", day, library.vocabulary)
        key = (id(library), setting.key)
        known = self._judges.get(key)
        # The library is kept with its judge, so that no other can come to stand at its address.
        if known is None:
            known = library, laws.judge_of(library.rules.values(), setting)
            self._judges[key] = known
            while len(self._judges) > _KEPT:
                self._judges.popitem(last=False)
        return known[1]
