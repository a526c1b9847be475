"""A page: a room's template on the house's letterhead, in the reader's language.

`Site` is what the letterhead needs to know of the house; the app makes one and the rooms never see it. `Visitor` is who
is reading: language, browser signal, and who is signed in, if anyone. `page` puts a template, a visitor and a room's
facts together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment
from litestar import MediaType, Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.engine import Connection

from aboveboard import store as clock
from aboveboard.store import Store
from aboveboard.web import gpc, language, once, sessions, statics, templates
from aboveboard.web.problems import Problem, problem, title
from aboveboard.web.sessions import Session
from aboveboard.web.signin import ROLES, Member, Staff
from aboveboard.words import Lang, Text

AnyRequest = Request[Any, Any, Any]

#: A field of a form longer than this is no answer to any of our questions.
LONGEST_FIELD = 500


@dataclass(frozen=True)
class About:
    """The business as the letterhead shows it: its time zone, its currency (ISO 4217), its country (ISO 3166, two letters)."""

    name: Text
    email: str
    phone: str
    address: Text
    zone: ZoneInfo
    currency: str
    country: str


@dataclass(frozen=True)
class Due:
    """One line of the desk's left list: what is due, where to do it, and how it stands (`late`, `soon` or `later`)."""

    text: Text
    link: str
    state: str


@dataclass
class Site:
    """What the pages need of the house. `about` is asked for each page (the book may change), so it must be quick."""

    store: Store
    staff: Staff
    about: Callable[[], About]
    due: Callable[[Connection], list[Due]] = lambda _: []
    #: Customers reach this house over HTTPS: cookies are marked so, and browsers are told to stay with it.
    secure: bool = False
    templates: Environment = field(default_factory=templates.environment)


@dataclass(frozen=True)
class Visitor:
    """Who is reading. `person` is a customer who proved who they are, `member` someone at the desk."""

    lang: Lang
    gpc: bool = False
    device: str | None = None
    person: Session | None = None
    member: Member | None = None

    @property
    def subject(self) -> int | None:
        """The person number of a customer who is signed in."""
        return self.person.who if self.person else None


class Greet:
    """ASGI middleware that finds out who is reading, before any guard asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the visitor for guards and handlers; asks the database only when a session cookie came along."""
        if scope["type"] == ScopeType.HTTP:
            scope["state"]["visitor"] = await greet(Request(scope))
        await self.app(scope, receive, send)


async def greet(request: AnyRequest) -> Visitor:
    """Return who is reading."""
    site: Site = request.app.state.site
    me, desk = (request.cookies.get(sessions.COOKIES[kind]) for kind in ("person", "staff"))
    person: Session | None = None
    member: Member | None = None
    if me or desk:
        person, member = await site.store.aread(lambda conn: _signed_in(conn, site.staff, me, desk))
    return Visitor(language.of(request), gpc.signalled(request), gpc.device(request), person, member)


def _signed_in(
    conn: Connection, staff: Staff, me: str | None, desk: str | None
) -> tuple[Session | None, Member | None]:
    now = clock.now()
    person = sessions.find(conn, "person", me, now) if me else None
    at_desk = sessions.find(conn, "staff", desk, now) if desk else None
    return person, staff.member(conn, at_desk.who) if at_desk else None


def visitor_of(request: ASGIConnection[Any, Any, Any, Any]) -> Visitor:
    """Return who is reading; before anyone was greeted (an unknown address) only the language is known."""
    known: Visitor | None = request.state.get("visitor")
    return known or Visitor(language.of(request), gpc.signalled(request))


def provide_visitor(request: AnyRequest) -> Visitor:
    """Hand the visitor to handlers that ask for `visitor`."""
    return visitor_of(request)


def page(request: AnyRequest, template: str, /, *, status: int = 200, **facts: Any) -> Response[str]:
    """Return the page `room/file.html` with `facts`; `t` speaks that room's texts, `w` this room's."""
    site: Site = request.app.state.site
    visitor = visitor_of(request)
    lang = visitor.lang
    room = template.partition("/")[0]
    context = {
        "t": templates.speaker(f"aboveboard.{room}", lang),
        "w": templates.speaker("aboveboard.web", lang),
        "lang": lang,
        "visitor": visitor,
        "about": site.about(),
        "now": clock.now(),
        "static": statics.url,
        "switch": _switch(request),
        "path": request.scope["path"],
        "once": once.fresh(),
        "problem": None,
    }
    html = site.templates.get_template(template).render(context | facts)
    headers = {"Content-Language": "zh-Hans" if lang == "zh" else "en"}
    return Response(html, media_type=MediaType.HTML, status_code=status, headers=headers)


async def desk_page(
    request: AnyRequest, template: str, /, *, status: int = 200, **facts: Any
) -> Response[str]:
    """Return a page of the desk, with what is due at its left; only behind a guard, for it names who is signed in."""
    site: Site = request.app.state.site
    due = await site.store.aread(site.due)
    member = visitor_of(request).member
    return page(request, template, status=status, due=due, role=ROLES[member.role] if member else "", **facts)


def problem_page(request: AnyRequest, problem: Problem) -> Response[Any]:
    """Return the page that shows a problem by itself; whoever only has to sign in is shown where."""
    if problem.code == "desk_closed" and request.method == "GET":
        return see_other("/desk/sign-in")
    response = page(
        request, "web/problem.html", status=problem.status, problem=problem, title=title(problem.status)
    )
    response.headers.update(problem.headers)
    return response


def about(request: AnyRequest) -> About:
    """Return the business, as the letterhead of this page shows it."""
    site: Site = request.app.state.site
    return site.about()


def see_other(path: str) -> Redirect:
    """Send the browser on to `path` after a form was taken, so that a reload does not send it again."""
    return Redirect(path, status_code=HTTP_303_SEE_OTHER)


def _switch(request: AnyRequest) -> dict[str, str]:
    """Return the address of this page in each language, with whatever else the address says."""
    path = request.scope["path"]
    rest = [(key, value) for key, value in request.query_params.multi_items() if key != language.SWITCH]
    return {lang: f"{path}?{urlencode([*rest, (language.SWITCH, lang)])}" for lang in ("en", "zh")}


class Fields(Mapping[str, str]):
    """What a form says: one text per name, trimmed; `all` gives every value of a name that may come more than once."""

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self.items_said = items
        self._last = dict(items)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self) -> Any:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def all(self, name: str) -> list[str]:
        """Return every value of `name`, in order."""
        return [value for key, value in self.items_said if key == name]

    def said(self, name: str) -> str:
        """Return the value of `name`, or an empty text."""
        return self._last.get(name, "")


async def form(request: AnyRequest, longest: int = LONGEST_FIELD) -> Fields:
    """Read a form; raises a 400 `Problem` for a body that is no form, or a field that is too long or holds control characters."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise problem(415, "form_only")
    items: list[tuple[str, str]] = []
    for name, value in (await request.form()).multi_items():
        text = await _text(value, longest)
        if len(text) > longest or len(name) > LONGEST_FIELD:
            raise problem(400, "field_long", name=name[:40] if name.isidentifier() else "?", limit=longest)
        if any((ord(sign) < 32 and sign not in "\t\r\n") or 0xD800 <= ord(sign) < 0xE000 for sign in text):
            raise problem(400, "field_signs")
        items.append((name, text.strip()))
    return Fields(items)


async def _text(value: Any, longest: int) -> str:
    if isinstance(value, str):
        return value
    raw: bytes = await value.read(longest * 4 + 1)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise problem(400, "field_signs") from None
