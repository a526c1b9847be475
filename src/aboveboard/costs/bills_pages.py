"""Bills at the desk: hand a file in, look at what it says, then take it in, whole or not at all.

The file waits in the database between the look and the taking, one for each member of staff and for a day at most; so the
page can be loaded again, and what is taken is what was shown. Who only looks may not hand in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.costs.handing import LARGEST_UPLOAD, heard
from aboveboard.costs.model import SAYS, BillFileError
from aboveboard.costs.say import amount, bad_rows
from aboveboard.costs.service import BillReport, Bills, Draft, Line, Read
from aboveboard.editions.service import Editions
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Visitor, about, desk_page, form, see_other
from aboveboard.web.problems import Problem, problem
from aboveboard.web.signin import allowed
from aboveboard.words import Text

AnyRequest = Request[Any, Any, Any]

#: So many rows of a file stand on the page; the rest was read the same way.
MOST_SHOWN = 100
ENCODINGS = ("utf-8", "gb18030", "cp1252")
#: What a form may be beyond the file itself.
_BESIDE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Preview:
    """A file before it is taken: what it says, bill by bill, and what the new ones come to (minor units)."""

    draft: Draft
    said: Read
    lines: list[Line]

    @property
    def new(self) -> int:
        """How many bills are new."""
        return sum(1 for one in self.lines if one.state == "new")

    @property
    def sum(self) -> int:
        """What the new ones come to."""
        return sum(one.bill.amount for one in self.lines if one.state == "new")


@get("/desk/bills", include_in_schema=False, guards=[allowed("look")])
async def bills_page(
    request: AnyRequest, store: Store, editions: Editions, bills: Bills, record: Record, visitor: Visitor
) -> Response[str]:
    """Show the form, what a file that was handed in says, and what became of the last one."""
    return await _page(request, store, editions, bills, visitor, record=record)


@post(
    "/desk/bills",
    include_in_schema=False,
    guards=[allowed("enter_bills")],
    request_max_body_size=LARGEST_UPLOAD + _BESIDE,
)
async def hand_in(
    request: AnyRequest, store: Store, editions: Editions, bills: Bills, visitor: Visitor
) -> Response[Any]:
    """Read a file and keep it until it is taken; one that is no list of bills is told why, and is not kept."""
    name, content, encoding = await _file(request)
    book = await store.aread(lambda conn: _book(conn, editions))
    try:
        if not content:
            raise BillFileError("file_missing")
        await heard(book, content, clock.now().astimezone(about(request).zone).date(), encoding)
    except BillFileError as error:
        trouble = Problem(503 if error.code == "busy" else 422, error.code, error.text, field="file")
        return await _page(request, store, editions, bills, visitor, trouble=trouble)
    member = _member(visitor)
    await store.awrite(lambda tx: bills.hand_in(tx, member, name, content, encoding))
    return see_other("/desk/bills#preview")


@post("/desk/bills/take", include_in_schema=False, guards=[allowed("enter_bills")])
async def take(
    request: AnyRequest, store: Store, editions: Editions, bills: Bills, record: Record, visitor: Visitor
) -> Response[Any]:
    """Take the file in that was shown, whole or not at all."""
    wanted, member = (await form(request)).said("sha256"), _member(visitor)

    def look(conn: Connection) -> tuple[Book, Draft | None]:
        return _book(conn, editions), bills.draft(conn, member)

    book, draft = await store.aread(look)
    try:
        if draft is None:
            raise BillFileError("draft_gone")
        said = await _heard(request, book, draft)
        if said.sha256 != wanted:
            raise BillFileError("draft_gone")

        def work(tx: Tx) -> BillReport:
            report = bills.keep(tx, said, whole=True)
            bills.drop(tx, member)
            return report

        report: BillReport = await store.awrite(work)
    except BillFileError as error:
        status = {"draft_gone": 409, "busy": 503}.get(error.code, 422)
        trouble = Problem(status, error.code, error.text)
        return await _page(request, store, editions, bills, visitor, trouble=trouble)
    return see_other(f"/desk/bills?done={record.receipt_id(report.entry)}" if report.taken else "/desk/bills")


@post("/desk/bills/drop", include_in_schema=False, guards=[allowed("enter_bills")])
async def drop(request: AnyRequest, store: Store, bills: Bills, visitor: Visitor) -> Response[Any]:
    """Forget the file."""
    await form(request)
    member = _member(visitor)
    await store.awrite(lambda tx: bills.drop(tx, member))
    return see_other("/desk/bills")


async def _page(
    request: AnyRequest,
    store: Store,
    editions: Editions,
    bills: Bills,
    visitor: Visitor,
    *,
    record: Record | None = None,
    trouble: Problem | None = None,
) -> Response[str]:
    member = _member(visitor)
    rid = request.query_params.get("done", "")

    def look(conn: Connection) -> tuple[Book, Draft | None, dict[str, Any] | None]:
        entry_id = record.entry_of(rid) if record is not None else None
        entry = record.get(conn, entry_id) if record is not None and entry_id else None
        told = entry is not None and entry.kind == "import.finished" and entry.facts.get("what") == "bills"
        return _book(conn, editions), bills.draft(conn, member), entry.facts if entry and told else None

    book, draft, done = await store.aread(look)
    currency, lang = book.business.currency, visitor.lang
    preview = None
    if draft is not None:
        try:
            said = await _heard(request, book, draft)
        except BillFileError as error:
            trouble = trouble or Problem(422, error.code, error.text)
        else:
            preview = Preview(draft, said, await store.aread(lambda conn: bills.preview(conn, book, said)))
    return await desk_page(
        request,
        "costs/bills.html",
        status=trouble.status if trouble else 200,
        problem=trouble,
        preview=preview,
        read_as=_read_as(preview.said) if preview else (),
        bad=list(bad_rows(preview.said.bad[:MOST_SHOWN])) if preview else [],
        shown=[(one, amount(Decimal(one.bill.amount), currency, lang)) for one in preview.lines[:MOST_SHOWN]]
        if preview
        else [],
        currency=currency,
        done=done,
        done_rid=rid,
        limit=LARGEST_UPLOAD // 2**20,
        encodings=ENCODINGS,
    )


def _read_as(said: Read) -> tuple[Text, ...]:
    """Return which column was read as what, one sentence each."""
    return tuple(
        SAYS.text("bills.column").filled(role=SAYS.text(f"bills.{role}"), name=name[:60])
        for role, name in said.columns.items()
    )


async def _heard(request: AnyRequest, book: Book, draft: Draft) -> Read:
    today = clock.now().astimezone(about(request).zone).date()
    return await heard(book, draft.content, today, draft.encoding)


async def _file(request: AnyRequest) -> tuple[str, bytes, str | None]:
    """Return the file of a form: its name without anything that is no name, its bytes, and the encoding that was chosen."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise problem(415, "form_only")
    said = await request.form()
    file, encoding = said.get("file"), said.get("encoding")
    if file is None or not hasattr(file, "read"):
        return "", b"", None
    name = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", str(file.filename or "")).strip()
    return (
        re.split(r"[\\/]", name)[-1][:200] or "?",
        await file.read(),
        encoding if encoding in ENCODINGS else None,
    )


def _member(visitor: Visitor) -> int:
    assert visitor.member is not None  # noqa: S101 - every address here is behind a guard
    return visitor.member.id


def _book(conn: Connection, editions: Editions) -> Book:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [bills_page, hand_in, take, drop]
