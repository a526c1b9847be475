"""The clerk's form for where a customer lives: what holds while somebody says nothing, and which signal counts, go by it.

A clerk says the country and the state in words or codes, and how we know: because the customer said so, or because it stands in
our papers. Both are kept side by side; where sources disagree, the strictest holds, and the page shows them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post

from aboveboard.choices.pages import who
from aboveboard.people.places import UnknownPlaceError, place_name, read_place
from aboveboard.people.service import SOURCES, People
from aboveboard.store import Store, Tx
from aboveboard.web.layout import Fields, about, desk_page, form
from aboveboard.web.problems import Problem
from aboveboard.web.signin import allowed
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

#: How a clerk can know it.
HOW = ("person", "desk")


@dataclass(frozen=True, slots=True)
class Known:
    """One source's word, as the page shows it."""

    place: Text
    source: str
    at: datetime


@get("/desk/place", include_in_schema=False, guards=[allowed("look")])
async def place_form(request: AnyRequest) -> Response[str]:
    """Show the empty form."""
    return await desk_page(request, "choices/place.html", said={}, known=[])


@post("/desk/place", include_in_schema=False, status_code=200, guards=[allowed("record_choices")])
async def save_place(request: AnyRequest, store: Store, people: People) -> Response[str]:
    """Save where a customer lives, and show all that is known of it; the same twice is saved once."""
    said = await form(request)
    try:
        identity = who.read(said, about(request).country)
        place = _place(said, about(request).country)
    except Problem as trouble:
        facts = {"said": said, "known": [], "problem": trouble}
        return await desk_page(request, "choices/place.html", status=422, **facts)
    source = said.said("source") if said.said("source") in HOW else "person"

    def work(tx: Tx) -> int:
        subject = people.locate(tx, identity)
        people.place(tx, subject, place, source)
        return subject

    subject = await store.awrite(work)
    found = await store.aread(lambda conn: people.places(conn, subject))
    known = [
        Known(place_name(one.place), one.source if one.source in SOURCES else "desk", one.at) for one in found
    ]
    return await desk_page(request, "choices/place.html", said={}, known=known)


def _place(said: Fields, home: str) -> str:
    t = Catalogue.load("aboveboard.choices")
    try:
        place = read_place(said.said("country"), said.said("state"), home)
    except UnknownPlaceError as error:
        field = error.code.partition("_")[0]
        raise Problem(422, error.code, t.text(f"place.{field}_unknown"), field=field) from None
    if place is None:
        raise Problem(422, "place_missing", t.text("place.missing"), field="country")
    return place


handlers = [place_form, save_place]
