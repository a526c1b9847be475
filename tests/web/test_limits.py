"""How often something may be tried: pauses that grow, windows that cap."""

from datetime import timedelta

import pytest

from aboveboard.store import Store
from aboveboard.web import limits

PAUSES = [
    (0, 0),
    (1, 0),
    (2, 0),
    (3, 5),
    (4, 10),
    (5, 20),
    (6, 40),
    (9, 320),
    (10, 640),
    (11, 900),
    (500, 900),
]


@pytest.mark.parametrize(("failures", "seconds"), PAUSES)
def test_the_pause_grows(failures, seconds):
    assert limits.pause_after(failures) == timedelta(seconds=seconds)


def test_three_tries_are_free_and_the_right_one_clears(store: Store):
    what = "staff:ann@127.0.0.1"
    for _ in range(4):
        with store.write() as tx:
            limits.failed(tx, what)
            last = tx.now
    with store.read() as conn:
        assert limits.seconds_left(conn, what, last) == 10
        assert limits.seconds_left(conn, what, last + timedelta(seconds=10)) == 0
        assert limits.seconds_left(conn, "staff:bob@127.0.0.1", last) == 0
    with store.write() as tx:
        limits.cleared(tx, what)
    with store.read() as conn:
        assert limits.seconds_left(conn, what, last) == 0


def test_a_quiet_day_forgets(store: Store):
    for _ in range(8):
        with store.write() as tx:
            limits.failed(tx, "x")
            last = tx.now
    with store.read() as conn:
        assert limits.seconds_left(conn, "x", last + timedelta(hours=25)) == 0


def test_the_window_admits_so_many_and_no_more():
    clock = [0.0]
    window = limits.Window(most=3, seconds=10, clock=lambda: clock[0])
    assert [window.admit("a") for _ in range(4)] == [True, True, True, False]
    assert window.admit("b")
    clock[0] = 10.1
    assert window.admit("a")


def test_the_window_does_not_grow_without_end():
    clock = [0.0]
    window = limits.Window(most=1, seconds=1, clock=lambda: clock[0])
    for number in range(25_000):
        clock[0] = number * 0.01
        window.admit(str(number))
    assert len(window._seen) < 11_000


def test_what_is_of_use_once_may_be_done_once_a_day(store: Store):
    with store.write() as tx:
        assert limits.once_a_day(tx, "a mail")
        assert not limits.once_a_day(tx, "a mail")
        assert limits.once_a_day(tx, "another mail")
        tx.now += timedelta(hours=23, minutes=59)
        assert not limits.once_a_day(tx, "a mail")
        tx.now += timedelta(minutes=1)
        assert limits.once_a_day(tx, "a mail")
        assert not limits.once_a_day(tx, "a mail")


def test_what_may_be_done_so_often_a_day_begins_anew_a_day_after_the_first(store: Store):
    with store.write() as tx:
        assert [limits.daily(tx, "letters", 3) for _ in range(5)] == [True] * 3 + [False] * 2
        assert limits.daily(tx, "other letters", 3)
        tx.now += timedelta(hours=23, minutes=59)
        assert not limits.daily(tx, "letters", 3)
        assert limits.daily(tx, "other letters", 3)
        tx.now += timedelta(minutes=1)
        assert [limits.daily(tx, "letters", 3) for _ in range(4)] == [True] * 3 + [False]
