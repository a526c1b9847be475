"""HEAD is GET without the body (RFC 9110, section 9.3.2): whoever watches the house often asks only whether a page is there.

Litestar looks for a handler of its own for every method before any middleware is asked, so this stands in front of it.
"""

from __future__ import annotations

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


class AnswerHeads:
    """ASGI application around another: a HEAD is asked of it as a GET, and the body of the answer is left out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; status and headers, the length too, are those of the GET."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        scope["method"] = "GET"
        await self.app(scope, receive, without_body)
