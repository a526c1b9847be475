"""Visits: counted once however often they are read; refunds and days to come are none; every row is accounted for."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from aboveboard.people import tables
from aboveboard.people.imports import ImportFileError
from tests.people.conftest import Office
from tests.support.books import BOOK

LIST = """customer,date,amount
RP-1,2026-03-05,84.00
RP-1,2026-03-05,84.00
RP-1,2026-03-19,84.00
RP-2,2026-03-05,12.50
"""


def facts(office: Office, customer: str, on: date = date(2026, 11, 23)) -> dict[str, int]:
    subject = office.find("customer", customer)
    assert subject is not None
    with office.house.store.read() as conn:
        return office.house.people.facts(conn, subject, on)


def kept(office: Office) -> Counter[tuple[str, int | None]]:
    """Return the days and amounts in the database."""
    with office.house.store.read() as conn:
        rows = conn.execute(sa.select(tables.visits.c.visited_on, tables.visits.c.amount))
        return Counter((row.visited_on.isoformat(), row.amount) for row in rows)


def test_visits_become_facts(office: Office) -> None:
    report = office.visits(LIST)
    assert report.counts == {"rows": 4, "taken": 4, "mended": 0, "already": 0, "set_aside": 0}
    assert report.new_people == 2
    assert report.span == (date(2026, 3, 5), date(2026, 3, 19))
    assert facts(office, "RP-1") == {"visits": 3, "months": 8}
    assert facts(office, "RP-1", date(2026, 3, 19)) == {"visits": 2, "months": 0}
    assert kept(office) == {("2026-03-05", 8400): 2, ("2026-03-19", 8400): 1, ("2026-03-05", 1250): 1}


def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    office.visits(LIST)
    before, entries = kept(office), office.entries("import.finished")
    report = office.visits(LIST)
    assert report.counts == {"rows": 4, "taken": 0, "mended": 0, "already": 4, "set_aside": 0}
    assert kept(office) == before
    assert office.entries("import.finished") == entries


def test_the_same_rows_written_otherwise_are_the_same(office: Office) -> None:
    office.visits(LIST)
    before = kept(office)
    same = "Amount;Visit date;Customer no\n84,00;5.3.2026;rp-1\n$84;2026年3月19日;RP-1\n12,5;05.03.2026;RP-2\n84;2026/3/5;RP-1\n"
    assert office.visits(same).counts["already"] == 4
    assert kept(office) == before


def test_an_overlapping_file_adds_only_what_is_new(office: Office) -> None:
    office.visits(LIST)
    office.visits(LIST + "RP-1,2026-03-05,84.00\nRP-3,2026-04-01,\n")
    assert [outcome for _, outcome, _ in office.ends()] == ["already"] * 4 + ["taken"] * 2
    assert facts(office, "RP-1")["visits"] == 4
    assert len(office.entries("import.finished")) == 2


def test_rows_in_another_order_are_the_same_visits(office: Office) -> None:
    office.visits(LIST)
    head, *rows = LIST.splitlines()
    assert office.visits("\n".join([head, *reversed(rows)])).counts["already"] == 4


ROWS = [
    ("RP-1,2026-03-05,84.00", "taken", ()),
    ("RP-1,2026-03-05,", "taken", ()),
    ("RP-1,2026-03-05,0.00", "taken", ()),
    ("rp-1,2026-03-05,84.00", "mended", ("capitals",)),
    (" RP-1 ,2026-03-05,84.00", "mended", ("spaces",)),
    ("RP-1,2026-03-05,84.999", "mended", ("amount_rounded",)),
    ("RP-1,2026-03-05,-84.00", "set_aside", ("refund",)),
    ("RP-1,2026-03-05,(84.00)", "set_aside", ("refund",)),
    ("RP-1,2026-03-05,lots", "set_aside", ("amount_unreadable",)),
    ("RP-1,2026-03-05,€84", "set_aside", ("amount_currency",)),
    ("RP-1,2026-03-05,99999999999999", "set_aside", ("amount_too_large",)),
    ("RP-1,,84.00", "set_aside", ("date_missing",)),
    ("RP-1,soon,84.00", "set_aside", ("date_unreadable",)),
    ("RP-1,3/4/2026,84.00", "set_aside", ("date_ambiguous",)),
    ("RP-1,3/4/26,84.00", "set_aside", ("date_two_digit_year",)),
    ("RP-1,1066-10-14,84.00", "set_aside", ("date_too_early",)),
    (f"RP-1,{datetime.now(UTC).date() + timedelta(3)},84.00", "set_aside", ("date_future",)),
    (",2026-03-05,84.00", "set_aside", ("nobody",)),
    (f"{'R' * 65},2026-03-05,84.00", "set_aside", ("customer_invalid",)),
    ("Total,,1234.00", "set_aside", ("date_missing",)),
    ("RP-1,2026-03-05,1,234.00", "set_aside", ("too_many_cells",)),
    ("RP-1,2026-03-05", "set_aside", ("too_few_cells",)),
]  # fmt: skip


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("row", "outcome", "codes"), ROWS)
def test_how_a_row_ends(office: Office, row: str, outcome: str, codes: tuple[str, ...]) -> None:
    report = office.visits(f"customer,date,amount\nRP-9,2026-03-05,12.50\n{row}\n")
    assert office.ends() == [(2, "taken", ()), (3, outcome, codes)]
    assert sum(kept(office).values()) == 1 + (outcome != "set_aside")
    if outcome == "set_aside":
        assert report.reasons == {codes[0]: 1}
        assert report.first_line == {codes[0]: 3}
        assert office.find("customer", "RP-1") is None


def test_a_file_shows_whether_day_or_month_comes_first(office: Office) -> None:
    report = office.visits("customer,date\nRP-1,3/4/2026\nRP-1,25/4/2026\n")
    assert kept(office) == {("2026-04-03", None): 1, ("2026-04-25", None): 1}
    assert "the day was read first" in report.assumed[0].en


def test_a_file_that_shows_both_sets_aside_what_it_leaves_open(office: Office) -> None:
    report = office.visits("customer,date\nRP-1,3/4/2026\nRP-1,25/4/2026\nRP-1,4/26/2026\nRP-1,5/5/2026\n")
    assert report.reasons == {"date_ambiguous": 1}
    assert kept(office) == {("2026-04-25", None): 1, ("2026-04-26", None): 1, ("2026-05-05", None): 1}


def test_people_by_mailbox_or_phone(office: Office) -> None:
    office.customers("customer_id,email,phone\nRP-1,ann@example.org,+14085550101\n")
    office.visits("E-mail,Date\nANN@example.org,2026-03-05\nnew@example.org,2026-03-05\n")
    office.visits("手机,日期\n408 555 0101,2026-03-06\n")
    office.visits("customer,date\nann@example.org,2026-03-07\n")
    assert facts(office, "RP-1")["visits"] == 3


def test_the_books_mapping_reads_a_firms_own_file(office: Office) -> None:
    office.publish(
        BOOK
        + """
imports:
  visits:
    columns: {customer: Kunde, date: Termin, amount: 4}
    delimiter: ";"
    date_format: "%d/%m/%y"
"""
    )
    report = office.visits("Kunde;Name;Termin;Preis\n17;Ann;03/04/26;84,00\n17;Ann;2026-04-03;84,00\n")
    assert report.columns == {"customer": "Kunde", "date": "Termin", "amount": "Preis"}
    assert report.reasons == {"date_unreadable": 1}
    assert kept(office) == {("2026-04-03", 8400): 1}
    report = office.visits("customer\tdate\n18\t2026-04-03\n")
    assert "The book names other columns" in report.assumed[0].en
    with pytest.raises(ImportFileError) as refused:
        office.visits("Kunde;Datum\n17;2026-04-03\n")
    assert refused.value.code == "mapped_missing"


def test_a_chinese_firms_file(office: Office) -> None:
    office.publish(BOOK.replace("currency: USD", "currency: CNY").replace("place: US-CA", "place: CN"))
    content = (
        "会员号,到店时间,实付金额\nV1,2026年3月5日 10:30,￥84.00\nV1,2026-03-06,84元\nV2,20260307,－12.00\n"
    )
    report = office.visits(content.encode("gb18030"))
    assert report.encoding == "gb18030"
    assert (report.counts["taken"], report.reasons) == (2, {"refund": 1})
    assert any("放在一边：" in line for line in report.say("zh"))


def test_every_report_can_be_said_in_both_languages(office: Office) -> None:
    report = office.visits("customer,date,amount\n" + "\n".join(row for row, _, _ in ROWS))
    assert report.counts["rows"] == len(ROWS)
    for lang in ("en", "zh"):
        said = "\n".join(report.say(lang))
        assert "{" not in said
    assert sum(report.reasons.values()) == report.counts["set_aside"]


def test_nothing_personal_is_in_the_record(office: Office) -> None:
    office.visits("customer,date\nann@example.org,2026-03-05\n")
    with office.house.store.read() as conn:
        leaves = [entry.leaf for entry in office.house.record.entries(conn, -1, 100)]
    assert not any(b"ann" in leaf for leaf in leaves)


def test_two_imports_of_one_file_at_the_same_moment(office: Office) -> None:
    rows = "".join(f"C{n % 1500},2026-0{1 + n % 9}-05,{n % 7}.00\n" for n in range(5_000))
    file = office.folder / "same.csv"
    file.write_text(f"customer,date,amount\n{rows}")
    from aboveboard.people.imports import import_visits

    taken: list[int] = []
    threads = [
        threading.Thread(target=lambda: taken.append(import_visits(office.house, file).counts["taken"]))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 2
    assert sum(kept(office).values()) == 5_000
    with office.house.store.read() as conn:
        people = conn.execute(sa.select(sa.func.count(sa.distinct(tables.visits.c.subject)))).scalar_one()
    assert people == 1_500
