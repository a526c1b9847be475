"""A house with the sample business, a client that behaves like a browser, and short ways to be someone."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from litestar.testing import TestClient

from aboveboard.app import create_app
from aboveboard.house import House
from aboveboard.people.messages import Ways
from aboveboard.people.model import Identity
from aboveboard.people.service import Visit
from aboveboard.record.keys import KeyRing
from aboveboard.settings import Settings
from tests.support.forms import ask_on
from tests.support.waiting import free_port

SAMPLE = (files("aboveboard.sample") / "business.yaml").read_text("utf-8")
PASSWORD = "a short sentence works"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    KeyRing.create(tmp_path / "keys", "riverside.example/record")
    house = House(Settings(home=str(tmp_path), database_url=sqlite_url))
    with house.store.write() as tx:
        house.editions.publish(tx, SAMPLE)
    yield house
    house.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        client.headers.update(
            {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
        )
        client.follow_redirects = False
        yield client


class _Box:
    """An SMTP server's other end: keeps what arrives as (to, body), newest last."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        body = message_from_bytes(envelope.content, policy=policy.default).get_content()
        self.letters += [(to, body) for to in envelope.rcpt_tos]
        return "250 kept"


@pytest.fixture
def mailbox() -> Iterator[tuple[_Box, str]]:
    """A real SMTP server and its address."""
    box, port = _Box(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def codes(house: House, mailbox: tuple[_Box, str]) -> Callable[[], list[tuple[str, str]]]:
    """Send what is due, as the worker does, and return (to, code) of every mail so far."""
    box, address = mailbox

    def read() -> list[tuple[str, str]]:
        house.messages.deliver(house.store, Ways(address, "desk@riverside.example.org"), "tests")
        found = [(to, re.search(r"\b\d{6}\b", body)) for to, body in box.letters]
        return [(to, match.group()) for to, match in found if match]

    return read


@pytest.fixture
def be(client: TestClient[Any], codes: Callable[[], list[tuple[str, str]]]) -> Callable[[str], None]:
    """Sign the client in as a customer, with a real code."""

    def sign_in(who: str) -> None:
        ask = ask_on(client.post("/code", data={"who": who}).text)
        answer = client.post("/code/enter", data={"who": who, "ask": ask, "code": codes()[-1][1]})
        assert answer.status_code == 303

    return sign_in


@pytest.fixture
def clerk(house: House, client: TestClient[Any]) -> TestClient[Any]:
    """The client, signed in at the desk."""
    with house.store.write() as tx:
        house.staff.add(tx, "ann", "clerk", PASSWORD)
    assert client.post("/desk/sign-in", data={"name": "ann", "password": PASSWORD}).status_code == 303
    return client


@pytest.fixture
def came(house: House) -> Callable[[str, int], None]:
    """Give someone so many visits."""

    def visits(email: str, number: int) -> None:
        start = datetime.date(2026, 1, 2)
        with house.store.write() as tx:
            subject = house.people.locate(tx, Identity("email", email))
            made = [Visit(start + datetime.timedelta(days=7 * n), 9000, str(n)) for n in range(number)]
            house.people.add_visits(tx, [(subject, visit) for visit in made])

    return visits


@pytest.fixture
def holds(house: House) -> Callable[..., tuple[bool, str]]:
    """Ask the gate about someone: (allowed, reason)."""

    def ask(email: str, purpose: str, recipient: str | None = None) -> tuple[bool, str]:
        with house.store.read() as conn:
            house.gate.follow(conn)
            subject = house.people.find(conn, Identity("email", email))
        answer = house.gate.allows(subject, purpose, recipient)
        return answer.allowed, str(answer.reason)

    return ask


@pytest.fixture
def made(house: House) -> Callable[[], list[dict[str, Any]]]:
    """The choices on record, oldest first."""

    def entries() -> list[dict[str, Any]]:
        with house.store.read() as conn:
            return [entry.facts for entry in house.record.entries(conn, -1, 1000, ["choice.made"])]

    return entries
