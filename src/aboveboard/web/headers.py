"""What every answer says to the browser: trust only this house, keep nothing, tell nobody where you were.

Addresses of receipts are secrets (whoever has one sees the receipt), so pages are not stored and no other site is told
the address a person comes from (`Referrer-Policy: same-origin`; the stricter `no-referrer` would also hide from us
where a form came from). Scripts and styles come from this house only; there are none within pages.
"""

from __future__ import annotations

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from aboveboard.web import language

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

TWO_YEARS = 63_072_000
FOREVER = "public, max-age=31536000, immutable"


class SendHeaders:
    """A `before_send` hook; `secure` tells that customers reach this house over HTTPS."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Add what every answer carries to the start of a response."""
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in ALWAYS.items():
            headers[name] = value
        if self._secure:
            headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}"
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Vary", "Accept-Language, Cookie")
        self._remember_language(scope, headers)

    def _remember_language(self, scope: Scope, headers: MutableScopeHeaders) -> None:
        """Keep the language that was switched to; without the switch no such cookie is ever set."""
        query = scope["query_string"]
        for lang in ("en", "zh"):
            if f"{language.SWITCH}={lang}".encode() in query.split(b"&"):
                secure = "; Secure" if self._secure else ""
                headers.add(
                    "Set-Cookie",
                    f"{language.COOKIE}={lang}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}",
                )
