"""Global Privacy Control: a browser says `Sec-GPC: 1`, and that is a no to sharing.

The signal is honoured on the request that carries it, for whoever asks. So that it also counts later, a browser that
sends it gets a random number of its own (cookie `device`, readable by us only), and the signal is recorded under that
number; once the person says who they are, it is recorded for the person (choices does both). Only the exact value `1`
is a signal (W3C Global Privacy Control, section 3.1); where several were sent, one `1` is enough: in doubt the no
counts.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, get
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from aboveboard.store import StorageError
from aboveboard.web.limits import Window
from aboveboard.web.proxies import caller

HEADER = "sec-gpc"
COOKIE = "device"

_DEVICE = re.compile(r"[0-9a-f]{32}")
#: So many browsers from one network address are recorded in an hour; the signal of the others is honoured all the same.
_MOST_PER_HOUR = 60

Note = Callable[[str], Awaitable[None]]


def signalled(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Return whether this request carries the signal."""
    return any(
        value.strip(" \t") == "1"
        for header in connection.headers.getall(HEADER, [])
        for value in header.split(",")
    )


def device(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Return the browser's own number if we gave it one."""
    value = connection.cookies.get(COOKIE, "")
    return value if _DEVICE.fullmatch(value) else None


class RecordSignal:
    """ASGI middleware: the first page view of a browser with the signal is recorded through `note(device)`."""

    def __init__(self, app: ASGIApp, note: Note, *, secure: bool) -> None:
        self.app = app
        self._note = note
        self._secure = secure
        self._window = Window(_MOST_PER_HOUR, 3600)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; on the way back a new browser learns its number."""
        if scope["type"] != ScopeType.HTTP or not self._is_new(scope):
            await self.app(scope, receive, send)
            return
        number = secrets.token_hex(16)
        try:
            await self._note(number)
        except StorageError:
            # The page may still be read; its request carries the signal, and the next one will be recorded.
            await self.app(scope, receive, send)
            return
        cookie = Cookie(
            key=COOKIE,
            value=number,
            max_age=400 * 24 * 3600,
            httponly=True,
            secure=self._secure,
            samesite="lax",
            path="/",
        )

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableScopeHeaders.from_message(message).add("Set-Cookie", cookie.to_header(header=""))
            await send(message)

        await self.app(scope, receive, with_cookie)

    def _is_new(self, scope: Scope) -> bool:
        """Return whether this is a page view of a browser with the signal that has no number yet."""
        headers = dict(scope["headers"])
        if HEADER.encode() not in headers or b"html" not in headers.get(b"accept", b""):
            return False
        connection: Request[Any, Any, Any] = Request(scope)
        if not signalled(connection) or device(connection) is not None:
            return False
        return self._window.admit(caller(connection))


@get("/.well-known/gpc.json", include_in_schema=False, sync_to_thread=False)
def support() -> dict[str, Any]:
    """Tell that the signal is honoured here (W3C Global Privacy Control, section 4.1)."""
    return {"gpc": True, "lastUpdate": "2026-11-23"}
