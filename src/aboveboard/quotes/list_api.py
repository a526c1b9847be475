"""REST: the list of prices that were given, as the desk sees it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Request, get
from litestar.params import QueryParameter
from msgspec import Struct

from aboveboard import store as clock
from aboveboard.quotes.listing import PAGE, Listed, Wanted, listed
from aboveboard.quotes.service import Quotes
from aboveboard.store import Store
from aboveboard.web.layout import about
from aboveboard.web.tokens import scoped

AnyRequest = Request[Any, Any, Any]


class LineGiven(Struct, frozen=True):
    """One price of the list: how it stands, what it is for, and its total in minor units; `rules_broken` counts rules of law."""

    id: str
    created_at: str
    state: Literal["open", "taken", "expired"]
    taken_at: str | None
    valid_until: str | None
    service: str
    tier: str
    quantity: int
    on: str
    total: int
    currency: str
    personal: bool
    rules_broken: int
    receipt: str


class LinesGiven(Struct, frozen=True):
    """A page of the list, the newest first; `next` is what `before` takes for the page after it, null at the end."""

    quotes: list[LineGiven]
    next: str | None


@get("/api/v1/quotes", guards=[scoped("quotes")], summary="List the prices that were given", tags=["quotes"])
async def list_quotes(
    request: AnyRequest,
    store: Store,
    quotes: Quotes,
    stands: Annotated[
        Literal["open", "taken", "expired"] | None,
        QueryParameter(name="state", description="how it stands; left out: any"),
    ] = None,
    service: Annotated[str | None, QueryParameter(max_length=80, description="a service's id")] = None,
    first: Annotated[date | None, QueryParameter(description="the first day of giving, `2026-11-01`")] = None,
    last: Annotated[date | None, QueryParameter(description="the last day of giving")] = None,
    before: Annotated[
        str | None,
        QueryParameter(
            pattern=r"^[0-9]{1,17}-[0-9a-f]{32}$", description="`next` of the page before this one"
        ),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200, description="how many at most")] = PAGE,
) -> LinesGiven:
    """Return prices that were given, the newest first. Needs a token of scope `quotes`.

    A page may have fewer than `limit`, or none, and still a `next`: it looks through a bounded number of prices.
    """
    wanted = Wanted(first, last, service, stands)
    now, zone = clock.now(), about(request).zone
    found = await store.aread(lambda conn: listed(conn, quotes, wanted, now, zone, before, limit))
    return LinesGiven([_given(one) for one in found.rows], found.before)


def _given(one: Listed) -> LineGiven:
    quote = one.quote
    price, asked, last = quote.price, quote.price.request, quote.body.valid_until
    return LineGiven(
        id=quote.id,
        created_at=quote.created_at.isoformat(),
        state=one.state,
        taken_at=None if one.taken_at is None else one.taken_at.isoformat(),
        valid_until=None if last is None else last.isoformat(),
        service=asked.service,
        tier=asked.tier or "",
        quantity=asked.quantity,
        on=asked.on.isoformat(),
        total=price.total,
        currency=price.currency,
        personal=quote.subject is not None,
        rules_broken=len(quote.body.law.failed),
        receipt=quote.receipt,
    )


handlers = [list_quotes]
