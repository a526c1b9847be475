"""A real firm's purchases: CDNOW, 69,659 of 23,570 customers, 1997 to 1998 (Fader and Hardie 2001), checked by hand."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from aboveboard.house import House
from aboveboard.people import tables
from aboveboard.people.imports import import_customers, import_visits
from aboveboard.people.model import Identity
from tests.people.conftest import Office
from tests.support.server import PROGRAM, clean_environment
from tests.support.waiting import wait_for

ROWS, CUSTOMERS = 69_659, 23_570


def purchases(file: Path) -> list[tuple[str, date, int]]:
    """Read the master file by hand: (customer, day, cents)."""
    found = []
    for line in file.read_text().splitlines()[1:]:
        customer, day, _, dollars = line.split()
        whole, _, cents = dollars.partition(".")
        day_of = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        found.append((customer, day_of, int(whole) * 100 + int(cents)))
    return found


def stored(house: House, truth: list[tuple[str, date, int]]) -> Counter[tuple[str, date, int]]:
    """Return every visit in the database with its customer's number."""
    with house.store.read() as conn:
        numbers = dict.fromkeys(Identity("customer", customer) for customer, _, _ in truth)
        who = {subject: one.value for one, subject in house.people.find_many(conn, numbers).items()}
        columns = tables.visits.c
        visits = conn.execute(sa.select(columns.subject, columns.visited_on, columns.amount))
        return Counter((who[int(row.subject)], row.visited_on, int(row.amount)) for row in visits)


@pytest.mark.slow
def test_all_of_it_once_and_again(office: Office, cdnow: Path) -> None:
    house, seen = office.house, list[tuple[int, int]]()
    begun = time.monotonic()
    report = import_visits(house, cdnow, lambda done, total: seen.append((done, total)))
    took = time.monotonic() - begun
    assert report.counts == {"rows": ROWS, "taken": ROWS, "mended": 0, "already": 0, "set_aside": 0}
    assert report.new_people == CUSTOMERS
    assert report.span == (date(1997, 1, 1), date(1998, 6, 30))
    assert (report.delimiter, report.header) == ("blanks", True)
    assert seen[-1] == (ROWS, ROWS) and seen == sorted(seen)
    assert took < 60

    truth = purchases(cdnow)
    assert len(truth) == ROWS and len({customer for customer, _, _ in truth}) == CUSTOMERS
    assert stored(house, truth) == Counter(truth)

    again = import_visits(house, cdnow)
    assert again.counts == {"rows": ROWS, "taken": 0, "mended": 0, "already": ROWS, "set_aside": 0}
    assert again.new_people == 0
    assert len(office.entries("import.finished")) == 1
    with house.store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(tables.visits)).scalar_one() == ROWS

    _check_facts(house, truth)
    _check_the_published_sample(house, cdnow.with_name("CDNOW_sample.txt"))


def _check_facts(house: House, truth: list[tuple[str, date, int]]) -> None:
    """Work out the facts of a few customers on two days by hand, and compare."""
    often = Counter(customer for customer, _, _ in truth).most_common(3)
    for customer in ["00001", "00003", "23570", *(name for name, _ in often)]:
        days = sorted(day for name, day, _ in truth if name == customer)
        for on in (date(1997, 12, 25), date(1998, 7, 1)):
            before = [day for day in days if day < on]
            months = 0
            while before and _later(before[0], months + 1) <= (on.year, on.month, on.day):
                months += 1
            with house.store.read() as conn:
                subject = house.people.find(conn, Identity("customer", customer))
                assert subject is not None
                assert house.people.facts(conn, subject, on) == {"visits": len(before), "months": months}


def _later(day: date, months: int) -> tuple[int, int, int]:
    """Return the same day of the month some months later, as numbers; the 31st of a short month is after its end."""
    count = day.year * 12 + day.month - 1 + months
    return count // 12, count % 12 + 1, day.day


def _check_the_published_sample(house: House, sample: Path) -> None:
    """The sample that the authors published is a tenth of the same customers, without a header and with one more column."""
    report = import_visits(house, sample)
    assert report.counts == {"rows": 6_919, "taken": 0, "mended": 0, "already": 6_919, "set_aside": 0}
    assert report.columns == {"customer": "#1", "date": "#3", "amount": "#5"}
    assert "column 1 was read as the customer number" in report.assumed[0].en


def test_the_other_files_of_the_package(office: Office, cdnow: Path) -> None:
    transactions = import_visits(office.house, cdnow.with_name("example_transactions.csv"))
    assert transactions.counts["rows"] == transactions.counts["taken"] == 15_273
    assert transactions.columns == {"customer": "id", "date": "date"}
    summary = import_customers(office.house, cdnow.with_name("cdnow_customers_summary.csv"))
    assert summary.counts["rows"] == 2_357
    assert summary.counts["taken"] + summary.counts["already"] == 2_357


def test_an_import_that_is_killed_is_finished_by_the_next(
    sqlite_url: str, tmp_path: Path, cdnow: Path
) -> None:
    from aboveboard.settings import Settings
    from tests.support.books import BOOK

    house = House.open(Settings(home=str(tmp_path / "var"), database_url=sqlite_url)).prepare()
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK)

    def kept() -> int:
        with house.store.read() as conn:
            return int(conn.execute(sa.select(sa.func.count()).select_from(tables.visits)).scalar_one())

    env = clean_environment(tmp_path / "var", database_url=sqlite_url)

    def has(child: subprocess.Popen[bytes], enough: int) -> bool:
        return child.poll() is not None or kept() >= enough

    for enough in (1, 20_000, 45_000):
        child = subprocess.Popen(
            [PROGRAM, "import", "visits", str(cdnow)], env=env, stdout=subprocess.DEVNULL
        )
        wait_for(partial(has, child, enough), 60, "some visits")
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert enough <= kept() < ROWS, "it was killed too late to tell"
    with house.store.read() as conn:
        assert house.record.entries(conn, -1, 10, ["import.finished"]) == []

    left = ROWS - kept()
    report = import_visits(house, cdnow)
    assert report.counts["taken"] == left
    assert report.counts["already"] == ROWS - left
    truth = purchases(cdnow)
    assert stored(house, truth) == Counter(truth)
    with house.store.read() as conn:
        [entry] = house.record.entries(conn, -1, 10, ["import.finished"])
    assert entry.facts["counts"]["taken"] == left
    house.close()
