"""The people who work here: accounts, roles, and wrong tries that wait."""

import re

import pytest
import sqlalchemy as sa

from aboveboard.store import Store
from aboveboard.web import tables
from aboveboard.web.signin import MAY, Staff, StaffError

PASSWORD = "a short sentence works"


@pytest.fixture
def signed_in(house, client):
    """Sign in as someone with a role; the client keeps the cookie."""

    def sign_in(role="clerk", name="ann"):
        with house.store.write() as tx:
            house.staff.add(tx, name, role, PASSWORD)
        answer = client.post("/desk/sign-in", data={"name": name.upper(), "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
        return client

    return sign_in


@pytest.mark.parametrize(
    ("name", "role", "password", "sentence"),
    [
        ("Ann Li", "clerk", PASSWORD, "cannot be a name"),
        ("", "clerk", PASSWORD, "cannot be a name"),
        ("ann", "king", PASSWORD, "not a role"),
        ("ann", "clerk", "short", "12 to 200"),
        ("ann", "clerk", "x" * 201, "12 to 200"),
        ("taken", "clerk", PASSWORD, "already"),
    ],
)
def test_an_account_that_cannot_be_opened(sqlite_store: Store, name, role, password, sentence):
    staff = Staff()
    with sqlite_store.write() as tx:
        staff.add(tx, "taken", "owner", PASSWORD)
    with sqlite_store.write() as tx, pytest.raises(StaffError, match=sentence):
        staff.add(tx, name, role, password)


def test_the_password_is_kept_as_argon2id_only(store: Store):
    staff = Staff()
    with store.write() as tx:
        staff.add(tx, "ann", "clerk", PASSWORD)
    with store.read() as conn:
        kept = conn.execute(sa.select(tables.staff.c.password)).scalar_one()
    assert kept.startswith("$argon2id$") and PASSWORD not in kept


def test_a_wrong_try_says_the_same_for_a_name_that_exists_and_one_that_does_not(house, client):
    with house.store.write() as tx:
        house.staff.add(tx, "ann", "clerk", PASSWORD)
    pages = [
        client.post("/desk/sign-in", data={"name": n, "password": "not this one"}) for n in ("ann", "nobody")
    ]
    assert [page.status_code for page in pages] == [422, 422]
    texts = [re.sub(r'value="\w*"', "", page.text) for page in pages]
    assert texts[0] == texts[1]
    assert "set-cookie" not in pages[0].headers


def test_after_three_wrong_tries_even_the_right_password_waits(house, client):
    with house.store.write() as tx:
        house.staff.add(tx, "ann", "clerk", PASSWORD)
    for _ in range(3):
        client.post("/desk/sign-in", data={"name": "ann", "password": "wrong wrong wrong"})
    page = client.post("/desk/sign-in", data={"name": "ann", "password": PASSWORD})
    assert page.status_code == 429
    assert "Wait 5 seconds" in page.text


def test_signed_out_the_cookie_means_nothing(signed_in):
    client = signed_in()
    old = client.cookies["desk"]
    assert client.get("/desk").status_code == 200
    assert client.post("/desk/sign-out").headers["location"] == "/desk/sign-in"
    client.cookies.set("desk", old, path="/desk")
    assert client.get("/desk").headers["location"] == "/desk/sign-in"


def test_a_closed_account_is_out_at_once(house, signed_in):
    client = signed_in()
    with house.store.write() as tx:
        house.staff.end(tx, "ann")
    assert client.get("/desk").status_code == 303
    assert client.post("/desk/sign-in", data={"name": "ann", "password": PASSWORD}).status_code == 422


@pytest.mark.parametrize("address", ["/desk", "/desk/opt-out", "/desk/partners", "/desk/prices"])
def test_the_desk_is_closed_to_others(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")


CHANGES = [("/desk/opt-out", {"who": "ann@example.org", "what": "all"}), ("/desk/due/1/done", {})]


@pytest.mark.parametrize(("address", "data"), CHANGES)
def test_an_auditor_sees_and_changes_nothing(house, signed_in, address, data):
    client = signed_in("auditor", "max")
    assert client.post(address, data=data).status_code == 403
    for seen in ("/desk", "/desk/opt-out", "/desk/partners", "/desk/prices"):
        page = client.get(seen)
        assert page.status_code == 200
        assert not re.search(r'<form[^>]*action="/desk/(opt-out|due)', page.text)
    with house.store.read() as conn:
        assert house.record.entries(conn, -1, 10, ["choice.made"]) == []


@pytest.mark.parametrize(("address", "data"), CHANGES)
def test_nobody_changes_anything_without_signing_in(client, address, data):
    assert client.post(address, data=data).status_code == 401


def test_roles_only_grow():
    assert MAY["auditor"] < MAY["clerk"] < MAY["owner"]
