"""REST: a list at the gate.

The list is the body of the request, in the form that `Content-Type` names. It is put into a file without a name first, judged
from there into another, and only then answered: so a list with a broken row is a problem with its line and never half an answer,
the counts can stand in the headers, and neither a slow sender nor a slow reader keeps the database open. In memory there is
one batch. If the one who asked goes away, the work ends with the batch at hand.
"""

from __future__ import annotations

import asyncio
import errno
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, Literal

import structlog
from litestar import Request, post
from litestar.exceptions import ClientException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_413_REQUEST_ENTITY_TOO_LARGE

from aboveboard.choices.bulk.errors import ListError
from aboveboard.choices.bulk.judging import Asked, Tally, questions
from aboveboard.choices.bulk.model import MEDIA_TYPES, Form
from aboveboard.choices.bulk.work import Kept, Stopped, source_of, work
from aboveboard.choices.gate import Gate
from aboveboard.editions.service import Editions
from aboveboard.people.service import People
from aboveboard.settings import Settings
from aboveboard.store import Store
from aboveboard.web import language
from aboveboard.web.problems import Problem
from aboveboard.web.tokens import scoped

AnyRequest = Request[Any, Any, Any]

#: Bytes of a list, about a hundred million rows with an address each.
LARGEST_LIST = 4 << 30
#: Lists that one process judges at once: each takes a thread and half a processor from everybody else.
AT_ONCE = 2
_RETRY_AFTER = "30"
_PIECE = 1 << 20
_running = threading.BoundedSemaphore(AT_ONCE)

#: Other names under which lists travel.
_FORMS: dict[str, Form] = {media_type: form for form, media_type in MEDIA_TYPES.items()} | {
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonlines": "ndjson",
    "application/x-parquet": "parquet",
}
_ANY = ("*/*", "application/*", "text/*")
_STATUS = {
    "list_form": 415,
    "list_no_parquet": 415,
    "list_too_large": 413,
    "list_busy": 503,
    "list_no_room": 507,
    "list_not_kept": 500,
}
_log = structlog.get_logger("aboveboard.choices.bulk")
_REASONS = ("allowed", "reason", "explanation")


@dataclass
class ListOperation(Operation):
    """The description of a call whose body is a list."""

    def __post_init__(self) -> None:
        """Name the body, which no data structure describes."""
        content = {
            media_type: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
            for media_type in MEDIA_TYPES.values()
        }
        self.request_body = RequestBody(
            content=content, description="the list, one person a row", required=True
        )


@post(
    "/api/v1/gate/list",
    status_code=HTTP_200_OK,
    guards=[scoped("gate")],
    request_max_body_size=LARGEST_LIST,
    opt={"takes": "a list"},
    summary="Ask the gate about a whole list",
    tags=["gate"],
    operation_class=ListOperation,
    responses={HTTP_200_OK: ResponseSpec(None, description="the rows, in the form of the list or of Accept")},
)
async def ask_list(
    request: AnyRequest,
    store: Store,
    people: People,
    gate: Gate,
    editions: Editions,
    settings: Settings,
    purpose: Annotated[str, QueryParameter(description="what the data is to be used for")],
    column: Annotated[str, QueryParameter(description="the column that names the person")],
    recipient: Annotated[
        str | None, QueryParameter(description="a partner's id; left out: the business itself")
    ] = None,
    also: Annotated[
        list[str] | None,
        QueryParameter(description="further uses that must be allowed: PURPOSE or PURPOSE:PARTNER"),
    ] = None,
    kind: Annotated[
        Literal["email", "phone", "customer"] | None,
        QueryParameter(description="what the column holds; guessed row by row without it"),
    ] = None,
    reasons: Annotated[
        bool, QueryParameter(description="all rows, each with `allowed`, `reason` and `explanation`")
    ] = False,
    at_least: Annotated[
        int, QueryParameter(ge=-1, description="index of an entry that the answer must know of")
    ] = -1,
) -> Stream:
    """Return the rows of a list whose data may be used, as they came and in their order; with `reasons` all rows.

    The counts and the newest entry that every answer knew (`as_of`) are in the headers. If anything is wrong with the list,
    the answer is a problem that names the line, and not one row.
    """
    with _problems(), _turn():
        form = _form(request.headers.get("content-type", ""))
        to = _wanted(request.headers.get("accept", ""), form)
        asked = Asked(
            questions(purpose, recipient, also or ()),
            column,
            await store.aread(editions.country),
            kind,
            at_least,
            language.of(request),
        )
        stop = threading.Event()
        listed, answer = _nameless(settings), _nameless(settings)

        def judge() -> Tally:
            kept = Kept(answer, to, "all", _REASONS) if reasons else Kept(answer, to)
            with listed:
                listed.seek(0)
                return work(store, people, gate, asked, source_of(form, listed, column), [kept], stop=stop)

        try:
            await _receive(request, listed)
            tally = await _unless_gone(request, judge, stop)
            return _answered(answer, to, tally)
        except BaseException:
            stop.set()
            listed.close()
            answer.close()
            raise


def _answered(answer: BinaryIO, form: Form, tally: Tally) -> Stream:
    length = answer.tell()
    answer.seek(0)
    refused = ", ".join(f"{reason}={count}" for reason, count in sorted(tally.reasons.items()))
    headers = {
        "Content-Length": str(length),
        "Aboveboard-As-Of": str(tally.as_of),
        "Aboveboard-Asked": str(tally.asked),
        "Aboveboard-Allowed": str(tally.allowed),
        "Aboveboard-Refused": refused,
        "Cache-Control": "no-store",
    }
    return Stream(_pieces(answer), media_type=MEDIA_TYPES[form], headers=headers)


async def _pieces(answer: BinaryIO) -> AsyncIterator[bytes]:
    with answer:
        while piece := await asyncio.to_thread(answer.read, _PIECE):
            yield piece


async def _receive(request: AnyRequest, listed: BinaryIO) -> None:
    """Put the body into a file, a piece at a time."""
    piece = bytearray()
    try:
        async for part in request.stream():
            piece += part
            if len(piece) >= _PIECE or not part:
                await asyncio.to_thread(listed.write, bytes(piece))
                piece.clear()
        await asyncio.to_thread(listed.write, bytes(piece))
        await asyncio.to_thread(listed.flush)
    except ClientException as error:
        if error.status_code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
            raise ListError("too_large", most=LARGEST_LIST >> 30) from None
        raise


async def _unless_gone(request: AnyRequest, judge: Any, stop: threading.Event) -> Tally:
    """Return what `judge` returns, run in a thread; raises `Stopped` if whoever asked goes away meanwhile."""
    working = asyncio.create_task(asyncio.to_thread(judge))
    watching = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            stop.set()
        tally: Tally = await working
        return tally
    finally:
        # Given up from outside too: the thread sees it before its next batch, and nobody may close its files before.
        stop.set()
        watching.cancel()
        with suppress(Exception, asyncio.CancelledError):
            await asyncio.shield(working)


async def _gone(request: AnyRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


@contextmanager
def _problems() -> Iterator[None]:
    """Tell what is wrong with a list, or with the disk, as a problem."""
    try:
        yield
    except ListError as error:
        status = _STATUS.get(error.code, 422)
        headers = {"Retry-After": _RETRY_AFTER} if status == 503 else None
        raise Problem(status, error.code, error.text, headers=headers) from None
    except OSError as error:
        told = _told(error)
        raise Problem(_STATUS[told.code], told.code, told.text) from None
    except Stopped:
        raise ClientException(status_code=499) from None


def _told(error: OSError) -> ListError:
    """Return what the disk's own fault means for a list; anything but a full disk is for whoever runs the server."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ListError("no_room")
    fault = errno.errorcode.get(error.errno or 0, type(error).__name__)
    with suppress(OSError):  # the log may lie on the same disk
        _log.error("list not kept", fault=fault)
    return ListError("not_kept", fault=fault)


@contextmanager
def _turn() -> Iterator[None]:
    """Hold one of the few places; raises `ListError` when all are taken, before anything of the list was read."""
    if not _running.acquire(blocking=False):
        raise ListError("busy")
    try:
        yield
    finally:
        _running.release()


def _nameless(settings: Settings) -> BinaryIO:
    """Return a file in the installation's folder that has no name, so that nothing of it can stay behind."""
    made: BinaryIO = tempfile.TemporaryFile(dir=settings.home)  # noqa: SIM115 - it outlives this call
    return made


def _form(content_type: str) -> Form:
    form = _FORMS.get(content_type.partition(";")[0].strip().lower())
    if form is None:
        raise ListError("form")
    return form


def _wanted(accept: str, form: Form) -> Form:
    """Return the form that `Accept` asks for (RFC 9110, section 12.5.1): the one of the list where it leaves the choice."""
    best: tuple[float, Form] | None = None
    for part in accept.split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = next((_weight(word[2:]) for word in parameters if word.startswith("q=")), 1.0)
        to = form if name in (*_ANY, MEDIA_TYPES[form]) else _FORMS.get(name)
        if to is not None and weight > 0 and (best is None or weight > best[0]):
            best = weight, to
    if best is None and accept.strip():
        raise ListError("form")
    return best[1] if best else form


def _weight(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0


handlers = [ask_list]
