"""What a position claims, tried: is it true, does it rest on enough and on fresh prices, and may it be shown?

Whatever is claimed is compared with what the observations come to today, all in on both sides. The rules of fair comparison are
asked for the place of the business and for those whose customers its book speaks of.
"""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any

from aboveboard import market, money
from aboveboard.book.finding import Path, Report
from aboveboard.book.model import Book, Positioned, Service, Tier
from aboveboard.editions.check_law import places
from aboveboard.market.says import cash, percent
from aboveboard.pricing.compiled import compiled
from aboveboard.words import Text

#: Fewer prices than these have a middle, but not one that says much.
FEW = 3

_CODES = {
    "need": "market.need",
    "unverifiable": "market.unverifiable",
    "denigrates": "market.denigrates",
    "superlative": "market.superlative",
    "cheapest": "market.cheapest",
    "from_rival": "market.from_rival",
}


def check(book: Book, report: Report, today: datetime.date) -> None:
    """Write findings about the market of a book whose prices are sound."""
    if not book.market.observations:
        return
    where = [place or book.business.place for place in places(book)]
    for number, each in enumerate(book.market.observations):
        here: Path = ("market", "observations", number)
        if market.old(book.market, each, today) and market.newer(book, each) is None:
            values: dict[str, Any] = {"who": each.who.words, "days": (today - each.seen).days}
            report.add("market.old", (*here, "seen"), review=book.market.review_days, **values)
        if each.place[:2] != book.business.place[:2]:
            report.add("market.elsewhere", (*here, "place"), who=each.who.words, place=each.place)
        fault = market.from_rival(each, where)
        if fault is not None:
            report.add(_CODES[fault.rule], (*here, "learnt"), who=each.who.words, law=fault.law)
    for number, service in enumerate(book.services):
        for index, tier in enumerate(service.tiers):
            if tier.positioned is not None:
                path = ("services", number, "tiers", index, "positioned")
                _position(book, service, tier, tier.positioned, path, where, report, today)


def _position(
    book: Book,
    service: Service,
    tier: Tier,
    basis: Positioned,
    path: Path,
    where: list[str],
    report: Report,
    today: datetime.date,
) -> None:
    currency = book.business.currency
    names: dict[str, Any] = {"service": service.name.words, "tier": tier.name.words}
    others = market.comparables(book, service.id, tier.id, basis.observations)
    standing = None
    for place, name in enumerate(basis.observations):
        known = book.market.observation(name)
        latest = None if known is None else market.newer(book, known)
        if latest is not None:
            values: dict[str, Any] = {"id": name, "newer": latest.id, "day": latest.seen}
            report.add("market.newer", (*path, "observations", place), **values)
    if others:
        ours = compiled(book).offer(service.id, tier.id, today).all_in
        standing = market.Standing(ours, market.Spread.of(each.exact for each in others))
        _claim(basis, others, standing, currency, path, names, report)
    else:
        report.add("market.nothing_to_compare", (*path, "observations"), **names)
    if book.market.shown != "none":
        used = [each.observation for each in others]
        for fault in market.unfair(basis, used, standing, where):
            _unfair(book, fault, path, report)


def _claim(
    basis: Positioned,
    others: tuple[market.Comparable, ...],
    standing: market.Standing,
    currency: str,
    path: Path,
    names: dict[str, Any],
    report: Report,
) -> None:
    spread = standing.spread
    if spread.count < FEW:
        report.add("market.few", (*path, "observations"), n=spread.count, **names)
    if not market.claimed(basis, standing.gap):
        report.add(
            "market.claim_untrue",
            (*path, "place") if basis.by is None else (*path, "by"),
            ours=money.show(standing.ours, currency),
            middle=cash(spread.middle, currency),
            claim=basis.place if basis.by is None else f"{basis.place} {percent(Fraction(basis.by))}",
            true=_true(standing),
            **names,
        )
    value = market.value_of(basis, others, spread, currency)
    if value is not None and standing.ours > value.whole:
        report.add(
            "market.above_value",
            (*path, "differentiation"),
            ours=money.show(standing.ours, currency),
            worth=cash(value.whole, currency),
            **names,
        )


def _true(standing: market.Standing) -> Text:
    """Return where we really are, as the end of a sentence about the middle."""
    share = percent(standing.gap)
    if share == "0%":
        return Text("the same", "一样")
    return (
        Text(f"{share} above it", f"高 {share}")
        if standing.gap > 0
        else Text(f"{share} below it", f"低 {share}")
    )


def _unfair(book: Book, fault: market.Unfair, path: Path, report: Report) -> None:
    here, who = path, Text("", "")
    if fault.observation is not None:
        number = next(i for i, each in enumerate(book.market.observations) if each.id == fault.observation)
        here, who = ("market", "observations", number), book.market.observations[number].who.words
    report.add(_CODES[fault.rule], here, who=who, law=fault.law, word=fault.word)
