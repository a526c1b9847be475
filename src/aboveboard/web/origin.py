"""Forms come only from our own pages (protection against cross-site request forgery).

Browsers say where a request comes from: `Sec-Fetch-Site`, and for older ones `Origin`. A form that was sent from another site is
refused. That needs no cookie and no hidden token, so saying no works for someone whose browser keeps no cookies at all. A
client that says neither is no browser and carries nobody's cookies; should it carry a session all the same, it is refused.

The API takes no forms: it wants `application/json`, which another site cannot send without asking first (and we never allow it).
Source: W3C Fetch Metadata; OWASP's cross-site request forgery cheat sheet, "Fetch Metadata headers".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from aboveboard.web.problems import problem
from aboveboard.web.sessions import COOKIES

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnForms:
    """ASGI middleware that refuses forms from elsewhere, and anything but JSON under `/api`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise a 403 or 415 `Problem`."""
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE:
            check(ASGIConnection(scope))
        await self.app(scope, receive, send)


def check(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Raise a `Problem` unless this request that changes something may have been sent by our own page or by a program."""
    headers = connection.headers
    if connection.scope["path"].startswith("/api/"):
        if "takes" in connection.scope["route_handler"].opt:
            return  # it wants a token and looks at the type itself; no form can name one of its types
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise problem(415, "json_only")
        return
    site = headers.get("sec-fetch-site")
    if site is not None:
        own = site == "same-origin"
    elif (origin := headers.get("origin")) is not None:
        own = urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    else:
        own = not any(name in connection.cookies for name in COOKIES.values())
    if not own:
        raise problem(403, "foreign_form")
