"""The few files that pages load: one style sheet, htmx, a mark for the browser's tab.

They are read at start and served from memory. Their addresses carry a digest of the content, so a browser may keep them
for a year and still sees a new one the moment it changes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Annotated

from litestar import Response, get
from litestar.params import Parameter

from aboveboard.web.headers import FOREVER
from aboveboard.web.problems import problem

TYPES = {
    "style.css": "text/css; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
    "htmx-license.txt": "text/plain; charset=utf-8",
}


@cache
def content(name: str) -> bytes:
    """Return a file's bytes."""
    return (files("aboveboard.web") / "static" / name).read_bytes()


@cache
def url(name: str) -> str:
    """Return the address of a file, with its digest."""
    return f"/static/{hashlib.sha256(content(name)).hexdigest()[:12]}/{name}"


@get("/static/{version:str}/{name:str}", include_in_schema=False, sync_to_thread=False)
def static(version: Annotated[str, Parameter(max_length=64)], name: str) -> Response[bytes]:
    """Serve a file; an old version's address gets the present content, which is what an open page needs."""
    if name not in TYPES:
        raise problem(404, "not_found")
    current = url(name).split("/")[2] == version
    return Response(
        content(name),
        media_type=TYPES[name],
        headers={"Cache-Control": FOREVER if current else "no-cache", "Vary": "Accept-Encoding"},
    )
