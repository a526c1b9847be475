"""The people who work here: accounts, roles, and what each role may do.

Roles are a table in this file, so that one look tells who may do what. Passwords are kept as argon2id; a name that does not exist
costs a visitor the same time as a wrong password, and each wrong try in a row makes the next one wait longer. The wait is for one
name from one address: a stranger who guesses cannot keep the clerk at the counter out.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, cast, get_args

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from sqlalchemy.engine import Connection

from aboveboard.store import Tx
from aboveboard.web import limits, sessions, tables
from aboveboard.web.problems import problem
from aboveboard.words import Text

Role = Literal["owner", "clerk", "auditor"]
Deed = Literal[
    "look", "record_choices", "do_duties", "tell_partners", "see_people", "take_prices", "give_credit", "enter_bills", "manage"
]  # fmt: skip

_CLERK: frozenset[Deed] = frozenset(
    {"look", "record_choices", "do_duties", "tell_partners", "see_people", "take_prices", "give_credit", "enter_bills"}
)  # fmt: skip

#: Who may do what. Whoever signs in may look; an auditor only looks, and not at what is about one person.
MAY: dict[Role, frozenset[Deed]] = {
    "owner": _CLERK | {"manage"},
    "clerk": _CLERK,
    "auditor": frozenset({"look"}),
}

ROLES: dict[Role, Text] = {
    "owner": Text("owner", "店主"),
    "clerk": Text("clerk", "店员"),
    "auditor": Text("auditor, reads only", "审计员，只看不改"),
}

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200

_NAME = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_c = tables.staff.c


class StaffError(ValueError):
    """An account that cannot be made or changed; the message tells how to mend it."""


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who works here."""

    id: int
    name: str
    role: Role

    def may(self, deed: Deed) -> bool:
        """Return whether this member's role covers `deed`."""
        return deed in MAY[self.role]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a sign-in needs to know before the slow part: the account, its password digest, the seconds still to wait."""

    member: Member | None
    password: str | None
    wait: int


class Staff:
    """The accounts of one installation."""

    @cached_property
    def _hasher(self) -> PasswordHasher:
        # OWASP's smaller setting (19 MiB, two passes): several at once must not eat the memory of the server.
        return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def add(self, tx: Tx, name: str, role: str, password: str) -> Member:
        """Make an account; raises `StaffError` for a bad name, role or password, or a name that is taken."""
        name = name.strip().lower()
        if not _NAME.fullmatch(name):
            raise StaffError(
                f"'{name}' cannot be a name to sign in with; use small letters, digits, '.', '_' and '-', like ann.li"
            )
        if role not in get_args(Role):
            raise StaffError(f"'{role}' is not a role; use one of {', '.join(get_args(Role))}")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise StaffError(
                f"a password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; a short sentence is a good one"
            )
        if tx.conn.execute(sa.select(_c.id).where(_c.name == name)).first() is not None:
            raise StaffError(f"there is an account '{name}' already; take another name")
        row = {"name": name, "role": role, "password": self._hasher.hash(password), "created_at": tx.now}
        number = tx.conn.execute(sa.insert(tables.staff).values(row).returning(_c.id)).scalar_one()
        return Member(int(number), name, cast("Role", role))

    def end(self, tx: Tx, name: str) -> None:
        """Close an account and all its sessions; raises `StaffError` if no such account is open."""
        found = tx.conn.execute(sa.select(_c.id).where(_c.name == name, _c.ended_at.is_(None))).scalar()
        if found is None:
            raise StaffError(f"there is no open account '{name}'; `aboveboard staff list` shows all")
        tx.conn.execute(sa.update(tables.staff).where(_c.id == found).values(ended_at=tx.now))
        sessions.end_all(tx, "staff", int(found))

    def members(self, conn: Connection) -> list[Member]:
        """Return the open accounts by name."""
        query = sa.select(_c.id, _c.name, _c.role).where(_c.ended_at.is_(None)).order_by(_c.name)
        return [Member(row.id, row.name, row.role) for row in conn.execute(query)]

    def member(self, conn: Connection, number: int) -> Member | None:
        """Return the open account with this number, or None."""
        row = conn.execute(
            sa.select(_c.id, _c.name, _c.role).where(_c.id == number, _c.ended_at.is_(None))
        ).first()
        return None if row is None else Member(row.id, row.name, row.role)

    # -- signing in: look up, check (slow, outside any transaction), then finish -----------------------------------------

    def look_up(self, conn: Connection, name: str, address: str, now: datetime) -> Lookup:
        """Return what `check` needs for a name as it was typed, from the network address of who typed it."""
        name = name.strip().lower()
        wait = limits.seconds_left(conn, f"staff:{name}@{address}", now)
        query = sa.select(_c.id, _c.name, _c.role, _c.password).where(_c.name == name, _c.ended_at.is_(None))
        row = conn.execute(query).first()
        if row is None:
            return Lookup(None, None, wait)
        return Lookup(Member(row.id, row.name, row.role), row.password, wait)

    def check(self, found: Lookup, password: str) -> bool:
        """Return whether the password fits (about 50 ms of work, the same for a name that does not exist)."""
        try:
            self._hasher.verify(found.password or self._nobody, password[: LONGEST_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return False
        return found.member is not None

    def finish(self, tx: Tx, name: str, address: str, member: Member | None) -> str | None:
        """Note the outcome; return the secret of a new session, or None for a wrong try, which is counted."""
        what = f"staff:{name.strip().lower()}@{address}"
        if member is None:
            limits.failed(tx, what)
            return None
        limits.cleared(tx, what)
        return sessions.begin(tx, "staff", member.id, member.name)


def allowed(deed: Deed) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]:
    """Return a guard for the desk's handlers: signed in, and with a role that covers `deed`."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        visitor = connection.scope["state"].get("visitor")
        member: Member | None = visitor.member if visitor else None
        if member is None:
            raise problem(401, "desk_closed")
        if not member.may(deed):
            raise problem(403, "role", role=ROLES[member.role])

    return guard
