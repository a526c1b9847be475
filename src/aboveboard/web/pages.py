"""Signing in at the desk, and signing out anywhere. What is behind the door belongs to the rooms."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get, post

from aboveboard import store as clock
from aboveboard.settings import Settings
from aboveboard.store import Store
from aboveboard.web import limits, sessions
from aboveboard.web.layout import Visitor, form, page, see_other
from aboveboard.web.problems import Problem, problem, texts
from aboveboard.web.proxies import caller
from aboveboard.web.signin import Staff

AnyRequest = Request[Any, Any, Any]

#: Passwords are slow to check on purpose, so one address may not ask for many checks at once.
_sign_ins = limits.Window(most=30, seconds=60)


@get("/desk/sign-in", include_in_schema=False)
async def sign_in_form(request: AnyRequest, visitor: Visitor) -> Response[Any]:
    """Show the form; whoever is signed in goes on to the desk."""
    if visitor.member is not None:
        return see_other("/desk")
    return page(request, "web/signin.html", name="")


@post("/desk/sign-in", include_in_schema=False)
async def sign_in(request: AnyRequest, store: Store, staff: Staff, settings: Settings) -> Response[Any]:
    """Sign a member of staff in; a wrong try says nothing about which half was wrong."""
    said = await form(request)
    name, address = said.said("name"), caller(request)
    if not _sign_ins.admit(address):
        raise problem(429, "too_often")
    found = await store.aread(lambda conn: staff.look_up(conn, name, address, clock.now()))
    if found.wait:
        return _again(request, name, 429, "desk.wait", seconds=found.wait)
    fits = await asyncio.to_thread(staff.check, found, said.said("password"))
    secret = await store.awrite(lambda tx: staff.finish(tx, name, address, found.member if fits else None))
    if secret is None:
        return _again(request, name, 422, "desk.wrong")
    response = see_other("/desk")
    response.set_cookie(sessions.cookie("staff", secret, secure=settings.address.startswith("https:")))
    return response


def _again(request: AnyRequest, name: str, status: int, key: str, **values: object) -> Response[str]:
    trouble = Problem(status, "sign_in", texts().text(key).filled(**values), field="name")
    return page(request, "web/signin.html", status=status, problem=trouble, name=name)


@post("/desk/sign-out", include_in_schema=False)
async def leave_desk(request: AnyRequest, store: Store, settings: Settings) -> Response[Any]:
    """End the session at the desk."""
    return await _leave(request, store, settings, "staff", "/desk/sign-in")


@post("/sign-out", include_in_schema=False)
async def leave(request: AnyRequest, store: Store, settings: Settings) -> Response[Any]:
    """End a customer's session."""
    return await _leave(request, store, settings, "person", "/")


async def _leave(
    request: AnyRequest, store: Store, settings: Settings, kind: sessions.Kind, to: str
) -> Response[Any]:
    secret = request.cookies.get(sessions.COOKIES[kind])
    if secret:
        await store.awrite(lambda tx: sessions.end(tx, secret))
    response = see_other(to)
    response.set_cookie(sessions.cookie(kind, "", secure=settings.address.startswith("https:")))
    return response


handlers = [sign_in_form, sign_in, leave_desk, leave]
