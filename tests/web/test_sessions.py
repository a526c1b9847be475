"""Who is signed in, for how long, and what a stolen table is worth."""

from datetime import timedelta

import sqlalchemy as sa

from aboveboard.store import Store
from aboveboard.web import sessions, tables


def test_a_session_is_found_until_its_time_is_over(store: Store):
    with store.write() as tx:
        secret = sessions.begin(tx, "person", 7, "a…@example.org")
        began = tx.now
    with store.read() as conn:
        found = sessions.find(conn, "person", secret, began)
        assert found is not None
        assert (found.who, found.shown) == (7, "a…@example.org")
        assert sessions.find(conn, "staff", secret, began) is None
        assert sessions.find(conn, "person", secret + "x", began) is None
        assert sessions.find(conn, "person", secret, began + timedelta(minutes=29, seconds=59)) is not None
        assert sessions.find(conn, "person", secret, began + timedelta(minutes=30)) is None


def test_the_table_holds_no_secret(store: Store):
    with store.write() as tx:
        secret = sessions.begin(tx, "staff", 1, "ann")
    with store.read() as conn:
        row = conn.execute(sa.select(tables.sessions)).one()
    assert secret.encode() not in b"".join(
        value if isinstance(value, bytes) else str(value).encode() for value in row
    )


def test_ending_ends_one_and_end_all_ends_everyone_of_a_kind(store: Store):
    with store.write() as tx:
        now = tx.now
        first, second = (sessions.begin(tx, "staff", 1, "ann") for _ in range(2))
        third = sessions.begin(tx, "staff", 2, "bob")
        sessions.end(tx, first)
    with store.read() as conn:
        assert [sessions.find(conn, "staff", s, now) is not None for s in (first, second, third)] == [
            False,
            True,
            True,
        ]
    with store.write() as tx:
        sessions.end_all(tx, "staff", 1)
    with store.read() as conn:
        assert [sessions.find(conn, "staff", s, now) is not None for s in (first, second, third)] == [
            False,
            False,
            True,
        ]


def test_the_cookie_is_for_the_server_only():
    person, staff = (sessions.cookie(kind, "secret", secure=True) for kind in ("person", "staff"))
    for cookie in (person, staff):
        assert cookie.httponly and cookie.secure and cookie.samesite == "lax"
    assert (person.path, staff.path) == ("/", "/desk")
