"""What the page of a price shows beside the quote: the picture, the steps with what is behind each, and what did not apply.

Everything is read off the quote and the edition it was made from: a page of last year shows last year's rules. Each step opens:
the cost down to its items, a list price to its charges and to what others ask, a rule to its published words, a guard to its
promise, its law and the documented worth of data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aboveboard import money
from aboveboard.book.model import Book
from aboveboard.law.library import Library
from aboveboard.pricing import Step
from aboveboard.pricing.offer_list import Listed, offer_list
from aboveboard.pricing.positioned import positioned
from aboveboard.pricing.rule_list import Published, rule_list, worth_of_data
from aboveboard.pricing.says import exact_cash
from aboveboard.quotes.model import Quote
from aboveboard.web.charts import Bar, Chart, draw
from aboveboard.web.charts import Kind as BarKind
from aboveboard.words import Lang, Text
from aboveboard.words.catalogue import Catalogue

#: So many steps that did not apply are outlined; a picture of more would be one of what a price is not.
MOST_OUTLINED = 4
#: How bars look, in the order of the legend.
_LOOKS = ("whole", "more", "less", "personal", "absent", "total")
#: Which of the steps that did not apply are outlined first: what the reader can change before what the calendar does.
_OUTLINED_FIRST = ("loyalty", "promotion", "season", "condition")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a step is made of: a cost item, a charge."""

    name: Text
    how: tuple[Text, ...]
    amount: Text


@dataclass(frozen=True, slots=True)
class Row:
    """A step that applied, with what is behind it: sentences, parts, the law it rests on, and where its rule is published.

    `market` are the prices of others that a list price rests on, each with the address where it can be looked up; `stands` says
    that a page shows where it stands among them.
    """

    step: Step
    basis: tuple[Text, ...]
    each: bool = False
    parts: tuple[Part, ...] = ()
    market: tuple[tuple[Part, str], ...] = ()
    stands: bool = False
    law: Text | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """A step that did not apply: why, and what would make it apply."""

    step: Step
    asks: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a price needs beside the quote; `cost` in minor units, for the whole quantity."""

    chart: Chart
    kinds: tuple[str, ...]
    rows: tuple[Row, ...]
    offers: tuple[Absent, ...]
    rules: tuple[Absent, ...]
    promises: tuple[Absent, ...]
    unseen: int
    cost: int


def shown(quote: Quote, book: Book, lang: Lang, library: Library) -> Shown:
    """Return the picture and the tables of a quote that was made from `book`, in the words of `lang`; `library` is its law."""
    price = quote.price
    floor = next((step.line for step in price.steps if step.kind == "floor"), None)
    label = _texts()("price.floor_line", lang, amount=money.show(floor or 0, price.currency))
    drawn = bars(price.steps, price.currency, lang)
    found = _Found.of(quote, book, library)
    absent = [step for step in price.steps if not step.applied and step.kind != "floor"]
    outlined = sum(1 for bar in drawn if bar.why_not)
    return Shown(
        chart=draw(drawn, floor, label),
        kinds=tuple(look for look in _LOOKS if look in {_look(bar) for bar in drawn}),
        rows=tuple(found.row(step) for step in price.steps if step.applied and step.kind != "floor"),
        offers=tuple(found.absent(step) for step in absent if step.kind == "promotion"),
        rules=tuple(
            Absent(step) for step in absent if step.kind in ("season", "condition", "loyalty", "fee")
        ),
        promises=tuple(Absent(step) for step in absent if step.kind.startswith("guard_")),
        unseen=sum(1 for step in absent if step.kind in _OUTLINED_FIRST) - outlined,
        cost=drawn[0].end,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """The published words of the rules of one book, by kind and id."""

    quote: Quote
    offers: dict[str, Listed]
    rules: dict[tuple[str, str], Published]
    worth: Text | None
    stands: bool
    library: Library

    @classmethod
    def of(cls, quote: Quote, book: Book, library: Library) -> _Found:
        asked = quote.price.request
        return cls(
            quote,
            {each.id: each for each in offer_list(book)},
            {(each.kind, each.id): each for each in rule_list(book)},
            worth_of_data(book, asked.service),
            positioned(book, asked.service, asked.tier),
            library,
        )

    def row(self, step: Step) -> Row:
        """Return a step with what is behind it."""
        currency, basis, kind = self.quote.price.currency, (step.basis,), step.kind
        if kind == "cost":
            return Row(step, basis, self.quote.price.request.quantity > 1, tuple(_items(step, currency)))
        if kind == "margin":
            parts = tuple(
                Part(line.name, (line.how, line.says), money.show(line.amount, currency))
                for line in step.charges
            )
            return Row(step, basis, parts=parts, market=tuple(_seen(step, currency)), stands=self.stands)
        if kind == "promotion" and (offer := self.offers.get(step.id or "")):
            words = (*basis, offer.gives, *offer.asks, *offer.excludes)
            return Row(step, words, rule=f"offer-{offer.id}")
        if kind.startswith("guard_"):
            return self._guard(step)
        if rule := self.rules.get((kind, step.id or "")):
            return Row(step, (*basis, *rule.does, *rule.holds), rule=f"{rule.kind}-{rule.id}")
        return Row(step, basis)

    def _guard(self, step: Step) -> Row:
        promise = self.rules.get(("guard", step.kind))
        said = promise.does[:1] if promise else ()
        worth = (self.worth,) if self.worth and step.kind == "guard_data" else ()
        rule = f"guard-{step.kind}" if promise else ""
        return Row(step, (step.basis, *said, *worth), law=_law(step.id, self.library), rule=rule)

    def absent(self, step: Step) -> Absent:
        """Return an offer that did not apply, with whatever else it asks."""
        offer = self.offers.get(step.id or "")
        more = [] if offer is None else [words for words in offer.asks if words != step.why_not]
        return Absent(step, tuple(more))


def _items(step: Step, currency: str) -> Iterator[Part]:
    for line in step.detail:
        how = (line.how, *line.parts) if line.source is None else (line.how, *line.parts, line.source)
        yield Part(line.name, how, exact_cash(line.amount, currency))


def _seen(step: Step, currency: str) -> Iterator[tuple[Part, str]]:
    for each in step.observations:
        words = (each.how, each.learnt, *each.differences)
        yield Part(each.who, words, money.show(each.amount, currency)), each.source


def _law(rule: str | None, library: Library) -> Text | None:
    """Return the law behind a step in plain words with its citation, or None where the rule is the book's own."""
    known = library.rules.get(rule or "")
    if known is None or known.rule.explain is None:
        return None
    explained, cited = known.rule.explain, known.rule.citation
    return Text(f"{explained.en} ({cited})", f"{explained.zh}（{cited}）")


def bars(steps: tuple[Step, ...], currency: str, lang: Lang) -> list[Bar]:
    """Return the bars of a price; a rounding belongs to the bar before it, and guards with nothing to do are left out.

    Of the steps that did not apply at most `MOST_OUTLINED` are outlined, in their places.
    """
    outlined = _outlined(steps)
    found: list[Bar] = []
    before = 0
    for place, step in enumerate(steps):
        if step.kind == "rounding" and found:
            last = found[-1]
            amount = money.show(step.subtotal - last.start, currency)
            found[-1] = Bar(last.label, amount.say(lang), last.start, step.subtotal, last.kind, last.personal)
            before = step.subtotal
        elif step.applied and step.kind != "floor" and (step.amount or step.kind == "total"):
            kind, start = _bar(step, before)
            amount = money.show(step.subtotal if kind in ("whole", "total") else step.amount, currency)
            found.append(
                Bar(step.label.say(lang), amount.say(lang), start, step.subtotal, kind, bool(step.facts))
            )
            before = step.subtotal
        elif place in outlined and step.why_not is not None:
            absent = _texts()("price.absent", lang)
            found.append(
                Bar(_in(step.label, lang), absent, before, before, "less", why_not=_in(step.why_not, lang))
            )
    return found


def _outlined(steps: tuple[Step, ...]) -> set[int]:
    """Return the places of the steps to outline."""
    absent = [place for place, step in enumerate(steps) if step.why_not and step.kind in _OUTLINED_FIRST]
    ranked = sorted(absent, key=lambda place: (_OUTLINED_FIRST.index(steps[place].kind), place))
    return set(ranked[:MOST_OUTLINED])


def _look(bar: Bar) -> str:
    return "absent" if bar.why_not else "personal" if bar.personal else bar.kind


def _bar(step: Step, before: int) -> tuple[BarKind, int]:
    if step.kind == "cost":
        return "whole", 0
    if step.kind == "total":
        return "total", 0
    return ("more" if step.amount >= 0 else "less"), before


def _in(text: Any, lang: Lang) -> str:
    return str(text.zh if lang == "zh" else text.en)


def _texts() -> Catalogue:
    return Catalogue.load("aboveboard.quotes")
