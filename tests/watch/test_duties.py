"""Prices of others that are to be looked at again: one duty for a service, on its day, and gone with a newer edition."""

from __future__ import annotations

import datetime

from aboveboard.watch import duties
from tests.watch.conftest import SAMPLE

UTC = datetime.UTC


def look(house, day, hour=20):
    """Look at the market at an hour (UTC) of a day, and return what is due then."""
    with house.store.write() as tx:
        tx.now = datetime.datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")
        duties.watch(tx, house.editions, house.duties)
        return house.duties.due(tx.conn, duties.DUTY)


def publish(house, *changes):
    text = SAMPLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with house.store.write() as tx:
        house.editions.publish(tx, text)


def test_a_duty_opens_on_the_business_day_and_ends_with_newer_prices(house):
    assert look(house, "2027-04-27") == []
    # the 28th of April begins at the business at seven in the morning, UTC
    assert look(house, "2027-04-28", 6) == []
    [due] = look(house, "2027-04-28", 7)
    assert (
        due.what.say("en")
        == "Look again at what others ask for Treatment. The oldest price is from 30 October 2026."
    )
    assert "180 天" in due.why.say("zh")
    assert due.due_at == datetime.datetime(2027, 5, 12, 7, tzinfo=UTC)
    assert [each.id for each in look(house, "2027-04-29")] == [due.id]
    publish(house, ("seen: 2026-10-30", "seen: 2027-04-20"))
    assert look(house, "2027-04-29") == []
    with house.store.read() as conn:
        [done] = house.duties.recent(conn)
    assert (done.kind, done.done_by) == ("market.review", "aboveboard") and done.evidence


def test_each_service_with_old_prices_has_its_own(house):
    found = look(house, "2027-12-01")
    assert {each.key for each in found} == {
        "treatment:2026-10-30", "course_of_ten:2026-11-03", "exercise_kit:2026-11-15",
    }  # fmt: skip


def test_the_book_sets_after_how_many_days(house):
    publish(house, ("market:\n  shown", "market:\n  review_days: 20\n  shown"))
    assert {each.key for each in look(house, "2026-11-23")} == {
        "treatment:2026-10-30",
        "course_of_ten:2026-11-03",
    }


def test_a_price_that_a_newer_one_replaced_is_not_due(house):
    newer = SAMPLE[SAMPLE.index("  - id: garden_visit") : SAMPLE.index("  - id: lakeside_ten")]
    newer = newer.replace("garden_visit", "garden_again").replace("seen: 2026-10-30", "seen: 2026-11-20")
    publish(house, ("  - id: lakeside_ten", newer + "  - id: lakeside_ten"))
    assert look(house, "2027-04-28") == []


def test_the_worker_looks(house, monkeypatch):
    from aboveboard import store, worker

    now = datetime.datetime(2027, 12, 1, 20, tzinfo=UTC)
    monkeypatch.setattr(store, "now", lambda: now)
    worker.run(house, once=True)
    with house.store.read() as conn:
        assert len(house.duties.due(conn, duties.DUTY)) == 3


def test_a_house_without_a_book_has_nothing_to_look_at(house):
    with house.store.write() as tx:

        class Nothing:
            def current(self, _conn):
                return None

        duties.watch(tx, Nothing(), house.duties)
        assert house.duties.due(tx.conn) == []
