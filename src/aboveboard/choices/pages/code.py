"""Is it you? A code of six digits, sent to an address that belongs to the person, opens their own data for half an hour.

Both pages say the same whether or not we know who asks: the answer tells nothing about who is a customer. A code is made for
everyone; only the message that carries it goes to someone's own mailbox or phone. The form on the second page carries the number
of the first (`ask`): the code opens only there, and wrong codes typed elsewhere do it no harm.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response, get, post
from sqlalchemy.engine import Connection

from aboveboard.choices.pages import who
from aboveboard.choices.service import Choices
from aboveboard.people.messages import Messages
from aboveboard.people.model import Identity
from aboveboard.people.service import People
from aboveboard.settings import Settings
from aboveboard.store import Store, Tx
from aboveboard.web import sessions
from aboveboard.web.layout import Visitor, about, form, page, see_other
from aboveboard.web.limits import Window
from aboveboard.web.problems import Problem, problem
from aboveboard.web.proxies import caller
from aboveboard.words import Text
from aboveboard.words.catalogue import Catalogue

AnyRequest = Request[Any, Any, Any]

_TO = re.compile(
    r"/(choices|history|price|agreement|(price|agreement)/[0-9a-f]{32}|receipts/[0-9a-f]{32}-[0-9a-f]{20})"
)
_asked = Window(most=10, seconds=600)
_tried = Window(most=30, seconds=600)


def onward(to: str) -> str:
    """Return where to go after the code: one of our own pages, never an address that someone slipped in."""
    return to if _TO.fullmatch(to) else "/history"


@get("/code", include_in_schema=False)
async def ask_form(request: AnyRequest, visitor: Visitor, to: str = "") -> Response[Any]:
    """Ask who it is; whoever is signed in goes on at once."""
    if visitor.person is not None:
        return see_other(onward(to))
    return page(request, "choices/code_ask.html", to=onward(to), said={}, ask_kind=False)


@post("/code", include_in_schema=False, status_code=200)
async def ask(
    request: AnyRequest, store: Store, people: People, messages: Messages, visitor: Visitor
) -> Response[str]:
    """Send a code, if there is somewhere to send it, and ask for it."""
    said = await form(request)
    if not _asked.admit(caller(request)):
        raise problem(429, "too_often")
    to = onward(said.said("to"))
    try:
        identity = who.read(said, about(request).country)
    except Problem as trouble:
        return page(
            request, "choices/code_ask.html", status=422, problem=trouble, to=to, said=said, ask_kind=True
        )
    business = about(request).name

    def work(tx: Tx) -> str:
        code, number = people.codes.issue(tx, identity, caller(request))
        address = identity if identity.kind in ("email", "phone") else _reach(tx.conn, people, identity)
        if code is not None and address is not None:
            subject, body = _words(code, business, visitor.lang)
            messages.send(tx, address, subject, body)
        return number

    facts = {"to": to, "who": said.said("who"), "kind": identity.kind, "ask": await store.awrite(work)}
    return page(request, "choices/code_enter.html", **facts)


@post("/code/enter", include_in_schema=False, status_code=200)
async def enter(
    request: AnyRequest, store: Store, people: People, choices: Choices, settings: Settings, visitor: Visitor
) -> Response[Any]:
    """Open a session for the right code; a wrong one costs a try and may be typed again."""
    said = await form(request)
    if not _tried.admit(caller(request)):
        raise problem(429, "too_often")
    identity, to = who.read(said, about(request).country), onward(said.said("to"))
    code = "".join(sign for sign in said.said("code") if sign.isdigit())

    def work(tx: Tx) -> str | None:
        if not people.codes.redeem(tx, identity, said.said("ask"), code):
            return None
        subject = people.locate(tx, identity)
        if visitor.gpc or visitor.device is not None:
            choices.signal(tx, subject)
        return sessions.begin(tx, "person", subject, identity.masked)

    secret = await store.awrite(work)
    if secret is None:
        trouble = Problem(
            422, "code_wrong", Catalogue.load("aboveboard.choices").text("code.wrong"), field="code"
        )
        facts = {"to": to, "who": said.said("who"), "kind": identity.kind, "ask": said.said("ask")}
        return page(request, "choices/code_enter.html", status=422, problem=trouble, **facts)
    response = see_other(to)
    response.set_cookie(sessions.cookie("person", secret, secure=settings.address.startswith("https:")))
    return response


def _reach(conn: Connection, people: People, identity: Identity) -> Identity | None:
    """Return where a known customer number can be reached, mail before phone."""
    subject = people.find(conn, identity)
    if subject is None:
        return None
    return people.reachable(conn, subject, "email") or people.reachable(conn, subject, "phone")


def _words(code: str, business: Text, lang: str) -> tuple[str, str]:
    t = Catalogue.load("aboveboard.choices")
    return t("code.message_subject", lang, code=code), t("code.message", lang, code=code, business=business)


handlers = [ask_form, ask, enter]
