"""The verifier to take home: one HTML file that checks receipts from disk, offline, in any current browser.

It is handed over as a file, never shown as a page: its script stands within it, which our pages forbid, and whoever does not
want to trust us should not run it from our site anyway. Everybody gets the same bytes, so its hash can be compared.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from litestar import Response, get

#: Where the verifier is downloaded.
ADDRESS = "/check/verify.html"


@cache
def verifier() -> bytes:
    """Return the whole file."""
    return (files("aboveboard.proof") / "static" / "verify.html").read_bytes()


@get(ADDRESS, include_in_schema=False, sync_to_thread=False)
def download() -> Response[bytes]:
    """Hand the verifier over as a file."""
    name = 'attachment; filename="check-receipt.html"'
    return Response(verifier(), media_type="text/html; charset=utf-8", headers={"Content-Disposition": name})


handlers = [download]
