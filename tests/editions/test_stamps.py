"""An authority that gives no stamp is due at the desk, loud, until it gives one again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aboveboard import worker
from aboveboard.duties.model import Duty
from aboveboard.editions.stamps import MISSING
from aboveboard.house import House
from aboveboard.settings import Settings
from aboveboard.store import now
from tests.support.authority import TimeAuthority
from tests.support.books import BOOK
from tests.support.waiting import free_port

Open = Callable[..., House]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeAuthority]:
    made = TimeAuthority(tmp_path_factory.mktemp("tsa"))
    yield made
    made.close()


@pytest.fixture
def opened(store_url: str, tmp_path: Path, tsa: TimeAuthority) -> Iterator[Open]:
    """Return `opened(url=…)`: the house, with these settings of the authority."""
    tsa.answer, houses = None, []

    def again(**given: str) -> House:
        named = {"timestamp_url": tsa.url, "timestamp_roots": tsa.roots} | given
        settings = Settings(home=str(tmp_path / "var"), database_url=store_url, **named)
        house = House.open(settings).prepare()
        houses.append(house)
        if len(houses) == 1:
            with house.store.write() as tx:
                house.editions.publish(tx, BOOK)
        return house

    yield again
    for house in houses:
        house.close()


def _stamp(house: House) -> list[Duty]:
    """Do what the worker does each minute; return what is due, as overdue, afterwards."""
    worker.Worker(house, threading.Event())._stamp()
    with house.store.read() as conn:
        return [duty for duty in house.duties.overdue(conn, now()) if duty.kind == MISSING]


@pytest.mark.parametrize(
    "wrong",
    [
        {"timestamp_url": f"http://127.0.0.1:{free_port()}/away"},
        {"timestamp_roots": ""},
        {"timestamp_roots": "/missing/roots.pem"},
        {"timestamp_url": "not an address"},
    ],
)
def test_what_keeps_a_head_from_being_stamped_is_due_at_once(opened: Open, wrong: dict[str, str]) -> None:
    house = opened(**wrong)
    (duty,) = _stamp(house)
    assert "record stamp" in duty.what.en and "时间戳" in duty.what.zh and duty.detail["fault"]
    assert [one.id for one in _stamp(house)] == [duty.id], "a minute later it is the same duty"
    assert _stamp(opened()) == [], "mended"
    with house.store.read() as conn:
        assert [done.kind for done in house.duties.recent(conn)] == [MISSING]


def test_an_authority_that_refuses_is_due_until_it_stamps(opened: Open, tsa: TimeAuthority) -> None:
    house = opened()
    tsa.answer = (503, b"")
    (duty,) = _stamp(house)
    assert "127.0.0.1" in duty.what.en
    tsa.answer = None
    assert _stamp(house) == []
    assert _stamp(house) == [], "stamped, and not asked again for a day"
    with house.store.read() as conn:
        assert len(house.duties.recent(conn)) == 1


def test_who_names_no_authority_any_more_owes_no_stamp(opened: Open, tsa: TimeAuthority) -> None:
    house = opened()
    tsa.answer = (200, b"no stamp")
    assert len(_stamp(house)) == 1
    assert _stamp(opened(timestamp_url="")) == []
    assert _stamp(opened(timestamp_url="", timestamp_roots="")) == []


def test_another_worker_asks_only_when_this_one_is_done(opened: Open, tsa: TimeAuthority) -> None:
    house, asked = opened(), len(tsa.asked)
    with house.store.write() as tx:
        assert house.record.lease(tx, "record.stamp", "another worker", 60)
    assert _stamp(house) == [] and len(tsa.asked) == asked
