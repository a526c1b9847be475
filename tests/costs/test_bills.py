"""Bills: read from a hostile world, written once, compared with the plan to the cent."""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.costs.actual import compare
from aboveboard.costs.model import Bill, BillError, BillFileError
from aboveboard.costs.rows import BillRows
from aboveboard.costs.sheets import open_table
from aboveboard.people.imports.reading import Row
from aboveboard.pricing.costs import planned
from aboveboard.sample import BOOK
from tests.costs.conftest import TODAY, sheet

OCTOBER = datetime.date(2026, 10, 1)
HEAD = "Date,Item,Supplier,Amount,Quantity,Note\n"
D = Decimal


def october(house):
    with house.store.read() as conn:
        return house.bills.of_month(conn, OCTOBER)


@pytest.mark.parametrize(
    ("row", "bill"),
    [
        ("2026-10-05,Rent,,4800.00,,", Bill(datetime.date(2026, 10, 5), "Rent", "", 480000)),
        ('2026/10/5,,Elastica,"1,420.50",100,inv 7', Bill(datetime.date(2026, 10, 5), "", "Elastica", 142050, D(100), "inv 7")),
        ('5 Oct 2026,Gel,Bay,$90,"1,000.5",', Bill(datetime.date(2026, 10, 5), "Gel", "Bay", 9000, D("1000.5"))),
        ("2026年10月5日,房租,,4800元,,", None),  # yuan in a book of dollars
        ("2026-10-05,Gel,,-14.20,-1,back", Bill(datetime.date(2026, 10, 5), "Gel", "", -1420, D(-1), "back")),
        ("2026-10-05,Gel,,(14.20),,", Bill(datetime.date(2026, 10, 5), "Gel", "", -1420)),
        ("2026-10-05,Gel,,$-14.20,,", Bill(datetime.date(2026, 10, 5), "Gel", "", -1420)),
        ("2026-10-05,  Two\tspaces   inside ,,1,,", Bill(datetime.date(2026, 10, 5), "Two spaces inside", "", 100)),
        ("2026-10-05,=SUM(A1),,1,,", Bill(datetime.date(2026, 10, 5), "=SUM(A1)", "", 100)),
    ],
)  # fmt: skip
def test_what_a_row_says(house, take, row, bill):
    report = take(HEAD + row + "\n")
    assert october(house) == ([bill] if bill else [])
    assert report.counts["taken"] == (1 if bill else 0)
    assert sum(report.counts[end] for end in ("taken", "already", "set_aside")) == report.counts["rows"] == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",Rent,,1,,", "date_missing"),
        ("soon,Rent,,1,,", "date_unreadable"),
        ("2026-02-30,Rent,,1,,", "date_unreadable"),
        ("2027-10-05,Rent,,1,,", "date_future"),
        ("0001-10-05,Rent,,1,,", "date_too_early"),
        ("5.10.26,Rent,,1,,", "date_two_digit_year"),
        ("3/4/2026,Rent,,1,,", "date_ambiguous"),
        ("2026-10-05,Rent,,,,", "amount_missing"),
        ("2026-10-05,Rent,,NaN,,", "amount_missing"),
        ("2026-10-05,Rent,,one,,", "amount_unreadable"),
        ("2026-10-05,Rent,,1e9,,", "amount_unreadable"),
        ("2026-10-05,Rent,,€5,,", "amount_currency"),
        ("2026-10-05,Rent,,99999999999999,,", "amount_too_large"),
        ("2026-10-05,Rent,,1,many,", "quantity_unreadable"),
        ("2026-10-05,Rent,,1,NaN,", "quantity_unreadable"),
        ("2026-10-05,Rent,,1,1E+999999,", "quantity_unreadable"),
        ("2026-10-05,,,1,,", "item_missing"),
        (f"2026-10-05,{'x' * 201},,1,,", "text_too_long"),
        ('2026-10-05,"Rent,,1,,', "quote_open"),
    ],
)
def test_a_row_that_cannot_be_taken_is_set_aside_with_its_reason(house, take, row, code):
    report = take(HEAD + row + "\n")
    assert dict(report.reasons) == {code: 1} and report.first_line == {code: 2}
    assert october(house) == []
    for lang in ("en", "zh"):
        assert len(report.say(lang)) == 2


def test_the_same_bills_twice_change_nothing_and_equal_rows_are_two_bills(house, take):
    twice = HEAD + "2026-10-05,Gel,,9.00,10,\n" * 2
    assert take(twice).counts == {"rows": 2, "taken": 2, "already": 0, "set_aside": 0}
    assert take(twice).counts == {"rows": 2, "taken": 0, "already": 2, "set_aside": 0}
    longer = take(twice + "2026-10-06,Gel,,9.00,10,\n")
    assert longer.counts == {"rows": 3, "taken": 1, "already": 2, "set_aside": 0}
    # Another file that says the same is the same bills: also as a spreadsheet.
    other = sheet([["Date", "Item", "Amount", "Quantity"], [datetime.date(2026, 10, 5), "Gel", 9, 10]])
    assert take(other, "bills.xlsx").counts["already"] == 1
    assert len(october(house)) == 3


def test_each_import_is_an_entry_and_says_nothing_of_what_is_in_it(house, take):
    file = HEAD + "2026-10-05,Gel,Bay Medical Supply,9.00,10,for Maria\n"
    for _ in range(2):
        take(file)
    take(HEAD + "2026-10-06,Gel,Bay Medical Supply,9.00,10,for Maria\n")
    with house.store.read() as conn:
        entries = house.record.entries(conn, -1, 100, ["import.finished"])
    assert [entry.facts["what"] for entry in entries] == ["bills", "bills"]
    assert entries[0].facts["counts"] == {"rows": 1, "taken": 1, "already": 0, "set_aside": 0}
    assert not any(word in str(entry.facts) for entry in entries for word in ("Maria", "Bay", "Gel"))


def test_a_spreadsheet_is_read_as_it_looks(house, take):
    rows = [
        ["Invoice date", "Vendor", "Total", "Qty", "Memo"],
        [datetime.date(2026, 10, 5), "Bay Medical Supply", 1300.5, 1400, "inv 7"],
        ["", "", "", "", ""],
        ["2026-10-06", "Calendaria", "560.00", "", ""],
        ["nonsense", "Calendaria", 1, "", ""],
    ]
    report = take(sheet(rows), "bills.xlsx")
    assert report.kind == "sheet" and report.counts == {"rows": 3, "taken": 2, "already": 0, "set_aside": 1}
    assert report.first_line == {"date_unreadable": 5}
    assert [(bill.supplier, bill.amount, bill.quantity) for bill in october(house)] == [
        ("Bay Medical Supply", 130050, D(1400)),
        ("Calendaria", 56000, None),
    ]


def _bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        for number in range(3):
            folder.writestr(f"xl/{number}.xml", b"0" * (100 * 2**20))
    return made.getvalue()


def _liar() -> bytes:
    """A folder whose list says 10 bytes where a megabyte comes out."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("xl/workbook.xml", b"0" * 2**20)
    return made.getvalue().replace(struct.pack("<L", 2**20), struct.pack("<L", 10))


def _bruised() -> bytes:
    """A folder whose list is whole and whose packed content is not."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("xl/workbook.xml", bytes(range(256)) * 40)
    content = bytearray(made.getvalue())
    start = 30 + len("xl/workbook.xml")  # behind the header of the only file
    content[start : start + 20] = b"\xff" * 20
    return bytes(content)


def _entities() -> bytes:
    good = sheet([["Date"]])
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(made, "w") as folder:
        for entry in old.namelist():
            text = old.read(entry).decode()
            if entry.endswith("sheet1.xml"):
                lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
                text = f"<!DOCTYPE x [{lols}]>" + text.replace("Date", "&l9;")
            folder.writestr(entry, text)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_table"),
        (b"\n\n", "no_table"),
        (b"\xff\xfe\x00", "no_table"),
        (b"%PDF-1.7 \n", "no_table"),
        (HEAD.encode(), None),
        (b"who,when\n1,2\n", "role_missing"),
        (b"Date,Amount\n2026-10-05,1\n", "role_missing"),
        (b"Date,Day,Item,Amount\n2026-10-05,2026-10-05,a,1\n", "column_ambiguous"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
        (sheet([["Date"]])[:-40], "damaged"),
        (_bruised(), "damaged"),
        (_bomb(), "too_large"),
        (_liar(), "damaged"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_is_no_list_of_bills_is_refused_whole(house, take, content, code):
    if code is None:
        assert take(content).counts["rows"] == 0
        return
    with pytest.raises(BillFileError) as caught:
        take(content)
    assert caught.value.code == code
    assert caught.value.text.en and caught.value.text.zh
    with house.store.read() as conn:
        assert house.record.entries(conn, -1, 100, ["import.finished"]) == []


def test_entities_do_not_swell(take):
    try:
        report = take(_entities(), "bills.xlsx")
    except BillFileError:
        return
    assert report.counts["taken"] == 0


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Date,Item,Amount\n"])
)
def test_no_file_at_all_ends_otherwise_than_told(tmp_path_factory, content, start):
    file = tmp_path_factory.getbasetemp() / "anything"
    file.write_bytes(start + content)
    try:
        table = open_table(file)
        rows = BillRows(table.rows, None, "USD", TODAY)
    except BillFileError:
        return
    ends = set()
    for row in table.rows:
        rows.look(row.cells)
        try:
            rows.read(row)
        except BillError as error:
            ends.add(error.code)
    assert ends <= _reasons()


def _reasons() -> set[str]:
    from aboveboard.costs.model import SAYS

    return {key.removeprefix("reason.") for key in SAYS.keys() if key.startswith("reason.")}  # noqa: SIM118


def test_the_book_may_say_which_column_is_which(house, take):
    columns = "columns: {date: 1, supplier: 2, amount: 3}"
    mapping = f'{{{columns}, header: false, delimiter: ";", date_format: "%d/%m/%y"}}'
    text = BOOK.read_text("utf-8").replace("  visits: {}", f"  visits: {{}}\n  bills: {mapping}")
    with house.store.write() as tx:
        house.editions.publish(tx, text)
    assert take("05/10/26;Elastica;14,20\n").counts["taken"] == 1
    assert october(house) == [Bill(datetime.date(2026, 10, 5), "", "Elastica", 1420)]


# -- a month beside its plan -----------------------------------------------------------------------------------------


@pytest.fixture
def book(house):
    with house.store.read() as conn:
        return house.editions.current(conn).book


def bill(item, amount, quantity=None, supplier=""):
    return Bill(datetime.date(2026, 10, 9), item, supplier, amount, None if quantity is None else D(quantity))


@pytest.mark.parametrize(
    ("bills", "item", "reason", "price", "quantity"),
    [
        pytest.param(
            [bill("kit_bought", 85200, "60")], "kit_bought", "as_planned", D(0), D(0), id="60 kits at 14.20"
        ),
        pytest.param(
            [bill("kit_bought", 90000, "60")], "kit_bought", "price", D(4800), D(0), id="60 at 15.00"
        ),
        pytest.param(
            [bill("kit_bought", 99400, "70")], "kit_bought", "quantity", D(0), D(14200), id="70 at 14.20"
        ),
        pytest.param(
            [bill("kit_bought", 105000, "70")], "kit_bought", "both", D(5600), D(14200), id="70 at 15.00"
        ),
        pytest.param(
            [bill("kit_bought", 85200)],
            "kit_bought",
            "as_planned",
            None,
            None,
            id="the same sum, no quantity",
        ),
        pytest.param(
            [bill("kit_bought", 90000)], "kit_bought", "not_split", None, None, id="another sum, no quantity"
        ),
        pytest.param(
            [bill("kit_bought", 50000, "30"), bill("kit_bought", 1)],
            "kit_bought",
            "not_split",
            None,
            None,
            id="one of two silent",
        ),
        pytest.param([bill("rooms", 500000)], "rooms", "price", D(20000), D(0), id="rent is all price"),
        pytest.param([bill("房租", 480000)], "rooms", "as_planned", D(0), D(0), id="by its Chinese name"),
        pytest.param(
            [bill("", 480000, supplier="ALAMEDA properties")],
            "rooms",
            "as_planned",
            D(0),
            D(0),
            id="by supplier",
        ),
        pytest.param([], "rooms", "missing", None, None, id="no bill"),
        pytest.param([], "equipment", "bought", None, None, id="bought once"),
        pytest.param(
            [bill("booking_site_fee", 100)],
            "booking_site_fee",
            "unplanned",
            None,
            None,
            id="not in a normal month",
        ),
    ],
)
def test_why_a_month_parts_from_its_plan(book, bills, item, reason, price, quantity):
    month = compare(book, bills, OCTOBER, TODAY)
    line = next(line for line in month.lines if line.item == item)
    assert (line.reason, line.price_effect, line.quantity_effect) == (reason, price, quantity)
    if price is not None:
        assert price + quantity == line.difference


def test_a_bill_that_the_book_does_not_expect_stands_alone(book):
    month = compare(book, [bill("Coffee", 240), bill("Coffee", 10, supplier="X")], OCTOBER, TODAY)
    assert [
        (line.name.en, line.actual, line.reason, line.bills) for line in month.lines if line.item is None
    ] == [("Coffee", D(250), "unplanned", 2)]


def test_a_month_that_is_not_over_has_bills_to_come(book):
    november = compare(book, [], datetime.date(2026, 11, 1), TODAY)
    assert not november.over and {line.reason for line in november.lines} == {"not_yet", "bought"}
    assert compare(book, [], OCTOBER, TODAY).over


def test_a_month_is_planned_by_the_costs_of_its_first_day(book):
    rates = {day: next(one.rate for one in planned(book, day) if one.item == "gel_and_towels") for day in (
        datetime.date(2026, 8, 1), datetime.date(2026, 9, 1))}  # fmt: skip
    assert list(rates.values()) == [D(84), D(90)]


amounts = st.integers(-(10**7), 10**7)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(amounts, st.decimals("-9999", "9999", places=3)), min_size=1, max_size=5))
def test_the_effects_add_up_to_the_difference(rows):
    from aboveboard.book.load import load

    book = load(BOOK.read_text("utf-8")).book
    assert book is not None
    bills = [
        Bill(datetime.date(2026, 10, 9), "gel_and_towels", "", amount, number) for amount, number in rows
    ]
    month = compare(book, bills, OCTOBER, TODAY)
    line = next(line for line in month.lines if line.item == "gel_and_towels")
    assert line.price_effect is not None and line.quantity_effect is not None
    assert abs(line.price_effect + line.quantity_effect - line.difference) < D("1e-12")


def test_rows_beyond_the_header_are_read_by_their_line(book):
    rows = [Row(1, ["Date", "Item", "Amount"]), Row(3, ["2026-10-05", "Gel"])]
    reader = BillRows(rows, None, "USD", TODAY)
    with pytest.raises(ValueError, match="amount_missing"):
        reader.read(rows[1])


# -- commands --------------------------------------------------------------------------------------------------------


def test_the_commands(run, tmp_path):
    file = tmp_path / "bills.csv"
    file.write_text(
        HEAD + "2026-10-02,Rent,Alameda Properties,5000.00,,\n2026-10-09,,Elastica,710.00,50,\n", "utf-8"
    )
    done = run("import", "bills", str(file))
    assert (done.exit_code, done.output) == (0, "2 bills: 2 taken, 0 already there, 0 set aside.\n")
    shown = run("show", "treatment")
    assert "$58.20" in shown.output and "$55.59 ÷ (1 − 20% − 2.9%) = $72.11" in shown.output
    assert "$62.70" in run("show", "treatment", "--channel", "booking_site").output
    assert "59.37" in run("show", "treatment", "--at", "2027-07-01").output
    actual = run("actual", "--month", "2026-10")
    assert "each costs more" in actual.output and "no bill came" in actual.output
    assert "Therapist: wage" in run("tornado", "treatment", "standard").output
    changes = run("changes")
    assert changes.exit_code == 0 and "Treatment · Standard: floor $72.11 → $73.63" in changes.output
    for words in (
        ["show", "treatment"],
        ["actual", "--month", "2026-10"],
        ["tornado", "treatment"],
        ["changes"],
    ):
        assert run(*words, "--json").output.startswith("{")
        assert any("\u4e00" <= sign <= "\u9fff" for sign in run(*words, "--lang", "zh").output)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "massage"], "There is no service “massage”."),
        (["show", "treatment", "golden"], "There is no tier “golden”."),
        (["show", "treatment", "--channel", "radio"], "There is no way of buying “radio”."),
        (["show", "treatment", "--segment", "radio"], "There is no kind of work “radio”."),
        (["show", "treatment", "--at", "soon"], "write the day like 2027-01-15"),
        (["tornado", "treatment", "--swing", "2"], "a share above 0 and under 1"),
        (["tornado", "treatment", "--swing", "x"], "a share above 0 and under 1"),
        (["actual", "--month", "October"], "“October” is not a month."),
        (["actual", "--month", "9999-12"], "“9999-12” is not a month."),
        (["actual", "--month", "2026-13"], "“2026-13” is not a month."),
        (["changes", "--from", "9"], "There is no edition 9."),
        (["import", "bills", "nowhere.csv"], "nowhere.csv cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(run, words, said):
    done = run(*words)
    assert done.exit_code != 0 and said in done.output


def test_a_dearer_book_shows_the_prices_under_their_floor(house, run):
    with house.store.write() as tx:
        house.editions.publish(tx, BOOK.read_text("utf-8").replace("wage: 40.00", "wage: 55.00"))
    done = run("changes")
    assert done.exit_code == 3
    assert "With edition 2, against edition 1:" in done.output
    assert "Therapist, wage: 40.00 → 55.00" in done.output
    assert "UNDER ITS FLOOR by" in done.output
