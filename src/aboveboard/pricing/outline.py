"""A price in numbers alone: every step with its amount and its reason, and no sentence.

Words are most of what a price costs to make when nobody has asked for that price before. Who prices a whole book to see what the
law says to it reads no sentences; so the steps are written by the same writer, which here leaves the words out.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from aboveboard.book.model import Book
from aboveboard.money import split
from aboveboard.pricing.facts import NO_FACTS, AllowedFacts
from aboveboard.pricing.moves import Move
from aboveboard.pricing.quote import price
from aboveboard.pricing.spoken import Spoken
from aboveboard.pricing.steps import NO_BACKGROUND, Background, Price, PriceRequest
from aboveboard.pricing.writer import DIGITS, StepWriter
from aboveboard.words import Text

_NOTHING = Text("", "")


def outline(
    book: Book,
    request: PriceRequest,
    facts: AllowedFacts = NO_FACTS,
    background: Background = NO_BACKGROUND,
) -> Price:
    """Return the price of `request` as `pricing.price` does, to the cent and with all reasons, but without sentences.

    Its opening step holds no cost items and no floor line is drawn; `Price.floor` is there. Raises as `price` does.
    """
    return price(book, request, facts, background, writer=Outliner)


class Outliner(StepWriter):
    """Writes steps without their words, and remembers nothing: what it writes is no step for people."""

    def add_opening(self) -> None:
        """Write cost and list price as two amounts."""
        offer = self.offer
        if not offer.closed:
            exact = DIGITS.multiply(offer.cost, Decimal(self.quantity))
            whole, rounding = split(exact)
            self._add("cost", _NOTHING, whole, exact, _NOTHING, "cost")
            self._add_rounding(exact, whole, rounding)
        amount = offer.list_price * self.quantity - self.subtotal
        reason = "margin.listed" if offer.closed else "margin.short" if amount < 0 else "margin.left"
        self._add("margin", _NOTHING, amount, Decimal(amount), _NOTHING, reason, offer.tier.id)

    def _in_words(self, words: Callable[[], Text]) -> Text:  # noqa: ARG002
        return _NOTHING

    def _said(self, rule: Spoken, move: Move, times: int) -> Text:  # noqa: ARG002
        return _NOTHING

    def _remembered(self, key: object, words: Callable[[], Text]) -> Text:  # noqa: ARG002
        return _NOTHING

    def _again(self, idle: object) -> bool:  # noqa: ARG002
        return False

    def _keep(self, idle: object) -> None:
        pass
