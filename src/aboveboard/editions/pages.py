"""Pages that are the book itself: the notice for customers."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from aboveboard.editions.service import Editions
from aboveboard.store import Store
from aboveboard.web.layout import page
from aboveboard.web.problems import problem

AnyRequest = Request[Any, Any, Any]


@get("/notice", include_in_schema=False)
async def notice(request: AnyRequest, store: Store, editions: Editions) -> Response[str]:
    """Show the notice of the edition in force."""
    edition = await store.aread(editions.current)
    if edition is None:
        raise problem(503, "no_book")
    return page(request, "editions/notice.html", notice=edition.book.notice)


handlers = [notice]
