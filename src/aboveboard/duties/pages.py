"""The desk's first page is simply the list of what is due, the most pressing first."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.duties.model import BY_ITSELF, Duty
from aboveboard.duties.service import Duties
from aboveboard.record.service import Record
from aboveboard.store import Store
from aboveboard.web.layout import desk_page
from aboveboard.web.signin import allowed

AnyRequest = Request[Any, Any, Any]


@get("/desk", include_in_schema=False, guards=[allowed("look")])
async def due(request: AnyRequest, store: Store, duties: Duties, record: Record) -> Response[str]:
    """Show what is due and what was done lately."""

    def read(conn: Connection) -> tuple[list[Duty], list[Duty]]:
        return duties.due(conn), duties.recent(conn, 10)

    open_ones, done = await store.aread(read)
    now = clock.now()
    rows = [
        (duty, duty.urgency(now), record.receipt_id(duty.entry_id) if duty.entry_id else None)
        for duty in open_ones
    ]
    return await desk_page(request, "duties/due.html", rows=rows, done=done, by_itself=BY_ITSELF)


handlers = [due]
