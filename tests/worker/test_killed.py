"""The worker is killed, again and again, while choices arrive: each one is delivered, none twice as far as partners see.

Real processes throughout: partners in one, the worker in another, choices saved here. The moments of death are drawn from a
seed. What the partners received is read from their own memory, by content: each choice is one person's, so each partner must
know each person exactly once, under exactly one message id.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from aboveboard.choices.model import Decision
from aboveboard.house import House
from aboveboard.partners import tables
from aboveboard.partners.message import named
from aboveboard.people.model import Identity
from aboveboard.record.verify import verify
from aboveboard.settings import Settings
from aboveboard.store import now
from tests.support.server import Process, clean_environment
from tests.support.waiting import free_port, wait_for

SAMPLE = (files("aboveboard") / "sample" / "business.yaml").read_text("utf-8")
CHOICES, KILLS = 500, 12
#: Half of the choices are noes to everything, and concern all seven partners; the others concern one or two.
SAID = ["all", "all", "all", "share_lab", "share_review_site", "marketing_email"]
CONCERNS = {
    "all": (
        "lab",
        "review_site",
        "mail_service",
        "message_service",
        "statistics_office",
        "booking_app",
        "ad_network",
    ),
    "share_lab": ("lab",),
    "share_review_site": ("review_site",),
    "marketing_email": ("mail_service", "ad_network"),
}


@contextmanager
def opened(home: Path, url: str) -> Iterator[House]:
    house = House.open(Settings(home=str(home), database_url=url)).prepare()
    yield house
    house.close()


@pytest.fixture
def partners(tmp_path: Path) -> Iterator[str]:
    """A running partner simulator that remembers on disk; gives its address. It reads secrets from the folder `secrets`."""
    port = free_port()
    words = (
        "--port",
        str(port),
        "--smtp-port",
        "0",
        "--keys",
        str(tmp_path / "secrets"),
        "--data",
        str(tmp_path / "sim"),
    )
    with Process("partner-sim", *words, home=tmp_path / "partners") as running:
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            assert running.running, running.said()
            try:
                return httpx.get(f"{url}/health", timeout=2).is_success
            except httpx.TransportError:
                return False

        wait_for(answers, 20, "the partners")
        yield url


def publish(house: House, partners: str, secrets: Path) -> None:
    with house.store.write() as tx:
        house.editions.publish(tx, SAMPLE.replace("http://127.0.0.1:8701", partners))
    from click.testing import CliRunner

    from aboveboard.partners.commands import partners_group

    result = CliRunner().invoke(partners_group, ["secrets", "--into", str(secrets)], obj=house)
    assert result.exit_code == 0, result.output


def save(house: House, number: int) -> str:
    """Save one person's choice and return their address."""
    identity = Identity("email", f"person{number}@example.org")
    purpose = SAID[number % len(SAID)]

    def work(tx: Any) -> None:
        subject = house.people.locate(tx, identity)
        house.choices.save(
            tx,
            subject=subject,
            identity=identity,
            decisions=[Decision("deny", purpose)],
            channel="web",
            proven=False,
        )

    house.store.submit(work).result(30)
    return identity.value


def keep_killing(start: Callable[[], Process], kills: int, seed: int, done: threading.Event) -> int:
    """Start workers and kill each at a random moment until `kills` are dead and `done` is set; return how many died."""
    chance, dead = random.Random(seed), 0
    while dead < kills or not done.is_set():
        worker = start()
        # From before it can have begun to deep in its work.
        time.sleep(chance.uniform(0.3, 2.5))
        assert worker.running, f"{worker._process.returncode} {worker.said()}"
        worker.kill()
        dead += 1
    return dead


def unsettled(house: House) -> list[Any]:
    """Return what is still to be done: deliveries, by state and error, and choices that the follower has not read."""
    d = tables.deliveries
    left = sa.select(d.c.partner, d.c.state, d.c.last_error, sa.func.count()).where(
        d.c.state.in_(("waiting", "told"))
    )
    with house.store.read() as conn:
        behind = _last_choice(house, conn) - house.record.bookmark(conn, "partners.fan_out")
        found: list[Any] = [
            tuple(row) for row in conn.execute(left.group_by(d.c.partner, d.c.state, d.c.last_error))
        ]
        return found + ([("choices not read", behind)] if behind > 0 else [])


def _last_choice(house: House, conn: Any) -> int:
    return max(entry.index for entry in house.record.entries(conn, -1, 100_000, ["choice.made"]))


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_killed_a_dozen_times_it_loses_nothing_and_doubles_nothing(
    store_url: str, partners: str, tmp_path: Path
) -> None:
    home = tmp_path / "house"
    with opened(home, store_url) as house:
        publish(house, partners, tmp_path / "secrets")
        environment = clean_environment(home, database_url=store_url)
        begun, done = time.monotonic(), threading.Event()

        def arrive() -> None:
            pace = random.Random(7)
            for number in range(CHOICES):
                save(house, number)
                time.sleep(pace.uniform(0.0, 0.05))
            done.set()

        arriving = threading.Thread(target=arrive)
        arriving.start()
        dead = keep_killing(lambda: Process("work", home=home, env=environment), KILLS, 2026, done)
        arriving.join(60)
        assert done.is_set()
        with Process("work", home=home, env=environment) as worker:
            try:
                wait_for(lambda: not unsettled(house), 60, "the last deliveries")
            except AssertionError as error:
                error.add_note(f"open: {unsettled(house)}; the worker said: {worker.said()}")
                raise
        assert dead >= KILLS
        assert time.monotonic() - begun < 90

        received = httpx.get(f"{partners}/received.json", timeout=30).json()["partners"]
        check_each_person_once(house, received)
        check_the_record(house)


def check_each_person_once(house: House, received: dict[str, Any]) -> None:
    """Compare what the partners hold with what was chosen, person by person."""
    with house.store.read() as conn:
        secrets = {partner: house.partners.secrets(conn, partner, now()) for partner in CONCERNS["all"]}
    for partner, secret in secrets.items():
        expected = {
            named(secret, [Identity("email", f"person{number}@example.org")])[0]["hmac"]
            for number in range(CHOICES)
            if partner in CONCERNS[SAID[number % len(SAID)]]
        }
        messages = received[partner]["messages"]
        held = Counter(message["body"]["data"]["subject"][0]["hmac"] for message in messages)
        assert set(held) == expected, partner
        assert set(held.values()) == {1}, partner
        assert received[partner]["refused"] is None


def check_the_record(house: House) -> None:
    """The record holds, and says of each delivery exactly once that it was confirmed."""
    with house.store.read() as conn:
        assert verify(conn, house.keys).ok
        confirmed = house.record.entries(conn, -1, 100_000, ["partner.confirmed"])
        messages = Counter(entry.facts["message"] for entry in confirmed)
        deliveries = conn.execute(sa.select(tables.deliveries.c.message, tables.deliveries.c.state)).all()
    by_message = {row.message for row in deliveries if row.state == "confirmed"}
    assert set(messages) == by_message
    assert set(messages.values()) == {1}
    assert {row.state for row in deliveries} == {"confirmed", "by_hand"}
