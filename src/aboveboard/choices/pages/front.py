"""The front page: the two questions, three things to do, and who gets what at a glance."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from aboveboard.choices.gate import Gate
from aboveboard.choices.pages.cards import Card, cards
from aboveboard.editions.service import Editions
from aboveboard.store import Store
from aboveboard.web.layout import Visitor, page
from aboveboard.web.problems import problem

AnyRequest = Request[Any, Any, Any]


@get("/", include_in_schema=False)
async def front(
    request: AnyRequest, store: Store, editions: Editions, gate: Gate, visitor: Visitor
) -> Response[str]:
    """Answer the two questions and show the way."""
    found = await store.aread(lambda conn: read_cards(conn, editions, gate, None, signal=visitor.gpc))
    partners = {line.partner.id: line.partner for card in found for line in card.lines}
    rows = [
        (partner, [(card, line) for card in found for line in card.lines if line.partner.id == partner.id])
        for partner in partners.values()
    ]
    return page(request, "choices/front.html", rows=rows)


def read_cards(conn: Any, editions: Editions, gate: Gate, subject: int | None, *, signal: bool) -> list[Card]:
    """Return the cards of the edition in force; raises a 503 `Problem` while there is none."""
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    gate.follow(conn)
    return cards(edition.book, gate, subject, signal=signal)


handlers = [front]
