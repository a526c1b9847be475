"""REST: hand in bills. The file is the body, in the form that `Content-Type` names; it is read as the desk reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_200_OK
from msgspec import Struct
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.book.model import Book
from aboveboard.costs.given import Words
from aboveboard.costs.handing import LARGEST_UPLOAD, heard
from aboveboard.costs.model import BillFileError
from aboveboard.costs.say import preview_dict
from aboveboard.costs.service import BillReport, Bills
from aboveboard.editions.service import Editions
from aboveboard.record.service import Record
from aboveboard.store import Store, Tx
from aboveboard.web.layout import about
from aboveboard.web.problems import Problem, problem
from aboveboard.web.tokens import scoped

AnyRequest = Request[Any, Any, Any]

#: How files travel. What a web form can send is not among them, so no other site's form gets this far.
TYPES = {
    "text/csv",
    "text/tab-separated-values",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
}
_STATUS = {"form": 415, "busy": 503}


class BillGiven(Struct, frozen=True):
    """One bill of the file: `state` is `new` or `already`; `again`: it equals an earlier row; `cost`: what it counts as."""

    line: int
    day: str
    item: str
    supplier: str
    amount: int
    quantity: str | None
    note: str
    state: str
    again: bool
    cost: Words | None


class BadGiven(Struct, frozen=True):
    """A row that cannot be read: its line, a stable code, what is wrong and what to do."""

    line: int
    code: str
    why: Words
    mend: Words


class BillsGiven(Struct, frozen=True):
    """What a file says, and what became of it: `taken` bills were written (0 in a preview), `already` were here before.

    `columns` is what was read as what. `receipt` finds the receipt of the import; it is null where nothing was written.
    """

    sha256: str
    kind: str
    columns: dict[str, str]
    taken: int
    already: int
    bills: list[BillGiven]
    bad: list[BadGiven]
    receipt: str | None


@dataclass
class BillsOperation(Operation):
    """The description of a call whose body is a file of bills."""

    def __post_init__(self) -> None:
        """Name the body, which no data structure describes."""
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        content = {media_type: OpenAPIMediaType(schema=schema) for media_type in sorted(TYPES)}
        self.request_body = RequestBody(
            content=content, description="the file, one bill a row", required=True
        )


@post(
    "/api/v1/bills",
    status_code=HTTP_200_OK,
    guards=[scoped("bills")],
    request_max_body_size=LARGEST_UPLOAD,
    opt={"takes": "a file of bills"},
    summary="Hand in bills",
    tags=["costs"],
    operation_class=BillsOperation,
)
async def hand_in_bills(
    request: AnyRequest,
    store: Store,
    editions: Editions,
    bills: Bills,
    record: Record,
    preview: Annotated[
        bool, QueryParameter(description="only say what the file says; nothing is saved")
    ] = False,
    encoding: Annotated[
        str | None,
        QueryParameter(max_length=20, description="how the file is written; found out if left out"),
    ] = None,
) -> BillsGiven:
    """Take a file of bills in, whole or not at all; with `preview` only say what it says.

    If one row cannot be read, the answer is 422 `bills_rows_bad` with every such row in `bad`, and nothing is saved. The
    same bills twice change nothing. Needs a token of scope `bills`.
    """
    book = await store.aread(lambda conn: _book(conn, editions))
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in TYPES:
            raise BillFileError("form")
        content = await request.body()
        if not content:
            raise BillFileError("file_missing")
        today = clock.now().astimezone(about(request).zone).date()
        said = await heard(book, content, today, encoding)
    except BillFileError as error:
        raise _refused(error) from None
    # Before anything is written: what is new now will not be afterwards.
    shown = preview_dict(said, await store.aread(lambda conn: bills.preview(conn, book, said)))
    already = sum(1 for one in shown["bills"] if one["state"] == "already")
    told: dict[str, Any] = {"taken": 0, "already": already, "receipt": None}
    if not preview:

        def work(tx: Tx) -> BillReport:
            return bills.keep(tx, said, whole=True)

        try:
            report: BillReport = await store.awrite(work)
        except BillFileError as error:
            raise _refused(error, bad=shown["bad"]) from None
        told = {"taken": report.taken, "already": report.already, "receipt": record.receipt_id(report.entry)}
    return msgspec.convert(shown | told, BillsGiven)


def _refused(error: BillFileError, **extra: Any) -> Problem:
    status = _STATUS.get(error.code, 422)
    headers = {"Retry-After": "30"} if status == 503 else None
    return Problem(status, f"bills_{error.code}", error.text, headers=headers, **extra)


def _book(conn: Connection, editions: Editions) -> Book:
    edition = editions.current(conn)
    if edition is None:
        raise problem(503, "no_book")
    return edition.book


handlers = [hand_in_bills]
