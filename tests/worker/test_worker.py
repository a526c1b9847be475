"""The worker as a whole: once, until told to stop, beside another one, after another one died, and through its own faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from aboveboard import worker
from aboveboard.choices.model import Decision
from aboveboard.house import House
from aboveboard.partner_sim import PartnerSim
from aboveboard.partners.duties import CONTRACT_ENDS
from aboveboard.people.model import Identity
from aboveboard.proof.webhooks import secret_text
from aboveboard.settings import Settings
from aboveboard.store import now
from tests.partners.conftest import PLAYED, SAMPLE, secrets_of
from tests.support.server import Process, clean_environment, run
from tests.support.waiting import wait_for

ANN = Identity("email", "ann@example.org")


class Home:
    """A house on disk with its partners and mailbox beside it."""

    def __init__(self, house: House, sim: PartnerSim) -> None:
        self.house, self.sim = house, sim

    def say(self, identity: Identity = ANN, what: str = "share_lab") -> str:
        with self.house.store.write() as tx:
            subject = self.house.people.locate(tx, identity)
            said = [Decision("deny", what)]
            stamp = self.house.choices.save(
                tx, subject=subject, identity=identity, decisions=said, channel="web", proven=False
            )
        return stamp.id

    def states(self, entry_id: str) -> dict[str, str]:
        with self.house.store.read() as conn:
            return {told.partner: told.state for told in self.house.partners.told(conn, entry_id)}


@contextmanager
def _home(folder: Path, url: str) -> Iterator[Home]:
    house = House.open(Settings(home=str(folder), database_url=url)).prepare()
    secrets = secrets_of(house.keys) | {"sms-gateway": secret_text(house.partners.gateway_secret())}
    with PartnerSim(secrets, smtp_port=0) as sim:
        house.settings = Settings(
            home=str(folder),
            database_url=url,
            smtp_url=f"smtp://127.0.0.1:{sim.smtp_port}",
            sms_url=f"{sim.url}/sms",
        )
        with house.store.write() as tx:
            house.editions.publish(tx, SAMPLE.replace("http://127.0.0.1:8701", sim.url))
        yield Home(house, sim)
    house.close()


@pytest.fixture
def home(store_url: str, tmp_path: Path) -> Iterator[Home]:
    with _home(tmp_path / "house", store_url) as home:
        yield home


@pytest.fixture
def small_home(sqlite_url: str, tmp_path: Path) -> Iterator[Home]:
    with _home(tmp_path / "house", sqlite_url) as home:
        yield home


@contextmanager
def working(home: Home) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=lambda: worker.run(home.house, stop=stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_once_does_all_that_is_due(home: Home) -> None:
    said = home.say(what="all")
    with home.house.store.write() as tx:
        home.house.messages.send(tx, ANN, "Your code", "123456")
        home.house.messages.send(tx, Identity("phone", "+14085550143"), "Your code", "654321")
    worker.run(home.house, once=True)
    assert home.states(said) == {**dict.fromkeys(PLAYED, "confirmed"), "insurer": "by_hand"}
    assert sorted(mail.text.strip() for mail in home.sim.inbox.mail()) == ["123456", "654321"]
    with home.house.store.read() as conn:
        assert [duty.kind for duty in home.house.duties.due(conn)] == ["partner.by_hand"]


def test_while_it_runs_a_choice_is_confirmed_within_seconds(home: Home) -> None:
    with capture_logs() as logs, working(home):
        said = home.say()
        wait_for(lambda: home.states(said) == {"lab": "confirmed"}, 10, "the lab")
        with home.house.store.write() as tx:
            home.house.messages.send(tx, ANN, "Your code", "123456")
        wait_for(lambda: len(home.sim.inbox.mail()) == 1, 10, "the mail")
    assert [log["event"] for log in logs] == ["worker started", "worker stopped"]


def test_nothing_personal_is_logged(small_home: Home) -> None:
    small_home.sim.switch("lab", "garbage")
    small_home.sim.switch("review_site", "down")
    with capture_logs() as logs:
        small_home.say(what="all")
        with small_home.house.store.write() as tx:
            small_home.house.messages.send(tx, ANN, "Your code", "123456")
        small_home.house.settings = replace(small_home.house.settings, smtp_url="smtp://127.0.0.1:1")
        worker.run(small_home.house, once=True)
    assert {log["event"] for log in logs} == {"partner paused", "message not sent"}
    assert "example.org" not in str(logs)
    assert "123456" not in str(logs)


def test_it_stops_at_once_when_nothing_is_under_way(small_home: Home) -> None:
    with working(small_home) as stop:
        wait_for(lambda: _leases(small_home), 5, "the first look")
        begun = time.monotonic()
        stop.set()
    assert time.monotonic() - begun < 3


def _leases(home: Home) -> list:
    from aboveboard.record import tables

    with home.house.store.read() as conn:
        return list(conn.execute(sa.select(tables.leases.c.name)).scalars())


def test_a_loop_that_fails_says_so_without_its_words_and_goes_on(small_home: Home) -> None:
    real, failed = small_home.house.messages.deliver, threading.Event()

    def broken(*given: object) -> int:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("ann@example.org could not be served")
        return real(*given)

    small_home.house.messages.deliver = broken
    with capture_logs() as logs, working(small_home):
        with small_home.house.store.write() as tx:
            small_home.house.messages.send(tx, ANN, "Your code", "123456")
        wait_for(small_home.sim.inbox.mail, 15, "the mail after the fault")
    fault = next(log for log in logs if log["event"] == "worker fault")
    assert (fault["loop"], fault["error"]) == ("post", "RuntimeError")
    assert fault["place"].startswith("test_worker.py:")
    assert "example.org" not in str(logs)


PIECES = ["follow", "carry_once", "post", "watch", "sweep", "renew", "witness", "stamp", "forget"]


@pytest.mark.parametrize("broken", PIECES)
def test_a_piece_that_fails_does_not_stop_the_others(
    small_home: Home, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Each has its turn, and the fault is told at the end."""
    one, had = worker.Worker(small_home.house, threading.Event()), []

    def fails() -> bool:
        raise RuntimeError("ann@example.org could not be served")

    def noting(name: str, real: Callable[[], bool]) -> Callable[[], bool]:
        def step() -> bool:
            had.append(name)
            return real()

        return step

    for name in PIECES:
        step = fails if name == broken else noting(name, getattr(one, f"_{name}"))
        monkeypatch.setattr(one, f"_{name}", step)
    with capture_logs() as logs, pytest.raises(RuntimeError):
        one.once()
    assert set(had) == set(PIECES) - {broken}
    assert [log["error"] for log in logs if log["event"] == "worker fault"] == ["RuntimeError"]
    assert "example.org" not in str(logs)


def test_renewals_that_fail_leave_the_watch_over_partners_and_the_other_way_round(
    small_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, renewed = small_home.house, []
    one = worker.Worker(house, threading.Event())

    def broken(*_: object) -> None:
        raise RuntimeError

    def kinds() -> set[str]:
        with house.store.read() as conn:
            return {duty.kind for duty in house.duties.due(conn)}

    soon = (now() + timedelta(days=20)).date()
    with house.store.write() as tx:
        house.editions.publish(tx, SAMPLE.replace("  contract:\n", f"  contract:\n    until: {soon}\n", 1))
    with monkeypatch.context() as patch:
        patch.setattr(house.renewals, "work", broken)
        with pytest.raises(RuntimeError):
            one.once()
    assert CONTRACT_ENDS in kinds()
    monkeypatch.setattr(worker.partner_duties, "watch", broken)
    monkeypatch.setattr(house.renewals, "work", lambda *_: renewed.append(1))
    with pytest.raises(RuntimeError):
        one.once()
    assert renewed == [1]


def test_two_workers_share_one_database(home: Home) -> None:
    said = []
    with working(home), working(home):
        said = [home.say(Identity("customer", f"C{number}"), "all") for number in range(20)]
        wait_for(lambda: all(home.states(one)["lab"] == "confirmed" for one in said), 20, "all")
        wait_for(
            lambda: all(set(home.states(one).values()) == {"confirmed", "by_hand"} for one in said), 20, "all"
        )
    for partner in PLAYED:
        messages = home.sim.received(partner)
        assert len(messages) == 20
        assert {message.times for message in messages} == {1}


def test_the_work_of_a_dead_worker_is_taken_over(home: Home) -> None:
    said = home.say()
    with home.house.store.write() as tx:
        for name in ("partners.fan_out", "partners.courier:lab", "people.messages"):
            assert home.house.record.lease(tx, name, "a worker that was killed", 2)
    with working(home):
        time.sleep(0.5)
        assert home.states(said) == {"lab": "waiting"}
        wait_for(lambda: home.states(said) == {"lab": "confirmed"}, 10, "the takeover")


def test_the_command_works_once_and_ends_cleanly_when_asked(small_home: Home, sqlite_url: str) -> None:
    folder = Path(small_home.house.settings.home)
    environment = clean_environment(folder, database_url=sqlite_url)
    said = small_home.say()
    run("work", "--once", home=folder, env=environment)
    assert small_home.states(said) == {"lab": "confirmed"}
    with Process("work", home=folder, env=environment) as process:
        later = small_home.say()
        wait_for(lambda: small_home.states(later) == {"lab": "confirmed"}, 15, "the lab")
        process.stop()
        assert "worker stopped" in process.said()
        assert "Traceback" not in process.said()
