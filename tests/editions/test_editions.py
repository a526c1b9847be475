"""Publishing: a checked book becomes the next edition, old ones stay, a broken one leaves no trace."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from aboveboard.editions import tables
from aboveboard.editions.service import EditionError
from aboveboard.sample import BOOK
from tests.editions.conftest import Press

SAMPLE = BOOK.read_text("utf-8")
DEARER = SAMPLE.replace("list_price: 109.00", "list_price: 119.00")
TODAY = datetime.date(2026, 11, 23)


def apply(press: Press, text: str) -> int:
    with press.store.write() as tx:
        return press.editions.apply(tx, text, TODAY).number


def test_before_the_first_there_is_none(press: Press) -> None:
    with press.store.read() as conn:
        assert press.editions.current(conn) is None
        assert press.editions.country(conn) == "US"
        with pytest.raises(EditionError, match="no edition 1"):
            press.editions.at(conn, 1)


def test_each_edition_stays_and_the_newest_is_in_force(press: Press) -> None:
    assert [apply(press, SAMPLE), apply(press, DEARER)] == [1, 2]
    with press.store.read() as conn:
        current = press.editions.current(conn)
        assert current is not None and current.number == 2
        assert current.book.services[3].tiers[0].list_price == 119
        assert press.editions.at(conn, 1).book.services[3].tiers[0].list_price == 109
        assert press.editions.at(conn, 1).text == SAMPLE
        assert press.editions.country(conn) == "US"


def test_the_same_text_twice_changes_nothing(press: Press) -> None:
    assert [apply(press, SAMPLE), apply(press, SAMPLE)] == [1, 1]
    with press.store.read() as conn:
        assert press.record.size(conn) == 1


def test_going_back_is_a_new_edition(press: Press) -> None:
    assert [apply(press, text) for text in (SAMPLE, DEARER, SAMPLE)] == [1, 2, 3]


def test_an_edition_is_an_entry_of_the_record(press: Press) -> None:
    apply(press, SAMPLE)
    with press.store.read() as conn:
        entry = press.record.entries(conn, -1, 10)[0]
        edition = press.editions.at(conn, 1)
        row = conn.execute(sa.select(tables.editions)).one()
    assert (entry.kind, entry.facts) == ("edition.applied", {"number": 1, "sha256": edition.sha256})
    assert row.entry == entry.id


def test_a_book_with_an_error_leaves_no_trace(press: Press) -> None:
    with pytest.raises(EditionError, match="under the floor") as refused:
        apply(press, SAMPLE.replace("list_price: 90.00", "list_price: 10.00"))
    assert [finding.code for finding in refused.value.findings if finding.severity == "error"] == [
        "price.under_floor"
    ]
    with pytest.raises(EditionError, match="Did you mean “purposes”"):
        apply(press, SAMPLE.replace("purposes:\n", "purpose:\n", 1))
    with press.store.read() as conn:
        assert press.editions.current(conn) is None
        assert press.record.size(conn) == 0


def test_what_was_published_cannot_be_rewritten(press: Press) -> None:
    apply(press, SAMPLE)
    for change in (sa.update(tables.editions).values(text="other"), sa.delete(tables.editions)):
        with pytest.raises(DatabaseError, match="append-only"), press.store.write() as tx:
            tx.conn.execute(change)


def test_another_process_sees_the_next_edition(press: Press) -> None:
    apply(press, SAMPLE)
    other = type(press.editions)(press.record)
    with press.store.read() as conn:
        assert other.current(conn) is not None
    apply(press, DEARER)
    with press.store.read() as conn:
        current = other.current(conn)
        assert current is not None and current.number == 2
