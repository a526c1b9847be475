"""What we say when something cannot be done: one sentence that tells what is wrong and how to mend it.

A program gets it as problem details (RFC 9457) with a `code` that never changes; a person gets the same sentence on a page in
their language. Both come from one `Problem`. Nothing a person typed is repeated in it, and no inner working is shown: an
unforeseen error is logged by number, and the number is all that the page tells.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from aboveboard.store import StorageError
from aboveboard.web import language
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

MEDIA_TYPE = "application/problem+json"

#: Seconds after which it is worth asking again when the database was away.
_RETRY_AFTER = "30"
#: What has one status by every door, and the seconds after which to ask again: before the first book nothing is open yet.
_ONE_STATUS = {"no_book": (503, "60")}

AnyRequest = Request[Any, Any, Any]


class Problem(Exception):  # noqa: N818 - it is what RFC 9457 calls it, and not always an error
    """Something that cannot be done: `status` for HTTP, a stable `code` for programs, `text` for people, `extra` for both.

    `field` names the form field or JSON path that the sentence is about. `extra` is JSON-ready and goes into the API's answer. A
    code of `_ONE_STATUS` has the status that stands there.
    """

    def __init__(
        self,
        status: int,
        code: str,
        text: Text,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(code)
        if code in _ONE_STATUS:
            status, later = _ONE_STATUS[code]
            headers = {"Retry-After": later} | (headers or {})
        self.status = status
        self.code = code
        self.text = text
        self.field = field
        self.headers = headers or {}
        self.extra = extra


class Told(Protocol):
    """An error of a room that already knows its code and its sentence."""

    code: str
    text: Text


def texts() -> Catalogue:
    """Return the texts of this room."""
    return Catalogue.load("aboveboard.web")


def problem(
    status: int,
    key: str,
    *,
    field: str | None = None,
    headers: dict[str, str] | None = None,
    **values: object,
) -> Problem:
    """Return the problem whose sentence is `problem.<key>` in this room's texts; `values` fill its places."""
    return Problem(status, key, texts().text(f"problem.{key}").filled(**values), field=field, headers=headers)


# ------------------------------------------------------------------------------------------------ handlers for the app


Render = Callable[[AnyRequest, Problem], Response[Any]]


class Answers:
    """The exception handlers of the app. `render` draws the page for people; programs get JSON."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._log = structlog.get_logger("aboveboard.web")

    def answer(self, request: AnyRequest, problem: Problem) -> Response[Any]:
        """Return `problem` as JSON under `/api` and `/record`, or to whoever asks for JSON; else as a page."""
        if wants_json(request):
            return Response(
                as_json(problem, language.of(request)),
                status_code=problem.status,
                media_type=MEDIA_TYPE,
                headers=problem.headers,
            )
        return self._render(request, problem)

    def said(self, status: int) -> Callable[[AnyRequest, Any], Response[Any]]:
        """Return a handler for a room's own errors (`Told`), answered with `status`."""

        def handle(request: AnyRequest, error: Told) -> Response[Any]:
            return self.answer(request, Problem(status, error.code, error.text))

        return handle

    def http(self, request: AnyRequest, error: HTTPException) -> Response[Any]:
        """Answer what the framework refused: unknown addresses, bodies that do not parse or do not fit."""
        return self.answer(request, from_http(error))

    def unforeseen(self, request: AnyRequest, error: Exception) -> Response[Any]:
        """Answer anything else with a number, and log the number with the error (the type and the place, not its text)."""
        if _while_decoding(error):
            return self.answer(request, problem(400, "malformed"))
        number = secrets.token_hex(4)
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        # The route as it is declared, not the address: with `/receipts/…` an address is what opens a receipt.
        route = request.scope.get("path_template", "?")
        self._note("unforeseen", number=number, error=type(error).__name__, place=place, route=route)
        return self._answer_plainly(request, problem(500, "unforeseen", number=number))

    def storage(self, request: AnyRequest, error: StorageError) -> Response[Any]:
        """Answer for a database that is away, full or read-only, and say whether anything can have been saved."""
        self._note("storage", code=error.code, route=request.scope.get("path_template", "?"))
        later = {"Retry-After": _RETRY_AFTER}
        if error.in_doubt:
            return self._answer_plainly(request, problem(503, "storage_in_doubt", headers=later))
        return self._answer_plainly(request, problem(503, "storage", headers=later))

    def _note(self, event: str, **facts: object) -> None:
        """Log, if the log can be written: a full disk must not cost the visitor their answer."""
        with suppress(OSError):
            self._log.error(event, **facts)

    def _answer_plainly(self, request: AnyRequest, told: Problem) -> Response[Any]:
        """Answer with the page if it can still be drawn, else with its sentence: the letterhead may need what broke."""
        try:
            return self.answer(request, told)
        except Exception:  # noqa: BLE001
            return Response(
                said(told.text, language.of(request)),
                status_code=told.status,
                media_type="text/plain; charset=utf-8",
                headers=told.headers,
            )


def _while_decoding(error: Exception) -> bool:
    """Return whether a body was so broken that the decoder itself fell: no UTF-8, or nested thousands deep."""
    trace, names = error.__traceback__, set[str]()
    while trace is not None:
        names.add(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return isinstance(error, UnicodeDecodeError | RecursionError) and "decode_json" in names


def wants_json(request: AnyRequest) -> bool:
    """Return whether the answer goes to a program rather than to a person."""
    path: str = request.scope["path"]
    if path.startswith(("/api/", "/record/", "/.well-known/", "/health")) or path.endswith(".json"):
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "html" not in accept


def as_json(problem: Problem, lang: str) -> dict[str, Any]:
    """Return the members of RFC 9457, our stable `code`, and the field the sentence is about."""
    body: dict[str, Any] = {
        "type": f"/api/docs#{problem.code}",
        "title": said(title(problem.status), lang),
        "status": problem.status,
        "detail": said(problem.text, lang),
        "code": problem.code,
    }
    if problem.field:
        body["field"] = problem.field
    return body | problem.extra


def said(text: Text, lang: str) -> str:
    """Return a finished text: it has no places left, and a brace that was doubled to stay a brace is one again."""
    try:
        return text.say(lang)
    except (KeyError, ValueError, IndexError):  # not written for filling: there a brace is just a brace
        return text.zh if lang == "zh" else text.en


def title(status: int) -> Text:
    """Return what a status means, in two or three words."""
    key = f"status.{status}"
    return texts().text(key if key in texts() else "status.400" if status < 500 else "status.500")


# ------------------------------------------------------------------------------------------------ the framework's own


_BY_STATUS = {
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "wrong_method",
    413: "too_large",
    415: "wrong_format",
    429: "too_often",
}

#: What the decoder says, and the key of our sentence for it; groups become places. Values that came in are not among them.
_FAULTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"missing required field `(?P<name>\w+)`"), "field_missing"),
    (re.compile(r"contains unknown field `(?P<name>\w{1,40})`"), "field_unknown"),
    (re.compile(r"unknown field"), "field_unknown_unnamed"),
    (re.compile(r"Invalid enum value"), "field_choice"),
    (re.compile(r"of length <= (?P<limit>\d+)"), "field_long"),
    (re.compile(r"of length >= (?P<limit>\d+)"), "field_short"),
    (re.compile(r"`\w+` <=? (?P<limit>[\d.]+)"), "field_high"),
    (re.compile(r"`\w+` >=? (?P<limit>[\d.]+)"), "field_low"),
    (re.compile(r"matching regex"), "field_pattern"),
    (re.compile(r"Invalid RFC3339|Invalid `?date"), "field_date"),
    (re.compile(r"Expected `(?P<wanted>[\w| ]+)`"), "field_kind"),
)

_KINDS = ("str", "int", "float", "bool", "object", "array", "date", "datetime")


def from_http(error: HTTPException) -> Problem:
    """Return the framework's refusal as one of our problems."""
    if error.status_code == 400:
        return _from_body(error)
    key = _BY_STATUS.get(error.status_code, "unforeseen" if error.status_code >= 500 else "malformed")
    values = {"number": "-"} if key == "unforeseen" else {}
    return problem(error.status_code, key, headers=dict(error.headers or {}), **values)


def _from_body(error: HTTPException) -> Problem:
    """Return what is wrong with a body or a query; the first fault is told, for mending one often mends the rest."""
    faults = error.extra if isinstance(error.extra, list) else []
    if faults:
        message, key = str(faults[0].get("message", "")), str(faults[0].get("key", ""))
        # No body at all: the framework then only names its own parameter.
        return problem(400, "malformed") if message == f"'{key}'" else fault(message, key)
    if (missing := re.search(r"Missing required query parameter '(\w+)'", error.detail)) is not None:
        return problem(400, "field_missing", field=missing.group(1), name=missing.group(1))
    return problem(400, "malformed")


def fault(message: str, key: str = "") -> Problem:
    """Return a decoder's complaint `message` about the field `key` as a problem with a plain sentence."""
    path, _, rest = message.partition(" - at `$")
    inside = rest.rstrip("`").lstrip(".")
    field = ".".join(part for part in ("" if key == "data" else key, inside) if part)
    for pattern, name in _FAULTS:
        if (found := pattern.search(path)) is not None:
            groups = found.groupdict()
            if name == "field_kind":
                return _wrong_kind(field, groups["wanted"])
            whole = ".".join(part for part in (field, groups.get("name", "")) if part)
            return problem(
                400, name, field=whole or None, name=whole or "body", limit=groups.get("limit", "")
            )
    return problem(400, "field_wrong", field=field or None, name=field or "body")


def _wrong_kind(field: str, wanted: str) -> Problem:
    kinds = [kind for kind in wanted.split(" | ") if kind in _KINDS]
    if not field:
        return problem(400, "body_kind")
    if not kinds:
        return problem(400, "field_wrong", field=field, name=field)
    return problem(400, "field_kind", field=field, name=field, kind=texts().text(f"kind.{kinds[0]}"))
