"""A situation in words: the day, and what else was asked for when a rule was found to bind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from aboveboard.book.model import Book
from aboveboard.pricing.steps import PriceRequest
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue


def said_of(book: Book, request: PriceRequest) -> Text:
    """Return a situation as people say it: the day, and whatever else was asked for."""
    texts = Catalogue.load("aboveboard.editions")
    said = [Text(request.on.isoformat(), request.on.isoformat())]
    if request.minute is not None:
        at = f"{request.minute // 60:02}:{request.minute % 60:02}"
        said.append(Text(at, at))
    if request.booked is not None:
        said.append(texts.text("situation.lead").filled(days=(request.on - request.booked).days))
    if request.quantity > 1:
        said.append(texts.text("situation.quantity").filled(n=request.quantity))
    named = {
        "place": [Text(place, place) for place in [request.place] if place is not None],
        "channel": _named(book.channels, [request.channel]),
        "terms": _named(book.agreements.terms if book.agreements else [], [request.terms]),
        "groups": _named(book.groups, request.groups),
        "codes": _named(book.promotions, request.offers),
        "basket": _named(book.services, request.basket),
    }
    for key, names in named.items():
        if names:
            all_names = Text(", ".join(name.en for name in names), "、".join(name.zh for name in names))
            said.append(texts.text(f"situation.{key}").filled(what=all_names))
    if request.month is not None:
        said.append(texts.text("situation.month").filled(n=request.month))
    return Text(", ".join(each.en for each in said), "，".join(each.zh for each in said))


def _named(known: Sequence[Any], ids: Iterable[str | None]) -> list[Text]:
    names: dict[str, Text] = {each.id: each.name.words for each in known}
    return [names.get(each, Text(each, each)) for each in ids if each is not None]
